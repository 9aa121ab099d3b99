package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// Before PEP 701 an f-string is one token. Its text is searched for replacement
// fields by counting quotes and brackets; the source of each, put in brackets, is
// parsed by a parser of its own, whose tokens are then moved to where the field
// lies. The nodes of the f-string itself do not know their places: all have the
// extent of the whole literal.

const (
	mixedLiterals = "cannot mix bytes and nonbytes literals"
	openField     = "f-string: expecting '}'"
)

// join311 is a string under construction out of adjacent literals.
type join311 struct {
	first, last ast.Pos // the extent of what is under construction
	u           bool    // its first literal has the prefix u
	text        string  // since the last replacement field
	base        int     // where its values begin in Parser.exprs
}

// at is the extent of all its nodes.
func (j *join311) at() ast.Pos {
	return ast.Pos{Line: j.first.Line, Col: j.first.Col, EndLine: j.last.EndLine, EndCol: j.last.EndCol}
}

// is311FString reports whether a String token is an f-string.
func (p *Parser) is311FString(t *token.Token) bool {
	c := p.text[t.Start] | 0x20
	return c == 'f' || c == 'r' && p.text[t.Start+1]|0x20 == 'f'
}

// joined311 reads adjacent literals; first is one that was read already, if it has
// a position, and bytes says of what kind it is.
func (p *Parser) joined311(first piece, bytes bool) ast.Expr {
	p.rewrites++ // fields are parsed by another parser, which counts for itself
	var buf [8]token.Token
	toks := buf[:0]
	for p.tok.Kind == token.String {
		toks = append(toks, *p.tok)
		p.next()
	}
	return p.join(toks, first, bytes)
}

// join makes one value of first and the literals toks.
func (p *Parser) join(toks []token.Token, first piece, bytes bool) ast.Expr {
	j := join311{first: first.Pos, last: toks[len(toks)-1].Pos, u: first.u, text: first.text, base: len(p.exprs)}
	seen := first.Line != 0
	if !seen {
		j.first, j.u = toks[0].Pos, p.text[toks[0].Start] == 'u'
	}
	formatted := false
	for i := range toks {
		t := &toks[i]
		if p.is311FString(t) {
			if seen && bytes {
				p.failString(mixedLiterals)
			}
			formatted = true
			p.fstring311(&j, t)
		} else {
			text, b, _ := p.literal(t)
			if seen && b != bytes {
				p.failString(mixedLiterals)
			}
			bytes = b
			j.text += text
		}
		seen = true
	}
	if !formatted {
		return p.text1(j.at(), j.text, bytes, j.u && !bytes)
	}
	return p.finish311(&j)
}

// finish311 makes the JoinedStr.
func (p *Parser) finish311(j *join311) ast.Expr {
	p.flush311(j)
	n := p.arena.JoinedStrs.New()
	*n = ast.JoinedStr{Pos: j.at(), Values: p.popExprs(j.base)}
	return n
}

// flush311 makes a constant of the text so far.
func (p *Parser) flush311(j *join311) {
	if j.text != "" {
		p.exprs = append(p.exprs, p.text1(j.at(), j.text, false, j.u))
		j.text = ""
	}
}

// fstring311 adds the f-string t.
func (p *Parser) fstring311(j *join311, t *token.Token) {
	at, end := int(t.Start), int(t.End)
	raw := false
	for p.text[at] != '\'' && p.text[at] != '"' {
		raw = raw || p.text[at]|0x20 == 'r'
		at++
	}
	size := 1
	if end-at >= 6 && p.text[at+1] == p.text[at] && p.text[at+2] == p.text[at] {
		size = 3
	}
	s := scan311{p: p, t: t, at: at + size, end: end - size, raw: raw}
	s.parts(j, j, 0)
	if s.at < s.end-1 {
		p.failString("f-string: unexpected end of string")
	}
}

// scan311 goes through the text of one f-string.
type scan311 struct {
	p       *Parser
	t       *token.Token
	at, end int // in the parser's text
	raw     bool
}

// parts adds texts and fields up to the end, or at a depth other than zero up to
// the brace that ends the format specification. whole is the construction that the
// outermost f-string belongs to.
func (s *scan311) parts(j, whole *join311, depth int) {
	for {
		text, again := s.literal(depth)
		j.text += text
		if again {
			continue
		}
		if s.at >= s.end || s.p.text[s.at] == '}' {
			return
		}
		source, x := s.field(whole, depth)
		j.text += source
		if j.text != "" {
			at, u := whole.at(), whole.u
			s.p.exprs = append(s.p.exprs, s.p.text1(at, j.text, false, u))
			j.text = ""
		}
		s.p.exprs = append(s.p.exprs, x)
	}
}

// literal reads text up to a brace. again says that the brace was doubled, and
// that more text follows.
func (s *scan311) literal(depth int) (text string, again bool) {
	src, p := s.p.text, s.p
	begin, i := s.at, s.at
	end := i
	for {
		end = i
		if i >= s.end {
			break
		}
		c := src[i]
		i++
		if !s.raw && c == '\\' && i < s.end {
			c = src[i]
			i++
			if c == 'N' {
				if i < s.end {
					i++
					if src[i-1] == '{' {
						for i < s.end {
							i++
							if src[i-1] == '}' {
								break
							}
						}
					}
				}
				continue
			}
			if c == '{' {
				p.warnEscape(src[begin:i], s.t, i-1-begin)
			}
		}
		if c != '{' && c != '}' {
			continue
		}
		if depth == 0 {
			if i < s.end && src[i] == c {
				s.at = i + 1
				again = true
				end = i
				break
			}
			if c == '}' {
				p.failString("f-string: single '}' is not allowed")
			}
		}
		end = i - 1
		break
	}
	if !again {
		s.at = end
	}
	if end == begin {
		return "", again
	}
	return p.unescape(src[begin:end], s.t, s.raw, false), again
}

// field reads a replacement field. source is its text, where an equal sign asks
// for it.
func (s *scan311) field(whole *join311, depth int) (source string, x ast.Expr) {
	p := s.p
	src := p.text
	if depth >= 2 {
		p.failString("f-string: expressions nested too deeply")
	}
	s.at++
	begin := s.at
	s.skipExpression()
	value := p.sub311(begin, s.at, s.t)
	if src[s.at] == '=' {
		s.at++
		for isCSpace(src[s.at]) {
			s.at++
		}
		s.more()
		source = src[begin:s.at]
		if !utf8.ValidString(source) {
			p.fail()
		}
	}
	conversion := ast.NoConversion
	if src[s.at] == '!' {
		s.at++
		s.more()
		switch c := src[s.at]; c {
		case 's', 'r', 'a':
			conversion = int8(c)
		default:
			p.failString("f-string: invalid conversion character: expected 's', 'r', or 'a'")
		}
		s.at++
	}
	s.more()
	var spec ast.Expr
	if src[s.at] == ':' {
		s.at++
		s.more()
		j := join311{first: s.t.Pos, last: s.t.Pos, u: src[s.t.Start] == 'u', base: len(p.exprs)}
		s.parts(&j, whole, depth+1)
		if src[s.at] != '}' {
			p.failString(openField)
		}
		spec = p.finish311(&j)
	}
	s.more()
	if src[s.at] != '}' {
		p.failString(openField)
	}
	s.at++
	if source != "" && spec == nil && conversion == ast.NoConversion {
		conversion = ast.ConvertRepr
	}
	n := p.arena.FormattedValues.New()
	*n = ast.FormattedValue{Pos: whole.at(), Value: value, Conversion: conversion, Spec: spec}
	return source, n
}

// more fails where the f-string ends.
func (s *scan311) more() {
	if s.at >= s.end {
		s.p.failString(openField)
	}
}

// skipExpression goes to the sign that ends a field's expression.
func (s *scan311) skipExpression() {
	p, src := s.p, s.p.text
	var quote byte
	triple := false
	var open [200]byte
	depth := 0
	for ; s.at < s.end; s.at++ {
		c := src[s.at]
		if c == '\\' {
			p.failString("f-string expression part cannot include a backslash")
		}
		three := s.at+2 < s.end && src[s.at+1] == c && src[s.at+2] == c
		switch {
		case quote != 0:
			if c == quote && (!triple || three) {
				if triple {
					s.at += 2
				}
				quote, triple = 0, false
			}
		case c == '\'' || c == '"':
			quote, triple = c, three
			if three {
				s.at += 2
			}
		case c == '[' || c == '{' || c == '(':
			if depth >= len(open) {
				p.failString("f-string: too many nested parenthesis")
			}
			open[depth] = c
			depth++
		case c == '#':
			p.failString("f-string expression part cannot include '#'")
		case depth == 0 && (c == '!' || c == ':' || c == '}' || c == '=' || c == '<' || c == '>'):
			if s.at+1 < s.end && src[s.at+1] == '=' && c != ':' && c != '}' {
				s.at++
				continue
			}
			if c == '<' || c == '>' {
				continue
			}
			return
		case c == ']' || c == '}' || c == ')':
			if depth == 0 {
				p.failString(fmt.Sprintf("f-string: unmatched '%c'", c))
			}
			depth--
			if o := open[depth]; !(o == '(' && c == ')' || o == '[' && c == ']' || o == '{' && c == '}') {
				p.failString(fmt.Sprintf("f-string: closing parenthesis '%c' does not match opening parenthesis '%c'", c, o))
			}
		}
	}
	switch {
	case quote != 0:
		p.failString("f-string: unterminated string")
	case depth > 0:
		p.failString(fmt.Sprintf("f-string: unmatched '%c'", open[depth-1]))
	}
	p.failString(openField)
}

// sub311 parses the expression of a field, p.text[begin:end], of the f-string t.
func (p *Parser) sub311(begin, end int, t *token.Token) ast.Expr {
	expr := p.text[begin:end]
	if strings.Trim(expr, " \t\n\f") == "" {
		if c := p.text[end]; c != '}' {
			p.failString(fmt.Sprintf("f-string: expression required before '%c'", c))
		}
		p.failString("f-string: empty expression not allowed")
	}
	lines, cols := p.location311(p.text[t.Start:end], begin-1-int(t.Start), t)
	if p.sub == nil {
		p.sub = new(Parser)
	}
	sub := p.sub
	sub.startLine = t.Line + lines
	sub.startCol = cols
	if lines == 0 {
		sub.startCol += t.Col
	}
	sub.reset(source.FromText("("+expr+")\n"), p.f, p.arena)
	sub.flufl = p.flufl
	if p.reporting {
		p.report311(sub)
	}
	x := sub.starExpressions()
	for _, w := range sub.allWarnings() {
		w.at = int(t.End)
		p.warned = append(p.warned, w)
	}
	return x
}

// counted311 is how far the lines of a literal were counted, so that many fields do
// not have it read again for each.
type counted311 struct {
	literal   uint32 // where it begins, plus one
	upTo      int
	lines     int32
	lineStart int
}

// location311 returns how many lines the brace at offset brace of a literal lies
// below its beginning, and how many columns from the beginning of its line. Where
// a line end follows the brace, the columns are none.
func (p *Parser) location311(literal string, brace int, t *token.Token) (lines, cols int32) {
	c := &p.counted
	if c.literal != t.Start+1 || c.upTo > brace {
		*c = counted311{literal: t.Start + 1}
	}
	for {
		i := strings.IndexByte(literal[c.upTo:brace], '\n')
		if i < 0 {
			break
		}
		c.upTo += i + 1
		c.lines, c.lineStart = c.lines+1, c.upTo
	}
	c.upTo = brace
	after := strings.TrimLeft(literal[brace+1:], " \t\f")
	if after == "" || after[0] == '\n' || after[0] == '}' {
		return c.lines, 0
	}
	return c.lines, int32(brace - c.lineStart)
}

// isCSpace is C's isspace.
func isCSpace(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' }
