package flowgraph

import "github.com/rules-precompile/precompile/precompile/internal/opcode"

// A NOP stands where an instruction was taken out, or where codegen wants a line
// to stay visible to tracing. It can go if it has no line, or if the line is
// that of the instruction before or after it.

// removeNopsIn removes the NOPs of a block that can go, and returns how many.
func (g *graph) removeNopsIn(b *block) int {
	if b.has&kindNop == 0 {
		return 0
	}
	code := b.code()
	dest := 0
	for dest < len(code) && code[dest].op != opcode.Nop {
		dest++
	}
	if dest == len(code) {
		g.forget(b, kindNop)
		return 0
	}
	kept := false
	prevLine := int32(-1)
	if dest > 0 {
		prevLine = code[dest-1].loc.Line
	}
	for i := dest; i < len(code); i++ {
		line := code[i].loc.Line
		if code[i].op == opcode.Nop {
			if line < 0 || line == prevLine {
				continue
			}
			if i+1 < len(code) {
				next := &code[i+1]
				if next.loc.Line == line {
					continue
				}
				if next.loc.Line < 0 {
					next.loc = code[i].loc
					continue
				}
			} else if next := g.nonEmpty(b.next); next != nil && g.firstLine(next) == line {
				continue
			}
			kept = true
		}
		if dest != i {
			code[dest] = code[i]
		}
		dest++
		prevLine = line
	}
	b.n = int32(dest)
	if !kept {
		g.forget(b, kindNop)
	}
	if g.features.SlotsCleared {
		clear(code[dest:])
	}
	return len(code) - dest
}

// firstLine returns the line of the first instruction of b that is more than a
// NOP without location, or -1.
func (g *graph) firstLine(b *block) int32 {
	for i := range b.code() {
		n := &b.mem[i]
		if n.op != opcode.Nop || n.loc.Line >= 0 {
			return n.loc.Line
		}
	}
	return -1
}

// removeNops removes the NOPs of all blocks that can go, and returns how many.
func (g *graph) removeNops() int {
	if g.has&kindNop == 0 {
		return 0
	}
	removed, left := 0, g.presumed
	for b := g.entry(); b != nil; b = b.next {
		removed += g.removeNopsIn(b)
		left |= b.has
	}
	g.has = g.has&^kindNop | left&kindNop
	return removed
}

// removeJumps turns jumps to the next block into NOPs, and returns how many.
func (g *graph) removeJumps() int {
	removed := 0
	for b := g.entry(); b != nil && g.has&kindAlways != 0; b = b.next {
		if b.has&kindAlways == 0 {
			continue
		}
		last := b.last()
		if last == nil || g.kind[last.op]&kindAlways == 0 {
			continue
		}
		to := g.nonEmpty(g.blocks[last.target])
		if to == nil {
			panic("a jump leads to nothing")
		}
		if to == g.nonEmpty(b.next) {
			g.remove(b, last)
			g.rewired = true
			removed++
		}
	}
	return removed
}

// removeNopsAndJumps removes both until none is left that can go.
func (g *graph) removeNopsAndJumps() {
	for {
		if nops, jumps := g.removeNops(), g.removeJumps(); nops+jumps == 0 {
			return
		}
	}
}

// removePairs removes the pairs of instructions that push a value and drop it
// again, across blocks that fall through into each other.
func (g *graph) removePairs() {
	for done := false; !done; {
		done = true
		// prev is the last instruction that was passed and can be the first of a pair.
		var prev *node
		var prevBlock *block
		for b := g.entry(); b != nil; b = b.next {
			g.removeNopsIn(b)
			if b.label >= 0 {
				prev = nil
			}
			if b.n == 0 {
				continue
			}
			last := &b.mem[b.n-1]
			if b.has&kindPop != 0 && g.removePairsIn(b, prev, prevBlock) {
				done = false
			}
			prev, prevBlock = last, b
			if g.kind[last.op]&(kindJump|kindAlways|kindExit) != 0 {
				prev = nil
			}
		}
	}
}

// removePairsIn removes those whose second instruction is in b. Prev, which is in
// prevBlock, is the one before b, or nil.
func (g *graph) removePairsIn(b *block, prev *node, prevBlock *block) (removed bool) {
	code := b.code()
	for i := range code {
		n := &code[i]
		if n.op == opcode.PopTop && prev != nil &&
			(g.kind[prev.op]&kindPush != 0 || prev.op == opcode.Copy && prev.arg == 1) {
			g.remove(prevBlock, prev)
			g.remove(b, n)
			removed = true
		}
		prev, prevBlock = n, b
	}
	return removed
}

// removeUnreachable empties the blocks that nothing leads to, and counts the
// predecessors of the others. Where no edge has changed since it did so, there is
// nothing to do: what it emptied then, nothing has filled.
func (g *graph) removeUnreachable() {
	if !g.rewired && g.presumed == 0 {
		return
	}
	g.rewired = false
	for b := g.entry(); b != nil; b = b.next {
		b.preds = 0
	}
	work := g.traverse()
	entry := g.entry()
	entry.preds, entry.visited = 1, g.traversal
	work = append(work, entry.id)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		if b.next != nil && g.fallsThrough(b) {
			next := b.next
			if next.visited != g.traversal {
				next.visited = g.traversal
				work = append(work, next.id)
			}
			next.preds++
		}
		if b.has&kindTarget == 0 {
			continue
		}
		code := g.targetsOf(b)
		for i := range code {
			n := &code[i]
			if g.kind[n.op]&kindTarget == 0 {
				continue
			}
			to := g.blocks[n.target]
			if to.visited != g.traversal {
				to.visited = g.traversal
				work = append(work, to.id)
			}
			to.preds++
		}
	}
	g.work = work
	for b := g.entry(); b != nil; b = b.next {
		if b.preds == 0 {
			b.n = 0
			b.handler = false
			g.forget(b, ^kind(0))
		}
	}
}
