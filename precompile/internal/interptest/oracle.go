//go:build unix

package interptest

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Corpus is a copy of an interpreter's standard library, tests included, with
// what a fresh `python -m py_compile` made of each file: one process a file.
//
// It is kept from run to run in the folder that PRECOMPILE_ORACLE names (default:
// precompile-oracle in the user's cache folder), since making one costs 40 ms a
// file. A cache is valid as long as the interpreter's release and the source
// are what they were; the copies are never touched by tests.
type Corpus struct {
	// Root is the folder of the copy. The names compiled in are paths below it.
	Root string
	// Files are the sources, as slash-separated paths below Root, sorted.
	Files []string
	level int
	i     Interpreter
}

// Stdlib returns the corpus of an interpreter at an optimise level, making what
// is missing of it.
func Stdlib(t testing.TB, i Interpreter, level int) *Corpus {
	t.Helper()
	files, err := sources(i.Stdlib)
	if err != nil {
		t.Fatal(err)
	}
	return newCorpus(t, i, "stdlib", i.Stdlib, files, level)
}

// Tree is Stdlib for any folder; name tells corpora of one interpreter apart.
func Tree(t testing.TB, i Interpreter, name, folder string, level int) *Corpus {
	t.Helper()
	files, err := sources(folder)
	if err != nil {
		t.Fatal(err)
	}
	return newCorpus(t, i, name, folder, files, level)
}

// Sources returns the paths of the .py files below a folder, without installed
// packages, thinned by Sample. That there are none is a failure.
func Sources(t testing.TB, folder string) []string {
	t.Helper()
	return Sample(AllSources(t, folder))
}

// StdlibSources is Sources for an interpreter's standard library, tests included.
func StdlibSources(t testing.TB, i Interpreter) []string {
	t.Helper()
	files := AllSources(t, i.Stdlib)
	if len(files) < 500 {
		t.Fatalf("%d sources below %s", len(files), i.Stdlib)
	}
	return Sample(files)
}

// AllSources is Sources with nothing thinned.
func AllSources(t testing.TB, folder string) []string {
	t.Helper()
	files, err := sources(folder)
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no Python files below %s", folder)
	}
	if err != nil {
		t.Fatal(err)
	}
	for i, f := range files {
		files[i] = filepath.Join(folder, filepath.FromSlash(f))
	}
	return files
}

// Programs returns the paths of all random programs for a release below the folder
// that PRECOMPILE_PROGRAMS names. Without any it skips the test.
func Programs(t testing.TB, release string) []string {
	t.Helper()
	dir := os.Getenv("PRECOMPILE_PROGRAMS")
	if dir == "" {
		t.Skip("PRECOMPILE_PROGRAMS names no folder")
	}
	folder, err := filepath.EvalSymlinks(filepath.Join(dir, release)) // releases may share one
	if err != nil {
		t.Skip(err)
	}
	return AllSources(t, folder)
}

// Sample thins a list of files to about the number that PRECOMPILE_SAMPLE names,
// the same ones each time; without it the list stays whole.
func Sample(files []string) []string {
	n, err := strconv.Atoi(os.Getenv("PRECOMPILE_SAMPLE"))
	if err != nil || n <= 0 || n >= len(files) {
		return files
	}
	var out []string
	for _, f := range files {
		h := fnv.New32a()
		h.Write([]byte(f))
		if h.Sum32()%uint32(len(files)) < uint32(n) {
			out = append(out, f)
		}
	}
	return out
}

func newCorpus(t testing.TB, i Interpreter, name, folder string, files []string, level int) *Corpus {
	t.Helper()
	base := os.Getenv("PRECOMPILE_ORACLE")
	if base == "" {
		cache, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		base = filepath.Join(cache, "precompile-oracle")
	}
	dir := filepath.Join(base, i.Version.String())
	c := &Corpus{Root: filepath.Join(dir, name), Files: Sample(files), level: level, i: i}
	if err := os.MkdirAll(c.Root, 0o755); err != nil {
		t.Fatal(err)
	}
	// Tests of several packages may want one corpus at the same time.
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := unix.Flock(int(lock.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	if err := c.fill(folder); err != nil {
		t.Fatalf("making the oracle of %s in %s: %v", i.Version, c.Root, err)
	}
	return c
}

// fill copies the sources and compiles what has no answer yet.
func (c *Corpus) fill(folder string) error {
	var todo []string
	for _, f := range c.Files {
		src, err := os.ReadFile(filepath.Join(folder, filepath.FromSlash(f)))
		if err != nil {
			return err
		}
		to := filepath.Join(c.Root, filepath.FromSlash(f))
		if old, err := os.ReadFile(to); err == nil && bytes.Equal(old, src) {
			if c.answered(f) {
				continue
			}
		} else {
			for level := range 3 {
				other := Corpus{Root: c.Root, level: level, i: c.i}
				os.Remove(other.cachePath(f))
				os.Remove(other.rejectPath(f))
			}
			if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
				return err
			}
			if err := os.WriteFile(to, src, 0o644); err != nil {
				return err
			}
		}
		todo = append(todo, f)
	}
	var g errgroup.Group
	g.SetLimit(runtime.GOMAXPROCS(0))
	for _, f := range todo {
		g.Go(func() error {
			return c.pyCompile(f)
		})
	}
	return g.Wait()
}

// freshProcess sets what an interpreter that is an oracle may see of the machine.
// SOURCE_DATE_EPOCH makes py_compile write a checked hash.
func freshProcess(cmd *exec.Cmd) {
	cmd.Dir = "/"
	cmd.Env = []string{"SOURCE_DATE_EPOCH=0", "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
}

// pyCompile runs `python -m py_compile` on one file in a process of its own.
func (c *Corpus) pyCompile(f string) error {
	args := []string{"-m", "py_compile", filepath.Join(c.Root, filepath.FromSlash(f))}
	if c.level > 0 {
		args = append([]string{"-" + strings.Repeat("O", c.level)}, args...)
	}
	var exit *exec.ExitError
	var out []byte
	var err error
	for range 2 {
		cmd := exec.Command(c.i.Path, args...)
		freshProcess(cmd)
		out, err = cmd.CombinedOutput()
		if !errors.As(err, &exit) || exit.Exited() {
			break // or a signal ended it, which says nothing of the file
		}
	}
	if c.answered(f) && err == nil {
		return nil
	}
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		if err := os.MkdirAll(filepath.Dir(c.rejectPath(f)), 0o755); err != nil {
			return err
		}
		return os.WriteFile(c.rejectPath(f), out, 0o644)
	}
	return fmt.Errorf("%s: py_compile left no cache: %v\n%s", f, err, out)
}

func (c *Corpus) answered(f string) bool {
	if _, err := os.Stat(c.cachePath(f)); err == nil {
		return true
	}
	_, err := os.Stat(c.rejectPath(f))
	return err == nil
}

func (c *Corpus) cachePath(f string) string {
	return pyc.CachePath(filepath.Join(c.Root, filepath.FromSlash(f)), c.i.Version.CacheTag(), c.level)
}

func (c *Corpus) rejectPath(f string) string {
	return c.cachePath(f) + ".rejected"
}

// Path returns the full path of one of Files: the name compiled in.
func (c *Corpus) Path(f string) string { return filepath.Join(c.Root, filepath.FromSlash(f)) }

// Source returns the bytes of one of Files.
func (c *Corpus) Source(t testing.TB, f string) []byte {
	t.Helper()
	b, err := os.ReadFile(c.Path(f))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Pyc returns the whole cache, header included, that py_compile wrote for one of
// Files; ok is false where it rejected the source, and then b is what it said.
func (c *Corpus) Pyc(t testing.TB, f string) (b []byte, ok bool) {
	t.Helper()
	b, err := os.ReadFile(c.cachePath(f))
	if err == nil {
		return b, true
	}
	if b, err = os.ReadFile(c.rejectPath(f)); err != nil {
		t.Fatal(err)
	}
	return b, false
}

// sources lists the .py files below a folder, without installed packages.
func sources(folder string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir():
			if path != folder && slices.Contains([]string{"site-packages", "dist-packages", pyc.CacheDir}, d.Name()) {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, ".py") && d.Type().IsRegular():
			rel, err := filepath.Rel(folder, path)
			if err != nil {
				return err
			}
			out = append(out, filepath.ToSlash(rel))
		}
		return nil
	})
	slices.Sort(out)
	return out, err
}
