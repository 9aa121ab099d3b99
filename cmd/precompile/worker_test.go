package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
)

const (
	oneSource = "--python_version\n3.13\n--optimize\n0\n--invalidation_mode\nchecked_hash\n--src\na.py\n--src_name\npkg/a.py\n--pyc\nout/a.pyc\n"
	embedded  = "embedded"
)

// workerSite is a site whose embedded compiler covers nothing, as a worker sees
// it.
func workerSite(t *testing.T, files map[string]string) *world {
	t.Helper()
	w := site(t, files)
	open := w.engine.open
	w.engine.open = func(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
		if r.Compiler.String() == embedded {
			return nil, &precompile.NotCoveredError{Target: r.Target, Reason: "this is a test"}
		}
		return open(ctx, r)
	}
	return w
}

// The program stands in the place of rules_python's precompiler, which is called
// without a verb.
func TestWorkerDropIn(t *testing.T) {
	for _, c := range []struct{ args, stdin string }{
		{"worker @args", ""},
		{"@args", ""},
		{"--persistent_worker", `{"arguments":["@args"],"requestId":1}` + "\n"},
		{"worker --persistent_worker --log_level debug", `{"arguments":["@args"],"requestId":1}` + "\n"},
	} {
		w := workerSite(t, map[string]string{"a.py": "a = 1\n", "args": oneSource + "--interpreter\npython3\n"})
		w.stdin = strings.NewReader(c.stdin)
		w.must(t, exitOK, strings.Fields(c.args)...)
		if b, err := os.ReadFile("out/a.pyc"); err != nil || !bytes.Contains(b, []byte("pkg/a.py")) {
			t.Errorf("%s: cache %q, %v", c.args, b, err)
		}
		want := ""
		if c.stdin != "" {
			want = `{"exitCode":0,"output":"","requestId":1,"wasCancelled":false}` + "\n"
		}
		if w.out.String() != want || w.err.Len() > 0 {
			t.Errorf("%s: output %q, standard error %q", c.args, w.out.String(), w.err.String())
		}
	}
	// A folder of that name is one.
	w := workerSite(t, map[string]string{"@scope/a.py": "a = 1\n"})
	w.must(t, exitOK, "@scope", "--python", "3.13")
}

// A build tool that the rules made has its interpreters in its runfiles.
func TestWorkerRunfiles(t *testing.T) {
	w := workerSite(t, map[string]string{"a.py": "a = 1\n", "args": oneSource, "tool.runfiles/precompile.interpreters": "3.12\t/usr/bin/python3.12\n3.13\tpy+/bin/python3\n"})
	w.self = "tool"
	w.lstat, w.readFile = os.Lstat, os.ReadFile
	var asked string
	open := w.engine.open
	w.engine.open = func(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
		asked = r.Interpreter
		return open(ctx, r)
	}
	w.must(t, exitOK, "@args")
	if want := filepath.FromSlash("tool.runfiles/py+/bin/python3"); asked != want {
		t.Errorf("the interpreter %q was asked for, want %q", asked, want)
	}
}

func TestWorkerFaults(t *testing.T) {
	w := workerSite(t, map[string]string{"a.py": "a = !\n", "args": oneSource + "--interpreter=python3\n"})
	w.must(t, exitFailed, "worker", "@args")
	if want := "a.py:1:5: SyntaxError: invalid syntax\n  1 | a = !\n    |     ^\n"; w.err.String() != want {
		t.Errorf("standard error %q, want %q", w.err.String(), want)
	}
	for want, args := range map[string][]string{
		"no arguments":           {"worker"},
		"is not an argument":     {"worker", "--sources", "a"},
		"no compiler for Python": append([]string{"worker"}, strings.Fields(oneSource)...),
	} {
		w := workerSite(t, map[string]string{"a.py": "a = 1\n"})
		w.must(t, exitUsage, args...)
		contains(t, fmt.Sprint(args), w.err.String(), want)
	}
}

// pyc_verify_test: caches are put beside their sources, below the names that
// were compiled in, and compared.
func TestWorkerVerify(t *testing.T) {
	kind := "3.13\t0\tchecked-hash\t"
	manifest := "workspace\t_main\ncompiler\tauto\ninterpreter\t3.13\t/usr/bin/python3\n" +
		"file\t" + kind + "pycache\t_main/pkg/a.py\t_main/pkg/__pycache__/a.cpython-313.pyc\tpkg/a.py\tout/a.pyc\n" +
		"file\t" + kind + "pycache\tdep+/b.py\tdep+/__pycache__/b.cpython-313.pyc\t../dep+/b.py\tout/b.pyc\n" +
		"tree\t" + kind + "legacy\t_main/gen\t_main/gen\tgen\tout/gen\n"
	runfiles := func() *world {
		w := workerSite(t, map[string]string{
			"_main/pkg/a.py": "a = 1\n", "dep+/b.py": "b = 1\n", "_main/gen/sub/c.py": "c = 1\n", "_main/gen/sub/data.txt": "!",
			"manifest": manifest,
		})
		w.engine.verify = precompile.Verify
		for _, c := range [][3]string{
			{"_main/pkg/a.py", "_main/pkg/a.py", "_main/out/a.pyc"}, {"dep+/b.py", "dep+/b.py", "_main/out/b.pyc"},
			{"_main/gen/sub/c.py", "_main/gen/sub/c.py", "_main/out/gen/sub/c.pyc"},
		} {
			w.must(t, exitOK, "worker", "--python_version=3.13", "--interpreter=python3", "--src="+c[0], "--src_name="+c[1], "--pyc="+c[2])
		}
		return w
	}
	w := runfiles()
	w.must(t, exitOK, "worker", "--verify=manifest")
	contains(t, "report", w.out.String(), "2 files, 2 caches: 2 ok", "1 file, 1 cache: 1 ok")

	w = runfiles()
	put(t, "_main/gen/sub/c.py", "c = 2\n")
	w.must(t, exitFailed, "worker", "--verify=manifest")
	contains(t, "report", w.out.String(), "source hash")

	// Compiled under another name.
	w = runfiles()
	w.must(t, exitOK, "worker", "--python_version=3.13", "--interpreter=python3", "--src=dep+/b.py", "--src_name=/home/me/b.py", "--pyc=_main/out/b.pyc")
	w.must(t, exitFailed, "worker", "--verify=manifest")

	// An empty cache is that of a source which need not compile, and of no other.
	w = runfiles()
	put(t, "dep+/b.py", "!\n")
	put(t, "_main/out/b.pyc", "")
	w.must(t, exitOK, "worker", "--verify=manifest")
	w = runfiles()
	put(t, "_main/out/b.pyc", "")
	w.must(t, exitFailed, "worker", "--verify=manifest")
	contains(t, "report", w.out.String(), "missing")

	for _, bad := range []string{"file\t3.13\n", "file\t3.13\tx\tchecked-hash\tpycache\ta\tb\tc\td\n", "compiler\tgcc\n", "nonsense\n"} {
		w := workerSite(t, map[string]string{"manifest": bad})
		w.must(t, exitUsage, "worker", "--verify=manifest")
		contains(t, bad, w.err.String(), "manifest: line 1: ")
	}
}

func put(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
