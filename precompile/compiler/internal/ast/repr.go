package ast

import (
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/unidata"
)

// AppendConstRepr appends repr of a constant as a target with this Unicode
// version writes it.
func AppendConstRepr(b []byte, c *Const, v target.Unicode) []byte {
	switch c.Kind {
	case None:
		return append(b, "None"...)
	case True:
		return append(b, "True"...)
	case False:
		return append(b, "False"...)
	case Ellipsis:
		return append(b, "Ellipsis"...)
	case Int:
		return strconv.AppendInt(b, c.Int, 10)
	case BigInt:
		return c.Big.Append(b, 10)
	case Float:
		return appendFloat(b, c.Real)
	case Complex:
		return appendComplex(b, c.Real, c.Imag)
	case Str:
		return AppendStrRepr(b, c.Str, v)
	case Bytes:
		return appendBytes(b, c.Str)
	}
	if c.Kind == FrozenSet {
		b = append(b, "frozenset({"...)
	} else {
		b = append(b, '(')
	}
	for i, e := range c.Elts {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = AppendConstRepr(b, e, v)
	}
	if c.Kind == FrozenSet {
		return append(b, "})"...)
	}
	if len(c.Elts) == 1 {
		b = append(b, ',')
	}
	return append(b, ')')
}

// appendFloat appends repr of a float: the shortest digits that read back as it,
// with an exponent from 1e16 on and below 1e-4.
func appendFloat(b []byte, f float64) []byte {
	start := len(b)
	b = appendDigits(b, f)
	for _, c := range b[start:] {
		if c == '.' || c == 'e' || c == 'n' { // of "inf" and "nan", too
			return b
		}
	}
	return append(b, ".0"...)
}

// appendDigits is appendFloat without the ".0" of a whole number.
func appendDigits(b []byte, f float64) []byte {
	switch {
	case math.IsInf(f, 1):
		return append(b, "inf"...)
	case math.IsInf(f, -1):
		return append(b, "-inf"...)
	case math.IsNaN(f):
		return append(b, "nan"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(b, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(b, f, 'f', -1, 64)
}

func appendComplex(b []byte, re, im float64) []byte {
	if re == 0 && !math.Signbit(re) {
		return append(appendDigits(b, im), 'j')
	}
	b = append(b, '(')
	b = appendDigits(b, re)
	if !math.Signbit(im) || math.IsNaN(im) {
		b = append(b, '+')
	}
	b = appendDigits(b, im)
	return append(b, "j)"...)
}

const hexDigits = "0123456789abcdef"

// quoteOf returns the quote that repr puts around s.
func quoteOf(s string) byte {
	if strings.IndexByte(s, '\'') >= 0 && strings.IndexByte(s, '"') < 0 {
		return '"'
	}
	return '\''
}

func appendBytes(b []byte, s string) []byte {
	q := quoteOf(s)
	b = append(b, 'b', q)
	for i := 0; i < len(s); i++ {
		b = appendASCII(b, s[i], q)
	}
	return append(b, q)
}

func appendASCII(b []byte, c, quote byte) []byte {
	switch {
	case c == quote || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, `\n`...)
	case c == '\r':
		return append(b, `\r`...)
	case c == '\t':
		return append(b, `\t`...)
	case c < ' ' || c >= 0x7f:
		return append(b, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(b, c)
}

// AppendStrRepr appends repr of a string, which is UTF-8 extended by surrogates.
func AppendStrRepr(b []byte, s string, v target.Unicode) []byte {
	q := quoteOf(s)
	b = append(b, q)
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			b = appendASCII(b, c, q)
			i++
			continue
		}
		r, size := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && size == 1 && i+3 <= len(s) {
			r, size = rune(c&15)<<12|rune(s[i+1]&0x3f)<<6|rune(s[i+2]&0x3f), 3
			b = appendEscape(b, r)
		} else if unidata.IsPrintable(v, r) {
			b = append(b, s[i:i+size]...)
		} else {
			b = appendEscape(b, r)
		}
		i += size
	}
	return append(b, q)
}

func appendEscape(b []byte, r rune) []byte {
	digits := 8
	switch {
	case r < 0x100:
		b = append(b, `\x`...)
		digits = 2
	case r < 0x10000:
		b = append(b, `\u`...)
		digits = 4
	default:
		b = append(b, `\U`...)
	}
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		b = append(b, hexDigits[r>>shift&15])
	}
	return b
}
