//go:build conformance

package flowgraph

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestOptimizeCfg compares the passes that optimize with CPython's own.
func TestOptimizeCfg(t *testing.T) {
	live(t, "oracle.py", func(o *oracle) func(testing.TB, *record) bool { return o.check })
}

// TestLower compares the passes that lower with CPython's own.
func TestLower(t *testing.T) {
	live(t, "lower.py", func(o *oracle) func(testing.TB, *record) bool { return o.checkLowered })
}

// live runs a check over the code units of the standard library, as a script of
// testdata shows them. PRECOMPILE_FLOW_EVERY thins them out: one in so many.
func live(t *testing.T, script string, check func(*oracle) func(testing.TB, *record) bool) {
	for _, p := range target.Known() {
		if _, ok := pipelineFor(p.Minor); !ok {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			interp := interptest.Find(t, p.String())
			every := os.Getenv("PRECOMPILE_FLOW_EVERY")
			if every == "" {
				every = "20"
			}
			var files []string
			for _, pattern := range []string{"*.py", "*/*.py", "*/*/*.py"} {
				m, _ := filepath.Glob(filepath.Join(interp.Stdlib, pattern))
				for _, f := range m {
					if _, err := os.Stat(f); err == nil { // not a dangling link
						files = append(files, f)
					}
				}
			}
			script, _ := filepath.Abs("testdata/" + script)
			o := newOracle(t, p)
			const batch = 25
			units, instrs := 0, 0
			for start := 0; start < len(files) && !t.Failed(); start += batch {
				args := append([]string{script, fmt.Sprint(start), every}, files[start:min(start+batch, len(files))]...)
				cmd := interp.Command(args...)
				var stderr strings.Builder
				cmd.Stderr = &stderr
				out, err := cmd.StdoutPipe()
				if err != nil {
					t.Fatal(err)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				n, m := o.run(t, out, check(o))
				units, instrs = units+n, instrs+m
				if t.Failed() {
					cmd.Process.Kill()
				}
				if err := cmd.Wait(); err != nil && !t.Failed() {
					t.Fatalf("files %d to %d: %v: %s", start, min(start+batch, len(files)), err, stderr.String())
				}
			}
			t.Logf("%d units, %d instructions of %d files", units, instrs, len(files))
		})
	}
}
