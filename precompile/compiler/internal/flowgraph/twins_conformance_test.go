//go:build conformance && unix

package flowgraph

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestTwinsStdlib compares twins over the standard library and its tests.
func TestTwinsStdlib(t *testing.T) {
	eachTwins(t, func(t *testing.T, p target.Profile, w *twins) {
		w.compileAll(t, interptest.StdlibSources(t, interptest.Find(t, p.String())))
	})
}

// TestTwinsPrograms compares twins over random programs.
func TestTwinsPrograms(t *testing.T) {
	eachTwins(t, func(t *testing.T, p target.Profile, w *twins) {
		w.compileAll(t, interptest.Sample(interptest.Programs(t, p.String())))
	})
}
