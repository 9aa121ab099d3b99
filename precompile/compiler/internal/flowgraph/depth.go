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
	beforeOps := g.features.DepthBeforeOps
	deepest := int32(0)
	push(g.entry(), 0)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		depth := b.depth
		next := b.next
		code := b.code()
		for i := range code {
			n := &code[i]
			fall := g.effects[n.op].fall
			if fall == varies {
				fall = g.effect(n, 0)
			}
			after := depth + fall
			if after < 0 {
				panic(fmt.Sprintf("stack underflow at %v on line %d", n.op, n.loc.Line))
			}
			if beforeOps {
				deepest = max(deepest, depth)
			} else {
				deepest = max(deepest, after)
			}
			k := g.kind[n.op]
			if k&kindTarget != 0 && n.op != opcode.EndAsyncFor {
				jump := g.effects[n.op].jump
				if jump == varies {
					jump = g.effect(n, 1)
				}
				if !beforeOps {
					deepest = max(deepest, depth+jump)
				}
				push(g.blocks[n.target], depth+jump)
			}
			depth = after
			if k&(kindAlways|kindExit) != 0 {
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

// effect is by how much an Op changes the depth of the stack, where it does not
// jump and where it does.
type effect struct{ fall, jump int32 }

// varies is the effect of an Op for which it depends on the argument, or is not
// known.
const varies = math.MinInt32

func (o *Optimizer) effectOf(op opcode.Op) effect {
	if fall, jump, ok := o.table.FixedEffect(op); ok {
		return effect{int32(fall), int32(jump)}
	}
	return effect{varies, varies}
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
