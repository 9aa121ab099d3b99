package symtable

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

func (t *Table) exprs(list []ast.Expr) {
	for _, e := range list {
		t.expr(e)
	}
}

// optional visits an expression that may be missing.
func (t *Table) optional(e ast.Expr) {
	if e != nil {
		t.expr(e)
	}
}

// expr visits an expression.
func (t *Table) expr(e ast.Expr) {
	if name, ok := e.(*ast.NameExpr); ok && t.depth < t.maxDepth {
		t.nameExpr(name)
		return
	}
	if _, ok := e.(*ast.Constant); ok && t.depth < t.maxDepth {
		return
	}
	t.inner(e)
}

// inner visits an expression that has others in it, or is too deep.
func (t *Table) inner(e ast.Expr) {
	t.deepen()
	switch e := e.(type) {
	case *ast.Attribute:
		t.checkName(e.Attr, &e.Pos, e.Ctx)
		t.expr(e.Value)
	case *ast.Call:
		t.expr(e.Func)
		t.exprs(e.Args)
		t.keywords(e.Keywords)
	case *ast.BinOp:
		t.expr(e.Left)
		t.expr(e.Right)
	case *ast.UnaryOp:
		t.expr(e.Operand)
	case *ast.BoolOp:
		t.exprs(e.Values)
	case *ast.Compare:
		t.expr(e.Left)
		t.exprs(e.Comparators)
	case *ast.Subscript:
		t.expr(e.Value)
		t.expr(e.Slice)
	case *ast.Slice:
		t.optional(e.Lower)
		t.optional(e.Upper)
		t.optional(e.Step)
	case *ast.Tuple:
		t.exprs(e.Elts)
	case *ast.List:
		t.exprs(e.Elts)
	case *ast.Set:
		t.exprs(e.Elts)
	case *ast.Dict:
		for _, k := range e.Keys {
			t.optional(k)
		}
		t.exprs(e.Values)
	case *ast.Starred:
		t.expr(e.Value)
	case *ast.IfExp:
		t.expr(e.Test)
		t.expr(e.Body)
		t.expr(e.Orelse)
	case *ast.JoinedStr:
		t.exprs(e.Values)
	case *ast.FormattedValue:
		t.expr(e.Value)
		t.optional(e.Spec)
	case *ast.TemplateStr:
		t.exprs(e.Values)
	case *ast.Interpolation:
		t.expr(e.Value)
		t.optional(e.Spec)
	case *ast.Lambda:
		t.lambda(e)
	case *ast.ListComp:
		e.Scope = t.comprehension(ListComprehension, &e.Pos, e.Generators, e.Elt, nil)
	case *ast.SetComp:
		e.Scope = t.comprehension(SetComprehension, &e.Pos, e.Generators, e.Elt, nil)
	case *ast.DictComp:
		e.Scope = t.comprehension(DictComprehension, &e.Pos, e.Generators, e.Key, e.Value)
	case *ast.GeneratorExp:
		e.Scope = t.comprehension(GeneratorExpression, &e.Pos, e.Generators, e.Elt, nil)
	case *ast.NamedExpr:
		t.refuseInAnnotation("named expression", &e.Pos)
		t.namedExpr(e)
	case *ast.Yield:
		t.yield(&e.Pos, e.Value)
	case *ast.YieldFrom:
		t.yield(&e.Pos, e.Value)
	case *ast.Await:
		t.refuseInAnnotation("await expression", &e.Pos)
		if t.f.SymtableChecks {
			switch {
			case !t.cur.FunctionLike():
				t.fail(&e.Pos, awaitOutside)
			case !t.asyncDef() && t.cur.Comprehension == NoComprehension:
				t.fail(&e.Pos, awaitOutsideAsync)
			}
		}
		t.expr(e.Value)
		t.cur.Coroutine = true
	default:
		panic("symtable: unknown expression")
	}
	t.depth--
}

func (t *Table) nameExpr(e *ast.NameExpr) {
	if t.cur.unevaluated {
		return
	}
	if e.Ctx != ast.Load {
		t.defCtx(e.ID, DefLocal, &e.Pos, e.Ctx)
		return
	}
	t.defIn(t.cur, e.ID, Use, &e.Pos)
	if e.ID == ast.NameSuper && t.cur.FunctionLike() {
		t.def(ast.NameClass, Use, &e.Pos) // super() reads it
	}
}

func (t *Table) keywords(keywords []ast.Keyword) {
	for i := range keywords {
		if k := &keywords[i]; k.Arg == ast.NameDebug {
			t.checkName(k.Arg, &k.Pos, ast.Store)
		}
	}
	for i := range keywords {
		t.expr(keywords[i].Value)
	}
}

// defaults visits the defaults of parameters, which the scope around evaluates.
func (t *Table) defaults(a *ast.Arguments) {
	t.exprs(a.Defaults)
	for _, d := range a.KwDefaults {
		t.optional(d)
	}
}

func (t *Table) lambda(e *ast.Lambda) {
	if t.f.ClassAnnotationsFlat && t.cur.CanSeeClassScope {
		t.failFlat(&e.Pos, "lambda")
	}
	t.defaults(e.Args)
	name := ast.Name(ast.NameAnonLambda)
	if !t.f.AngledScopeNames {
		name = ast.NameLambda
	}
	e.Scope = t.enter(FunctionScope, name, &e.Pos).ID
	t.arguments(e.Args)
	t.expr(e.Body)
	t.exit()
}

// arguments visits the parameters of the current scope.
func (t *Table) arguments(a *ast.Arguments) {
	t.params(a.PosOnly)
	t.params(a.Args)
	t.params(a.KwOnly)
	if a.Vararg != nil {
		t.def(a.Vararg.Name, DefParam, &a.Vararg.Pos)
		t.cur.Varargs = true
	}
	if a.Kwarg != nil {
		t.def(a.Kwarg.Name, DefParam, &a.Kwarg.Pos)
		t.cur.Varkeywords = true
	}
}

func (t *Table) params(args []ast.Arg) {
	for i := range args {
		t.def(args[i].Name, DefParam, &args[i].Pos)
	}
}

// asyncDef reports whether the current scope is an async function, or has become
// one.
func (t *Table) asyncDef() bool { return t.cur.Kind == FunctionScope && t.cur.Coroutine }

// yield visits a yield expression.
func (t *Table) yield(pos *ast.Pos, value ast.Expr) {
	t.refuseInAnnotation("yield expression", pos)
	t.optional(value)
	t.cur.Generator = true
	switch t.cur.Comprehension {
	case ListComprehension:
		t.fail(pos, "'yield' inside list comprehension")
	case SetComprehension:
		t.fail(pos, "'yield' inside set comprehension")
	case DictComprehension:
		t.fail(pos, "'yield' inside dict comprehension")
	case GeneratorExpression:
		t.fail(pos, "'yield' inside generator expression")
	}
}
