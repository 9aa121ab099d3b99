//go:build conformance && unix

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestMemo: with every compiler there is, a second run has all from the memo and
// writes the same bytes, under any mode; another compiler has its own entries.
func TestMemo(t *testing.T) {
	site(t, aPackage)
	memo := filepath.Join(t.TempDir(), "memo")
	const caches = 2 * 2 // sources and levels
	run := func(hits int, args ...string) map[string][]byte {
		t.Helper()
		if err := os.RemoveAll("src/pkg/__pycache__"); err != nil {
			t.Fatal(err)
		}
		o := finish(precompileCommand(t, append([]string{"src", "-j2", "-O0,2", "--cache-dir", memo}, args...)...)).must(t, exitOK)
		contains(t, strings.Join(args, " "), o.out, fmt.Sprintf("%d compiled (%d from the memo)", caches, hits))
		out := map[string][]byte{}
		written, err := filepath.Glob("src/pkg/__pycache__/*.pyc")
		if err != nil || len(written) != caches {
			t.Fatal(written, err)
		}
		for _, name := range written {
			if out[name], err = os.ReadFile(name); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	kinds := [][]string{{"--python", "3.13.0", "--compiler", "embedded"}, {"--python", "3.13.18", "--compiler", "embedded"}, {"--python", "3.14", "--compiler", "embedded"}}
	for _, i := range interptest.Found() {
		if i.Version.AtLeast(3, 8) {
			kinds = append(kinds, []string{"--interpreter", i.Path})
		}
	}
	for _, kind := range kinds {
		cold := run(0, kind...)
		warm := run(caches, kind...)
		unchecked := run(caches, append([]string{"--invalidation", "unchecked-hash"}, kind...)...)
		for name, b := range cold {
			if !bytes.Equal(warm[name], b) {
				t.Errorf("%q: %s is another from the memo", kind, name)
			}
			if !bytes.Equal(unchecked[name][pyc.HeaderSize:], b[pyc.HeaderSize:]) {
				t.Errorf("%q: %s has other code under another mode", kind, name)
			}
		}
		finish(precompileCommand(t, append([]string{"verify", "src", "-O0,2", "--require-all", "--invalidation", "unchecked-hash", "--rebuild"}, kind...)...)).must(t, exitOK)
	}
}

// TestMemoOfSeveralRuns has runs over one memo at once, in trees of their own, of
// which one is killed now and then; the next finds nothing amiss.
func TestMemoOfSeveralRuns(t *testing.T) {
	files := map[string]string{}
	for i := range 200 {
		files[fmt.Sprintf("src/m%03d.py", i)] = fmt.Sprintf("def f(x):\n    return x + %d\n", i)
	}
	site(t, files)
	memo := filepath.Join(t.TempDir(), "memo")
	for round := range 3 {
		var runs []*exec.Cmd
		var outputs [4]bytes.Buffer
		for n := range outputs {
			cmd := precompileCommand(t, "src", "-j2", "-v", "--python", "3.13", "--out-dir", fmt.Sprintf("out-%d-%d", round, n), "--cache-dir", memo, "--cache-size", "400k")
			cmd.Stdout, cmd.Stderr = &outputs[n], &outputs[n]
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			runs = append(runs, cmd)
		}
		time.Sleep(time.Duration(round) * 30 * time.Millisecond)
		_ = runs[0].Process.Kill()
		for n, cmd := range runs {
			if err := cmd.Wait(); n > 0 && err != nil {
				t.Errorf("%v\n%s", err, outputs[n].String())
			}
			if n > 0 {
				contains(t, "the output", outputs[n].String(), "200 files: 200 compiled (", " 0 rejected, ")
			}
		}
	}
	for _, n := range []int{2, 3} {
		err := exec.Command("diff", "-r", "out-0-1", fmt.Sprintf("out-2-%d", n)).Run()
		if err != nil {
			t.Errorf("other caches in another run: %v", err)
		}
	}
}
