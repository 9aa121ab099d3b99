package flowgraph

import "github.com/rules-precompile/precompile/precompile/internal/opcode"

// A NOP stands where an instruction was taken out, or where codegen wants a line
// to stay visible to tracing. It can go if it has no line, or if the line is
// that of the instruction before or after it.

// removeNopsIn removes the NOPs of a block that can go, and returns how many.
func (g *graph) removeNopsIn(b *block) int {
	code := b.code()
	dest := 0
	for dest < len(code) && code[dest].op != opcode.Nop {
		dest++
	}
	if dest == len(code) {
		return 0
	}
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
			} else if next := g.nonEmpty(g.nextOf(b)); next != nil && g.firstLine(next) == line {
				continue
			}
		}
		if dest != i {
			code[dest] = code[i]
		}
		dest++
		prevLine = line
	}
	b.n = int32(dest)
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
	removed := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		removed += g.removeNopsIn(b)
	}
	return removed
}

// removeJumps turns jumps to the next block into NOPs, and returns how many.
func (g *graph) removeJumps() int {
	removed := 0
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		last := b.last()
		if last == nil || g.kind[last.op]&kindAlways == 0 {
			continue
		}
		to := g.nonEmpty(g.blocks[last.target])
		if to == nil {
			panic("a jump leads to nothing")
		}
		if to == g.nonEmpty(g.nextOf(b)) {
			last.setOp(opcode.Nop)
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
		var prev, n *node
		for b := g.entry(); b != nil; b = g.blocks[b.next] {
			g.removeNopsIn(b)
			if b.label >= 0 {
				n = nil
			}
			code := b.code()
			for i := range code {
				prev, n = n, &code[i]
				if n.op != opcode.PopTop || prev == nil {
					continue
				}
				if g.kind[prev.op]&kindPush != 0 || prev.op == opcode.Copy && prev.arg == 1 {
					prev.setOp(opcode.Nop)
					n.setOp(opcode.Nop)
					done = false
				}
			}
			if n != nil && g.jumps(n) || !g.fallsThrough(b) {
				n = nil
			}
		}
	}
}

// removeUnreachable empties the blocks that nothing leads to, and counts the
// predecessors of the others.
func (g *graph) removeUnreachable() {
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		b.preds = 0
	}
	work := g.unvisit()
	entry := g.entry()
	entry.preds, entry.visited = 1, true
	work = append(work, entry.id)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		if b.next != 0 && g.fallsThrough(b) {
			next := g.blocks[b.next]
			if !next.visited {
				next.visited = true
				work = append(work, next.id)
			}
			next.preds++
		}
		code := g.targetsOf(b)
		for i := range code {
			n := &code[i]
			if g.kind[n.op]&kindTarget == 0 {
				continue
			}
			to := g.blocks[n.target]
			if !to.visited {
				to.visited = true
				work = append(work, to.id)
			}
			to.preds++
		}
	}
	g.work = work
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		if b.preds == 0 {
			b.n = 0
			b.handler = false
		}
	}
}
