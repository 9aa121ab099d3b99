package compiler

import (
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// located completes the error of a stage. CPython counts characters in columns as
// long as it parses and bytes of UTF-8 later; here all are characters. Where it
// says no place because the file cannot be decoded, the place is found.
func located(err error, data []byte, src *source.Source, parsed bool) error {
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		return err
	}
	if d.Line <= 0 && (src == nil || d.Type == "ValueError") {
		d.Line, d.Col = undecodable(data)
		d.EndLine, d.EndCol = 0, 0
	}
	if d.EndLine <= 0 || d.EndCol <= 0 || d.EndLine < d.Line {
		d.EndLine, d.EndCol = 0, 0
	}
	if d.Line <= 0 {
		return d
	}
	defer shorten(d)
	if src == nil {
		if d.Text == "" {
			d.Text = rawLine(data, d.Line)
		}
		return d
	}
	if parsed {
		text, _ := src.Line(d.Line)
		d.Col = column(text, d.Col)
		if d.EndLine > 0 {
			end, _ := src.Line(d.EndLine)
			d.EndCol = column(end, d.EndCol)
		}
	}
	if d.Text == "" {
		d.Text, _ = src.Line(d.Line)
	}
	return d
}

// quote gives warnings the lines that they are on.
func quote(warnings []diag.Diagnostic, src *source.Source) {
	if len(warnings) == 0 {
		return
	}
	lines := strings.Split(src.Text, "\n")
	for i := range warnings {
		w := &warnings[i]
		switch {
		case i > 0 && w.Line == warnings[i-1].Line:
			w.Text = warnings[i-1].Text
		case 0 < w.Line && w.Line <= len(lines):
			w.Text = lines[w.Line-1]
			shorten(w)
		}
	}
}

// longest is how many characters of a line are worth quoting.
const longest = 4096

// shorten bounds the line that a diagnostic quotes. A cut line would put carets
// where nothing is, so it is left out if they stand behind.
func shorten(d *diag.Diagnostic) {
	if len(d.Text) <= longest || utf8.RuneCountInString(d.Text) <= longest {
		return
	}
	if max(d.Col, d.EndCol) > longest {
		d.Text = ""
		return
	}
	end := 0
	for range longest {
		_, n := utf8.DecodeRuneInString(d.Text[end:])
		end += n
	}
	d.Text = d.Text[:end]
}

// column returns a column that counts bytes from 1, in characters.
func column(line string, col int) int {
	if col <= 1 {
		return col
	}
	past := max(0, col-1-len(line))
	return utf8.RuneCountInString(line[:min(col-1, len(line))]) + 1 + past
}

var bom = []byte("\xef\xbb\xbf")

// undecodable returns where a source has a NUL or is not of its encoding, 0 and 0 if
// it is.
func undecodable(data []byte) (line, col int) {
	at := bytes.IndexByte(data, 0)
	if at < 0 {
		cookie, declared := source.Cookie(data)
		switch strings.ToLower(cookie) {
		case "", "utf-8", "utf8", "utf", "u8":
		default:
			return declared, 0
		}
		for at = 0; ; {
			if at == len(data) {
				return 0, 0
			}
			r, n := utf8.DecodeRune(data[at:])
			if r == utf8.RuneError && n == 1 {
				break
			}
			at += n
		}
	}
	head := lineEnds(data[:at])
	start := bytes.LastIndexByte(head, '\n') + 1
	line = bytes.Count(head, []byte("\n")) + 1
	head = head[start:]
	if start == 0 {
		head = bytes.TrimPrefix(head, bom)
	}
	return line, utf8.RuneCount(head) + 1
}

func lineEnds(data []byte) []byte {
	data = bytes.ReplaceAll(data, []byte("\r\n"), []byte("\n"))
	return bytes.ReplaceAll(data, []byte("\r"), []byte("\n"))
}

// rawLine returns a line of a source that could not be decoded.
func rawLine(data []byte, line int) string {
	lines := bytes.SplitN(lineEnds(bytes.TrimPrefix(data, bom)), []byte("\n"), line+1)
	if line > len(lines) {
		return ""
	}
	return string(bytes.ToValidUTF8(lines[line-1], []byte("\uFFFD")))
}
