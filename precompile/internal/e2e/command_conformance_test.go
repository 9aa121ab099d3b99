//go:build conformance && unix

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// built is the command's binary, made once.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "precompile-command-*")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // for another user
		return "", err
	}
	exe := filepath.Join(dir, "precompile")
	scratch = dir
	out, err := exec.Command("go", "build", "-o", exe, "../../../cmd/precompile").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return exe, nil
})

// scratch is the folder of built, for TestMain to remove.
var scratch string

func TestMain(m *testing.M) {
	code := m.Run()
	if scratch != "" {
		os.RemoveAll(scratch)
	}
	os.Exit(code)
}

// The exit codes of the command.
const (
	exitOK     = 0
	exitFailed = 1
)

// site is a folder of files, which is the working folder.
func site(t *testing.T, files map[string]string) {
	t.Helper()
	if _, err := built(); err != nil { // before the folder is another
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for name, content := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
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

// outcome is how a run of the binary ended.
type outcome struct {
	code     int
	out, err string
}

func precompileCommand(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	exe, err := built()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), "PRECOMPILE_PYTHON=", "PRECOMPILE_CACHE=", "SOURCE_DATE_EPOCH=", "NO_COLOR=1")
	return cmd
}

func finish(cmd *exec.Cmd) outcome {
	var out, err bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &err
	_ = cmd.Run()
	return outcome{cmd.ProcessState.ExitCode(), out.String(), err.String()}
}

func (o outcome) must(t *testing.T, code int) outcome {
	t.Helper()
	if o.code != code {
		t.Errorf("exit code %d, want %d\n%s%s", o.code, code, o.out, o.err)
	}
	return o
}

var aPackage = map[string]string{
	"src/pkg/__init__.py": "from pkg import data\nVALUE = data.value()\n",
	"src/pkg/data.py":     "def value():\n    \"a docstring\"\n    assert True\n    return {'é': (1, 2.5, b'x')}['é'][1]\n",
}

// importing imports pkg in a fresh interpreter that cannot compile sources.
const importing = `
import sys, importlib.machinery as m
def refuse(self, data, path, **kw):
    raise SystemExit("compiled " + str(path))
m.SourceFileLoader.source_to_code = refuse
sys.path.insert(0, "src")
import pkg
print(pkg.VALUE, pkg.__cached__ if hasattr(pkg, "__cached__") else "", pkg.data.value.__code__.co_filename)
`

func TestImportsTakeTheCache(t *testing.T) {
	for _, want := range []string{"3.9", "3.13", "3.15", "pypy3.11"} {
		t.Run(want, func(t *testing.T) {
			i := interptest.Find(t, want)
			for _, args := range []string{
				"src", "src --invalidation unchecked-hash", "src --invalidation timestamp", "src --layout legacy --delete-source",
			} {
				site(t, aPackage)
				args := append(strings.Fields(args), "--interpreter", i.Path)
				o := finish(precompileCommand(t, args...)).must(t, exitOK)
				contains(t, "the summary", o.out, "2 files: 2 compiled, 0 unchanged", "(Python "+i.Version.String()+" from --interpreter, ")
				got, err := i.Command("-c", importing).CombinedOutput()
				if err != nil || !strings.HasPrefix(string(got), "2.5 ") || !strings.Contains(string(got), "src/pkg/data.py") {
					t.Errorf("%q: the import: %v\n%s", args, err, got)
				}
				if !strings.Contains(strings.Join(args, " "), "--delete-source") {
					finish(precompileCommand(t, append([]string{"verify"}, args...)...)).must(t, exitOK)
				}
			}
		})
	}
}

// TestTheProofWorks: without a cache the import of TestImportsTakeTheCache fails.
func TestTheProofWorks(t *testing.T) {
	i := interptest.Find(t, "3.13")
	site(t, aPackage)
	if got, err := i.Command("-c", importing).CombinedOutput(); err == nil || !strings.Contains(string(got), "compiled ") {
		t.Errorf("%v\n%s", err, got)
	}
}

func TestFindsTheTargetByVersion(t *testing.T) {
	i := interptest.Find(t, "3.13.0")
	site(t, aPackage)
	if err := os.WriteFile(".python-version", []byte("3.13.0\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := precompileCommand(t, "src", "--format", "json")
	cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(i.Path))
	o := finish(cmd).must(t, exitOK)
	var doc struct {
		Targets []struct {
			Version   string
			DecidedBy string `json:"decided_by"`
			Compiler  struct{ Detail string }
		}
	}
	if err := json.Unmarshal([]byte(o.out), &doc); err != nil {
		t.Fatalf("%v\n%s", err, o.out)
	}
	if got := doc.Targets[0]; got.Version != "3.13.0" || got.DecidedBy != ".python-version" || got.Compiler.Detail == "" {
		t.Errorf("target %+v", got)
	}
}

// TestBrokenInputs: each is told of by its own line, the rest is compiled, and
// nothing is left that is not a cache.
func TestBrokenInputs(t *testing.T) {
	big := strings.Repeat("#"+strings.Repeat("x", 1023)+"\n", 50<<10) + "x = 1\n"
	newline := "src/new\nline.py"
	files := map[string]string{
		"src/good.py":   "x = 1\n",
		"src/utf8.py":   "x = '\xff'\n",
		"src/cookie.py": "# coding: no-such-codec\nx = 1\n",
		"src/nul.py":    "x = 1\x00\n",
		"src/bom.py":    "\ufeff# coding: latin-1\nx = 1\n",
		"src/parens.py": strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000) + "\n",
		"src/big.py":    big,
		newline:         "x = (\n",
	}
	for _, want := range []string{"3.9", "3.11", "3.13", "3.15", "pypy3.11"} {
		t.Run(want, func(t *testing.T) {
			i := interptest.Find(t, want)
			site(t, files)
			if err := os.Symlink("../loop", "src/loop"); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("src", "loop"); err != nil {
				t.Fatal(err)
			}
			cmd := precompileCommand(t, "src", "src/vanished.py", "--follow-symlinks", "--interpreter", i.Path)
			o := finish(cmd).must(t, exitFailed)
			contains(t, "standard error", o.err,
				"src/utf8.py:", "src/cookie.py:", "src/nul.py:", "src/bom.py:", "src/parens.py:",
				`"src/new\nline.py":1:`,
				"src/vanished.py: error: no such file or directory")
			contains(t, "the summary", o.out, "8 files: 2 compiled, 0 unchanged, 6 failed, 1 problem (")
			if strings.Contains(o.err, "Traceback") || strings.Contains(o.err, "panic") {
				t.Errorf("standard error:\n%s", o.err)
			}
			for _, name := range []string{"good", "big"} {
				p := pyc.CachePath("src/"+name+".py", i.Version.CacheTag(), 0)
				if _, err := os.Stat(p); err != nil {
					t.Error(err)
				}
			}
			entries, err := os.ReadDir("src/__pycache__")
			if err != nil || len(entries) != 2 {
				t.Errorf("src/__pycache__ has %v, %v", entries, err)
			}
		})
	}
}

// TestUnreadableFolder: it is told of, and what can be read is compiled.
func TestUnreadableFolder(t *testing.T) {
	i := interptest.Find(t, "3.15") // which is where every user may run it
	site(t, map[string]string{"src/good.py": "x = 1\n", "src/locked/a.py": "x = 1\n", "src/sealed/b.py": "x = 1\n"})
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	cmd := precompileCommand(t, "src", "--interpreter", i.Path)
	asNobody(t, cmd, dir)
	for name, mode := range map[string]os.FileMode{"src/locked": 0, "src/sealed": 0o555} {
		if err := os.Chmod(name, mode); err != nil {
			t.Fatal(err)
		}
		defer os.Chmod(name, 0o755)
	}
	o := finish(cmd).must(t, exitFailed)
	contains(t, "standard error", o.err, "src/locked: error: cannot read the folder: permission denied", "src/sealed/b.py: error: ", "permission denied")
	contains(t, "the summary", o.out, "2 files: 1 compiled, 0 unchanged, 1 failed, 1 problem (")
}

// asNobody has a command run as a user whom permissions bind, where this
// process is root, and gives that user the folder.
func asNobody(t *testing.T, cmd *exec.Cmd, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	const nobody = 65534
	err := filepath.Walk(dir, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, nobody, nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
	for d := dir; strings.HasPrefix(d, os.TempDir()+"/"); d = filepath.Dir(d) {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
}

// TestVerifyFinds runs verify over what was tampered with.
func TestVerifyFinds(t *testing.T) {
	i := interptest.Find(t, "3.13")
	site(t, aPackage)
	cache := pyc.CachePath("src/pkg/data.py", i.Version.CacheTag(), 0)
	finish(precompileCommand(t, "src", "--interpreter", i.Path, "--invalidation", "unchecked-hash")).must(t, exitOK)
	finish(precompileCommand(t, "verify", "src", "--interpreter", i.Path)).must(t, exitOK)
	whole, err := os.ReadFile(cache)
	if err != nil {
		t.Fatal(err)
	}
	planted := bytes.Replace(whole, []byte("a docstring"), []byte("a d0cstring"), 1)
	if err := os.WriteFile(cache, planted, 0o644); err != nil {
		t.Fatal(err)
	}
	o := finish(precompileCommand(t, "verify", "src", "--interpreter", i.Path)).must(t, exitFailed)
	contains(t, "the findings", o.out, cache+": mismatch: ", "1 mismatch")
	// Without compiling it cannot be seen, and that is said.
	o = finish(precompileCommand(t, "verify", "src", "--no-rebuild", "--interpreter", i.Path)).must(t, exitOK)
	contains(t, "the summary", o.out, "content not compared")
	o = finish(precompileCommand(t, "verify", "src", "--interpreter", i.Path, "--allow", "mismatch")).must(t, exitOK)
	contains(t, "the summary", o.out, "1 mismatch allowed")
	o = finish(precompileCommand(t, "verify", "src", "--interpreter", i.Path, "--invalidation", "timestamp")).must(t, exitFailed)
	contains(t, "the findings", o.out, "wrong-mode")
}
