//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package precompile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

func TestRunWritesHeaderAndCode(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "x = 1\n", "src/pkg/b.py": "warn\n", "src/notes.txt": ""})
	c := fake(t, "3.13.0")
	r := compileAll(t, Options{Selection: paths("src"), Compilers: []backend.Compiler{c}})
	equal(t, "outcome", outcome(r), []string{
		"compiled src/__pycache__/a.cpython-313.pyc",
		"compiled src/pkg/__pycache__/b.cpython-313.pyc",
	})
	if r.Sources != 2 || !r.OK() || len(r.Compilers) != 1 || r.Compilers[0].Name != "fake" {
		t.Errorf("report: %+v", r)
	}
	if w := r.Caches[1].Warnings; len(w) != 1 || w[0].Path != "src/pkg/b.py" {
		t.Errorf("warnings: %v", w)
	}
	got, err := os.ReadFile("src/__pycache__/a.cpython-313.pyc")
	must(t, err)
	src := []byte("x = 1\n")
	want := pyc.NewHeader(c.Info().Magic, pyc.CheckedHash, src, pyc.SourceStamp{}).Append(nil)
	want = append(want, fakeCode(backend.Request{Source: src, Filename: "src/a.py"}, c.target, 0)...)
	if !bytes.Equal(got, want) {
		t.Errorf("cache:\n got %q\nwant %q", got, want)
	}
}

// The second run compiles nothing and touches no file.
func TestRunUpToDate(t *testing.T) {
	for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash, pyc.Timestamp} {
		t.Run(mode.String(), func(t *testing.T) {
			tree(t, map[string]string{"a.py": "x = 1\n", "b.py": ""})
			c13, c14 := fake(t, "3.13.0"), fake(t, "3.14.0")
			o := Options{Selection: paths("."), Compilers: []backend.Compiler{c14, c13}, Optimize: []int{2, 0, 2}, Mode: mode}
			r := compileAll(t, o)
			equal(t, "first run", outcome(r), []string{
				"compiled ./__pycache__/a.cpython-314.pyc", "compiled ./__pycache__/a.cpython-314.opt-2.pyc",
				"compiled ./__pycache__/a.cpython-313.pyc", "compiled ./__pycache__/a.cpython-313.opt-2.pyc",
				"compiled ./__pycache__/b.cpython-314.pyc", "compiled ./__pycache__/b.cpython-314.opt-2.pyc",
				"compiled ./__pycache__/b.cpython-313.pyc", "compiled ./__pycache__/b.cpython-313.opt-2.pyc",
			})
			before := identities(t)
			calls := c13.calls.Load()
			if r = compileAll(t, o); r.Count(Unchanged) != 8 || c13.calls.Load() != calls {
				t.Errorf("second run: %q, %d calls", outcome(r), c13.calls.Load()-calls)
			}
			o.Force = true
			if r = compileAll(t, o); r.Count(Unchanged) != 8 || c13.calls.Load() == calls {
				t.Errorf("forced run: %q, %d calls", outcome(r), c13.calls.Load()-calls)
			}
			if after := identities(t); !slices.Equal(before, after) {
				t.Errorf("files were touched:\nbefore %q\n after %q", before, after)
			}
		})
	}
}

// identities lists the caches with inode and time.
func identities(t *testing.T) (out []string) {
	for _, f := range files(t) {
		if filepath.Ext(f) == ".pyc" {
			info, err := os.Stat(f)
			must(t, err)
			out = append(out, fmt.Sprint(f, info.Sys().(*syscall.Stat_t).Ino, info.ModTime()))
		}
	}
	return out
}

// What makes a cache stale, one reason a time.
func TestRunStale(t *testing.T) {
	const cache = "__pycache__/a.cpython-313.pyc"
	old := time.Unix(1_600_000_000, 0)
	for _, tt := range []struct {
		name  string
		mode  pyc.Mode
		spoil func(t *testing.T)
		want  Status
	}{
		{"nothing", pyc.CheckedHash, func(*testing.T) {}, Unchanged},
		{"source changed", pyc.CheckedHash, func(t *testing.T) { plant(t, map[string]string{"a.py": "y"}) }, Compiled},
		{"source changed, unchecked", pyc.UncheckedHash, func(t *testing.T) { plant(t, map[string]string{"a.py": "y"}) }, Compiled},
		{"source touched, hash", pyc.CheckedHash, func(t *testing.T) { must(t, os.Chtimes("a.py", old, old)) }, Unchanged},
		{"source touched, timestamp", pyc.Timestamp, func(t *testing.T) { must(t, os.Chtimes("a.py", old, old)) }, Compiled},
		{"other magic", pyc.CheckedHash, func(t *testing.T) { poke(t, cache, 0, 0xff) }, Compiled},
		{"other mode", pyc.CheckedHash, func(t *testing.T) { poke(t, cache, 4, 1) }, Compiled},
		{"other mode, unchecked", pyc.UncheckedHash, func(t *testing.T) { poke(t, cache, 4, 3) }, Compiled},
		{"other hash", pyc.UncheckedHash, func(t *testing.T) { poke(t, cache, 9, 0xee) }, Compiled},
		{"empty", pyc.CheckedHash, func(t *testing.T) { must(t, os.Truncate(cache, 0)) }, Compiled},
		{"cut in the header", pyc.CheckedHash, func(t *testing.T) { must(t, os.Truncate(cache, 10)) }, Compiled},
		{"cut after the header", pyc.CheckedHash, func(t *testing.T) { must(t, os.Truncate(cache, 16)) }, Compiled},
		{"zeros for a body", pyc.CheckedHash, func(t *testing.T) { poke(t, cache, 16, 0) }, Compiled},
		{"gone", pyc.CheckedHash, func(t *testing.T) { must(t, os.Remove(cache)) }, Compiled},
		{"folder gone", pyc.Timestamp, func(t *testing.T) { must(t, os.RemoveAll("__pycache__")) }, Compiled},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree(t, map[string]string{"a.py": "x"})
			o := Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Mode: tt.mode}
			compileAll(t, o)
			good, err := os.ReadFile(cache)
			must(t, err)
			tt.spoil(t)
			if r := compileAll(t, o); r.Caches[0].Status != tt.want {
				t.Errorf("%q, want %s", outcome(r), tt.want)
			}
			// Where the source is as it was, so is the cache in the end.
			changed := strings.HasPrefix(tt.name, "source") && tt.want == Compiled
			if now, _ := os.ReadFile(cache); bytes.Equal(now, good) == changed {
				t.Errorf("the cache is %q, was %q", now, good)
			}
			if r := compileAll(t, o); r.Caches[0].Status != Unchanged {
				t.Errorf("afterwards: %q", outcome(r))
			}
		})
	}
}

func poke(t *testing.T, path string, at int64, b byte) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = f.WriteAt([]byte{b}, at)
	must(t, errors.Join(err, f.Close()))
}

// A damaged body behind a right header is not seen, but Force mends it.
func TestRunForceMends(t *testing.T) {
	tree(t, map[string]string{"a.py": "x"})
	const cache = "__pycache__/a.cpython-313.pyc"
	o := Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}}
	compileAll(t, o)
	good, err := os.ReadFile(cache)
	must(t, err)
	poke(t, cache, 30, 0)
	if r := compileAll(t, o); r.Caches[0].Status != Unchanged {
		t.Errorf("without Force: %q", outcome(r))
	}
	o.Force = true
	if r := compileAll(t, o); r.Caches[0].Status != Compiled {
		t.Errorf("with Force: %q", outcome(r))
	}
	if now, _ := os.ReadFile(cache); !bytes.Equal(now, good) {
		t.Errorf("the cache is %q, want %q", now, good)
	}
}

func TestRunFaults(t *testing.T) {
	tree(t, map[string]string{
		"a.py": "fine", "bad/b.py": "syntax error", "c.py": "crash", "d.py": "panic", "e.py": "nothing", "third_party/f.py": "syntax error",
	})
	o := Options{
		Selection: paths("."), Compilers: []backend.Compiler{fake(t, "3.13.0")}, IgnoreErrors: []string{"third_party/"}, Jobs: 3,
	}
	r := compileAll(t, o)
	equal(t, "outcome", outcome(r), []string{
		"compiled ./__pycache__/a.cpython-313.pyc",
		"failed ./bad/__pycache__/b.cpython-313.pyc: invalid syntax",
		"failed ./__pycache__/c.cpython-313.pyc: the interpreter crashed: signal 11",
		"failed ./__pycache__/d.cpython-313.pyc: internal error: the fake compiler panicked: index out of range",
		"failed ./__pycache__/e.cpython-313.pyc: internal error: the fake compiler returned 0 bytes that are no code object",
		"tolerated ./third_party/__pycache__/f.cpython-313.pyc: invalid syntax",
	})
	if f := r.Caches[1].Fault; f.Path != "./bad/b.py" || f.Type != "SyntaxError" || f.Line != 1 || f.Col != 8 {
		t.Errorf("fault: %+v", f)
	}
	if r.OK() {
		t.Error("OK with faults")
	}
	// No folder was made for what failed.
	if _, err := os.Stat("bad/__pycache__"); err == nil {
		t.Error("bad/__pycache__ was made")
	}
	o.IgnoreErrors = []string{"*.py"}
	if r := compileAll(t, o); !r.OK() || r.Count(Tolerated) != 5 {
		t.Errorf("all tolerated: %q", outcome(r))
	}
}

// A source with a fault keeps the cache that it had.
func TestRunFaultKeepsOldCache(t *testing.T) {
	tree(t, map[string]string{"a.py": "x"})
	o := Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}}
	compileAll(t, o)
	good, err := os.ReadFile("__pycache__/a.cpython-313.pyc")
	must(t, err)
	plant(t, map[string]string{"a.py": "syntax error"})
	compileAll(t, o)
	if now, _ := os.ReadFile("__pycache__/a.cpython-313.pyc"); !bytes.Equal(now, good) {
		t.Errorf("the cache is %q", now)
	}
}

func TestRunFailFast(t *testing.T) {
	many := map[string]string{"a.py": "syntax error"}
	for i := range 2000 {
		many[fmt.Sprintf("b%d.py", i)] = "x"
	}
	tree(t, many)
	c := fake(t, "3.13.0")
	c.delay = time.Millisecond
	r := compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{c}, FailFast: true, Jobs: 2})
	if r.OK() || r.Count(Failed) != 1 || len(r.Caches) > 1000 {
		t.Errorf("%d failed of %d", r.Count(Failed), len(r.Caches))
	}
	r = compileAll(t, Options{Selection: paths("a.py", "missing", "b1.py"), Compilers: []backend.Compiler{c}, FailFast: true, IgnoreErrors: []string{"a.py"}})
	if len(r.Problems) != 1 {
		t.Errorf("a missing path: %q", outcome(r))
	}
}

func TestRunCancelled(t *testing.T) {
	many := map[string]string{}
	for i := range 500 {
		many[fmt.Sprintf("b%d.py", i)] = "x"
	}
	tree(t, many)
	ctx, cancel := context.WithCancel(t.Context())
	c := fake(t, "3.13.0")
	c.delay = time.Millisecond
	c.hook = func(backend.Request) {
		if c.calls.Load() >= 50 { // each looks after it has counted itself, so all may find more than 50
			cancel()
		}
	}
	o := Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Jobs: 4, Prune: true}
	r, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) || r == nil {
		t.Fatalf("Run: %v, %v", r, err)
	}
	if r.Count(Failed) != 0 || r.Count(Compiled) == 0 || r.Count(Compiled) > 54 {
		t.Errorf("%d compiled, %d failed", r.Count(Compiled), r.Count(Failed))
	}
	checkWhole(t, r.Count(Compiled))
	if r, err = Run(ctx, o); !errors.Is(err, context.Canceled) || len(r.Caches) != 0 {
		t.Errorf("with a context that has ended: %v, %v", r, err)
	}
}

// checkWhole checks that there are n caches, each whole, and no other file.
func checkWhole(t testing.TB, n int) {
	t.Helper()
	caches := 0
	for _, f := range files(t) {
		switch {
		case atomicfile.IsTemp(filepath.Base(f)):
			t.Errorf("a temporary file is left: %s", f)
		case filepath.Ext(f) == ".pyc":
			caches++
			cache, err := os.ReadFile(f)
			must(t, err)
			name, _ := pyc.ParseCacheName(filepath.Base(f))
			src, err := os.ReadFile(filepath.Join(filepath.Dir(filepath.Dir(f)), name.Stem+".py"))
			must(t, err)
			h, err := pyc.ParseHeader(cache)
			if err != nil || h.Hash != pyc.SourceHash(h.Magic, src) || len(cache) <= pyc.HeaderSize {
				t.Errorf("%s: %v, %d bytes", f, err, len(cache))
			}
		}
	}
	if caches != n {
		t.Errorf("%d caches, want %d", caches, n)
	}
}

// The report and the bytes are the same whatever Jobs is.
func TestRunDeterministic(t *testing.T) {
	many := map[string]string{"z/bad.py": "syntax error", "a-b/c.py": "", "a/c.py": "", "a.py": ""}
	for i := range 100 {
		many[fmt.Sprintf("d%d/m%d.py", i%7, i)] = strings.Repeat("x", i)
	}
	var want []string
	for _, jobs := range []int{0, 1, 2, 16} {
		tree(t, many)
		r := compileAll(t, Options{Selection: paths("z", ".", "a"), Compilers: []backend.Compiler{fake(t, "3.13.0"), fake(t, "pypy3.11.15")}, Jobs: jobs})
		got := outcome(r)
		for _, f := range files(t) {
			b, err := os.ReadFile(f)
			must(t, err)
			got = append(got, f+string(b))
		}
		if want == nil {
			want = got
		}
		equal(t, fmt.Sprint(jobs, " jobs"), got, want)
		if !slices.IsSortedFunc(r.Caches, func(a, b CacheReport) int { return strings.Compare(a.Source, b.Source) }) {
			t.Error("not sorted")
		}
	}
}

func TestRunProgress(t *testing.T) {
	tree(t, map[string]string{"a.py": "", "b.py": "syntax error", "c.py": ""})
	var at atomic.Int32
	var seen []Progress
	r := compileAll(t, Options{
		Selection: paths("."), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Jobs: 3,
		Progress: func(p Progress) {
			if at.Add(1) != 1 {
				t.Error("two calls at once")
			}
			seen = append(seen, p)
			at.Add(-1)
		},
	})
	if len(seen) != 3 || seen[2].Done != 3 || seen[2].Total != r.Sources {
		t.Errorf("progress: %+v", seen)
	}
	for _, p := range seen {
		if p.Failed != (p.Path == "./b.py") {
			t.Errorf("progress: %+v", p)
		}
	}
}

func TestRunPermissionsAndTime(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0o022))
	tree(t, map[string]string{"a.py": "", "script.py": "", "readonly.py": "", "secret.py": ""})
	must(t, os.Chmod("script.py", 0o755))
	must(t, os.Chmod("readonly.py", 0o444))
	must(t, os.Chmod("secret.py", 0o600))
	epoch := time.Unix(1_500_000_000, 0)
	compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{fake(t, "3.13.0")}, SourceDateEpoch: &epoch})
	for name, want := range map[string]os.FileMode{"a": 0o644, "script": 0o644, "readonly": 0o644, "secret": 0o600} {
		info, err := os.Stat("__pycache__/" + name + ".cpython-313.pyc")
		must(t, err)
		if info.Mode() != want || !info.ModTime().Equal(epoch) {
			t.Errorf("%s: %v at %v, want %v at %v", name, info.Mode(), info.ModTime(), want, epoch)
		}
	}
	if info, _ := os.Stat("__pycache__"); info.Mode().Perm() != 0o755 {
		t.Errorf("__pycache__: %v", info.Mode())
	}
}

func TestRunTimestampHeader(t *testing.T) {
	tree(t, map[string]string{"a.py": "xyz"})
	epoch := time.Unix(1_500_000_000, 0)
	for _, tt := range []struct {
		mtime time.Time
		epoch *time.Time
		want  uint32
	}{
		{time.Unix(1_400_000_000, 5), &epoch, 1_400_000_000},
		{time.Unix(1_600_000_000, 5), &epoch, 1_500_000_000},
		{time.Unix(1_600_000_000, 5), nil, 1_600_000_000},
	} {
		must(t, os.Chtimes("a.py", tt.mtime, tt.mtime))
		o := Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Mode: pyc.Timestamp, SourceDateEpoch: tt.epoch}
		compileAll(t, o)
		b, err := os.ReadFile("__pycache__/a.cpython-313.pyc")
		must(t, err)
		h, err := pyc.ParseHeader(b)
		if err != nil || h.Mode != pyc.Timestamp || h.MTime != tt.want || h.Size != 3 {
			t.Errorf("source of %v: header %+v, %v; want %d", tt.mtime, h, err, tt.want)
		}
		if r := compileAll(t, o); r.Count(Unchanged) != 1 {
			t.Errorf("second run: %q", outcome(r))
		}
	}
}

// A cache that is hardlinked elsewhere is replaced, not written through.
func TestRunHardlink(t *testing.T) {
	tree(t, map[string]string{"a.py": "x", "elsewhere.pyc": "theirs", "__pycache__/": ""})
	must(t, os.Link("elsewhere.pyc", "__pycache__/a.cpython-313.pyc"))
	r := compileAll(t, Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}})
	if theirs, _ := os.ReadFile("elsewhere.pyc"); string(theirs) != "theirs" || r.Count(Compiled) != 1 {
		t.Errorf("%q; the other name has %q", outcome(r), theirs)
	}
}

// What is in the place of a cache and is no cache stays.
func TestRunPlaceTaken(t *testing.T) {
	const cache = "__pycache__/a.cpython-313.pyc"
	for _, tt := range []struct {
		name  string
		taken func() error
		want  string
	}{
		{"link", func() error { return os.Symlink("../target", cache) }, "it is a symbolic link"},
		{"dangling link", func() error { return os.Symlink("nowhere", cache) }, "it is a symbolic link"},
		{"folder", func() error { return os.Mkdir(cache, 0o777) }, "it is a folder"},
		{"pipe", func() error { return syscall.Mkfifo(cache, 0o666) }, "it is not a regular file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tree(t, map[string]string{"a.py": "x", "target": "theirs", "__pycache__/": ""})
			must(t, tt.taken())
			before := files(t)
			for _, force := range []bool{false, true} {
				r := compileAll(t, Options{
					Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}, Force: force, IgnoreErrors: []string{"*"},
				})
				equal(t, "outcome", outcome(r), []string{"failed " + cache + `: cannot write the cache "` + cache + `": ` + tt.want})
			}
			equal(t, "files", files(t), before)
			if theirs, _ := os.ReadFile("target"); string(theirs) != "theirs" {
				t.Errorf("the link was written through: %q", theirs)
			}
		})
	}
	t.Run("file for __pycache__", func(t *testing.T) {
		tree(t, map[string]string{"a.py": "x", "__pycache__": "theirs"})
		r := compileAll(t, Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}})
		equal(t, "outcome", outcome(r), []string{"failed " + cache + `: cannot write the cache "` + cache + `": not a directory`})
		equal(t, "files", files(t), []string{"__pycache__", "a.py"})
	})
}

func TestRunOddNames(t *testing.T) {
	dir := tree(t, map[string]string{"new\nline.py": "x", "\xff\xfe.py": "x", "two.dots.py": "x", "sp ace.py": "x", ".hidden.py": "x"})
	_ = dir
	var names []string
	c := fake(t, "3.13.0")
	c.hook = func(r backend.Request) { names = append(names, r.Filename) }
	r := compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Jobs: 1})
	equal(t, "outcome", outcome(r), []string{
		"compiled ./__pycache__/.hidden.cpython-313.pyc",
		"compiled ./__pycache__/new\nline.cpython-313.pyc",
		"compiled ./__pycache__/sp ace.cpython-313.pyc",
		"compiled ./__pycache__/two.dots.cpython-313.pyc",
		"compiled ./__pycache__/\xff\xfe.cpython-313.pyc",
	})
	slices.Sort(names)
	equal(t, "co_filename", names, []string{"./.hidden.py", "./new\nline.py", "./sp ace.py", "./two.dots.py", "./\xff\xfe.py"})
	must(t, os.RemoveAll("__pycache__"))
	must(t, os.WriteFile("__pycache__", nil, 0o666))
	r = compileAll(t, Options{Selection: paths("new\nline.py"), Compilers: []backend.Compiler{c}})
	if m := r.Caches[0].Fault.Message; strings.Contains(m, "\n") {
		t.Errorf("the message has a line end: %q", m)
	}
}

func TestRunUnreadable(t *testing.T) {
	tree(t, map[string]string{"a.py": "x", "dir.py/": ""})
	must(t, syscall.Mkfifo("pipe.py", 0o666))
	must(t, os.Symlink("loop.py", "loop.py"))
	for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.Timestamp} {
		r := compileAll(t, Options{
			Selection: Selection{Files: []string{"a.py", "gone.py", "pipe.py", "dir.py", "loop.py"}}, Compilers: []backend.Compiler{fake(t, "3.13.0")}, Mode: mode,
		})
		equal(t, "outcome", outcome(r), []string{
			"compiled __pycache__/a.cpython-313.pyc",
			"failed __pycache__/dir.cpython-313.pyc: cannot read the source: it is a folder",
			"failed __pycache__/gone.cpython-313.pyc: cannot read the source: no such file or directory",
			"failed __pycache__/loop.cpython-313.pyc: cannot read the source: too many levels of symbolic links",
			"failed __pycache__/pipe.cpython-313.pyc: cannot read the source: it is not a regular file",
		})
	}
}

// A file that vanishes while the run is on, and one that the compiler sees
// whole though it was changed meanwhile.
func TestRunVanishes(t *testing.T) {
	tree(t, map[string]string{"a.py": "x", "b.py": "y"})
	c := fake(t, "3.13.0")
	c.hook = func(r backend.Request) {
		if r.Filename == "./a.py" {
			must(t, os.Remove("b.py"))
		}
	}
	r := compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Jobs: 1})
	equal(t, "outcome", outcome(r), []string{
		"compiled ./__pycache__/a.cpython-313.pyc",
		"failed ./__pycache__/b.cpython-313.pyc: cannot read the source: no such file or directory",
	})
}

func TestRunBigSource(t *testing.T) {
	tree(t, map[string]string{"a.py": "x = 1\n" + strings.Repeat("#", 50<<20), "b.py": "y"})
	r := compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{fake(t, "3.13.0")}})
	checkWhole(t, 2)
	if r.Count(Compiled) != 2 {
		t.Errorf("%q", outcome(r))
	}
	must(t, os.Truncate("a.py", maxSource)) // sparse
	r = compileAll(t, Options{Selection: paths("a.py"), Compilers: []backend.Compiler{fake(t, "3.13.0")}})
	equal(t, "outcome", outcome(r), []string{
		"failed __pycache__/a.cpython-313.pyc: cannot read the source: it has 2147483647 bytes; CPython takes less than 2147483647",
	})
}

// Two sources that would have one cache.
func TestRunCollision(t *testing.T) {
	tree(t, map[string]string{"p/a.py": "1", "p/a.pyw": "2", "q/a.py": "3"})
	r := compileAll(t, Options{Selection: Selection{Paths: []string{"p"}, Include: []string{"*.py*"}}, Compilers: []backend.Compiler{fake(t, "3.13.0")}, Jobs: 8})
	equal(t, "same stem", outcome(r), []string{
		"compiled p/__pycache__/a.cpython-313.pyc",
		`failed p/__pycache__/a.cpython-313.pyc: its cache would be that of "p/a.py"`,
	})
	r = compileAll(t, Options{Selection: paths("q", "p"), Layout: LayoutLegacy, OutDir: "out", Compilers: []backend.Compiler{fake(t, "3.13.0")}, Jobs: 8})
	equal(t, "two roots", outcome(r), []string{
		`failed out/a.pyc: its cache would be that of "q/a.py"`,
		"compiled out/a.pyc",
	})
}

func TestRunLayouts(t *testing.T) {
	dir := tree(t, map[string]string{"src/a.py": "", "src/pkg/b.py": ""})
	c := []backend.Compiler{fake(t, "3.13.0")}
	r := compileAll(t, Options{Selection: paths("src"), Compilers: c, Layout: LayoutLegacy, Optimize: []int{2}})
	equal(t, "legacy", outcome(r), []string{"compiled src/a.pyc", "compiled src/pkg/b.pyc"})
	r = compileAll(t, Options{Selection: paths("src"), Compilers: c, Layout: LayoutLegacy, OutDir: "out"})
	equal(t, "legacy, out", outcome(r), []string{"compiled out/a.pyc", "compiled out/pkg/b.pyc"})
	r = compileAll(t, Options{Selection: paths("src"), Compilers: c, OutDir: "prefix"})
	equal(t, "out", outcome(r), []string{
		"compiled prefix" + dir + "/src/a.cpython-313.pyc", "compiled prefix" + dir + "/src/pkg/b.cpython-313.pyc",
	})
}

func TestRunPrefixes(t *testing.T) {
	tree(t, map[string]string{"src/a.py": "", "other/b.py": ""})
	var names []string
	c := fake(t, "3.13.0")
	c.hook = func(r backend.Request) { names = append(names, r.Filename) }
	r := compileAll(t, Options{
		Selection: paths("src", "other"), Compilers: []backend.Compiler{c}, StripPrefix: "src", PrependPrefix: "/usr/lib", Jobs: 1,
	})
	equal(t, "names", names, []string{"/usr/lib/a.py"})
	equal(t, "outcome", outcome(r), []string{
		`failed other/__pycache__/b.cpython-313.pyc: the path does not start with "src", which is to be stripped from it`,
		"compiled src/__pycache__/a.cpython-313.pyc",
	})
}

func TestRunDeleteSource(t *testing.T) {
	tree(t, map[string]string{"a.py": "x", "bad.py": "syntax error", "pkg/b.py": "y", "notes.txt": ""})
	must(t, os.Symlink("a.py", "link.py"))
	c := fake(t, "3.13.0")
	o := Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Layout: LayoutLegacy}
	compileAll(t, o)
	poke(t, "pkg/b.pyc", 30, 0) // which a look at the header does not show
	o.DeleteSource = true
	r := compileAll(t, o)
	equal(t, "outcome", outcome(r), []string{
		"unchanged ./a.pyc", "failed ./bad.pyc: invalid syntax", "unchanged ./link.pyc", "compiled ./pkg/b.pyc",
		"deleted ./a.py", "deleted ./link.py", "deleted ./pkg/b.py",
	})
	equal(t, "files", files(t), []string{"a.pyc", "bad.py", "link.pyc", "notes.txt", "pkg/b.pyc"})
}

// A source that changes after it was compiled is not deleted.
func TestRunDeleteSourceChanged(t *testing.T) {
	tree(t, map[string]string{"a.py": "x"})
	c := fake(t, "3.13.0")
	c.hook = func(backend.Request) { must(t, os.WriteFile("a.py", []byte("new work"), 0o666)) }
	r := compileAll(t, Options{Selection: paths("a.py"), Compilers: []backend.Compiler{c}, Layout: LayoutLegacy, DeleteSource: true})
	equal(t, "outcome", outcome(r), []string{
		"compiled a.pyc", "problem a.py: cannot delete the source: it changed after it was compiled",
	})
	if b, _ := os.ReadFile("a.py"); string(b) != "new work" {
		t.Errorf("a.py has %q", b)
	}
}

func TestRunOptionsErrors(t *testing.T) {
	tree(t, map[string]string{"a.py": "", "file": ""})
	c13, c14 := fake(t, "3.13.0"), fake(t, "3.14.0")
	one, two := []backend.Compiler{c13}, []backend.Compiler{c13, c14}
	sel := paths(".")
	for _, tt := range []struct {
		want string
		o    Options
	}{
		{"no path", Options{Compilers: one}},
		{"no target", Options{Selection: sel}},
		{"no compiler", Options{Selection: sel, Compilers: []backend.Compiler{c13, nil}}},
		{"negative", Options{Selection: sel, Compilers: one, Jobs: -1}},
		{"invalidation mode", Options{Selection: sel, Compilers: one, Mode: 3}},
		{"not a layout", Options{Selection: sel, Compilers: one, Layout: 2}},
		{"not a level", Options{Selection: sel, Compilers: one, Optimize: []int{0, 3}}},
		{"not a level", Options{Selection: sel, Compilers: one, Optimize: []int{-1}}},
		{"one target and one", Options{Selection: sel, Compilers: two, Layout: LayoutLegacy}},
		{"one target and one", Options{Selection: sel, Compilers: one, Optimize: []int{0, 1}, Layout: LayoutLegacy}},
		{"same caches (a.cpython-313.pyc)", Options{Selection: sel, Compilers: []backend.Compiler{c13, fake(t, "3.13.5")}}},
		{"legacy layout", Options{Selection: sel, Compilers: one, DeleteSource: true}},
		{"output folder", Options{Selection: sel, Compilers: one, DeleteSource: true, Layout: LayoutLegacy, OutDir: "out"}},
		{"pruning", Options{Selection: sel, Compilers: one, DeleteSource: true, Layout: LayoutLegacy, Prune: true}},
		{"ignore-errors", Options{Selection: sel, Compilers: one, IgnoreErrors: []string{"["}}},
		{"include", Options{Selection: Selection{Paths: []string{"."}, Include: []string{"{"}}, Compilers: one}},
		{"exclude", Options{Selection: Selection{Paths: []string{"."}, Exclude: []string{""}}, Compilers: one}},
		{"is a file", Options{Selection: sel, Compilers: one, OutDir: "file"}},
	} {
		r, err := Run(t.Context(), tt.o)
		var oe *OptionsError
		if !errors.As(err, &oe) || !strings.Contains(err.Error(), tt.want) || r != nil {
			t.Errorf("want %q: got %v, %v", tt.want, r, err)
		}
	}
	equal(t, "files", files(t), []string{"a.py", "file"})
	// Not an error: an empty list of files, and fail-fast with tolerated faults.
	r := compileAll(t, Options{Selection: Selection{Files: []string{}}, Compilers: one, FailFast: true, IgnoreErrors: []string{"*"}})
	if !r.OK() || r.Sources != 0 {
		t.Errorf("nothing selected: %+v", r)
	}
}

// Memory does not grow with what was compiled, only with the report.
func TestRunMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 2,000 files")
	}
	many := map[string]string{}
	for i := range 2000 {
		many[fmt.Sprintf("p%d/m%d.py", i%50, i)] = strings.Repeat("x", 20_000)
	}
	tree(t, many)
	clear(many) // 40 MB
	c := fake(t, "3.13.0")
	c.pad = 30_000
	var peak atomic.Uint64
	r := compileAll(t, Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Progress: func(p Progress) {
		if p.Done%200 == 0 {
			var m runtime.MemStats
			runtime.GC() // what counts is what is held, not what nobody has collected yet
			runtime.ReadMemStats(&m)
			peak.Store(max(peak.Load(), m.HeapAlloc))
		}
	}})
	if r.Count(Compiled) != 2000 {
		t.Fatalf("%d compiled", r.Count(Compiled))
	}
	// A leak of all code would be 60 MB, one of all sources 40 MB.
	t.Logf("heap at most %d MB", peak.Load()>>20)
	if peak.Load() > 20<<20 {
		t.Errorf("the heap grew to %d MB", peak.Load()>>20)
	}
}
