package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// enterGeneric enters the unit of the type parameters of what is called name.
func (g *Generator) enterGeneric(name ast.Name, scope int32, line int32, private ast.Name) {
	g.enter(entry{
		name: marshal.NewStr("<generic parameters of "+g.names.Text(name)+">", false),
		kind: annotationUnit, scope: g.in.Table.Scope(scope), line: line, private: private,
	})
}

// typeParams makes the type parameters, binds them, and leaves their tuple.
func (g *Generator) typeParams(params []ast.TypeParam) {
	seenDefault := false
	for i := range params {
		p := &params[i]
		at := locOf(p)
		g.loadIdent(at, p.Name)
		switch {
		case p.Kind == ast.TypeVarTuple:
			g.opArg(at, opcode.CallIntrinsic1, intrinsicTypeVarTuple)
		case p.Kind == ast.ParamSpec:
			g.opArg(at, opcode.CallIntrinsic1, intrinsicParamSpec)
		case p.Bound == nil:
			g.opArg(at, opcode.CallIntrinsic1, intrinsicTypeVar)
		default:
			g.lazyExpr(p.Bound, p.Name, g.in.Table.Scope(p.BoundScope), false)
			intrinsic := intrinsicTypeVarWithBound
			if isTuple(p.Bound) {
				intrinsic = intrinsicTypeVarWithConstraints
			}
			g.opArg(at, opcode.CallIntrinsic2, intrinsic)
		}
		if p.Default != nil {
			seenDefault = true
			g.lazyExpr(p.Default, p.Name, g.in.Table.Scope(p.DefaultScope), p.Kind == ast.TypeVarTuple)
			g.opArg(at, opcode.CallIntrinsic2, intrinsicSetTypeParamDefault)
		} else if seenDefault {
			g.fail(at, "non-default type parameter '"+g.names.Text(p.Name)+"' follows default type parameter")
		}
		g.opArg(at, opcode.Copy, 1)
		g.nameOp(at, p.Name, ast.Store)
	}
	g.opArg(locOf(&params[0]), opcode.BuildTuple, len(params))
}

func isTuple(e ast.Expr) bool {
	_, ok := e.(*ast.Tuple)
	return ok
}

// lazyExpr makes the function that evaluates a bound or default.
func (g *Generator) lazyExpr(e ast.Expr, name ast.Name, scope *symtable.Scope, starred bool) {
	at := locOf(e)
	attributes := 0
	if g.f.DeferredAnnotations {
		g.load(at, g.pool.Tuple(g.pool.Int(1)))
		attributes = functionDefaults
		g.annotationScope(at, scope, name)
	} else {
		g.enter(entry{name: g.objects.name(name), id: name, kind: annotationUnit, scope: scope, line: at.Line})
	}
	if star, ok := e.(*ast.Starred); ok && starred {
		g.expr(star.Value)
		g.opArg(at, opcode.UnpackSequence, 1)
	} else {
		g.expr(e)
	}
	g.op(at, opcode.ReturnValue)
	code := g.complete(true)
	g.closure(at, code, g.leave(), attributes)
}

// typeAlias emits `type name[params] = value`.
func (g *Generator) typeAlias(s *ast.TypeAlias) {
	at := locOf(s)
	name := s.Name.ID
	generic := len(s.TypeParams) > 0
	if generic {
		g.enterGeneric(name, s.TypeScope, at.Line, ast.NoName)
		g.loadIdent(at, name)
		g.typeParams(s.TypeParams)
	} else {
		g.loadIdent(at, name)
		g.loadNone(at)
	}
	attributes := 0
	scope := g.in.Table.Scope(s.Scope)
	if g.f.DeferredAnnotations {
		g.load(at, g.pool.Tuple(g.pool.Int(1)))
		attributes = functionDefaults
		g.annotationScope(at, scope, name)
	} else {
		g.enter(entry{name: g.objects.name(name), id: name, kind: functionUnit, scope: scope, line: at.Line})
		g.addConst(marshal.None()) // no docstring
	}
	g.expr(s.Value)
	g.op(at, opcode.ReturnValue)
	code := g.complete(false)
	g.closure(at, code, g.leave(), attributes)
	g.opArg(at, opcode.BuildTuple, 3)
	g.opArg(at, opcode.CallIntrinsic1, intrinsicTypeAlias)
	if generic {
		code := g.complete(false)
		g.closure(at, code, g.leave(), 0)
		g.op(at, opcode.PushNull)
		g.opArg(at, opcode.Call, 0)
	}
	g.nameOp(at, name, ast.Store)
}
