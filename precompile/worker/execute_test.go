package worker

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
	"sync"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// folder makes files in a new working folder.
func folder(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	put(t, ".", files)
}

func put(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func exists(p string) bool { _, err := os.Lstat(p); return err == nil }

// request is the arguments of rules_python's order for sources, whose caches go
// to out/.
func request(names ...string) []string {
	args := []string{"--invalidation_mode", "unchecked_hash"}
	for _, n := range names {
		args = append(args, "--src", n, "--src_name", "repo/"+n, "--pyc", "out/"+n+"c")
	}
	return append(args, "--optimize", "1", "--python_version", "3.13")
}

func do(t *testing.T, e *Executor, wantCode int, args ...string) string {
	t.Helper()
	code, output := e.Handle(context.Background(), WorkRequest{Arguments: args})
	if code != wantCode {
		t.Errorf("%q: exit code %d, want %d; output:\n%s", args, code, wantCode, output)
	}
	return output
}

func TestHandle(t *testing.T) {
	folder(t, map[string]string{"a.py": "a = 1", "pkg/b.py": "b?"})
	o := &opener{}
	e := executor(t, o)
	args := append(request("a.py", "pkg/b.py"), "--interpreter", "bin/python3")
	out := do(t, e, ExitOK, args...)
	if want := "pkg/b.py:1: SyntaxWarning: really\n"; out != want {
		t.Errorf("output %q, want %q", out, want)
	}
	if out := do(t, e, ExitOK, append(args, "--quiet")...); out != "" {
		t.Errorf("--quiet: output %q", out)
	}
	got, err := os.ReadFile("out/pkg/b.pyc")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := pyc.MagicOf(pyc.Version{Major: 3, Minor: 13})
	want := pyc.NewHeader(m, pyc.UncheckedHash, []byte("b?"), pyc.SourceStamp{}).Append(nil)
	want = append(want, fakeCode(backend.Request{Source: []byte("b?"), Filename: "repo/pkg/b.py", Optimize: 1}, "bin/python3")...)
	if !bytes.Equal(got, want) {
		t.Errorf("out/pkg/b.pyc is\n%q, want\n%q", got, want)
	}
	if len(o.opened) != 1 {
		t.Errorf("%d compilers were opened for two requests, want one", len(o.opened))
	}
}

// A request whose source fails leaves no cache, tells every fault in the order
// of its arguments and nothing of the request.
func TestFaults(t *testing.T) {
	folder(t, map[string]string{"a.py": "a", "bad.py": "x = !", "worse.py": "! y", "crash.py": "crash", "panic.py": "panic"})
	e := executor(t, &opener{embedded: map[string]bool{"3.13": true}})
	out := do(t, e, ExitFailed, request("a.py", "worse.py", "bad.py")...)
	want := "worse.py:1:1: SyntaxError: invalid syntax\n  1 | ! y\n    | ^\nbad.py:1:1: SyntaxError: invalid syntax\n  1 | x = !\n    | ^\n"
	if out != want {
		t.Errorf("output\n%s\nwant\n%s", out, want)
	}
	if left := listing(t, "out"); len(left) > 0 {
		t.Errorf("a failed request left %q", left)
	}
	for name, want := range map[string]string{
		"crash.py": "crash.py: error: the interpreter crashed\n",
		"panic.py": "panic.py: error: internal error: index out of range\n",
		"gone.py":  "gone.py: error: cannot read the source: no such file or directory\n",
	} {
		if runtime.GOOS == "windows" && name == "gone.py" {
			continue
		}
		if out := do(t, e, ExitFailed, request(name)...); out != want {
			t.Errorf("%s: output %q, want %q", name, out, want)
		}
	}
	do(t, e, ExitOK, request("a.py")...)
}

func TestIgnoreErrors(t *testing.T) {
	folder(t, map[string]string{"a.py": "a", "tests/bad.py": "!"})
	e := executor(t, &opener{embedded: map[string]bool{"3.13": true}})
	do(t, e, ExitOK, append(request("a.py", "tests/bad.py"), "--ignore_errors", "**/tests/*.py")...)
	if b, err := os.ReadFile("out/tests/bad.pyc"); err != nil || len(b) != 0 {
		t.Errorf("the cache of an ignored source: %q, %v; want an empty file", b, err)
	}
	do(t, e, ExitFailed, append(request("a.py", "tests/bad.py"), "--ignore_errors", "tests/*.py")...)
	do(t, e, ExitUsage, append(request("a.py"), "--ignore_errors", "[")...)
}

func TestTree(t *testing.T) {
	folder(t, map[string]string{
		"gen/a.py": "a", "gen/sub/deep/b.py": "b", "gen/sub/data.txt": "!", "gen/sub/__pycache__/c.py": "!", "elsewhere/l.py": "l",
	})
	if err := os.MkdirAll("empty", 0o755); err != nil {
		t.Fatal(err)
	}
	want := []string{"__pycache__/a.cpython-313.opt-2.pyc", "sub/deep/__pycache__/b.cpython-313.opt-2.pyc"}
	if err := os.Symlink("../../elsewhere/l.py", "gen/sub/l.py"); err == nil {
		want = append(want, "sub/__pycache__/l.cpython-313.opt-2.pyc")
		slices.Sort(want)
	}
	e := executor(t, &opener{embedded: map[string]bool{"3.13": true}})
	common := []string{"--python_version=3.13", "--optimize=2", "--invalidation_mode=CHECKED_HASH"}
	do(t, e, ExitOK, append(common, "--tree=gen", "--tree_name=repo/gen", "--tree_layout=pycache", "--tree_copy=none", "--tree_out=out",
		"--tree=empty", "--tree_name=repo/empty", "--tree_layout=legacy", "--tree_copy=all", "--tree_out=out2")...)
	if got := listing(t, "out"); !slices.Equal(got, want) {
		t.Errorf("caches %q, want %q", got, want)
	}
	if got := listing(t, "out2"); len(got) != 0 || !exists("out2") {
		t.Errorf("an empty folder gave %q", got)
	}
	b, err := os.ReadFile("out/sub/deep/__pycache__/b.cpython-313.opt-2.pyc")
	if err != nil || !bytes.Contains(b, []byte("repo/gen/sub/deep/b.py -O2")) {
		t.Errorf("b's cache: %q, %v", b, err)
	}
	do(t, e, ExitOK, append(common, "--tree=gen", "--tree_name=n", "--tree_layout=legacy", "--tree_copy=data", "--tree_out=out3")...)
	if !exists("out3/sub/deep/b.pyc") || !exists("out3/sub/data.txt") || exists("out3/a.py") {
		t.Errorf("legacy caches: %q", listing(t, "out3"))
	}
	do(t, e, ExitOK, append(common, "--tree=gen", "--tree_name=n", "--tree_layout=pycache", "--tree_copy=all", "--tree_out=out5")...)
	if b, err := os.ReadFile("out5/sub/deep/b.py"); err != nil || string(b) != "b" || !exists("out5/sub/deep/__pycache__") || !exists("out5/sub/data.txt") {
		t.Errorf("a folder with copies: %q, %v", listing(t, "out5"), err)
	}
	if err := os.Symlink("..", "gen/sub/loop"); err == nil {
		if out := do(t, e, ExitFailed, append(common, "--tree=gen", "--tree_name=n", "--tree_layout=legacy", "--tree_copy=none", "--tree_out=out4")...); !strings.Contains(out, "gen/sub/loop: error: a link that leads to a folder above it") {
			t.Errorf("a loop of links: %s", out)
		}
	}
}

// listing lists the files below a folder.
func listing(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(dir, func(p string, d os.DirEntry, err error) error {
		if p == dir && errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(out)
	return out
}

// In a sandbox every path of the request is below it, but for the tool's own.
func TestSandbox(t *testing.T) {
	folder(t, map[string]string{"a.py": "outside", "box/1/a.py": "inside", "box/1/args": strings.Join(request("a.py"), "\n") + "\n"})
	o := &opener{}
	e := executor(t, o, "--interpreter", "tools/python")
	code, out := e.Handle(context.Background(), WorkRequest{Arguments: []string{"@args"}, SandboxDir: "box/1"})
	if code != ExitOK {
		t.Fatalf("exit code %d: %s", code, out)
	}
	b, err := os.ReadFile("box/1/out/a.pyc")
	if err != nil {
		t.Fatal(err)
	}
	if want := fakeCode(backend.Request{Source: []byte("inside"), Filename: "repo/a.py", Optimize: 1}, "tools/python"); !bytes.HasSuffix(b, want) {
		t.Errorf("cache %q, want the code %q", b, want)
	}
	if exists("out") {
		t.Error("something was written outside of the sandbox")
	}
	// A fault names the source as the request does.
	put(t, "box/1", map[string]string{"a.py": "!"})
	if _, out := e.Handle(context.Background(), WorkRequest{Arguments: request("a.py"), SandboxDir: "box/1"}); !strings.HasPrefix(out, "a.py:1:1: ") {
		t.Errorf("output %q", out)
	}
}

// The embedded compiler serves what it covers; the interpreter is for the rest.
func TestWhoCompiles(t *testing.T) {
	folder(t, map[string]string{"a.py": "a"})
	o := &opener{embedded: map[string]bool{"3.13": true}}
	e := executor(t, o, "--interpreter", "python")
	last := func() string {
		c := o.opened[len(o.opened)-1].o
		return fmt.Sprintf("%s %s %s", c.Compiler, c.Interpreter, c.Target)
	}
	do(t, e, ExitOK, request("a.py")...)
	if got := last(); got != "embedded  3.13" {
		t.Errorf("3.13 was compiled by %q", got)
	}
	args := request("a.py")
	args[len(args)-1] = "3.12"
	do(t, e, ExitOK, args...)
	if got := last(); got != "cpython python 3.12" {
		t.Errorf("3.12 was compiled by %q", got)
	}
	do(t, e, ExitOK, append(request("a.py"), "--compiler", "cpython")...)
	if got := last(); got != "cpython python 3.13" {
		t.Errorf("3.13 with --compiler cpython was compiled by %q", got)
	}
	if out := do(t, e, ExitUsage, append(args, "--compiler", "embedded")...); !strings.Contains(out, "does not cover Python 3.12") {
		t.Errorf("--compiler embedded: %s", out)
	}
	// What could not be opened is tried again.
	o.fail.Store(true)
	args[len(args)-1] = "3.11"
	do(t, e, ExitUsage, args...)
	o.fail.Store(false)
	do(t, e, ExitOK, args...)

	// Without an interpreter, none is looked for.
	bare := &opener{}
	if out := do(t, executor(t, bare), ExitUsage, request("a.py")...); !strings.Contains(out, "no compiler for Python 3.13") || len(bare.opened) > 0 {
		t.Errorf("without an interpreter: %s", out)
	}
	by := NewExecutor(Options{Open: bare.open, Interpreters: map[string]string{"3.13": "from/runfiles"}})
	defer by.Close()
	do(t, by, ExitOK, request("a.py")...)
	if got := bare.opened[0].o.Interpreter; got != "from/runfiles" {
		t.Errorf("interpreter %q", got)
	}
}

func TestCancelLeavesNothing(t *testing.T) {
	folder(t, map[string]string{"a.py": "a", "slow.py": "slow"})
	e := executor(t, &opener{embedded: map[string]bool{"3.13": true}})
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(20*time.Millisecond, cancel)
	code, out := e.Handle(ctx, WorkRequest{Arguments: request("a.py", "slow.py")})
	if left := listing(t, "out"); code == ExitOK || len(left) > 0 {
		t.Errorf("cancelled: exit code %d, output %q, left %q", code, out, left)
	}
}

// lateCancel is a context that has ended once it was asked n times.
type lateCancel struct {
	context.Context
	mu sync.Mutex
	n  int
}

func (c *lateCancel) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancelAnyTime has requests cancelled at each moment somebody looks: they are
// done, and say nothing of it, or they have failed and left nothing.
func TestCancelAnyTime(t *testing.T) {
	folder(t, map[string]string{"a.py": "a", "b.py": "b"})
	e := executor(t, &opener{embedded: map[string]bool{"3.13": true}})
	do(t, e, ExitOK, request("a.py", "b.py")...)
	whole := listing(t, "out")
	for n := 0; ; n++ {
		if err := os.RemoveAll("out"); err != nil {
			t.Fatal(err)
		}
		ctx := &lateCancel{Context: context.Background(), n: n}
		code, out := e.Handle(ctx, WorkRequest{Arguments: request("a.py", "b.py")})
		left := listing(t, "out")
		switch {
		case code == ExitOK && (out != "" || !slices.Equal(left, whole)):
			t.Errorf("cancelled after %d looks: done, but the output is %q, and %q is there", n, out, left)
		case code != ExitOK && (out == "" || len(left) > 0):
			t.Errorf("cancelled after %d looks: exit code %d, output %q, left %q", n, code, out, left)
		}
		if ctx.n > 0 { // nobody looked as often
			break
		}
		if n > 1000 {
			t.Fatal("it is asked for ever")
		}
	}
}

func TestParseRequestRefuses(t *testing.T) {
	folder(t, map[string]string{"loop": "@loop\n"})
	full := slices.Clip(request("a.py"))
	for want, args := range map[string][]string{
		`"src" is not an argument`:    {"src"},
		"--frobnicate is not":         {"--frobnicate", "1"},
		"--src lacks its value":       append(full, "--src"),
		"--quiet takes no value":      append(full, "--quiet=1"),
		"each source needs all three": append(full, "--src", "b.py"),
		"each folder needs all five":  append(full, "--tree", "b"),
		"--python_version is missing": full[:len(full)-2],
		"is not a Python version":     append(full[:len(full)-1:len(full)-1], "3"),
		"is both":                     append(full, "--python_version", "3.12"),
		"want 0, 1 or 2":              append(full[:len(full)-4:len(full)-4], "--python_version", "3.13", "--optimize", "3"),
		"has no times to record":      {"--invalidation_mode", "timestamp"},
		"is not an invalidation mode": {"--invalidation_mode", "never"},
		"is not a compiler":           {"--compiler", "gcc"},
		"needs --interpreter":         append(full, "--compiler", "cpython"),
		"have the same cache":         append(full, "--src", "b.py", "--src_name", "b", "--pyc", "out/../out/a.pyc"),
		"is an empty word":            append(full, "--src", "", "--src_name", "b", "--pyc", "c"),
		"cannot read the parameter":   {"@absent"},
		"name each other too deeply":  {"@loop"},
		"is not a layout":             append(full, "--tree=a", "--tree_name=a", "--tree_layout=x", "--tree_copy=none", "--tree_out=b"),
		"is none of none, data":       append(full, "--tree=a", "--tree_name=a", "--tree_layout=legacy", "--tree_copy=x", "--tree_out=b"),
		"have the same place":         append(full, "--tree=a", "--tree_name=a", "--tree_layout=pycache", "--tree_copy=none", "--tree_out=out/a.pyc"),
	} {
		_, err := ParseRequest(args, func(s string) string { return s })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", args, err, want)
		}
	}
}

func TestArgumentsAreListed(t *testing.T) {
	if got, want := len(Arguments()), len(arguments()); got != want {
		t.Errorf("%d arguments are documented of %d", got, want)
	}
	for _, a := range Arguments() {
		if a.Help == "" {
			t.Errorf("--%s is not documented", a.Name)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add(strings.Join(request("a.py", "b.py"), "\n"))
	f.Add("--tree=a\n--tree_name=b\n--tree_layout=legacy\n--tree_copy=all\n--tree_out=c\n--python_version=pypy3.11")
	f.Add("@\n--src")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRequest(strings.Split(text, "\n"), func(string) string { return "/nonexistent" })
		if (r == nil) == (err == nil) {
			t.Errorf("%v, %v", r, err)
		}
	})
}
