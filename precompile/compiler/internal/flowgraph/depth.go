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
	work := g.work[:0]
	for b := g.entry(); b != nil; b = b.next {
		b.depth = math.MinInt32
	}
	deepest := int32(0)
	work = g.enterAt(g.entry(), 0, work)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		depth := b.depth
		next := b.next
		code := b.code()
		for i := 0; ; i++ {
			var simple int
			simple, depth, deepest = depthAfter(&g.effects, code[i:], depth, deepest)
			if i += simple; i == len(code) {
				break
			}
			n := &code[i]
			deepest = max(deepest, depth)
			before := depth
			if depth += g.effect(n, 0); depth < 0 {
				panic(fmt.Sprintf("stack underflow at %v on line %d", n.op, n.loc.Line))
			}
			k := g.kind[n.op]
			if k&kindTarget != 0 && n.op != opcode.EndAsyncFor {
				there := before + g.effect(n, 1)
				if !g.features.DepthBeforeOps {
					deepest = max(deepest, there)
				}
				work = g.enterAt(g.blocks[n.target], there, work)
			}
			if k&(kindAlways|kindExit) != 0 {
				next = nil
				break
			}
		}
		// The depth that the last instruction leaves. Those that the others leave were
		// found before the ones after them.
		if !g.features.DepthBeforeOps {
			deepest = max(deepest, depth)
		}
		if next != nil {
			work = g.enterAt(next, depth, work)
		}
	}
	g.work = work
	return deepest
}

// depthAfter follows code that begins with a stack of some depth as long as its
// instructions are simple. It returns how many these are, the depth after them, and the
// greatest before any of them or before the code. Apart from its caller, the loop has
// all it needs in registers.
//
//go:noinline
func depthAfter(effects *[opcode.NumOps]effect, code []node, depth, deepest int32) (n int, after, greatest int32) {
	for n < len(code) {
		in := &code[n]
		e := &effects[in.op]
		if !e.simple {
			break
		}
		deepest = max(deepest, depth)
		if depth += e.fall.Of(in.arg); depth < 0 {
			panic(fmt.Sprintf("stack underflow at %v on line %d", in.op, in.loc.Line))
		}
		n++
	}
	return n, depth, deepest
}

// enterAt says how deep the stack is on entry of b, and queues b if that was not
// known.
func (g *graph) enterAt(b *block, depth int32, work []blockID) []blockID {
	if b.depth >= 0 {
		if b.depth != depth {
			panic(fmt.Sprintf("inconsistent stack depth: %d and %d", b.depth, depth))
		}
		return work
	}
	b.depth = depth
	return append(work, b.id)
}

// effect is by how much an Op changes the depth of the stack, where it does not
// jump and where it does.
type effect struct {
	fall, jump opcode.Linear
	linear     bool // it is known and that simple
	simple     bool // besides, control passes to the next instruction only
}

func (o *Optimizer) effectOf(op opcode.Op) effect {
	fall, jump, ok := o.table.LinearEffect(op)
	return effect{fall, jump, ok, ok && o.kind[op]&(kindTarget|kindAlways|kindExit) == 0}
}

// effect returns by how much n changes the depth of the stack, when it does not
// jump (0) or does (1).
func (g *graph) effect(n *node, jump int) int32 {
	switch e := &g.effects[n.op]; {
	case !e.linear:
	case jump == 0:
		return e.fall.Of(n.arg)
	default:
		return e.jump.Of(n.arg)
	}
	e, ok := g.table.StackEffect(n.op, int(n.arg), jump)
	if !ok {
		panic(fmt.Sprintf("%v with argument %d has no known stack effect", n.op, n.arg))
	}
	return int32(e)
}
