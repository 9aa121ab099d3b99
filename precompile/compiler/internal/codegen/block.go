package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// blockKind is what a frame block is for.
type blockKind uint8

const (
	whileLoop blockKind = iota
	forLoop
	tryExcept
	finallyTry  // the try of a finally
	finallyEnd  // the finally, while an exception is handled
	withBlock   //
	asyncWith   //
	handlerBody // an except clause
	popValue    // a value on the stack that is to be thrown away
	exceptionHandler
	exceptionGroupHandler
	asyncComprehension
	stopIteration
	inlinedComprehension // while the values of locals are saved
)

// block is a construct that a return, break or continue inside has to leave: a
// frame block. It is no basic block.
type block struct {
	kind        blockKind
	start, exit instr.Label
	at          instr.Loc
	body        []ast.Stmt // of finallyTry: the finally
	name        ast.Name   // of handlerBody: what the exception is bound to
}

func (g *Generator) push(at instr.Loc, b block) {
	u := g.u
	limit := 20
	if g.f.BlocksTo21 {
		limit++
	}
	if len(u.blocks) >= limit {
		g.fail(at, "too many statically nested blocks")
	}
	b.at = at
	u.blocks = append(u.blocks, b)
	if b.kind == finallyEnd && g.f.FinallyWarnsOnce {
		g.muted++
	}
}

func (g *Generator) pop(kind blockKind) {
	u := g.u
	n := len(u.blocks) - 1
	if u.blocks[n].kind != kind {
		panic("codegen: frame blocks do not match")
	}
	u.blocks = u.blocks[:n]
	if kind == finallyEnd && g.f.FinallyWarnsOnce {
		g.muted--
	}
}

// unwind emits what leaving one block takes. With keep, the top of the stack is
// to survive. What follows a finally or a with is artificial, so at changes.
func (g *Generator) unwind(at *instr.Loc, b *block, keep bool) {
	swap := func() {
		if keep {
			g.opArg(*at, opcode.Swap, 2)
		}
	}
	switch b.kind {
	case whileLoop, exceptionHandler, exceptionGroupHandler, asyncComprehension, stopIteration, inlinedComprehension:
	case forLoop, popValue:
		swap()
		g.op(*at, opcode.PopTop)
	case tryExcept:
		g.op(*at, opcode.PopBlock)
	case finallyTry:
		g.op(*at, opcode.PopBlock)
		if keep {
			g.push(*at, block{kind: popValue})
		}
		g.stmts(b.body)
		if keep {
			g.pop(popValue)
		}
		*at = noLoc
	case finallyEnd:
		swap()
		g.op(*at, opcode.PopTop)
		swap()
		g.op(*at, opcode.PopBlock)
		g.op(*at, opcode.PopExcept)
	case withBlock, asyncWith:
		*at = b.at
		g.op(*at, opcode.PopBlock)
		if keep && g.f.SpecialMethodLoads {
			g.opArg(*at, opcode.Swap, 3)
		}
		swap()
		g.callExit(*at)
		if b.kind == asyncWith {
			g.await(*at, 2)
		}
		g.op(*at, opcode.PopTop)
		*at = noLoc
	case handlerBody:
		if b.name != ast.NoName {
			g.op(*at, opcode.PopBlock)
		}
		swap()
		g.op(*at, opcode.PopBlock)
		g.op(*at, opcode.PopExcept)
		if b.name != ast.NoName {
			g.unbind(*at, b.name)
		}
	}
}

// unwindAll leaves the blocks from the top on. With loop it stops at the first
// loop, which it returns; nil if there is none.
func (g *Generator) unwindAll(at *instr.Loc, keep, loop bool) *block {
	u := g.u
	if len(u.blocks) == 0 {
		return nil
	}
	top := u.blocks[len(u.blocks)-1]
	if top.kind == exceptionGroupHandler {
		g.fail(*at, "'break', 'continue' and 'return' cannot appear in an except* block")
	}
	if loop && (top.kind == whileLoop || top.kind == forLoop) {
		return &top
	}
	// A finally that is left is generated again outside of its own block.
	if g.f.BlocksMutedByUnwinding {
		g.pop(top.kind)
	} else {
		u.blocks = u.blocks[:len(u.blocks)-1]
	}
	g.unwind(at, &top, keep)
	found := g.unwindAll(at, keep, loop)
	u.blocks = append(u.blocks, top)
	if top.kind == finallyEnd && g.f.BlocksMutedByUnwinding {
		g.muted++
	}
	return found
}

// unbind sets the name of a caught exception to None and deletes it; the body may
// have deleted it before.
func (g *Generator) unbind(at instr.Loc, name ast.Name) {
	g.loadNone(at)
	g.nameOp(at, name, ast.Store)
	g.nameOp(at, name, ast.Del)
}
