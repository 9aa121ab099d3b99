package compiler

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/proctime"
)

// linearSources are sources with many of what a table holds, each alike to a hash that is
// not made for it: what is looked up one by one takes quadratic time, and many times the
// limit of TestLinear.
var linearSources = []struct {
	name string
	text func() string
}{
	{"100,000 names that one multiplication puts close together", func() string {
		const letters = "abcdefghijklmnopqrstuvwxyz"
		r := rand.New(rand.NewPCG(1, 2))
		var b strings.Builder
		for found := 0; found < 100_000; {
			w, key := r.Uint64(), uint64(7)<<56
			var name [7]byte
			for i := range name {
				name[i] = letters[w%26]
				key |= uint64(name[i]) << (8 * i)
				w /= 26
			}
			if key*0x9e3779b97f4a7c15>>(64-8) == 0 {
				b.Write(name[:])
				b.WriteByte('\n')
				found++
			}
		}
		return b.String()
	}},
	{"40,000 ints of more than 64 bits", func() string {
		return numbered(40_000, "x = 1%020[1]d%[1]d\n")
	}},
	{"40,000 lambdas on one line", func() string { return "x = [" + strings.Repeat("lambda: 0, ", 40_000) + "]\n" }},
	{"80,000 floats that are not numbers", func() string { return strings.Repeat("x = 1e999 - 1e999\n", 80_000) }},
	{"two frozensets of 100,000 strings", func() string {
		elems := strings.Split(strings.TrimSpace(numbered(100_000, "'s %d'\n")), "\n")
		there := strings.Join(elems, ", ")
		slices.Reverse(elems)
		return "x in {" + there + "}\nx in {" + strings.Join(elems, ", ") + "}\n"
	}},
	{"40,000 free variables", func() string {
		return "def f():\n" + numbered(40_000, " a%d = 1\n") + " def g():\n" + numbered(40_000, "  a%d\n")
	}},
	{"100,000 keyword arguments", func() string { return "f(" + numbered(100_000, "a%d=1, ") + ")\n" }},
	{"160,000 attributes of self", func() string {
		return "class A:\n def f(self):\n" + numbered(160_000, "  self.a%d = 1\n")
	}},
	{"40,000 comprehensions, each with a name of its own", func() string { return numbered(40_000, "[a%[1]d for a%[1]d in x]\n") }},
	{"160,000 lines with a remark", func() string { return strings.Repeat("x is 1\n", 160_000) }},
	{"one line with 80,000 remarks", func() string { return strings.Repeat("x is 1; ", 80_000) + "\n" }},
}

// numbered writes a format n times, with the numbers from 0 on.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

// TestLinear compiles each of them. A case takes some 0.2 s.
func TestLinear(t *testing.T) {
	limit := proctime.Limit(6 * time.Second)
	b, err := NewBackend(Covered()[len(Covered())-1])
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range linearSources {
		text := []byte(s.text())
		start := proctime.Used()
		_, warnings, err := b.c.Compile(text, "linear.py", 0)
		once(warnings)
		took := proctime.Used() - start
		if err != nil {
			t.Errorf("%s: %v", s.name, err)
		}
		if took > limit {
			t.Errorf("%s: %v, the limit is %v", s.name, took, limit)
		}
		t.Logf("%s: %v", s.name, took)
	}
}
