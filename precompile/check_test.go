package precompile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestCheck checks a tree against every series: what each refuses, by the version
// that brought the construct, and faults that only the symbol table and the code
// generator find.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"alias.py":    "type X = int\n",
		"argument.py": "def f(a, a): pass\n",
		"fine.py":     "x = 1\n",
		"is.py":       "x is 1\n",
		"lazy.py":     "lazy import a\n",
		"return.py":   "return 1\n",
		"t.py":        "x = t'a'\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	r, err := Check(context.Background(), CheckOptions{Selection: Selection{Paths: []string{dir}}, IgnoreErrors: []string{"return.py"}})
	if err != nil {
		t.Fatal(err)
	}
	type key struct {
		name, kind string
		minor      int
	}
	got := map[key]bool{}
	for _, f := range r.Findings {
		for _, v := range f.Targets {
			got[key{filepath.Base(f.Path), f.Type, v.Minor}] = true
		}
		if f.Tolerated != (filepath.Base(f.Path) == "return.py") {
			t.Errorf("%s: tolerated %v", f.Path, f.Tolerated)
		}
	}
	since := map[string]int{"alias.py": 12, "t.py": 14, "lazy.py": 15} // the first series that takes it
	for minor := 11; minor <= 15; minor++ {
		for _, name := range []string{"alias.py", "argument.py", "fine.py", "lazy.py", "return.py", "t.py"} {
			want := name == "argument.py" || name == "return.py" || minor < since[name]
			if got[key{name, "SyntaxError", minor}] != want {
				t.Errorf("3.%d, %s: refused %v, want %v", minor, name, !want, want)
			}
		}
		if !got[key{"is.py", "SyntaxWarning", minor}] {
			t.Errorf("3.%d, is.py: no warning", minor)
		}
	}
	if r.Sources != 7 || r.OK() || len(r.Targets) != 5 {
		t.Errorf("%d sources, OK %v, targets %v", r.Sources, r.OK(), r.Targets)
	}
}

// TestCheckOptions checks what is refused, and that faults of files are findings.
func TestCheckOptions(t *testing.T) {
	old, err := pyc.ParseVersion("3.8")
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]CheckOptions{
		"no path":      {},
		"jobs":         {Selection: Selection{Paths: []string{"."}}, Jobs: -1},
		"an old one":   {Selection: Selection{Paths: []string{"."}}, Targets: []pyc.Version{old}},
		"a wrong glob": {Selection: Selection{Paths: []string{"."}, Exclude: []string{"["}}},
	} {
		var refused *OptionsError
		if r, err := Check(context.Background(), o); r != nil || !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	missing := filepath.Join(t.TempDir(), "missing.py")
	r, err := Check(context.Background(), CheckOptions{Selection: Selection{Files: []string{missing}}})
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() || len(r.Findings)+len(r.Problems) != 1 {
		t.Errorf("a missing file: %+v", r)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Check(ctx, CheckOptions{Selection: Selection{Paths: []string{"."}}}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
