package assemble

import (
	"os"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instrtest"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// BenchmarkAssemble measures the assembling of the module that has most code in
// the goldens, over and over.
func BenchmarkAssemble(b *testing.B) {
	r := newReassembler(b, target.Profile{Minor: 13, Patch: 18})
	data, err := os.ReadFile("../../../pyc/marshal/testdata/3.13.18/control.fresh")
	if err != nil {
		b.Fatal(err)
	}
	v, err := marshal.Unmarshal(data, r.profile)
	if err != nil {
		b.Fatal(err)
	}
	type unit struct {
		u *instr.Unit
		l *instr.Linear
	}
	var units []unit
	total := 0
	var collect func(c *marshal.Code)
	collect = func(c *marshal.Code) {
		l, err := instrtest.Decode(c, r.table)
		if err != nil {
			b.Fatal(err)
		}
		u := &instr.Unit{Name: marshal.NewStr(c.Name.Data, true), FileName: marshal.NewStr("f", true), FirstLine: c.FirstLineNo}
		l.NumLocalsPlus = 0
		units = append(units, unit{u, l})
		total += len(l.Instrs)
		for _, k := range c.Consts.Items {
			if k.Kind == marshal.KindCode {
				collect(k.Code())
			}
		}
	}
	collect(v.Code())
	work := &instr.Linear{}
	b.ReportAllocs()
	for b.Loop() {
		r.pool.Reset()
		for _, x := range units {
			work.Instrs = append(work.Instrs[:0], x.l.Instrs...)
			work.Handlers = x.l.Handlers
			work.StackSize = x.l.StackSize
			r.a.Assemble(x.u, work, r.pool)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(total), "ns/instr")
}
