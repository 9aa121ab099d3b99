package pyrepr

import (
	"math"
	"slices"
	"strconv"
)

// span is a range of characters, both ends in it.
type span struct{ lo, hi rune }

// Printable reports whether repr of CPython 3.minor shows r as itself.
func Printable(r rune, minor int) bool {
	if r < 0x7f {
		return r >= ' '
	}
	cmp := func(s span, r rune) int {
		switch {
		case s.hi < r:
			return -1
		case s.lo > r:
			return 1
		}
		return 0
	}
	if _, ok := slices.BinarySearchFunc(printable[:], r, cmp); ok {
		return true
	}
	for lo, hi := 0, len(later); lo < hi; {
		mid := (lo + hi) / 2
		switch cmp(later[mid].span, r) {
		case -1:
			lo = mid + 1
		case 1:
			hi = mid
		default:
			return int(later[mid].minor) <= minor
		}
	}
	return false
}

const hexDigits = "0123456789abcdef"

// AppendStr appends repr of the str s of CPython 3.minor. s is UTF-8, where
// surrogates have the three bytes that "surrogatepass" gives them; bytes that
// are neither are written as \x escapes.
func AppendStr(dst []byte, s string, minor int) []byte {
	q := quote(s)
	dst = append(dst, q)
	for i := 0; i < len(s); {
		c := s[i]
		if c < 0x80 {
			dst = appendASCII(dst, c, q)
			i++
			continue
		}
		r, n := decode(s[i:])
		i += n
		switch {
		case r < 0:
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		case Printable(r, minor):
			dst = append(dst, s[i-n:i]...)
		case r < 0x100:
			dst = appendEscape(dst, 'x', r, 2)
		case r < 0x10000:
			dst = appendEscape(dst, 'u', r, 4)
		default:
			dst = appendEscape(dst, 'U', r, 8)
		}
	}
	return append(dst, q)
}

// AppendBytes appends repr of the bytes s.
func AppendBytes(dst []byte, s string) []byte {
	q := quote(s)
	dst = append(dst, 'b', q)
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x80 {
			dst = appendASCII(dst, c, q)
		} else {
			dst = append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(dst, q)
}

// quote chooses the quotes as repr does: double ones where only single ones
// would need a backslash.
func quote(s string) byte {
	single, double := false, false
	for i := 0; i < len(s); i++ {
		single = single || s[i] == '\''
		double = double || s[i] == '"'
	}
	if single && !double {
		return '"'
	}
	return '\''
}

func appendASCII(dst []byte, c, quote byte) []byte {
	switch {
	case c == quote || c == '\\':
		return append(dst, '\\', c)
	case c == '\t':
		return append(dst, `\t`...)
	case c == '\n':
		return append(dst, `\n`...)
	case c == '\r':
		return append(dst, `\r`...)
	case c < ' ' || c == 0x7f:
		return append(dst, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
	}
	return append(dst, c)
}

func appendEscape(dst []byte, letter byte, r rune, digits int) []byte {
	dst = append(dst, '\\', letter)
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hexDigits[r>>shift&15])
	}
	return dst
}

// decode reads one character, surrogates included, which utf8.DecodeRune does
// not take. r is -1 and n 1 where s starts with none.
func decode(s string) (r rune, n int) {
	c := s[0]
	var low rune
	switch {
	case c < 0xc2:
		return -1, 1
	case c < 0xe0:
		r, n, low = rune(c&0x1f), 2, 0x80
	case c < 0xf0:
		r, n, low = rune(c&0x0f), 3, 0x800
	case c < 0xf5:
		r, n, low = rune(c&0x07), 4, 0x10000
	default:
		return -1, 1
	}
	if len(s) < n {
		return -1, 1
	}
	for i := 1; i < n; i++ {
		if s[i]&0xc0 != 0x80 {
			return -1, 1
		}
		r = r<<6 | rune(s[i]&0x3f)
	}
	if r < low || r > 0x10ffff {
		return -1, 1
	}
	return r, n
}

// AppendFloat appends repr of the float f: "1.0", "1e+16", "nan".
func AppendFloat(dst []byte, f float64) []byte { return appendFloat(dst, f, true) }

// AppendComplex appends repr of a complex number: "2j", "(1+2j)".
func AppendComplex(dst []byte, re, im float64) []byte {
	if re == 0 && !math.Signbit(re) {
		return append(appendFloat(dst, im, false), 'j')
	}
	dst = appendFloat(append(dst, '('), re, false)
	if math.IsNaN(im) || !math.Signbit(im) {
		dst = append(dst, '+')
	}
	return append(appendFloat(dst, im, false), 'j', ')')
}

// appendFloat writes the shortest digits that give f back, positional where
// the decimal point stands from 4 places before to 16 after the first digit.
// point adds ".0" to what would read as an integer.
func appendFloat(dst []byte, f float64, point bool) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, "nan"...)
	case math.IsInf(f, 1):
		return append(dst, "inf"...)
	case math.IsInf(f, -1):
		return append(dst, "-inf"...)
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	start := len(dst)
	dst = strconv.AppendFloat(dst, f, 'f', -1, 64)
	if point && !slices.Contains(dst[start:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst
}
