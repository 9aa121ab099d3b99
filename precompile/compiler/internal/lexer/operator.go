package lexer

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// operator reads an operator or delimiter.
func (l *Lexer) operator(t *token.Token, pos int) bool {
	src := l.src
	c, c2 := src[pos], src[pos+1]
	t.Name = 0
	if n := len(l.modes); n > 0 && (c == ':' || c == '}' || c == '!' || c == '{') && l.modes[n-1].fields >= 0 {
		if c == '!' && c2 == '=' && l.f.NotEqualEndsNoField {
			// an operator of the field's expression
		} else if l.fieldPunctuation(t, &l.modes[n-1], pos, c) {
			return true
		}
	}
	kind, size := token.EOF, 1
	switch c {
	case '(', '[', '{':
		return l.open(t, pos, c)
	case ')', ']', '}':
		return l.close(t, pos, c)
	case ',':
		kind = token.Comma
	case ';':
		kind = token.Semi
	case '~':
		kind = token.Tilde
	case '.':
		kind = token.Dot
		if c2 == '.' && src[pos+2] == '.' {
			kind, size = token.Ellipsis, 3
		}
	case '=':
		kind = token.Equal
		if c2 == '=' {
			kind, size = token.EqEqual, 2
		} else if n := len(l.modes); n > 0 {
			l.modes[n-1].equal(l.f)
		}
	case ':':
		kind = token.Colon
		if c2 == '=' {
			kind, size = token.ColonEqual, 2
		}
	case '!':
		kind = token.Exclamation
		if c2 == '=' {
			kind, size = token.NotEqual, 2
		} else if !l.f.FStringTokens {
			kind = token.Unknown
		}
	case '-':
		kind = token.Minus
		switch c2 {
		case '>':
			kind, size = token.Arrow, 2
		case '=':
			kind, size = token.MinEqual, 2
		}
	case '<':
		kind = token.Less
		switch c2 {
		case '=':
			kind, size = token.LessEqual, 2
		case '>':
			kind, size = token.NotEqual, 2 // the barry_as_FLUFL spelling; the parser refuses it
		case '<':
			kind, size = token.LeftShift, 2
			if src[pos+2] == '=' {
				kind, size = token.LeftShiftEqual, 3
			}
		}
	case '>':
		kind = token.Greater
		switch c2 {
		case '=':
			kind, size = token.GreaterEqual, 2
		case '>':
			kind, size = token.RightShift, 2
			if src[pos+2] == '=' {
				kind, size = token.RightShiftEqual, 3
			}
		}
	case '+':
		kind, size = maybeEqual(c2, token.Plus, token.PlusEqual)
	case '%':
		kind, size = maybeEqual(c2, token.Percent, token.PercentEqual)
	case '@':
		kind, size = maybeEqual(c2, token.At, token.AtEqual)
	case '&':
		kind, size = maybeEqual(c2, token.Amper, token.AmperEqual)
	case '|':
		kind, size = maybeEqual(c2, token.VBar, token.VBarEqual)
	case '^':
		kind, size = maybeEqual(c2, token.Circumflex, token.CircumflexEqual)
	case '*':
		kind, size = maybeEqual(c2, token.Star, token.StarEqual)
		if c2 == '*' {
			kind, size = maybeEqual(src[pos+2], token.DoubleStar, token.DoubleStarEqual)
			size++
		}
	case '/':
		kind, size = maybeEqual(c2, token.Slash, token.SlashEqual)
		if c2 == '/' {
			kind, size = maybeEqual(src[pos+2], token.DoubleSlash, token.DoubleSlashEqual)
			size++
		}
	default: // $, ?, `, control characters
		if !pyrepr.Printable(rune(c), l.f.Profile.Minor) {
			return l.failChar(rune(c), false, pos+1)
		}
		kind = token.Unknown
	}
	t.Kind = kind
	l.token(t, pos, pos+size)
	return true
}

func maybeEqual(c byte, plain, equal token.Kind) (token.Kind, int) {
	if c == '=' {
		return equal, 2
	}
	return plain, 1
}

// open reads an opening bracket.
func (l *Lexer) open(t *token.Token, pos int, c byte) bool {
	if l.level >= maxBrackets {
		return l.fail(ErrBrackets, pos+1)
	}
	l.brackets[l.level] = bracket{c, l.line, int32(pos - l.lineStart)}
	l.level++
	if n := len(l.modes); n > 0 {
		l.modes[n-1].depth++
	}
	switch c {
	case '(':
		t.Kind = token.LPar
	case '[':
		t.Kind = token.LSqb
	default:
		t.Kind = token.LBrace
	}
	l.token(t, pos, pos+1)
	return true
}

// close reads a closing bracket.
func (l *Lexer) close(t *token.Token, pos int, c byte) bool {
	var m *mode
	if n := len(l.modes); n > 0 {
		m = &l.modes[n-1]
	}
	if m != nil && m.depth == 0 && c == '}' {
		return l.failBracket(ErrSingleBrace, c, 0, 0, pos+1)
	}
	if l.level == 0 {
		return l.failBracket(ErrUnmatched, c, 0, 0, pos+1)
	}
	l.level--
	opening := l.brackets[l.level]
	switch {
	case opening.kind == '(' && c == ')':
		t.Kind = token.RPar
	case opening.kind == '[' && c == ']':
		t.Kind = token.RSqb
	case opening.kind == '{' && c == '}':
		t.Kind = token.RBrace
	default:
		if m != nil && opening.kind == '{' && m.depth-1 == m.fields {
			return l.failBracket(ErrFieldUnmatched, c, 0, 0, pos+1)
		}
		line := opening.line
		if line == l.line {
			line = 0
		}
		return l.failBracket(ErrMismatch, c, opening.kind, line, pos+1)
	}
	if m != nil {
		m.depth--
		if m.depth < 0 && l.f.FieldDepthChecked {
			return l.failBracket(ErrFieldUnmatched, c, 0, 0, pos+1)
		}
		if c == '}' && m.depth == m.fields {
			m.fields--
			m.inString = true
			m.inSpec = false
			m.debug = false
		}
	}
	l.token(t, pos, pos+1)
	return true
}
