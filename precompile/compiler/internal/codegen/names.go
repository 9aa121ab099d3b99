package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// mangle returns what a name is called in the current unit.
func (g *Generator) mangle(name ast.Name) ast.Name {
	return g.in.Table.MaybeMangle(g.u.private, g.u.scope, name)
}

// globalName returns the number of a (mangled) name among co_names.
func (g *Generator) globalName(name ast.Name) int { return g.u.Names.Add(g.objects.name(name)) }

// varName returns the number of a (mangled) name among the fast locals.
func (g *Generator) varName(name ast.Name) int { return g.u.VarNames.Add(g.objects.name(name)) }

// cellVar returns the number of a cell of the unit.
func (g *Generator) cellVar(name ast.Name) int { return g.u.CellVars.Add(g.objects.name(name)) }

// freeVar returns the number of a free variable of the unit. One that the symbol
// table does not know of is added: __conditional_annotations__, which the
// annotations of a class need. CPython forgets the cells in its number.
func (g *Generator) freeVar(name ast.Name) int {
	u, text := g.u, g.objects.name(name)
	i, ok := u.FreeVars.Index(text)
	if !ok {
		i = u.FreeVars.Len()
		u.addFree(name, text, i)
	}
	return u.freeNumbers[i]
}

// attr emits an instruction whose argument is a name, from bit shift on.
func (g *Generator) attr(at instr.Loc, op opcode.Op, name ast.Name, shift, low int) {
	use := g.use(name)
	if use.attr.stamp != g.u.stamp {
		number := g.globalName(g.mangle(name))
		use = g.use(name)
		use.attr.stamp, use.attr.number = g.u.stamp, int32(number)
	}
	g.opArg(at, op, int(use.attr.number)<<shift|low)
}

func (g *Generator) loadAttr(at instr.Loc, name ast.Name) { g.attr(at, opcode.LoadAttr, name, 1, 0) }

func (g *Generator) loadMethod(at instr.Loc, name ast.Name) { g.attr(at, opcode.LoadAttr, name, 1, 1) }

func (g *Generator) storeAttr(at instr.Loc, name ast.Name) { g.attr(at, opcode.StoreAttr, name, 0, 0) }

// forbid refuses to bind __debug__, where that is the code generator's to do.
func (g *Generator) forbid(at instr.Loc, name ast.Name, ctx ast.Context) {
	if name != ast.NameDebug || g.f.SymtableChecks {
		return
	}
	switch ctx {
	case ast.Store:
		g.fail(at, "cannot assign to __debug__")
	case ast.Del:
		g.fail(at, "cannot delete __debug__")
	}
}

// isHidden reports whether a name is a fast local of an inlined comprehension.
func (g *Generator) isHidden(name ast.Name) bool {
	u := g.u
	if len(u.hidden) == 0 {
		return false
	}
	i, ok := u.HiddenNames.Index(g.objects.name(name))
	return ok && u.hidden[i]
}

// nameOp loads, stores or deletes a name, wherever it lives.
func (g *Generator) nameOp(at instr.Loc, name ast.Name, ctx ast.Context) {
	g.forbid(at, name, ctx)
	use := g.use(name)
	if use.stamp != g.u.stamp {
		where, number := g.resolve(at, name, ctx)
		if where == elsewhere {
			return
		}
		use = g.use(name) // the table has grown, if a mangled name was made
		use.stamp, use.where, use.number = g.u.stamp, where, int32(number)
	}
	number := int(use.number)
	if use.where == globalNamespace && ctx == ast.Load {
		number <<= 1
	}
	g.opArg(at, nameOps[use.where][ctx], number)
}

// resolve finds out where a name lives, and its number. Where another instruction than
// those of nameOps is needed, or several, resolve emits it and returns elsewhere.
func (g *Generator) resolve(at instr.Loc, name ast.Name, ctx ast.Context) (where namePlace, number int) {
	u := g.u
	mangled := g.mangle(name)
	functionLike := u.scope.FunctionLike()
	switch binding := u.scope.Binding(mangled); {
	case binding == symtable.Free:
		g.derefOp(at, g.freeVar(mangled), ctx)
	case binding == symtable.Cell:
		g.derefOp(at, g.cellVar(mangled), ctx)
	case binding == symtable.Local && (functionLike || g.isHidden(mangled)):
		return fastLocals, g.varName(mangled)
	case binding == symtable.GlobalImplicit && functionLike && u.scope.CanSeeClassScope:
		g.globalOfClass(at, mangled, ctx)
	case binding == symtable.GlobalImplicit && functionLike, binding == symtable.GlobalExplicit:
		return globalNamespace, g.globalName(mangled)
	case u.scope.Kind == symtable.ClassScope && u.inlined > 0 && ctx == ast.Load:
		g.opArg(at, opcode.LoadGlobal, g.globalName(mangled)<<1)
	default:
		return ownNamespace, g.globalName(mangled)
	}
	return elsewhere, 0
}

// derefOp is nameOp for a cell or free variable. What a class body reads may be in
// its namespace as well, and so may what an annotation scope in a class reads.
func (g *Generator) derefOp(at instr.Loc, number int, ctx ast.Context) {
	op := [...]opcode.Op{ast.Load: opcode.LoadDeref, ast.Store: opcode.StoreDeref, ast.Del: opcode.DeleteDeref}[ctx]
	if ctx == ast.Load {
		switch {
		case g.u.scope.Kind == symtable.ClassScope && g.u.inlined == 0:
			op = opcode.LoadFromDictOrDeref
			g.op(at, opcode.LoadLocals)
		case g.u.scope.CanSeeClassScope:
			op = opcode.LoadFromDictOrDeref
			g.loadClassDict(at)
		}
	}
	g.opArg(at, op, number)
}

func (g *Generator) loadClassDict(at instr.Loc) {
	g.opArg(at, opcode.LoadDeref, g.freeVar(ast.NameClassDict))
}

// globalOfClass is nameOp for what may be a global, in a scope that is to look in the
// class around first.
func (g *Generator) globalOfClass(at instr.Loc, mangled ast.Name, ctx ast.Context) {
	op := opcode.LoadFromDictOrGlobals
	switch ctx {
	case ast.Load:
		g.loadClassDict(at)
	case ast.Store:
		op = opcode.StoreGlobal
	case ast.Del:
		op = opcode.DeleteGlobal
	}
	g.opArg(at, op, g.globalName(mangled))
}
