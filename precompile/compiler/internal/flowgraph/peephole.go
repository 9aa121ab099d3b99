package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// compareToBool is the bit of COMPARE_OP's argument that makes it convert its
// result to bool.
const compareToBool = 16

// optimizeConstLoads simplifies what follows the load of a constant: jumps that
// are then decided, comparisons with None, conversions to bool.
func (g *graph) optimizeConstLoads() {
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindPush != 0 {
			g.optimizeConstLoadsIn(b)
		}
	}
}

func (g *graph) optimizeConstLoadsIn(b *block) {
	code := b.code()
	var op opcode.Op // of the load that the next instruction uses
	var arg int32
	for i := range code {
		n := &code[i]
		if g.kind[n.op]&(kindPush|kindCopy) == 0 {
			op = opcode.None
			continue
		}
		if g.features.SmallIntLoads && n.op == opcode.LoadConst {
			g.makeSmallInt(b, n, g.constant(n.op, n.arg))
		}
		// A copy of a constant is as good as the constant.
		if !(op == opcode.LoadConst && n.op == opcode.Copy && n.arg == 1) {
			op, arg = n.op, n.arg
		}
		if g.kind[op]&kindPush == 0 {
			continue
		}
		if i+1 < len(code) && g.kind[code[i+1].op]&kindConstUse != 0 {
			g.optimizeConstUse(b, code[i:], op, arg)
		}
		if g.features.CommonConstLoads && n.op == opcode.LoadConst {
			g.makeCommonConst(b, n, g.constant(n.op, n.arg))
		}
	}
}

// optimizeConstUse simplifies code[1:], which is in b, where code[0] pushes the
// constant that op and arg load.
func (g *graph) optimizeConstUse(b *block, code []node, op opcode.Op, arg int32) {
	n, next := &code[0], &code[1]
	switch next.op {
	case opcode.PopJumpIfFalse, opcode.PopJumpIfTrue, opcode.JumpIfFalse, opcode.JumpIfTrue:
		truth := fold.Truth(g.constant(op, arg))
		if next.op == opcode.PopJumpIfFalse || next.op == opcode.PopJumpIfTrue {
			g.remove(b, n)
		}
		if truth == (next.op == opcode.PopJumpIfTrue || next.op == opcode.JumpIfTrue) {
			g.setArg(b, next, opcode.Jump, next.arg)
		} else {
			g.remove(b, next)
		}
		g.rewired = true
	case opcode.IsOp:
		// x is None, x is not None: with a jump on the result, one jump on x.
		if g.constant(op, arg).Kind != marshal.KindNone || len(code) <= 2 {
			return
		}
		jump := &code[2]
		if jump.op == opcode.ToBool {
			g.remove(b, jump)
			if len(code) <= 3 {
				return
			}
			jump = &code[3]
		}
		invert := next.arg != 0
		switch jump.op {
		case opcode.PopJumpIfFalse:
			invert = !invert
		case opcode.PopJumpIfTrue:
		default:
			return
		}
		g.remove(b, n)
		g.remove(b, next)
		if invert {
			g.setArg(b, jump, opcode.PopJumpIfNotNone, jump.arg)
		} else {
			g.setArg(b, jump, opcode.PopJumpIfNone, jump.arg)
		}
	case opcode.ReturnValue:
		if g.features.ReturnConst {
			g.remove(b, n)
			g.setArg(b, next, opcode.ReturnConst, arg)
		}
	case opcode.ToBool:
		truth := marshal.Bool(fold.Truth(g.constant(op, arg)))
		g.remove(b, n)
		g.setArg(b, next, opcode.LoadConst, g.addConst(truth))
	}
}

// optimizeBlocks runs the peephole optimizer over all blocks.
func (g *graph) optimizeBlocks() {
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindRewrite == 0 || !g.optimizeBlock(b) {
			continue
		}
		for i := 0; i < int(b.n); i++ {
			if b.mem[i].op == opcode.Swap {
				i = g.shortenSwaps(b, i)
				g.applySwaps(b, i)
			}
		}
	}
}

// optimizeBlock rewrites short sequences of instructions, and reports whether there
// are SWAPs in the block. Jumps to jumps are threaded: the jump becomes a NOP and
// one to the final target is appended, which is then looked at in turn.
func (g *graph) optimizeBlock(b *block) (swaps bool) {
	var none node // no instruction
	for i := 0; i < int(b.n); i++ {
		n := &b.mem[i]
		if g.kind[n.op]&kindRewrite == 0 {
			continue
		}
		next := &none
		if i+1 < int(b.n) {
			next = &b.mem[i+1]
		}
		to := opcode.Nop // what a jump leads to
		if g.kind[n.op]&kindTarget != 0 {
			if t := g.blocks[n.target]; t.n > 0 {
				to = t.mem[0].op
			}
		}
		switch n.op {
		case opcode.BuildTuple:
			if next.op == opcode.UnpackSequence && next.arg == n.arg && 1 <= n.arg && n.arg <= 3 {
				if n.arg == 1 {
					g.remove(b, next)
				} else {
					g.setArg(b, next, opcode.Swap, next.arg)
				}
				g.remove(b, n)
				continue
			}
			if g.features.ConstFoldingInCFG {
				g.foldTuple(b, i)
			} else {
				g.foldAdjacentTuple(b, i)
			}
		case opcode.BuildList, opcode.BuildSet:
			if g.features.ConstFoldingInCFG {
				g.foldListOrSet(b, i, next.op)
			}
		case opcode.PopJumpIfNotNone, opcode.PopJumpIfNone, opcode.PopJumpIfFalse, opcode.PopJumpIfTrue:
			if to == opcode.Jump && g.thread(b, n.op) {
				i--
			}
		case opcode.JumpIfFalse, opcode.JumpIfTrue:
			switch to {
			case opcode.Jump, n.op:
				if g.thread(b, n.op) {
					i--
				}
			case opcode.JumpIfFalse, opcode.JumpIfTrue: // the opposite: it will not jump
				n.target = g.blocks[n.target].next.id
				g.rewired = true
				i--
			}
		case opcode.Jump:
			if to == opcode.Jump || to == opcode.JumpNoInterrupt {
				if g.thread(b, opcode.Jump) {
					i--
				}
			}
		case opcode.JumpNoInterrupt:
			if to == opcode.Jump || to == opcode.JumpNoInterrupt {
				if g.thread(b, to) {
					i--
				}
			}
		case opcode.StoreFast:
			if next.op == opcode.StoreFast && next.arg == n.arg && next.loc.Line == n.loc.Line {
				g.setOp(b, n, opcode.PopTop)
			}
		case opcode.Swap:
			if n.arg == 1 {
				g.remove(b, n)
			} else {
				swaps = true
			}
		case opcode.LoadGlobal:
			if next.op == opcode.PushNull && n.arg&1 == 0 {
				n.arg |= 1
				g.remove(b, next)
			}
		case opcode.CompareOp:
			if next.op == opcode.ToBool {
				g.setArg(b, next, opcode.CompareOp, n.arg|compareToBool)
				g.remove(b, n)
			}
		case opcode.ContainsOp, opcode.IsOp:
			switch {
			case next.op == opcode.ToBool:
				g.setArg(b, next, n.op, n.arg)
				g.remove(b, n)
			case next.op == opcode.UnaryNot && g.features.InvertedTests:
				g.setArg(b, next, n.op, n.arg^1)
				g.remove(b, n)
			}
		case opcode.ToBool:
			if next.op == opcode.ToBool {
				g.remove(b, n)
			}
		case opcode.UnaryNot:
			switch {
			case next.op == opcode.ToBool:
				g.remove(b, n)
				g.setOp(b, next, opcode.UnaryNot)
			case next.op == opcode.UnaryNot:
				g.remove(b, n)
				g.remove(b, next)
			case g.features.ConstFoldingInCFG:
				g.foldUnary(b, i)
			}
		case opcode.UnaryInvert, opcode.UnaryNegative:
			if g.features.ConstFoldingInCFG {
				g.foldUnary(b, i)
			}
		case opcode.CallIntrinsic1:
			if !g.features.ConstFoldingInCFG {
				break
			}
			switch n.arg {
			case intrinsicListToTuple:
				g.foldSequence(b, i)
				if n.op == opcode.CallIntrinsic1 && next.op == opcode.GetIter {
					g.remove(b, n)
				}
			case intrinsicUnaryPositive:
				g.foldUnary(b, i)
			}
		case opcode.ListAppend, opcode.SetAdd:
			if g.features.ConstFoldingInCFG && n.arg == 1 && (next.op == opcode.GetIter || next.op == opcode.ContainsOp) {
				g.foldSequence(b, i)
			}
		case opcode.BinaryOp:
			if g.features.ConstFoldingInCFG {
				g.foldBinary(b, i)
			}
		}
	}
	return swaps
}

// thread makes the jump that ends b lead where its target leads, by an
// instruction op. It does nothing if that is the same place.
func (g *graph) thread(b *block, op opcode.Op) bool {
	last := b.last()
	to, except := g.blocks[last.target].mem[0], last.except
	if to.target == last.target {
		return false
	}
	g.rewired = true
	g.remove(b, last)
	n := g.add(b, op, g.blocks[to.target].label, to.loc)
	n.target = to.target
	if g.features.AddedJumpsAreProtected {
		n.except = except
	}
	return true
}

const (
	intrinsicUnaryPositive = 5 // CALL_INTRINSIC_1's number for +x
	intrinsicListToTuple   = 6
)
