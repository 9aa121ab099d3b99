package symtable

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// compNames are the names of the scopes of comprehensions.
var compNames = [...][2]ast.Name{
	ListComprehension:   {ast.NameListcomp, ast.NameAnonListcomp},
	DictComprehension:   {ast.NameDictcomp, ast.NameAnonDictcomp},
	SetComprehension:    {ast.NameSetcomp, ast.NameAnonSetcomp},
	GeneratorExpression: {ast.NameGenexpr, ast.NameAnonGenexpr},
}

// comprehension visits a comprehension, whose scope it returns. Value is the
// value of `key: value`.
func (t *Table) comprehension(kind Comprehension, pos *ast.Pos, clauses []ast.Comprehension, elt, value ast.Expr) int32 {
	if t.f.ClassAnnotationsFlat && t.cur.CanSeeClassScope {
		t.failFlat(pos, "comprehension")
	}
	// The scope around evaluates the first iterable.
	first := &clauses[0]
	t.cur.compIterExpr++
	t.expr(first.Iter)
	t.cur.compIterExpr--

	name := compNames[kind][0]
	if t.f.AngledScopeNames {
		name = compNames[kind][1]
	}
	s := t.enter(FunctionScope, name, pos)
	s.Comprehension = kind
	s.Coroutine = first.Async
	t.def(ast.NameDotZero, DefParam, pos)
	s.compIterTarget = true
	t.expr(first.Target)
	s.compIterTarget = false
	t.exprs(first.Ifs)
	for i := range clauses[1:] {
		t.clause(&clauses[1+i])
	}
	t.optional(value)
	t.expr(elt)
	s.Generator = kind == GeneratorExpression
	t.exit()

	if s.Coroutine && !s.Generator {
		if t.f.SymtableChecks && !t.asyncDef() && t.cur.Comprehension == NoComprehension {
			t.fail(pos, asyncCompOutside)
		}
		t.cur.Coroutine = true
	}
	return s.ID
}

// clause visits a `for` of a comprehension that is not the first.
func (t *Table) clause(c *ast.Comprehension) {
	s := t.cur
	s.compIterTarget = true
	t.expr(c.Target)
	s.compIterTarget = false
	s.compIterExpr++
	t.expr(c.Iter)
	s.compIterExpr--
	t.exprs(c.Ifs)
	if c.Async {
		s.Coroutine = true
	}
}

func (t *Table) namedExpr(e *ast.NamedExpr) {
	if t.cur.compIterExpr > 0 {
		t.fail(&e.Pos, namedInIterable)
	}
	if t.cur.Comprehension != NoComprehension {
		t.extend(e.Target.(*ast.NameExpr))
	}
	t.expr(e.Value)
	t.expr(e.Target)
}

// extend finds the scope that a named expression in a comprehension binds its
// target in, which is the nearest that is no comprehension.
func (t *Table) extend(target *ast.NameExpr) {
	name, pos := target.ID, &target.Pos
	for i := len(t.stack) - 1; i >= 0; i-- {
		s := t.stack[i]
		var known Flags
		if t.f.NamedExprTargetMangled {
			known = t.lookupIn(s, name)
		} else {
			known = s.Lookup(name).Flags
		}
		switch {
		case s.Comprehension != NoComprehension:
			if known&DefCompIter != 0 && (known&DefLocal != 0 || !t.f.CompIterMustBeLocal) {
				t.failName(pos, compIterConflict, name)
			}
		case s.Kind == FunctionScope:
			if known&DefGlobal != 0 {
				t.def(name, DefGlobal, pos)
			} else {
				t.def(name, DefNonlocal, pos)
			}
			t.direct(name, pos)
			t.defIn(s, name, DefLocal, pos)
			return
		case s.Kind == ModuleScope:
			t.def(name, DefGlobal, pos)
			t.direct(name, pos)
			t.defIn(s, name, DefGlobal, pos)
			return
		case s.Kind == ClassScope:
			t.fail(pos, compInClass)
		case s.Kind == TypeParamsScope:
			t.fail(pos, compInTypeParams)
		case s.Kind == TypeAliasScope:
			t.fail(pos, compInTypeAlias)
		case s.Kind == TypeVariableScope:
			t.fail(pos, compInTypeVariable)
		}
	}
}
