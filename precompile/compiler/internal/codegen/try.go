package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func (g *Generator) try(s *ast.Try) {
	if len(s.FinalBody) > 0 {
		g.tryFinally(s)
		return
	}
	g.tryHandlers(s)
}

func (g *Generator) tryHandlers(s *ast.Try) {
	if s.Star {
		g.tryStar(s)
	} else {
		g.tryExcept(s)
	}
}

// tryFinally emits the finally twice, for the way without an exception and for
// the other:
//
//	         SETUP_FINALLY end; body; POP_BLOCK; finally; JUMP exit
//	end:     SETUP_CLEANUP cleanup; PUSH_EXC_INFO; finally; RERAISE
//	cleanup: COPY 3; POP_EXCEPT; RERAISE 1
//	exit:
func (g *Generator) tryFinally(s *ast.Try) {
	at := locOf(s)
	body, end, exit, cleanup := g.label(), g.label(), g.label(), g.label()
	g.jump(at, opcode.SetupFinally, end)
	g.place(body)
	g.push(at, block{kind: finallyTry, start: body, exit: end, body: s.FinalBody})
	if len(s.Handlers) > 0 {
		g.tryHandlers(s)
	} else {
		g.stmts(s.Body)
	}
	g.op(noLoc, opcode.PopBlock)
	g.pop(finallyTry)
	g.stmts(s.FinalBody)
	g.jump(noLoc, opcode.JumpNoInterrupt, exit)

	g.place(end)
	g.jump(noLoc, opcode.SetupCleanup, cleanup)
	g.op(noLoc, opcode.PushExcInfo)
	g.push(noLoc, block{kind: finallyEnd, start: end})
	g.stmts(s.FinalBody)
	g.pop(finallyEnd)
	g.opArg(noLoc, opcode.Reraise, 0)
	g.place(cleanup)
	g.popExceptAndReraise(noLoc)
	g.place(exit)
}

// tryExcept tests the exception against the type of each handler in turn; one that
// binds a name unbinds it on every way out.
func (g *Generator) tryExcept(s *ast.Try) {
	at := locOf(s)
	body, except, end, cleanup := g.label(), g.label(), g.label(), g.label()
	g.jump(at, opcode.SetupFinally, except)
	g.place(body)
	g.push(at, block{kind: tryExcept, start: body})
	g.stmts(s.Body)
	g.pop(tryExcept)
	g.op(noLoc, opcode.PopBlock)
	g.stmts(s.Orelse)
	g.jump(noLoc, opcode.JumpNoInterrupt, end)

	g.place(except)
	g.jump(noLoc, opcode.SetupCleanup, cleanup)
	g.op(noLoc, opcode.PushExcInfo)
	g.push(at, block{kind: exceptionHandler})
	for i := range s.Handlers {
		h := &s.Handlers[i]
		at := locOf(h)
		if h.Type == nil && i < len(s.Handlers)-1 {
			g.fail(at, "default 'except:' must be last")
		}
		except := g.label()
		if h.Type != nil {
			g.expr(h.Type)
			g.op(at, opcode.CheckExcMatch)
			g.jump(at, opcode.PopJumpIfFalse, except)
		}
		if h.Name != ast.NoName {
			cleanupEnd, cleanupBody := g.label(), g.label()
			g.nameOp(at, h.Name, ast.Store)
			g.jump(at, opcode.SetupCleanup, cleanupEnd)
			g.place(cleanupBody)
			g.push(at, block{kind: handlerBody, start: cleanupBody, name: h.Name})
			g.stmts(h.Body)
			g.pop(handlerBody)
			g.op(noLoc, opcode.PopBlock)
			g.op(noLoc, opcode.PopBlock)
			g.op(noLoc, opcode.PopExcept)
			g.unbind(noLoc, h.Name)
			g.jump(noLoc, opcode.JumpNoInterrupt, end)
			g.place(cleanupEnd)
			g.unbind(noLoc, h.Name)
			g.opArg(noLoc, opcode.Reraise, 1)
		} else {
			cleanupBody := g.label()
			g.op(at, opcode.PopTop)
			g.place(cleanupBody)
			g.push(at, block{kind: handlerBody, start: cleanupBody})
			g.stmts(h.Body)
			g.pop(handlerBody)
			g.op(noLoc, opcode.PopBlock)
			g.op(noLoc, opcode.PopExcept)
			g.jump(noLoc, opcode.JumpNoInterrupt, end)
		}
		g.place(except)
	}
	g.pop(exceptionHandler)
	g.opArg(noLoc, opcode.Reraise, 0)
	g.place(cleanup)
	g.popExceptAndReraise(noLoc)
	g.place(end)
}

// tryStar keeps the group that was raised, a list of what the handlers raise, and
// the rest that no handler took, below which each handler runs:
//
//	orig list rest
//
// At the end what is left over joins the list, and the list is raised as a group.
func (g *Generator) tryStar(s *ast.Try) {
	at := locOf(s)
	body, except, orelse, end, cleanup, reraiseStar := g.label(), g.label(), g.label(), g.label(), g.label(), g.label()
	g.jump(at, opcode.SetupFinally, except)
	g.place(body)
	g.push(at, block{kind: tryExcept, start: body})
	g.stmts(s.Body)
	g.pop(tryExcept)
	g.op(noLoc, opcode.PopBlock)
	g.jump(noLoc, opcode.JumpNoInterrupt, orelse)

	g.place(except)
	g.jump(noLoc, opcode.SetupCleanup, cleanup)
	g.op(noLoc, opcode.PushExcInfo)
	g.push(at, block{kind: exceptionGroupHandler})
	for i := range s.Handlers {
		h := &s.Handlers[i]
		at := locOf(h)
		except, exceptWithError, noMatch := g.label(), g.label(), g.label()
		if i == 0 {
			g.opArg(at, opcode.BuildList, 0)
			g.opArg(at, opcode.Copy, 2)
		}
		if h.Type != nil {
			g.expr(h.Type)
			g.op(at, opcode.CheckEgMatch)
			g.opArg(at, opcode.Copy, 1)
			g.jump(at, opcode.PopJumpIfNone, noMatch)
		}
		cleanupEnd, cleanupBody := g.label(), g.label()
		if h.Name != ast.NoName {
			g.nameOp(at, h.Name, ast.Store)
		} else {
			g.op(at, opcode.PopTop)
		}
		g.jump(at, opcode.SetupCleanup, cleanupEnd)
		g.place(cleanupBody)
		g.push(at, block{kind: handlerBody, start: cleanupBody, name: h.Name})
		g.stmts(h.Body)
		g.pop(handlerBody)
		g.op(noLoc, opcode.PopBlock)
		if h.Name != ast.NoName {
			g.unbind(noLoc, h.Name)
		}
		g.jump(noLoc, opcode.JumpNoInterrupt, except)

		g.place(cleanupEnd)
		if h.Name != ast.NoName {
			g.unbind(noLoc, h.Name)
		}
		g.opArg(noLoc, opcode.ListAppend, 3)
		g.op(noLoc, opcode.PopTop)
		g.jump(noLoc, opcode.JumpNoInterrupt, exceptWithError)

		g.place(except)
		g.op(noLoc, opcode.Nop) // takes a line that is propagated
		g.jump(noLoc, opcode.JumpNoInterrupt, exceptWithError)
		g.place(noMatch)
		g.op(at, opcode.PopTop)
		g.place(exceptWithError)
		if i == len(s.Handlers)-1 {
			g.opArg(noLoc, opcode.ListAppend, 1)
			g.jump(noLoc, opcode.JumpNoInterrupt, reraiseStar)
		}
	}
	g.pop(exceptionGroupHandler)
	reraise := g.label()
	g.place(reraiseStar)
	g.opArg(noLoc, opcode.CallIntrinsic2, intrinsicPrepReraiseStar)
	g.opArg(noLoc, opcode.Copy, 1)
	g.jump(noLoc, opcode.PopJumpIfNotNone, reraise)
	g.op(noLoc, opcode.PopTop)
	g.op(noLoc, opcode.PopBlock)
	g.op(noLoc, opcode.PopExcept)
	g.jump(noLoc, opcode.JumpNoInterrupt, end)
	g.place(reraise)
	g.op(noLoc, opcode.PopBlock)
	g.opArg(noLoc, opcode.Swap, 2)
	g.op(noLoc, opcode.PopExcept)
	g.opArg(noLoc, opcode.Reraise, 0)
	g.place(cleanup)
	g.popExceptAndReraise(noLoc)
	g.place(orelse)
	g.stmts(s.Orelse)
	g.place(end)
}
