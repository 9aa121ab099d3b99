//go:build conformance && unix

package precompile_test

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// regressionModules are modules of CPython's own test suite: what a compiler can
// spoil.
var regressionModules = []string{
	"test_grammar", "test_generators", "test_coroutines", "test_patma", "test_fstring", "test_scope", "test_exceptions",
	"test_with", "test_dataclasses", "test_typing", "test_traceback",
}

// asyncioModules are the ones of test_asyncio that do not wait for the clock much:
// a thinned run takes them for the whole, which is minutes long.
var asyncioModules = []string{
	"test.test_asyncio.test_context", "test.test_asyncio.test_futures", "test.test_asyncio.test_locks",
	"test.test_asyncio.test_pep492", "test.test_asyncio.test_queues", "test.test_asyncio.test_runners",
	"test.test_asyncio.test_staggered", "test.test_asyncio.test_taskgroups", "test.test_asyncio.test_tasks",
}

// poison is at the end of each source when the tests run: whoever compiles one, and
// does not take its cache, fails.
const poison = "\nraise ImportError('compiled from its source: ' + __file__)\n"

// TestRegression runs modules of CPython's own test suite in a standard library whose
// caches the embedded compiler wrote, and in one whose caches CPython wrote, and
// compares what came of each test case. All caches are unchecked, and the sources
// are spoilt after they were compiled, so a cache that is not taken is noticed; the
// interpreter takes the modules from the library that it else has frozen in itself.
//
// With PRECOMPILE_SAMPLE test_asyncio is some of its modules only, and 3.13.0, an
// older release of a series, is left to whole runs.
func TestRegression(t *testing.T) {
	releases, modules := []string{"3.13.18", "3.14.10"}, slices.Clone(regressionModules)
	if os.Getenv("PRECOMPILE_SAMPLE") == "" {
		releases = append(releases, "3.13.0")
		modules = append(modules, "test_asyncio")
	} else {
		modules = append(modules, asyncioModules...)
	}
	for _, release := range releases {
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			if _, err := os.Stat(filepath.Join(i.Stdlib, "test", "test_grammar.py")); err != nil {
				t.Fatalf("%s has no test suite: %v", i.Path, err)
			}
			theirs, ours := install(t, i), install(t, i)
			theirs.compileByPython(t)
			ours.compileByUs(t, i)
			if a, b := slices.Sorted(maps.Keys(theirs.caches(t))), slices.Sorted(maps.Keys(ours.caches(t))); !slices.Equal(a, b) {
				t.Fatalf("CPython wrote %d caches, we wrote %d others", len(a), len(b))
			}
			theirs.spoil(t)
			ours.spoil(t)
			theirs.control(t)
			ours.control(t)

			before := ours.caches(t)
			t.Logf("%d caches", len(before))
			// Some tests interrupt themselves. A process that a script puts in the
			// background ignores that, and so would its children.
			if signal.Ignored(os.Interrupt) {
				signal.Notify(make(chan os.Signal, 1), os.Interrupt)
			}
			want, got := runBoth(t, theirs, ours, modules, 2)
			// A test that depends on the clock may come out in two ways; a test that
			// depends on the code may not. Now it has the machine for itself.
			for range 3 {
				again := differing(want, got)
				if len(again) == 0 {
					break
				}
				t.Logf("again, as they came out in two ways: %s", strings.Join(again, ", "))
				more, ourMore := runBoth(t, theirs, ours, again, 1)
				replace(want, more, again)
				replace(got, ourMore, again)
			}
			counts := map[string]int{}
			for _, name := range slices.Sorted(maps.Keys(union(want, got))) {
				for _, o := range got[name].outcomes {
					counts[o]++
				}
				if !sameOutcomes(want[name], got[name]) {
					t.Errorf("%s: %q with our caches, %q with CPython's\n%s%s", name, got[name].outcomes, want[name].outcomes, got[name].said, want[name].said)
				} else if got[name].said != "" {
					t.Logf("%s: %q with CPython's caches as well\n%s", name, got[name].outcomes, tail([]byte(want[name].said)))
				}
			}
			t.Logf("test cases: %v", counts)
			if counts["passed"] < 1000 {
				t.Errorf("only %d test cases passed", counts["passed"])
			}
			for name, b := range ours.caches(t) {
				if !bytes.Equal(b, before[name]) && before[name] != nil {
					t.Errorf("%s was written again", name)
				}
			}
		})
	}
}

// installation is a Python of its own: a launcher and a copy of the library.
type installation struct {
	root, python, library, tag string
}

// argv0 is the option by which a launcher tells an interpreter where it is.
var argv0 = regexp.MustCompile(`--argv0 "[^"]*"`)

// install copies an interpreter and its library, without installed packages.
// What the interpreter starts as sys.executable is the copy, too.
func install(t *testing.T, i interptest.Interpreter) installation {
	t.Helper()
	series := fmt.Sprintf("python%d.%d", i.Version.Major, i.Version.Minor)
	root := t.TempDir()
	in := installation{root, filepath.Join(root, "bin", series), filepath.Join(root, "lib", series), i.Version.CacheTag()}
	executable, err := os.ReadFile(i.Path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.HasPrefix(executable, []byte("#!")) {
		if !argv0.Match(executable) {
			t.Fatalf("%s is a script without --argv0", i.Path)
		}
		executable = argv0.ReplaceAllLiteral(executable, []byte(`--argv0 "`+in.python+`"`))
	}
	for _, dir := range []string{filepath.Dir(in.python), in.library, filepath.Join(root, "tmp")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(in.python, executable, 0o755); err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(i.Stdlib, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(i.Stdlib, path)
		if err != nil {
			return err
		}
		to := filepath.Join(in.library, rel)
		switch name := d.Name(); {
		case d.IsDir() && (name == "site-packages" || name == "dist-packages" || name == pyc.CacheDir || strings.HasPrefix(name, "config-")):
			return fs.SkipDir
		case d.IsDir() && name == "lib-dynload":
			if err := os.Symlink(path, to); err != nil {
				return err
			}
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(to, 0o755)
		}
		b, err := os.ReadFile(path)
		if err != nil {
			if d.Type()&fs.ModeSymlink != 0 {
				return nil // it leads out of the tree that the launcher runs in
			}
			return err
		}
		return os.WriteFile(to, b, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	out, err := in.command("-c", "import sys, os, argparse; print(sys.executable, os.path.dirname(argparse.__file__))").CombinedOutput()
	if want := in.python + " " + in.library + "\n"; err != nil || string(out) != want {
		t.Fatalf("the copy of %s says %q, want %q (%v)", i.Path, out, want, err)
	}
	in.removeCaches(t)
	return in
}

func (in installation) command(args ...string) *exec.Cmd {
	cmd := exec.Command(in.python, append([]string{"-X", "frozen_modules=off"}, args...)...)
	cmd.Dir = filepath.Join(in.root, "tmp")
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + cmd.Dir, "TMPDIR=" + cmd.Dir, "LC_ALL=C.UTF-8"}
	return cmd
}

func (in installation) removeCaches(t *testing.T) {
	t.Helper()
	for name := range in.caches(t) {
		if err := os.Remove(filepath.Join(in.library, name)); err != nil {
			t.Fatal(err)
		}
	}
}

// caches reads the caches of level 0, by their paths below the library.
func (in installation) caches(t *testing.T) map[string][]byte {
	t.Helper()
	out := map[string][]byte{}
	in.walk(t, func(path, rel string) error {
		if !strings.HasSuffix(rel, "."+in.tag+".pyc") {
			return nil
		}
		b, err := os.ReadFile(path)
		out[rel] = b
		return err
	})
	return out
}

// walk visits the files of the library.
func (in installation) walk(t *testing.T, visit func(path, rel string) error) {
	t.Helper()
	err := filepath.WalkDir(in.library, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(in.library, path)
		if err != nil {
			return err
		}
		return visit(path, rel)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// compileByPython compiles what the interpreter can of its library.
func (in installation) compileByPython(t *testing.T) {
	t.Helper()
	// Some tests are files that no Python compiles: compileall says 1 then.
	out, err := in.command("-B", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash", in.library).CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && (!asExit(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("compileall: %v\n%s", err, out)
	}
}

func asExit(err error, to **exec.ExitError) bool {
	e, ok := err.(*exec.ExitError)
	*to = e
	return ok
}

// compileByUs compiles the library with the embedded compiler.
func (in installation) compileByUs(t *testing.T, i interptest.Interpreter) {
	t.Helper()
	c, err := precompile.OpenCompiler(t.Context(), precompile.CompilerOptions{Compiler: precompile.CompilerEmbedded, Target: i.Version})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	report, err := precompile.Run(t.Context(), precompile.Options{
		Selection: precompile.Selection{Paths: []string{in.library}}, Compilers: []backend.Compiler{c}, Mode: pyc.UncheckedHash,
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Problems) > 0 {
		t.Fatal(report.Problems)
	}
}

// spoil makes sources that raise.
func (in installation) spoil(t *testing.T) {
	t.Helper()
	in.walk(t, func(path, rel string) error {
		// These are run as scripts, from their sources.
		if !strings.HasSuffix(rel, ".py") || strings.HasPrefix(rel, "test/test_asyncio/echo") {
			return nil
		}
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		if _, err := f.WriteString(poison); err != nil {
			return err
		}
		return f.Close()
	})
}

// control sees to it that a cache that is not taken is noticed.
func (in installation) control(t *testing.T) {
	t.Helper()
	cache := pyc.CachePath(filepath.Join(in.library, "argparse.py"), in.tag, 0)
	b, err := os.ReadFile(cache)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := in.command("-c", "import argparse").CombinedOutput(); err != nil {
		t.Fatalf("with its cache: %v\n%s", err, out)
	}
	if err := os.Remove(cache); err != nil {
		t.Fatal(err)
	}
	out, err := in.command("-B", "-c", "import argparse").CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("ImportError: compiled from its source")) {
		t.Fatalf("a source that is spoilt can be imported: %v\n%s", err, out)
	}
	if err := os.WriteFile(cache, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

// runBoth runs the modules in both installations, so many at the same time.
func runBoth(t *testing.T, theirs, ours installation, modules []string, jobs int) (want, got map[string]testCase) {
	t.Helper()
	var g errgroup.Group
	g.SetLimit(jobs)
	g.Go(func() (err error) {
		want, err = theirs.run(t, modules)
		return err
	})
	g.Go(func() (err error) {
		got, err = ours.run(t, modules)
		return err
	})
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return want, got
}

// testCase is what came of a test case.
type testCase struct {
	outcomes []string // in order: one with subtests may have several
	said     string   // the tracebacks of failures
}

func sameOutcomes(a, b testCase) bool { return slices.Equal(a.outcomes, b.outcomes) }

// run runs modules of the test suite, and returns what came of each test case. That
// no results are left, as the process crashed or a module hung, may be a matter of the
// clock as well; what depends on the code is so each time.
func (in installation) run(t *testing.T, modules []string) (map[string]testCase, error) {
	result := filepath.Join(in.root, "result.xml")
	patience := "900" // for a module: test_asyncio is one
	if os.Getenv("PRECOMPILE_SAMPLE") != "" {
		patience = "480" // so that there is time for another try
	}
	args := append([]string{"-m", "test", "--junit-xml", result, "--timeout", patience}, modules...)
	var out, b []byte
	var err, fault error
	for range 3 {
		out, err = in.command(args...).CombinedOutput()
		if b, fault = os.ReadFile(result); fault == nil {
			break
		}
		t.Logf("%s left no results: %v\n%s", in.root, err, tail(out))
	}
	if fault != nil {
		return nil, fmt.Errorf("%v, and no results: %v\n%s", err, fault, tail(out))
	}
	if err := os.Remove(result); err != nil {
		return nil, err
	}
	var suites struct {
		Cases []struct {
			Name    string    `xml:"name,attr"`
			Error   *string   `xml:"error"`
			Failure *string   `xml:"failure"`
			Skipped *struct{} `xml:"skipped"`
		} `xml:"testsuite>testcase"`
	}
	if err := xml.Unmarshal(b, &suites); err != nil {
		return nil, err
	}
	cases := map[string]testCase{}
	for _, c := range suites.Cases {
		all, outcome := cases[c.Name], "passed"
		switch {
		case c.Error != nil:
			outcome = "error"
			all.said += *c.Error
		case c.Failure != nil:
			outcome = "failed"
			all.said += *c.Failure
		case c.Skipped != nil:
			outcome = "skipped"
		}
		all.outcomes = append(all.outcomes, outcome)
		cases[c.Name] = all
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no test case was run: %v\n%s", err, tail(out))
	}
	return cases, nil
}

func tail(b []byte) []byte { return b[max(0, len(b)-4000):] }

// differing returns the modules with test cases that came out otherwise.
func differing(want, got map[string]testCase) []string {
	modules := map[string]bool{}
	for name := range union(want, got) {
		if !sameOutcomes(want[name], got[name]) {
			modules[moduleOf(name)] = true
		}
	}
	return slices.Sorted(maps.Keys(modules))
}

// replace puts what came of a module later in the place of what came of it first.
func replace(cases, later map[string]testCase, modules []string) {
	maps.DeleteFunc(cases, func(name string, _ testCase) bool { return slices.Contains(modules, moduleOf(name)) })
	maps.Copy(cases, later)
}

// fixture is the name of what is around tests, where that fails: setUpClass (test.test_x.Y).
var fixture = regexp.MustCompile(`^(?:setUp|tearDown)(?:Class|Module) \((.+)\)$`)

// moduleOf returns the name of the module of a test case.
func moduleOf(name string) string {
	if m := fixture.FindStringSubmatch(name); m != nil {
		name = m[1]
	}
	parts := strings.Split(name, ".")
	for i, p := range parts {
		if i > 0 && strings.HasPrefix(p, "test_") && !(i+1 < len(parts) && strings.HasPrefix(parts[i+1], "test_")) {
			return strings.Join(parts[:i+1], ".")
		}
	}
	return name
}

func TestModuleOf(t *testing.T) {
	for name, want := range map[string]string{
		"test.test_typing.AnyTests.test_repr":                   "test.test_typing",
		"test.test_asyncio.test_tasks.RunTests.test_it":         "test.test_asyncio.test_tasks",
		"test.test_patma.T.test_x (n=1.5)":                      "test.test_patma",
		"setUpClass (test.test_typing.AnyTests)":                "test.test_typing",
		"tearDownClass (test.test_asyncio.test_tasks.RunTests)": "test.test_asyncio.test_tasks",
		"setUpModule (test.test_grammar)":                       "test.test_grammar",
		"tearDownModule (test.test_asyncio.test_tasks)":         "test.test_asyncio.test_tasks",
	} {
		if got := moduleOf(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func union(a, b map[string]testCase) map[string]testCase {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
