// Package lexer splits a source into the tokens of Python's grammar.
//
// # Model
//
// A Lexer is asked for one token at a time, or for those up to the end of a line, and
// keeps between them what Python's lexical structure needs: the stack of indents, the
// stack of open brackets, and since PEP 701 a stack of modes for the f-strings (and
// t-strings) that the place is inside of. Brackets matter to lexing because line ends inside
// them are white space, and because a replacement field ends at the brace that
// closes it.
//
// # Layout
//
// lexer.go has the state and the line structure, word.go names and string
// prefixes, number.go and text.go the literals, operator.go the rest, fstring.go
// the modes; bytes.go looks at eight bytes at once. errors.go says how a fault is kept. Dump lists a source's tokens.
//
// # Versions
//
// Before PEP 701 an f-string is one String token, and the parser parses its
// replacement fields as sources of their own. The differences between later
// releases are named in target.Features.
//
// # Errors
//
// A source has at most one lexical error, because the lexer stops there. It is
// kept as numbers and formatted by whoever reports it.
package lexer

import (
	"bytes"
	"encoding/binary"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// CPython's limits on nesting.
const (
	maxIndent   = 100 // levels of indentation
	maxBrackets = 200 // open brackets
	maxFStrings = 150 // f-strings inside each other
	maxFields   = 3   // replacement fields inside format specifications
)

const tabSize = 8

// StringEscapes and the other flags stand in the Name of a String token.
const (
	StringEscapes ast.Name = 1 << iota // has a backslash
	StringUnicode                      // has a byte of 0x80 or more
)

// Span is a part of the source's text.
type Span struct{ Start, End int }

// Warning is something that the lexer remarks on: a SyntaxWarning.
type Warning struct {
	Pos  int // how far the lexer had read
	Line int32
	// Literal is the kind of a number that runs into a keyword ("decimal"); empty
	// for an invalid escape, whose character is Escape.
	Literal string
	Escape  byte
}

type bracket struct {
	kind      byte
	line, col int32
}

// Lexer reads one source. Its zero value is not ready: call Init.
type Lexer struct {
	src   []byte // followed by source.Pad zeros
	text  string
	names *ast.Names
	f     *target.Features

	pos       int
	lineStart int
	line      int32
	chunk     int  // where the line begins that was the last to be read between tokens
	atLine    bool // the next token begins a line
	done      bool // EOF was returned

	level   int // open brackets
	nIndent int
	pending int // indents (positive) or dedents (negative) to be returned

	modes []mode
	// Fields are the sources of replacement fields: a token that ends one has its
	// index plus one in Name. Only fields that need it (`=`, t-strings) are here.
	Fields []Span

	// Err is the error at which the lexer stopped; nil before.
	Err      *Error
	Warnings []Warning

	one [1]token.Token // what Next reads

	indents    [maxIndent]int32
	altIndents [maxIndent]int32
	brackets   [maxBrackets]bracket
}

// Init makes the lexer ready to read a source from its beginning. The names of
// identifiers go into names.
func (l *Lexer) Init(src *source.Source, names *ast.Names, f *target.Features) {
	l.src = src.Bytes()[:len(src.Text)+source.Pad]
	l.text = src.Text
	l.names, l.f = names, f
	l.pos, l.lineStart, l.line, l.chunk = 0, 0, 1, 0
	l.atLine, l.done = true, false
	l.level, l.nIndent, l.pending = 0, 0, 0
	l.indents[0], l.altIndents[0] = 0, 0
	l.modes = l.modes[:0]
	l.Fields = l.Fields[:0]
	l.Err = nil
	l.Warnings = nil
}

// StartAt gives the first line another number than 1.
func (l *Lexer) StartAt(line int32) { l.line = line }

// Skip makes the lexer begin at offset pos, where line begins, outside all
// brackets and indentation.
func (l *Lexer) Skip(pos int, line int32) {
	l.pos, l.lineStart, l.line, l.chunk = pos, pos, line, pos
}

// Back goes back by n bytes of the line.
func (l *Lexer) Back(n int) { l.pos -= n }

// At returns the line that the lexer stands in and the column, in bytes from 0.
func (l *Lexer) At() (line int32, col int) { return l.line, l.pos - l.lineStart }

// Unclosed returns the innermost open bracket and where it stands; kind 0 for none.
func (l *Lexer) Unclosed() (kind byte, line, col int32) {
	if l.level == 0 {
		return 0, 0, 0
	}
	b := l.brackets[l.level-1]
	return b.kind, b.line, b.col
}

// StringLetter returns the letter of the f-string ('f') or t-string ('t') that the
// lexer is inside of, 0 outside; raw says whether it is a raw one.
func (l *Lexer) StringLetter() (letter byte, raw bool) {
	if len(l.modes) == 0 {
		return 0, false
	}
	m := &l.modes[len(l.modes)-1]
	return m.letter(), m.raw
}

// Next reads the next token into t. It returns false at an error, which is in
// Err, and goes on returning false. After EOF it returns EOF again.
func (l *Lexer) Next(t *token.Token) bool {
	if l.Read(l.one[:]) == 0 {
		return false
	}
	*t = l.one[0]
	return true
}

// Read reads tokens until toks is full, a line or the source ends, or an error, which
// is in Err then, and returns how many. After EOF it reads EOF again.
func (l *Lexer) Read(toks []token.Token) int {
	for n := 0; ; {
		if l.Err != nil || n == len(toks) {
			return n
		}
		if i := len(l.modes); i > 0 && l.modes[i-1].inString {
			if l.nextInString(&toks[n], &l.modes[i-1]) {
				n++
			}
			continue
		}
		end := false
		if n, end = l.read(toks, n); end {
			return n
		}
	}
}

// newline moves on to the line that begins at pos.
func (l *Lexer) newline(pos int) {
	l.line++
	l.lineStart = pos
}

// read reads tokens into toks from the place n on, and returns the place behind the
// last. It stops where toks is full, where the text of an f-string begins, at an
// error, and with end set behind a line or the source.
func (l *Lexer) read(toks []token.Token, n int) (place int, end bool) {
	src := l.src
	for ; n < len(toks); n++ {
		t := &toks[n]
		pos := l.pos
	line:
		blank := false
		if l.atLine {
			l.atLine = false
			var col, alt, continued int32
			for {
				// The padding makes it safe to load eight bytes anywhere in the text.
				if k := spaces(binary.LittleEndian.Uint64(src[pos:])); k > 0 {
					col += int32(k)
					alt += int32(k)
					pos += k
					continue
				}
				switch src[pos] {
				case '\t':
					col = (col/tabSize + 1) * tabSize
					alt++
					pos++
					continue
				case '\f':
					col, alt = 0, 0
					pos++
					continue
				case '\\':
					// The first backslash that only white space precedes decides the
					// indentation of what follows it.
					if continued == 0 {
						continued = col
					}
					if pos = l.continuation(pos + 1); pos < 0 {
						return n, false
					}
					l.chunk = pos
					continue
				}
				break
			}
			c := src[pos]
			blank = c == '#' || c == '\n'
			if !blank && l.level == 0 {
				if continued != 0 {
					col, alt = continued, continued
				}
				l.pos = pos
				if (col != l.indents[l.nIndent] || alt != l.altIndents[l.nIndent]) && !l.indentation(col, alt) {
					return n, false
				}
			}
		}
		if l.pending != 0 {
			l.pos = pos
			t.Kind = token.Indent
			if l.pending < 0 {
				t.Kind = token.Dedent
				l.pending += 2
			}
			l.pending--
			l.empty(t)
			continue
		}
	again:
		for src[pos] == ' ' || src[pos] == '\t' || src[pos] == '\f' {
			pos++
		}
		c := src[pos]
		start := pos
		ok := true
		switch charClass[c] {
		case className:
			ok = l.word(t, pos)
		case classDigit:
			ok = l.number(t, pos)
		case classQuote:
			ok = l.str(t, pos, pos)
		case classComment:
			pos += bytes.IndexByte(src[pos:], '\n') // Decode ensures that there is one
			fallthrough
		case classNewline:
			l.atLine = true
			if blank || l.level > 0 {
				pos++
				l.newline(pos)
				l.chunk = pos
				goto line
			}
			t.Kind = token.Newline
			l.token(t, start, pos)
			if l.f.NewlineInToken {
				t.EndCol++
			}
			l.pos = pos + 1
			l.newline(pos + 1)
			l.chunk = pos + 1
			return n + 1, true
		case classBackslash:
			if pos = l.continuation(pos + 1); pos < 0 {
				return n, false
			}
			goto again
		case classOperator:
			ok = l.operator(t, pos)
		case classAlone:
			if src[pos+1] == '=' || len(l.modes) != 0 {
				ok = l.operator(t, pos)
				break
			}
			t.Kind, t.Name = alone[c], 0
			l.token(t, pos, pos+1)
		case classDot:
			if c2 := src[pos+1]; isDigit(c2) {
				ok = l.number(t, pos)
			} else if c2 == '.' {
				ok = l.operator(t, pos)
			} else {
				t.Kind, t.Name = token.Dot, 0
				l.token(t, pos, pos+1)
			}
		default:
			if c == 0 && pos >= len(l.text) {
				if l.end(t, pos) {
					n++
				}
				return n, true
			}
			ok = l.operator(t, pos)
		}
		if !ok {
			return n, false
		}
		if len(l.modes) != 0 { // what a token of a replacement field ends is Read's to see
			return n + 1, false
		}
	}
	return n, false
}

// end returns the EOF token, or the error of a source that ends too early.
func (l *Lexer) end(t *token.Token, pos int) bool {
	l.pos = pos
	if l.level > 0 {
		return l.fail(ErrEOF, pos)
	}
	l.done = true
	t.Kind = token.EOF
	l.empty(t)
	return true
}

// token fills in the extent of a token that lies on one line, and moves on.
func (l *Lexer) token(t *token.Token, start, end int) {
	l.pos = end
	t.Level = uint8(l.level)
	t.Start, t.End = uint32(start), uint32(end)
	t.Line, t.EndLine = l.line, l.line
	t.Col, t.EndCol = int32(start-l.lineStart), int32(end-l.lineStart)
}

// empty fills in the extent of a token that has no text.
func (l *Lexer) empty(t *token.Token) {
	t.Level = uint8(l.level)
	t.Name = 0
	t.Start, t.End = uint32(l.pos), uint32(l.pos)
	t.Line, t.EndLine = l.line, l.line
	// The line that begins behind the last line end does not exist.
	if l.pos >= len(l.text) && l.pos == l.lineStart && l.line > 1 {
		t.Line--
		t.EndLine--
	}
	t.Col, t.EndCol = -1, -1
}

// continuation goes past the line end that must follow a backslash, and returns
// where the next line begins, or -1.
func (l *Lexer) continuation(pos int) int {
	if l.src[pos] != '\n' {
		// CPython has read the character by now, and blames it.
		l.errorAt(ErrContinuation, min(pos+1, len(l.text))).Start = l.chunk
		return -1
	}
	if pos+1 >= len(l.text) {
		l.fail(ErrEOF, pos+1)
		return -1
	}
	l.newline(pos + 1)
	return pos + 1
}

// indentation compares a line's indentation with the stack. alt is the width
// with tabs as wide as spaces: where the two measures disagree on the order, the
// source depends on the width of tabs and is refused.
func (l *Lexer) indentation(col, alt int32) bool {
	switch top := l.indents[l.nIndent]; {
	case col == top:
		if alt != l.altIndents[l.nIndent] {
			return l.fail(ErrTabs, l.lineEnd())
		}
	case col > top:
		if l.nIndent+1 >= maxIndent {
			return l.fail(ErrTooDeep, l.lineEnd())
		}
		if alt <= l.altIndents[l.nIndent] {
			return l.fail(ErrTabs, l.lineEnd())
		}
		l.pending++
		l.nIndent++
		l.indents[l.nIndent], l.altIndents[l.nIndent] = col, alt
	default:
		for l.nIndent > 0 && col < l.indents[l.nIndent] {
			l.pending--
			l.nIndent--
		}
		if col != l.indents[l.nIndent] {
			return l.fail(ErrDedent, l.lineEnd())
		}
		if alt != l.altIndents[l.nIndent] {
			return l.fail(ErrTabs, l.lineEnd())
		}
	}
	return true
}

// lineEnd returns the offset behind the current line's line end.
func (l *Lexer) lineEnd() int {
	if i := bytes.IndexByte(l.src[l.pos:len(l.text)], '\n'); i >= 0 {
		return l.pos + i + 1
	}
	return len(l.text)
}

const (
	classOther = iota
	className
	classDigit
	classQuote
	classComment
	classNewline
	classBackslash
	classOperator
	classAlone // an operator unless an equal sign follows
	classDot
)

// charClass says how a token begins that begins with a byte.
var charClass = func() (t [256]uint8) {
	for c := range t {
		switch {
		case isDigit(byte(c)):
			t[c] = classDigit
		case isNameByte(byte(c)):
			t[c] = className
		case alone[c] != token.EOF:
			t[c] = classAlone
		}
	}
	for _, c := range "()[]{}!-<>+%@&|^*/" {
		t[c] = classOperator
	}
	t['\''], t['"'] = classQuote, classQuote
	t['#'], t['\n'], t['\\'], t['.'] = classComment, classNewline, classBackslash, classDot
	return
}()

// alone are the operators that are two characters only with an equal sign behind
// them, if at all.
var alone = [256]token.Kind{
	',': token.Comma, ';': token.Semi, '~': token.Tilde, ':': token.Colon, '=': token.Equal,
}

// isNameByte reports whether c may be part of an identifier, as far as one byte
// can tell.
func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c >= 0x80
}

// nameByte is isNameByte as a table.
var nameByte = func() (t [256]bool) {
	for c := range t {
		t[c] = isNameByte(byte(c))
	}
	return
}()
