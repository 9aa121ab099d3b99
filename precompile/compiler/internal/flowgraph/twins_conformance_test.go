//go:build conformance

package flowgraph

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestTwinsStdlib compares twins over the standard library and its tests.
func TestTwinsStdlib(t *testing.T) {
	eachTwins(t, func(t *testing.T, p target.Profile, w *twins) {
		for _, path := range interptest.Sources(t, interptest.Find(t, p.String()).Stdlib) {
			if w.compile(t, path); t.Failed() {
				t.Fatalf("in %s", path)
			}
		}
		t.Logf("%d units, %d instructions", w.units, w.instrs)
	})
}

// TestTwinsPrograms compares twins over the random programs below
// PRECOMPILE_PROGRAMS.
func TestTwinsPrograms(t *testing.T) {
	dir := os.Getenv("PRECOMPILE_PROGRAMS")
	if dir == "" {
		t.Skip("PRECOMPILE_PROGRAMS names no folder")
	}
	eachTwins(t, func(t *testing.T, p target.Profile, w *twins) {
		paths, err := filepath.Glob(filepath.Join(dir, p.String(), "*.py"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range interptest.Sample(paths) {
			if w.compile(t, path); t.Failed() {
				t.Fatalf("in %s", path)
			}
		}
		t.Logf("%d units, %d instructions", w.units, w.instrs)
	})
}
