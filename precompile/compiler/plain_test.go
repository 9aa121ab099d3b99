package compiler

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// rewritten are statements that the preprocessor of some release rewrites or remarks
// on, and the last ones such as it leaves alone.
var rewritten = []string{
	"return __debug__", "x = f(__debug__)", "assert __debug__", "x = 1 + 2", "x = -1", "x = not 1", "x = not a in b", "x = not (not a in b)",
	"x = 2 ** 3", "x = 'a' 'b' * 3", "x = '%s' % (a,)", "x = '%s and %d' % (a, b)", "x = b'%s' % (a,)", "x = (1, 2)", "x = 1, 2", "x = ()",
	"x = a[1, 2]", "x = a[1:2, 3]", "x = 'abc'[0]", "x = (1, 2)[0]", "x = ((1, 2), (3,))", "x = a in [1, b]", "x = a not in {1, 2}",
	"x = a < b in [c]", "x = [y for y in [1, 2]]", "x = {y for y in {1, 2}}", "x = (y for a in b for y in [c])", "for x in [a, b]: pass",
	"for x in {1, 2}: pass", "for x in (1, 2): pass", "try: pass\n    finally: return", "for x in y:\n        try: pass\n        finally: continue",
	"match x:\n        case -1: pass\n        case 1 + 2j: pass", "match 1, 2:\n        case _: pass", "x = f'{1 + 2}'", "x = f'{a:{(1, 2)}}'",
	"x = f'{__debug__}'", "lambda x=(1, 2): x", "lambda: -1", "x: (1, 2) = 3", "del x[1, 2]", "x[-1] = y", "x[0 + 1], y = z", "print(*(1, 2))",
	"f(x=(1, 2))", "with f(-1) as x: pass", "while not 1: pass", "return 1 if not a is b else 2", "x = yield (1, 2)", "'a' + 'b'", "'doc'",
	"if a: pass\n    elif -1: pass", "def g(x=-1): pass", "def g(x: (1, 2)): pass", "@f(-1)\n    def g(): pass", "class C(f(-1)): x = (1, 2)",
	"return a.b(c, d=1)[0]", "x = [1, 2]", "x = (a, 1)", "x = 1, a", "x = a + 1", "x = -a", "x, y = 1, a", "for x in a: pass",
}

// TestPlain preprocesses sources with and without the marks of the functions that
// have nothing to rewrite, and compares the trees.
func TestPlain(t *testing.T) {
	var cases [][]byte
	for _, s := range rewritten {
		cases = append(cases, []byte("def f():\n    "+s+"\n"), []byte("class A:\n  def m(self):\n    "+s+"\n    a.b()\n  x = 1\n"))
	}
	files, err := filepath.Glob("testdata/sources/*.py")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sources: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, data)
	}
	for _, v := range Covered() {
		t.Run(v.String(), func(t *testing.T) {
			w, err := newWorker(forRelease(t, v.String()))
			if err != nil {
				t.Fatal(err)
			}
			trees, plain := 0, 0
			for _, data := range cases {
				for level := range 3 {
					got, warned, _, ok := preprocessed(t, w, data, level, true)
					if !ok {
						continue // no source of this release
					}
					want, wantWarned, marks, _ := preprocessed(t, w, data, level, false)
					if !bytes.Equal(got, want) {
						t.Fatalf("level %d of %s\n%s", level, data, cmp.Diff(strings.Split(string(want), "\n"), strings.Split(string(got), "\n")))
					}
					if d := cmp.Diff(wantWarned, warned); d != "" {
						t.Fatalf("level %d of %s: warnings\n%s", level, data, d)
					}
					trees++
					plain += marks
				}
			}
			if trees < 3*len(rewritten) || plain < 100 {
				t.Errorf("only %d trees with %d marks", trees, plain)
			}
		})
	}
}

// preprocessed returns the dump of a source's tree behind the preprocessor, its
// warnings, and how many marks the tree had, which are taken away unless kept.
func preprocessed(t *testing.T, w *worker, data []byte, level int, kept bool) (dump []byte, warnings []diag.Diagnostic, marks int, ok bool) {
	src, err := source.Decode(data, w.f)
	if err != nil {
		t.Fatal(err)
	}
	m, _, err := w.parser.Parse(src, w.f, w.arena)
	if err != nil {
		return nil, nil, 0, false
	}
	if !kept {
		marks = unmark(reflect.ValueOf(m.Body))
	}
	w.pool.Reset()
	future, err := symtable.FutureOf(m, w.arena.Names, w.f)
	if err != nil {
		t.Fatal(err)
	}
	warnings, err = w.prepare.Run(m, w.arena, future, level)
	if err != nil {
		t.Fatal(err)
	}
	return ast.Dump(nil, m, w.arena.Names, w.f), warnings, marks, true
}

// unmark takes the marks away from the functions in v, and counts them.
func unmark(v reflect.Value) (n int) {
	switch v.Kind() {
	case reflect.Interface, reflect.Pointer:
		if v.IsNil() {
			return 0
		}
		if f, ok := v.Interface().(*ast.FunctionDef); ok && f.Plain {
			f.Plain = false
			n++
		}
		return n + unmark(v.Elem())
	case reflect.Slice:
		for i := range v.Len() {
			n += unmark(v.Index(i))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				n += unmark(v.Field(i))
			}
		}
	}
	return n
}
