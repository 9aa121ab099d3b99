package lexer

import (
	"encoding/binary"
	"math/bits"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// str reads a string; quote is where its opening quote stands, behind the prefix.
func (l *Lexer) str(t *token.Token, start, quote int) bool {
	src := l.src
	q := src[quote]
	pos := quote + 1
	t.Kind = token.String
	t.Line, t.Col = l.line, int32(start-l.lineStart)
	size := 1
	if src[pos] == q {
		if src[pos+1] != q { // an empty string
			l.finish(t, start, pos+1, 0)
			return true
		}
		size = 3
		pos += 2
	}
	var flags ast.Name
	var high uint64
	quotes := uint64(q) * lowBits
	startLine, startOfLine := l.line, l.lineStart
	escapedQuote := false
	for {
		// To the next byte that may be special. Behind the text are zeros, at which
		// this stops, and which make it safe to load eight bytes anywhere in it.
		for {
			w := binary.LittleEndian.Uint64(src[pos:])
			stop := zeroBytes(w^quotes) | zeroBytes(w^'\\'*lowBits) | zeroBytes(w^'\n'*lowBits) | zeroBytes(w)
			if stop == 0 {
				high |= w
				pos += 8
				continue
			}
			k := bits.TrailingZeros64(stop) / 8
			high |= w & (1<<(8*uint(k)) - 1)
			pos += k
			break
		}
		switch c := src[pos]; {
		case c == q:
			if size == 1 {
				pos++
			} else if src[pos+1] == q && src[pos+2] == q {
				pos += 3
			} else {
				pos++
				continue
			}
			if high&highBits != 0 {
				flags |= StringUnicode
			}
			l.finish(t, start, pos, flags)
			return true
		case c == '\\':
			flags |= StringEscapes
			pos++
			switch {
			case src[pos] == '\n':
				pos++
				l.newline(pos)
			case pos < len(l.text):
				escapedQuote = escapedQuote || src[pos] == q
				high |= uint64(src[pos])
				pos++
			}
		case c == '\n' && size == 3:
			pos++
			l.newline(pos)
		case c == '\n' || c == 0 && pos >= len(l.text):
			detected := l.line
			if pos >= len(l.text) && pos == l.lineStart {
				detected-- // the line behind the last line end does not exist
			}
			l.line, l.lineStart = startLine, startOfLine
			return l.failString(start, q, size, detected, escapedQuote)
		default: // a zero byte
			pos++
		}
	}
}

// finish fills in a string token, whose beginning is known already.
func (l *Lexer) finish(t *token.Token, start, end int, flags ast.Name) {
	l.pos = end
	t.Level = uint8(l.level)
	t.Name = flags
	t.Start, t.End = uint32(start), uint32(end)
	t.EndLine, t.EndCol = l.line, int32(end-l.lineStart)
}
