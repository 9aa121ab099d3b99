package compiler

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/diag"
)

// hostileSource is a source that is made to be hard; size scales it.
type hostileSource struct {
	name string
	text func(size int) string
}

var hostileSources = []hostileSource{
	{"100,000 parentheses", func(n int) string { return strings.Repeat("(", n/10) + strings.Repeat(")", n/10) }},
	{"100,000 open parentheses", func(n int) string { return strings.Repeat("(", n/10) }},
	{"100,000 subscripts", func(n int) string { return "x" + strings.Repeat("[x", n/10) + strings.Repeat("]", n/10) }},
	{"10 MB on one line", func(n int) string { return "x = [" + strings.Repeat("1, ", n*10/3) + "]" }},
	{"10 MB of names on one line", func(n int) string { return strings.Repeat("a, ", n*10/3) }},
	{"10 MB sum", func(n int) string { return "x = 1" + strings.Repeat(" + 1", n*10/4) }},
	{"10 MB string", func(n int) string { return "x = '" + strings.Repeat("a", n*10) + "'" }},
	{"10 MB f-string", func(n int) string { return "x = f'" + strings.Repeat("{a}b", n*10/4) + "'" }},
	{"1,000,000 ifs", func(n int) string { return strings.Repeat("if x: pass\n", n) }},
	{"1,000,000 nested ifs", func(n int) string {
		var b strings.Builder
		for i := range n {
			b.WriteString(strings.Repeat(" ", min(i, 200)))
			b.WriteString("if x:\n")
		}
		return b.String()
	}},
	{"99 nested ifs", func(int) string {
		var b strings.Builder
		for i := range 99 {
			b.WriteString(strings.Repeat(" ", i) + "if x:\n")
		}
		return b.String() + strings.Repeat(" ", 99) + "pass\n"
	}},
	{"100,000 elifs", func(n int) string { return "if x: pass\n" + strings.Repeat("elif x: pass\n", n/10) }},
	{"1,000,000 minus signs", func(n int) string { return strings.Repeat("-", n) + "1" }},
	{"100,000 lambdas", func(n int) string { return strings.Repeat("lambda: ", n/10) + "x" }},
	{"1,000,000 attributes", func(n int) string { return "x" + strings.Repeat(".x", n) }},
	{"100,000 functions", func(n int) string { return strings.Repeat("def f(a): return a\n", n/10) }},
	{"10,000 nested comprehensions", func(n int) string { return strings.Repeat("[", n/100) + "x" + strings.Repeat(" for x in y]", n/100) }},
	{"100,000 names", func(n int) string {
		var b strings.Builder
		for i := range n / 10 {
			fmt.Fprintf(&b, "a%d = b%d\n", i, i)
		}
		return b.String()
	}},
	{"a pattern with 20,000 names", func(int) string {
		return "match x:\n case {" + numbered(20_000, "%[1]d: a%[1]d, ") + "}: pass\n"
	}},
	{"20 nested finally clauses", func(int) string { return nestedFinally(20, "pass") }},
	{"19 nested finally clauses around functions", func(int) string { return nestedFinally(19, "def f(): return [g(x) for x in y]") }},
	{"a power", func(int) string { return "x = 2 ** 2 ** 40, 'a' * 10 ** 9, (1,) * 10 ** 8, 1 << 10 ** 9" }},
	{"10 MB of zeros", func(n int) string { return strings.Repeat("\x00", n*10) }},
	{"10 MB of random bytes", func(n int) string {
		r := rand.New(rand.NewPCG(5, 6))
		b := make([]byte, n*10)
		for i := range b {
			b[i] = byte(1 + r.IntN(255))
		}
		return string(b)
	}},
	{"10 MB of random bytes in Latin-1", func(n int) string {
		r := rand.New(rand.NewPCG(9, 10))
		b := make([]byte, n*10)
		for i := range b {
			b[i] = byte(1 + r.IntN(255))
		}
		return "# coding: latin-1\n" + string(b)
	}},
	{"1 MB of Python's characters", func(n int) string {
		const letters = "abif(){}[]:;,.=+-*/@&|^~<>!'\"\\\n\t 0123456789#_"
		r := rand.New(rand.NewPCG(7, 8))
		b := make([]byte, n)
		for i := range b {
			b[i] = letters[r.IntN(len(letters))]
		}
		return string(b)
	}},
}

// nestedFinally nests as many finally clauses around a line.
func nestedFinally(depth int, line string) string {
	var b strings.Builder
	for i := range depth {
		indent := strings.Repeat(" ", i)
		b.WriteString(indent + "try: f()\n" + indent + "finally:\n")
	}
	return b.String() + strings.Repeat(" ", depth) + line + "\n"
}

// TestHostile checks and compiles sources that are made to be hard, at a tenth of
// their size and for the oldest and the newest release unless PRECOMPILE_HOSTILE is
// set: there is an answer, a diagnostic if anything, in bounded time and memory.
func TestHostile(t *testing.T) {
	size, releases := 1_000_000, Checked()
	if os.Getenv("PRECOMPILE_HOSTILE") == "" {
		size, releases = size/10, releases[len(releases)-2:]
	}
	for _, v := range releases {
		checker, err := NewChecker(v)
		if err != nil {
			t.Fatal(err)
		}
		compiler, err := New(v)
		if err != nil {
			compiler = nil // the checker alone knows it
		}
		for _, h := range hostileSources {
			text := []byte(h.text(size))
			attempt := func(way string, f func() error) {
				start := time.Now()
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				err := f()
				runtime.ReadMemStats(&after)
				took, mb := time.Since(start), (after.TotalAlloc-before.TotalAlloc)>>20
				said := "accepted"
				var d *diag.Diagnostic
				switch {
				case errors.As(err, &d):
					said = fmt.Sprintf("%d:%d %s: %.60s", d.Line, d.Col, d.Type, d.Message)
				case err != nil:
					t.Errorf("%s, %s, %s: %v", v, way, h.name, err)
				}
				if took > time.Minute {
					t.Errorf("%s, %s, %s: took %v", v, way, h.name, took)
				}
				if mb > 8192 {
					t.Errorf("%s, %s, %s: %d MB were allocated", v, way, h.name, mb)
				}
				if testing.Verbose() {
					t.Logf("%s, %s, %s: %s; %v, %d MB, %d MB of the system", v, way, h.name, said, took, mb, after.Sys>>20)
				}
			}
			attempt("check", func() error {
				_, err := checker.Check(text)
				return err
			})
			if compiler != nil {
				attempt("compile", func() error {
					_, _, err := compiler.Compile(text, "hostile.py", 0)
					return err
				})
			}
		}
	}
}
