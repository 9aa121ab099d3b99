package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// prepareLocalsPlus gives cells and free variables their final numbers, after
// the locals (a parameter that is a cell keeps its number as a local), inserts
// the instructions at the start of the code that make them, and returns the
// number of locals, cells and free variables together.
func (g *graph) prepareLocalsPlus() int32 {
	u := g.unit
	if u.CellVars.Len()+u.FreeVars.Len() == 0 {
		g.insertPrefix(nil, 0, 0)
		return int32(u.VarNames.Len())
	}
	locals, cells, frees := int32(u.VarNames.Len()), int32(u.CellVars.Len()), int32(u.FreeVars.Len())
	fixed := grow(&g.fixed, int(cells+frees))
	for i := range fixed {
		fixed[i] = locals + int32(i)
	}
	for i, name := range u.CellVars.Values {
		if at, ok := u.VarNames.Index(name); ok {
			fixed[i] = int32(at)
		}
	}
	g.insertPrefix(fixed, cells, frees)

	// Close the gaps of the cells that are locals.
	dropped := int32(0)
	for i := range fixed {
		if fixed[i] == locals+int32(i) {
			fixed[i] -= dropped
		} else {
			dropped++
		}
	}
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindCell == 0 {
			continue
		}
		code := b.code()
		for i := range code {
			if n := &code[i]; g.kind[n.op]&kindCell != 0 {
				n.arg = fixed[n.arg]
			}
		}
	}
	return locals + cells + frees - dropped
}

// insertPrefix inserts what makes the generator, the cells (in the order of
// their final numbers) and the free variables.
func (g *graph) insertPrefix(fixed []int32, cells, frees int32) {
	u, entry := g.unit, g.entry()
	if u.Flags&instr.AnyGenerator != 0 && !g.features.GeneratorPreamble {
		loc := instr.LineLoc(int(u.FirstLine))
		g.insert(entry, 0, node{op: opcode.ReturnGenerator, loc: loc})
		g.insert(entry, 1, node{op: opcode.PopTop, loc: loc})
	}
	if cells > 0 {
		byNumber := grow(&g.ints, int(cells)+u.VarNames.Len())
		for i := range cells {
			byNumber[fixed[i]] = i + 1
		}
		room := entry.room(0, int(cells))
		for _, i := range byNumber {
			if i > 0 {
				g.fill(entry, &room[0], node{op: opcode.MakeCell, arg: i - 1, loc: instr.NoLoc})
				room = room[1:]
			}
		}
	}
	if frees > 0 {
		g.insert(entry, 0, node{op: opcode.CopyFreeVars, arg: frees, loc: instr.NoLoc})
	}
}
