package source

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// maxSize keeps offsets within 32 bits.
const maxSize = 1 << 30

// Decode makes the text of a file from its bytes, as the target does before it
// reads the first token. The error is a *diag.Diagnostic.
func Decode(data []byte, f *target.Features) (*Source, error) {
	if len(data) > maxSize {
		return nil, refuse("source of %d bytes is too large", len(data))
	}
	if bytes.IndexByte(data, 0) >= 0 {
		return nil, refuse("source code string cannot contain null bytes")
	}
	text := translateNewlines(data)
	bom := bytes.HasPrefix(text, []byte("\xef\xbb\xbf"))
	if bom {
		text = text[3:]
	}
	cookie, line := findCookie(text)
	switch {
	case bom && cookie != "" && cookie != "utf-8":
		return nil, bomConflict(text, cookie, line, f)
	case cookie != "" && cookie != "utf-8":
		decoded, err := decodeAs(text, cookie, f)
		if err != nil {
			return nil, err
		}
		if f.DecodedNewlinesTranslated {
			decoded = translateNewlines(decoded)
		}
		src := wrap(pad(decoded), cookie)
		src.Declared = true
		return src, nil
	case f.NonUTF8Refused:
		if err := checkUTF8(text); err != nil {
			return nil, err
		}
	}
	src := wrap(pad(text), "utf-8")
	src.Declared = bom || cookie != ""
	return src, nil
}

// Cookie returns the encoding that a file declares, as Decode understands it, and
// the line that does; "" and 0 where none does.
func Cookie(data []byte) (name string, line int) {
	return findCookie(bytes.TrimPrefix(translateNewlines(data), []byte("\xef\xbb\xbf")))
}

// pad adds the zeros behind the text. translateNewlines leaves room for them.
func pad(text []byte) []byte { return append(text, make([]byte, Pad)...) }

// translateNewlines returns a copy of data with every CR LF and CR as LF, and
// with a line end at the end. Nothing stays nothing.
func translateNewlines(data []byte) []byte {
	out := make([]byte, 0, len(data)+1+Pad)
	rest := data
	for {
		i := bytes.IndexByte(rest, '\r')
		if i < 0 {
			out = append(out, rest...)
			break
		}
		out = append(out, rest[:i]...)
		out = append(out, '\n')
		rest = rest[i+1:]
		if len(rest) > 0 && rest[0] == '\n' {
			rest = rest[1:]
		}
	}
	if n := len(out); n > 0 && out[n-1] != '\n' {
		out = append(out, '\n')
	}
	return out
}

// findCookie returns the encoding that a comment in the first two lines names,
// as Python normalises it, and its line; "" where there is none. Only white space
// may stand before the comment, and only a comment on a line before.
func findCookie(text []byte) (name string, line int) {
	for line = 1; line <= 2; line++ {
		end := bytes.IndexByte(text, '\n')
		if end < 0 {
			return "", 0
		}
		// The second line's length has its line end in it, which only matters
		// to a comment of exactly that size.
		size := end
		if line == 2 {
			size++
		}
		name := cookieIn(text, size)
		if name != "" {
			return normalName(name), line
		}
		for _, c := range text[:end] {
			if c == '#' {
				break
			}
			if c != ' ' && c != '\t' && c != '\f' {
				return "", 0
			}
		}
		text = text[end+1:]
	}
	return "", 0
}

func cookieIn(text []byte, size int) string {
	i := 0
	for ; i < size-6 && text[i] != '#'; i++ {
		if c := text[i]; c != ' ' && c != '\t' && c != '\f' {
			return ""
		}
	}
	for ; i < size-6; i++ {
		if string(text[i:i+6]) != "coding" {
			continue
		}
		t := i + 6
		if text[t] != ':' && text[t] != '=' {
			continue
		}
		for t++; t < len(text) && (text[t] == ' ' || text[t] == '\t'); {
			t++
		}
		begin := t
		for t < len(text) && isCookieByte(text[t]) {
			t++
		}
		if begin < t {
			return string(text[begin:t])
		}
	}
	return ""
}

func isCookieByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z' || c == '-' || c == '_' || c == '.'
}

// normalName gives the spellings of UTF-8 and Latin-1 that have a hyphen one
// form, and leaves others as they are.
func normalName(name string) string {
	n := name[:min(len(name), 12)]
	n = strings.ToLower(strings.ReplaceAll(n, "_", "-"))
	if n == "utf-8" || strings.HasPrefix(n, "utf-8-") {
		return "utf-8"
	}
	for _, latin := range [...]string{"latin-1", "iso-8859-1", "iso-latin-1"} {
		if n == latin || strings.HasPrefix(n, latin+"-") {
			return "iso-8859-1"
		}
	}
	return name
}

// refuse is a SyntaxError without a position.
func refuse(format string, args ...any) error {
	return &diag.Diagnostic{Type: "SyntaxError", Message: fmt.Sprintf(format, args...)}
}

func bomConflict(text []byte, cookie string, line int, f *target.Features) error {
	d := &diag.Diagnostic{Type: "SyntaxError", Message: fmt.Sprintf("encoding problem: %s with BOM", cookie)}
	if f.NonUTF8Refused { // the releases that do also say where
		for i := 1; i < line; i++ {
			text = text[bytes.IndexByte(text, '\n')+1:]
		}
		end := bytes.IndexByte(text, '\n')
		d.Line, d.EndLine, d.EndCol = line, line, end
		d.Text = string(text[:end])
		if f.RangesInChars {
			d.EndCol = utf8.RuneCount(text[:end])
		}
		if line == 2 {
			d.EndCol++ // its line end
		}
	}
	return d
}

// checkUTF8 returns the error of a text that is not UTF-8.
func checkUTF8(text []byte) error {
	bad, _, _ := invalidUTF8(text)
	if bad < 0 {
		return nil
	}
	start := bytes.LastIndexByte(text[:bad], '\n') + 1
	line := 1 + bytes.Count(text[:start], []byte("\n"))
	col := 1 + utf8.RuneCount(text[start:bad])
	end := bytes.IndexByte(text[bad:], '\n')
	if end < 0 {
		end = len(text) - bad
	}
	return &diag.Diagnostic{
		Type: "SyntaxError",
		Message: fmt.Sprintf("Non-UTF-8 code starting with '\\x%02x' on line %d, but no encoding declared; "+
			"see https://peps.python.org/pep-0263/ for details", text[bad], line),
		Line: line, EndLine: line, Col: col, EndCol: col,
		Text: strings.ToValidUTF8(string(text[start:bad+end]), "\uFFFD"),
	}
}

// UTF8Error returns the message of the UnicodeDecodeError for b, "" for none.
func UTF8Error(b []byte) string {
	bad, end, reason := invalidUTF8(b)
	switch {
	case bad < 0:
		return ""
	case end-bad > 1:
		return fmt.Sprintf("'utf-8' codec can't decode bytes in position %d-%d: %s", bad, end-1, reason)
	}
	return fmt.Sprintf("'utf-8' codec can't decode byte 0x%02x in position %d: %s", b[bad], bad, reason)
}

// invalidUTF8 returns the extent of the first invalid sequence and why it is; -1
// for none.
func invalidUTF8(b []byte) (start, end int, reason string) {
	if utf8.Valid(b) {
		return -1, -1, ""
	}
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r != utf8.RuneError || size > 1 {
			i += size
			continue
		}
		c := b[i]
		if c < 0xC2 || c > 0xF4 {
			return i, i + 1, "invalid start byte"
		}
		need := 1
		lo, hi := byte(0x80), byte(0xBF)
		switch {
		case c >= 0xF0:
			need = 3
			if c == 0xF0 {
				lo = 0x90
			} else if c == 0xF4 {
				hi = 0x8F
			}
		case c >= 0xE0:
			need = 2
			if c == 0xE0 {
				lo = 0xA0
			} else if c == 0xED {
				hi = 0x9F
			}
		}
		for k := 1; k <= need; k++ {
			if i+k >= len(b) {
				return i, len(b), "unexpected end of data"
			}
			if b[i+k] < lo || b[i+k] > hi {
				return i, i + k, "invalid continuation byte"
			}
			lo, hi = 0x80, 0xBF
		}
	}
	return -1, -1, ""
}
