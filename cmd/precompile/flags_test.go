package main

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// flagCase is one use of a flag, and what of the world shows that it arrived.
type flagCase struct {
	args string
	got  func(w *world) any
	want any
}

func v(s string) pyc.Version {
	version, err := pyc.ParseVersion(s)
	if err != nil {
		panic(err)
	}
	return version
}

func openedTargets(w *world) any {
	var out []pyc.Version
	for _, o := range w.opened {
		out = append(out, o.Target)
	}
	slices.SortFunc(out, pyc.Version.Compare) // all are opened at once
	return out
}

// shared are the flags that compile and verify have in common.
var shared = []flagCase{
	{"--python 3.14", openedTargets, []pyc.Version{v("3.14")}},
	{"--python 3.13,3.14.1 --python pypy3.11", openedTargets, []pyc.Version{v("3.13"), v("3.14.1"), v("pypy3.11")}},
	{"--compiler cpython", func(w *world) any { return w.opened[0].Compiler }, precompile.CompilerCPython},
	{"--compiler embedded", func(w *world) any { return w.opened[0].Compiler }, precompile.CompilerEmbedded},
	{"--compiler auto", func(w *world) any { return w.opened[0].Compiler }, precompile.CompilerAuto},
	{"--interpreter /usr/bin/python3", func(w *world) any { return w.opened[0].Interpreter }, "/usr/bin/python3"},
	{"--interpreter /usr/bin/python3", openedTargets, []pyc.Version{v("3.13.0")}},
	{"--interpreter /opt/any --python 3.12", openedTargets, []pyc.Version{v("3.12")}},
	{"--timeout 90s", func(w *world) any { return w.opened[0].Timeout }, 90 * time.Second},
	{"--timeout 5", func(w *world) any { return w.opened[0].Timeout }, 5 * time.Second},
	{"--timeout 0", func(w *world) any { return w.opened[0].Timeout }, time.Duration(-1)},
	{"", func(w *world) any { return w.opened[0].Timeout }, time.Duration(0)},
	{"-j 3", func(w *world) any { return w.opened[0].Jobs }, 3},
	{"--jobs 0", func(w *world) any { return w.opened[0].Jobs }, 0},
	{"-j auto", func(w *world) any { return w.opened[0].Jobs }, 0},
}

// both is a flag of the two option types, by its field.
func both(args string, want any, field ...string) flagCase {
	return flagCase{args, func(w *world) any {
		var o reflect.Value
		if w.ran != nil {
			o = reflect.ValueOf(*w.ran)
		} else {
			o = reflect.ValueOf(*w.verified)
		}
		for _, f := range field {
			o = o.FieldByName(f)
		}
		return o.Interface()
	}, want}
}

func sharedCases() []flagCase {
	return append(slices.Clone(shared),
		both("-j 3", 3, "Jobs"),
		both("--include *.pyw --include a/**", []string{"*.pyw", "a/**"}, "Selection", "Include"),
		both("--exclude tests --exclude a,b", []string{"tests", "a,b"}, "Selection", "Exclude"),
		both("--no-recurse", true, "Selection", "NoRecurse"),
		both("--follow-symlinks", true, "Selection", "FollowSymlinks"),
		both("--files-from list", []string{"x.py", "y.py"}, "Selection", "Files"),
		both("--files-from nulls --null", []string{"x.py", "y\nz.py"}, "Selection", "Files"),
		both("", []int{0}, "Optimize"),
		both("-O 2", []int{2}, "Optimize"),
		both("-O1", []int{1}, "Optimize"),
		both("--optimize 2,0 -O 1 -O 2", []int{0, 1, 2}, "Optimize"),
		both("--layout legacy", precompile.LayoutLegacy, "Layout"),
		both("--layout pycache", precompile.LayoutPycache, "Layout"),
		both("--out-dir out", "out", "OutDir"),
		both("--strip-prefix build", "build", "StripPrefix"),
		both("--prepend-prefix /app", "/app", "PrependPrefix"),
		both("--ignore-errors vendor/** --ignore-errors x.py", []string{"vendor/**", "x.py"}, "IgnoreErrors"),
		both("--fail-fast", true, "FailFast"),
		flagCase{"--format json", func(w *world) any { return strings.HasPrefix(w.out.String(), "{\n  \"schema_version\": 1,") }, true},
		flagCase{"--format sarif", func(w *world) any { return strings.Contains(w.out.String(), `"version": "2.1.0"`) }, true},
		flagCase{"--format github", func(w *world) any { return strings.HasPrefix(w.out.String(), "0 files") }, true},
		flagCase{"--format text", func(w *world) any { return strings.HasPrefix(w.out.String(), "0 files") }, true},
		flagCase{"-q", func(w *world) any { return w.out.String() + w.err.String() }, ""},
		flagCase{"--quiet", func(w *world) any { return w.out.String() + w.err.String() }, ""},
		flagCase{"-v", func(w *world) any { return strings.HasPrefix(w.out.String(), "Python 3.13.0 from python3 on PATH: ") }, true},
		flagCase{"--verbose", func(w *world) any { return strings.HasPrefix(w.out.String(), "Python 3.13.0 from python3 on PATH: ") }, true},
		both("--progress never", true, "Progress"),
		both("--progress always", false, "Progress"),
		both("--progress auto", true, "Progress"), // a test's standard error is no terminal
		flagCase{"--color always", func(w *world) any { return strings.Contains(w.err.String(), "\x1b[") }, true},
		flagCase{"--color never", func(w *world) any { return strings.Contains(w.err.String(), "\x1b[") }, false},
		flagCase{"--color auto", func(w *world) any { return strings.Contains(w.err.String(), "\x1b[") }, false},
	)
}

func compileCases() []flagCase {
	return append(sharedCases(),
		both("", pyc.CheckedHash, "Mode"),
		both("--invalidation unchecked-hash", pyc.UncheckedHash, "Mode"),
		both("--invalidation timestamp", pyc.Timestamp, "Mode"),
		both("--delete-source --layout legacy", true, "DeleteSource"),
		both("--force", true, "Force"),
		both("--prune", true, "Prune"),
		flagCase{"", func(w *world) any { return w.memoDir }, ""},
		flagCase{"--cache-dir kept", func(w *world) any { return w.memoDir }, "kept"},
		flagCase{"--cache-dir kept", func(w *world) any { return w.memo }, memo.Options{}},
		flagCase{"--cache-dir kept --cache-size 500M", func(w *world) any { return w.memo }, memo.Options{MaxBytes: 500 << 20}},
		flagCase{"--cache-dir kept --cache-size 0", func(w *world) any { return w.memo }, memo.Options{MaxBytes: -1}},
	)
}

func verifyCases() []flagCase {
	rebuilt := func(w *world) any { return w.verified.Targets[0].Compiler != nil }
	return append(sharedCases(),
		both("", []pyc.Mode(nil), "Modes"),
		both("--invalidation unchecked-hash,timestamp", []pyc.Mode{pyc.UncheckedHash, pyc.Timestamp}, "Modes"),
		both("--allow stale,orphan --allow missing", []precompile.Verdict{precompile.VerdictStale, precompile.VerdictOrphan, precompile.VerdictMissing}, "Allow"),
		both("--require-all", true, "RequireAll"),
		flagCase{"", rebuilt, true},
		flagCase{"--rebuild", rebuilt, true},
		flagCase{"--no-rebuild", rebuilt, false},
		flagCase{"--no-rebuild --python 3.12", func(w *world) any { return w.verified.Targets[0].Magic.Number() }, uint16(3531)},
		flagCase{"--no-rebuild --interpreter /opt/pypy", func(w *world) any { return w.verified.Targets[0].Magic.Number() }, uint16(384)},
	)
}

func TestFlagsArrive(t *testing.T) {
	for verb, cases := range map[string][]flagCase{"compile": compileCases(), "verify": verifyCases()} {
		used := map[string]bool{}
		for _, c := range cases {
			w := newWorld()
			w.files = map[string]string{"list": "x.py\ny.py\n", "nulls": "x.py\x00y\nz.py\x00"}
			w.answers["/opt/pypy"] = v("pypy3.11.13")
			fail := strings.HasPrefix(c.args, "--color")
			if fail {
				problem := []precompile.CacheReport{{Source: "a.py", Status: precompile.Compiled, Warnings: nil}}
				w.report.Caches = problem
				w.report.Problems = append(w.report.Problems, someProblem)
				w.findings.Problems = append(w.findings.Problems, someProblem)
			}
			args := append([]string{verb}, append(strings.Fields(c.args), "src")...)
			code := exitOK
			if fail {
				code = exitFailed
			}
			w.must(t, code, args...)
			if w.ran == nil && w.verified == nil {
				continue
			}
			got := c.got(w)
			if f, ok := got.(func(precompile.Progress)); ok {
				got = f == nil
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("%q: %v, want %v", args, got, c.want)
			}
			note(newRoot(w.app), verb, strings.Fields(c.args), used)
		}
		find(newRoot(newWorld().app), verb).Flags().VisitAll(func(f *pflag.Flag) {
			if !used[f.Name] && f.Name != "help" {
				t.Errorf("%s: --%s has no test", verb, f.Name)
			}
		})
	}
}

func find(root *cobra.Command, verb string) *cobra.Command {
	cmd, _, err := root.Find([]string{verb})
	if err != nil {
		panic(err)
	}
	return cmd
}

// note marks the flags that args set.
func note(root *cobra.Command, verb string, args []string, used map[string]bool) {
	cmd := find(root, verb)
	if err := cmd.ParseFlags(args); err != nil {
		panic(fmt.Sprintf("%q: %v", args, err))
	}
	cmd.Flags().Visit(func(f *pflag.Flag) { used[f.Name] = true })
}

// TestRefusals holds that what cannot be meant is refused with a reason, before
// anything is opened or run.
func TestRefusals(t *testing.T) {
	for _, c := range []struct{ args, say string }{
		{"compile", "no PATH: name folders, files or globs, or use --files-from"},
		{"verify", "no PATH"},
		{"src --python 2.7", `invalid argument "2.7" for "--python" flag: Python 2.7 is not supported: want ` + cpython.SupportedSeries},
		{"src --python 3", `"3" leaves the minor version open`},
		{"src --python 3.13,3.13.0", "both have caches named cpython-313"},
		{"src --python 3.13 --python 3.13.1", "both have caches named cpython-313"},
		{"src --python 3.13t", "free-threaded"},
		{"src --python=", "no version"},
		{"src --compiler gcc", `invalid argument "gcc" for "--compiler" flag: want auto, embedded or cpython`},
		{"src --interpreter=", "--interpreter\" flag: an empty path"},
		{"src --interpreter /gone", "--interpreter: no interpreter at /gone"},
		{"src --interpreter /usr/bin/python3 --compiler embedded", "--interpreter: the embedded compiler uses none"},
		{"src --interpreter /usr/bin/python3 --python 3.13,3.14", "--interpreter: an interpreter compiles for its own version only, and --python names 2"},
		{"src --timeout 5s --compiler embedded", "--timeout: it is for interpreters"},
		{"src --timeout soon", `"soon" for "--timeout" flag: want a duration such as 90s or 2m, or 0 for none`},
		{"src --timeout -5s", "want a duration"},
		{"src --invalidation checked", `for "--invalidation" flag: want checked-hash, unchecked-hash or timestamp`},
		{"src --invalidation checked-hsah", `did you mean "checked-hash"?`},
		{"src -O 3", `for "-O, --optimize" flag: want levels such as 0,1,2`},
		{"src -OO", "python's -OO is -O 2 here"},
		{"src -O=", "want levels"},
		{"src -j -1", "want a number, or 0"},
		{"src -j many", "want a number, or 0"},
		{"src -j 100000", "more than 4096"},
		{"src --layout flat", "want pycache or legacy"},
		{"src --layout legacy -O 0,1", "--layout legacy: a.pyc holds one optimise level, and -O names 2"},
		{"src --layout legacy --python 3.13,3.14", "--layout legacy: a.pyc holds one target, and there are 2"},
		{"src --out-dir=", "--out-dir\" flag: an empty path"},
		{"src --delete-source", "--delete-source: nothing could be imported from __pycache__"},
		{"src --delete-source --layout legacy --out-dir out", "--delete-source: with --out-dir"},
		{"src --prune --layout legacy", "--prune: a cache without a source is what --layout legacy is for"},
		{"--prune --files-from list", "--prune: it needs a folder"},
		{"src --cache-dir=", "--cache-dir\" flag: an empty path"},
		{"src --cache-size 1G", "--cache-size: there is no memo to bound: name one by --cache-dir or PRECOMPILE_CACHE"},
		{"src --cache-dir x --cache-size much", `for "--cache-size" flag: want a number of bytes such as 500M, 2G or 1GiB, or 0 for no bound`},
		{"verify src --cache-dir x", "--cache-dir: what was kept would prove nothing, so verify compiles each source itself"},
		{"verify src --cache-size 1G", "--cache-size: what was kept"},
		{"check src --cache-dir x", "--cache-dir: check makes no code"},
		{"src --null", "--null: there is no --files-from"},
		{"src --no-recurse --follow-symlinks", "--follow-symlinks: with --no-recurse"},
		{"--files-from list --include *.py", "--include: it selects among the files of folders"},
		{"--files-from list --exclude *.py", "--exclude: it selects among the files of folders"},
		{"--files-from list --no-recurse", "--no-recurse: it is about folders"},
		{"--files-from list --follow-symlinks", "--follow-symlinks: it is about folders"},
		{"src -q -v", "--verbose: --quiet says the opposite"},
		{"src -q --progress always", "--progress always: --quiet says the opposite"},
		{"src -v --format json", "--verbose: --format json has each file in any case"},
		{"src -v --format sarif", "--verbose: --format sarif has no place"},
		{"src --color always --format json", "--color always: --format json has no colours"},
		{"src --format xml", "want text, json, sarif or github"},
		{"src --progress sometimes", "want auto, always or never"},
		{"verify src --rebuild --no-rebuild", "--no-rebuild: --rebuild says the opposite"},
		{"verify src --no-rebuild --timeout 5s", "--timeout: with --no-rebuild nothing is compiled"},
		{"verify src --no-rebuild --compiler cpython", "--compiler: with --no-rebuild nothing is compiled"},
		{"verify src --no-rebuild --python pypy3.11", "Python pypy3.11: its magic number is only known to its interpreter"},
		{"verify src --allow ok", `want foreign-but-equal, missing,`},
		{"verify src --allow stael", `did you mean "stale"?`},
		{"verify src --invalidation none", "want checked-hash"},
		{"verify src --layout legacy -O 1,2", "--layout legacy: a.pyc holds one optimise level"},
		{"verify --prune src", "unknown flag: --prune"},
		{"version src", `version takes no arguments, and got "src"`},
		{"--version src", `version takes no arguments, and got "src"`},
		{"version --short --format json", "--short: --format json has everything"},
		{"completion", "name one shell: bash, zsh, fish or powershell"},
		{"completion tcsh", `completion "tcsh": want bash, zsh, fish or powershell`},
		{"help verfy", `help: no verb "verfy"`},
		{"help verify compile", "help takes one verb"},
	} {
		w := newWorld()
		w.files["list"] = "a.py\n"
		w.must(t, exitUsage, strings.Fields(c.args)...)
		contains(t, "precompile "+c.args, w.err.String(), c.say, "--help' for usage.")
		if w.ran != nil || w.verified != nil {
			t.Errorf("precompile %s: the engine ran", c.args)
		}
		if w.out.Len() > 0 {
			t.Errorf("precompile %s: wrote %s", c.args, w.out.String())
		}
	}
}

// TestVerifyWithoutCompiler: the default rebuilds where it can, and says where
// it cannot; --rebuild insists.
func TestVerifyWithoutCompiler(t *testing.T) {
	w := newWorld()
	w.missing = true
	w.must(t, exitOK, "verify", "--python", "3.12", "src")
	contains(t, "standard error", w.err.String(), "the content of caches for Python 3.12 is not compared with their sources: no interpreter for Python 3.12 found")
	contains(t, "standard output", w.out.String(), "content not compared")
	for _, args := range []string{"verify --rebuild --python 3.12 src", "verify --compiler cpython --python 3.12 src", "verify --interpreter /x --python 3.12 src"} {
		w := newWorld()
		w.missing = true
		w.must(t, exitUsage, strings.Fields(args)...)
	}
}

// TestOneOfTwoCompilersIsMissing: nothing runs, and the other one is closed.
func TestOneOfTwoCompilersIsMissing(t *testing.T) {
	for _, verb := range []string{"compile", "verify --rebuild"} {
		w := newWorld()
		open := w.engine.open
		w.engine.open = func(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
			if r.Target.Minor == 12 {
				return nil, &cpython.NotFoundError{Want: r.Target, Places: []string{"/usr/bin"}}
			}
			return open(ctx, r)
		}
		w.must(t, exitUsage, append(strings.Fields(verb), "src", "--python", "3.11,3.12,3.13")...)
		contains(t, "standard error", w.err.String(), "Python 3.12: no interpreter for Python 3.12 found")
		if w.ran != nil || w.verified != nil || len(w.opened) != 2 {
			t.Errorf("%s: the engine ran, or %d were opened", verb, len(w.opened))
		}
	}
}

// TestTargetSources holds that the command hands its own environment to the
// decision, whose order package pyselect tests.
func TestTargetSources(t *testing.T) {
	for _, c := range []struct {
		set  func(*world)
		args string
		say  string
	}{
		{func(w *world) {}, "--python 3.12", "Python 3.12 from --python, "},
		{func(w *world) { w.vars["PRECOMPILE_PYTHON"] = "3.11" }, "", "Python 3.11 from PRECOMPILE_PYTHON, "},
		{func(w *world) { w.vars["PRECOMPILE_PYTHON"] = "3.11" }, "--python 3.12", "Python 3.12 from --python, "},
		{func(w *world) { w.vars["PRECOMPILE_PYTHON"] = "3.11" }, "--interpreter /usr/bin/python3", "Python 3.13.0 from --interpreter, "},
		{func(w *world) { w.files["/work/.python-version"] = "3.10\n" }, "", "Python 3.10 from .python-version, "},
		{func(w *world) { w.files["/.python-version"] = "3.10\n" }, "", "Python 3.10 from /.python-version, "},
		{func(w *world) {
			w.vars["VIRTUAL_ENV"], w.files["/venv/pyvenv.cfg"] = "/venv", "version = 3.9.18\n"
		}, "", "Python 3.9.18 from /venv/pyvenv.cfg, "},
		{func(w *world) { w.vars["PYTHON_VERSION"] = "3.14.1" }, "", "Python 3.14.1 from PYTHON_VERSION, "},
		{func(w *world) {}, "", "Python 3.13.0 from python3 on PATH, "},
	} {
		w := newWorld()
		c.set(w)
		w.must(t, exitOK, append(strings.Fields(c.args), "src")...)
		contains(t, "the summary", w.out.String(), c.say)
	}
}
