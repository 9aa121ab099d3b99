package codegen

import (
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// classDef emits
//
//	name = __build_class__(<function of the body>, 'name', *bases, **keywords)
//
// inside the function of the type parameters, if there are any.
func (g *Generator) classDef(s *ast.ClassDef) {
	g.exprs(s.Decorators)
	first := s.Line
	if len(s.Decorators) > 0 {
		first = s.Decorators[0].Position().Line
	}
	at := locOf(s)
	generic := len(s.TypeParams) > 0
	if generic {
		g.enterGeneric(s.Name, s.TypeScope, first, s.Name)
		g.typeParams(s.TypeParams)
		g.nameOp(at, ast.NameDotTypeParams, ast.Store)
	}
	g.classBody(s, first)
	if generic {
		g.nameOp(at, ast.NameDotTypeParams, ast.Load)
		g.opArg(at, opcode.CallIntrinsic1, intrinsicSubscriptGeneric)
		g.nameOp(at, ast.NameDotGenericBase, ast.Store)
		base := g.in.Arena.NameExprs.New()
		*base = ast.NameExpr{Pos: s.Pos, ID: ast.NameDotGenericBase}
		g.args = append(append(g.args[:0], s.Bases...), base)
		bases := g.in.Arena.Exprs.Copy(g.args)
		g.call(at, 2, bases, s.Keywords)
		code := g.complete(false)
		g.closure(at, code, g.leave(), 0)
		g.op(at, opcode.PushNull)
		g.opArg(at, opcode.Call, 0)
	} else {
		g.call(at, 2, s.Bases, s.Keywords)
	}
	g.decorate(s.Decorators)
	g.nameOp(at, s.Name, ast.Store)
}

// classBody makes the code of a class body and emits what __build_class__ is
// called with first.
func (g *Generator) classBody(s *ast.ClassDef, first int32) {
	u := g.enter(entry{
		name: g.objects.name(s.Name), id: s.Name, kind: classUnit, scope: g.in.Table.Scope(s.Scope), line: first, private: s.Name,
	})
	at := instr.Loc{Line: first, EndLine: first}
	g.nameOp(at, ast.NameName, ast.Load)
	g.nameOp(at, ast.NameModule, ast.Store)
	g.load(at, u.QualName)
	g.nameOp(at, ast.NameQualname, ast.Store)
	if g.f.ClassFirstLine {
		g.loadInt(at, int(first))
		g.nameOp(at, ast.NameFirstLineno, ast.Store)
	}
	if len(s.TypeParams) > 0 {
		g.nameOp(at, ast.NameDotTypeParams, ast.Load)
		g.nameOp(at, ast.NameTypeParams, ast.Store)
	}
	if u.scope.NeedsClassDict {
		g.op(at, opcode.LoadLocals)
		g.opArg(at, opcode.StoreDeref, g.cellVar(ast.NameClassDict))
	}
	if u.scope.HasConditionalAnnotations && g.f.DeferredAnnotations {
		g.opArg(at, opcode.BuildSet, 0)
		g.opArg(at, opcode.StoreDeref, g.cellVar(ast.NameConditionalAnnotations))
	}
	g.body(at, s.Body)
	if g.f.StaticAttributes {
		g.load(noLoc, g.staticAttributes())
		g.nameOp(noLoc, ast.NameStaticAttributes, ast.Store)
	}
	if u.scope.NeedsClassDict {
		g.opArg(noLoc, opcode.LoadClosure, g.cellVar(ast.NameClassDict))
		g.nameOp(noLoc, g.names.Intern("__classdictcell__"), ast.Store)
	}
	if u.scope.NeedsClassClosure {
		g.opArg(noLoc, opcode.LoadClosure, g.cellVar(ast.NameClass))
		g.opArg(noLoc, opcode.Copy, 1)
		g.nameOp(noLoc, ast.NameClassCell, ast.Store)
	} else {
		g.loadNone(noLoc)
	}
	g.op(noLoc, opcode.ReturnValue)
	code := g.complete(true)
	made := g.leave()

	at = locOf(s) // the class's line, where the body has that of the first decorator
	g.op(at, opcode.LoadBuildClass)
	g.op(at, opcode.PushNull)
	g.closure(at, code, made, 0)
	g.loadIdent(at, s.Name)
}

// noteStatic notes an attribute that is assigned to as `self.x` for the class
// around, if there is one.
func (g *Generator) noteStatic(e *ast.Attribute) {
	self, ok := e.Value.(*ast.NameExpr)
	if !ok || e.Ctx != ast.Store || self.ID != ast.NameSelf || !g.f.StaticAttributes {
		return
	}
	for i := len(g.stack) - 1; i >= 0; i-- {
		if u := g.stack[i]; u.kind == classUnit {
			if !slices.Contains(u.static[max(0, len(u.static)-32):], e.Attr) {
				u.static = append(u.static, e.Attr)
			}
			return
		}
	}
}

// staticAttributes returns the tuple of them, sorted.
func (g *Generator) staticAttributes() *marshal.Value {
	slices.SortFunc(g.u.static, func(a, b ast.Name) int { return strings.Compare(g.names.Text(a), g.names.Text(b)) })
	names := slices.Compact(g.u.static)
	items := make([]*marshal.Value, len(names))
	for i, name := range names {
		items[i] = g.objects.name(name)
	}
	return g.pool.Tuple(items...)
}
