package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// moveColdBlocks moves the blocks that only exceptions lead to behind all
// others, in their order.
func (g *graph) moveColdBlocks() {
	entry := g.entry()
	if entry.next == nil || g.has&kindSetup == 0 {
		return
	}
	g.markWarm()
	g.markCold()

	// A cold block that falls through into a warm one gets a jump.
	for b := entry; b != nil; b = b.next {
		next := b.next
		if !b.cold || next == nil || !next.warm || !g.fallsThrough(b) {
			continue
		}
		jump := g.newBlock()
		if next.label < 0 {
			next.label = g.newLabel()
		}
		g.add(jump, opcode.JumpNoInterrupt, next.label, instr.NoLoc).target = next.id
		jump.cold = true
		jump.preds = 1
		jump.next = next
		b.next = jump
	}

	var first, last *block // of the cold ones
	b := entry
	for b.next != nil {
		for b.next != nil && !b.next.cold {
			b = b.next
		}
		if b.next == nil {
			break
		}
		start := b.next
		end := start
		for end.next != nil && end.next.cold {
			end = end.next
		}
		if first == nil {
			first = start
		} else {
			last.next = start
		}
		last = end
		b.next, end.next = end.next, nil
	}
	g.rewired = true
	if first != nil {
		b.next = first
		g.removeNopsAndJumps()
	}
}

// markWarm marks the blocks that are reached without an exception.
func (g *graph) markWarm() {
	g.spread(g.visit(g.entry(), g.traverse()), func(b *block) { b.warm = true })
}

// markCold marks the handlers, and what is reached from them and not warm.
func (g *graph) markCold() {
	work := g.traverse()
	for b := g.entry(); b != nil; b = b.next {
		switch {
		case b.handler:
			work = g.visit(b, work)
		case b.warm:
			b.visited = g.traversal // nothing spreads to it
		}
	}
	g.spread(work, func(b *block) { b.cold = true })
}

// spread marks the blocks of work, and what is reached from them and not visited.
func (g *graph) spread(work []blockID, mark func(*block)) {
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		mark(b)
		if b.next != nil && g.fallsThrough(b) {
			work = g.visit(b.next, work)
		}
		if n := b.last(); n != nil && g.jumps(n) {
			work = g.visit(g.blocks[n.target], work)
		}
	}
	g.work = work
}
