package memo

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// fake makes code that tells what it was asked for. Sources that start with
// "warn" have a warning, those with "fault" do not compile.
type fake struct {
	identity string
	err      error // of Identity
	pad      int   // bytes of code
	calls    atomic.Int64
}

func (c *fake) Info() backend.Info        { return backend.Info{Name: "fake"} }
func (c *fake) Close() error              { return nil }
func (c *fake) Identity() (string, error) { return c.identity, c.err }
func (c *fake) Compile(_ context.Context, req backend.Request) (backend.Result, error) {
	c.calls.Add(1)
	if strings.HasPrefix(string(req.Source), "fault") {
		return backend.Result{}, &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax"}
	}
	return c.made(req), nil
}

func (c *fake) made(req backend.Request) (res backend.Result) {
	res.Code = fmt.Appendf(nil, "\xe3%s|%s|%d|%s|", c.identity, req.Filename, req.Optimize, req.Source)
	res.Code = append(res.Code, strings.Repeat("-", max(0, c.pad-len(res.Code)))...)
	if strings.HasPrefix(string(req.Source), "warn") {
		res.Warnings = []diag.Diagnostic{{Severity: diag.Warning, Type: "SyntaxWarning", Message: "w", Line: 1, Text: string(req.Source)}}
	}
	return res
}

func open(t testing.TB, dir string, o Options) *Memo {
	t.Helper()
	m, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	return m
}

func request(source string) backend.Request {
	return backend.Request{Source: []byte(source), Filename: "a.py"}
}

// compile compiles sources in a session of their own, and wants the results to be
// what the compiler makes.
func compile(t testing.TB, m *Memo, c *fake, requests ...backend.Request) Outcome {
	t.Helper()
	s := m.Begin(false)
	compileIn(t, s, c, requests...)
	return s.End()
}

func compileIn(t testing.TB, s *Session, c *fake, requests ...backend.Request) {
	t.Helper()
	r, err := s.Compiler(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, req := range requests {
		got, err := r.Compile(t.Context(), req)
		want := c.made(req)
		got.FromMemo = false
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("%s: %+v, %v, want %+v", req.Source, got, err, want)
		}
	}
}

// want compares what a session came to, but for its folder and its rejects.
func want(t testing.TB, what string, o Outcome, hits, misses, stored, rejected int) {
	t.Helper()
	got := [...]int{o.Hits, o.Misses, o.Stored, len(o.Rejected)}
	if got != [...]int{hits, misses, stored, rejected} || o.Fault != nil {
		t.Errorf("%s: hits, misses, stored, rejected: %v, want %v; fault: %v; %v", what, got, [...]int{hits, misses, stored, rejected}, o.Fault, o.Rejected)
	}
}

// entries are the paths of all entries, sorted.
func entries(t testing.TB, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "[0-9a-f][0-9a-f]", strings.Repeat("[0-9a-f]", 62)))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestHitsAndMisses(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "memo")
	c := &fake{identity: "one"}
	all := []backend.Request{request("a"), request("warn b"), {Source: []byte("a"), Filename: "b.py", Optimize: 2}}
	want(t, "cold", compile(t, open(t, dir, Options{}), c, all...), 0, 3, 3, 0)
	want(t, "warm", compile(t, open(t, dir, Options{}), c, all...), 3, 0, 0, 0)
	if n := c.calls.Load(); n != 3 {
		t.Errorf("compiled %d times", n)
	}
	m := open(t, dir, Options{})
	s := m.Begin(true)
	compileIn(t, s, c, all...)
	want(t, "refreshed", s.End(), 0, 3, 3, 0)

	s = m.Begin(false)
	r, err := s.Compiler(c)
	if err != nil {
		t.Fatal(err)
	}
	if res, err := r.Compile(t.Context(), all[1]); err != nil || !res.FromMemo || len(res.Warnings) != 1 {
		t.Errorf("%+v, %v: want one from the memo, with its warning", res, err)
	}
	for range 2 {
		var d *diag.Diagnostic
		if _, err := r.Compile(t.Context(), request("fault")); !errors.As(err, &d) {
			t.Errorf("a fault: %v", err)
		}
	}
	want(t, "faults", s.End(), 1, 2, 0, 0)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Compile(ended, all[0]); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	if tag, err := os.ReadFile(filepath.Join(dir, tagName)); err != nil || !strings.HasPrefix(string(tag), "Signature: 8a477f597d28d172789f06886806bc55\n") {
		t.Errorf("%s: %q, %v", tagName, tag, err)
	}
}

// TestKey holds that each part of a key counts, and that none can be shifted into
// its neighbour.
func TestKey(t *testing.T) {
	one := sha256.Sum256([]byte("program"))
	seen := map[key]string{}
	for name, k := range map[string]key{
		"as it is":           newKey(prefix(one, "i"), request("s")),
		"another source":     newKey(prefix(one, "i"), request("t")),
		"an empty source":    newKey(prefix(one, "i"), request("")),
		"another name":       newKey(prefix(one, "i"), backend.Request{Source: []byte("s"), Filename: "b.py"}),
		"name and source":    newKey(prefix(one, "i"), backend.Request{Source: []byte("ys"), Filename: "a.p"}),
		"level 1":            newKey(prefix(one, "i"), backend.Request{Source: []byte("s"), Filename: "a.py", Optimize: 1}),
		"level 2":            newKey(prefix(one, "i"), backend.Request{Source: []byte("s"), Filename: "a.py", Optimize: 2}),
		"another compiler":   newKey(prefix(one, "j"), request("s")),
		"another program":    newKey(prefix(sha256.Sum256(nil), "i"), request("s")),
		"no compiler at all": newKey(prefix(one, ""), request("s")),
	} {
		if other, dup := seen[k]; dup {
			t.Errorf("%s and %s have one key", name, other)
		}
		seen[k] = name
	}
	// The same in each run and on each machine: what changes a key on purpose
	// changes keyDomain as well.
	const known = "c2/a9e094cd19a0180c22cbd11adb112f0265562dd7797a798ebae78616a91467"
	if got := newKey(prefix(one, "i"), request("s")).name(); got != known {
		t.Errorf("the name of an entry is %s, and was %s", got, known)
	}
}

func TestProgramDigest(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(exe)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := programDigest(); err != nil || got != sha256.Sum256(b) {
		t.Errorf("%x, %v: not the digest of %s", got, err, exe)
	}
}

// TestIdentity: a compiler that does not say which one it is has no memo; one
// that cannot say it compiles without, and that is told once.
func TestIdentity(t *testing.T) {
	m := open(t, t.TempDir(), Options{})
	if _, err := m.Begin(false).Compiler(struct{ backend.Compiler }{&fake{}}); err == nil || !strings.Contains(err.Error(), "does not say which one it is") {
		t.Errorf("%v", err)
	}
	c := &fake{err: errors.New("no such file")}
	o := compile(t, m, c, request("a"), request("a"))
	if o.Fault == nil || o.Fault.Error() != "cannot tell which compiler this is: no such file" || o.Stored+o.Hits != 0 || c.calls.Load() != 2 {
		t.Errorf("%+v after %d calls", o, c.calls.Load())
	}
	m.program = func() (d [sha256.Size]byte, err error) { return d, errors.New("gone") }
	if o := compile(t, m, &fake{}, request("a")); o.Fault == nil || !strings.Contains(o.Fault.Error(), "which build of the program this is: gone") {
		t.Errorf("%+v", o)
	}
}

// TestRejected plants what is no entry: it is told, never used, and replaced.
func TestRejected(t *testing.T) {
	c := &fake{identity: "one"}
	req, other := request("warn a"), request("warn b")
	for name, plant := range map[string]func(path, otherPath string) error{
		"a flipped bit": func(path, _ string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[len(b)-1] ^= 1
			return os.WriteFile(path, b, 0o644)
		},
		"cut":   func(path, _ string) error { return os.Truncate(path, 100) },
		"empty": func(path, _ string) error { return os.Truncate(path, 0) },
		"zeros": func(path, _ string) error { return os.WriteFile(path, make([]byte, 1000), 0o644) },
		"huge":  func(path, _ string) error { return os.Truncate(path, maxEntry+1) },
		"another's": func(path, otherPath string) error {
			b, err := os.ReadFile(otherPath)
			if err != nil {
				return err
			}
			return os.WriteFile(path, b, 0o644)
		},
		"a link to another's": func(path, otherPath string) error {
			rel, err := filepath.Rel(filepath.Dir(path), otherPath)
			return errors.Join(err, os.Remove(path), os.Symlink(rel, path))
		},
		"a link out of it": func(path, _ string) error {
			out := filepath.Join(filepath.Dir(filepath.Dir(filepath.Dir(path))), "out")
			return errors.Join(os.Rename(path, out), os.Symlink(out, path))
		},
		"everyone's": func(path, _ string) error { return os.Chmod(path, 0o666) },
	} {
		if runtime.GOOS == "windows" && (name == "everyone's" || strings.Contains(name, "link")) {
			continue // there are none
		}
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "memo")
			m := open(t, dir, Options{})
			compile(t, m, c, other)
			otherPath := entries(t, dir)[0]
			compile(t, m, c, req)
			path := slices.DeleteFunc(entries(t, dir), func(p string) bool { return p == otherPath })[0]
			if err := plant(path, otherPath); err != nil {
				t.Fatal(err)
			}
			o := compile(t, m, c, req)
			want(t, "planted", o, 0, 1, 1, 1)
			if len(o.Rejected) == 1 && (o.Rejected[0].Path != path || o.Rejected[0].Reason == "") {
				t.Errorf("rejected %+v, want %s", o.Rejected, path)
			}
			want(t, "replaced", compile(t, m, c, req, other), 2, 0, 0, 0)
		})
	}
}

// TestInTheWay has folders and files where they do not belong: the run compiles.
func TestInTheWay(t *testing.T) {
	c := &fake{identity: "one"}
	dir := t.TempDir()
	m := open(t, dir, Options{})
	compile(t, m, c, request("a"))
	path := entries(t, dir)[0]
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o755)); err != nil {
		t.Fatal(err)
	}
	if o := compile(t, m, c, request("a"), request("b")); o.Stored != 1 || o.Fault == nil || len(o.Rejected) != 1 {
		t.Errorf("a folder in place of an entry: %+v", o)
	}
	if err := errors.Join(os.RemoveAll(filepath.Dir(path)), os.WriteFile(filepath.Dir(path), nil, 0o644)); err != nil {
		t.Fatal(err)
	}
	if o := compile(t, m, c, request("a")); o.Misses != 1 || o.Fault == nil {
		t.Errorf("a file in place of a folder: %+v", o)
	}
	if _, err := Open(filepath.Join(path, "x"), Options{}); err == nil {
		t.Error("a folder below a file is opened")
	}
	if _, err := Open(filepath.Dir(path), Options{}); err == nil {
		t.Error("a file is opened")
	}
	// A full disk is not tried for every source.
	s := m.Begin(false)
	s.failures.Store(tooManyFailures)
	compileIn(t, s, c, request("c"), request("d"))
	if o := s.End(); o.Stored != 0 {
		t.Errorf("%+v after %d failures", o, tooManyFailures)
	}
}

// TestTouch: a use renews the time of an entry, once an hour.
func TestTouch(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	c := &fake{}
	compile(t, m, c, request("a"))
	path := entries(t, dir)[0]
	for _, age := range []time.Duration{30 * time.Minute, 90 * time.Minute} {
		old := time.Now().Add(-age).Truncate(time.Second)
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
		want(t, "a use", compile(t, m, c, request("a")), 1, 0, 0, 0)
		info, err := os.Stat(path)
		if err != nil || info.ModTime().Equal(old) != (age < touchAfter) {
			t.Errorf("%s old, it is of %v after a use, and was of %v", age, info.ModTime(), old)
		}
	}
}

// TestLargeResult is compiled each time.
func TestLargeResult(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	c := &fake{pad: maxEntry}
	for range 2 {
		want(t, "too big", compile(t, m, c, request("a")), 0, 1, 0, 0)
	}
	if got := entries(t, dir); len(got) > 0 {
		t.Errorf("kept: %v", got)
	}
}
