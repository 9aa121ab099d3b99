package symtable

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// TestDepth checks the bound on nodes inside each other where it is counted as
// CPython counts it: a sum of n+1 names is n+2 nodes deep.
func TestDepth(t *testing.T) {
	for _, v := range target.Known() {
		w := newWorker(v)
		limit := w.f.MaxDepth
		if err := w.build([]byte("a" + strings.Repeat("+a", limit-2))); err != nil {
			t.Errorf("%s: refused at the limit: %v", v, errorText(err))
		}
		err := w.build([]byte("a" + strings.Repeat("+a", limit-1)))
		var d *diag.Diagnostic
		if !errors.As(err, &d) || d.Type != "RecursionError" {
			t.Errorf("%s: one deeper: %v", v, err)
		}
	}
}

// TestMany makes tables with many of everything that is looked up; a search from
// the front would take minutes.
func TestMany(t *testing.T) {
	const n = 30000
	list := func(format string) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, format, i)
		}
		return b.String()
	}
	for name, text := range map[string]string{
		"names":     list("x%d = 1\n") + list("x%d\n"),
		"functions": list("def f%d(): return x\n") + strings.Repeat("x\n", n),
		"globals":   "def f():\n global " + strings.TrimSuffix(list("x%d, "), ", ") + "\n",
		"params":    "def f(" + list("x%d, ") + "): " + list("x%d;") + "\n",
		"generics":  "class C[" + list("__T%d, ") + "]:\n x: (" + list("__T%d, ") + ")\n",
		"free":      "def f():\n" + list(" x%d = 1\n") + " def g():\n  def h(): (" + list("x%d, ") + ")\n",
		"inlined":   "def f(a):\n" + strings.Repeat(" [[a for b in c] for d in e]\n", n),
		"class":     "class C:\n" + list(" __x%d = [__class__ for a in b]\n"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorker(target.Profile{Minor: 14, Patch: 10})
			if err := w.build([]byte(text)); err != nil {
				t.Fatal(errorText(err))
			}
		})
	}
}

// FuzzBuild looks for sources with a tree that have neither a table nor an error.
func FuzzBuild(f *testing.F) {
	for _, c := range cases(f) {
		f.Add(c)
	}
	var workers []*worker
	for _, v := range target.Known() {
		workers = append(workers, newWorker(v))
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, w := range workers {
			err := w.build([]byte(text))
			var d *diag.Diagnostic
			switch {
			case err == nil:
				check(t, w)
				w.table.Dump(nil)
			case errors.Is(err, errParse):
			case !errors.As(err, &d):
				t.Fatalf("%s: %v", w.f.Profile, err)
			}
		}
	})
}

// check holds a table to what the code generator relies on.
func check(t *testing.T, w *worker) {
	for id := 1; id <= w.table.Len(); id++ {
		s := w.table.Scope(int32(id))
		if int(s.ID) != id {
			t.Fatalf("scope %d has the number %d", id, s.ID)
		}
		for i, sym := range s.Symbols {
			if s.find(sym.Name) != i {
				t.Fatalf("%s: the symbol %s is not found where it is", w.f.Profile, w.arena.Names.Text(sym.Name))
			}
		}
		for _, child := range s.Children {
			for _, sym := range child.Symbols {
				switch sym.Name {
				case ast.NameClass, ast.NameClassDict, ast.NameConditionalAnnotations:
					continue // 3.12.1 leaves those of inlined comprehensions without a cell
				}
				if sym.Binding != Free || s.Kind == ClassScope || s.CompInlined {
					continue
				}
				if b := s.Binding(sym.Name); b != Free && b != Cell {
					t.Fatalf("%s: %s is free in %s and %s around", w.f.Profile, w.arena.Names.Text(sym.Name), w.arena.Names.Text(child.Name), b)
				}
			}
		}
	}
}
