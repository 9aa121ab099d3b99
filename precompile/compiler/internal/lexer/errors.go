package lexer

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

func nameOfField(n int) ast.Name { return ast.Name(n) }

// ErrorKind says what is wrong.
type ErrorKind uint8

// The lexical errors.
const (
	ErrEOF            ErrorKind = iota // the source ends inside brackets or behind a backslash
	ErrContinuation                    // something follows a backslash
	ErrTabs                            // indentation depends on the width of tabs
	ErrTooDeep                         // too many levels of indentation
	ErrDedent                          // a dedent to no outer level
	ErrDecode                          // not UTF-8
	ErrCharacter                       // Char is in no token
	ErrNumber                          // a Literal that runs into something
	ErrDigit                           // the digit A is not of a Literal
	ErrLeadingZeros                    // 0123
	ErrString                          // unterminated
	ErrPrefixes                        // the prefixes A and B are incompatible
	ErrBrackets                        // too many open brackets
	ErrUnmatched                       // the bracket A closes nothing
	ErrMismatch                        // the bracket A closes B, opened on OpenLine (0: the same)
	ErrFStrings                        // too many f-strings inside each other
	ErrFields                          // too many replacement fields inside each other
	ErrFieldUnmatched                  // the bracket A closes nothing inside a field
	ErrSingleBrace                     // a brace closes nothing in an f-string
	ErrSpecNewline                     // a line end in a format specification
	ErrFStringOpen                     // a string inside a field that is the f-string's end
	ErrFString                         // unterminated f-string
)

// Error is a lexical error, as numbers.
type Error struct {
	Kind ErrorKind
	Line int32 // 1-based
	// LineStart is where that line begins, and Pos how far the lexer had read.
	LineStart, Pos int
	// Start is where the token began that is not UTF-8, or from where CPython
	// counts the columns of what follows a backslash.
	Start int
	// Col and EndCol are 1-based byte columns where the error has a range of its
	// own; 0 means that it is at Pos.
	Col, EndCol int

	A, B      byte   // the characters of the message
	Char      rune   // likewise
	Printable bool   // Char is printable
	Literal   string // the kind of number
	FieldLine int32  // where the replacement field was opened that has no end
	OpenLine  int32  // where the bracket was opened, or the string's end detected
	Triple    bool   // the string has three quotes
	Escaped   bool   // the string has an escaped quote
	Letter    byte   // 'f' or 't'
	AtEnd     bool   // the string runs to the end of the source, not of a line
}

// errorAt stops the lexer with an error for which it had read up to pos.
func (l *Lexer) errorAt(kind ErrorKind, pos int) *Error {
	l.pos = pos
	l.Err = &Error{Kind: kind, Line: l.line, LineStart: l.lineStart, Pos: pos}
	return l.Err
}

// The following stop the lexer and return false.

func (l *Lexer) fail(kind ErrorKind, pos int) bool {
	l.errorAt(kind, pos)
	return false
}

func (l *Lexer) failChar(r rune, printable bool, pos int) bool {
	e := l.errorAt(ErrCharacter, pos)
	e.Char, e.Printable = r, printable
	return false
}

func (l *Lexer) failNumber(kind string, pos int) bool {
	l.errorAt(ErrNumber, pos).Literal = kind
	return false
}

func (l *Lexer) failDigit(digit byte, kind string, pos int) bool {
	e := l.errorAt(ErrDigit, pos)
	e.A, e.Literal = digit, kind
	return false
}

func (l *Lexer) failBracket(kind ErrorKind, a, b byte, line int32, pos int) bool {
	e := l.errorAt(kind, pos)
	e.A, e.B, e.OpenLine = a, b, line
	if n := len(l.modes); n > 0 {
		e.Letter = l.modes[n-1].letter()
	}
	return false
}

// failString is the error of a string without an end. The lexer stands on the
// line on which the string begins.
func (l *Lexer) failString(start int, quote byte, size int, detected int32, escaped bool) bool {
	atEnd := l.pos >= len(l.text)
	kind := ErrString
	var letter byte
	var field int32
	if n := len(l.modes); n > 0 {
		if m := &l.modes[n-1]; m.quote == quote && m.size == size {
			kind, letter = ErrFStringOpen, m.letter()
			// Only a field's brace and those of the fields that it is in the
			// specification of are open before its expression begins.
			field = l.brackets[l.level-int(m.depth)+m.fields].line
		}
	}
	e := l.errorAt(kind, start+1)
	e.FieldLine = field
	e.OpenLine, e.Triple, e.Escaped, e.AtEnd, e.Letter = detected, size == 3, escaped, atEnd, letter
	return false
}

func (l *Lexer) failFString(kind ErrorKind, m *mode, pos int) bool {
	l.errorAt(kind, pos).Letter = m.letter()
	return false
}

// failUnterminated is the error of an f-string without an end.
func (l *Lexer) failUnterminated(m *mode, pos int) bool {
	detected := l.line
	if pos >= len(l.text) && pos == l.lineStart {
		detected--
	}
	l.line, l.lineStart = m.line, m.lineStart
	e := l.errorAt(ErrFString, m.start+1)
	e.Letter, e.OpenLine, e.Triple, e.AtEnd = m.letter(), detected, m.size == 3, pos >= len(l.text)
	return false
}
