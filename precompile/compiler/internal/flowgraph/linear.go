package flowgraph

import (
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// linearize lays the blocks out one after the other. Targets become indices of
// instructions; an empty block stands for what follows it.
func (g *graph) linearize() *instr.Linear {
	out := &g.out
	out.StackSize, out.NumLocalsPlus = g.stackSize, g.numLocalsPlus
	starts := grow(&g.labels, g.used) // by block: the index of its first instruction
	total := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		starts[b.id] = blockID(total)
		total += int(b.n)
	}
	out.Instrs = grow(&out.Instrs, total)
	out.Handlers = grow(&out.Handlers, total)
	at := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		for i := range b.code() {
			n := &b.mem[i]
			in := instr.Instr{Op: n.op, Arg: n.arg, Loc: n.loc}
			if g.kind[n.op]&kindTarget != 0 {
				in.Arg = int32(starts[n.target])
			}
			out.Instrs[at] = in
			h := instr.Handler{Target: instr.NoHandler}
			if n.except != 0 {
				to := g.blocks[n.except]
				h = instr.Handler{Target: int32(starts[to.id]), Depth: to.depth, Lasti: to.lasti}
			}
			out.Handlers[at] = h
			at++
		}
	}
	return out
}

// String renders the graph for people: one line an instruction, blocks by their
// numbers.
func (g *graph) String() string {
	var s strings.Builder
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		fmt.Fprintf(&s, "block %d: label %d, %d predecessors, depth %d", b.id, b.label, b.preds, b.depth)
		for _, f := range []struct {
			is   bool
			name string
		}{{b.handler, "handler"}, {b.lasti, "lasti"}, {b.cold, "cold"}, {b.warm, "warm"}} {
			if f.is {
				s.WriteString(", " + f.name)
			}
		}
		s.WriteByte('\n')
		for _, n := range b.code() {
			fmt.Fprintf(&s, "  %d:%d-%d:%d %v", n.loc.Line, n.loc.Col, n.loc.EndLine, n.loc.EndCol, n.op)
			switch {
			case g.kind[n.op]&kindTarget != 0:
				fmt.Fprintf(&s, " to block %d", n.target)
			case g.table.HasArg(n.op):
				fmt.Fprintf(&s, " %d", n.arg)
			}
			if n.except != 0 {
				fmt.Fprintf(&s, ", handler block %d", n.except)
			}
			s.WriteByte('\n')
		}
	}
	return s.String()
}
