package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func popJumpIf(cond bool) opcode.Op {
	if cond {
		return opcode.PopJumpIfTrue
	}
	return opcode.PopJumpIfFalse
}

// jumpIf jumps to next if the truth of e is cond.
func (g *Generator) jumpIf(at instr.Loc, e ast.Expr, next instr.Label, cond bool) {
	switch e := e.(type) {
	case *ast.UnaryOp:
		if e.Op == ast.Not {
			g.jumpIf(at, e.Operand, next, !cond)
			return
		}
	case *ast.BoolOp:
		decides := e.Op == ast.Or // what a value must be to decide alone
		next2 := next
		if decides != cond {
			next2 = g.label()
		}
		last := len(e.Values) - 1
		for _, v := range e.Values[:last] {
			g.jumpIf(at, v, next2, decides)
		}
		g.jumpIf(at, e.Values[last], next, cond)
		if next2 != next {
			g.place(next2)
		}
		return
	case *ast.IfExp:
		end, next2 := g.label(), g.label()
		g.jumpIf(at, e.Test, next2, false)
		g.jumpIf(at, e.Body, next, cond)
		g.jump(noLoc, opcode.JumpNoInterrupt, end)
		g.place(next2)
		g.jumpIf(at, e.Orelse, next, cond)
		g.place(end)
		return
	case *ast.Compare:
		if len(e.Ops) > 1 {
			g.jumpIfChain(e, next, cond)
			return
		}
	}
	g.expr(e)
	here := locOf(e)
	g.op(here, opcode.ToBool)
	g.jump(here, popJumpIf(cond), next)
}

// jumpIfChain is jumpIf for a chain of comparisons.
func (g *Generator) jumpIfChain(e *ast.Compare, next instr.Label, cond bool) {
	at := locOf(e)
	last := len(e.Ops) - 1
	g.checkCompare(e)
	cleanup := g.label()
	g.expr(e.Left)
	for i := range last {
		g.expr(e.Comparators[i])
		g.opArg(at, opcode.Swap, 2)
		g.opArg(at, opcode.Copy, 2)
		g.compareOp(at, e.Ops[i])
		g.op(at, opcode.ToBool)
		g.jump(at, opcode.PopJumpIfFalse, cleanup)
	}
	g.expr(e.Comparators[last])
	g.compareOp(at, e.Ops[last])
	g.op(at, opcode.ToBool)
	g.jump(at, popJumpIf(cond), next)
	end := g.label()
	g.jump(noLoc, opcode.JumpNoInterrupt, end)
	g.place(cleanup)
	g.op(at, opcode.PopTop)
	if !cond {
		g.jump(noLoc, opcode.JumpNoInterrupt, next)
	}
	g.place(end)
}

func (g *Generator) ifExp(e *ast.IfExp) {
	end, next := g.label(), g.label()
	g.jumpIf(locOf(e), e.Test, next, false)
	g.expr(e.Body)
	g.jump(noLoc, opcode.JumpNoInterrupt, end)
	g.place(next)
	g.expr(e.Orelse)
	g.place(end)
}

func (g *Generator) boolOp(e *ast.BoolOp) {
	at := locOf(e)
	end := g.label()
	last := len(e.Values) - 1
	for _, v := range e.Values[:last] {
		g.expr(v)
		if g.f.BoolJumps {
			op := opcode.JumpIfFalse
			if e.Op == ast.Or {
				op = opcode.JumpIfTrue
			}
			g.jump(at, op, end)
		} else {
			g.opArg(at, opcode.Copy, 1)
			g.op(at, opcode.ToBool)
			g.jump(at, popJumpIf(e.Op == ast.Or), end)
		}
		g.op(at, opcode.PopTop)
	}
	g.expr(e.Values[last])
	g.place(end)
}

func (g *Generator) compare(e *ast.Compare) {
	at := locOf(e)
	g.checkCompare(e)
	g.expr(e.Left)
	last := len(e.Ops) - 1
	if last == 0 {
		g.expr(e.Comparators[0])
		g.compareOp(at, e.Ops[0])
		return
	}
	cleanup := g.label()
	for i := range last {
		g.expr(e.Comparators[i])
		g.opArg(at, opcode.Swap, 2)
		g.opArg(at, opcode.Copy, 2)
		g.compareOp(at, e.Ops[i])
		g.opArg(at, opcode.Copy, 1)
		g.op(at, opcode.ToBool)
		g.jump(at, opcode.PopJumpIfFalse, cleanup)
		g.op(at, opcode.PopTop)
	}
	g.expr(e.Comparators[last])
	g.compareOp(at, e.Ops[last])
	end := g.label()
	g.jump(noLoc, opcode.JumpNoInterrupt, end)
	g.place(cleanup)
	g.opArg(at, opcode.Swap, 2)
	g.op(at, opcode.PopTop)
	g.place(end)
}
