package report

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

var update = flag.Bool("update", false, "write the golden files of testdata")

var (
	v313 = pyc.Version{Major: 3, Minor: 13, Patch: 0}
	v314 = pyc.Version{Major: 3, Minor: 14, Patch: 10}
)

// golden compares with testdata/name, which -update writes.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; if the new text is right, go test -update (-want +got):\n%s", path, diff)
	}
}

func info(v pyc.Version, path string) backend.Info {
	m, _ := pyc.MagicOf(v)
	return backend.Info{Name: "cpython", Target: v, Magic: m, Detail: path}
}

// theCompiler is one that only says who it is.
type theCompiler struct{ info backend.Info }

func (c theCompiler) Info() backend.Info { return c.info }
func (c theCompiler) Close() error       { return nil }
func (c theCompiler) Compile(context.Context, backend.Request) (backend.Result, error) {
	return backend.Result{}, errors.New("not to be called")
}

func syntaxError(text string) *diag.Diagnostic {
	return &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: 2, Col: 5, EndLine: 2, EndCol: 7, Text: text}
}

// aRun has one of everything, two targets, and names made to break renderers.
func aRun() (*precompile.Report, Meta) {
	cache := func(src string, v pyc.Version, s precompile.Status) precompile.CacheReport {
		return precompile.CacheReport{Source: src, Cache: pyc.CachePath(src, v.CacheTag(), 0), Target: v, Status: s}
	}
	r := &precompile.Report{
		Compilers: []backend.Info{info(v313, "/usr/bin/python3.13"), info(v314, "/opt/py thon/python3.14")},
		Sources:   1726,
		Pruned:    []string{"src/__pycache__/gone.cpython-313.pyc"},
		Cleaned:   []string{"src/__pycache__/.a.tmp"},
		Elapsed:   1912 * time.Millisecond,
		Problems:  []diag.Diagnostic{{Path: "src/locked", Message: "cannot read the folder: permission denied"}},
	}
	for _, v := range []pyc.Version{v313, v314} {
		bad := cache("src/b:a,d%.py", v, precompile.Failed)
		bad.Fault = syntaxError("x = +* 2")
		evil := cache("src/new\nline\x1b[2J.py", v, precompile.Failed)
		evil.Fault = &diag.Diagnostic{Message: "permission denied"}
		vendored := cache("src/vendor/py2.py", v, precompile.Tolerated)
		vendored.Fault = &diag.Diagnostic{Type: "SyntaxError", Message: "Missing parentheses in call to 'print'. Did you mean print(...)?", Line: 1, Col: 1, EndLine: 1, EndCol: 8, Text: "print 1"}
		latin := cache("src/caf\xe9.py", v, precompile.Compiled)
		r.Caches = append(r.Caches, cache("src/a.py", v, precompile.Compiled), bad, latin, evil, cache("src/u.py", v, precompile.Unchanged), vendored)
	}
	r.Caches[0].Warnings = []diag.Diagnostic{{Type: "SyntaxWarning", Message: `"is" with 'int' literal. Did you mean "=="?`, Line: 3, Col: 4, EndLine: 3, EndCol: 10, Text: "if x is 1: pass"}}
	only314 := cache("src/z.py", v314, precompile.Failed)
	only314.Fault = &diag.Diagnostic{Type: "SyntaxError", Message: "m", Line: 1, Col: 3, EndLine: 4, EndCol: 2, Text: "x(("}
	r.Caches = append(r.Caches, cache("src/z.py", v313, precompile.Compiled), only314)
	r.Caches[2].FromMemo = true
	r.Memo = &memo.Outcome{
		Dir: "/var/cache/m\x1bmo", Hits: 1, Misses: 1200, Stored: 1190, Removed: 3,
		Rejected: []memo.Rejected{{Path: "/var/cache/m\x1bmo/00/\xff", Reason: "its digest is not that of its content"}},
		Fault:    errors.New("cannot write to it: no space left on device"),
	}
	return r, Meta{Version: "1.2.3", TargetBy: "/src/.python-version", Modes: []pyc.Mode{pyc.CheckedHash}, Optimize: []int{0}}
}

// aVerification has one finding of each verdict.
func aVerification() (*precompile.VerifyReport, Meta) {
	c := theCompiler{info(v313, "/usr/bin/python3.13")}
	r := &precompile.VerifyReport{
		Targets: []precompile.VerifyTarget{{Version: v313, Magic: c.info.Magic, Compiler: c}},
		Rebuilt: []bool{true},
		Sources: 9,
		Elapsed: 75 * time.Second,
		Problems: []diag.Diagnostic{
			{Path: "gone.whl", Message: "no such file or directory"},
		},
	}
	for _, v := range precompile.Verdicts() {
		name := "pkg/" + string(v) + ".py"
		f := precompile.Finding{Source: name, Cache: pyc.CachePath(name, "cpython-313", 0), Target: v313, Verdict: v, Allowed: v == precompile.VerdictOK || v == precompile.VerdictUnchecked || v == precompile.VerdictOrphan}
		switch v {
		case precompile.VerdictUnchecked:
			f.Source, f.Cache, f.Target, f.Optimize, f.Detail = "", "pkg/inner.zip", pyc.Version{}, -1, "an archive inside a folder"
		case precompile.VerdictForeign:
			f.Classes = []string{"interned-bit", "unused-flag"}
		case precompile.VerdictOrphan:
			f.Source = ""
		case precompile.VerdictMismatch:
			f.Source = "dist/a.whl!pkg/m.py"
			f.Cache, f.Detail = "dist/a.whl!pkg/__pycache__/m.cpython-313.pyc", "<module>.f: co_consts[1] is 2, the source has 3"
		case precompile.VerdictUnverifiable:
			f.Fault = syntaxError("x = +* 2")
		case precompile.VerdictStale:
			f.Detail = "source hash 0123456789abcdef, the cache has fedcba9876543210"
		}
		r.Findings = append(r.Findings, f)
	}
	return r, Meta{Version: "1.2.3", TargetBy: "--python", Modes: []pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash}, Optimize: []int{0, 2}}
}

func unixOnly(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of the goldens are Unix's")
	}
}

func both(out, errs []byte) []byte {
	return []byte("--- standard output\n" + string(out) + "--- standard error\n" + string(errs))
}

func TestText(t *testing.T) {
	unixOnly(t)
	r, m := aRun()
	golden(t, "run.txt", both(Text{}.Run(r, m)))
	golden(t, "run-quiet.txt", both(Text{Quiet: true}.Run(r, m)))
	golden(t, "run-verbose.txt", both(Text{Verbose: true}.Run(r, m)))
	v, m := aVerification()
	golden(t, "verify.txt", both(Text{}.Verify(v, m)))
	golden(t, "verify-quiet.txt", both(Text{Quiet: true}.Verify(v, m)))
	golden(t, "verify-verbose.txt", both(Text{Verbose: true}.Verify(v, m)))
	v.Rebuilt, m.Interrupted, v.Elapsed = []bool{false}, true, 40*time.Millisecond
	if got, want := VerifySummary(v, m), "interrupted after 9 files, 11 caches: 1 ok, 1 unchecked allowed, 1 foreign-but-equal, 1 missing, 1 orphan allowed, 1 stale, 1 wrong-mode, 1 wrong-magic, 1 corrupt, 1 mismatch, 1 unverifiable, 1 problem (Python 3.13.0 from --python, content not compared, checked-hash or unchecked-hash only, -O 0,2, 0.04 s)"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestSummaryOfTheUsualRun(t *testing.T) {
	r := &precompile.Report{Compilers: []backend.Info{info(v313, "/usr/bin/python3.13")}, Sources: 1726, Elapsed: 1912 * time.Millisecond}
	for i := range 1726 {
		s := precompile.Compiled
		switch {
		case i < 20:
			s = precompile.Unchanged
		case i < 26:
			s = precompile.Failed
		}
		r.Caches = append(r.Caches, precompile.CacheReport{Status: s})
	}
	want := "1,726 files: 1,700 compiled, 20 unchanged, 6 failed (Python 3.13.0 from .python-version, CPython /usr/bin/python3.13, checked-hash, 1.9 s)"
	if got := RunSummary(r, Meta{TargetBy: ".python-version", Modes: []pyc.Mode{pyc.CheckedHash}, Optimize: []int{0}}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestGrouped(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -999: "-999"} {
		if got := Grouped(n); got != want {
			t.Errorf("Grouped(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestGitHub(t *testing.T) {
	unixOnly(t)
	r, m := aRun()
	out := RunGitHub(r, m)
	golden(t, "run.github.txt", out)
	v, m := aVerification()
	golden(t, "verify.github.txt", VerifyGitHub(v, m))
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "::") {
			continue
		}
		if !strings.HasPrefix(line, "1,726 files") {
			t.Errorf("a line that is neither command nor summary: %q", line)
		}
	}
}
