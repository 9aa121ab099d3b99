package compiler

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// FuzzCompile feeds the compiler anything: it compiles or is refused by a
// diagnostic, and never fails by itself; what it compiles to can be read, and is the
// same the second time.
func FuzzCompile(f *testing.F) {
	sources, err := filepath.Glob("testdata/sources/*.py")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range sources {
		src, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for i := range 3 {
			f.Add(src, uint8(i), uint8(i))
		}
	}
	cases, err := os.ReadFile("testdata/errors.txt")
	if err != nil {
		f.Fatal(err)
	}
	for i, src := range strings.Split(string(cases), "---\n") {
		f.Add([]byte(src), uint8(i%3), uint8(i))
	}
	var compilers []*Compiler
	for _, v := range Covered() {
		c, err := New(v)
		if err != nil {
			f.Fatal(err)
		}
		compilers = append(compilers, c)
	}
	f.Fuzz(func(t *testing.T, src []byte, level, target uint8) {
		c := compilers[int(target)%len(compilers)]
		code, _, err := c.Compile(src, "fuzz.py", int(level%3))
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			return
		case err != nil:
			t.Fatal(err)
		}
		if _, err := marshal.Unmarshal(code, c.format); err != nil {
			t.Fatal(err)
		}
		if again, _, err := c.Compile(src, "fuzz.py", int(level%3)); err != nil || !bytes.Equal(code, again) {
			t.Fatalf("other bytes the second time: %v", err)
		}
	})
}

// BenchmarkCompile compiles the test sources, from bytes to marshalled bytes.
func BenchmarkCompile(b *testing.B) {
	sources, err := filepath.Glob("testdata/sources/*.py")
	if err != nil {
		b.Fatal(err)
	}
	for _, v := range Covered() {
		b.Run(v.String(), func(b *testing.B) {
			c := forRelease(b, v.String())
			var all [][]byte
			size := 0
			for _, name := range sources {
				src, err := os.ReadFile(name)
				if err != nil {
					b.Fatal(err)
				}
				if _, _, err := c.Compile(src, name, 0); err == nil {
					all = append(all, src)
					size += len(src)
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, src := range all {
					if _, _, err := c.Compile(src, "bench.py", 0); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
