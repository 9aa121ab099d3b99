package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// These tests run the command with the real engine on real files; the compiler
// alone is made up, so that no Python is needed.

// recorder is a compiler whose code says what it was asked for. A source that
// has "!" is a syntax error, one with "?" a warning.
type recorder struct{ info backend.Info }

func (c recorder) Info() backend.Info        { return c.info }
func (c recorder) Close() error              { return nil }
func (c recorder) Identity() (string, error) { return "recorder " + c.info.Target.String(), nil }
func (c recorder) Compile(ctx context.Context, r backend.Request) (backend.Result, error) {
	for n, line := range strings.Split(string(r.Source), "\n") {
		if i := strings.IndexByte(line, '!'); i >= 0 {
			return backend.Result{}, &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: n + 1, Col: i + 1, EndLine: n + 1, EndCol: i + 2, Text: line}
		}
	}
	var warnings []diag.Diagnostic
	if bytes.Contains(r.Source, []byte("?")) {
		warnings = []diag.Diagnostic{{Severity: diag.Warning, Type: "SyntaxWarning", Message: "really", Line: 1}}
	}
	code := fmt.Sprintf("\xe3%s %s -O%d %x", c.info.Target, r.Filename, r.Optimize, sha256.Sum256(r.Source))
	return backend.Result{Code: []byte(code), Warnings: warnings}, nil
}

// site is a folder of files, which is the working folder, and a world with the
// real engine over it.
func site(t *testing.T, files map[string]string) *world {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return onSite()
}

// onSite is another run over the same folder.
func onSite() *world {
	w := newWorld()
	w.engine.run = func(ctx context.Context, o precompile.Options) (*precompile.Report, error) {
		w.ran = &o
		return precompile.Run(ctx, o)
	}
	w.engine.open = func(_ context.Context, o compilerRequest) (backend.Compiler, error) {
		v := o.Target
		if v.Patch == pyc.AnyPatch {
			v.Patch = 7
		}
		m, _ := pyc.MagicOf(v)
		return recorder{backend.Info{Name: "cpython", Target: v, Magic: m, Detail: "/usr/bin/python" + v.Series()}}, nil
	}
	w.engine.openMemo = memo.Open
	w.readFile, w.lstat, w.getwd = os.ReadFile, os.Lstat, os.Getwd
	w.vars["PRECOMPILE_PYTHON"] = "3.13"
	return w
}

// tree lists the files below the working folder that end in .pyc, and what is
// compiled into each.
func tree(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".pyc" {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		words := strings.Fields(string(b[pyc.HeaderSize+1:]))
		out[filepath.ToSlash(path)] = strings.Join(words[:3], " ")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func (w *world) on(t *testing.T, code int, args string) string {
	t.Helper()
	if got := w.app.run(strings.Fields(args)); got != code {
		t.Errorf("precompile %s: exit code %d, want %d\n%s%s", args, got, code, w.out.String(), w.err.String())
	}
	return w.out.String() + w.err.String()
}

var someFiles = map[string]string{
	"src/a.py": "a\n", "src/pkg/b.py": "b\n", "src/pkg/sub/c.py": "c\n", "src/pkg/d.pyw": "d\n", "src/pkg/.hidden/e.py": "e\n",
}

func TestEndToEnd(t *testing.T) {
	for _, c := range []struct {
		args string
		want string // the caches between commas, or "name=what" with what is compiled in
	}{
		{"src", "src/__pycache__/a.cpython-313.pyc=3.13.7 src/a.py -O0,src/pkg/__pycache__/b.cpython-313.pyc=3.13.7 src/pkg/b.py -O0,src/pkg/sub/__pycache__/c.cpython-313.pyc"},
		{"./src --no-recurse", "src/__pycache__/a.cpython-313.pyc=3.13.7 ./src/a.py -O0"},
		{"src --exclude pkg", "src/__pycache__/a.cpython-313.pyc"},
		// What docs/cli.md says of compileall's -r 1.
		{"src --exclude */*/*", "src/__pycache__/a.cpython-313.pyc,src/pkg/__pycache__/b.cpython-313.pyc"},
		{"src --include *.pyw", "src/pkg/__pycache__/d.cpython-313.pyc"},
		{"src/**/c.py", "src/pkg/sub/__pycache__/c.cpython-313.pyc"},
		{"src/a.py --python 3.12,3.14.1 -O 0,2", "src/__pycache__/a.cpython-312.opt-2.pyc=3.12.7 src/a.py -O2,src/__pycache__/a.cpython-312.pyc,src/__pycache__/a.cpython-314.opt-2.pyc,src/__pycache__/a.cpython-314.pyc=3.14.1 src/a.py -O0"},
		{"src/a.py --layout legacy", "src/a.pyc"},
		{"src --layout legacy --out-dir out", "out/a.pyc,out/pkg/b.pyc,out/pkg/sub/c.pyc"},
		{"src/a.py --strip-prefix src --prepend-prefix /app", "src/__pycache__/a.cpython-313.pyc=3.13.7 /app/a.py -O0"},
		{"--files-from list", "src/__pycache__/a.cpython-313.pyc,src/pkg/__pycache__/d.cpython-313.pyc"},
	} {
		w := site(t, someFiles)
		if err := os.WriteFile("list", []byte("src/a.py\nsrc/pkg/d.pyw\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		w.on(t, exitOK, c.args)
		got := tree(t)
		var names []string
		for name := range got {
			names = append(names, name)
		}
		slices.Sort(names)
		var want []string
		for _, item := range strings.Split(c.want, ",") {
			name, what, says := strings.Cut(item, "=")
			want = append(want, name)
			if says && got[name] != what {
				t.Errorf("%s: %s is of %q, want %q", c.args, name, got[name], what)
			}
		}
		if !slices.Equal(names, want) {
			t.Errorf("%s:\ngot  %q\nwant %q", c.args, names, want)
		}
	}
}

func TestEndToEndOutDir(t *testing.T) {
	w := site(t, someFiles)
	cwd, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	w.on(t, exitOK, "src/a.py --out-dir "+filepath.Join(cwd, "out"))
	want := filepath.Join(cwd, "out", cwd, "src", "a.cpython-313.pyc")
	if _, err := os.Stat(want); err != nil {
		t.Error(err)
	}
}

// TestEndToEndAgain is the life of a tree: up to date, touched, forced, pruned.
func TestEndToEndAgain(t *testing.T) {
	w := site(t, someFiles)
	contains(t, "the first run", w.on(t, exitOK, "src"), "3 files: 3 compiled, 0 unchanged (Python 3.13.7 from PRECOMPILE_PYTHON, CPython /usr/bin/python3.13, checked-hash, ")
	contains(t, "the second run", onSite().on(t, exitOK, "src"), "3 files: 0 compiled, 3 unchanged")
	contains(t, "another mode", onSite().on(t, exitOK, "src --invalidation unchecked-hash"), "3 files: 3 compiled, 0 unchanged", "unchecked-hash")
	contains(t, "forced", onSite().on(t, exitOK, "src --force --invalidation unchecked-hash -v"), "unchanged  src/a.py")
	contains(t, "timestamps", onSite().on(t, exitOK, "src --invalidation timestamp"), "3 compiled")
	contains(t, "timestamps again", onSite().on(t, exitOK, "src --invalidation timestamp"), "3 unchanged")
	if err := os.Remove("src/pkg/b.py"); err != nil {
		t.Fatal(err)
	}
	contains(t, "without prune", onSite().on(t, exitOK, "src --invalidation timestamp"), "2 unchanged (")
	contains(t, "prune", onSite().on(t, exitOK, "src --invalidation timestamp --prune -v"), "1 pruned", "pruned     src/pkg/__pycache__/b.cpython-313.pyc")
	if got := tree(t); len(got) != 2 {
		t.Errorf("left: %v", got)
	}
}

func TestEndToEndDeleteSource(t *testing.T) {
	w := site(t, someFiles)
	contains(t, "the output", w.on(t, exitOK, "src --layout legacy --delete-source"), "3 deleted")
	if _, err := os.Stat("src/a.py"); !os.IsNotExist(err) {
		t.Errorf("the source is there: %v", err)
	}
	if got := tree(t); len(got) != 3 || got["src/a.pyc"] == "" {
		t.Errorf("caches: %v", got)
	}
}

func TestEndToEndFaults(t *testing.T) {
	files := map[string]string{"src/a.py": "ok\n", "src/b.py": "x = !\n", "src/vendor/c.py": "!!\n", "src/w.py": "?\n"}
	w := site(t, files)
	w.on(t, exitFailed, "src -j 2 --ignore-errors vendor/**")
	want := "src/b.py:1:5: SyntaxError: invalid syntax\n  1 | x = !\n    |     ^\n" +
		"src/vendor/c.py:1:1: SyntaxError: invalid syntax (tolerated)\n" +
		"src/w.py:1: SyntaxWarning: really\n"
	if got := w.err.String(); got != want {
		t.Errorf("standard error:\n%s\nwant\n%s", got, want)
	}
	contains(t, "the summary", w.out.String(), "4 files: 2 compiled, 0 unchanged, 1 failed, 1 tolerated, 1 warning (")

	w = site(t, files)
	w.on(t, exitFailed, "src -j 1 --fail-fast")
	contains(t, "fail-fast", w.err.String(), "SyntaxError")
	w = site(t, files)
	w.on(t, exitOK, "src -q --ignore-errors [bc].py")
	if w.out.Len()+w.err.Len() > 0 {
		t.Errorf("-q tells %s%s", w.out.String(), w.err.String())
	}
	w = site(t, files)
	w.on(t, exitFailed, "src --format json")
	var doc struct {
		Summary struct{ Failed, Compiled, Files, Warnings int }
		Caches  []struct {
			Source, Status string
			Fault          *struct{ Line, Column int }
		}
	}
	if err := json.Unmarshal(w.out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Summary.Failed != 2 || doc.Summary.Compiled != 2 || doc.Summary.Files != 4 || doc.Summary.Warnings != 1 || doc.Caches[1].Fault == nil || doc.Caches[1].Fault.Column != 5 {
		t.Errorf("document: %+v", doc)
	}
	w = site(t, files)
	contains(t, "github", w.on(t, exitFailed, "src --format github"), "::error file=src/b.py,line=1,col=5,endColumn=6,title=SyntaxError::invalid syntax\n")
}

func TestEndToEndEpoch(t *testing.T) {
	w := site(t, someFiles)
	w.vars["SOURCE_DATE_EPOCH"] = "1000000000"
	w.on(t, exitOK, "src --invalidation timestamp")
	info, err := os.Stat("src/__pycache__/a.cpython-313.pyc")
	if err != nil {
		t.Fatal(err)
	}
	if got := info.ModTime(); !got.Equal(time.Unix(1000000000, 0)) {
		t.Errorf("written %s", got)
	}
	b, err := os.ReadFile("src/__pycache__/a.cpython-313.pyc")
	if err != nil {
		t.Fatal(err)
	}
	if h, err := pyc.ParseHeader(b); err != nil || h.MTime != 1000000000 {
		t.Errorf("the header says %d, %v", h.MTime, err)
	}
}

func TestEndToEndFollowSymlinks(t *testing.T) {
	w := site(t, someFiles)
	if err := os.Symlink("pkg", "src/link"); err != nil {
		t.Skip(err)
	}
	w.on(t, exitOK, "src --follow-symlinks --exclude /pkg")
	if got := tree(t); got["src/pkg/sub/__pycache__/c.cpython-313.pyc"] == "" {
		t.Errorf("caches: %v", got)
	}
	w = site(t, someFiles)
	if err := os.Symlink("..", "src/up"); err != nil {
		t.Skip(err)
	}
	w.on(t, exitOK, "src --follow-symlinks")
	if got := tree(t); len(got) != 3 {
		t.Errorf("with a link that leads out: %v", got)
	}
}

// TestEndToEndPathsThatDoNotExist: a path that is not there fails the run, and
// what else was named is compiled.
func TestEndToEndPathsThatDoNotExist(t *testing.T) {
	w := site(t, someFiles)
	out := w.on(t, exitFailed, "src gone no/*.py")
	contains(t, "the output", out, "gone: error: no such file or directory", "no/*.py: error: matches nothing", "3 compiled", "2 problems")
	w = site(t, someFiles)
	contains(t, "a bad glob", w.on(t, exitUsage, "src --exclude [x"), `"[x" is not a well-formed glob`)
}
