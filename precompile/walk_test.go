package precompile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/diag"
)

// walked is what a walk tells, one line a call: sources as "path", problems as
// "problem path: message", links as "passed over path".
func walked(t *testing.T, sel Selection) []string {
	t.Helper()
	got := []string{}
	seen := map[string]bool{}
	err := walk(t.Context(), sel, visitor{
		source: func(s source) error {
			if s.path == "" || s.rel == "" || !filepath.IsAbs(s.abs) || filepath.Clean(s.abs) != s.abs || seen[s.abs] {
				t.Errorf("source %+v", s)
			}
			seen[s.abs] = true
			got = append(got, s.path)
			return nil
		},
		problem:    func(d diag.Diagnostic) { got = append(got, "problem "+d.Path+": "+d.Message) },
		passedOver: func(p string) { got = append(got, "passed over "+p) },
	})
	must(t, err)
	return got
}

func TestWalk(t *testing.T) {
	tree(t, map[string]string{
		"src/a.py": "", "src/b.txt": "", "src/pkg/c.py": "", "src/pkg/d.py": "", "src/pkg-x/e.py": "", "src/pkg/deep/f.py": "",
		"src/.venv/g.py": "", "src/__pycache__/h.py": "", "src/node_modules/i.py": "", "src/.j.py": "", "src/k.pyi": "",
		"src/tests/l.py": "", "src/pkg/tests/m.py": "", "other/n.py": "", "[odd]/o.py": "",
	})
	for _, tt := range []struct {
		name string
		sel  Selection
		want string
	}{
		{"folder", paths("src"), "src/.j.py src/a.py src/pkg-x/e.py src/pkg/c.py src/pkg/d.py src/pkg/deep/f.py src/pkg/tests/m.py src/tests/l.py"},
		{"spelling", paths("./src/pkg-x/"), "./src/pkg-x/e.py"},
		{"dot", paths("other/../other"), "other/../other/n.py"},
		{"no recursion", Selection{Paths: []string{"src"}, NoRecurse: true}, "src/.j.py src/a.py"},
		{"file", paths("src/b.txt", "src/a.py"), "src/b.txt src/a.py"},
		{"twice", paths("src/pkg/c.py", "src/pkg", "./src/pkg"), "src/pkg/c.py src/pkg/d.py src/pkg/deep/f.py src/pkg/tests/m.py"},
		{"hidden folder, named", paths("src/.venv", "src/__pycache__"), "src/.venv/g.py src/__pycache__/h.py"},
		{"include", Selection{Paths: []string{"src"}, Include: []string{"*.pyi", "pkg/*.py"}}, "src/k.pyi src/pkg/c.py src/pkg/d.py"},
		{"exclude name", Selection{Paths: []string{"src"}, Exclude: []string{"tests", "c.py", ".*"}}, "src/a.py src/pkg-x/e.py src/pkg/d.py src/pkg/deep/f.py"},
		{"exclude path", Selection{Paths: []string{"src"}, Exclude: []string{"/tests", "pkg/**", "pkg-x/"}}, "src/.j.py src/a.py"},
		{"exclude wins", Selection{Paths: []string{"src"}, Include: []string{"a.py"}, Exclude: []string{"a.*"}}, ""},
		{"exclude a named file", Selection{Paths: []string{"src/a.py", "src/pkg/c.py"}, Exclude: []string{"pkg"}}, "src/a.py"},
		{"files take no filter", Selection{Files: []string{"src/pkg/c.py", "src/b.txt"}, Exclude: []string{"*"}}, "src/pkg/c.py src/b.txt"},
		{"glob", paths("src/*/c.py"), "src/pkg/c.py"},
		{"glob of folders", paths("src/pk*"), "src/pkg-x/e.py src/pkg/c.py src/pkg/d.py src/pkg/deep/f.py src/pkg/tests/m.py"},
		{"double star", paths("**/tests/*.py"), "src/pkg/tests/m.py src/tests/l.py"},
		{"braces", paths("{src/pkg-x,other}/*.py"), "other/n.py src/pkg-x/e.py"},
		{"glob, not recursive", Selection{Paths: []string{"src/p*g"}, NoRecurse: true}, "src/pkg/c.py src/pkg/d.py"},
		{"a path that is there is no glob", paths("[odd]"), "[odd]/o.py"},
		{"nothing", Selection{}, ""},
	} {
		equal(t, tt.name, walked(t, tt.sel), strings.Fields(tt.want))
	}
	equal(t, "problems", walked(t, Selection{Paths: []string{"missing", "", "no*thing", "missing/*", "src/*.txt"}, Files: []string{""}}), []string{
		"problem missing: no such file or directory",
		"problem : an empty path",
		"problem no*thing: matches nothing that is selected",
		"problem missing/*: matches nothing: missing/: no such file or directory",
		"problem src/*.txt: matches nothing that is selected",
		"problem : an empty file name",
	})
}

// Files are missing only once they are opened.
func TestWalkFilesAreNotLookedAt(t *testing.T) {
	tree(t, nil)
	equal(t, "files", walked(t, Selection{Files: []string{"gone.py", "*.py"}}), []string{"gone.py", "*.py"})
}

func TestWalkLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs symbolic links")
	}
	tree(t, map[string]string{"outside/o.py": "", "src/pkg/a.py": "", "src/z.py": ""})
	for link, target := range map[string]string{
		"src/in.py": "z.py", "src/out.py": "../outside/o.py", "src/dangling.py": "nowhere", "src/loop.py": "loop.py",
		"src/pkg/up": "..", "src/alias": "pkg", "src/away": "../outside", "root": "src", "src/text": "z.py",
	} {
		must(t, os.Symlink(target, link))
	}
	passed := []string{"passed over src/dangling.py", "src/in.py", "passed over src/loop.py", "passed over src/out.py", "src/pkg/a.py", "src/z.py"}
	equal(t, "not followed", walked(t, paths("src")), passed)
	followed := slices.Concat(passed, []string{"passed over src/away"})
	slices.Sort(followed)
	got := walked(t, Selection{Paths: []string{"src"}, FollowSymlinks: true})
	slices.Sort(got)
	equal(t, "followed, each folder once", got, followed)
	// A link that is named may lead anywhere, and is the root then.
	equal(t, "named", walked(t, Selection{Paths: []string{"root/away", "src/out.py"}, FollowSymlinks: true}), []string{"root/away/o.py", "src/out.py"})
	// A link that is met before what it leads to does not take its place.
	equal(t, "named root", walked(t, paths("root/pkg")), []string{"root/pkg/a.py"})
	must(t, os.MkdirAll("t/hidden/.real", 0o777))
	plant(t, map[string]string{"t/hidden/.real/b.py": ""})
	must(t, os.Symlink("hidden/.real", "t/shown"))
	equal(t, "to a folder that is passed over", walked(t, Selection{Paths: []string{"t"}, FollowSymlinks: true}), []string{"t/shown/b.py"})
}

func TestWalkFolders(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "", "src/sub/b.txt": "", "src/.git/c.py": "", "one/x/d.py": "", "one/y": ""})
	var got []string
	for _, sel := range []Selection{paths("src", "./src", "src/sub"), paths("one/*"), paths("src/a.py")} {
		must(t, walk(t.Context(), sel, visitor{
			source: func(source) error { return nil },
			folder: func(f folder) {
				got = append(got, f.path)
				if f.incomplete || !filepath.IsAbs(f.abs) || len(f.entries) == 0 {
					t.Errorf("folder %+v", f)
				}
				if f.enters(".git") || f.enters("__pycache__") || !f.enters("new") {
					t.Errorf("%s: enters", f.path)
				}
			},
		}))
	}
	equal(t, "folders", got, []string{"src", "src/sub", "one/x"})
}

func TestWalkErrors(t *testing.T) {
	tree(t, map[string]string{"a.py": "", "b.py": ""})
	stop := errors.New("stop")
	calls := 0
	err := walk(t.Context(), paths("."), visitor{source: func(source) error { calls++; return stop }})
	if err != stop || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, sel := range []Selection{paths("."), {Files: []string{"a.py"}}, {}} {
		if err := walk(ctx, sel, visitor{source: func(source) error { t.Error("a source"); return nil }}); err != context.Canceled {
			t.Errorf("%+v: %v", sel, err)
		}
	}
	var oe *OptionsError
	for _, sel := range []Selection{{Include: []string{"["}}, {Exclude: []string{"{a"}}, {Exclude: []string{"/"}}} {
		if err := walk(t.Context(), sel, visitor{}); !errors.As(err, &oe) {
			t.Errorf("%+v: %v", sel, err)
		}
	}
	equal(t, "glob that is none", walked(t, paths("a{")), []string{"problem a{: not a well-formed glob"})
}

// Names are ordered as the bytes of whole paths, so that the order of a folder
// and that of a sorted report are the same.
func TestWalkOrder(t *testing.T) {
	names := []string{"a.py", "a/b.py", "a-b/c.py", "a0.py", "a/b/c.py", "a/b-c.py", "A.py", "\xff.py", "é.py", "a b.py", "a!/x.py"}
	many := map[string]string{}
	for _, n := range names {
		many[n] = ""
	}
	tree(t, many)
	got := walked(t, paths("."))
	for i := range got {
		got[i] = strings.TrimPrefix(got[i], "./")
	}
	slices.Sort(names)
	equal(t, "order", got, names)
}

func TestNaming(t *testing.T) {
	s := source{path: "src/pkg/a.b.py", rel: "pkg/a.b.py", abs: "/work/src/pkg/a.b.py"}
	for _, tt := range []struct {
		n        naming
		s        source
		optimize int
		want     string
	}{
		{naming{}, s, 0, "src/pkg/__pycache__/a.b.cpython-313.pyc"},
		{naming{}, s, 2, "src/pkg/__pycache__/a.b.cpython-313.opt-2.pyc"},
		{naming{}, source{path: "a.py", rel: "a.py", abs: "/work/a.py"}, 0, "__pycache__/a.cpython-313.pyc"},
		{naming{}, source{path: "/a.py", rel: "a.py", abs: "/a.py"}, 0, "/__pycache__/a.cpython-313.pyc"},
		{naming{}, source{path: ".//p///a.py", rel: "a.py", abs: "/work/p/a.py"}, 0, ".//p/__pycache__/a.cpython-313.pyc"},
		{naming{outDir: "out"}, s, 1, "out/work/src/pkg/a.b.cpython-313.opt-1.pyc"},
		{naming{outDir: "/out/"}, s, 0, "/out/work/src/pkg/a.b.cpython-313.pyc"},
		{naming{layout: LayoutLegacy}, s, 2, "src/pkg/a.b.pyc"},
		{naming{layout: LayoutLegacy}, source{path: "tool", rel: "tool", abs: "/work/tool"}, 0, "tool.pyc"},
		{naming{layout: LayoutLegacy, outDir: "out"}, s, 0, "out/pkg/a.b.pyc"},
		{naming{layout: LayoutLegacy, outDir: "out"}, source{path: "x/a.py", rel: "a.py", abs: "/work/x/a.py"}, 0, "out/a.pyc"},
	} {
		if got := tt.n.cachePath(tt.s, "cpython-313", tt.optimize); filepath.ToSlash(got) != tt.want {
			t.Errorf("%+v, %s, level %d: %s, want %s", tt.n, tt.s.path, tt.optimize, got, tt.want)
		}
	}
}

// The names that are compiled in, as those of `compileall -s -p` are but for the
// differences that naming.filename documents.
func TestNamingFilename(t *testing.T) {
	for _, tt := range []struct{ strip, prepend, path, want string }{
		{"", "", "./src//a.py", "./src//a.py"},
		{"src", "", "src/a.py", "a.py"},
		{"./src/", "", "src/a.py", "a.py"},
		{"src", "", "./src/pkg/a.py", "pkg/a.py"},
		{"src/a", "", "src/ab.py", ""},
		{"src", "", "lib/a.py", ""},
		{"src/a.py", "", "src/a.py", ""},
		{".", "", "src/a.py", "src/a.py"},
		{".", "", "/src/a.py", ""},
		{"/", "", "/src/a.py", "src/a.py"},
		{"/build/root", "/", "/build/root/usr/a.py", "/usr/a.py"},
		{"/build/root", "", "/build/root/usr/a.py", "usr/a.py"},
		{"", "/usr/lib", "a.py", "/usr/lib/a.py"},
		{"", "/usr/lib/", "/a.py", "/usr/lib/a.py"},
		{"src", "pkg", "src/a.py", "pkg/a.py"},
		{"..", "", "../a.py", "a.py"},
	} {
		got, err := naming{strip: tt.strip, prepend: tt.prepend}.filename(source{path: tt.path})
		if got != tt.want || (err == nil) != (tt.want != "") {
			t.Errorf("strip %q, prepend %q: %q gives %q, %v; want %q", tt.strip, tt.prepend, tt.path, got, err, tt.want)
		}
	}
}

func TestGlobs(t *testing.T) {
	for _, tt := range []struct {
		pattern, rel string
		folder, want bool
	}{
		{"*.py", "a/b.py", false, true},
		{"*.py", "a/b.pyc", false, false},
		{"b.py", "a/b.py", false, true},
		{"/b.py", "a/b.py", false, false},
		{"/b.py", "b.py", false, true},
		{"a/*.py", "a/b.py", false, true},
		{"a/*.py", "a/b/c.py", false, false},
		{"a/**", "a/b/c.py", false, true},
		{"./a/b.py", "a/b.py", false, true},
		{"**/b.py", "b.py", false, true},
		{"a/", "a", true, true},
		{"a/", "a", false, false},
		{"a/", "x/a", true, true},
		{"x/a/", "x/a", true, true},
		{"[ab].py", "b.py", false, true},
		{"{a,b}.py", "c.py", false, false},
		{"*", "a", true, true},
		{`\*.py`, "*.py", false, true},
		{`\*.py`, "a.py", false, false},
		{`*\.py`, "a.py", false, true},
		{"*é.py", "caf\u00e9.py", false, true},
	} {
		gs, err := newGlobs("exclude", []string{"never", tt.pattern})
		must(t, err)
		if got := gs.match(tt.rel, tt.folder); got != tt.want {
			t.Errorf("%q matches %q: %v, want %v", tt.pattern, tt.rel, got, tt.want)
		}
	}
	gs, err := newGlobs("exclude", []string{"vendor", "gen/"})
	must(t, err)
	for rel, want := range map[string]bool{"vendor/a.py": true, "x/vendor/y/a.py": true, "vendor": true, "gen": false, "gen/a.py": true, "a.py": false} {
		if got := gs.matchBelow(rel); got != want {
			t.Errorf("%q: %v, want %v", rel, got, want)
		}
	}
}
