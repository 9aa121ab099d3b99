package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// faulty is the machine's file system, but that the named call fails.
type faulty struct {
	System
	call string
	err  error
}

func (s faulty) fails(call string) error {
	if call == s.call {
		return s.err
	}
	return nil
}

func (s faulty) Create(path string, perm fs.FileMode) (File, error) {
	if err := s.fails("create"); err != nil {
		return nil, err
	}
	f, err := s.System.Create(path, perm)
	if err != nil {
		return nil, err
	}
	return faultyFile{f, s}, nil
}

func (s faulty) Mkdir(path string, perm fs.FileMode) error {
	if err := s.fails("mkdir"); err != nil {
		return err
	}
	return s.System.Mkdir(path, perm)
}

func (s faulty) Rename(from, to string) error {
	if err := s.fails("rename"); err != nil {
		return err
	}
	return s.System.Rename(from, to)
}

func (s faulty) Chtimes(path string, t time.Time) error {
	return errors.Join(s.fails("chtimes"), s.System.Chtimes(path, t))
}

type faultyFile struct {
	File
	s faulty
}

// Write writes half before it fails, as on a full disk.
func (f faultyFile) Write(p []byte) (int, error) {
	if err := f.s.fails("write"); err != nil {
		n, _ := f.File.Write(p[:len(p)/2])
		return n, err
	}
	return f.File.Write(p)
}

func (f faultyFile) Close() error { return errors.Join(f.s.fails("close"), f.File.Close()) }

// list names what is below a folder.
func list(t *testing.T, dir string) string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, _ fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(dir, p)
		out = append(out, filepath.ToSlash(rel))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out[1:], " ")
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a", "b", "c.pyc")
	w := NewWriter(OS)
	when := time.Unix(1_500_000_000, 0)
	for _, text := range []string{"one", "", "three"} {
		if err := w.Write(path, []byte(text), Options{Perm: 0o600, MTime: when}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		info, _ := os.Stat(path)
		if err != nil || string(got) != text || !info.ModTime().Equal(when) {
			t.Errorf("%q, %v, of %v; want %q of %v", got, err, info.ModTime(), text, when)
		}
		if runtime.GOOS != "windows" && info.Mode() != 0o600 {
			t.Errorf("mode %v", info.Mode())
		}
	}
	w.RemoveUnused()
	if got := list(t, dir); got != "a a/b a/b/c.pyc" {
		t.Errorf("left: %s", got)
	}
}

// Whatever fails, the old file stays, and nothing else does.
func TestWriteFails(t *testing.T) {
	for _, call := range []string{"create", "write", "close", "chtimes", "rename"} {
		t.Run(call, func(t *testing.T) {
			dir := t.TempDir()
			old := filepath.Join(dir, "old.pyc")
			if err := os.WriteFile(old, []byte("old"), 0o666); err != nil {
				t.Fatal(err)
			}
			w := NewWriter(faulty{OS, call, syscall.ENOSPC})
			o := Options{Perm: 0o666, MTime: time.Unix(0, 0)}
			for _, path := range []string{old, filepath.Join(dir, "new", "deep", "new.pyc")} {
				if err := w.Write(path, []byte("new text"), o); !errors.Is(err, syscall.ENOSPC) {
					t.Errorf("%s: %v, want ENOSPC", path, err)
				}
			}
			w.RemoveUnused()
			if got := list(t, dir); got != "old.pyc" {
				t.Errorf("left: %s", got)
			}
			if b, _ := os.ReadFile(old); string(b) != "old" {
				t.Errorf("old.pyc has %q", b)
			}
		})
	}
}

// A folder that cannot be made costs the write and leaves nothing.
func TestWriteMkdirFails(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(faulty{OS, "mkdir", syscall.EROFS})
	if err := w.Write(filepath.Join(dir, "missing", "a.pyc"), nil, Options{Perm: 0o666}); !errors.Is(err, syscall.EROFS) {
		t.Errorf("%v, want EROFS", err)
	}
	if err := NewWriter(OS).Write(filepath.Join(dir, "file", "a.pyc"), nil, Options{Perm: 0o666}); err != nil {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "plain"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for _, below := range []string{"plain/a.pyc", "plain/deep/a.pyc"} {
		if err := NewWriter(OS).Write(filepath.Join(dir, filepath.FromSlash(below)), nil, Options{Perm: 0o666}); !errors.Is(err, syscall.ENOTDIR) {
			t.Errorf("%s: %v, want ENOTDIR", below, err)
		}
	}
}

func TestRemoveUnusedKeepsOthers(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(faulty{OS, "rename", syscall.EIO})
	if err := w.Write(filepath.Join(dir, "a", "b", "c.pyc"), nil, Options{Perm: 0o666}); err == nil {
		t.Fatal("no error")
	}
	if err := os.WriteFile(filepath.Join(dir, "a", "theirs"), nil, 0o666); err != nil {
		t.Fatal(err)
	}
	w.RemoveUnused()
	if got := list(t, dir); got != "a a/theirs" {
		t.Errorf("left: %s", got)
	}
}

func TestIsTemp(t *testing.T) {
	for range 100 {
		if n := filepath.Base(tempPath("a")); !IsTemp(n) {
			t.Errorf("%q is not taken for a temporary name", n)
		}
	}
	for _, n := range []string{
		"", ".precompile-", ".precompile-.tmp", ".precompile-0123456789abcde.tmp", ".precompile-0123456789abcdefa.tmp",
		".precompile-0123456789abcdeg.tmp", ".precompile-0123456789abcdef", "precompile-0123456789abcdef.tmp", "a.cpython-313.pyc",
	} {
		if IsTemp(n) {
			t.Errorf("%q is taken for a temporary name", n)
		}
	}
}

func TestClean(t *testing.T) {
	dir := t.TempDir()
	abandoned := filepath.Join(dir, ".precompile-0000000000000001.tmp")
	old := time.Now().Add(-2 * abandonedAfter) // for systems without locks
	for _, name := range []string{abandoned, filepath.Join(dir, "a.tmp"), filepath.Join(dir, ".precompile-x.tmp")} {
		if err := os.WriteFile(name, nil, 0o666); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, ".precompile-0000000000000002.tmp"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("a.tmp", filepath.Join(dir, ".precompile-0000000000000003.tmp")); err != nil {
		t.Fatal(err)
	}
	// A live writer's, however old it looks.
	f, err := OS.Create(filepath.Join(dir, ".precompile-0000000000000004.tmp"), 0o666)
	if err != nil || !f.Lock() {
		t.Fatal(err, "no lock")
	}
	defer f.Close()
	removed, empty, err := Clean(dir)
	if err != nil || len(removed) != 1 || removed[0] != abandoned || empty {
		t.Errorf("Clean removed %q, %v; empty: %v", removed, err, empty)
	}
	want := ".precompile-0000000000000002.tmp .precompile-0000000000000003.tmp .precompile-0000000000000004.tmp .precompile-x.tmp a.tmp"
	if got := list(t, dir); got != want {
		t.Errorf("left: %s\nwant: %s", got, want)
	}
	f.Close()
	if removed, _, err := Clean(dir); err != nil || len(removed) != 1 {
		t.Errorf("after the writer is gone, Clean removed %q, %v", removed, err)
	}
	for _, none := range []string{filepath.Join(dir, "missing"), filepath.Join(dir, "a.tmp"), filepath.Join(dir, "a.tmp", "x")} {
		removed, empty, err := Clean(none)
		if err != nil || len(removed) > 0 || empty != (filepath.Base(none) == "missing") {
			t.Errorf("Clean(%q) = %q, %v; empty: %v", none, removed, err, empty)
		}
	}
}

// A folder with nothing but what Clean removes is empty.
func TestCleanEmpty(t *testing.T) {
	dir := t.TempDir()
	abandoned := filepath.Join(dir, ".precompile-0000000000000001.tmp")
	if err := os.WriteFile(abandoned, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	old := time.Now().Add(-2 * abandonedAfter) // for systems without locks
	if err := os.Chtimes(abandoned, old, old); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{1, 0} {
		if removed, empty, err := Clean(dir); err != nil || len(removed) != want || !empty {
			t.Errorf("Clean removed %q, %v; empty: %v", removed, err, empty)
		}
	}
}

// Writers succeed while somebody cleans their folder all the time.
func TestWriteWhileCleaning(t *testing.T) {
	dir := t.TempDir()
	w := NewWriter(OS)
	stop := make(chan struct{})
	var cleaner, writers sync.WaitGroup
	cleaner.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				if _, _, err := Clean(dir); err != nil {
					t.Error(err)
				}
			}
		}
	})
	for g := range 4 {
		writers.Go(func() {
			for i := range 100 {
				path := filepath.Join(dir, fmt.Sprintf("%d.pyc", g))
				text := strings.Repeat(fmt.Sprint(i, " "), 1000)
				if err := w.Write(path, []byte(text), Options{Perm: 0o666}); err != nil {
					t.Errorf("%s: %v", path, err)
				}
				if got, _ := os.ReadFile(path); string(got) != text {
					t.Errorf("%s has %d bytes, want %d", path, len(got), len(text))
				}
			}
		})
	}
	writers.Wait()
	close(stop)
	cleaner.Wait()
	if got := list(t, dir); got != "0.pyc 1.pyc 2.pyc 3.pyc" {
		t.Errorf("left: %s", got)
	}
}

// A writer whose file is cleaned away between making and locking it, or
// between filling and renaming it, starts over.
func TestWriteStartsOver(t *testing.T) {
	for _, when := range []string{"rename", "chtimes", "lock"} {
		dir := t.TempDir()
		sys := &thief{System: OS, when: when, times: 3}
		path := filepath.Join(dir, "a.pyc")
		if err := NewWriter(sys).Write(path, []byte("text"), Options{Perm: 0o666, MTime: time.Unix(1, 0)}); err != nil {
			t.Errorf("%s: %v", when, err)
		}
		if got, _ := os.ReadFile(path); string(got) != "text" {
			t.Errorf("%s: %q", when, got)
		}
		if got := list(t, dir); got != "a.pyc" {
			t.Errorf("%s: left: %s", when, got)
		}
		if sys.times != 0 {
			t.Errorf("%s: the file was not taken away", when)
		}
	}
}

// thief removes temporary files just before a call.
type thief struct {
	System
	when  string
	times int
}

func (s *thief) steal(when, path string) bool {
	if when != s.when || s.times == 0 {
		return false
	}
	s.times--
	_ = os.Remove(path)
	return true
}

func (s *thief) Rename(from, to string) error {
	s.steal("rename", from)
	return s.System.Rename(from, to)
}

func (s *thief) Chtimes(path string, when time.Time) error {
	s.steal("chtimes", path)
	return s.System.Chtimes(path, when)
}

func (s *thief) Create(path string, perm fs.FileMode) (File, error) {
	f, err := s.System.Create(path, perm)
	if err != nil {
		return nil, err
	}
	return thiefFile{f, s, path}, nil
}

type thiefFile struct {
	File
	s    *thief
	path string
}

// Lock fails as it does while the cleaner has the file in hand.
func (f thiefFile) Lock() bool { return !f.s.steal("lock", f.path) && f.File.Lock() }
