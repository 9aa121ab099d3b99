package parser

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// fstring reads an f-string or t-string of the kind that ends with end, and
// pushes its pieces.
func (p *Parser) fstring(end token.Kind) {
	raw := false
	for i := p.tok.Start; i < p.tok.Start+2; i++ {
		if p.text[i]|0x20 == 'r' {
			raw = true
		}
	}
	p.next()
	for {
		switch p.tok.Kind {
		case token.FStringMiddle, token.TStringMiddle:
			p.middle(raw)
		case token.LBrace:
			p.field(raw, end == token.TStringEnd, true)
		case end:
			p.next()
			return
		default:
			p.fail()
		}
	}
}

// middle pushes the text of an f-string's token, unless it is empty.
func (p *Parser) middle(raw bool) {
	if text := p.unescape(p.text[p.tok.Start:p.tok.End], p.tok, raw, false); text != "" {
		p.pieces = append(p.pieces, piece{Pos: p.tok.Pos, text: text})
	}
	p.next()
}

// field = '{' annotated_rhs '='? ('!' NAME)? (':' spec)? '}'
//
// It pushes the piece of the field, and with an equal sign before it one of the
// source between the braces. Template makes it an Interpolation. Top says that it
// is not in a format specification.
func (p *Parser) field(raw, template, top bool) {
	s := p.begin()
	p.next()
	p.enter(bracketLevels)
	value := p.annotatedRHS()
	debug := p.take(token.Equal)
	conversion := ast.NoConversion
	source := ast.NoName // the token's mark of the field's source
	var sourceEnd start
	if p.tok.Kind == token.Exclamation {
		source = p.tok.Name
		bang := p.tok.Pos
		p.next()
		if p.tok.Kind != token.Name || p.tok.Line != bang.Line || p.tok.Col != bang.EndCol {
			p.fail()
		}
		switch p.arena.Names.Text(p.tok.Name) {
		case "s":
			conversion = ast.ConvertStr
		case "r":
			conversion = ast.ConvertRepr
		case "a":
			conversion = ast.ConvertASCII
		default:
			p.fail()
		}
		sourceEnd = p.begin()
		p.next()
	}
	var spec ast.Expr
	if p.tok.Kind == token.Colon {
		if conversion == ast.NoConversion {
			source = p.tok.Name
			sourceEnd = start{p.tok.Line, p.tok.Col + 1}
		}
		spec = p.formatSpec(raw, template)
	} else if debug && conversion == ast.NoConversion {
		conversion = ast.ConvertRepr
	}
	if p.tok.Kind != token.RBrace {
		p.fail()
	}
	if sourceEnd.line == 0 {
		source = p.tok.Name
		sourceEnd = start{p.tok.EndLine, p.tok.EndCol}
	}
	p.next()
	p.level -= bracketLevels

	at := p.pos(s)
	var text string
	if source == ast.NoName {
		if debug { // 3.12 loses the source of a field inside a format specification
			p.fail()
		}
	} else {
		text = p.fieldSource(p.lex.Fields[source-1])
	}
	if debug {
		d := piece{Pos: ast.Pos{Line: s.line, Col: s.col + 1, EndLine: sourceEnd.line, EndCol: sourceEnd.col - 1}, text: text}
		if top && p.f.DebugTextDecoded && !raw {
			d.text = p.unescapeSource(text)
		}
		p.pieces = append(p.pieces, d)
	}
	if template && top {
		str := p.arena.Consts.New()
		*str = ast.Const{Kind: ast.Str, Str: p.interpolated(text, debug)}
		n := p.arena.Interpolations.New()
		*n = ast.Interpolation{Pos: at, Value: value, Str: str, Conversion: conversion, Spec: spec}
		p.pieces = append(p.pieces, piece{Pos: at, expr: n})
		return
	}
	n := p.arena.FormattedValues.New()
	*n = ast.FormattedValue{Pos: at, Value: value, Conversion: conversion, Spec: spec}
	if debug && !top && !p.f.SpecConcatenated {
		// The source and the value stay together in a string of their own.
		values := append(p.exprs[len(p.exprs):], p.text1(p.pieces[len(p.pieces)-1].Pos, text, false, false), n)
		j := p.arena.JoinedStrs.New()
		*j = ast.JoinedStr{
			Pos:    ast.Pos{Line: s.line, Col: s.col, EndLine: sourceEnd.line, EndCol: sourceEnd.col},
			Values: p.arena.Exprs.Copy(values),
		}
		p.pieces[len(p.pieces)-1] = piece{Pos: at, expr: j}
		return
	}
	p.pieces = append(p.pieces, piece{Pos: at, expr: n})
}

// formatSpec = ':' (text | field)*
func (p *Parser) formatSpec(raw, template bool) ast.Expr {
	s := p.begin()
	p.next()
	base := len(p.pieces)
	for {
		switch p.tok.Kind {
		case token.FStringMiddle, token.TStringMiddle:
			text := p.unescape(p.text[p.tok.Start:p.tok.End], p.tok, raw && p.f.RawFormatSpecs, false)
			if text != "" || !p.f.SpecConcatenated {
				p.pieces = append(p.pieces, piece{Pos: p.tok.Pos, text: text})
			}
			p.next()
			continue
		case token.LBrace:
			p.field(raw, template, false)
			continue
		}
		break
	}
	n := p.arena.JoinedStrs.New()
	*n = ast.JoinedStr{Pos: p.pos(s)}
	if p.f.SpecConcatenated {
		n.Values = p.fold(base)
		return n
	}
	pieces := p.pieces[base:]
	if len(pieces) == 1 && pieces[0].expr == nil && pieces[0].text == "" {
		pieces = nil
	}
	exprs := len(p.exprs)
	for i := range pieces {
		x := pieces[i].expr
		if x == nil {
			x = p.text1(pieces[i].Pos, pieces[i].text, false, false)
		}
		p.exprs = append(p.exprs, x)
	}
	n.Values = p.popExprs(exprs)
	p.pieces = p.pieces[:base]
	return n
}

// fieldSource returns the source of a replacement field without its comments.
func (p *Parser) fieldSource(span lexer.Span) string {
	s := p.text[span.Start:span.End]
	if !utf8.ValidString(s) {
		p.fail()
	}
	if strings.IndexByte(s, '#') < 0 {
		return s
	}
	if !p.f.DebugTextQuotes {
		out := make([]byte, 0, len(s))
		for i := 0; i < len(s); i++ {
			if s[i] == '#' {
				for i < len(s) && s[i] != '\n' {
					i++
				}
				if i == len(s) {
					break
				}
			}
			out = append(out, s[i])
		}
		return string(out)
	}
	// Quotes are counted and nothing more: that works out for the strings that
	// the lexer let pass, three quotes being an odd number.
	hash := false
	var quote byte
scan:
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\\':
			i++
		case '"', '\'':
			if quote == 0 {
				quote = c
			} else if quote == c {
				quote = 0
			}
		case '#':
			if quote == 0 {
				hash = true
				break scan
			}
		}
	}
	if !hash {
		return s
	}
	out := make([]byte, 0, len(s))
	quote = 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\'':
			if quote == 0 {
				quote = c
			} else if quote == c {
				quote = 0
			}
			out = append(out, c)
		case c == '\\' && i+1 < len(s) && p.f.DebugTextEscapes:
			out = append(out, c, s[i+1])
			i++
		case c == '#' && quote == 0:
			for i < len(s) && s[i] != '\n' {
				i++
			}
			if i < len(s) {
				out = append(out, '\n')
			}
		default:
			out = append(out, c)
		}
	}
	return string(out)
}

// interpolated returns what an Interpolation shows of its field's source: all up
// to the equal sign that asks for it, if there is one; in some releases without
// the white space at its end.
func (p *Parser) interpolated(s string, debug bool) string {
	if p.f.InterpolationSpace {
		if debug {
			s = s[:strings.LastIndexByte(s, '=')]
		}
		return s
	}
	return strings.TrimRightFunc(s, func(r rune) bool { return r == '=' || isSpace(r) })
}

// isSpace reports whether r is white space to Python's str.isspace.
func isSpace(r rune) bool { return unicode.IsSpace(r) || 0x1c <= r && r <= 0x1f }

// unescapeSource replaces the escapes in the source of a field.
func (p *Parser) unescapeSource(text string) string {
	if strings.IndexByte(text, '\\') < 0 {
		return text
	}
	d := decoder{f: p.f, out: p.decoded[:0], invalid: -1}
	if !d.decode(text, false) {
		p.fail()
	}
	p.decoded = d.out
	if d.invalid >= 0 {
		p.warnEscape(text, p.tok, d.invalid)
	}
	return string(d.out)
}
