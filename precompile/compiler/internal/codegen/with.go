package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// callExit calls the exit method that is on the stack with three Nones.
func (g *Generator) callExit(at instr.Loc) {
	g.loadNone(at)
	g.loadNone(at)
	g.loadNone(at)
	n := 2
	if g.f.SpecialMethodLoads {
		n = 3 // the method and its self are two values
	}
	g.opArg(at, opcode.Call, n)
}

// enterWith: manager → exit, entered value (to be awaited, if async)
func (g *Generator) enterWith(at instr.Loc, async bool) {
	if !g.f.SpecialMethodLoads {
		if async {
			g.op(at, opcode.BeforeAsyncWith)
		} else {
			g.op(at, opcode.BeforeWith)
		}
		return
	}
	enter, exit := specialEnter, specialExit
	if async {
		enter, exit = specialAEnter, specialAExit
	}
	g.opArg(at, opcode.Copy, 1)
	g.opArg(at, opcode.LoadSpecial, exit)
	g.opArg(at, opcode.Swap, 2)
	g.opArg(at, opcode.Swap, 3)
	g.opArg(at, opcode.LoadSpecial, enter)
	g.opArg(at, opcode.Call, 0)
}

// with emits the statement from item i on:
//
//	         manager; enter; SETUP_WITH final; store or pop; body; POP_BLOCK
//	         exit(None, None, None); POP_TOP; JUMP exit
//	final:   SETUP_CLEANUP cleanup; PUSH_EXC_INFO; WITH_EXCEPT_START; …
//	exit:
func (g *Generator) with(s *ast.With, i int) {
	item := &s.Items[i]
	if s.Async && !g.f.SymtableChecks && g.u.kind != asyncFunctionUnit {
		g.fail(locOf(s), "'async with' outside async function")
	}
	start, final, exit, cleanup := g.label(), g.label(), g.label(), g.label()
	g.expr(item.Context)
	at := locOf(item.Context)
	g.enterWith(at, s.Async)
	kind := withBlock
	if s.Async {
		kind = asyncWith
		g.await(at, 1)
	}
	g.jump(at, opcode.SetupWith, final)
	g.place(start)
	g.push(at, block{kind: kind, start: start, exit: final})
	if item.Vars != nil {
		g.expr(item.Vars)
	} else {
		g.op(at, opcode.PopTop)
	}
	if i+1 == len(s.Items) {
		g.stmts(s.Body)
	} else {
		g.with(s, i+1)
	}
	if s.Async {
		g.pop(kind)
		g.op(at, opcode.PopBlock)
	} else {
		g.op(noLoc, opcode.PopBlock)
		g.pop(kind)
	}
	g.callExit(at)
	if s.Async {
		g.await(at, 2)
	}
	g.op(at, opcode.PopTop)
	g.jump(at, opcode.Jump, exit)

	g.place(final)
	g.jump(at, opcode.SetupCleanup, cleanup)
	g.op(at, opcode.PushExcInfo)
	g.op(at, opcode.WithExceptStart)
	if s.Async {
		g.await(at, 2)
	}
	g.finishWith(cleanup)
	g.place(exit)
}

// finishWith raises again unless the exit method says not to.
func (g *Generator) finishWith(cleanup instr.Label) {
	suppress := g.label()
	g.op(noLoc, opcode.ToBool)
	g.jump(noLoc, opcode.PopJumpIfTrue, suppress)
	g.opArg(noLoc, opcode.Reraise, 2)
	g.place(suppress)
	g.op(noLoc, opcode.PopTop)
	g.op(noLoc, opcode.PopBlock)
	g.op(noLoc, opcode.PopExcept)
	g.op(noLoc, opcode.PopTop)
	g.op(noLoc, opcode.PopTop)
	if g.f.SpecialMethodLoads {
		g.op(noLoc, opcode.PopTop)
	}
	exit := g.label()
	g.jump(noLoc, opcode.JumpNoInterrupt, exit)
	g.place(cleanup)
	g.popExceptAndReraise(noLoc)
	g.place(exit)
}
