package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// world is an app in a made-up world: no interpreter is run, nothing is read but
// what a test put there, and what the engine is asked for is kept.
type world struct {
	*app
	out, err bytes.Buffer

	vars     map[string]string
	files    map[string]string      // what readFile and lstat know
	missing  bool                   // no compiler can be opened
	broken   map[string]bool        // interpreters that do not run
	answers  map[string]pyc.Version // of interpreters
	report   *precompile.Report
	findings *precompile.VerifyReport
	runErr   error

	ran      *precompile.Options
	verified *precompile.VerifyOptions
	mu       sync.Mutex // guards opened
	opened   []compilerRequest
	closed   int
	memoDir  string // what a memo was opened for
	memo     memo.Options
}

func newWorld() *world {
	w := &world{
		vars: map[string]string{}, files: map[string]string{}, broken: map[string]bool{},
		answers: map[string]pyc.Version{"/usr/bin/python3": {Major: 3, Minor: 13, Patch: 0}},
		report:  &precompile.Report{}, findings: &precompile.VerifyReport{},
	}
	w.app = &app{
		stdin: strings.NewReader(""), stdout: &stream{w: &w.out}, stderr: &stream{w: &w.err},
		getenv: func(k string) string { return w.vars[k] },
		getwd:  func() (string, error) { return filepath.FromSlash("/work"), nil },
		readFile: func(p string) ([]byte, error) {
			if s, ok := w.files[filepath.ToSlash(p)]; ok {
				return []byte(s), nil
			}
			return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
		},
		lstat: func(p string) (fs.FileInfo, error) {
			if _, ok := w.files[filepath.ToSlash(p)]; ok {
				return nil, nil
			}
			return nil, fs.ErrNotExist
		},
		lookPath: func(string) (string, error) { return "/usr/bin/python3", nil },
		version:  versionInfo{Version: "1.2.3", Go: "go1.26", System: "linux/amd64"},
	}
	w.app.engine = engine{
		run: func(ctx context.Context, o precompile.Options) (*precompile.Report, error) {
			w.ran = &o
			for _, c := range o.Compilers {
				w.report.Compilers = append(w.report.Compilers, c.Info())
			}
			return w.report, w.runErr
		},
		verify: func(ctx context.Context, o precompile.VerifyOptions) (*precompile.VerifyReport, error) {
			w.verified = &o
			w.findings.Targets = o.Targets
			for _, t := range o.Targets {
				w.findings.Rebuilt = append(w.findings.Rebuilt, t.Compiler != nil)
			}
			return w.findings, w.runErr
		},
		openMemo: func(dir string, o memo.Options) (*memo.Memo, error) {
			w.memoDir, w.memo = dir, o
			return nil, nil
		},
		open: func(_ context.Context, o compilerRequest) (backend.Compiler, error) {
			w.mu.Lock()
			defer w.mu.Unlock()
			if o.Target == (pyc.Version{}) {
				var ok bool
				if o.Target, ok = w.answers[o.Interpreter]; !ok {
					return nil, fmt.Errorf("no interpreter at %s", o.Interpreter)
				}
			}
			w.opened = append(w.opened, o)
			if w.missing {
				return nil, &cpython.NotFoundError{Want: o.Target, Places: []string{"/usr/bin"}}
			}
			m, _ := pyc.MagicOf(o.Target)
			return &fakeCompiler{w, backend.Info{Name: "cpython", Target: o.Target, Magic: m, Detail: "/usr/bin/python" + o.Target.Series()}}, nil
		},
		probe: func(_ context.Context, path string, _ cpython.Search) (cpython.Interpreter, error) {
			v, ok := w.answers[path]
			if !ok {
				return cpython.Interpreter{}, fmt.Errorf("no interpreter at %s", path)
			}
			m, _ := pyc.MagicOf(v)
			if v.Implementation == pyc.PyPy {
				m = pyc.MagicFromNumber(384)
			}
			return cpython.Interpreter{Path: path, Version: v, Magic: m}, nil
		},
		compilers: func(context.Context) []backend.Info {
			v := pyc.Version{Major: 3, Minor: 13, Patch: 0}
			m, _ := pyc.MagicOf(v)
			return []backend.Info{{Name: "cpython", Target: v, Magic: m, Detail: "/usr/bin/python3.13"}}
		},
	}
	return w
}

type fakeCompiler struct {
	w    *world
	info backend.Info
}

func (c *fakeCompiler) Info() backend.Info { return c.info }
func (c *fakeCompiler) Close() error       { c.w.closed++; return nil }
func (c *fakeCompiler) Compile(context.Context, backend.Request) (backend.Result, error) {
	return backend.Result{}, errors.New("not to be called")
}

// must runs the command and wants an exit code.
func (w *world) must(t *testing.T, code int, args ...string) {
	t.Helper()
	if got := w.app.run(args); got != code {
		t.Errorf("precompile %q: exit code %d, want %d\n%s%s", args, got, code, w.out.String(), w.err.String())
	}
	if n := len(w.opened); w.closed != n && !w.missing {
		t.Errorf("precompile %q: %d compilers opened, %d closed", args, n, w.closed)
	}
}

// contains wants parts of an output.
func contains(t *testing.T, what, got string, want ...string) {
	t.Helper()
	for _, s := range want {
		if !strings.Contains(got, s) {
			t.Errorf("%s has no %q:\n%s", what, s, got)
		}
	}
}

func TestVerbs(t *testing.T) {
	for _, c := range []struct {
		args  string
		files []string
		verb  string // "compile", "verify", or "" for a refusal
		paths string
		say   string
	}{
		{args: "src", verb: "compile", paths: "src"},
		{args: "compile src", verb: "compile", paths: "src"},
		{args: "-v src tests", verb: "compile", paths: "src tests"},
		{args: "--python 3.13 src", verb: "compile", paths: "src"},
		{args: "src --python 3.13", verb: "compile", paths: "src"},
		{args: "verify src", verb: "verify", paths: "src"},
		{args: "verify -v src", verb: "verify", paths: "src"},
		// A folder that has the name of a verb.
		{args: "./verify", verb: "compile", paths: "./verify"},
		{args: "-- verify", verb: "compile", paths: "verify"},
		{args: "-v -- verify compile", verb: "compile", paths: "verify compile"},
		{args: "compile verify", verb: "compile", paths: "verify"},
		{args: "src verify", verb: "compile", paths: "src verify"},
		{args: "verify verify", verb: "verify", paths: "verify"},
		{args: "verify", say: "no PATH"},
		{args: "verify", files: []string{"verify"}, say: `"verify" was taken for the verb; the path is ./verify`},
		{args: "compile", files: []string{"compile"}, say: `"compile" was taken for the verb; the path is ./compile`},
		{args: "-v verify src", say: `"verify" after flags could be the verb or a path: put the verb first, or write the path as ./verify`},
		{args: "--python 3.13 verify", say: "put the verb first"},
		{args: "-j2 version", say: "put the verb first"},
		// Slips.
		{args: "verfy src", say: `there is no file or folder "verfy", and no such verb; did you mean "verify"?`},
		{args: "complie src", say: `did you mean "compile"?`},
		{args: "verfy src", files: []string{"verfy"}, verb: "compile", paths: "verfy src"},
		{args: "versions/", verb: "compile", paths: "versions/"},
		{args: "app", verb: "compile", paths: "app"},
		{args: "--pyhton 3.13 src", say: "unknown flag: --pyhton; did you mean --python?"},
		{args: "verify --alow stale src", say: "unknown flag: --alow; did you mean --allow?"},
		{args: "-x src", say: "unknown shorthand flag: 'x' in -x"},
		{args: "--nonsense-entirely src", say: "unknown flag: --nonsense-entirely\n"},
		{args: "--python", say: "flag needs an argument: --python"},
	} {
		w := newWorld()
		for _, f := range c.files {
			w.files[f] = ""
		}
		code := exitOK
		if c.verb == "" {
			code = exitUsage
		}
		w.must(t, code, strings.Fields(c.args)...)
		got, paths := "", []string(nil)
		switch {
		case w.ran != nil:
			got, paths = "compile", w.ran.Selection.Paths
		case w.verified != nil:
			got, paths = "verify", w.verified.Selection.Paths
		}
		if got != c.verb || strings.Join(paths, " ") != c.paths {
			t.Errorf("precompile %s: verb %q with %q, want %q with %q", c.args, got, paths, c.verb, c.paths)
		}
		contains(t, "precompile "+c.args, w.err.String(), c.say)
	}
}

func TestExitCodes(t *testing.T) {
	fault := &diag.Diagnostic{Type: "SyntaxError", Message: "m", Line: 1, Col: 1, Text: "?"}
	for _, c := range []struct {
		name string
		args string
		set  func(*world)
		code int
		say  string
	}{
		{"done", "src", func(*world) {}, exitOK, ""},
		{"a file failed", "src", func(w *world) {
			w.report.Caches = []precompile.CacheReport{{Source: "a.py", Status: precompile.Failed, Fault: fault}}
		}, exitFailed, "a.py:1:1: SyntaxError: m"},
		{"tolerated", "src --ignore-errors a.py", func(w *world) {
			w.report.Caches = []precompile.CacheReport{{Source: "a.py", Status: precompile.Tolerated, Fault: fault}}
		}, exitOK, "a.py:1:1: SyntaxError: m (tolerated)"},
		{"a problem", "src", func(w *world) {
			w.report.Problems = []diag.Diagnostic{{Path: "src", Message: "no such file or directory"}}
		}, exitFailed, "src: error: no such file or directory"},
		{"verify finds something", "verify src", func(w *world) {
			w.findings.Findings = []precompile.Finding{{Cache: "a.pyc", Verdict: precompile.VerdictStale}}
		}, exitFailed, ""},
		{"options make no sense", "src", func(w *world) {
			w.runErr = &precompile.OptionsError{Reason: "include: \"[\" is not a well-formed glob"}
		}, exitUsage, "not a well-formed glob"},
		{"no compiler", "--python 3.12 src", func(w *world) { w.missing = true }, exitUsage, "Python 3.12: no interpreter for Python 3.12 found; looked in /usr/bin"},
		{"no target", "src", func(w *world) {
			w.lookPath = func(string) (string, error) { return "", errors.New("none") }
		}, exitUsage, "supported are " + cpython.SupportedSeries},
		{"an internal error", "src", func(w *world) { w.runErr = errors.New("boom") }, exitInternal, "precompile: boom"},
		{"a panic", "src", func(w *world) {
			w.engine.run = func(context.Context, precompile.Options) (*precompile.Report, error) { panic("boom") }
		}, exitInternal, "internal error: boom"},
		{"interrupted", "src", func(w *world) {
			w.engine.run = func(context.Context, precompile.Options) (*precompile.Report, error) {
				w.interrupted.Store(true)
				return &precompile.Report{Sources: 3}, context.Canceled
			}
		}, exitInterrupted, ""},
		{"the disk is full", "src > x", func(w *world) {
			w.stdout.w = failingWriter{errors.New("no space left on device")}
		}, exitInternal, "standard output: no space left on device"},
		{"the reader has gone", "src", func(w *world) { w.stdout.w = brokenPipe(t) }, exitOK, ""},
		{"the reader has gone, and files failed", "src --format json", func(w *world) {
			w.stdout.w = brokenPipe(t)
			w.report.Caches = []precompile.CacheReport{{Source: "a.py", Status: precompile.Failed, Fault: fault}}
		}, exitFailed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld()
			c.set(w)
			code := w.app.run(strings.Fields(c.args))
			if code != c.code {
				t.Errorf("exit code %d, want %d: %s", code, c.code, w.err.String())
			}
			contains(t, "standard error", w.err.String(), c.say)
		})
	}
}

type failingWriter struct{ err error }

func (f failingWriter) Write([]byte) (int, error) { return 0, f.err }

// brokenPipe is a pipe that nobody reads.
func brokenPipe(t *testing.T) *os.File {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	t.Cleanup(func() { w.Close() })
	return w
}

func TestNoArguments(t *testing.T) {
	w := newWorld()
	w.must(t, exitUsage)
	contains(t, "standard error", w.err.String(), "Usage:", "Verbs:", "verify")
	if w.out.Len() > 0 {
		t.Errorf("standard output: %s", w.out.String())
	}
}

func TestSourceDateEpoch(t *testing.T) {
	for value, want := range map[string]string{
		"0": "1970-01-01", "1700000000": "2023-11-14", "": "none",
		"-1": "error", "1.5": "error", "1e9": "error", "now": "error", " 1": "error", "0x10": "error", "007": "error", "+5": "error",
		"99999999999999999999": "error", "253402300800": "error",
	} {
		for _, verb := range []string{"compile", "verify"} {
			w := newWorld()
			w.vars["SOURCE_DATE_EPOCH"] = value
			if want == "error" {
				w.must(t, exitUsage, verb, "src")
				contains(t, "standard error", w.err.String(), "SOURCE_DATE_EPOCH is ")
				if w.ran != nil || w.verified != nil {
					t.Errorf("%q: the engine ran", value)
				}
				continue
			}
			w.must(t, exitOK, verb, "src")
			got := "none"
			switch {
			case w.ran != nil && w.ran.SourceDateEpoch != nil:
				got = w.ran.SourceDateEpoch.UTC().Format("2006-01-02")
			case w.verified != nil && w.verified.SourceDateEpoch != nil:
				got = w.verified.SourceDateEpoch.UTC().Format("2006-01-02")
			}
			if got != want {
				t.Errorf("%s with %q: %s, want %s", verb, value, got, want)
			}
		}
	}
}

func TestFilesFrom(t *testing.T) {
	for _, c := range []struct {
		args, stdin string
		files       map[string]string
		want        []string
		say         string
	}{
		{args: "--files-from -", stdin: "a.py\nb c.py\n\nd.py", want: []string{"a.py", "b c.py", "d.py"}},
		{args: "--files-from -", stdin: "a.py\r\nb.py\r\n", want: []string{"a.py", "b.py"}},
		{args: "--files-from list", files: map[string]string{"list": "*.py\n"}, want: []string{"*.py"}},
		{args: "--files-from - --null", stdin: "a\nb.py\x00c\r\x00", want: []string{"a\nb.py", "c\r"}},
		{args: "--files-from - -0", stdin: "a.py", want: []string{"a.py"}},
		{args: "--files-from -", stdin: "", want: nil},
		{args: "src --files-from -", stdin: "a.py", want: []string{"a.py"}},
		{args: "--files-from -", stdin: "a.py\nb.py\x00c.py", say: "--files-from: standard input has a NUL byte in line 2; names that end in NUL bytes need --null"},
		{args: "--files-from gone", say: "--files-from: gone: file does not exist"},
	} {
		w := newWorld()
		w.stdin = strings.NewReader(c.stdin)
		for name, content := range c.files {
			w.files[name] = content
		}
		code := exitOK
		if c.say != "" {
			code = exitUsage
		}
		w.must(t, code, strings.Fields(c.args)...)
		contains(t, "standard error", w.err.String(), c.say)
		if w.ran != nil && fmt.Sprintf("%q", w.ran.Selection.Files) != fmt.Sprintf("%q", c.want) {
			t.Errorf("%s of %q: %q, want %q", c.args, c.stdin, w.ran.Selection.Files, c.want)
		}
	}
}

var someProblem = diag.Diagnostic{Path: "src", Message: "permission denied"}
