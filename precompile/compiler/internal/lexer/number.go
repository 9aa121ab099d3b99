package lexer

import "github.com/rules-precompile/precompile/precompile/compiler/internal/token"

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isHex(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' }

// number reads a number. What it may run into is checked here; its value is the
// parser's business.
func (l *Lexer) number(t *token.Token, start int) bool {
	src := l.src
	pos := start
	kind := "decimal"
	if src[pos] == '0' {
		pos++
		switch src[pos] | 0x20 {
		case 'x':
			kind = "hexadecimal"
			pos = l.digits(pos+1, isHex, kind)
		case 'o':
			kind = "octal"
			pos = l.digits(pos+1, func(c byte) bool { return '0' <= c && c < '8' }, kind)
		case 'b':
			kind = "binary"
			pos = l.digits(pos+1, func(c byte) bool { return c == '0' || c == '1' }, kind)
		default:
			return l.afterZero(t, start, pos)
		}
		if pos < 0 || !l.numberEnd(pos, kind) {
			return false
		}
		t.Kind, t.Name = token.Number, 0
		l.token(t, start, pos)
		return true
	}
	if src[pos] != '.' {
		if pos = l.decimals(pos + 1); pos < 0 {
			return false
		}
	}
	return l.fraction(t, start, pos)
}

// afterZero reads on behind the leading zero of a decimal number.
func (l *Lexer) afterZero(t *token.Token, start, pos int) bool {
	src := l.src
	for {
		if src[pos] == '_' {
			pos++
			if !isDigit(src[pos]) {
				return l.failNumber("decimal", pos)
			}
		}
		if src[pos] != '0' {
			break
		}
		pos++
	}
	zerosEnd := pos + 1 // one character further, as CPython has it
	nonzero := isDigit(src[pos])
	if nonzero {
		if pos = l.decimals(pos + 1); pos < 0 {
			return false
		}
	}
	switch src[pos] {
	case '.', 'e', 'E', 'j', 'J':
		return l.fraction(t, start, pos)
	}
	if nonzero {
		e := l.errorAt(ErrLeadingZeros, pos)
		e.Col, e.EndCol = start-l.lineStart+1, zerosEnd-l.lineStart
		return false
	}
	if !l.numberEnd(pos, "decimal") {
		return false
	}
	t.Kind, t.Name = token.Number, 0
	l.token(t, start, pos)
	return true
}

// fraction reads what may follow the whole part of a decimal number.
func (l *Lexer) fraction(t *token.Token, start, pos int) bool {
	src := l.src
	if src[pos] == '.' {
		pos++
		if isDigit(src[pos]) {
			if pos = l.decimals(pos + 1); pos < 0 {
				return false
			}
		}
	}
	if src[pos]|0x20 == 'e' {
		e := pos
		pos++
		if src[pos] == '+' || src[pos] == '-' {
			pos++
			if !isDigit(src[pos]) {
				return l.failNumber("decimal", pos)
			}
		} else if !isDigit(src[pos]) {
			// The letter belongs to what follows: `1else`.
			if !l.numberEnd(e, "decimal") {
				return false
			}
			t.Kind, t.Name = token.Number, 0
			l.token(t, start, e)
			return true
		}
		if pos = l.decimals(pos + 1); pos < 0 {
			return false
		}
	}
	kind := "decimal"
	if src[pos]|0x20 == 'j' {
		kind = "imaginary"
		pos++
	}
	if !l.numberEnd(pos, kind) {
		return false
	}
	t.Kind, t.Name = token.Number, 0
	l.token(t, start, pos)
	return true
}

// decimals goes past decimal digits with single underscores between them; the
// first digit is behind it.
func (l *Lexer) decimals(pos int) int {
	for {
		for isDigit(l.src[pos]) {
			pos++
		}
		if l.src[pos] != '_' {
			return pos
		}
		pos++
		if !isDigit(l.src[pos]) {
			l.failNumber("decimal", pos)
			return -1
		}
	}
}

// digits goes past the digits of another base, each of which may have one
// underscore before it.
func (l *Lexer) digits(pos int, is func(byte) bool, kind string) int {
	for {
		if l.src[pos] == '_' {
			pos++
		}
		if !is(l.src[pos]) {
			if kind != "hexadecimal" && isDigit(l.src[pos]) {
				l.failDigit(l.src[pos], kind, pos+1)
			} else {
				l.failNumber(kind, pos)
			}
			return -1
		}
		for is(l.src[pos]) {
			pos++
		}
		if l.src[pos] != '_' {
			break
		}
	}
	if kind != "hexadecimal" && isDigit(l.src[pos]) {
		l.failDigit(l.src[pos], kind, pos+1)
		return -1
	}
	return pos
}

// numberEnd checks what follows a number. A keyword that may follow one is
// remarked on, any other word refused.
func (l *Lexer) numberEnd(pos int, kind string) bool {
	c := l.src[pos]
	if !nameByte[c] || c >= 0x80 {
		return true
	}
	word := func(s string) bool {
		return string(l.src[pos:pos+len(s)]) == s && !nameByte[l.src[pos+len(s)]]
	}
	known := false
	switch c {
	case 'a':
		known = word("and")
	case 'e':
		known = word("else")
	case 'f':
		known = word("for")
	case 'i':
		c = l.src[pos+1]
		known = c == 'f' || c == 'n' || c == 's'
	case 'o':
		known = word("or")
	case 'n':
		known = word("not")
	}
	if !known {
		return l.failNumber(kind, pos)
	}
	l.Warnings = append(l.Warnings, Warning{Pos: pos, Line: l.line, Literal: kind})
	return true
}
