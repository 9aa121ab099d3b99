package parser

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// raise raises the error of an alternative that exists for its message:
//
//	at x       from the beginning to the end of x
//	range x y  from the beginning of x to the end of y
//	from x     from the beginning of x to as far as was read
//	last       at the last token that was read
//	next       at the current token
//	indent     an IndentationError, at the last token that was read
//
// In the message {text n} is the text of item n, {name n} what it is called,
// {line n} its line, and {bound n} what it is as the bound of a type parameter.
func (r *reporter) raise(a *pegAction, vals []*node) {
	message := r.message(a.text, vals)
	switch a.how {
	case "at":
		r.raiseRange(vals[a.labels[0]], vals[a.labels[0]], message)
	case "range":
		r.raiseRange(vals[a.labels[0]], vals[a.labels[1]], message)
	case "from":
		t := &r.toks[vals[a.labels[0]].first]
		line, col := r.current()
		r.raiseAt("SyntaxError", t.Line, int(t.Col)+1, line, col, message)
	case "last":
		r.raiseLast("SyntaxError", message)
	case "next":
		if r.have() {
			r.raiseToken("SyntaxError", &r.toks[r.mark], message)
		}
	case "indent":
		r.raiseLast("IndentationError", message)
	}
}

func (r *reporter) message(text string, vals []*node) string {
	for {
		open := strings.IndexByte(text, '{')
		if open < 0 {
			return text
		}
		verb, rest, ok := strings.Cut(text[open+1:], " ")
		num, rest, ok2 := strings.Cut(rest, "}")
		i, err := strconv.Atoi(num)
		if !ok || !ok2 || err != nil {
			return text // a brace of the message itself
		}
		n := vals[i]
		var s string
		switch verb {
		case "text":
			s = r.text(n)
		case "name":
			s = exprNames[n.kind]
		case "line":
			s = strconv.Itoa(int(r.toks[n.first].Line))
		case "bound":
			s = "bound"
			if n.kind == nodeTuple {
				s = "constraints"
			}
		}
		text = text[:open] + s + rest
	}
}

// text is the source of a node's first token.
func (r *reporter) text(n *node) string {
	t := &r.toks[n.first]
	return r.p.text[t.Start:t.End]
}

// pos is the extent of a node.
func (r *reporter) pos(n *node) ast.Pos {
	a, b := &r.toks[n.first], &r.toks[n.last]
	return ast.Pos{Line: a.Line, Col: a.Col, EndLine: b.EndLine, EndCol: b.EndCol}
}

func (r *reporter) raiseRange(a, b *node, message string) {
	p, q := r.pos(a), r.pos(b)
	r.raiseKnown("SyntaxError", p.Line, p.Col, q.EndLine, q.EndCol, message)
}

// raiseKnown raises an error at a range of byte columns from 0.
func (r *reporter) raiseKnown(typ string, line, col, endLine, endCol int32, message string) {
	r.raiseAt(typ, line, int(col)+1, endLine, int(endCol)+1, message)
}

// raiseLast raises an error at the last token that was read.
func (r *reporter) raiseLast(typ, message string) {
	r.raiseToken(typ, &r.toks[len(r.toks)-1], message)
}

func (r *reporter) raiseToken(typ string, t *token.Token, message string) {
	col, end := int(t.Col)+1, int(t.EndCol)+1
	if t.Col < 0 {
		_, col = r.current()
		end = 0
	}
	r.raiseAt(typ, t.Line, col, t.EndLine, end, message)
}

// raiseAt raises an error at byte columns from 1; an end of 0 is none. It is only
// done once: the first error stands.
func (r *reporter) raiseAt(typ string, line int32, col int, endLine int32, endCol int, message string) {
	if r.err != nil {
		return
	}
	text := replaced(r.lineText(line))
	if r.field {
		message = "f-string: " + message
		col -= int(r.startCol)
		endCol -= int(r.startCol)
	}
	if !r.p.f.ColumnsInBytes || r.p.src.Declared {
		now, _ := r.current()
		col = charColumn(text, col, now <= line)
		if endCol > 0 {
			endCol = charColumn(text, endCol, now <= line)
		}
	}
	r.err = &diag.Diagnostic{
		Type: typ, Message: message, Line: int(line), Col: max(col, 0), EndLine: int(endLine), EndCol: max(endCol, 0),
		Text: text,
	}
}

// lineText returns a line of the source.
func (r *reporter) lineText(line int32) string {
	if r.field {
		line -= r.startLine - 1
	}
	text, _ := r.p.src.Line(int(line))
	return text
}

// replaced returns text with a replacement character for each invalid sequence,
// as CPython decodes the line of an error before it counts columns.
func replaced(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for len(text) > 0 {
		r, w := utf8.DecodeRuneInString(text)
		if r == utf8.RuneError && w == 1 {
			w = sequenceLen(text)
		}
		b.WriteRune(r)
		text = text[w:]
	}
	return b.String()
}

// charColumn turns a byte column from 1 into a column of characters. A column
// inside a character counts it. newline says that the line end is part of the line.
func charColumn(line string, col int, newline bool) int {
	size := len(line)
	if newline {
		size++
	}
	col = min(max(col, 0), size+1)
	beyond := max(col-len(line), 0) // line end and what follows it
	head := line[:col-beyond]
	n := beyond
	for len(head) > 0 {
		_, w := utf8.DecodeRuneInString(head)
		if w == 1 && head[0] >= utf8.RuneSelf { // the rest of a character that is cut off
			w = min(len(head), sequenceLen(head))
		}
		head = head[w:]
		n++
	}
	return n
}

// sequenceLen returns how many bytes of an invalid sequence count as one
// character.
func sequenceLen(s string) int {
	need := 1
	switch c := s[0]; {
	case 0xC2 <= c && c < 0xE0:
		need = 2
	case 0xE0 <= c && c < 0xF0:
		need = 3
	case 0xF0 <= c && c < 0xF5:
		need = 4
	}
	n := 1
	for n < need && n < len(s) && s[n]&0xC0 == 0x80 {
		n++
	}
	return n
}

// current returns the line that CPython's lexer stands in, and the column from 0
// that it has read up to. It is still on a line whose end it has just read.
func (r *reporter) current() (line int32, col int) {
	if len(r.toks) > 0 {
		t := &r.toks[len(r.toks)-1]
		switch {
		case r.lex.Err != nil:
			e := r.lex.Err
			return e.Line, e.Pos - e.LineStart
		case t.Kind == token.Newline:
			col := int(t.EndCol)
			if !r.p.f.NewlineInToken {
				col++
			}
			return t.Line, col
		case t.Kind == token.EOF || t.Kind == token.Dedent && int(t.Start) >= len(r.p.text):
			text, _ := r.p.src.Line(int(t.Line))
			return t.Line, len(text) + 1
		}
	}
	return r.lex.At()
}

// overflow is the error of rules that lie too deep inside each other.
func (r *reporter) overflow() {
	if r.err == nil {
		r.err = overflowError(r.p)
	}
}

func overflowError(p *Parser) *diag.Diagnostic {
	d := &diag.Diagnostic{Type: "MemoryError"}
	if p.f.OverflowExplained {
		d.Message = "Parser stack overflowed - Python source too complex to parse"
	}
	return d
}

// checkNumber raises the error of an integer with too many digits.
func (r *reporter) checkNumber(t *token.Token) bool {
	text := r.p.text[t.Start:t.End]
	if len(text) <= maxDigits {
		return true
	}
	var c ast.Const
	if numberValue(&c, text) {
		return true
	}
	digits := len(strings.ReplaceAll(text, "_", ""))
	r.raiseAt("SyntaxError", t.Line, 0, t.EndLine, 0, fmt.Sprintf(
		"Exceeds the limit (%d digits) for integer string conversion: value has %d digits; "+
			"use sys.set_int_max_str_digits() to increase the limit - Consider hexadecimal for huge integer literals "+
			"to avoid decimal conversion limits.", maxDigits, digits))
	return false
}
