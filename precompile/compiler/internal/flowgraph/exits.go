package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// maxCopied is the greatest number of instructions that an exit may have to be
// copied to the jumps that lead to it.
const maxCopied = 4

// inlineExits replaces jumps to small exits, and to blocks without lines that
// do not fall through, by copies of these, until no such jump is left.
func (g *graph) inlineExits() {
	for changed := g.has&kindAlways != 0; changed; {
		changed = false
		for b := g.entry(); b != nil; b = b.next {
			if g.inlineExit(b) {
				changed = true
			}
		}
	}
}

func (g *graph) inlineExit(b *block) bool {
	if b.has&kindAlways == 0 {
		return false
	}
	last := b.last()
	if last == nil || g.kind[last.op]&kindAlways == 0 {
		return false
	}
	to := g.blocks[last.target]
	smallExit := g.exits(to) && to.n <= maxCopied
	lineless := g.lineless(to) && !g.fallsThrough(to)
	if !smallExit && !lineless {
		return false
	}
	removed := last.op
	g.remove(b, last)
	g.appendAll(b, to)
	g.rewired = true
	if lineless {
		// What is copied may be a jump that does not check for signals; the one
		// that it replaces did.
		if last := b.last(); g.kind[last.op]&kindAlways != 0 && removed == opcode.Jump {
			g.setArg(b, last, opcode.Jump, last.arg)
		}
	}
	to.preds--
	return true
}

// lineless reports whether no instruction of b has a line.
func (g *graph) lineless(b *block) bool {
	if b.has&kindLineless == 0 {
		return b.n == 0
	}
	for i := range b.code() {
		if b.mem[i].loc.Line >= 0 {
			return false
		}
	}
	return true
}

// needsLine reports whether b, which has no line, leaves the scope or checks
// for signals: then a frame may be looked at while it runs b, and must have a
// line number.
func (g *graph) needsLine(b *block) bool {
	return g.lineless(b) && (g.exits(b) || g.checksSignals(b))
}

func (g *graph) checksSignals(b *block) bool {
	for i := range b.code() {
		if g.kind[b.mem[i].op]&kindEval != 0 {
			return true
		}
	}
	return false
}

// resolveLines gives lines to instructions that have none. Exits without lines
// are copied first until each has one predecessor, whose line it can take. Both steps
// ask for a line first of all, so where none is missing, they do nothing.
func (g *graph) resolveLines() {
	if g.has&kindLineless == 0 {
		return
	}
	g.duplicateExits()
	g.propagateLines()
}

func (g *graph) duplicateExits() {
	for b := g.entry(); b != nil && g.has&kindJump != 0; b = b.next {
		if b.has&kindJump == 0 {
			continue
		}
		last := b.last()
		if last == nil || !g.jumps(last) {
			continue
		}
		to := g.nonEmpty(g.blocks[last.target])
		if to.preds <= 1 || !g.needsLine(to) {
			continue
		}
		dup := g.newBlock()
		g.appendAll(dup, to)
		dup.mem[0].loc = last.loc
		last.target = dup.id
		to.preds--
		dup.preds = 1
		dup.next = to.next
		dup.label = g.newLabel()
		to.next = dup
		g.rewired = true
	}
	// What is left without a line is reached by falling through, from one block.
	for b := g.entry(); b != nil; b = b.next {
		if b.n == 0 || b.next == nil {
			continue
		}
		next := b.next
		if next.has&kindLineless == 0 || !g.fallsThrough(b) {
			continue
		}
		if g.needsLine(next) {
			next.mem[0].loc = b.last().loc
		}
	}
}

// propagateLines gives instructions without a location that of the one before
// them, within a block and into blocks that have one predecessor.
func (g *graph) propagateLines() {
	left := g.presumed
	for b := g.entry(); b != nil; b = b.next {
		last := b.last()
		if last == nil {
			continue
		}
		if b.has&kindLineless != 0 {
			left |= g.propagateLinesIn(b)
		}
		k := g.kind[last.op]
		if k&(kindExit|kindAlways) == 0 && b.next != nil {
			give(b.next, last)
		}
		if k&kindJump != 0 {
			to := g.blocks[last.target]
			for g.features.EmptyBlocksPassed && to.n == 0 && to.preds == 1 {
				to = to.next
			}
			give(to, last)
		}
	}
	g.has = g.has&^kindLineless | left&kindLineless
}

// propagateLinesIn does so within b, and returns kindLineless if instructions
// without a line are left.
func (g *graph) propagateLinesIn(b *block) (left kind) {
	code := b.code()
	i := 0
	for i < len(code) && code[i].loc.Line >= 0 {
		i++
	}
	loc := instr.NoLoc
	prev := &loc
	if i > 0 {
		prev = &code[i-1].loc
	}
	for ; i < len(code); i++ {
		n := &code[i]
		if n.loc.Line == instr.NoLoc.Line {
			n.loc = *prev
		}
		prev = &n.loc
		left |= lineless(n.loc)
	}
	if left == 0 {
		g.forget(b, kindLineless)
	}
	return left
}

// give gives the first instruction of b, if it has no location, that of the last one of
// its only predecessor.
func give(b *block, last *node) {
	if b.has&kindLineless != 0 && b.preds == 1 && b.n > 0 && b.mem[0].loc.Line == instr.NoLoc.Line {
		b.mem[0].loc = last.loc
	}
}
