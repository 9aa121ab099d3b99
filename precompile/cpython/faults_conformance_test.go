//go:build conformance && unix

package cpython

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// broken are sources that no Python compiles. Each must come back as a fault of
// one of the types given, on the line given (0: no line), whatever the release.
var broken = []struct {
	name   string
	source string
	types  string
	line   int
}{
	{"not UTF-8", "x = 1\n'\xff'\n", "SyntaxError", 2},
	{"unknown cookie", "# coding: no-such-encoding\n", "SyntaxError", 1},
	{"a codec that is not of text", "#\n# coding: base64\n", "SyntaxError LookupError", -1},
	{"cookie that the bytes are not of", "# coding: ascii\nx = '\xe9'\n", "SyntaxError", 2},
	{"NUL bytes", "x = 1\ny = \x00\n", "SyntaxError ValueError", 2},
	{"a clash of byte-order mark and cookie", "\xef\xbb\xbf# coding: latin-1\n", "SyntaxError", 1},
	{"100,000 nested parentheses", strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000), "SyntaxError MemoryError RecursionError", -1},
	{"100,000 nested brackets", strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), "SyntaxError MemoryError RecursionError", -1},
	{"100,000 minus signs", strings.Repeat("-", 100_000) + "1", "SyntaxError MemoryError RecursionError", -1},
	{"100,000 plus signs", "a" + strings.Repeat("+a", 100_000), "SyntaxError MemoryError RecursionError", -1},
	{"100,000 attributes", "a" + strings.Repeat(".a", 100_000), "SyntaxError MemoryError RecursionError", -1},
	{"100,000 calls", "a" + strings.Repeat("()", 100_000), "SyntaxError MemoryError RecursionError", -1},
	{"101 levels of indentation", indented(101), "IndentationError SyntaxError", -1},
	{"a mixture of tabs and spaces", "if x:\n\ty\n        z\n", "TabError", 3},
	{"no block", "if x:\ny\n", "IndentationError", 2},
	{"dedent to nowhere", "if x:\n        y\n    z\n", "IndentationError", 3},
	{"return outside a function", "x = 1\n\nreturn\n", "SyntaxError", 3},
	{"a late __future__", "x = 1\nfrom __future__ import annotations\n", "SyntaxError", 2},
	{"nonlocal at the top", "nonlocal x\n", "SyntaxError", 1},
	{"unterminated string", "x = 'abc\n", "SyntaxError", 1},
	{"unknown character name", "x = '\\N{no such}'\n", "SyntaxError", 1},
	{"invalid character", "x = 1\ny = 2 \u2013 1\n", "SyntaxError", 2},
	{"an empty parenthesis assigned to in a loop", "for f() in x: pass\n", "SyntaxError", 1},
	{"a bad field in an f-string", "x = 1\nf'{a b}'\n", "SyntaxError", -1},
}

func indented(levels int) string {
	var b strings.Builder
	for k := range levels {
		b.WriteString(strings.Repeat(" ", k) + "if x:\n")
	}
	return b.String() + strings.Repeat(" ", levels) + "y\n"
}

func TestBrokenSources(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		for _, c := range broken {
			if c.name == "101 levels of indentation" && i.Version.Implementation == pyc.PyPy {
				continue // which has no such limit
			}
			_, err := p.Compile(context.Background(), backend.Request{Source: []byte(c.source), Filename: "dir/broken.py"})
			var d *diag.Diagnostic
			if !errors.As(err, &d) {
				t.Errorf("%s: err = %v, want a diagnostic", c.name, err)
				continue
			}
			if !slices.Contains(strings.Fields(c.types), d.Type) || d.Message == "" || c.line >= 0 && d.Line != c.line {
				t.Errorf("%s: %+v; want one of %s on line %d", c.name, *d, c.types, c.line)
			}
			if strings.Contains(d.Message, "<source>") || strings.Contains(d.Message, " kB") || d.Path != "" {
				t.Errorf("%s: a message that is not of the source: %+v", c.name, *d)
			}
			if n := utf8.RuneCountInString(d.Text); d.Col > n+2 || d.EndLine == d.Line && d.EndCol > n+2 {
				if d.Text != "" {
					t.Errorf("%s: columns behind the line: %+v", c.name, *d)
				}
			}
			// A worker that has had a fault compiles as one that has not.
			r, err := p.Compile(context.Background(), source("x = 1\n"))
			if err != nil || len(r.Warnings) > 0 {
				t.Errorf("the file after %s: %v, warnings %v", c.name, err, r.Warnings)
			}
		}
	})
}

// TestColumns puts characters of several bytes before a fault, which one part of
// CPython counts as characters and another as bytes, and a file of the compiled-in
// name where CPython looks for the line to quote.
func TestColumns(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, c := range []struct {
		name, source string
		line, col    int
		text         string
		since        int // the first minor version that puts the fault there
	}{
		{"parser", "x\né = 1; é é\n", 2, 10, "é = 1; é é", 8},
		{"compiler", "x\né = 1; return\n", 2, 8, "é = 1; return", 8},
		{"parser, latin-1", "# coding: latin-1\nx = '\xe9'; \xe9 \xe9\n", 2, 12, "x = 'é'; é é", 8},
		{"compiler, latin-1", "# coding: latin-1\nx = '\xe9'; return\n", 2, 10, "x = 'é'; return", 8},
		{"compiler, four bytes", "'\U0001F40D\U0001F40D'; return\n", 1, 7, "'\U0001F40D\U0001F40D'; return", 8},
		{"symbol table", "'éé'; nonlocal x\n", 1, 7, "'éé'; nonlocal x", 8},
		{"byte-order mark", "\xef\xbb\xbf'é'; a b\n", 1, 8, "'é'; a b", 8},
		{"carriage returns", "x\r\n'é'; return\r\n", 2, 6, "'é'; return", 8},
		{"tokenizer", "x\n'é' ; \u20ac = 1\n", 2, 7, "'é' ; \u20ac = 1", 9},
		{"f-string", "'é', f'{a b}'\n", 1, 9, "'é', f'{a b}'", 10},
	} {
		each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
			if i.Version.Minor < c.since {
				return
			}
			if i.Version.Implementation == pyc.PyPy && strings.Contains(c.name, "compiler, latin-1") {
				return // PyPy itself is one column off in lines that it has decoded
			}
			_, err := p.Compile(context.Background(), backend.Request{Source: []byte(c.source), Filename: "/etc/hostname"})
			var d *diag.Diagnostic
			if !errors.As(err, &d) {
				t.Fatalf("%s: err = %v", c.name, err)
			}
			if d.Line != c.line || d.Col != c.col || d.Text != c.text {
				t.Errorf("%s: %d:%d %q (%s), want %d:%d %q", c.name, d.Line, d.Col, d.Text, d.Message, c.line, c.col, c.text)
			}
		})
	}
}

func TestWarnings(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		src := "# coding: latin-1\n'\xe9' is x\n(1)(2)\n'\\d'\nassert (x, 'y')\n"
		want := []string{"2 'é' is x", "3 (1)(2)", "5 assert (x, 'y')"}
		if i.Version.AtLeast(3, 12) {
			want = append(want, `4 '\d'`) // a DeprecationWarning before
		}
		// Twice: what a worker warned of once, it warns of again.
		for range 2 {
			r, err := p.Compile(context.Background(), backend.Request{Source: []byte(src), Filename: "a.py"})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range r.Warnings {
				if w.Severity != diag.Warning || w.Type != "SyntaxWarning" || w.Message == "" || w.Path != "" {
					t.Errorf("%+v", w)
				}
				got = append(got, string(rune('0'+w.Line))+" "+w.Text)
			}
			slices.Sort(got)
			sorted := slices.Sorted(slices.Values(want))
			if i.Version.Implementation == pyc.PyPy {
				// It warns of less, and not of the same in every release.
				sorted = slices.DeleteFunc(sorted, func(s string) bool { return !slices.Contains(got, s) })
			}
			if !slices.Equal(got, sorted) {
				t.Errorf("warnings %q, want %q", got, sorted)
			}
		}
	})
}

// TestNames: a file's name is compiled in as os.fsdecode makes it.
func TestNames(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		for _, name := range []string{"", "a.py", "dir/é.py", "new\nline.py", "\xff\xfe.py", strings.Repeat("n", 4000)} {
			r, err := p.Compile(context.Background(), backend.Request{Source: []byte("x = 1\n"), Filename: name})
			if err != nil {
				t.Errorf("%.20q: %v", name, err)
				continue
			}
			// Lone surrogates are written as three bytes: \xff is U+DCFF.
			in := strings.NewReplacer("\xff", "\xed\xb3\xbf", "\xfe", "\xed\xb3\xbe").Replace(name)
			if !strings.Contains(string(r.Code), in) {
				t.Errorf("%.20q is not in %.200q", name, r.Code)
			}
		}
	})
}
