//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package precompile

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// childEnv has the tests below named in it run in a process of their own.
const childEnv = "PRECOMPILE_TEST_CHILD"

// child returns a command that runs one test of this binary in the current
// folder.
func child(t *testing.T, test string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	must(t, err)
	if runtime.GOOS == "linux" {
		self = "/proc/self/exe" // which a user without rights to its folder can run, too
	}
	cmd := exec.Command(self, "-test.run=^"+test+"$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+test)
	return cmd
}

func crashOptions(t *testing.T, pad int) Options {
	c := fake(t, "3.13.0")
	c.pad = pad
	return Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Jobs: 4}
}

// TestRunKilledChild is what TestRunKilled kills: it compiles everything, over
// and over, to bytes that are written anew each time.
func TestRunKilledChild(t *testing.T) {
	if os.Getenv(childEnv) != t.Name() {
		t.Skip("runs as a child of TestRunKilled alone")
	}
	for i := 0; ; i++ {
		o := crashOptions(t, 100_000)
		o.Mode = [...]pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash}[i%2]
		compileAll(t, o)
	}
}

// Killed at any time, a run leaves no half of a cache, and what temporary files
// it leaves the next run removes.
func TestRunKilled(t *testing.T) {
	many := map[string]string{}
	for i := range 200 {
		many[fmt.Sprintf("d%d/m%d.py", i%4, i)] = fmt.Sprint("x = ", i)
	}
	tree(t, many)
	cleaned := 0
	for kill := range 25 {
		must(t, removeCaches(kill%5 == 0))
		cmd := child(t, "TestRunKilledChild")
		must(t, cmd.Start())
		// Not before it is at work, or start-up would be all that is killed.
		for start := time.Now(); !anyCache(); time.Sleep(time.Millisecond) {
			if time.Since(start) > 20*time.Second {
				_ = cmd.Process.Kill()
				t.Fatal("the child wrote nothing in 20 s")
			}
		}
		time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond)
		must(t, cmd.Process.Kill())
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("the child was not killed: %v", err)
		}
		temps := 0
		for _, f := range files(t) {
			switch {
			case atomicfile.IsTemp(filepath.Base(f)):
				temps++
			case filepath.Ext(f) == ".pyc":
				if info, err := os.Stat(f); err != nil || info.Size() < 90_000 {
					t.Errorf("kill %d: half a cache is left: %s, %v", kill, f, err)
				}
			}
		}
		r := compileAll(t, crashOptions(t, 100_000))
		if len(r.Cleaned) != temps || !r.OK() {
			t.Errorf("kill %d: %d temporary files were left, %d removed; %v", kill, temps, len(r.Cleaned), r.Problems)
		}
		cleaned += temps
		checkWhole(t, len(many))
	}
	t.Logf("%d temporary files were left and removed", cleaned)
}

func removeCaches(all bool) error {
	dirs, err := filepath.Glob("*/" + pyc.CacheDir)
	if !all {
		return err
	}
	for _, d := range dirs {
		err = errors.Join(err, os.RemoveAll(d))
	}
	return err
}

func anyCache() bool {
	m, _ := filepath.Glob("*/" + pyc.CacheDir + "/*.pyc")
	return len(m) > 0
}

// fullDisk is the machine's file system, but that only so many files fit.
type fullDisk struct {
	atomicfile.System
	left int
}

func (d *fullDisk) Create(path string, perm fs.FileMode) (atomicfile.File, error) {
	f, err := d.System.Create(path, perm)
	if err != nil {
		return nil, err
	}
	d.left--
	if d.left < 0 {
		return fullFile{f}, nil
	}
	return f, nil
}

type fullFile struct{ atomicfile.File }

func (f fullFile) Write(p []byte) (int, error) {
	n, _ := f.File.Write(p[:len(p)/2])
	return n, syscall.ENOSPC
}

func TestRunFullDisk(t *testing.T) {
	tree(t, map[string]string{"a.py": "x", "b.py": "x", "sub/c.py": "x"})
	o := crashOptions(t, 0)
	o.Jobs = 1
	r, err := run(t.Context(), o, &fullDisk{atomicfile.OS, 1})
	must(t, err)
	equal(t, "outcome", outcome(r), []string{
		"compiled ./__pycache__/a.cpython-313.pyc",
		`failed ./__pycache__/b.cpython-313.pyc: cannot write the cache "./__pycache__/b.cpython-313.pyc": no space left on device`,
		`failed ./sub/__pycache__/c.cpython-313.pyc: cannot write the cache "./sub/__pycache__/c.cpython-313.pyc": no space left on device`,
	})
	equal(t, "files", files(t), []string{"__pycache__/a.cpython-313.pyc", "a.py", "b.py", "sub/c.py"})
	// The old cache stays where the new one does not fit.
	compileAll(t, o)
	good, err := os.ReadFile("sub/__pycache__/c.cpython-313.pyc")
	must(t, err)
	plant(t, map[string]string{"sub/c.py": "y"})
	r, err = run(t.Context(), o, &fullDisk{atomicfile.OS, 0})
	must(t, err)
	if r.Count(Failed) != 1 || r.Count(Unchanged) != 2 {
		t.Errorf("%q", outcome(r))
	}
	if now, _ := os.ReadFile("sub/__pycache__/c.cpython-313.pyc"); string(now) != string(good) {
		t.Errorf("the old cache is gone: %q", now)
	}
	checkNoTemp(t)
}

func checkNoTemp(t *testing.T) {
	t.Helper()
	for _, f := range files(t) {
		if atomicfile.IsTemp(filepath.Base(f)) {
			t.Errorf("a temporary file is left: %s", f)
		}
	}
}

// TestRunReadOnlyChild is TestRunReadOnly without root's rights.
func TestRunReadOnlyChild(t *testing.T) {
	if os.Getenv(childEnv) != t.Name() {
		t.Skip("runs as a child of TestRunReadOnly alone")
	}
	o := crashOptions(t, 0)
	for _, prune := range []bool{false, true} {
		o.Prune = prune
		r := compileAll(t, o)
		third := "compiled"
		if prune {
			third = "unchanged"
		}
		want := []string{
			`failed ./old/__pycache__/a.cpython-313.pyc: cannot write the cache "./old/__pycache__/a.cpython-313.pyc": permission denied`,
			`failed ./ro/__pycache__/a.cpython-313.pyc: cannot write the cache "./ro/__pycache__/a.cpython-313.pyc": permission denied`,
			third + " ./rw/__pycache__/a.cpython-313.pyc",
			"failed ./__pycache__/secret.cpython-313.pyc: cannot read the source: permission denied",
			"problem ./closed: cannot read the folder: permission denied",
		}
		if prune {
			want = append(want, "problem ./old/__pycache__/gone.cpython-313.pyc: cannot prune: permission denied")
		}
		equal(t, "outcome", outcome(r), want)
	}
}

// A folder or file that may not be read or written costs what is in it.
func TestRunReadOnly(t *testing.T) {
	tree(t, map[string]string{
		"ro/a.py": "x", "rw/a.py": "x", "closed/a.py": "x", "secret.py": "x", "old/a.py": "x",
		"old/__pycache__/a.cpython-313.pyc": "old", "old/__pycache__/gone.cpython-313.pyc": "orphan",
	})
	for name, mode := range map[string]fs.FileMode{
		"ro": 0o555, "rw": 0o777, "closed": 0, "secret.py": 0, "old/__pycache__": 0o555, ".": 0o777, "..": 0o755,
	} {
		must(t, os.Chmod(name, mode))
	}
	cmd := child(t, "TestRunReadOnlyChild")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestRunReadOnlyChild") {
		t.Errorf("%v\n%s", err, out)
	}
	must(t, os.Chmod("closed", 0o755))
	equal(t, "files", files(t), []string{
		"closed/a.py", "old/__pycache__/a.cpython-313.pyc", "old/__pycache__/gone.cpython-313.pyc", "old/a.py", "ro/a.py",
		"rw/__pycache__/a.cpython-313.pyc", "rw/a.py", "secret.py",
	})
	if b, _ := os.ReadFile("old/__pycache__/a.cpython-313.pyc"); string(b) != "old" {
		t.Errorf("the old cache is %q", b)
	}
}
