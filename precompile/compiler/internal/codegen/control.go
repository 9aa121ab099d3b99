package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func (g *Generator) ifStmt(s *ast.If) {
	end := g.label()
	next := end
	if len(s.Orelse) > 0 {
		next = g.label()
	}
	g.jumpIf(locOf(s), s.Test, next, false)
	g.stmts(s.Body)
	if len(s.Orelse) > 0 {
		g.jump(noLoc, opcode.JumpNoInterrupt, end)
		g.place(next)
		g.stmts(s.Orelse)
	}
	g.place(end)
}

// endFor takes the iterator of an exhausted loop off the stack. END_FOR comes
// first, as iterating over a generator jumps to it and over others past it.
func (g *Generator) endFor() {
	g.op(noLoc, opcode.EndFor)
	g.popIter()
}

func (g *Generator) popIter() {
	if g.f.PopIter {
		g.op(noLoc, opcode.PopIter)
	} else {
		g.op(noLoc, opcode.PopTop)
	}
}

func (g *Generator) forStmt(s *ast.For) {
	start, cleanup, end := g.label(), g.label(), g.label()
	g.push(locOf(s), block{kind: forLoop, start: start, exit: end})
	g.expr(s.Iter)
	at := locOf(s.Iter)
	g.op(at, opcode.GetIter)
	g.place(start)
	g.jump(at, opcode.ForIter, cleanup)
	// The line of the target is traced even if nothing else is on it.
	g.op(locOf(s.Target), opcode.Nop)
	g.expr(s.Target)
	g.stmts(s.Body)
	g.jump(noLoc, opcode.Jump, start)
	g.place(cleanup)
	g.endFor()
	g.pop(forLoop)
	g.stmts(s.Orelse)
	g.place(end)
}

func (g *Generator) asyncFor(s *ast.For) {
	at := locOf(s)
	if !g.f.SymtableChecks && g.u.kind != asyncFunctionUnit {
		g.fail(at, "'async for' outside async function")
	}
	start, send, except, end := g.label(), g.label(), g.label(), g.label()
	g.expr(s.Iter)
	g.op(locOf(s.Iter), opcode.GetAiter)
	g.place(start)
	g.push(at, block{kind: forLoop, start: start, exit: end})
	g.jump(at, opcode.SetupFinally, except)
	g.asyncNext(at, send)
	if g.f.AsyncForJumpsBack {
		g.op(at, opcode.NotTaken)
	}
	g.expr(s.Target)
	g.stmts(s.Body)
	g.jump(noLoc, opcode.Jump, start)
	g.pop(forLoop)
	g.place(except)
	g.endAsyncFor(locOf(s.Iter), send)
	g.stmts(s.Orelse)
	g.place(end)
}

// asyncNext awaits the next value of an asynchronous iterator.
func (g *Generator) asyncNext(at instr.Loc, send instr.Label) {
	g.op(at, opcode.GetAnext)
	g.loadNone(at)
	g.place(send)
	g.yieldFrom(at, true)
	g.op(at, opcode.PopBlock)
}

func (g *Generator) endAsyncFor(at instr.Loc, send instr.Label) {
	if g.f.AsyncForJumpsBack {
		g.jump(at, opcode.EndAsyncFor, send)
	} else {
		g.op(at, opcode.EndAsyncFor)
	}
}

func (g *Generator) while(s *ast.While) {
	loop, body, end, anchor := g.label(), g.label(), g.label(), g.label()
	at := locOf(s)
	g.place(loop)
	g.push(at, block{kind: whileLoop, start: loop, exit: end})
	g.jumpIf(at, s.Test, anchor, false)
	g.place(body)
	g.stmts(s.Body)
	if g.f.WhileTestOnce {
		g.jump(noLoc, opcode.Jump, loop)
	} else {
		g.jumpIf(at, s.Test, body, true)
	}
	g.pop(whileLoop)
	g.place(anchor)
	g.stmts(s.Orelse)
	g.place(end)
}
