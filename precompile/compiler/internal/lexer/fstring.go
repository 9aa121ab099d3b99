package lexer

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// mode is one f-string or t-string that the lexer is inside of. While inString,
// the next token is of its text; else it is of a replacement field.
type mode struct {
	inString bool
	quote    byte
	size     int // of the quote: 1 or 3
	raw      bool
	template bool // a t-string

	depth  int // open brackets since the string began
	fields int // open replacement fields, less one; a field's brace is one of depth
	inSpec bool
	debug  bool // an equal sign was seen in the field

	exprStart int // where the field's source begins
	exprEnd   int // where it ends; -1 while that is not known

	start, lineStart int // where the string began, for errors
	line             int32
}

// letter returns the letter by which messages name the kind of string.
func (m *mode) letter() byte {
	if m.template {
		return 't'
	}
	return 'f'
}

// equal notes an equal sign, which may ask for the field's source.
func (m *mode) equal(f *target.Features) {
	if m.fields < 0 {
		return
	}
	if !f.DebugEqualAtTop || m.depth-m.fields == 1 {
		m.debug = true
	}
}

// startString reads the beginning of an f-string or t-string.
func (l *Lexer) startString(t *token.Token, start, quote int) bool {
	if len(l.modes)+1 >= maxFStrings {
		return l.fail(ErrFStrings, quote+1)
	}
	m := mode{
		inString: true, quote: l.src[quote], size: 1, fields: -1, exprStart: -1, exprEnd: -1,
		start: start, lineStart: l.lineStart, line: l.line,
	}
	end := quote + 1
	if l.src[end] == m.quote && l.src[end+1] == m.quote {
		m.size = 3
		end += 2
	}
	for _, c := range l.src[start:quote] {
		switch c | 0x20 {
		case 'r':
			m.raw = true
		case 't':
			m.template = true
		}
	}
	l.modes = append(l.modes, m)
	t.Kind, t.Name = token.FStringStart, 0
	if m.template {
		t.Kind = token.TStringStart
	}
	l.token(t, start, end)
	return true
}

// openField enters a replacement field: the next token is its brace.
func (l *Lexer) openField(m *mode, end int) bool {
	m.fields++
	if m.fields >= maxFields {
		return l.failFString(ErrFields, m, end)
	}
	m.inString = false
	return true
}

// nextInString reads a piece of an f-string's text, or its end. It returns false where
// there is none, because a replacement field begins or at an error.
func (l *Lexer) nextInString(t *token.Token, m *mode) bool {
	src := l.src
	pos := l.pos
	start := pos
	if src[pos] == '{' && src[pos+1] != '{' {
		l.openField(m, pos)
		return false
	}
	if src[pos] == m.quote && (m.size == 1 || src[pos+1] == m.quote && src[pos+2] == m.quote) {
		t.Kind, t.Name = token.FStringEnd, 0
		if m.template {
			t.Kind = token.TStringEnd
		}
		l.token(t, pos, pos+m.size)
		l.modes = l.modes[:len(l.modes)-1]
		return true
	}

	t.Kind, t.Name = token.FStringMiddle, 0
	if m.template {
		t.Kind = token.TStringMiddle
	}
	t.Line, t.Col = l.line, int32(start-l.lineStart)
	// middle ends the token's text at end and its extent at after, from where the
	// lexer goes on. A doubled brace is half text, and all of it extent.
	middle := func(end, after int) bool {
		l.finish(t, start, after, t.Name)
		t.End = uint32(end)
		return true
	}
	quotes := 0
	named := false // inside \N{…}
	for {
		c := src[pos]
		inSpec := m.fields >= 0 && m.inSpec
		if !l.f.FormatSpecState {
			inSpec = m.fields >= 0 && m.exprEnd != -1
		}
		if c == 0 && pos >= len(l.text) || c == '\n' && m.size == 1 {
			if inSpec && c == '\n' {
				if l.f.FormatSpecNewlineRefused {
					return l.failFString(ErrSpecNewline, m, pos+1)
				}
				m.inString, m.inSpec = false, false
				return middle(pos, pos)
			}
			return l.failUnterminated(m, pos)
		}
		pos++
		if c == m.quote {
			quotes++
			if quotes == m.size {
				return middle(pos-m.size, pos-m.size)
			}
			continue
		}
		quotes = 0
		switch {
		case c == '\n':
			l.newline(pos)
		case c == '{':
			if l.f.FormatSpecState {
				m.exprStart, m.exprEnd = pos, -1
			}
			if src[pos] == '{' && !inSpec {
				return middle(pos, pos+1)
			}
			if !l.openField(m, pos-1) {
				return false
			}
			m.inSpec = m.inSpec && !l.f.FormatSpecState
			return middle(pos-1, pos-1)
		case c == '}':
			if named {
				return middle(pos, pos)
			}
			if src[pos] == '}' && !inSpec && (!l.f.FormatSpecState || m.depth == 0) {
				return middle(pos, pos+1)
			}
			m.inString, m.inSpec = false, false
			return middle(pos-1, pos-1)
		case c == '\\':
			t.Name |= StringEscapes
			next := src[pos]
			if next == 0 && pos >= len(l.text) {
				continue
			}
			if next == '{' || next == '}' {
				if !m.raw {
					l.Warnings = append(l.Warnings, Warning{Pos: pos, Line: l.line, Escape: next})
				}
				continue
			}
			pos++
			if next == '\n' {
				l.newline(pos)
			}
			if next == 'N' && !m.raw && src[pos] == '{' {
				pos++
				named = true
			}
		case c >= 0x80:
			t.Name |= StringUnicode
		}
	}
}

// fieldPunctuation notes the punctuation that begins, divides or ends a
// replacement field. It reports whether it read the token.
func (l *Lexer) fieldPunctuation(t *token.Token, m *mode, pos int, c byte) bool {
	depth := m.depth
	if c != '{' {
		depth--
	}
	if depth == 0 || l.f.FormatSpecState && depth == 1 && (m.debug || m.inSpec) {
		switch c {
		case '{':
			m.exprStart, m.exprEnd = pos+1, -1
		case ':':
			if m.exprEnd == -1 {
				m.exprEnd = pos
			}
		default:
			if m.exprEnd == -1 || l.f.FieldEndMoves {
				m.exprEnd = pos
			}
		}
		if c != '{' && (m.debug || m.template) && m.exprStart >= 0 {
			l.Fields = append(l.Fields, Span{m.exprStart, m.exprEnd})
			t.Name = nameOfField(len(l.Fields))
		}
	}
	if c == ':' && depth == m.fields {
		m.inString = true
		m.inSpec = true
		t.Kind = token.Colon
		l.token(t, pos, pos+1)
		return true
	}
	return false
}
