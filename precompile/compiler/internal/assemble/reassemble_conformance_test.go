//go:build conformance

package assemble

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestReassembleStdlib takes every code object of the standard library apart and
// assembles it again. Releases with a flowgraph of this module must come out
// without a difference in any field, and but for a few files byte for byte (see
// sameBytes).
func TestReassembleStdlib(t *testing.T) {
	for _, p := range target.Known() {
		if !target.New(p).InternedCodeNames {
			continue // no flowgraph here yet
		}
		t.Run(p.String(), func(t *testing.T) {
			corpus := interptest.Stdlib(t, interptest.Find(t, p.String()), 0)
			r := newReassembler(t, p)
			files, differ := 0, 0
			for _, f := range corpus.Files {
				b, ok := corpus.Pyc(t, f)
				if !ok {
					continue
				}
				files++
				diff, same := r.check(b[pyc.HeaderSize:])
				if diff != "" {
					t.Errorf("%s: %s", f, diff)
				} else if !same {
					if differ++; differ < 20 {
						t.Logf("%s: every field is equal, but not the bytes", f)
					}
				}
			}
			if most := 5; r.a.features.InternedCodeNames && differ > most {
				t.Errorf("the bytes of %d files differ, of at most %d before", differ, most)
			}
			t.Logf("%d files, %d code objects, %d instructions; the bytes of %d differ", files, r.codes, r.instrs, differ)
		})
	}
}
