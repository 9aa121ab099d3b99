package parser

import (
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// report words the error of a source that has no tree.
func (p *Parser) report(src *source.Source, f *target.Features) error {
	if p.overflowed {
		return overflowError(p)
	}
	at, stmt := *p.tok, int(p.lastStmt)
	p.reporting = true
	p.unwind(stacks{})
	r := newReporter(p)
	r.lex.Init(src, p.arena.Names, f)
	// What comes before the statement in which the parser failed makes sense; but
	// it may be the statement before that one that goes on wrongly.
	begin := strings.LastIndexByte(p.text[:stmt], '\n') + 1
	r.lex.Skip(begin, 1+int32(strings.Count(p.text[:begin], "\n")))
	d := r.run("file")
	p.reporting = false
	if d == nil {
		// The reporter gave up, or sees no error. The place is the parser's.
		text, _ := src.Line(int(at.Line))
		d = &diag.Diagnostic{
			Type: "SyntaxError", Message: "invalid syntax", Line: int(at.Line), EndLine: int(at.EndLine),
			Col: charColumn(text, int(at.Col)+1, true), EndCol: charColumn(text, int(at.EndCol)+1, true), Text: text,
		}
	}
	return d
}

func newReporter(p *Parser) *reporter {
	return &reporter{p: p, g: grammarOf(p.f), lex: new(lexer.Lexer)}
}

// run walks the source by the rule start, and returns the error that CPython
// raises; nil if there is none, or the search was given up.
func (r *reporter) run(start string) *diag.Diagnostic {
	rule := r.g.rules[start]
	flufl := r.p.flufl
	if _, ok := r.rule(rule); ok || r.gaveUp {
		return nil
	}
	if r.err == nil {
		last := len(r.toks) - 1
		clear(r.memo)
		r.mark, r.level, r.steps, r.messages = 0, 0, 0, true
		r.p.flufl = flufl
		r.rule(rule)
		if r.gaveUp {
			return nil
		}
		if r.err == nil {
			r.generic(&r.toks[last])
			if k := r.toks[last].Kind; k == token.Indent || k == token.Dedent {
				return r.err
			}
		}
	}
	if r.err.Type == "SyntaxError" || r.err.Type == "IndentationError" {
		r.preferLexer()
	}
	return r.err
}

// generic is the error for which there is no rule: at the last token that the
// first pass read.
func (r *reporter) generic(last *token.Token) {
	switch last.Kind {
	case token.Indent:
		r.raiseLast("IndentationError", "unexpected indent")
	case token.Dedent:
		r.raiseLast("IndentationError", "unexpected unindent")
	default:
		r.raiseKnown("SyntaxError", last.Line, last.Col, last.EndLine, last.EndCol, "invalid syntax")
	}
}

// preferLexer reads the rest of the source. Where the lexer finds an error in it,
// that one is reported; and where a bracket stays open that was opened on an
// earlier line than the error found so far, that.
func (r *reporter) preferLexer() {
	if r.lexErr {
		return
	}
	at := r.toks[len(r.toks)-1].Line
	for {
		var t token.Token
		if !r.lex.Next(&t) {
			break
		}
		if t.Kind == token.EOF {
			return
		}
	}
	if letter, _ := r.lex.StringLetter(); letter != 0 {
		return // inside an f-string the error in its field is the better one
	}
	found := r.err
	r.err = nil
	switch e := r.lex.Err; e.Kind {
	case lexer.ErrDecode:
		r.err = &diag.Diagnostic{Type: "UnicodeDecodeError", Message: r.decodeMessage(e)}
	case lexer.ErrEOF, lexer.ErrContinuation, lexer.ErrTabs, lexer.ErrTooDeep, lexer.ErrDedent:
		if kind, line, _ := r.lex.Unclosed(); kind != 0 && at > line {
			r.unclosed()
		}
	default:
		r.raiseLexer(e)
	}
	if r.err == nil {
		r.err = found
	}
}

// unclosed is the error of the innermost open bracket.
func (r *reporter) unclosed() {
	kind, line, col := r.lex.Unclosed()
	r.raiseAt("SyntaxError", line, int(col)+1, line, 0, fmt.Sprintf("'%c' was never closed", kind))
}

// raiseLexer raises the error at which the lexer stopped.
func (r *reporter) raiseLexer(e *lexer.Error) {
	r.lexErr = true
	here := func(typ, message string) { r.raiseAt(typ, e.Line, 1, e.Line, 0, message) }
	message := ""
	switch e.Kind {
	case lexer.ErrEOF:
		if kind, _, _ := r.lex.Unclosed(); kind != 0 {
			r.unclosed()
			return
		}
		r.raiseLast("SyntaxError", "unexpected EOF while parsing")
		return
	case lexer.ErrDedent:
		r.raiseLast("IndentationError", "unindent does not match any outer indentation level")
		return
	case lexer.ErrTabs:
		here("TabError", "inconsistent use of tabs and spaces in indentation")
		return
	case lexer.ErrTooDeep:
		here("IndentationError", "too many levels of indentation")
		return
	case lexer.ErrContinuation:
		r.raiseAt("SyntaxError", e.Line, e.Pos-e.Start, e.Line, 0, "unexpected character after line continuation character")
		return
	case lexer.ErrDecode:
		r.raiseLast("SyntaxError", "(unicode error) "+r.decodeMessage(e))
		return
	case lexer.ErrCharacter:
		if e.Printable {
			message = fmt.Sprintf("invalid character '%c' (U+%04X)", e.Char, e.Char)
		} else {
			message = fmt.Sprintf("invalid non-printable character U+%04X", e.Char)
		}
	case lexer.ErrNumber:
		message = "invalid " + e.Literal + " literal"
	case lexer.ErrDigit:
		message = fmt.Sprintf("invalid digit '%c' in %s literal", e.A, e.Literal)
	case lexer.ErrLeadingZeros:
		message = "leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers"
	case lexer.ErrString:
		switch {
		case e.Triple:
			message = fmt.Sprintf("unterminated triple-quoted string literal (detected at line %d)", e.OpenLine)
		case e.Escaped && r.p.f.EscapedQuoteHint:
			message = fmt.Sprintf("unterminated string literal (detected at line %d); perhaps you escaped the end quote?", e.OpenLine)
		default:
			message = fmt.Sprintf("unterminated string literal (detected at line %d)", e.OpenLine)
		}
	case lexer.ErrPrefixes:
		message = fmt.Sprintf("'%c' and '%c' prefixes are incompatible", e.A, e.B)
	case lexer.ErrBrackets:
		message = "too many nested parentheses"
	case lexer.ErrUnmatched:
		message = fmt.Sprintf("unmatched '%c'", e.A)
	case lexer.ErrMismatch:
		message = fmt.Sprintf("closing parenthesis '%c' does not match opening parenthesis '%c'", e.A, e.B)
		if e.OpenLine != 0 {
			message += fmt.Sprintf(" on line %d", e.OpenLine)
		}
	case lexer.ErrFStrings:
		message = "too many nested f-strings"
		if r.p.f.TemplateStrings {
			message += " or t-strings"
		}
	case lexer.ErrFields:
		message = fmt.Sprintf("%c-string: expressions nested too deeply", e.Letter)
	case lexer.ErrFieldUnmatched:
		message = fmt.Sprintf("%c-string: unmatched '%c'", e.Letter, e.A)
	case lexer.ErrSingleBrace:
		message = fmt.Sprintf("%c-string: single '}' is not allowed", e.Letter)
	case lexer.ErrSpecNewline:
		message = fmt.Sprintf("%c-string: newlines are not allowed in format specifiers for single quoted %c-strings", e.Letter, e.Letter)
	case lexer.ErrFStringOpen:
		message = fmt.Sprintf("%c-string: expecting '}'", e.Letter)
		if r.p.f.FieldLineNamed && e.FieldLine != e.Line {
			message += fmt.Sprintf(" to close '{' on line %d", e.FieldLine)
		}
	case lexer.ErrFString:
		triple := ""
		if e.Triple {
			triple = "triple-quoted "
		}
		message = fmt.Sprintf("unterminated %s%c-string literal (detected at line %d)", triple, e.Letter, e.OpenLine)
	}
	r.lexical(e, message)
}

// decodeMessage is what Python's codec says of an identifier that is not UTF-8.
func (r *reporter) decodeMessage(e *lexer.Error) string {
	return source.UTF8Error([]byte(r.p.text[e.Start:e.Pos]))
}

// lexical raises an error in the way of CPython's lexer: at the character that was
// read last, or at a range of its own.
func (r *reporter) lexical(e *lexer.Error, message string) {
	if r.err != nil {
		return
	}
	col, endCol := e.Col, e.EndCol
	if r.p.f.RangesInChars && col != 0 {
		line := r.p.text[e.LineStart:e.Pos]
		col = charColumn(line, col-1, false) + 1
		endCol = charColumn(line, endCol, false)
	}
	if col == 0 {
		col = charColumn(r.p.text[e.LineStart:e.Pos], e.Pos-e.LineStart, false)
		endCol = col
	}
	text, _ := r.p.src.Line(1 + strings.Count(r.p.text[:e.LineStart], "\n"))
	r.err = &diag.Diagnostic{
		Type: "SyntaxError", Message: message, Line: int(e.Line), Col: col, EndLine: int(e.Line), EndCol: endCol,
		Text: replaced(text),
	}
}
