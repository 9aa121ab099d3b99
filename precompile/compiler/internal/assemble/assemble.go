package assemble

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Assembler makes code objects for one target. It keeps scratch memory, so it
// belongs to one goroutine.
type Assembler struct {
	features *target.Features
	table    *opcode.Table
	ops      [opcode.NumOps]opInfo

	offsets []int32 // of the instructions and of the end, in code units
	jumps   []jump
	code    []byte
	lines   []byte
	excepts []byte
	kinds   []byte
	names   []*marshal.Value
}

// jump is an instruction that jumps, and where to, as indices.
type jump struct{ at, to int32 }

// opInfo is what the assembler needs of an Op.
type opInfo struct {
	number byte
	caches uint8
	jumps  bool
	real   bool // it has a byte
}

// New makes an Assembler for a target. It fails for series whose encoding is not
// known.
func New(f *target.Features) (*Assembler, error) {
	t, ok := opcode.For(f.Profile.Minor)
	if !ok || !t.Has(opcode.Resume) {
		return nil, fmt.Errorf("assemble: the encoding of Python %v is not known", f.Profile)
	}
	a := &Assembler{features: f, table: t}
	for op := opcode.Op(1); op < opcode.NumOps; op++ {
		b, ok := t.Byte(op)
		a.ops[op] = opInfo{number: b, caches: uint8(t.Caches(op)), jumps: t.HasJump(op), real: ok}
	}
	return a, nil
}

// Assemble makes the code object of a unit. It changes l's instructions, and
// enters what it makes into the pool, in CPython's order. An instruction that
// has no encoding is a fault of the compiler, and panics.
func (a *Assembler) Assemble(u *instr.Unit, l *instr.Linear, pool *instr.Pool) *marshal.Value {
	if a.layOut(l.Instrs) {
		a.nextLocations(l.Instrs)
	}
	a.resolveOffsets(l.Instrs)
	a.emitCode(l.Instrs)
	a.emitLocations(l.Instrs, u.FirstLine)
	a.emitExceptions(l)

	code, c := pool.Code()
	c.ArgCount = u.PosOnly + u.ArgCount
	c.PosOnlyArgCount = u.PosOnly
	c.KwOnlyArgCount = u.KwOnly
	c.StackSize = l.StackSize
	c.Flags = int32(u.Flags)
	c.FirstLineNo = u.FirstLine
	c.ExceptionTable = pool.MergeBytes(a.excepts)
	c.LineTable = pool.MergeBytes(a.lines)
	// The bytecode takes part in merging, but a code object copies it, and hands
	// out a new bytes object to be marshalled.
	c.Bytecode = pool.Bytecode(a.code)

	c.Names = pool.MergeTuple(u.Names.Values)
	c.Consts = pool.MergeTuple(u.Consts.Values)
	a.localsPlus(u, int(l.NumLocalsPlus))
	c.LocalsPlusNames = pool.MergeTuple(a.names)
	c.LocalsPlusKinds = pool.Data(a.kinds) // a new object even of one byte

	pool.InternConstants(c.Consts)
	c.FileName, c.Name, c.QualName = u.FileName, u.Name, u.QualName
	if c.QualName == nil {
		c.QualName = c.Name
	}
	if a.features.InternedCodeNames {
		c.FileName, c.Name, c.QualName = pool.Intern(c.FileName), pool.Intern(c.Name), pool.Intern(c.QualName)
	}
	if c.StackSize == 0 && a.features.StackSizeAtLeastOne {
		c.StackSize = 1
	}
	return code
}
