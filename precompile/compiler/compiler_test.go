package compiler

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// forRelease makes the Compiler of a golden's release.
func forRelease(t testing.TB, release string) *Compiler {
	t.Helper()
	v, err := pyc.ParseVersion(release)
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(v)
	if err != nil {
		t.Fatal(err)
	}
	if p, exact := c.Profile(); !exact || p != v {
		t.Fatalf("the profile of %s is %s, exact: %v", v, p, exact)
	}
	return c
}

// TestGoldens compiles the sources that testdata/make.sh had fresh interpreters
// compile, and compares the bytes.
func TestGoldens(t *testing.T) {
	for _, v := range Covered() {
		release := v.String()
		goldens, err := filepath.Glob(filepath.Join("testdata", "golden", release, "*.marshal"))
		if err != nil || len(goldens) == 0 {
			t.Fatalf("no goldens of %s: %v", release, err)
		}
		c := forRelease(t, release)
		for _, golden := range goldens {
			name := strings.TrimSuffix(filepath.Base(golden), ".marshal")
			t.Run(release+"/"+name, func(t *testing.T) {
				stem, level := name[:len(name)-3], int(name[len(name)-1]-'0')
				src, err := os.ReadFile(filepath.Join("testdata", "sources", stem+".py"))
				if err != nil {
					t.Fatal(err)
				}
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				got, _, err := c.Compile(src, "sources/"+stem+".py", level)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) {
					d, err := marshal.Compare(want, got, c.format)
					t.Errorf("%v (%v)", d, err)
				}
			})
		}
	}
}

// saying is what an interpreter says about a source; see testdata/record.py.
type saying struct {
	Source   string
	Error    []any
	Warnings [][]any
}

// TestErrors compiles the cases of testdata/errors.txt, and compares errors and
// warnings with those of the interpreters.
func TestErrors(t *testing.T) {
	for _, v := range Covered() {
		t.Run(v.String(), func(t *testing.T) {
			b, err := os.ReadFile(filepath.Join("testdata", "golden", v.String(), "errors.json"))
			if err != nil {
				t.Fatal(err)
			}
			var recorded struct {
				Python string
				Cases  []saying
			}
			if err := json.Unmarshal(b, &recorded); err != nil {
				t.Fatal(err)
			}
			c := forRelease(t, recorded.Python)
			for _, want := range recorded.Cases {
				_, warnings, err := c.Compile([]byte(want.Source), "case.py", 0)
				got := "compiles"
				var d *diag.Diagnostic
				if errors.As(err, &d) {
					got = fmt.Sprint([]any{d.Type, d.Message, d.Line, d.Col, d.EndLine, d.EndCol})
				} else if err != nil {
					got = err.Error()
				}
				expected := "compiles"
				if want.Error != nil {
					expected = fmt.Sprint(want.Error)
				}
				if got != expected {
					t.Errorf("%s\n\tembedded: %s\n\tPython:   %s", want.Source, got, expected)
				}
				var remarks [][]any
				for _, w := range warnings {
					remarks = append(remarks, []any{w.Type, w.Message, w.Line})
				}
				if got, expected := fmt.Sprint(remarks), fmt.Sprint(want.Warnings); got != expected {
					t.Errorf("%s\n\tembedded: %s\n\tPython:   %s", want.Source, got, expected)
				}
			}
		})
	}
}

// TestSequence compiles the same sources in one Compiler again and again: nothing of
// a file may stay behind, not even of one that is refused.
func TestSequence(t *testing.T) {
	sources, err := filepath.Glob("testdata/sources/*.py")
	if err != nil || len(sources) == 0 {
		t.Fatal("no sources")
	}
	for _, v := range Covered() {
		c := forRelease(t, v.String())
		first := map[string][]byte{}
		for round := range 3 {
			for _, name := range sources {
				src, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				code, _, err := c.Compile(src, name, 0)
				var d *diag.Diagnostic
				if err != nil && !errors.As(err, &d) {
					t.Fatal(err)
				}
				if round == 0 {
					first[name] = code
				} else if !bytes.Equal(code, first[name]) {
					t.Errorf("%s, %s: other bytes in round %d", v, name, round)
				}
				_, _, _ = c.Compile([]byte("def f():\n try: x\n finally:\n  return [(yield) for a in b]\nbreak"), name, 0)
			}
		}
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"plain.py": "plain.py", "gr\u00fcn.py": "gr\u00fcn.py", "a\xffb": "a\xed\xb3\xbfb", "\x80": "\xed\xb2\x80",
	} {
		if got := fileName(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNotCovered(t *testing.T) {
	for _, release := range []string{"3.8", "3.12", "3.99", "pypy3.11", "2.7"} {
		v, err := pyc.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := New(v); err == nil {
			t.Errorf("%s is covered", release)
		}
	}
}

// TestUndecodable finds the places that CPython does not name.
func TestUndecodable(t *testing.T) {
	c := forRelease(t, "3.13.18")
	for src, want := range map[string]string{
		"x = 1\ny = '\x00'\n":               "2:6 y = '\x00'",
		"# coding: no-such\nx = 1\n":        "1:0 # coding: no-such",
		"\n# -*- coding: no-such -*-\nx\n":  "2:0 # -*- coding: no-such -*-",
		"\xef\xbb\xbf# coding: utf8\nx = 1": "0:0 ",
	} {
		_, _, err := c.Compile([]byte(src), "x.py", 0)
		var d *diag.Diagnostic
		if !errors.As(err, &d) {
			t.Errorf("%q: %v", src, err)
			continue
		}
		if got := fmt.Sprintf("%d:%d %s", d.Line, d.Col, d.Text); got != want {
			t.Errorf("%q: %q, want %q (%s)", src, got, want, d.Message)
		}
	}
}

// TestModuleAnnotations compiles modules of a single block, of every length around
// the memory that a new worker has for one: annotations are put into it late.
func TestModuleAnnotations(t *testing.T) {
	for n := 440; n < 520; n++ {
		c := forRelease(t, "3.14.10")
		src := strings.Repeat("a: int = 1\n", 10) + strings.Repeat("x = y\n", n)
		if _, _, err := c.Compile([]byte(src), "x.py", 0); err != nil {
			t.Fatalf("%d statements: %v", n, err)
		}
	}
}
