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
	out.Instrs = resize(out.Instrs, total)
	at := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		code := b.code()
		into := out.Instrs[at : at+len(code)]
		for i := range code {
			n, in := &code[i], &into[i]
			in.Op, in.Arg, in.Loc = n.op, n.arg, n.loc
			if g.kind[n.op]&kindTarget != 0 {
				in.Arg = int32(starts[n.target])
			}
		}
		at += len(code)
	}
	out.Handlers = out.Handlers[:0]
	if g.has&kindSetup != 0 {
		g.linearizeHandlers(starts, total)
	}
	return out
}

func (g *graph) linearizeHandlers(starts []blockID, total int) {
	out := &g.out
	out.Handlers = resize(out.Handlers, total)
	at := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		code := b.code()
		for i := range code {
			h := instr.Handler{Target: instr.NoHandler}
			if except := code[i].except; except != 0 {
				to := g.blocks[except]
				h = instr.Handler{Target: int32(starts[to.id]), Depth: to.depth, Lasti: to.lasti}
			}
			out.Handlers[at] = h
			at++
		}
	}
}

// resize returns a slice of n elements, whatever is in them, that reuses the memory
// of s.
func resize[T any](s []T, n int) []T {
	if cap(s) < n {
		return make([]T, n, n+n/2)
	}
	return s[:n]
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
