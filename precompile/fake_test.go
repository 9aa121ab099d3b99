package precompile

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// fakeCompiler makes "code" that tells all that went into it, so that tests of
// the engine need no Python. What the source says steers it:
//
//	syntax error      a *diag.Diagnostic on line 1
//	crash             an error that is none
//	panic             a panic
//	warn              a warning
type fakeCompiler struct {
	target pyc.Version
	pad    int           // bytes of code
	delay  time.Duration // a file takes
	hook   func(backend.Request)
	calls  atomic.Int64
}

func fake(t testing.TB, target string) *fakeCompiler {
	t.Helper()
	v, err := pyc.ParseVersion(target)
	if err != nil {
		t.Fatal(err)
	}
	return &fakeCompiler{target: v}
}

func (c *fakeCompiler) Info() backend.Info {
	m, ok := pyc.MagicOf(c.target)
	if !ok {
		m = pyc.MagicFromNumber(uint16(300 + c.target.Minor)) // as PyPy's are
	}
	return backend.Info{Name: "fake", Target: c.target, Magic: m}
}

func (c *fakeCompiler) Close() error { return nil }

func (c *fakeCompiler) Compile(ctx context.Context, req backend.Request) (backend.Result, error) {
	c.calls.Add(1)
	if c.hook != nil {
		c.hook(req)
	}
	if c.delay > 0 {
		select {
		case <-ctx.Done():
			return backend.Result{}, ctx.Err()
		case <-time.After(c.delay):
		}
	}
	var res backend.Result
	switch {
	case bytes.HasPrefix(req.Source, []byte("syntax error")):
		return res, &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: 1, Col: 8, Text: "syntax error"}
	case bytes.HasPrefix(req.Source, []byte("crash")):
		return res, fmt.Errorf("the interpreter crashed: signal 11")
	case bytes.HasPrefix(req.Source, []byte("panic")):
		panic("index out of range")
	case bytes.HasPrefix(req.Source, []byte("nothing")):
		return res, nil
	case bytes.HasPrefix(req.Source, []byte("warn")):
		res.Warnings = []diag.Diagnostic{{Severity: diag.Warning, Type: "SyntaxWarning", Message: "invalid escape sequence", Line: 1}}
	}
	res.Code = append(req.Buffer[:0], fakeCode(req, c.target, c.pad)...)
	return res, nil
}

func fakeCode(req backend.Request, v pyc.Version, pad int) []byte {
	code := fmt.Appendf([]byte{'c' | 0x80}, "%s|%d|%s|%x", v, req.Optimize, req.Filename, sha256.Sum256(req.Source))
	if pad > len(code) {
		code = append(code, bytes.Repeat(code, pad/len(code))...)
	}
	return code
}

// tree writes files below a new folder, each name with its text, and makes that
// folder the current one. A name that ends in a slash is an empty folder.
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	plant(t, files)
	return dir
}

func plant(t testing.TB, files map[string]string) {
	t.Helper()
	for name, text := range files {
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(name, 0o777))
			continue
		}
		must(t, os.MkdirAll(filepath.Dir(name), 0o777))
		must(t, os.WriteFile(name, []byte(text), 0o666))
	}
}

// files lists what is below the current folder, but for folders with something
// in them; empty ones end in a slash.
func files(t testing.TB) []string {
	t.Helper()
	out := []string{}
	must(t, filepath.WalkDir(".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if entries, err := os.ReadDir(p); err != nil || len(entries) > 0 || p == "." {
				return err
			}
			p += "/"
		}
		out = append(out, filepath.ToSlash(p))
		return nil
	}))
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// outcome lists a report's caches as lines "status cache[: message]".
func outcome(r *Report) []string {
	var out []string
	for _, c := range r.Caches {
		line := string(c.Status) + " " + c.Cache
		if c.Fault != nil {
			line += ": " + c.Fault.Message
		}
		out = append(out, line)
	}
	for _, p := range r.Problems {
		out = append(out, "problem "+p.Path+": "+p.Message)
	}
	for _, l := range []struct {
		what  string
		paths []string
	}{{"pruned", r.Pruned}, {"cleaned", r.Cleaned}, {"deleted", r.Deleted}} {
		for _, p := range l.paths {
			out = append(out, l.what+" "+p)
		}
	}
	return out
}

// compileAll runs and fails the test on an error.
func compileAll(t testing.TB, o Options) *Report {
	t.Helper()
	r, err := Run(t.Context(), o)
	must(t, err)
	return r
}

func equal(t testing.TB, what string, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(got):
			t.Errorf("%s: entry %d is missing: %q", what, i, want[i])
		case i >= len(want):
			t.Errorf("%s: entry %d is too many: %q", what, i, got[i])
		case got[i] != want[i]:
			t.Errorf("%s: entry %d:\n got %q\nwant %q", what, i, got[i], want[i])
		default:
			continue
		}
		return
	}
}

// paths is the selection of the given paths.
func paths(p ...string) Selection { return Selection{Paths: p} }
