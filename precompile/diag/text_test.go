package diag

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestErrorIsOneLine(t *testing.T) {
	for _, c := range []struct {
		d    Diagnostic
		want string
	}{
		{Diagnostic{Path: "a.py", Type: "SyntaxError", Message: "invalid syntax", Line: 3, Col: 7}, "a.py:3:7: SyntaxError: invalid syntax"},
		{Diagnostic{Path: "a.py", Type: "SyntaxError", Message: "m", Line: 3}, "a.py:3: SyntaxError: m"},
		{Diagnostic{Path: "a.py", Message: "permission denied"}, "a.py: error: permission denied"},
		{Diagnostic{Severity: Warning, Message: "m"}, "warning: m"},
		{Diagnostic{Type: "MemoryError"}, "MemoryError"},
		{Diagnostic{Path: "a\n\x1b[2Jb.py", Type: "ValueError", Message: "x\ny"}, `"a\n\x1b[2Jb.py": ValueError: x\ny`},
	} {
		if got := c.d.Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
	var err error = &Diagnostic{Message: "m"}
	var d *Diagnostic
	if !errors.As(err, &d) {
		t.Error("a *Diagnostic is not found by errors.As")
	}
}

func TestNameEscapesWhatSteersATerminal(t *testing.T) {
	for in, want := range map[string]string{
		"pkg/é中.py":       "pkg/é中.py",
		`C:\a b\c.py`:     `C:\a b\c.py`,
		"a\nb":            `"a\nb"`,
		"a\\b\x07":        `"a\\b\x07"`,
		"\"\x1b]0;t\x07":  `"\"\x1b]0;t\x07"`,
		"a\u202eyp.exe":   `"a\u202eyp.exe"`,
		"a\u009b31mb":     `"a\u009b31mb"`,
		"caf\xe9":         `"caf\xe9"`,
		"a\u2028b":        `"a\u2028b"`,
		"a\U000e0001":     `"a\U000e0001"`,
		"👩\u200d💻.py":     "👩\u200d💻.py",
		"a\ufeffb":        `"a\ufeffb"`,
		"\u00adsoft":      `"\u00adsoft"`,
		"tab\there\rthen": `"tab\there\rthen"`,
	} {
		got := Name(in)
		if got != want {
			t.Errorf("Name(%q) = %s, want %s", in, got, want)
		}
		if got[0] == '"' {
			if back, err := strconv.Unquote(got); err != nil || back != in {
				t.Errorf("Unquote(%s) = %q, %v, want %q", got, back, err, in)
			}
		}
	}
}

func TestFormat(t *testing.T) {
	long := strings.Repeat("a = 1; ", 100)
	for _, c := range []struct {
		name string
		d    Diagnostic
		want string
	}{
		{"a range", Diagnostic{Line: 2, Col: 5, EndLine: 2, EndCol: 7, Text: "x = +* 2"}, `
  2 | x = +* 2
    |     ^^
`},
		{"no end", Diagnostic{Line: 12, Col: 5, Text: "x = +* 2\n"}, `
  12 | x = +* 2
     |     ^
`},
		{"no column", Diagnostic{Line: 2, Text: "x = 1"}, `
  2 | x = 1
`},
		{"behind the end", Diagnostic{Line: 1, Col: 6, Text: "x = ("}, `
  1 | x = (
    |      ^
`},
		{"far behind the end", Diagnostic{Line: 1, Col: 60, EndCol: 70, Text: "x"}, `
  1 | x
    |  ^
`},
		{"tabs are stops", Diagnostic{Line: 1, Col: 4, EndCol: 5, Text: "\tx\ty"}, `
  1 |         x       y
    |                 ^
`},
		{"a tab in the range", Diagnostic{Line: 1, Col: 1, EndCol: 3, Text: "\tx = 1"}, `
  1 |         x = 1
    | ^^^^^^^^^
`},
		{"wide characters", Diagnostic{Line: 1, Col: 4, EndCol: 6, Text: "'中文' 字"}, `
  1 | '中文' 字
    |      ^^
`},
		{"wide characters in the range", Diagnostic{Line: 1, Col: 2, EndCol: 4, Text: "'中文'"}, `
  1 | '中文'
    |  ^^^^
`},
		{"combining marks", Diagnostic{Line: 1, Col: 6, EndCol: 7, Text: "e\u0301e\u0301 ?"}, `
  1 | ` + "e\u0301e\u0301" + ` ?
    |    ^
`},
		{"a range that ends below", Diagnostic{Line: 1, Col: 5, EndLine: 4, EndCol: 2, Text: "x = (1,"}, `
  1 | x = (1,
    |     ^^^ to line 4, column 2
`},
		{"controls are escaped", Diagnostic{Line: 1, Col: 6, Text: "a\x1b[2J?"}, `
  1 | a\x1b[2J?
    |         ^
`},
		{"reordering is escaped", Diagnostic{Line: 1, Col: 3, EndCol: 4, Text: "#\u202ex"}, `
  1 | #\u202ex
    |        ^
`},
		{"not UTF-8", Diagnostic{Line: 1, Col: 2, EndCol: 3, Text: "a\xffb"}, `
  1 | a\xffb
    |  ^^^^
`},
		{"long, at the start", Diagnostic{Line: 1, Col: 1, EndCol: 2, Text: long}, `
  1 | a = 1; a = 1; a = 1; a = 1; a = …
    | ^
`},
		{"long, in the middle", Diagnostic{Line: 1, Col: 351, EndCol: 354, Text: long}, `
  1 | …; a = 1; a = 1; a = 1; a = 1; a …
    |                  ^^^
`},
		{"long, at the end", Diagnostic{Line: 1, Col: 701, Text: long + "?"}, `
  1 | …1; a = 1; a = 1; a = 1; a = 1; ?
    |                                 ^
`},
		{"longer than the line", Diagnostic{Line: 1, Col: 351, EndCol: 600, Text: long}, `
  1 | …1; a = 1; a = 1; a = 1; a = 1; a…
    |            ^^^^^^^^^^^^^^^^^^^^^^
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.d.Message = "m"
			got := Style{Width: 40}.Format(&c.d)
			_, got, _ = strings.Cut(got, "\n")
			if diff := cmp.Diff(strings.TrimPrefix(c.want, "\n"), got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, got)
			}
		})
	}
}

func TestFormatColor(t *testing.T) {
	d := Diagnostic{Path: "a.py", Line: 1, Col: 1, Type: "SyntaxError", Message: "m", Text: "x"}
	got := Style{Color: true}.Format(&d)
	want := "\x1b[1ma.py:1:1:\x1b[0m \x1b[1;31mSyntaxError:\x1b[0m m\n\x1b[2m  1 |\x1b[0m x\n\x1b[2m    |\x1b[0m \x1b[1;32m^\x1b[0m\n"
	if got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestSort(t *testing.T) {
	ds := []Diagnostic{{Path: "b", Line: 1}, {Path: "a", Line: 2}, {Path: "a", Line: 1, Col: 4}, {Path: "a", Line: 1, Severity: Warning}, {Path: "a", Line: 1}}
	Sort(ds)
	want := []Diagnostic{{Path: "a", Line: 1}, {Path: "a", Line: 1, Severity: Warning}, {Path: "a", Line: 1, Col: 4}, {Path: "a", Line: 2}, {Path: "b", Line: 1}}
	if diff := cmp.Diff(want, ds); diff != "" {
		t.Error(diff)
	}
}

// FuzzFormat holds what every caller relies on: no panic, three lines at most,
// valid UTF-8, and no byte that a terminal would act on.
func FuzzFormat(f *testing.F) {
	f.Add("a.py", "m", "x = +* 2", 1, 5, 1, 7, 80)
	f.Add("a\x1b.py", "m\n", "\t中\u202e\xff\u0301\u0301", 1, 2, 3, 1, 0)
	f.Add("", "", strings.Repeat("👩\u200d", 400), 1, 300, 1, 900, 40)
	f.Add("a", "m", "x", -1, -5, -1, -7, -3)
	f.Add("a", "m", strings.Repeat("\u0301", 5000), 1, 2500, 1, 7, 1<<60)
	f.Fuzz(func(t *testing.T, path, message, text string, line, col, endLine, endCol, width int) {
		d := Diagnostic{Path: path, Message: message, Text: text, Line: line, Col: col, EndLine: endLine, EndCol: endCol}
		got := Style{Width: width}.Format(&d)
		if n := strings.Count(got, "\n"); n < 1 || n > 3 || !strings.HasSuffix(got, "\n") {
			t.Errorf("%d lines: %q", n, got)
		}
		if !utf8.ValidString(got) {
			t.Errorf("not UTF-8: %q", got)
		}
		for _, r := range got {
			if r != '\n' && hidden(r) {
				t.Errorf("%U is shown raw in %q", r, got)
			}
		}
		_, shown, _ := strings.Cut(got, "\n")
		if limit := max(width, 40)*20 + 400; width < 1000 && width >= 0 && len(shown) > 2*limit {
			t.Errorf("%d bytes for width %d", len(shown), width)
		}
	})
}
