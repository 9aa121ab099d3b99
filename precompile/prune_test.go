package precompile

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

func TestPrune(t *testing.T) {
	tree(t, map[string]string{
		"src/a.py": "x", "src/w.pyw": "x", "src/gui.txt": "", "src/only_link.txt": "",
		"src/__pycache__/a.cpython-39.opt-2.pyc":                 "another version of a source that is there",
		"src/__pycache__/w.cpython-313.pyc":                      "of a .pyw",
		"src/__pycache__/gone.cpython-313.pyc":                   "orphan",
		"src/__pycache__/gone.cpython-38.opt-1.pyc":              "orphan of another version and level",
		"src/__pycache__/gone.pypy310.pyc":                       "orphan of PyPy",
		"src/__pycache__/gone.dots.cpython-314t.pyc":             "orphan with a dot",
		"src/__pycache__/gui.cpython-313.pyc":                    "gui.txt is no source",
		"src/__pycache__/gone.jython-27.pyc":                     "not ours to judge",
		"src/__pycache__/gone.cpython-313-pytest-8.3.2.pyc":      "pytest's",
		"src/__pycache__/gone.cpython-313.pyc.140234":            "a left-over of importlib",
		"src/__pycache__/notes.txt":                              "no cache",
		"src/__pycache__/gone.pyc":                               "no tag",
		"src/__pycache__/sub/gone.cpython-313.pyc":               "not where caches are",
		"src/empty/__pycache__/gone.cpython-313.pyc":             "orphan, alone",
		"src/void/__pycache__/":                                  "",
		"src/excluded/__pycache__/gone.cpython-313.pyc":          "",
		"src/.hidden/__pycache__/gone.cpython-313.pyc":           "",
		"src/skipped.py":                                         "x",
		"src/__pycache__/skipped.cpython-313.pyc":                "its source is not selected, but there",
		"src/empty/__pycache__/.precompile-0123456789abcdef.tmp": "left by a killed run",
		"elsewhere/__pycache__/gone.cpython-313.pyc":             "not selected",
	})
	must(t, os.Symlink("nowhere", "src/__pycache__/link.cpython-313.pyc"))
	must(t, os.Mkdir("src/__pycache__/folder.cpython-313.pyc", 0o777))
	o := Options{
		Selection: Selection{Paths: []string{"src"}, Exclude: []string{"excluded", "skipped.py"}},
		Compilers: []backend.Compiler{fake(t, "3.13.0")},
	}
	before := len(files(t))
	if r := compileAll(t, o); len(r.Pruned) != 0 || len(files(t)) != before+1 {
		t.Errorf("without Prune: %q", outcome(r))
	}
	o.Prune = true
	r := compileAll(t, o)
	equal(t, "outcome", outcome(r), []string{
		"unchanged src/__pycache__/a.cpython-313.pyc",
		"pruned src/__pycache__/gone.cpython-313.pyc",
		"pruned src/__pycache__/gone.cpython-38.opt-1.pyc",
		"pruned src/__pycache__/gone.dots.cpython-314t.pyc",
		"pruned src/__pycache__/gone.pypy310.pyc",
		"pruned src/__pycache__/gui.cpython-313.pyc",
		"pruned src/empty/__pycache__/gone.cpython-313.pyc",
		"cleaned src/empty/__pycache__/.precompile-0123456789abcdef.tmp",
	})
	equal(t, "files", files(t), []string{
		"elsewhere/__pycache__/gone.cpython-313.pyc",
		"src/.hidden/__pycache__/gone.cpython-313.pyc",
		"src/__pycache__/a.cpython-313.pyc",
		"src/__pycache__/a.cpython-39.opt-2.pyc",
		"src/__pycache__/folder.cpython-313.pyc/",
		"src/__pycache__/gone.cpython-313-pytest-8.3.2.pyc",
		"src/__pycache__/gone.cpython-313.pyc.140234",
		"src/__pycache__/gone.jython-27.pyc",
		"src/__pycache__/gone.pyc",
		"src/__pycache__/link.cpython-313.pyc",
		"src/__pycache__/notes.txt",
		"src/__pycache__/skipped.cpython-313.pyc",
		"src/__pycache__/sub/gone.cpython-313.pyc",
		"src/__pycache__/w.cpython-313.pyc",
		"src/a.py",
		"src/empty/",
		"src/excluded/__pycache__/gone.cpython-313.pyc",
		"src/gui.txt",
		"src/only_link.txt",
		"src/skipped.py",
		"src/void/",
		"src/w.pyw",
	})
	if !r.OK() {
		t.Errorf("problems: %v", r.Problems)
	}
}

// What Include selects is a source, whatever its name.
func TestPruneInclude(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "", "src/sub/b.pyi": "", "src/sub/__pycache__/b.cpython-313.pyc": "", "src/sub/__pycache__/c.cpython-313.pyc": ""})
	r := compileAll(t, Options{
		Selection: Selection{Paths: []string{"src"}, Include: []string{"*.py", "sub/*.pyi"}},
		Compilers: []backend.Compiler{fake(t, "3.13.0")}, Prune: true,
	})
	equal(t, "pruned", r.Pruned, []string{"src/sub/__pycache__/c.cpython-313.pyc"})
}

// cacheOf is a file with a header of a version.
func cacheOf(t *testing.T, version string) string {
	m := fake(t, version).Info().Magic
	return string(pyc.NewHeader(m, pyc.CheckedHash, nil, pyc.SourceStamp{}).Append(nil)) + "\xe3"
}

func TestPruneLegacy(t *testing.T) {
	tree(t, map[string]string{
		"src/a.py": "", "src/gone.pyc": cacheOf(t, "3.13.0"), "src/other.pyc": cacheOf(t, "3.12.0"), "src/text.pyc": "no cache",
		"src/__pycache__/gone.cpython-313.pyc": "another layout", "src/sub/gone.pyc": cacheOf(t, "3.13.0"),
	})
	r := compileAll(t, Options{Selection: paths("src"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Layout: LayoutLegacy, Prune: true})
	equal(t, "outcome", outcome(r), []string{"compiled src/a.pyc", "pruned src/gone.pyc", "pruned src/sub/gone.pyc"})
	equal(t, "files", files(t), []string{
		"src/__pycache__/gone.cpython-313.pyc", "src/a.py", "src/a.pyc", "src/other.pyc", "src/sub/", "src/text.pyc",
	})
}

func TestPruneMirror(t *testing.T) {
	dir := tree(t, map[string]string{"src/a.py": "", "src/pkg/b.py": "", "src/gone/deep/c.py": "", "src/.hidden/d.py": "", "lib/e.py": ""})
	o := Options{Selection: paths("src", "src/.hidden", "lib"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, OutDir: "out"}
	compileAll(t, o)
	must(t, errors.Join(os.RemoveAll("src/gone"), os.Remove("src/pkg/b.py"), os.RemoveAll("src/.hidden"), os.RemoveAll("lib")))
	plant(t, map[string]string{"out" + dir + "/src/gone/keep.txt": ""})
	o.Selection = paths("src")
	o.Prune = true
	r := compileAll(t, o)
	m := "out" + dir + "/src/"
	equal(t, "outcome", outcome(r), []string{
		"unchanged " + m + "a.cpython-313.pyc", "pruned " + m + "gone/deep/c.cpython-313.pyc", "pruned " + m + "pkg/b.cpython-313.pyc",
	})
	equal(t, "files", files(t), []string{
		"out" + dir + "/lib/e.cpython-313.pyc",       // not selected any more
		m + ".hidden/d.cpython-313.pyc",              // as src/.hidden is not entered
		m + "a.cpython-313.pyc", m + "gone/keep.txt", // not ours
		"src/a.py", "src/pkg/",
	})
}

func TestPruneLegacyMirror(t *testing.T) {
	tree(t, map[string]string{"p/a.py": "", "p/sub/b.py": "", "q/sub/c.py": "", "q/gone/d.py": "", "tool.py": ""})
	o := Options{Selection: Selection{Paths: []string{"p", "q"}, Files: []string{"tool.py"}}, Compilers: []backend.Compiler{fake(t, "3.13.0")}, Layout: LayoutLegacy, OutDir: "out", Prune: true}
	r := compileAll(t, o)
	equal(t, "first run", outcome(r), []string{
		"compiled out/a.pyc", "compiled out/sub/b.pyc", "compiled out/gone/d.pyc", "compiled out/sub/c.pyc", "compiled out/tool.pyc",
	})
	must(t, errors.Join(os.RemoveAll("q/gone"), os.Remove("p/sub/b.py")))
	before := files(t)
	broken := o
	broken.Selection.Paths = []string{"p", "misspelt"}
	if r = compileAll(t, broken); len(r.Pruned) != 0 {
		t.Errorf("with a root that could not be walked: %q", outcome(r))
	}
	equal(t, "files", files(t), before)
	r = compileAll(t, o)
	equal(t, "pruned", r.Pruned, []string{"out/gone/d.pyc", "out/sub/b.pyc"})
	equal(t, "files", files(t), []string{
		"out/a.pyc", "out/sub/c.pyc", "out/tool.pyc", "p/a.py", "p/sub/", "q/sub/c.py", "tool.py",
	})
}

// A folder that could not be read to its end may hold the source.
func TestPruneIncomplete(t *testing.T) {
	tree(t, map[string]string{"src/__pycache__/a.cpython-313.pyc": ""})
	e, err := newEngine(Options{Selection: paths("src"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Prune: true}, nil)
	must(t, err)
	entries, err := os.ReadDir("src")
	must(t, err)
	for _, incomplete := range []bool{true, false} {
		p := newPruner(e)
		p.folder(folder{path: "src", abs: filepath.Join(t.TempDir(), "src"), entries: entries, incomplete: incomplete})
		if got := p.run(t.Context(), nil); (len(got) == 0) != incomplete {
			t.Errorf("incomplete %v: pruned %q", incomplete, got)
		}
	}
}
