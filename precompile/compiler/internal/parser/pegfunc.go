package parser

import (
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// function does what the grammar's `!fn` asks for. It returns the result of the
// alternative; without one and without an error, the next is tried.
func (r *reporter) function(name string, act *pegAction, vals []*node, start int) (*node, bool) {
	arg := func(i int) *node { return vals[act.labels[i]] }
	switch name {
	case "future":
		return r.future(arg, len(act.labels), start)
	case "flufl":
		t := &r.toks[arg(0).first]
		if r.p.flufl && r.p.text[t.Start] != '<' {
			r.raiseLast("SyntaxError", "with Barry as BDFL, use '<>' instead of '!='")
			return nil, false
		}
		return arg(0), (r.p.text[t.Start] == '<') == r.p.flufl
	case "misspelt":
		if a, b := r.pos(arg(0)), r.pos(arg(1)); r.messages && r.p.f.NotEqualHint && a.Line == b.Line && a.EndCol == b.Col {
			r.raiseRange(arg(0), arg(1), "invalid syntax.  Maybe you meant '!=' instead of '<>'?")
		}
	case "real", "imaginary":
		t := &r.toks[arg(0).first]
		imaginary := r.p.text[t.End-1]|0x20 == 'j' && !strings.HasPrefix(strings.ToLower(r.p.text[t.Start:t.End]), "0x")
		if imaginary != (name == "imaginary") {
			r.raiseRange(arg(0), arg(0), name+" number required in complex literal")
			return nil, false
		}
		return arg(0), true
	case "conversion":
		return r.conversion(arg(0), arg(1))
	case "string", "strings", "strings311", "fstring", "tstring", "spectext":
		return r.stringFunction(name, vals, start)
	case "field":
		if c := arg(0); c != nil && !r.p.f.ConversionCheckedEarly && !isConversion(r.name(c)) {
			r.badConversion(c, 'f')
			return nil, false
		}
		return r.node(nodeFString, start), true
	case "genexp":
		r.raiseRange(arg(0), lastOfClauses(arg(1)), "Generator expression must be parenthesized")
	case "genexpcall":
		args, _ := arguments(arg(0))
		if len(args) > 1 {
			r.raiseRange(args[len(args)-1], lastOfClauses(arg(1)), "Generator expression must be parenthesized")
		}
	case "arguments":
		message := "positional argument follows keyword argument"
		if _, unpacks := arguments(arg(0)); unpacks {
			message += " unpacking"
		}
		r.raiseLast("SyntaxError", message)
	case "legacy":
		if n := r.name(arg(0)); n == "print" || n == "exec" {
			r.raiseRange(arg(0), arg(1), fmt.Sprintf("Missing parentheses in call to '%s'. Did you mean %s(...)?", n, n))
		}
	case "comma":
		r.missingComma(arg(0), arg(1))
	case "instring":
		kids := arg(0).kids
		r.raiseRange(kids[0], kids[len(kids)-1], "invalid syntax. Is this intended to be part of the string?")
	case "startarget", "fortarget":
		if bad := r.invalidTarget(arg(0), name == "fortarget", false); bad != nil {
			r.raiseRange(bad, bad, "cannot assign to "+exprNames[bad.kind])
		}
	case "deltarget":
		if bad := r.invalidTarget(arg(0), false, true); bad != nil {
			r.raiseRange(bad, bad, "cannot delete "+exprNames[bad.kind])
		}
	case "comprehension":
		elts := flatten(nil, arg(1))
		r.raiseRange(arg(0), elts[len(elts)-1], "did you forget parentheses around the comprehension target?")
	case "classpattern":
		kids := arg(0).kids
		r.raiseRange(kids[0], kids[len(kids)-1], "positional patterns follow keyword patterns")
	case "kvpair":
		p := r.pos(arg(0))
		r.raiseAt("SyntaxError", p.Line, int(p.EndCol), p.EndLine, 0, "':' expected after dictionary key")
	case "mixed":
		kids := arg(0).kids
		r.raiseRange(kids[len(kids)-1], arg(1), "cannot mix t-string literals with string or bytes literals")
	default:
		panic("parser: the grammar has no function " + name)
	}
	return nil, false
}

// name is the identifier of a name, normalised.
func (r *reporter) name(n *node) string {
	if n.kind != nodeName {
		return ""
	}
	return r.p.arena.Names.Text(r.toks[n.first].Name)
}

// future looks at a from-import, for what future statements do to the grammar.
func (r *reporter) future(arg func(int) *node, n, start int) (*node, bool) {
	module, names := arg(0), arg(1)
	whole := r.node(nodeSeq, start)
	if module.first != module.last || r.text(module) != "__future__" {
		return whole, true
	}
	if n > 2 {
		if len(arg(2).kids) > 0 { // dots
			return whole, true
		}
		if lazy := arg(3); lazy != nil {
			r.raiseRange(lazy, lazy, "lazy from __future__ import is not allowed")
			return nil, false
		}
	} else if r.toks[module.first-1].Kind != token.KwFrom {
		return whole, true
	}
	if r.p.f.FutureFlufl {
		for _, n := range flatten(nil, names) {
			if r.name(n) == "barry_as_FLUFL" {
				r.p.flufl = true
			}
		}
	}
	return whole, true
}

// conversion checks the conversion of a replacement field.
func (r *reporter) conversion(bang, name *node) (*node, bool) {
	letter, _ := r.lex.StringLetter()
	b, n := r.pos(bang), r.pos(name)
	if b.Line != n.Line || b.EndCol != n.Col {
		mark := "exclamation"
		if r.p.f.ExclamationMisspelt {
			mark = "exclamanation"
		}
		r.raiseRange(bang, name, fmt.Sprintf("%c-string: conversion type must come right after the %s mark", letter, mark))
		return nil, false
	}
	if r.p.f.ConversionCheckedEarly && !isConversion(r.name(name)) {
		r.badConversion(name, letter)
		return nil, false
	}
	return name, true
}

func isConversion(s string) bool { return s == "s" || s == "r" || s == "a" }

func (r *reporter) badConversion(name *node, letter byte) {
	r.raiseRange(name, name, fmt.Sprintf("%c-string: invalid conversion character %s: expected 's', 'r', or 'a'",
		letter, pyrepr.AppendStr(nil, r.name(name), r.p.f.Profile.Minor)))
}

// arguments returns the positional arguments of a list of arguments, starred ones
// included, and whether a dictionary is unpacked among them.
func arguments(n *node) (args []*node, unpacks bool) {
	for _, k := range n.kids {
		for _, a := range flatten(nil, k) {
			switch a.kind {
			case nodeKw:
			case nodeKwUnpack:
				unpacks = true
			default:
				args = append(args, a)
			}
		}
	}
	return args, unpacks
}

// lastOfClauses returns the last expression of the last for clause.
func lastOfClauses(clauses *node) *node {
	last := clauses.kids[len(clauses.kids)-1]
	if ifs := last.kids[1].kids; len(ifs) > 0 {
		return ifs[len(ifs)-1]
	}
	return last.kids[0]
}

// missingComma raises the error of two expressions in brackets with nothing
// between them.
func (r *reporter) missingComma(a, b *node) {
	if n := r.name(a); n == "print" || n == "exec" || r.toks[r.mark-1].Level == 0 {
		return
	}
	const message = "invalid syntax. Perhaps you forgot a comma?"
	if p := r.pos(a); r.p.f.CommaAtLastLine && p.EndLine > p.Line {
		r.raiseKnown("SyntaxError", p.EndLine, p.Col, p.EndLine, p.EndCol, message)
		return
	}
	r.raiseRange(a, b, message)
}

// invalidTarget returns the part of an expression that makes it no target.
func (r *reporter) invalidTarget(n *node, loop, del bool) *node {
	switch n.kind {
	case nodeList, nodeTuple:
		var elts []*node
		for _, k := range n.kids {
			elts = flatten(elts, k)
		}
		for _, e := range elts {
			if bad := r.invalidTarget(e, loop, del); bad != nil {
				return bad
			}
		}
		return nil
	case nodeStarred:
		if del {
			return n
		}
		return r.invalidTarget(n.kids[len(n.kids)-1], loop, del)
	case nodeCompare:
		if !loop {
			return n
		}
		// The `a in b` of `for a in b` was read as a comparison.
		if op := n.kids[1].kids[0].kids[0]; op.tok == token.KwIn {
			return r.invalidTarget(n.kids[0], loop, del)
		}
		return nil
	case nodeName, nodeSubscript, nodeAttribute:
		return nil
	}
	return n
}
