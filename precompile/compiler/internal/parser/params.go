package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// defaultLevels is how many rules CPython enters from a function to a default.
const defaultLevels = 8

// parameters reads the parameters of a function up to its closing bracket, or of
// a lambda up to its colon: positional ones, of which those before a slash have no
// keyword; a star, alone or with a name; keyword-only ones; two stars with a name.
// Among positional ones those with a default come last.
func (p *Parser) parameters(end token.Kind) *ast.Arguments {
	a := p.arena.ArgumentsList.New()
	*a = ast.Arguments{}
	if p.tok.Kind == end {
		return a
	}
	annotated := end == token.RPar
	args, defaults, kwDefaults := len(p.args), len(p.exprs), len(p.exprs2)
	positional := -1 // where the keyword-only ones begin; -1 before the star
	for {
		s := p.begin()
		switch p.tok.Kind {
		case token.Slash:
			if positional >= 0 || a.PosOnly != nil || len(p.args) == args {
				p.fail()
			}
			p.next()
			a.PosOnly = p.arena.Args.Copy(p.args[args:])
			p.args = p.args[:args]
		case token.Star:
			if positional >= 0 {
				p.fail()
			}
			p.next()
			positional = len(p.args)
			if p.tok.Kind == token.Comma {
				if k := p.peek(); k != token.Name {
					p.fail() // a bare star announces at least one name
				}
				break
			}
			a.Vararg = p.arena.Args.New()
			*a.Vararg = p.parameter(p.begin(), annotated, true)
		case token.DoubleStar:
			p.next()
			a.Kwarg = p.arena.Args.New()
			*a.Kwarg = p.parameter(p.begin(), annotated, false)
			p.take(token.Comma)
			if p.tok.Kind != end {
				p.fail()
			}
		default:
			p.args = append(p.args, p.parameter(s, annotated, false))
			var value ast.Expr
			if p.take(token.Equal) {
				p.enter(defaultLevels)
				value = p.expression()
				p.level -= defaultLevels
			}
			switch {
			case positional >= 0:
				p.exprs2 = append(p.exprs2, value)
			case value != nil:
				p.exprs = append(p.exprs, value)
			case len(p.exprs) > defaults:
				p.fail() // one without a default after one with
			}
		}
		if p.tok.Kind == end {
			break
		}
		if !p.take(token.Comma) {
			p.fail()
		}
		if p.tok.Kind == end {
			break
		}
	}
	if positional < 0 {
		positional = len(p.args)
	}
	a.Args = p.arena.Args.Copy(p.args[args:positional])
	a.KwOnly = p.arena.Args.Copy(p.args[positional:])
	a.Defaults = p.arena.Exprs.Copy(p.exprs[defaults:])
	a.KwDefaults = p.arena.Exprs.Copy(p.exprs2[kwDefaults:])
	p.args, p.exprs, p.exprs2 = p.args[:args], p.exprs[:defaults], p.exprs2[:kwDefaults]
	return a
}

// parameter = NAME (':' expression)?; that of a star may have a starred annotation.
func (p *Parser) parameter(s start, annotated, star bool) ast.Arg {
	a := ast.Arg{Name: p.wantName()}
	if annotated && p.take(token.Colon) {
		if star {
			a.Annotation = p.starExpression()
		} else {
			a.Annotation = p.expression()
		}
	}
	a.Pos = p.pos(s)
	return a
}
