package codegen

import (
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func (g *Generator) exprs(list []ast.Expr) {
	for _, e := range list {
		g.expr(e)
	}
}

// expr evaluates an expression; a target is stored to or deleted.
func (g *Generator) expr(e ast.Expr) {
	switch e := e.(type) {
	case *ast.NameExpr:
		g.nameOp(locOf(e), e.ID, e.Ctx)
	case *ast.Constant:
		g.load(locOf(e), g.objects.value(e.Value))
	case *ast.Attribute:
		g.attribute(e)
	case *ast.Call:
		g.callExpr(e)
	case *ast.Subscript:
		g.subscript(e)
	case *ast.BinOp:
		g.expr(e.Left)
		g.expr(e.Right)
		g.opArg(locOf(e), opcode.BinaryOp, binaryArg[e.Op])
	case *ast.UnaryOp:
		g.unaryOp(e)
	case *ast.BoolOp:
		g.boolOp(e)
	case *ast.Compare:
		g.compare(e)
	case *ast.IfExp:
		g.ifExp(e)
	case *ast.NamedExpr:
		g.expr(e.Value)
		g.opArg(locOf(e), opcode.Copy, 1)
		g.expr(e.Target)
	case *ast.List:
		g.sequence(locOf(e), e.Elts, e.Ctx, listDisplay)
	case *ast.Tuple:
		g.sequence(locOf(e), e.Elts, e.Ctx, tupleDisplay)
	case *ast.Set:
		g.display(locOf(e), e.Elts, 0, setDisplay)
	case *ast.Dict:
		g.dict(e)
	case *ast.ListComp:
		g.comprehension(comp{
			node: e, scope: e.Scope, kind: symtable.ListComprehension, name: ast.NameAnonListcomp,
			clauses: e.Generators, elt: e.Elt,
		})
	case *ast.SetComp:
		g.comprehension(comp{
			node: e, scope: e.Scope, kind: symtable.SetComprehension, name: ast.NameAnonSetcomp,
			clauses: e.Generators, elt: e.Elt,
		})
	case *ast.DictComp:
		g.comprehension(comp{
			node: e, scope: e.Scope, kind: symtable.DictComprehension, name: ast.NameAnonDictcomp,
			clauses: e.Generators, elt: e.Key, value: e.Value,
		})
	case *ast.GeneratorExp:
		g.comprehension(comp{
			node: e, scope: e.Scope, kind: symtable.GeneratorExpression, name: ast.NameAnonGenexpr,
			clauses: e.Generators, elt: e.Elt,
		})
	case *ast.Lambda:
		g.lambda(e)
	case *ast.JoinedStr:
		g.joinedStr(e)
	case *ast.FormattedValue:
		g.formattedValue(e)
	case *ast.TemplateStr:
		g.templateStr(e)
	case *ast.Interpolation:
		g.interpolation(e)
	case *ast.Await:
		g.awaitExpr(e)
	case *ast.Yield:
		g.yield(e)
	case *ast.YieldFrom:
		g.yieldFromExpr(e)
	case *ast.Slice:
		g.slice(e)
	case *ast.Starred:
		if e.Ctx == ast.Store {
			g.fail(locOf(e), "starred assignment target must be in a list or tuple")
		}
		g.fail(locOf(e), "can't use starred expression here")
	default:
		unreachable(e)
	}
}

func (g *Generator) unaryOp(e *ast.UnaryOp) {
	at := locOf(e)
	g.expr(e.Operand)
	switch e.Op {
	case ast.UAdd:
		g.opArg(at, opcode.CallIntrinsic1, intrinsicUnaryPositive)
	case ast.Not:
		g.op(at, opcode.ToBool)
		g.op(at, opcode.UnaryNot)
	case ast.Invert:
		g.op(at, opcode.UnaryInvert)
	case ast.USub:
		g.op(at, opcode.UnaryNegative)
	}
}

func (g *Generator) yield(e *ast.Yield) {
	at := locOf(e)
	if !g.u.scope.FunctionLike() {
		g.fail(at, "'yield' outside function")
	}
	if e.Value != nil {
		g.expr(e.Value)
	} else {
		g.loadNone(at)
	}
	g.yieldValue(at)
}

func (g *Generator) yieldFromExpr(e *ast.YieldFrom) {
	at := locOf(e)
	if !g.u.scope.FunctionLike() {
		if g.f.YieldFromNamed {
			g.fail(at, "'yield from' outside function")
		}
		g.fail(at, "'yield' outside function")
	}
	if g.u.kind == asyncFunctionUnit {
		g.fail(at, "'yield from' inside async function")
	}
	g.expr(e.Value)
	g.op(at, opcode.GetYieldFromIter)
	g.loadNone(at)
	g.yieldFrom(at, false)
}

func (g *Generator) awaitExpr(e *ast.Await) {
	at := locOf(e)
	if !g.f.SymtableChecks {
		if !g.u.scope.FunctionLike() {
			g.fail(at, "'await' outside function")
		}
		if g.u.kind != asyncFunctionUnit && g.u.kind != comprehensionUnit {
			g.fail(at, "'await' outside async function")
		}
	}
	g.expr(e.Value)
	g.await(at, 0)
}

func (g *Generator) attribute(e *ast.Attribute) {
	at := locOf(e)
	if e.Ctx == ast.Load {
		if call := g.superCall(e); call != nil {
			g.superArgs(call)
			low := 2
			if len(call.Args) == 0 {
				low = 0
			}
			g.attr(at, opcode.LoadSuperAttr, e.Attr, 2, low)
			g.op(g.attrLoc(at, e), opcode.Nop)
			return
		}
	}
	g.noteStatic(e)
	g.expr(e.Value)
	at = g.attrLoc(at, e)
	switch e.Ctx {
	case ast.Load:
		g.loadAttr(at, e.Attr)
	case ast.Store:
		g.forbid(at, e.Attr, ast.Store)
		g.storeAttr(at, e.Attr)
	case ast.Del:
		g.attr(at, opcode.DeleteAttr, e.Attr, 0, 0)
	}
}

// attrLoc is where an operation on an attribute counts as done: where at begins on
// another line than the attribute's name, at the name.
func (g *Generator) attrLoc(at instr.Loc, e *ast.Attribute) instr.Loc {
	if at.Line == e.EndLine {
		return at
	}
	at.Line = e.EndLine
	// CPython counts the name in characters and the column in bytes.
	if n := int32(utf8.RuneCountInString(g.names.Text(e.Attr))); n <= e.EndCol {
		at.Col = e.EndCol - n
	} else {
		at.Col, at.EndCol = -1, -1
	}
	at.EndLine = max(at.Line, at.EndLine)
	if at.Line == at.EndLine {
		at.EndCol = max(at.Col, at.EndCol)
	}
	return at
}

// superCall returns the call of super that e is an attribute of, if the two can be
// one instruction: `super().x` in a method, or `super(a, b).x`, where nothing in
// the file binds super.
func (g *Generator) superCall(e *ast.Attribute) *ast.Call {
	call, ok := e.Value.(*ast.Call)
	if !ok || len(call.Keywords) != 0 || e.Attr == ast.NameClass {
		return nil
	}
	if f, ok := call.Func.(*ast.NameExpr); !ok || f.ID != ast.NameSuper {
		return nil
	}
	if g.u.scope.Binding(ast.NameSuper) != symtable.GlobalImplicit || g.in.Table.Top.Binding(ast.NameSuper) != symtable.Unbound {
		return nil
	}
	switch len(call.Args) {
	case 2:
		for _, a := range call.Args {
			if _, star := a.(*ast.Starred); star {
				return nil
			}
		}
		return call
	case 0:
		if (g.u.ArgCount > 0 || g.u.PosOnly > 0) && g.refType(ast.NameClass) == symtable.Free {
			return call
		}
	}
	return nil
}

// superArgs loads super and its arguments, those that a call without any means.
func (g *Generator) superArgs(call *ast.Call) {
	g.nameOp(locOf(call.Func), ast.NameSuper, ast.Load)
	if len(call.Args) == 2 {
		g.exprs(call.Args)
		return
	}
	at := locOf(call)
	g.nameOp(at, ast.NameClass, ast.Load)
	g.nameOp(at, g.u.scope.Varnames[0], ast.Load)
}
