//go:build conformance && unix

package e2e

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestSignalsWithInterpreters: SIGINT and SIGTERM in the middle of a run end the
// command and its interpreters, leave whole caches and nothing else, and the
// rerun does the rest.
func TestSignalsWithInterpreters(t *testing.T) {
	i := interptest.Find(t, "3.13")
	source, err := os.ReadFile(filepath.Join(i.Stdlib, "argparse.py"))
	if err != nil {
		t.Fatal(err)
	}
	const files = 200
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		sources := map[string]string{}
		for n := range files {
			sources[fmt.Sprintf("src/m%03d.py", n)] = string(source)
		}
		site(t, sources)
		cmd := precompileCommand(t, "src", "--interpreter", i.Path, "-j", "2")
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		deadline := time.Now().Add(time.Minute)
		for caches := 0; caches < 5; {
			m, _ := filepath.Glob("src/__pycache__/*.pyc")
			if caches = len(m); time.Now().After(deadline) {
				t.Fatal("no caches appear")
			}
			time.Sleep(5 * time.Millisecond)
		}
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		// Wait returns when all who hold the standard error have gone, which
		// interpreters would.
		sent := time.Now()
		_ = cmd.Wait()
		if cmd.ProcessState.ExitCode() != 130 || !strings.Contains(out.String(), "interrupted after ") {
			t.Errorf("%v: exit code %d\n%s%s", sig, cmd.ProcessState.ExitCode(), out.String(), errs.String())
		}
		if d := time.Since(sent); d > 20*time.Second {
			t.Errorf("%v: it took %s to end", sig, d)
		}
		left := 0
		err := filepath.WalkDir("src", func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && filepath.Ext(path) != ".py" {
				if left++; filepath.Ext(path) != ".pyc" {
					t.Errorf("%v: %s is left", sig, path)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if left == files {
			t.Errorf("%v: it went on to the end", sig)
		}
		o := finish(precompileCommand(t, "src", "--interpreter", i.Path)).must(t, exitOK)
		contains(t, "the rerun", o.out, fmt.Sprintf("%d compiled, %d unchanged", files-left, left))
		o = finish(precompileCommand(t, "verify", "src", "--interpreter", i.Path)).must(t, exitOK)
		contains(t, "verify", o.out, fmt.Sprintf("%d ok", files))
	}
}
