package precompile

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// named is a fakeCompiler that says which one it is.
type named struct{ *fakeCompiler }

func (c named) Identity() (string, error) { return "fake " + c.target.String(), nil }

func openMemo(t testing.TB) *memo.Memo {
	t.Helper()
	m, err := memo.Open(filepath.Join(t.TempDir(), "memo"), memo.Options{})
	must(t, err)
	t.Cleanup(func() { m.Close() })
	return m
}

// contents has the bytes of all files below the current folder.
func contents(t testing.TB) map[string]string {
	t.Helper()
	out := map[string]string{}
	for _, f := range files(t) {
		if !strings.HasSuffix(f, "/") {
			b, err := os.ReadFile(f)
			must(t, err)
			out[f] = string(b)
		}
	}
	return out
}

// TestMemo: in every mode, layout and level, what comes from a memo is what the
// compiler makes, warnings included, and nothing is compiled for it.
func TestMemo(t *testing.T) {
	sources := map[string]string{}
	for i := range 40 {
		sources[fmt.Sprintf("src/m%02d.py", i)] = fmt.Sprintf("x = %d", i)
	}
	sources["src/pkg/warns.py"], sources["src/pkg/faulty.py"] = "warn", "syntax error"
	m := openMemo(t)
	epoch, first := time.Unix(1_600_000_000, 0), true
	for name, set := range map[string]func(*Options){
		"checked-hash":   func(o *Options) {},
		"unchecked-hash": func(o *Options) { o.Mode = pyc.UncheckedHash },
		"timestamp":      func(o *Options) { o.Mode = pyc.Timestamp },
		"legacy":         func(o *Options) { o.Layout = LayoutLegacy; o.Compilers = o.Compilers[:1]; o.Optimize = []int{2} },
		"delete": func(o *Options) {
			o.Layout = LayoutLegacy
			o.Compilers = o.Compilers[:1]
			o.Optimize = nil
			o.DeleteSource = true
		},
		"out-dir": func(o *Options) { o.OutDir = "out" },
	} {
		a, b := named{fake(t, "3.13.0")}, named{fake(t, "3.14.0")}
		options := func() Options {
			o := Options{Selection: paths("src"), Compilers: []backend.Compiler{a, b}, Optimize: []int{0, 1, 2}, Jobs: 2}
			set(&o)
			return o
		}
		dir := tree(t, sources)
		stamp := func() {
			must(t, os.RemoveAll(dir))
			must(t, os.MkdirAll(dir, 0o777))
			t.Chdir(dir)
			plant(t, sources)
			for f := range sources {
				must(t, os.Chtimes(f, epoch, epoch))
			}
		}
		if first { // fills it for all
			o := options()
			o.Layout, o.DeleteSource, o.Memo, o.Compilers, o.Optimize = LayoutPycache, false, m, []backend.Compiler{a, b}, []int{0, 1, 2}
			compileAll(t, o)
			first = false
		}
		stamp()
		plain := compileAll(t, options())
		wantFiles := contents(t)
		stamp()
		calls := a.calls.Load() + b.calls.Load()
		o := options()
		o.Memo = m
		got := compileAll(t, o)
		if d := contents(t); !reflect.DeepEqual(d, wantFiles) {
			t.Errorf("%s: other files from the memo", name)
		}
		faults := 0
		for i := range got.Caches {
			c, w := got.Caches[i], plain.Caches[i]
			if c.FromMemo != (c.Status == Compiled) {
				t.Errorf("%s: %s: %s, from the memo: %v", name, c.Cache, c.Status, c.FromMemo)
			}
			if c.Status == Failed {
				faults++
			}
			c.FromMemo = false
			if !reflect.DeepEqual(c, w) {
				t.Errorf("%s: %+v, want %+v", name, c, w)
			}
		}
		if n := a.calls.Load() + b.calls.Load() - calls; n != int64(faults) || faults == 0 {
			t.Errorf("%s: %d compiled, want the %d that are at fault", name, n, faults)
		}
		if got.Memo == nil || got.Memo.Hits != len(got.Caches)-faults || got.Memo.Misses != faults || got.Memo.Fault != nil {
			t.Errorf("%s: %+v", name, got.Memo)
		}
	}
}

// TestMemoForce: forced, nothing is taken from the memo, and all is kept.
func TestMemoForce(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "1", "src/b.py": "2"})
	m, c := openMemo(t), named{fake(t, "3.13.0")}
	o := Options{Selection: paths("src"), Compilers: []backend.Compiler{c}, Memo: m}
	compileAll(t, o)
	if r := compileAll(t, o); r.Memo.Hits+r.Memo.Misses != 0 {
		t.Errorf("of caches that are up to date: %+v", r.Memo)
	}
	o.Force = true
	if r := compileAll(t, o); c.calls.Load() != 4 || r.Memo.Hits != 0 || r.Memo.Stored != 2 {
		t.Errorf("forced: %d compiled; %+v", c.calls.Load(), r.Memo)
	}
}

// TestMemoRefused: a compiler that cannot be told from others has no memo.
func TestMemoRefused(t *testing.T) {
	tree(t, map[string]string{"a.py": ""})
	_, err := Run(t.Context(), Options{Selection: paths("."), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Memo: openMemo(t)})
	var o *OptionsError
	if !errors.As(err, &o) || !strings.Contains(o.Reason, "does not say which one it is") {
		t.Errorf("%v", err)
	}
}

// TestMemoEmbedded compiles with the embedded compiler, for two releases of one
// series and by two names: each has entries of its own.
func TestMemoEmbedded(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "def f(x):\n    if x is 1:\n        return '\\d'\n"})
	m := openMemo(t)
	runs := map[string][]byte{}
	for round := range 2 {
		for _, release := range []string{"3.13.0", "3.13.18", "3.14.10"} {
			for _, prefix := range []string{"", "/app"} {
				v, err := pyc.ParseVersion(release)
				must(t, err)
				c, err := OpenCompiler(t.Context(), CompilerOptions{Compiler: CompilerEmbedded, Target: v})
				must(t, err)
				must(t, os.RemoveAll("src/__pycache__"))
				r := compileAll(t, Options{Selection: paths("src"), Compilers: []backend.Compiler{c}, PrependPrefix: prefix, Memo: m})
				if got := r.Memo.Hits; got != round || !r.OK() || len(r.Caches[0].Warnings) != 2 {
					t.Errorf("round %d, %s, %q: %d hits; %+v", round, release, prefix, got, r.Caches)
				}
				b, err := os.ReadFile(r.Caches[0].Cache)
				must(t, err)
				name := release + prefix
				if round == 0 {
					runs[name] = b
				} else if !bytes.Equal(b, runs[name]) {
					t.Errorf("%s: other bytes from the memo", name)
				}
				must(t, c.Close())
			}
		}
	}
}
