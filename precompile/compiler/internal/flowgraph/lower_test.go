package flowgraph

import (
	"fmt"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instrtest"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// lowered runs what _testinternalcapi.assemble_code_object runs before it
// assembles.
func lowered(o *Optimizer, u *instr.Unit, pool *instr.Pool) *instr.Linear {
	o.pool = pool
	g := &o.graph
	defer o.end()
	o.begin(u)
	g.pass = "resolve targets"
	g.resolveTargets()
	g.labelExceptions()
	o.runAll(o.pipeline.lower)
	return g.linearize()
}

// checkLowered reports the first difference of a record of testdata/lower.py.
func (o *oracle) checkLowered(t testing.TB, r *record) (ok bool) {
	t.Helper()
	pool := newTestPool()
	u := &instr.Unit{Code: *instr.Resolved(o.instrs(r.In))}
	u.Name = pool.Name(r.Unit)
	code := o.consts(t, r.Code, pool)
	c := code.Code()
	u.FirstLine = c.FirstLineNo
	for i := range r.Locals {
		u.VarNames.Add(pool.Name(fmt.Sprint("v", i)))
	}
	for _, name := range r.Cells {
		u.CellVars.Add(pool.Name(name))
	}
	for i := range r.Frees {
		u.FreeVars.Add(pool.Name(fmt.Sprint("f", len(r.Cells)+i)))
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: %v", r.Unit, p)
			ok = false
		}
	}()
	got := o.twins.run(t, lowered, u, pool)
	want, err := instrtest.Decode(c, o.table)
	if err != nil {
		t.Errorf("%s: %v", r.Unit, err)
		return false
	}
	for i := range got.Instrs {
		in := &got.Instrs[i]
		forward := int(in.Arg) > i
		switch {
		case in.Op == opcode.Jump && !forward:
			in.Op = opcode.JumpBackward
		case in.Op == opcode.JumpNoInterrupt && !forward:
			in.Op = opcode.JumpBackwardNoInterrupt
		case in.Op == opcode.Jump || in.Op == opcode.JumpNoInterrupt:
			in.Op = opcode.JumpForward
		}
		if in.Loc == instr.NextLoc && i+1 < len(want.Instrs) {
			in.Loc = want.Instrs[i].Loc // the assembler's to resolve
		}
	}
	if d := o.diff(got.Instrs, want.Instrs); d != "" {
		t.Errorf("%s: %s", r.Unit, d)
		return false
	}
	for i, h := range got.Handlers {
		if w := want.Handlers[i]; h != w && (h.Target < 0 || h.Depth >= 0) {
			t.Errorf("%s: the handler of instruction %d is %+v, want %+v", r.Unit, i, h, w)
			return false
		}
	}
	if max(got.StackSize, 1) != want.StackSize || got.NumLocalsPlus != want.NumLocalsPlus {
		t.Errorf("%s: a stack of %d and %d variables, want %d and %d", r.Unit, got.StackSize, got.NumLocalsPlus, want.StackSize, want.NumLocalsPlus)
		return false
	}
	return true
}
