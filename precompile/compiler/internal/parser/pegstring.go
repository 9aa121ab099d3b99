package parser

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// stringFunction decodes literals where CPython does, for the errors in them.
func (r *reporter) stringFunction(name string, vals []*node, start int) (*node, bool) {
	p := r.p
	switch name {
	case "string":
		return r.node(nodeLiteral, start), r.decode(func() { p.literal(&r.toks[start]) })
	case "spectext":
		_, raw := r.lex.StringLetter()
		raw = raw && p.f.RawFormatSpecs
		ok := r.decode(func() { r.middle(vals[0], raw) })
		if !ok {
			// Nobody makes a SyntaxError of this one.
			if rest, found := strings.CutPrefix(r.err.Message, "(unicode error) "); found {
				*r.err = diag.Diagnostic{Type: "UnicodeDecodeError", Message: rest}
			}
		}
		return vals[0], ok
	case "fstring", "tstring":
		prefix := &r.toks[start]
		raw := strings.ContainsAny(p.text[prefix.Start:prefix.Start+2], "rR")
		for _, k := range vals[1].kids {
			if k.kind == nodeToken && !r.decode(func() { r.middle(k, raw) }) {
				if r.p.f.DecodeErrorAtPiece {
					message := r.err.Message
					r.err = nil
					r.raiseRange(k, k, message)
				}
				return nil, false
			}
		}
		if name == "tstring" {
			return r.node(nodeTString, start), true
		}
		return r.node(nodeFString, start), true
	case "strings311":
		kind := nodeLiteral
		var toks []token.Token
		for _, k := range vals[0].kids {
			toks = append(toks, r.toks[k.first])
			if p.is311FString(&toks[len(toks)-1]) {
				kind = nodeFString
			}
		}
		return r.node(kind, start), r.decode(func() { p.join(toks, piece{}, false) })
	}
	kind := nodeLiteral
	bytes, text := false, false
	for _, k := range vals[0].kids {
		if k.kind == nodeFString {
			kind, text = nodeFString, true
		} else if t := &r.toks[k.first]; strings.ContainsAny(p.text[t.Start:t.Start+2], "bB") && isBytes(p.text[t.Start:t.End]) {
			bytes = true
		} else {
			text = true
		}
	}
	if bytes && text {
		r.raiseLast("SyntaxError", mixedLiterals)
		return nil, false
	}
	return r.node(kind, start), true
}

// isBytes reports whether the literal text has the prefix b.
func isBytes(text string) bool {
	for _, c := range []byte(text) {
		switch c | 0x20 {
		case 'b':
			return true
		case 'r', 'u':
		default:
			return false
		}
	}
	return false
}

// middle decodes the text of an f-string's token.
func (r *reporter) middle(n *node, raw bool) {
	t := &r.toks[n.first]
	r.p.unescape(r.p.text[t.Start:t.End], t, raw, false)
}

// decode runs f, in which the parser fails where a literal is wrong, and raises
// the literal's error.
func (r *reporter) decode(f func()) (ok bool) {
	p := r.p
	p.strErr = stringError{}
	heights := p.heights()
	defer func() {
		v := recover()
		p.unwind(heights)
		if v == nil {
			return
		}
		if _, expected := v.(failure); !expected {
			panic(v)
		}
		e := p.strErr
		switch {
		case r.err != nil:
		case e.inner != nil:
			r.err = e.inner
		case e.at.Kind != token.EOF:
			r.raiseKnown("SyntaxError", e.at.Line, e.at.Col, e.at.EndLine, e.at.EndCol, e.message)
		default:
			r.raiseLast("SyntaxError", e.message)
		}
		ok = false
	}()
	f()
	return true
}

// report311 parses the replacement field that sub stands at the beginning of, as
// CPython does, and fails with its error if it has one.
func (p *Parser) report311(sub *Parser) {
	sub.reporting = true
	r := newReporter(sub)
	r.field, r.startLine, r.startCol = true, sub.startLine, sub.startCol
	r.lex.Init(sub.src, sub.arena.Names, sub.f)
	r.lex.StartAt(sub.startLine)
	if d := r.run("star_expressions"); d != nil {
		p.strErr = stringError{inner: d}
		p.fail()
	}
}
