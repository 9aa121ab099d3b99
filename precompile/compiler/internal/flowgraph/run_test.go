package flowgraph

import (
	"errors"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func newOptimizer(t *testing.T, minor int) *Optimizer {
	t.Helper()
	p, _, err := target.Resolve(minor, target.Newest)
	if err != nil {
		t.Fatal(err)
	}
	o, err := New(target.New(p))
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func ops(l *instr.Linear) string {
	var names []string
	for _, in := range l.Instrs {
		names = append(names, in.Op.String())
	}
	return strings.Join(names, " ")
}

// TestPanicNamesPass: a stream that makes no sense is reported with the pass
// that found it, and the Optimizer is usable afterwards.
func TestPanicNamesPass(t *testing.T) {
	o := newOptimizer(t, 13)
	pool := newTestPool()
	loc := instr.LineLoc(1)
	bad := new(instr.Unit)
	bad.Name = pool.Name("bad")
	bad.Code.Add(loc, opcode.PopTop)
	bad.Code.Add(loc, opcode.ReturnValue)
	func() {
		defer func() {
			var e *Error
			if err, ok := recover().(error); !ok || !errors.As(err, &e) || e.Pass != "stack depth" || !strings.Contains(e.Error(), "bad") {
				t.Errorf("the panic says %v", err)
			}
		}()
		o.Run(bad, pool)
		t.Error("a stack underflow went through")
	}()
	good := new(instr.Unit)
	good.Code.AddArg(loc, opcode.LoadConst, good.Consts.Add(pool.Merge(marshal.None())))
	good.Code.Add(loc, opcode.ReturnValue)
	if l := o.Run(good, pool); ops(l) != "RETURN_CONST" || l.StackSize != 0 {
		t.Errorf("after a panic: %s, a stack of %d", ops(l), l.StackSize)
	}
}

// TestAnnotations: the code of annotations takes the place of its placeholder,
// jumps over it still arrive, and without such code the placeholder goes.
func TestAnnotations(t *testing.T) {
	o := newOptimizer(t, 14)
	pool := newTestPool()
	loc := instr.LineLoc(1)
	unit := func(annotations *instr.Seq) *instr.Unit {
		u := new(instr.Unit)
		end := u.Code.NewLabel()
		u.Code.AddArg(loc, opcode.Resume, 0)
		u.Code.Add(loc, opcode.AnnotationsPlaceholder)
		u.Code.AddArg(loc, opcode.LoadName, u.Names.Add(pool.Name("x")))
		u.Code.AddJump(loc, opcode.PopJumpIfFalse, end)
		u.Code.AddArg(loc, opcode.LoadName, 0)
		u.Code.Add(loc, opcode.PopTop)
		u.Code.Place(end)
		u.Code.AddArg(loc, opcode.LoadConst, u.Consts.Add(pool.Merge(marshal.None())))
		u.Code.Add(loc, opcode.ReturnValue)
		u.Code.Annotations = annotations
		return u
	}
	const rest = " LOAD_NAME POP_JUMP_IF_FALSE NOT_TAKEN LOAD_NAME POP_TOP LOAD_CONST RETURN_VALUE"
	if got, want := ops(o.Run(unit(nil), pool)), "RESUME"+rest; got != want {
		t.Errorf("without annotations:\ngot  %s\nwant %s", got, want)
	}
	a := new(instr.Seq)
	a.AddArg(loc, opcode.LoadConst, 0)
	a.Add(loc, opcode.MakeFunction)
	a.AddArg(loc, opcode.StoreName, 0)
	l := o.Run(unit(a), pool)
	if got, want := ops(l), "RESUME LOAD_CONST MAKE_FUNCTION STORE_NAME"+rest; got != want {
		t.Errorf("with annotations:\ngot  %s\nwant %s", got, want)
	}
	if to := l.Instrs[5].Arg; to != 9 {
		t.Errorf("the jump leads to %d, want 9", to)
	}
}

// TestPrefix: what a generator with a parameter in a cell, another cell and a
// free variable starts with.
func TestPrefix(t *testing.T) {
	o := newOptimizer(t, 13)
	pool := newTestPool()
	u := new(instr.Unit)
	u.FirstLine = 7
	u.Flags = instr.Generator
	for _, name := range []string{"a", "b"} {
		u.VarNames.Add(pool.Name(name))
	}
	u.NumParams = 2
	u.CellVars.Add(pool.Name("c")) // after the locals, though numbered first
	u.CellVars.Add(pool.Name("b"))
	u.FreeVars.Add(pool.Name("f"))
	loc := instr.LineLoc(8)
	u.Code.AddArg(loc, opcode.LoadDeref, 0) // c
	u.Code.AddArg(loc, opcode.LoadDeref, 1) // b
	u.Code.AddArg(loc, opcode.LoadDeref, 2) // f
	u.Code.AddArg(loc, opcode.BuildTuple, 3)
	u.Code.Add(loc, opcode.ReturnValue)
	l := o.Run(u, pool)
	var got []string
	for _, in := range l.Instrs[:8] {
		got = append(got, in.Op.String()+" "+string(rune('0'+in.Arg)))
	}
	const want = "COPY_FREE_VARS 1, MAKE_CELL 1, MAKE_CELL 2, RETURN_GENERATOR 0, POP_TOP 0, LOAD_DEREF 2, LOAD_DEREF 1, LOAD_DEREF 3"
	if s := strings.Join(got, ", "); s != want || l.NumLocalsPlus != 4 {
		t.Errorf("%d variables\ngot  %s\nwant %s", l.NumLocalsPlus, s, want)
	}
}
