//go:build conformance

package precompile

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestRunAgainstPyCompile runs the engine with each interpreter found and holds
// what it writes, and where, to fresh processes of py_compile: to the bytes from
// 3.11 on, to the header before, where the code is in a form of our own.
func TestRunAgainstPyCompile(t *testing.T) {
	found := interptest.Found()
	if len(found) == 0 {
		t.Skip("no interpreter on this machine")
	}
	sources := []string{"abc.py", "bisect.py", "keyword.py", "pkg/odd name.py", "pkg/.hidden.py"}
	for _, i := range found {
		if !i.Version.AtLeast(3, 8) {
			continue
		}
		t.Run(i.Version.String(), func(t *testing.T) {
			many := map[string]string{"pkg/odd name.py": "def f(x):\n    return x + 1\n", "pkg/.hidden.py": ""}
			for _, name := range sources[:3] {
				b, err := os.ReadFile(filepath.Join(i.Stdlib, name))
				must(t, err)
				many[name] = string(b)
			}
			tree(t, many)
			c, err := OpenCompiler(t.Context(), CompilerOptions{Compiler: CompilerCPython, Target: i.Version, Interpreter: i.Path, Jobs: 1})
			must(t, err)
			defer c.Close()
			o := Options{Selection: Selection{Paths: []string{"."}, Include: []string{"*.py"}}, Compilers: []backend.Compiler{c}, StripPrefix: "."}
			for _, m := range []struct {
				mode pyc.Mode
				name string
			}{{pyc.CheckedHash, "CHECKED_HASH"}, {pyc.UncheckedHash, "UNCHECKED_HASH"}, {pyc.Timestamp, "TIMESTAMP"}} {
				o.Mode = m.mode
				r := compileAll(t, o)
				if !r.OK() || r.Count(Compiled) != len(sources) {
					t.Fatalf("%q", outcome(r))
				}
				for _, src := range sources {
					py := i.Command("-c", "import py_compile as p, sys; print(p.compile(sys.argv[1], doraise=True, invalidation_mode=p.PycInvalidationMode."+m.name+"), end='')", src)
					cache := filepath.Join(filepath.Dir(src), pyc.CacheDir, pyc.CacheName(filepath.Base(src), i.Version.CacheTag(), 0))
					ours, err := os.ReadFile(cache)
					must(t, err)
					mode, err := os.Stat(cache)
					must(t, err)
					must(t, os.Remove(cache))
					out, err := py.Output()
					if err != nil || filepath.Clean(string(out)) != cache {
						t.Fatalf("py_compile wrote %q, want %q: %v", out, cache, err)
					}
					theirs, err := os.ReadFile(cache)
					must(t, err)
					if theirMode, _ := os.Stat(cache); theirMode.Mode() != mode.Mode() {
						t.Errorf("%s: mode %v, py_compile has %v", cache, mode.Mode(), theirMode.Mode())
					}
					if !bytes.Equal(ours[:pyc.HeaderSize], theirs[:pyc.HeaderSize]) {
						t.Errorf("%s: header % x, py_compile has % x", cache, ours[:pyc.HeaderSize], theirs[:pyc.HeaderSize])
					}
					if i.Version.Implementation == pyc.CPython && i.Version.AtLeast(3, 11) && !bytes.Equal(ours, theirs) {
						t.Errorf("%s: %d bytes of code differ from py_compile's %d", cache, len(ours), len(theirs))
					}
				}
				// What py_compile wrote is up to date for us.
				if r := compileAll(t, o); r.Count(Unchanged) != len(sources) {
					t.Errorf("after py_compile: %q", outcome(r))
				}
			}
		})
	}
}
