package parser

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/unidata"
)

// decoder replaces the escapes of one literal.
type decoder struct {
	f   *target.Features
	out []byte
	// invalid is where the first escape begins, behind its backslash, that means
	// nothing or is an octal number above 0o377; -1 for none.
	invalid int
	// Where and why decoding failed: the escape from its backslash to what was
	// read of it.
	badStart, badEnd int
	reason           string
}

// decode appends the value of text to out. Strings have all escapes, bytes those
// that are not about characters.
func (d *decoder) decode(text string, bytes bool) bool {
	for {
		i := strings.IndexByte(text[d.badEnd:], '\\')
		if i < 0 {
			d.out = append(d.out, text[d.badEnd:]...)
			return true
		}
		d.out = append(d.out, text[d.badEnd:d.badEnd+i]...)
		i += d.badEnd
		d.badStart = i
		i++
		if i == len(text) || text[i] >= utf8.RuneSelf {
			// A backslash before a character beyond ASCII stays, without remark.
			// In an f-string, one can stand before a replacement field.
			d.out = append(d.out, '\\')
			d.badEnd = i
			continue
		}
		c := text[i]
		i++
		switch c {
		case '\n':
		case '\\', '\'', '"':
			d.out = append(d.out, c)
		case 'a':
			d.out = append(d.out, '\a')
		case 'b':
			d.out = append(d.out, '\b')
		case 'f':
			d.out = append(d.out, '\f')
		case 'n':
			d.out = append(d.out, '\n')
		case 'r':
			d.out = append(d.out, '\r')
		case 't':
			d.out = append(d.out, '\t')
		case 'v':
			d.out = append(d.out, '\v')
		case '0', '1', '2', '3', '4', '5', '6', '7':
			v := rune(c - '0')
			n := i
			for i < len(text) && i < n+2 && '0' <= text[i] && text[i] <= '7' {
				v = v<<3 | rune(text[i]-'0')
				i++
			}
			if v > 0o377 && d.invalid < 0 {
				d.invalid = n - 1
			}
			if bytes {
				d.out = append(d.out, byte(v))
			} else {
				d.out = utf8.AppendRune(d.out, v)
			}
		case 'x':
			if bytes {
				if i+2 > len(text) || !isHex(text[i]) || !isHex(text[i+1]) {
					return d.fail(i, `invalid \x escape`)
				}
				d.out = append(d.out, unhex(text[i])<<4|unhex(text[i+1]))
				i += 2
				break
			}
			if i = d.hex(text, i, 2, `truncated \xXX escape`); i < 0 {
				return false
			}
		case 'u', 'U', 'N':
			if bytes {
				d.unknown(i-1, c)
				break
			}
			switch c {
			case 'u':
				i = d.hex(text, i, 4, `truncated \uXXXX escape`)
			case 'U':
				i = d.hex(text, i, 8, `truncated \UXXXXXXXX escape`)
			default:
				i = d.named(text, i)
			}
			if i < 0 {
				return false
			}
		default:
			d.unknown(i-1, c)
		}
		d.badEnd = i
	}
}

// message says what is wrong with text, in the words of Python's codecs. Their
// positions count the text in the form in which CPython hands it to them: with
// every character beyond ASCII as an escape of ten, and every backslash before one
// as an escape of six.
func (d *decoder) message(text string, bytes bool) string {
	if bytes {
		return fmt.Sprintf("(value error) %s at position %d", d.reason, d.badStart)
	}
	offset := func(end int) int {
		n := 0
		for i := 0; i < end; {
			_, w := utf8.DecodeRuneInString(text[i:])
			switch {
			case w > 1:
				n += 10
			case text[i] == '\\' && i+1 < len(text) && text[i+1] != '\\' && text[i+1] < utf8.RuneSelf,
				text[i] == '\\' && i+1 < len(text) && text[i+1] == '\\':
				n += 2
				w = 2
			case text[i] == '\\':
				n += 6
			default:
				n++
			}
			i += w
		}
		return n
	}
	start, end := offset(d.badStart), offset(d.badStart)+d.badEnd-d.badStart
	if end-start == 1 {
		return fmt.Sprintf("(unicode error) 'unicodeescape' codec can't decode byte 0x5c in position %d: %s", start, d.reason)
	}
	return fmt.Sprintf("(unicode error) 'unicodeescape' codec can't decode bytes in position %d-%d: %s", start, end-1, d.reason)
}

func (d *decoder) fail(end int, reason string) bool {
	d.badEnd, d.reason = end, reason
	return false
}

// unknown keeps an escape that means nothing.
func (d *decoder) unknown(at int, c byte) {
	if d.invalid < 0 {
		d.invalid = at
	}
	d.out = append(d.out, '\\', c)
}

// hex reads n hexadecimal digits.
func (d *decoder) hex(text string, i, n int, reason string) int {
	v := rune(0)
	for end := i + n; i < end; i++ {
		if i >= len(text) || !isHex(text[i]) {
			d.fail(i, reason)
			return -1
		}
		v = v<<4 | rune(unhex(text[i]))
		if v > utf8.MaxRune && i < end { // CPython reads all digits first
			for i++; i < end; i++ {
				if i >= len(text) || !isHex(text[i]) {
					d.fail(i, reason)
					return -1
				}
			}
			d.fail(i, "illegal Unicode character")
			return -1
		}
	}
	d.out = appendRune(d.out, v)
	return i
}

// named reads the name of `\N{name}`.
func (d *decoder) named(text string, i int) int {
	if i < len(text) && text[i] == '{' {
		end := strings.IndexByte(text[i:], '}')
		if end > 1 {
			r, ok := unidata.Lookup(d.f.Unicode, text[i+1:i+end], d.f.NamesFold)
			if !ok {
				d.fail(i+end+1, "unknown Unicode character name")
				return -1
			}
			d.out = appendRune(d.out, r)
			return i + end + 1
		}
		if end == 1 {
			d.fail(i+1, `malformed \N character escape`)
			return -1
		}
		d.fail(len(text), `malformed \N character escape`)
		return -1
	}
	d.fail(i, `malformed \N character escape`)
	return -1
}

// appendRune appends r in UTF-8 extended by surrogates.
func appendRune(b []byte, r rune) []byte {
	if 0xD800 <= r && r <= 0xDFFF {
		return append(b, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	return utf8.AppendRune(b, r)
}

func isHex(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}
