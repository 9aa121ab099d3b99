package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) functionDef(s *ast.FunctionDef) {
	g.checkParameters(locOf(s), s.Args)
	g.exprs(s.Decorators)
	first := s.Line
	if len(s.Decorators) > 0 {
		first = s.Decorators[0].Position().Line
	}
	at := locOf(s)
	attributes := g.defaults(at, s.Args)

	generic := len(s.TypeParams) > 0
	passed := 0 // defaults that the scope of type parameters takes as arguments
	if generic {
		if attributes&functionDefaults != 0 {
			passed++
		}
		if attributes&functionKwDefaults != 0 {
			passed++
		}
		if passed == 2 {
			g.opArg(at, opcode.Swap, 2)
		}
		g.enterGeneric(s.Name, s.TypeScope, first, ast.NoName)
		g.u.ArgCount = int32(passed)
		g.typeParams(s.TypeParams)
		for i := range passed {
			g.opArg(at, opcode.LoadFast, i)
		}
	}

	if g.f.DeferredAnnotations {
		attributes |= g.annotateFunction(at, s)
	} else if n := g.annotations(at, s); n > 0 {
		g.opArg(at, opcode.BuildTuple, 2*n)
		attributes |= functionAnnotations
	}
	g.functionBody(s, first, attributes)

	if generic {
		g.opArg(at, opcode.Swap, 2)
		g.opArg(at, opcode.CallIntrinsic2, intrinsicSetFunctionTypeParams)
		code := g.complete(false)
		g.closure(at, code, g.leave(), 0)
		if passed > 0 {
			g.opArg(at, opcode.Swap, passed+1)
			g.opArg(at, opcode.Call, passed-1)
		} else {
			g.op(at, opcode.PushNull)
			g.opArg(at, opcode.Call, 0)
		}
	}
	g.decorate(s.Decorators)
	g.nameOp(at, s.Name, ast.Store)
}

// decorate calls decorators, the last first.
func (g *Generator) decorate(decorators []ast.Expr) {
	for i := len(decorators) - 1; i >= 0; i-- {
		g.opArg(locOf(decorators[i]), opcode.Call, 0)
	}
}

// functionBody makes the code of a function and emits the function.
func (g *Generator) functionBody(s *ast.FunctionDef, first int32, attributes int) {
	kind := functionUnit
	if s.Async {
		kind = asyncFunctionUnit
	}
	u := g.enter(entry{name: g.objects.name(s.Name), id: s.Name, kind: kind, scope: g.in.Table.Scope(s.Scope), line: first})
	body := s.Body
	doc := docstring(body)
	if doc != nil {
		body = body[1:]
	}
	switch {
	case doc != nil && g.in.Optimize < 2:
		g.addConst(g.cleanDoc(doc.Value))
	case !g.f.DocstringFlag:
		// The first constant is the docstring.
		g.addConst(marshal.None())
	}
	u.setArguments(s.Args)

	suspends := u.scope.Coroutine || u.scope.Generator
	if suspends {
		g.push(noLoc, block{kind: stopIteration})
	}
	g.stmts(body)
	if suspends {
		g.wrapStopIteration()
		g.pop(stopIteration)
	}
	code := g.complete(true)
	g.closure(locOf(s), code, g.leave(), attributes)
}

func (u *unit) setArguments(a *ast.Arguments) {
	u.ArgCount, u.PosOnly, u.KwOnly = int32(len(a.Args)), int32(len(a.PosOnly)), int32(len(a.KwOnly))
}

// wrapStopIteration protects the whole code of a generator or coroutine: a
// StopIteration that leaves it becomes a RuntimeError.
func (g *Generator) wrapStopIteration() {
	handler := g.label()
	g.u.Code.InsertJump(0, noLoc, opcode.SetupCleanup, handler)
	g.loadNone(noLoc)
	g.op(noLoc, opcode.ReturnValue)
	g.place(handler)
	g.opArg(noLoc, opcode.CallIntrinsic1, intrinsicStopIteration)
	g.opArg(noLoc, opcode.Reraise, 1)
}

// defaults evaluates the defaults of parameters, and returns which attributes of
// the function they are.
func (g *Generator) defaults(at instr.Loc, a *ast.Arguments) (attributes int) {
	if len(a.Defaults) > 0 {
		g.exprs(a.Defaults)
		g.opArg(at, opcode.BuildTuple, len(a.Defaults))
		attributes |= functionDefaults
	}
	n := 0
	var keys []*marshal.Value
	for i := range a.KwOnly {
		value := a.KwDefaults[i]
		if value == nil {
			continue
		}
		n++
		key := g.objects.name(g.mangle(a.KwOnly[i].Name))
		if g.f.ConstKeyMaps {
			keys = append(keys, key)
		} else {
			g.load(at, key)
		}
		g.expr(value)
	}
	if n == 0 {
		return attributes
	}
	if g.f.ConstKeyMaps {
		g.load(at, g.pool.Tuple(keys...))
		g.opArg(at, opcode.BuildConstKeyMap, n)
	} else {
		g.opArg(at, opcode.BuildMap, n)
	}
	return attributes | functionKwDefaults
}

// checkParameters refuses parameters called __debug__, of a function at a location.
func (g *Generator) checkParameters(at instr.Loc, a *ast.Arguments) {
	if g.f.SymtableChecks {
		return
	}
	one := func(a *ast.Arg) {
		if a == nil {
			return
		}
		here := locOf(a)
		if g.f.ErrorsAtLastVisit {
			here = at
		}
		g.forbid(here, a.Name, ast.Store)
	}
	check := func(args []ast.Arg) {
		for i := range args {
			one(&args[i])
		}
	}
	check(a.PosOnly)
	check(a.Args)
	one(a.Vararg)
	check(a.KwOnly)
	one(a.Kwarg)
}

// annotateFunction makes the __annotate__ function of a function that has
// annotations.
func (g *Generator) annotateFunction(at instr.Loc, s *ast.FunctionDef) (attributes int) {
	scope := g.in.Table.Scope(s.Scope).Annotations
	if scope == nil || !scope.AnnotationsUsed {
		return 0
	}
	g.annotationScope(at, scope, scope.Name)
	g.opArg(at, opcode.BuildMap, g.annotations(at, s))
	g.leaveAnnotations(at)
	return functionAnnotate
}

// annotations pushes names and annotations by turns, and returns how many.
func (g *Generator) annotations(at instr.Loc, s *ast.FunctionDef) (n int) {
	one := func(name ast.Name, e ast.Expr) {
		if e == nil {
			return
		}
		n++
		g.loadIdent(at, g.mangle(name))
		if g.in.Future.Annotations {
			g.annotationText(e)
			return
		}
		if star, ok := e.(*ast.Starred); ok { // `*args: *Ts`
			g.expr(star.Value)
			g.opArg(at, opcode.UnpackSequence, 1)
			return
		}
		g.expr(e)
	}
	each := func(args []ast.Arg) {
		for i := range args {
			one(args[i].Name, args[i].Annotation)
		}
	}
	a := s.Args
	each(a.Args)
	each(a.PosOnly)
	if a.Vararg != nil {
		one(a.Vararg.Name, a.Vararg.Annotation)
	}
	each(a.KwOnly)
	if a.Kwarg != nil {
		one(a.Kwarg.Name, a.Kwarg.Annotation)
	}
	if s.Returns != nil {
		one(g.names.Intern("return"), s.Returns)
	}
	return n
}

// annotationText loads an annotation as a str, under `from __future__ import
// annotations`.
func (g *Generator) annotationText(e ast.Expr) {
	g.load(locOf(e), g.pool.Str(g.unparse(e)))
}

func (g *Generator) lambda(e *ast.Lambda) {
	g.checkParameters(locOf(e), e.Args)
	at := locOf(e)
	attributes := g.defaults(at, e.Args)
	u := g.enter(entry{name: g.pool.Name("<lambda>"), kind: lambdaUnit, scope: g.in.Table.Scope(e.Scope), line: e.Line})
	if !g.f.DocstringFlag {
		g.addConst(marshal.None()) // no docstring
	}
	u.setArguments(e.Args)
	g.expr(e.Body)
	var code *marshal.Value
	if u.scope.Generator {
		code = g.complete(false)
	} else {
		g.op(locOf(e.Body), opcode.ReturnValue)
		code = g.complete(true)
	}
	g.closure(at, code, g.leave(), attributes)
}
