package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// lowerConditions replaces JUMP_IF_FALSE and JUMP_IF_TRUE, which leave their
// condition on the stack, by COPY 1, TO_BOOL and a jump that drops it.
func (g *graph) lowerConditions() {
	for b := g.entry(); b != nil && g.has&kindCondition != 0; b = b.next {
		if b.has&kindCondition == 0 {
			continue
		}
		last := b.last()
		if last == nil {
			continue
		}
		switch last.op {
		case opcode.JumpIfFalse:
			g.setArg(b, last, opcode.PopJumpIfFalse, last.arg)
		case opcode.JumpIfTrue:
			g.setArg(b, last, opcode.PopJumpIfTrue, last.arg)
		default:
			continue
		}
		n := node{op: opcode.Copy, arg: 1, loc: last.loc, except: last.except}
		g.insert(b, int(b.n)-1, n)
		n.op, n.arg = opcode.ToBool, 0
		g.insert(b, int(b.n)-1, n)
	}
}

// lowerPseudoOps replaces what is left of the instructions that only the
// compiler has, but for jumps without direction.
func (g *graph) lowerPseudoOps() {
	for b := g.entry(); b != nil && g.has&kindPseudo != 0; b = b.next {
		if b.has&kindPseudo == 0 {
			continue
		}
		code := b.code()
		for i := range code {
			n := &code[i]
			switch {
			case g.kind[n.op]&kindPseudo == 0:
			case g.kind[n.op]&kindSetup != 0:
				g.remove(b, n)
			case n.op == opcode.LoadClosure && g.features.ClosureIsPseudo:
				g.setArg(b, n, opcode.LoadFast, n.arg)
			case n.op == opcode.StoreFastMaybeNull:
				g.setArg(b, n, opcode.StoreFast, n.arg)
			}
		}
		g.forget(b, kindSetup)
	}
	g.removeNopsAndJumps()
}

// normalizeJumps makes every conditional jump one that leads forward: one that
// leads backward becomes the opposite jump over an unconditional one. Where the
// target wants it, the way that is not taken starts with NOT_TAKEN.
func (g *graph) normalizeJumps() {
	g.traverse()
	for b := g.entry(); b != nil && g.has&kindJump != 0; b = b.next {
		b.visited = g.traversal
		if b.has&kindJump == 0 {
			continue
		}
		last := b.last()
		if last == nil || g.kind[last.op]&kindJump == 0 || g.kind[last.op]&kindAlways != 0 {
			continue
		}
		op, conditional := opposite(last.op)
		if g.features.NotTaken {
			if !conditional {
				continue
			}
			if g.blocks[last.target].visited != g.traversal {
				loc, except := last.loc, last.except
				n := g.add(b, opcode.NotTaken, 0, loc)
				if g.features.AddedJumpsAreProtected {
					n.except = except
				}
				continue
			}
		} else if g.blocks[last.target].visited != g.traversal {
			continue
		}
		if !conditional {
			panic(fmt.Sprintf("%v on line %d leads backward", last.op, last.loc.Line))
		}
		target := g.blocks[last.target]
		back := g.newBlock()
		if g.features.NotTaken {
			g.add(back, opcode.NotTaken, 0, last.loc)
			back.depth = target.depth
		}
		g.add(back, opcode.Jump, target.label, last.loc).target = target.id
		if g.features.AddedJumpsAreProtected {
			for i := range back.code() {
				back.mem[i].except = last.except
			}
		}
		g.setArg(b, last, op, last.arg)
		last.target = b.next.id
		back.cold = b.cold
		back.next = b.next
		b.next = back
	}
}

// opposite returns the conditional jump that jumps when op does not.
func opposite(op opcode.Op) (o opcode.Op, ok bool) {
	switch op {
	case opcode.PopJumpIfNotNone:
		return opcode.PopJumpIfNone, true
	case opcode.PopJumpIfNone:
		return opcode.PopJumpIfNotNone, true
	case opcode.PopJumpIfFalse:
		return opcode.PopJumpIfTrue, true
	case opcode.PopJumpIfTrue:
		return opcode.PopJumpIfFalse, true
	}
	return op, false
}
