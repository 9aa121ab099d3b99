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
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		g.optimizeConstLoadsIn(b)
	}
}

func (g *graph) optimizeConstLoadsIn(b *block) {
	code := b.code()
	var op opcode.Op // of the load that the next instruction uses
	var arg int32
	for i := range code {
		n := &code[i]
		if g.features.SmallIntLoads && n.op == opcode.LoadConst {
			g.makeSmallInt(n, g.constant(n.op, n.arg))
		}
		// A copy of a constant is as good as the constant.
		if !(op == opcode.LoadConst && n.op == opcode.Copy && n.arg == 1) {
			op, arg = n.op, n.arg
		}
		if g.kind[op]&kindPush == 0 {
			continue
		}
		if i+1 < len(code) {
			g.optimizeConstUse(code[i:], op, arg)
		}
		if g.features.CommonConstLoads && n.op == opcode.LoadConst {
			g.makeCommonConst(n, g.constant(n.op, n.arg))
		}
	}
}

// optimizeConstUse simplifies code[1:], where code[0] pushes the constant that
// op and arg load.
func (g *graph) optimizeConstUse(code []node, op opcode.Op, arg int32) {
	n, next := &code[0], &code[1]
	switch next.op {
	case opcode.PopJumpIfFalse, opcode.PopJumpIfTrue, opcode.JumpIfFalse, opcode.JumpIfTrue:
		truth := fold.Truth(g.constant(op, arg))
		if next.op == opcode.PopJumpIfFalse || next.op == opcode.PopJumpIfTrue {
			n.setOp(opcode.Nop)
		}
		if truth == (next.op == opcode.PopJumpIfTrue || next.op == opcode.JumpIfTrue) {
			next.op = opcode.Jump
		} else {
			next.setOp(opcode.Nop)
		}
	case opcode.IsOp:
		// x is None, x is not None: with a jump on the result, one jump on x.
		if g.constant(op, arg).Kind != marshal.KindNone || len(code) <= 2 {
			return
		}
		jump := &code[2]
		if jump.op == opcode.ToBool {
			jump.setOp(opcode.Nop)
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
		n.setOp(opcode.Nop)
		next.setOp(opcode.Nop)
		jump.op = opcode.PopJumpIfNone
		if invert {
			jump.op = opcode.PopJumpIfNotNone
		}
	case opcode.ReturnValue:
		if g.features.ReturnConst {
			n.setOp(opcode.Nop)
			next.setArg(opcode.ReturnConst, arg)
		}
	case opcode.ToBool:
		truth := marshal.Bool(fold.Truth(g.constant(op, arg)))
		n.setOp(opcode.Nop)
		next.setArg(opcode.LoadConst, g.addConst(truth))
	}
}

// optimizeBlocks runs the peephole optimizer over all blocks.
func (g *graph) optimizeBlocks() {
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		if !g.optimizeBlock(b) {
			continue
		}
		for i := 0; i < int(b.n); i++ {
			if b.mem[i].op == opcode.Swap {
				i = g.shortenSwaps(b, i)
				applySwaps(b, i)
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
					next.setOp(opcode.Nop)
				} else {
					next.op = opcode.Swap
				}
				n.setOp(opcode.Nop)
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
				n.target = g.blocks[n.target].next
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
				n.setOp(opcode.PopTop)
			}
		case opcode.Swap:
			if n.arg == 1 {
				n.setOp(opcode.Nop)
			} else {
				swaps = true
			}
		case opcode.LoadGlobal:
			if next.op == opcode.PushNull && n.arg&1 == 0 {
				n.arg |= 1
				next.setOp(opcode.Nop)
			}
		case opcode.CompareOp:
			if next.op == opcode.ToBool {
				next.setArg(opcode.CompareOp, n.arg|compareToBool)
				n.setOp(opcode.Nop)
			}
		case opcode.ContainsOp, opcode.IsOp:
			switch {
			case next.op == opcode.ToBool:
				next.setArg(n.op, n.arg)
				n.setOp(opcode.Nop)
			case next.op == opcode.UnaryNot && g.features.InvertedTests:
				next.setArg(n.op, n.arg^1)
				n.setOp(opcode.Nop)
			}
		case opcode.ToBool:
			if next.op == opcode.ToBool {
				n.setOp(opcode.Nop)
			}
		case opcode.UnaryNot:
			switch {
			case next.op == opcode.ToBool:
				n.setOp(opcode.Nop)
				next.setOp(opcode.UnaryNot)
			case next.op == opcode.UnaryNot:
				n.setOp(opcode.Nop)
				next.setOp(opcode.Nop)
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
					n.setOp(opcode.Nop)
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
	last.setOp(opcode.Nop)
	n := b.add(op, g.blocks[to.target].label, to.loc)
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
