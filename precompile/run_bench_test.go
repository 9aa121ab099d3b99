package precompile

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// BenchmarkRun is what the engine itself costs, beside the compiler: a run that
// finds everything up to date, and one that writes everything. Files are as big
// as those of the standard library are on average.
func BenchmarkRun(b *testing.B) {
	const n = 2000
	many := map[string]string{}
	for i := range n {
		many[fmt.Sprintf("d%d/m%d.py", i%50, i)] = strings.Repeat("#", 18_000)
	}
	tree(b, many)
	c := fake(b, "3.13.0")
	c.pad = 20_000
	for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.Timestamp} {
		o := Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Mode: mode}
		compileAll(b, o)
		b.Run(mode.String()+"/unchanged", func(b *testing.B) {
			for b.Loop() {
				if r := compileAll(b, o); r.Count(Unchanged) != n {
					b.Fatal(outcome(r)[0])
				}
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/source")
			b.ReportAllocs()
		})
	}
	b.Run("written", func(b *testing.B) {
		i := 0
		for b.Loop() {
			mode := [...]pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash}[i%2]
			i++
			if r := compileAll(b, Options{Selection: paths("."), Compilers: []backend.Compiler{c}, Mode: mode}); r.Count(Compiled) != n {
				b.Fatal(outcome(r)[0])
			}
		}
		b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*n), "µs/source")
		b.ReportAllocs()
	})
}
