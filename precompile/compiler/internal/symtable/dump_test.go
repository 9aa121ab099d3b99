package symtable

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

func TestDump(t *testing.T) {
	w := newWorker(target.Profile{Minor: 13, Patch: 18})
	err := w.build([]byte(`"""docstring"""
class C:
    def m(self, *, __a):
        yield [lambda: __a for b in self]
`))
	if err != nil {
		t.Fatal(err)
	}
	want := `module top has_docstring
  C: DEF_LOCAL LOCAL
  class C 2:0-4:41
    m: DEF_LOCAL LOCAL
    function m 3:4-4:41 method generator
      parameters: self, _C__a
      self: DEF_PARAM|USE LOCAL
      _C__a: DEF_PARAM CELL
      b: DEF_LOCAL|DEF_COMP_ITER LOCAL
      function listcomp 4:14-4:41 list inlined nested
        parameters: .0
        .0: DEF_PARAM LOCAL
        b: DEF_LOCAL|DEF_COMP_ITER LOCAL
        _C__a: - FREE
      function lambda 4:15-4:26 nested
        _C__a: USE FREE
`
	if d := cmp.Diff(want, string(w.table.Dump(nil))); d != "" {
		t.Error(d)
	}
}
