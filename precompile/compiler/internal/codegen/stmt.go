package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func (g *Generator) stmts(body []ast.Stmt) {
	for _, s := range body {
		g.stmt(s)
	}
}

func (g *Generator) stmt(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.ExprStmt:
		g.exprStmt(s)
	case *ast.Assign:
		g.expr(s.Value)
		for i, target := range s.Targets {
			if i < len(s.Targets)-1 {
				g.opArg(locOf(s), opcode.Copy, 1)
			}
			g.expr(target)
		}
	case *ast.AugAssign:
		g.augAssign(s)
	case *ast.AnnAssign:
		g.annAssign(s)
	case *ast.FunctionDef:
		g.functionDef(s)
	case *ast.ClassDef:
		g.classDef(s)
	case *ast.TypeAlias:
		g.typeAlias(s)
	case *ast.Return:
		g.returnStmt(s)
	case *ast.Delete:
		g.exprs(s.Targets)
	case *ast.Raise:
		g.raise(s)
	case *ast.Assert:
		g.assert(s)
	case *ast.Import:
		g.importStmt(s)
	case *ast.ImportFrom:
		g.importFrom(s)
	case *ast.Global, *ast.Nonlocal:
	case *ast.Pass:
		g.op(locOf(s), opcode.Nop)
	case *ast.Break:
		g.breakStmt(s)
	case *ast.Continue:
		g.continueStmt(s)
	default:
		g.u.conditional++
		g.compound(s)
		g.u.conditional--
	}
}

// compound is stmt for the statements whose bodies may not be executed.
func (g *Generator) compound(s ast.Stmt) {
	switch s := s.(type) {
	case *ast.If:
		g.ifStmt(s)
	case *ast.For:
		if s.Async {
			g.asyncFor(s)
		} else {
			g.forStmt(s)
		}
	case *ast.While:
		g.while(s)
	case *ast.Try:
		g.try(s)
	case *ast.With:
		g.with(s, 0)
	case *ast.Match:
		g.match(s)
	default:
		unreachable(s)
	}
}

func (g *Generator) exprStmt(s *ast.ExprStmt) {
	if _, ok := s.Value.(*ast.Constant); ok {
		g.op(locOf(s), opcode.Nop)
		return
	}
	g.expr(s.Value)
	g.op(noLoc, opcode.PopTop)
}

func (g *Generator) returnStmt(s *ast.Return) {
	at := locOf(s)
	constant, isConstant := s.Value.(*ast.Constant)
	keep := s.Value != nil && !isConstant
	scope := g.u.scope
	if !scope.FunctionLike() {
		g.fail(at, "'return' outside function")
	}
	if s.Value != nil && scope.Coroutine && scope.Generator {
		g.fail(at, "'return' with value in async generator")
	}
	switch {
	case keep:
		g.expr(s.Value)
	case s.Value != nil:
		// An instruction with the line of the value.
		at = locOf(s.Value)
		g.op(at, opcode.Nop)
	}
	if s.Value == nil || s.Value.Position().Line != s.Line {
		at = locOf(s)
		g.op(at, opcode.Nop)
	}
	g.unwindAll(&at, keep, false)
	if s.Value == nil {
		g.loadNone(at)
	} else if isConstant {
		g.load(at, g.objects.value(constant.Value))
	}
	g.op(at, opcode.ReturnValue)
}

func (g *Generator) breakStmt(s *ast.Break) {
	origin := locOf(s)
	at := origin
	g.op(at, opcode.Nop)
	loop := g.unwindAll(&at, false, true)
	if loop == nil {
		g.fail(origin, "'break' outside loop")
	}
	g.unwind(&at, loop, false)
	g.jump(at, opcode.Jump, loop.exit)
}

func (g *Generator) continueStmt(s *ast.Continue) {
	origin := locOf(s)
	at := origin
	g.op(at, opcode.Nop)
	loop := g.unwindAll(&at, false, true)
	if loop == nil {
		g.fail(origin, "'continue' not properly in loop")
	}
	g.jump(at, opcode.Jump, loop.start)
}

func (g *Generator) raise(s *ast.Raise) {
	n := 0
	if s.Exc != nil {
		g.expr(s.Exc)
		n++
		if s.Cause != nil {
			g.expr(s.Cause)
			n++
		}
	}
	g.opArg(locOf(s), opcode.RaiseVarargs, n)
}

func (g *Generator) assert(s *ast.Assert) {
	at := locOf(s)
	if g.alwaysTrue(s.Test) {
		g.warn(at, "assertion is always true, perhaps remove parentheses?")
	}
	if g.in.Optimize > 0 {
		return
	}
	end := g.label()
	g.jumpIf(at, s.Test, end, true)
	if g.f.CommonConstants {
		g.opArg(at, opcode.LoadCommonConstant, commonAssertionError)
	} else {
		g.op(at, opcode.LoadAssertionError)
	}
	if s.Msg != nil {
		g.expr(s.Msg)
		g.opArg(at, opcode.Call, 0)
	}
	g.opArg(locOf(s.Test), opcode.RaiseVarargs, 1)
	g.place(end)
}

// augAssign: the target is evaluated once, then read, operated on, written.
func (g *Generator) augAssign(s *ast.AugAssign) {
	at := locOf(s.Target)
	here := locOf(s)
	operate := func() {
		g.expr(s.Value)
		g.opArg(here, opcode.BinaryOp, binaryArg[s.Op]+inPlace)
	}
	switch e := s.Target.(type) {
	case *ast.NameExpr:
		g.nameOp(at, e.ID, ast.Load)
		operate()
		g.nameOp(at, e.ID, ast.Store)
	case *ast.Attribute:
		g.expr(e.Value)
		g.opArg(at, opcode.Copy, 1)
		named := g.attrLoc(at, e)
		g.loadAttr(named, e.Attr)
		operate()
		g.opArg(named, opcode.Swap, 2)
		g.storeAttr(named, e.Attr)
	case *ast.Subscript:
		g.expr(e.Value)
		if slice := g.twoPartSlice(e.Slice); slice != nil {
			g.sliceParts(slice)
			g.opArg(at, opcode.Copy, 3)
			g.opArg(at, opcode.Copy, 3)
			g.opArg(at, opcode.Copy, 3)
			g.op(at, opcode.BinarySlice)
			operate()
			g.opArg(at, opcode.Swap, 4)
			g.opArg(at, opcode.Swap, 3)
			g.opArg(at, opcode.Swap, 2)
			g.op(at, opcode.StoreSlice)
			return
		}
		g.expr(e.Slice)
		g.opArg(at, opcode.Copy, 2)
		g.opArg(at, opcode.Copy, 2)
		g.binarySubscript(at)
		operate()
		g.opArg(at, opcode.Swap, 3)
		g.opArg(at, opcode.Swap, 2)
		g.op(at, opcode.StoreSubscr)
	default:
		unreachable(s.Target)
	}
}

// annAssign assigns first, and keeps or evaluates the annotation then.
func (g *Generator) annAssign(s *ast.AnnAssign) {
	at := locOf(s)
	if s.Value != nil {
		g.expr(s.Value)
		g.expr(s.Target)
	}
	top := g.u.kind == moduleUnit || g.u.kind == classUnit
	switch t := s.Target.(type) {
	case *ast.NameExpr:
		g.forbid(at, t.ID, ast.Store)
		if s.Simple && top {
			g.keepAnnotation(at, s, t.ID)
		}
	case *ast.Attribute:
		g.forbid(at, t.Attr, ast.Store)
		if s.Value == nil {
			g.evaluate(t.Value)
		}
	case *ast.Subscript:
		if s.Value == nil {
			g.evaluate(t.Value)
			g.evaluateSubscript(t.Slice)
		}
	default:
		unreachable(s.Target)
	}
	if !s.Simple && top && !g.f.DeferredAnnotations && !g.in.Future.Annotations {
		g.evaluate(s.Annotation)
	}
}

// keepAnnotation keeps the annotation of a variable of a module or class.
func (g *Generator) keepAnnotation(at instr.Loc, s *ast.AnnAssign, name ast.Name) {
	if g.f.DeferredAnnotations && !g.in.Future.Annotations {
		g.deferAnnotation(at, s)
		return
	}
	if g.in.Future.Annotations {
		g.annotationText(s.Annotation)
	} else {
		g.expr(s.Annotation)
	}
	g.opArg(at, opcode.LoadName, g.globalName(g.mangle(ast.NameAnnotations)))
	g.loadIdent(at, g.mangle(name))
	g.op(at, opcode.StoreSubscr)
}

// deferAnnotation leaves an annotation to __annotate__. Where the statement may
// not be executed its number is noted in a set when it is.
func (g *Generator) deferAnnotation(at instr.Loc, s *ast.AnnAssign) {
	u := g.u
	if u.kind != moduleUnit && u.conditional == 0 {
		u.deferred = append(u.deferred, deferredAnnotation{s, -1})
		return
	}
	index := u.nextIndex
	u.nextIndex++
	u.deferred = append(u.deferred, deferredAnnotation{s, index})
	if u.kind == classUnit {
		g.opArg(at, opcode.LoadDeref, g.cellVar(ast.NameConditionalAnnotations))
	} else {
		g.opArg(at, opcode.LoadName, g.globalName(ast.NameConditionalAnnotations))
	}
	g.loadInt(at, index)
	g.opArg(at, opcode.SetAdd, 1)
	g.op(at, opcode.PopTop)
}

// evaluate evaluates an expression for its effects.
func (g *Generator) evaluate(e ast.Expr) {
	g.expr(e)
	g.op(locOf(e), opcode.PopTop)
}

// evaluateSubscript evaluates the parts of a subscript, slices apart.
func (g *Generator) evaluateSubscript(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Slice:
		for _, part := range [...]ast.Expr{e.Lower, e.Upper, e.Step} {
			if part != nil {
				g.evaluate(part)
			}
		}
	case *ast.Tuple:
		for _, elt := range e.Elts {
			g.evaluateSubscript(elt)
		}
	default:
		g.evaluate(e)
	}
}
