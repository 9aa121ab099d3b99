package diag

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Name returns a file name as it can be shown: the name itself or, where it
// holds anything that could steer a terminal, reorder a line or end it, the
// name in double quotes with that escaped. A name in quotes can be read back
// with strconv.Unquote.
func Name(path string) string {
	if printable(path) {
		return path
	}
	return string(appendEscaped(make([]byte, 0, len(path)+16), path, true))
}

// Line returns text with what Name would escape escaped, and without quotes: a
// message stays on its one line. A text that needs nothing is returned as it is.
func Line(text string) string {
	if printable(text) {
		return text
	}
	return string(appendEscaped(make([]byte, 0, len(text)+16), text, false))
}

func printable(s string) bool {
	for i := 0; i < len(s); {
		if c := s[i]; c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				return false
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 || hidden(r) {
			return false
		}
		i += n
	}
	return true
}

// hidden reports whether showing r would do something else than show r: control
// characters, the invisible formatting ones (which reorder text, or hide it),
// line separators, and what stands for no character at all. The joiners are
// left alone since scripts and emoji need them.
func hidden(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r < 0xa0, r == 0x2028, r == 0x2029:
		return true
	case r < 0xad, r == 0x200c, r == 0x200d:
		return false
	}
	return unicode.In(r, unicode.Cf, unicode.Cs, unicode.Co) || 0xfff0 <= r && r <= 0xfffb
}

func appendEscaped(dst []byte, s string, quoted bool) []byte {
	if quoted {
		dst = append(dst, '"')
	}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			dst = appendHex(append(dst, `\x`...), uint32(s[i]), 2)
		case quoted && (r == '"' || r == '\\'):
			dst = append(dst, '\\', byte(r))
		case hidden(r):
			dst = appendRuneEscape(dst, r)
		default:
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	if quoted {
		dst = append(dst, '"')
	}
	return dst
}

// appendRuneEscape appends the escape that both Go and Python read as r.
func appendRuneEscape(dst []byte, r rune) []byte {
	switch {
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r < 0x80:
		return appendHex(append(dst, `\x`...), uint32(r), 2)
	case r < 0x10000:
		return appendHex(append(dst, `\u`...), uint32(r), 4)
	}
	return appendHex(append(dst, `\U`...), uint32(r), 8)
}

func appendHex(dst []byte, v uint32, digits int) []byte {
	h := strconv.FormatUint(uint64(v), 16)
	dst = append(dst, strings.Repeat("0", max(0, digits-len(h)))...)
	return append(dst, h...)
}
