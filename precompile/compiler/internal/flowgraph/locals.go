package flowgraph

import "github.com/rules-precompile/precompile/precompile/internal/opcode"

// tracked is the number of locals that are followed from block to block, one
// bit each. Others are followed within a block only, to bound the time.
const tracked = 64

// checkLocals turns loads of locals that may be unbound into LOAD_FAST_CHECK. Where
// all are bound on entry and nothing unbinds any, there are none.
func (g *graph) checkLocals() {
	locals := g.unit.VarNames.Len()
	if locals == 0 {
		return
	}
	if locals > tracked {
		g.checkLocalsByBlock(locals)
		locals = tracked
	}
	// On entry all locals but the parameters are unbound.
	start := uint64(0)
	for i := int(g.unit.NumParams); i < locals; i++ {
		start |= 1 << i
	}
	if start == 0 && g.has&kindUnbinds == 0 {
		return
	}
	work := g.mayBeUnsafe(g.entry(), start, g.traverse())
	// A DELETE_FAST can be anywhere, so every block is looked at at least once.
	for b := g.entry(); b != nil; b = b.next {
		b.visited = 0
		work = g.checkLocalsIn(b, work)
	}
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		if b.visited == g.traversal { // and not looked at since it was queued
			b.visited = 0
			work = g.checkLocalsIn(b, work)
		}
	}
	g.work = work
}

// mayBeUnsafe notes that the locals of mask may be unbound on entry of b, and
// queues b if that is news. A block that is visited is in the queue already. In
// which order blocks are looked at makes no difference: bits are only ever added,
// and a load that needed a check once still needs it when there are more.
func (g *graph) mayBeUnsafe(b *block, mask uint64, work []blockID) []blockID {
	if both := b.unsafe | mask; both != b.unsafe {
		b.unsafe = both
		if b.visited != g.traversal {
			b.visited = g.traversal
			work = append(work, b.id)
		}
	}
	return work
}

func (g *graph) checkLocalsIn(b *block, work []blockID) []blockID {
	unsafe := b.unsafe
	if unsafe == 0 && b.has&kindUnbinds == 0 {
		return work // nothing changes here, and there is nothing to pass on
	}
	code := b.code()
	if b.has&kindLocal == 0 && g.has&kindSetup == 0 {
		code = nil // all is passed on as it is
	}
	unbinds := b.has&kindUnbinds != 0
	for i := range code {
		n := &code[i]
		if n.except != 0 {
			if to := g.blocks[n.except]; unsafe&^to.unsafe != 0 {
				work = g.mayBeUnsafe(to, unsafe, work)
			}
		}
		if g.kind[n.op]&kindLocal == 0 || n.arg >= tracked {
			continue
		}
		bit := uint64(1) << n.arg
		switch n.op {
		case opcode.DeleteFast, opcode.LoadFastAndClear, opcode.StoreFastMaybeNull:
			unsafe |= bit
		case opcode.StoreFast, opcode.LoadFastCheck:
			unsafe &^= bit
		case opcode.LoadFast:
			if unsafe&bit != 0 {
				g.setArg(b, n, opcode.LoadFastCheck, n.arg)
			}
			unsafe &^= bit
		}
		if unsafe == 0 && !unbinds {
			return work
		}
	}
	if b.next != nil && g.fallsThrough(b) {
		work = g.mayBeUnsafe(b.next, unsafe, work)
	}
	if last := b.last(); last != nil && g.jumps(last) {
		work = g.mayBeUnsafe(g.blocks[last.target], unsafe, work)
	}
	return work
}

// checkLocalsByBlock does the same for the locals that are not tracked: one
// counts as bound if it was loaded or stored earlier in the same block.
func (g *graph) checkLocalsByBlock(locals int) {
	boundIn := grow(&g.ints, locals-tracked) // number of a block
	number := int32(0)
	for b := g.entry(); b != nil; b = b.next {
		number++
		if b.has&kindLocal == 0 {
			continue
		}
		for i := range b.code() {
			n := &b.mem[i]
			if n.arg < tracked {
				continue
			}
			switch n.op {
			case opcode.DeleteFast, opcode.LoadFastAndClear, opcode.StoreFastMaybeNull:
				boundIn[n.arg-tracked] = number - 1
			case opcode.StoreFast:
				boundIn[n.arg-tracked] = number
			case opcode.LoadFast:
				if boundIn[n.arg-tracked] != number {
					g.setArg(b, n, opcode.LoadFastCheck, n.arg)
				}
				boundIn[n.arg-tracked] = number
			}
		}
	}
}

// insertSuperinstructions joins pairs of loads and stores of locals on one line
// into single instructions, where both arguments fit in four bits.
func (g *graph) insertSuperinstructions() {
	joined := false
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindLocal == 0 {
			continue
		}
		code := b.code()
		var before kind // of the instruction before
		if len(code) > 0 {
			before = g.kind[code[0].op]
		}
		for i := 1; i < len(code); i++ {
			first, second := &code[i-1], &code[i]
			k := g.kind[second.op]
			both := before & k & kindLocal
			before = k
			if both == 0 {
				continue
			}
			var op opcode.Op
			switch {
			case first.op == opcode.LoadFast && second.op == opcode.LoadFast:
				op = opcode.LoadFastLoadFast
			case first.op == opcode.StoreFast && second.op == opcode.LoadFast:
				op = opcode.StoreFastLoadFast
			case first.op == opcode.StoreFast && second.op == opcode.StoreFast:
				op = opcode.StoreFastStoreFast
			default:
				continue
			}
			line1, line2 := first.loc.Line, second.loc.Line
			if line1 >= 0 && line2 >= 0 && line1 != line2 || first.arg >= 16 || second.arg >= 16 {
				continue
			}
			g.setArg(b, first, op, first.arg<<4|second.arg)
			g.remove(b, second)
			before = kindNop
			joined = true
		}
	}
	if joined { // else there is nothing to remove: the NOPs that could go are gone
		g.removeNops()
	}
}
