package parser

import (
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// piece is a part of adjacent string literals: text, or the expression of a
// replacement field.
type piece struct {
	ast.Pos
	expr ast.Expr // nil for text
	text string
	u    bool // the literal has the prefix u
}

// strings = (STRING | fstring)+ | tstring+
//
// Adjacent literals are one value. Where an f-string is among them, texts that
// meet become one constant, and empty ones vanish.
func (p *Parser) strings(s start) ast.Expr {
	base := len(p.pieces)
	if p.tok.Kind == token.String && (p.f.FStringTokens || !p.is311FString(p.tok)) {
		text, bytes, u := p.literal(p.tok)
		at := p.tok.Pos
		p.next()
		if k := p.tok.Kind; k != token.String && k != token.FStringStart {
			return p.text1(at, text, bytes, u)
		}
		return p.joined(s, base, piece{Pos: at, text: text, u: u}, bytes)
	}
	if p.tok.Kind == token.TStringStart {
		for p.tok.Kind == token.TStringStart {
			p.fstring(token.TStringEnd)
		}
		values := p.fold(base)
		n := p.arena.TemplateStrs.New()
		*n = ast.TemplateStr{Pos: p.pos(s), Values: values}
		return n
	}
	return p.joined(s, base, piece{}, false)
}

// text1 is the constant of one text.
func (p *Parser) text1(at ast.Pos, text string, bytes, u bool) ast.Expr {
	c := p.arena.Consts.New()
	*c = ast.Const{Kind: ast.Str, Str: text}
	if bytes {
		c.Kind = ast.Bytes
	}
	n := p.arena.Constants.New()
	*n = ast.Constant{Pos: at, Value: c, U: u}
	return n
}

// joined reads the literals that follow first (where it has a position), which
// is a bytes literal or not.
func (p *Parser) joined(s start, base int, first piece, bytes bool) ast.Expr {
	if !p.f.FStringTokens {
		return p.joined311(first, bytes)
	}
	seen := first.Line != 0
	if seen {
		p.pieces = append(p.pieces, first)
	}
	formatted := false
	for {
		if p.tok.Kind == token.String {
			text, b, u := p.literal(p.tok)
			if seen && b != bytes {
				p.failString(mixedLiterals)
			}
			bytes = b
			p.pieces = append(p.pieces, piece{Pos: p.tok.Pos, text: text, u: u})
			p.next()
		} else if p.tok.Kind == token.FStringStart {
			if bytes {
				p.failString(mixedLiterals)
			}
			p.fstring(token.FStringEnd)
			formatted = true
		} else {
			break
		}
		seen = true
	}
	if formatted {
		values := p.fold(base)
		n := p.arena.JoinedStrs.New()
		*n = ast.JoinedStr{Pos: p.pos(s), Values: values}
		return n
	}
	text := p.concatenate(p.pieces[base:])
	u := p.pieces[base].u
	p.pieces = p.pieces[:base]
	return p.text1(p.pos(s), text, bytes, u)
}

// concatenate returns the texts of pieces as one.
func (p *Parser) concatenate(pieces []piece) string {
	if len(pieces) == 1 {
		return pieces[0].text
	}
	n := 0
	for i := range pieces {
		n += len(pieces[i].text)
	}
	var b strings.Builder
	b.Grow(n)
	for i := range pieces {
		b.WriteString(pieces[i].text)
	}
	return b.String()
}

// fold pops the pieces from base on as the values of a JoinedStr or TemplateStr.
func (p *Parser) fold(base int) []ast.Expr {
	exprs := len(p.exprs)
	for i := base; i < len(p.pieces); {
		if p.pieces[i].expr != nil {
			p.exprs = append(p.exprs, p.pieces[i].expr)
			i++
			continue
		}
		j := i + 1
		for j < len(p.pieces) && p.pieces[j].expr == nil {
			j++
		}
		if text := p.concatenate(p.pieces[i:j]); text != "" {
			at := p.pieces[i].Pos
			at.EndLine, at.EndCol = p.pieces[j-1].EndLine, p.pieces[j-1].EndCol
			p.exprs = append(p.exprs, p.text1(at, text, false, p.pieces[i].u))
		}
		i = j
	}
	p.pieces = p.pieces[:base]
	return p.popExprs(exprs)
}

// literal returns the value of a String token.
func (p *Parser) literal(t *token.Token) (text string, bytes, u bool) {
	text = p.text[t.Start:t.End]
	u = text[0] == 'u' // and not U, as CPython has it
	raw := false
	for text[0] != '\'' && text[0] != '"' {
		switch text[0] | 0x20 {
		case 'b':
			bytes = true
		case 'r':
			raw = true
		}
		text = text[1:]
	}
	if len(text) >= 6 && text[1] == text[0] && text[2] == text[0] {
		text = text[3 : len(text)-3]
	} else {
		text = text[1 : len(text)-1]
	}
	if bytes && t.Name&lexer.StringUnicode != 0 {
		p.strErr = stringError{message: "bytes can only contain ASCII literal characters", at: *t}
		p.fail()
	}
	return p.unescape(text, t, raw, bytes), bytes, u
}

// unescape returns the value of a literal's text, which t is the token of.
func (p *Parser) unescape(text string, t *token.Token, raw, bytes bool) string {
	if t.Name&lexer.StringUnicode != 0 && !utf8.ValidString(text) {
		p.failString("(unicode error) " + source.UTF8Error([]byte(text)))
	}
	if raw || t.Name&lexer.StringEscapes == 0 {
		return text
	}
	d := decoder{f: p.f, out: p.decoded[:0], invalid: -1}
	if !d.decode(text, bytes) {
		p.failString(d.message(text, bytes))
	}
	p.decoded = d.out
	if d.invalid >= 0 {
		p.warnEscape(text, t, d.invalid)
	}
	return string(d.out)
}

// stringError is what is wrong with a literal, for the reporter.
type stringError struct {
	message string
	at      token.Token      // of no kind where the error lies at the last token read
	inner   *diag.Diagnostic // the error of a replacement field in 3.11
}

// failString fails because of a literal.
func (p *Parser) failString(message string) {
	p.strErr = stringError{message: message}
	p.fail()
}
