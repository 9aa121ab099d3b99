package parser

import (
	"bytes"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// hostile are sources that are made to be hard. Each is parsed for every target,
// in bounded time and memory; what comes out is pinned for the message that a user
// sees, "" where the source is right.
//
// Sizes are divided by scale.
func hostile(scale int) []hostileCase {
	return []hostileCase{
		{"100,000 open brackets", strings.Repeat("(", 100_000/scale), "too many nested parentheses"},
		{"100,000 brackets", strings.Repeat("(", 100_000/scale) + strings.Repeat(")", 100_000/scale), "too many nested parentheses"},
		{"200 brackets", strings.Repeat("[", 200) + strings.Repeat("]", 200), ""},
		{"199 open brackets", strings.Repeat("[", 199), "'[' was never closed"},
		{"open calls", strings.Repeat("f(a, ", 150), "'(' was never closed"},
		{"open braces", strings.Repeat("{1: ", 150), "'{' was never closed"},
		{"1,000,000 not", strings.Repeat("not ", 1_000_000/scale) + "x", "*overflow"},
		{"1,000,000 minus", strings.Repeat("-", 1_000_000/scale) + "x", "*overflow"},
		{"100,000 powers", strings.Repeat("x**", 100_000/scale) + "x", "*overflow"},
		{"100,000 lambdas", strings.Repeat("lambda: ", 100_000/scale) + "x", "*overflow"},
		{"100,000 conditions", strings.Repeat("x if x else ", 100_000/scale) + "x", "*overflow"},
		{"100,000 elifs", "if x: pass\n" + strings.Repeat("elif x: pass\n", 100_000/scale), "*overflow"},
		{"1,000,000 ifs", strings.Repeat("if x: pass\n", 1_000_000/scale), ""},
		{"1,000,000 ifs, nested", nested(1_000_000 / scale), "too many levels of indentation"},
		{"99 ifs, nested", nested(99) + strings.Repeat(" ", 99) + "pass", ""},
		{"10 MB on one line", "x = [" + strings.Repeat("1, ", 3_400_000/scale) + "]", ""},
		{"10 MB on one line, wrong", "x = [" + strings.Repeat("1, ", 3_400_000/scale) + "1 1]", "*"},
		{"10 MB sum", "x = 1" + strings.Repeat(" + 1", 2_500_000/scale), ""},
		{"10 MB of a string", "x = '" + strings.Repeat("a", 10_000_000/scale) + "'", ""},
		{"10 MB of an open string", "x = '''" + strings.Repeat("a\n", 5_000_000/scale), "*"},
		{"10 MB of comment", "#" + strings.Repeat("x", 10_000_000/scale), ""},
		{"1,000,000 continuations", "x = 1" + strings.Repeat("\\\n", 1_000_000/scale) + "\n", "*"},
		{"10 MB of match", strings.Repeat("match (x)\n", 1_000_000/scale), ""},
		{"with, tried and taken back", strings.Repeat("with (a, b) as c, (d) as e: pass\n", 10_000/scale), ""},
		{"1,000,000 digits", "x = " + strings.Repeat("1", 1_000_000/scale), "*"},
		{"1,000,000 hexadecimal digits", "x = 0x" + strings.Repeat("f", 1_000_000/scale), ""},
		{"unpacked dictionaries", strings.Repeat("{**", 150) + "x" + strings.Repeat("}", 150), ""},
		{"unpacked tuples", strings.Repeat("(*", 150) + "x" + strings.Repeat(",)", 150), ""},
		{"unpacked dictionaries, wrong", strings.Repeat("{**", 90) + "1 1", "*"},
		{"unpacked tuples, wrong", strings.Repeat("(*", 90) + "1 1", "*"},
		{"open everything", strings.Repeat("{x: [f(lambda: (", 40), "*"},
		{"open named expressions", strings.Repeat("(a:=", 90) + "1 1", "*"},
		{"open comprehensions", strings.Repeat("(x for x in ", 90) + "1 1", "*"},
		{"open with", "with " + strings.Repeat("(", 90) + "1 1", "*"},
		{"open targets", "for " + strings.Repeat("(a,", 90) + " 1 1 in 3: pass", "*"},
		{"open patterns", "match x:\n case " + strings.Repeat("(", 90) + " 1 1", "*"},
		{"f-strings in f-strings", strings.Repeat(`f"{`, 200), "*"},
		{"f-strings in f-strings, short", strings.Repeat(`f"{`, 60) + "1" + strings.Repeat(`}"`, 60), "*"},
		{"many fields", `f"` + strings.Repeat("{x!r:>{y}}", 100_000/scale) + `"`, ""},
		{"decorators", strings.Repeat("@x\n", 100_000/scale) + "def f(): pass", ""},
		{"semicolons", strings.Repeat("x;", 1_000_000/scale), ""},
		{"dots", "x" + strings.Repeat(".x", 1_000_000/scale), ""},
		{"an attribute of attributes, wrong", "x" + strings.Repeat(".x", 100_000/scale) + " 1", "*"},
		{"names", manyNames(200_000 / scale), ""},
		{"zero", "\x00", "source code string cannot contain null bytes"},
	}
}

type hostileCase struct{ name, source, message string }

func nested(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(strings.Repeat(" ", min(i, 200))) // enough for any limit
		b.WriteString("if x:\n")
	}
	return b.String()
}

func manyNames(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("x" + strings.Repeat("y", i%7) + string(rune('a'+i%26)) + string(rune('a'+i/26%26)) + string(rune('a'+i/676%26)) + "\n")
	}
	return b.String()
}

// TestHostile parses sources that are made to be hard, at a tenth of their size
// and for two targets unless PRECOMPILE_HOSTILE is set.
func TestHostile(t *testing.T) {
	scale, versions := 10, target.Known()
	if os.Getenv("PRECOMPILE_HOSTILE") != "" {
		scale = 1
	} else { // the two designs of f-strings
		versions = []target.Profile{versions[0], versions[len(versions)-1]}
	}
	cases := hostile(scale)
	for _, v := range versions {
		f := target.New(v)
		for _, c := range cases {
			var p Parser
			start := time.Now()
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			got, _ := outcome(&p, ast.NewArena(), []byte(c.source), f)
			runtime.ReadMemStats(&after)
			took := time.Since(start)
			switch {
			case c.message == "*":
			case c.message == "*overflow":
				if got == nil || got.Type != "MemoryError" {
					t.Errorf("%v, %s: %s, want a MemoryError", v, c.name, placed(got))
				}
			case got == nil && c.message != "" || got != nil && got.Message != c.message:
				t.Errorf("%v, %s: %s, want %q", v, c.name, placed(got), c.message)
			}
			if took > 30*time.Second {
				t.Errorf("%v, %s: took %v", v, c.name, took)
			}
			if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 4096 {
				t.Errorf("%v, %s: allocated %d MB", v, c.name, mb)
			}
			if testing.Verbose() {
				t.Logf("%v, %s: %v, %d MB", v, c.name, took, (after.TotalAlloc-before.TotalAlloc)>>20)
			}
		}
	}
}

// TestRandom parses random bytes and random pieces of Python, which must come to
// an end without a panic, and reports on both in the same way every time.
func TestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	words := strings.Fields(`if else elif while for in def class return yield from import as with try except finally lambda
		not and or is None True False async await match case type lazy _ x y f( ) [ ] { } ( : , ; . ... = == := + - * ** / // @ | &
		^ ~ < > <= != -> 1 2.5 3j 0x1f "s" 'b' b"z" f"{x}" f"{x!r:>{y}}" t"{x}" rf'{ ''' \ $ ? ! é # global nonlocal del pass break`)
	var p Parser
	arena := ast.NewArena()
	for i := range 4000 {
		var b bytes.Buffer
		n := r.IntN(60)
		for range n {
			switch k := r.IntN(20); {
			case i%2 == 0 && k < 18:
				b.WriteByte(byte(r.IntN(256)))
			case k == 0:
				b.WriteByte('\n')
			case k == 1:
				b.WriteString("\n    ")
			case k == 2:
				b.WriteString(":\n    ")
			default:
				b.WriteString(words[r.IntN(len(words))])
				if r.IntN(3) > 0 {
					b.WriteByte(' ')
				}
			}
		}
		v := target.Known()[i%len(target.Known())]
		f := target.New(v)
		first, _ := outcome(&p, arena, b.Bytes(), f)
		second, _ := outcome(&p, arena, b.Bytes(), f)
		if placed(first) != placed(second) {
			t.Fatalf("%v: %q: first %s, then %s", v, b.Bytes(), placed(first), placed(second))
		}
	}
}
