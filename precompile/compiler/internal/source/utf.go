package source

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/unidata"
)

// decodeUnicode decodes the text of one of Unicode's own codecs beside UTF-8; ok says
// whether the codec is one. Surrogates, which some of them let through, have three
// bytes in the result.
func decodeUnicode(out []byte, codec string, text []byte, f *target.Features) (decoded []byte, err *decodeError, ok bool) {
	switch codec {
	case "utf_7":
		decoded, err = decodeUTF7(out, text)
	case "utf_16", "utf_16_le", "utf_16_be":
		decoded, err = decodeUTF16(out, text, codec)
	case "utf_32", "utf_32_le", "utf_32_be":
		decoded, err = decodeUTF32(out, text, codec)
	case "unicode_escape":
		decoded, err = decodeEscapes(out, text, f)
	case "raw_unicode_escape":
		decoded, err = decodeRawEscapes(out, text)
	default:
		return out, nil, false
	}
	return decoded, err, true
}

// appendAny is utf8.AppendRune that takes surrogates as they are.
func appendAny(out []byte, r rune) []byte {
	if utf16.IsSurrogate(r) {
		return append(out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(out, r)
}

// checkSurrogates returns the error of a decoded text that has surrogates.
func checkSurrogates(decoded []byte) error {
	if utf8.Valid(decoded) {
		return nil
	}
	at, begin, n := 0, -1, 0
	var first rune
	for i := 0; i < len(decoded); at++ {
		r, size := utf8.DecodeRune(decoded[i:])
		if r == utf8.RuneError && size == 1 {
			r, size = rune(decoded[i]&0x0F)<<12|rune(decoded[i+1]&0x3F)<<6|rune(decoded[i+2]&0x3F), 3
			if begin < 0 {
				begin, first = at, r
			}
			n++
		} else if begin >= 0 {
			break
		}
		i += size
	}
	if n == 1 {
		return refuse("'utf-8' codec can't encode character '\\u%04x' in position %d: surrogates not allowed", first, begin)
	}
	return refuse("'utf-8' codec can't encode characters in position %d-%d: surrogates not allowed", begin, begin+n-1)
}

// decodeUTF7 follows RFC 2152, as leniently as Python does.
func decodeUTF7(out, text []byte) ([]byte, *decodeError) {
	value := func(c byte) int {
		switch {
		case 'A' <= c && c <= 'Z':
			return int(c - 'A')
		case 'a' <= c && c <= 'z':
			return int(c-'a') + 26
		case '0' <= c && c <= '9':
			return int(c-'0') + 52
		case c == '+':
			return 62
		case c == '/':
			return 63
		}
		return -1
	}
	shifted, start, bits, buffer := false, 0, 0, 0
	high := rune(0)
	for i := 0; i < len(text); {
		c := text[i]
		switch v := value(c); {
		case shifted && v >= 0:
			buffer = buffer<<6 | v
			bits += 6
			i++
			if bits < 16 {
				continue
			}
			bits -= 16
			r := rune(buffer >> bits)
			buffer &= 1<<bits - 1
			if high != 0 {
				if full := utf16.DecodeRune(high, r); full != utf8.RuneError {
					out, high = utf8.AppendRune(out, full), 0
					continue
				}
				out, high = appendAny(out, high), 0
			}
			if 0xD800 <= r && r < 0xDC00 {
				high = r
			} else {
				out = appendAny(out, r)
			}
		case shifted:
			shifted = false
			switch {
			case bits >= 6:
				return out, &decodeError{"utf7", start, i + 1, "partial character in shift sequence"}
			case bits > 0 && buffer != 0:
				return out, &decodeError{"utf7", start, i + 1, "non-zero padding bits in shift sequence"}
			}
			if high != 0 && c < utf8.RuneSelf {
				out = appendAny(out, high)
			}
			high = 0
			if c == '-' {
				i++
			}
		case c == '+':
			start = i
			i++
			switch {
			case i < len(text) && text[i] == '-':
				out = append(out, '+')
				i++
			case i < len(text) && value(text[i]) < 0:
				return out, &decodeError{"utf7", start, i + 1, "ill-formed sequence"}
			default:
				shifted, high, bits, buffer = true, 0, 0, 0
			}
		case c < utf8.RuneSelf:
			out = append(out, c)
			i++
		default:
			return out, &decodeError{"utf7", i, i + 1, "unexpected special character"}
		}
	}
	if shifted && (high != 0 || bits >= 6 || bits > 0 && buffer != 0) {
		return out, &decodeError{"utf7", start, len(text), "unterminated shift sequence"}
	}
	return out, nil
}

// byteOrder finds the order of a codec whose name may leave it open, behind the mark
// that then tells.
func byteOrder(codec string, text []byte, size int) (big bool, name string, begin int) {
	big = codec[len(codec)-2:] == "be"
	if codec == "utf_16" || codec == "utf_32" {
		mark := []byte{0xFF, 0xFE, 0, 0}[:size]
		turned := []byte{0, 0, 0xFE, 0xFF}[4-size:]
		if len(text) >= size {
			switch string(text[:size]) {
			case string(mark):
				begin = size
			case string(turned):
				big, begin = true, size
			}
		}
	}
	name = fmt.Sprintf("utf-%d-le", 8*size)
	if big {
		name = fmt.Sprintf("utf-%d-be", 8*size)
	}
	return big, name, begin
}

func decodeUTF16(out, text []byte, codec string) ([]byte, *decodeError) {
	big, name, i := byteOrder(codec, text, 2)
	unit := func(i int) rune {
		if big {
			return rune(text[i])<<8 | rune(text[i+1])
		}
		return rune(text[i+1])<<8 | rune(text[i])
	}
	for ; i < len(text); i += 2 {
		if len(text)-i < 2 {
			return out, &decodeError{name, i, len(text), "truncated data"}
		}
		r := unit(i)
		switch {
		case !utf16.IsSurrogate(r):
		case r >= 0xDC00:
			return out, &decodeError{name, i, i + 2, "illegal encoding"}
		case len(text)-i < 4:
			return out, &decodeError{name, i, len(text), "unexpected end of data"}
		default:
			if r = utf16.DecodeRune(r, unit(i+2)); r == utf8.RuneError {
				return out, &decodeError{name, i, i + 2, "illegal UTF-16 surrogate"}
			}
			i += 2
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

func decodeUTF32(out, text []byte, codec string) ([]byte, *decodeError) {
	big, name, i := byteOrder(codec, text, 4)
	for ; i < len(text); i += 4 {
		if len(text)-i < 4 {
			return out, &decodeError{name, i, len(text), "truncated data"}
		}
		var n uint32
		for k := range 4 {
			at := i + 3 - k
			if big {
				at = i + k
			}
			n = n<<8 | uint32(text[at])
		}
		switch {
		case n > utf8.MaxRune:
			return out, &decodeError{name, i, i + 4, "code point not in range(0x110000)"}
		case utf16.IsSurrogate(rune(n)):
			return out, &decodeError{name, i, i + 4, "code point in surrogate code point range(0xd800, 0xe000)"}
		}
		out = utf8.AppendRune(out, rune(n))
	}
	return out, nil
}

// hexadecimal reads digits of an escape at i. It returns the character and where it
// ends; bad says that there are fewer digits, and end where they stop.
func hexadecimal(text []byte, i, digits int) (r rune, end int, bad bool) {
	var n uint32
	for end = i; end < i+digits; end++ {
		if end >= len(text) {
			return 0, end, true
		}
		d := 0
		switch c := text[end]; {
		case '0' <= c && c <= '9':
			d = int(c - '0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			d = int(c|0x20-'a') + 10
		default:
			return 0, end, true
		}
		n = n<<4 | uint32(d)
	}
	if n > utf8.MaxRune {
		return -1, end, false
	}
	return rune(n), end, false
}

var truncated = map[byte]struct {
	digits int
	reason string
}{
	'x': {2, "truncated \\xXX escape"}, 'u': {4, "truncated \\uXXXX escape"}, 'U': {8, "truncated \\UXXXXXXXX escape"},
}

func decodeRawEscapes(out, text []byte) ([]byte, *decodeError) {
	const name = "rawunicodeescape"
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' || i+1 == len(text) {
			out = utf8.AppendRune(out, rune(c))
			i++
			continue
		}
		next := text[i+1]
		if next != 'u' && next != 'U' {
			out = utf8.AppendRune(append(out, '\\'), rune(next))
			i += 2
			continue
		}
		r, end, bad := hexadecimal(text, i+2, truncated[next].digits)
		switch {
		case bad:
			return out, &decodeError{name, i, end, truncated[next].reason}
		case r < 0:
			return out, &decodeError{name, i, end, "\\Uxxxxxxxx out of range"}
		}
		out = appendAny(out, r)
		i = end
	}
	return out, nil
}

func decodeEscapes(out, text []byte, f *target.Features) ([]byte, *decodeError) {
	const name = "unicodeescape"
	plain := map[byte]byte{
		'\\': '\\', '\'': '\'', '"': '"', 'b': '\b', 'f': '\f', 't': '\t', 'n': '\n', 'r': '\r', 'v': '\v', 'a': '\a',
	}
	for i := 0; i < len(text); {
		c := text[i]
		if c != '\\' {
			out = utf8.AppendRune(out, rune(c))
			i++
			continue
		}
		if i+1 == len(text) {
			return out, &decodeError{name, i, i + 1, "\\ at end of string"}
		}
		c = text[i+1]
		end := i + 2
		p, ok := plain[c]
		switch {
		case ok:
			out = append(out, p)
		case c == '\n':
		case '0' <= c && c <= '7':
			r := rune(0)
			for end = i + 1; end < len(text) && end < i+4 && '0' <= text[end] && text[end] <= '7'; end++ {
				r = r<<3 | rune(text[end]-'0')
			}
			out = utf8.AppendRune(out, r)
		case truncated[c].digits > 0:
			r, stop, bad := hexadecimal(text, end, truncated[c].digits)
			switch {
			case bad:
				return out, &decodeError{name, i, stop, truncated[c].reason}
			case r < 0:
				return out, &decodeError{name, i, stop, "illegal Unicode character"}
			}
			out, end = appendAny(out, r), stop
		case c == 'N':
			if end == len(text) || text[end] != '{' {
				return out, &decodeError{name, i, end, "malformed \\N character escape"}
			}
			begin := end + 1
			for end = begin; end < len(text) && text[end] != '}'; {
				end++
			}
			if end == len(text) || end == begin {
				return out, &decodeError{name, i, end, "malformed \\N character escape"}
			}
			r, known := unidata.Lookup(f.Unicode, string(text[begin:end]), f.NamesFold)
			end++
			if !known {
				return out, &decodeError{name, i, end, "unknown Unicode character name"}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = utf8.AppendRune(append(out, '\\'), rune(c))
		}
		i = end
	}
	return out, nil
}
