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
	work := g.traverse()
	entry := g.entry()
	entry.visited = g.traversal
	work = append(work, entry.id)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		b.warm = true
		work = g.spread(b, work)
	}
	g.work = work
}

// markCold marks the handlers, and what is reached from them and not warm.
func (g *graph) markCold() {
	work := g.traverse()
	for b := g.entry(); b != nil; b = b.next {
		switch {
		case b.handler:
			b.visited = g.traversal
			work = append(work, b.id)
		case b.warm:
			b.visited = g.traversal // nothing spreads to it
		}
	}
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		b.cold = true
		work = g.spread(b, work)
	}
	g.work = work
}

// spread queues the blocks that b leads to, but for those that are visited.
func (g *graph) spread(b *block, work []blockID) []blockID {
	if b.next != nil && g.fallsThrough(b) {
		work = g.visit(b.next, work)
	}
	if n := b.last(); n != nil && g.jumps(n) {
		work = g.visit(g.blocks[n.target], work)
	}
	return work
}
