package flowgraph

import (
	"fmt"
	"math"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// stackDepth computes the depth of the stack on entry of every block, and
// returns the greatest depth within any. Cycles are taken to leave the depth as
// it is.
func (g *graph) stackDepth() int32 {
	work := g.unvisit()
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		b.depth = math.MinInt32
	}
	push := func(b *block, depth int32) {
		if b.depth >= 0 && b.depth != depth {
			panic(fmt.Sprintf("inconsistent stack depth: %d and %d", b.depth, depth))
		}
		if b.depth < 0 {
			b.depth = depth
			work = append(work, b.id)
		}
	}
	deepest := int32(0)
	push(g.entry(), 0)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		depth := b.depth
		next := b.next
		for i := range b.code() {
			n := &b.mem[i]
			after := depth + g.effect(n, 0)
			if after < 0 {
				panic(fmt.Sprintf("stack underflow at %v on line %d", n.op, n.loc.Line))
			}
			if !g.features.DepthBeforeOps {
				deepest = max(deepest, after)
			} else {
				deepest = max(deepest, depth)
			}
			if g.kind[n.op]&kindTarget != 0 && n.op != opcode.EndAsyncFor {
				to := depth + g.effect(n, 1)
				if !g.features.DepthBeforeOps {
					deepest = max(deepest, to)
				}
				push(g.blocks[n.target], to)
			}
			depth = after
			if g.kind[n.op]&(kindAlways|kindExit) != 0 {
				next = 0
				break
			}
		}
		if next != 0 {
			push(g.blocks[next], depth)
		}
	}
	g.work = work
	return deepest
}

// effect returns by how much n changes the depth of the stack, when it does not
// jump (0) or does (1).
func (g *graph) effect(n *node, jump int) int32 {
	e, ok := g.table.StackEffect(n.op, int(n.arg), jump)
	if !ok {
		panic(fmt.Sprintf("%v with argument %d has no known stack effect", n.op, n.arg))
	}
	return int32(e)
}
