package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// moveColdBlocks moves the blocks that only exceptions lead to behind all
// others, in their order.
func (g *graph) moveColdBlocks() {
	entry := g.entry()
	if entry.next == 0 || g.has&kindSetup == 0 {
		return
	}
	g.markWarm()
	g.markCold()

	// A cold block that falls through into a warm one gets a jump.
	label := g.maxLabel() + 1
	for b := entry; b != nil; b = g.blocks[b.next] {
		next := g.nextOf(b)
		if !b.cold || next == nil || !next.warm || !g.fallsThrough(b) {
			continue
		}
		jump := g.newBlock()
		if next.label < 0 {
			next.label = label
			label++
		}
		jump.add(opcode.JumpNoInterrupt, next.label, instr.NoLoc).target = next.id
		jump.cold = true
		jump.preds = 1
		jump.next = next.id
		b.next = jump.id
	}

	var first, last *block // of the cold ones
	b := entry
	for b.next != 0 {
		for b.next != 0 && !g.nextOf(b).cold {
			b = g.nextOf(b)
		}
		if b.next == 0 {
			break
		}
		start := g.nextOf(b)
		end := start
		for end.next != 0 && g.nextOf(end).cold {
			end = g.nextOf(end)
		}
		if first == nil {
			first = start
		} else {
			last.next = start.id
		}
		last = end
		b.next, end.next = end.next, 0
	}
	if first != nil {
		b.next = first.id
		g.removeNopsAndJumps()
	}
}

// markWarm marks the blocks that are reached without an exception.
func (g *graph) markWarm() {
	work := g.unvisit()
	entry := g.entry()
	entry.visited = true
	g.spread(append(work, entry.id), func(b *block) { b.warm = true }, func(*block) bool { return true })
}

// markCold marks the handlers, and what is reached from them and not warm.
func (g *graph) markCold() {
	work := g.unvisit()
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		if b.handler {
			b.visited = true
			work = append(work, b.id)
		}
	}
	g.spread(work, func(b *block) { b.cold = true }, func(b *block) bool { return !b.warm })
}

// spread marks the blocks of work, which are visited, and what is reached from
// them by way of blocks that enters lets in.
func (g *graph) spread(work []blockID, mark func(*block), enters func(*block) bool) {
	visit := func(id blockID) {
		if b := g.blocks[id]; !b.visited && enters(b) {
			b.visited = true
			work = append(work, id)
		}
	}
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		mark(b)
		if b.next != 0 && g.fallsThrough(b) {
			visit(b.next)
		}
		if n := b.last(); n != nil && g.jumps(n) {
			visit(n.target)
		}
	}
	g.work = work
}
