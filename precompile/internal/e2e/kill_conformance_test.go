//go:build conformance && linux

package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// The size of the kill test.
const (
	killFiles = 2000
	kills     = 50
)

// killTree fills the working folder with the smaller files of a standard
// library, several times over where they do not suffice.
func killTree(t *testing.T, i interptest.Interpreter) (files []string) {
	t.Helper()
	type file struct {
		path string
		size int64
	}
	var all []file
	err := filepath.WalkDir(i.Stdlib, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".py") || strings.Contains(path, "-packages") || strings.Contains(path, "bad") {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		all = append(all, file{path, info.Size()})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(all, func(a, b file) int {
		if a.size != b.size {
			return int(a.size - b.size)
		}
		return strings.Compare(a.path, b.path)
	})
	all = all[:killFiles/2]
	for n := range killFiles {
		src, err := os.ReadFile(all[n%len(all)].path)
		if err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("tree/p%02d/m%04d.py", n%40, n)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, src, 0o644); err != nil {
			t.Fatal(err)
		}
		files = append(files, name)
	}
	return files
}

// TestKills kills the command, or interpreters that it runs, at random moments:
// every cache is then the old one or a new one, whole, and a rerun ends with the
// right bytes and without a file that does not belong.
func TestKills(t *testing.T) {
	i := interptest.Find(t, "3.13.0")
	site(t, nil)
	files := killTree(t, i)
	modes := []string{"checked-hash", "unchecked-hash", "timestamp"}
	run := func(mode string) *exec.Cmd {
		return precompileCommand(t, "compile", "-q", "--progress", "never", "--interpreter", i.Path, "--invalidation", mode, "tree")
	}

	// What is right, in a run that nobody disturbs.
	start := time.Now()
	if out, err := run(modes[0]).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	whole := time.Since(start)
	want := map[string][]byte{}
	for _, f := range files {
		b, err := os.ReadFile(pyc.CachePath(f, i.Version.CacheTag(), 0))
		if err != nil {
			t.Fatal(err)
		}
		want[f] = b
	}

	rng := rand.New(rand.NewPCG(1, 2))
	killedParents, killedWorkers, leftovers := 0, 0, 0
	for n := 1; n <= kills; n++ {
		// Each run has another mode, so that each has every cache to write.
		cmd := run(modes[n%len(modes)])
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(whole))))
		if n%2 == 0 {
			for _, pid := range interptest.Children(cmd.Process.Pid) {
				if syscall.Kill(pid, syscall.SIGKILL) == nil {
					killedWorkers++
				}
			}
			err := cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitOK {
				t.Errorf("kill %d: a killed interpreter ended the run: %v, exit code %d\n%s", n, err, code, out.String())
			}
		} else {
			if cmd.Process.Kill() == nil {
				killedParents++
			}
			_ = cmd.Wait()
		}
		for _, f := range files {
			b, err := os.ReadFile(pyc.CachePath(f, i.Version.CacheTag(), 0))
			if err != nil {
				t.Fatalf("kill %d: %v", n, err)
			}
			if _, err := pyc.ParseHeader(b); err != nil || !bytes.Equal(b[pyc.HeaderSize:], want[f][pyc.HeaderSize:]) {
				t.Fatalf("kill %d: %s has a cache that is not whole (%v)", n, f, err)
			}
		}
		leftovers += len(strangers(t))
	}
	t.Logf("%d parents and %d interpreters killed in runs of %v; %d temporary files seen on the way", killedParents, killedWorkers, whole.Round(time.Millisecond), leftovers)
	if killedParents == 0 || killedWorkers == 0 {
		t.Error("nothing was killed")
	}

	if out, err := run(modes[0]).CombinedOutput(); err != nil {
		t.Fatalf("the rerun: %v\n%s", err, out)
	}
	for _, f := range files {
		b, err := os.ReadFile(pyc.CachePath(f, i.Version.CacheTag(), 0))
		if err != nil || !bytes.Equal(b, want[f]) {
			t.Errorf("%s: the rerun left other bytes (%v)", f, err)
		}
	}
	if s := strangers(t); len(s) > 0 {
		t.Errorf("the rerun left %q", s)
	}
}

// strangers lists what is in the tree beside sources and caches.
func strangers(t *testing.T) (out []string) {
	t.Helper()
	err := filepath.WalkDir("tree", func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasSuffix(path, ".py") && !strings.HasSuffix(path, ".pyc") {
			out = append(out, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}
