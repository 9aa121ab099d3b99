package lexer

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/unidata"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// word reads an identifier, a keyword, or the prefix of a string.
func (l *Lexer) word(t *token.Token, start int) bool {
	src := l.src
	end := start
	var w, high uint64
	for size := 8; size == 8; {
		// The padding makes it safe to load eight bytes anywhere in the text.
		w = binary.LittleEndian.Uint64(src[end:])
		size = nameLen(w)
		high |= w & (1<<(8*uint(size)) - 1)
		end += size
	}
	size := end - start
	if c := src[end]; (c == '"' || c == '\'') && size <= 5 {
		switch l.prefix(src[start:end]) {
		case prefixPlain:
			return l.str(t, start, end)
		case prefixFormatted:
			return l.startString(t, start, end)
		case prefixRefused:
			return l.refusePrefix(start, end)
		}
	}
	if high&highBits != 0 {
		return l.unicodeWord(t, start, end)
	}
	text := l.text[start:end]
	var name ast.Name
	if size < 8 {
		name = l.names.InternKeyed(text, ast.ShortKey(w, size))
	} else {
		name = l.names.InternKeyed(text, ast.LongKey(text))
	}
	t.Name = name
	t.Kind = token.Name
	if name <= ast.LastKeyword {
		t.Kind = token.KwFalse + token.Kind(name-ast.FirstKeyword)
	}
	l.token(t, start, end)
	return true
}

// unicodeWord reads an identifier with characters beyond ASCII. Keywords are
// never spelt so: normalisation comes after.
func (l *Lexer) unicodeWord(t *token.Token, start, end int) bool {
	s := l.text[start:end]
	if !utf8.ValidString(s) {
		l.errorAt(ErrDecode, end).Start = start
		return false
	}
	for i, r := range s {
		if i == 0 && unidata.IsStart(l.f.Unicode, r) || i > 0 && unidata.IsContinue(l.f.Unicode, r) {
			continue
		}
		l.pos = start + i + utf8.RuneLen(r)
		return l.failChar(r, pyrepr.Printable(r, l.f.Profile.Minor), start+i+utf8.RuneLen(r))
	}
	t.Kind = token.Name
	t.Name = l.names.Intern(unidata.NFKC(s))
	l.token(t, start, end)
	return true
}

type prefixKind uint8

const (
	prefixNone      prefixKind = iota // the word is a name
	prefixPlain                       // of a string that is one token
	prefixFormatted                   // of an f-string or t-string in modes
	prefixRefused                     // letters that do not go together
)

// The letters of a string prefix, as bits.
const (
	letterB = 1 << iota
	letterF
	letterR
	letterT
	letterU
)

// prefix says what a word directly before a quote is.
func (l *Lexer) prefix(word []byte) prefixKind {
	seen := 0
	for _, c := range word {
		bit := 0
		switch c | 0x20 {
		case 'b':
			bit = letterB
		case 'f':
			bit = letterF
		case 'r':
			bit = letterR
		case 'u':
			bit = letterU
		case 't':
			if l.f.TemplateStrings {
				bit = letterT
			}
		}
		if bit == 0 || seen&bit != 0 {
			return prefixNone
		}
		seen |= bit
	}
	switch seen {
	case letterB, letterR, letterU, letterB | letterR:
		return prefixPlain
	case letterF, letterF | letterR:
		if l.f.FStringTokens {
			return prefixFormatted
		}
		return prefixPlain
	case letterT, letterT | letterR:
		return prefixFormatted
	}
	if l.f.TemplateStrings {
		return prefixRefused
	}
	return prefixNone
}

// refusePrefix is the error of a prefix whose letters do not go together. It
// names the first pair in CPython's order.
func (l *Lexer) refusePrefix(start, end int) bool {
	seen := 0
	for _, c := range l.src[start:end] {
		switch c | 0x20 {
		case 'b':
			seen |= letterB
		case 'f':
			seen |= letterF
		case 'r':
			seen |= letterR
		case 't':
			seen |= letterT
		case 'u':
			seen |= letterU
		}
	}
	for _, pair := range [...]struct {
		bits int
		a, b byte
	}{
		{letterU | letterB, 'u', 'b'}, {letterU | letterR, 'u', 'r'}, {letterU | letterF, 'u', 'f'},
		{letterU | letterT, 'u', 't'}, {letterB | letterF, 'b', 'f'}, {letterB | letterT, 'b', 't'},
		{letterF | letterT, 'f', 't'},
	} {
		if seen&pair.bits == pair.bits {
			e := l.errorAt(ErrPrefixes, end+1)
			e.A, e.B = pair.a, pair.b
			e.Col, e.EndCol = start-l.lineStart+1, end+1-l.lineStart
			return false
		}
	}
	panic("lexer: a refused prefix without a pair")
}
