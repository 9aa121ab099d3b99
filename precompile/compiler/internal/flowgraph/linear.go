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
	starts := resize(g.starts, g.used)
	g.starts = starts
	total := 0
	for b := g.entry(); b != nil; b = b.next {
		starts[b.id] = int32(total)
		total += int(b.n)
	}
	out.Instrs = resize(out.Instrs, total)
	out.Handlers = out.Handlers[:0]
	handled := g.has&kindSetup != 0
	if handled {
		out.Handlers = resize(out.Handlers, total)
	}
	at := 0
	for b := g.entry(); b != nil; b = b.next {
		code := b.code()
		into := out.Instrs[at:][:len(code)]
		for i := range into {
			n, in := &code[i], &into[i]
			in.Op, in.Arg, in.Loc = n.op, n.arg, n.loc
		}
		if b.has&kindTarget != 0 {
			for i := b.firstTarget(); i < len(code); i++ {
				if n := &code[i]; g.kind[n.op]&kindTarget != 0 {
					into[i].Arg = starts[n.target]
				}
			}
		}
		if handled {
			g.linearizeHandlers(code, out.Handlers[at:], starts)
		}
		at += len(code)
	}
	return out
}

// linearizeHandlers writes the handlers of a block's code.
func (g *graph) linearizeHandlers(code []node, out []instr.Handler, starts []int32) {
	out = out[:len(code)]
	h := instr.Handler{Target: instr.NoHandler}
	except := blockID(0) // that h is
	for i := range code {
		if e := code[i].except; e != except {
			except = e
			h = instr.Handler{Target: instr.NoHandler}
			if e != 0 {
				to := g.blocks[e]
				h = instr.Handler{Target: starts[e], Depth: to.depth, Lasti: to.lasti}
			}
		}
		out[i] = h
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
	for b := g.entry(); b != nil; b = b.next {
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
