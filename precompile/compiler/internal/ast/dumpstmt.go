package ast

func (d *dumper) stmt(s Stmt) {
	switch n := s.(type) {
	case *FunctionDef:
		if n.Async {
			d.text("Async")
		}
		d.open("FunctionDef(")
		d.name("name", n.Name)
		d.arguments(n.Args)
		d.stmts("body", n.Body)
		d.exprs("decorator_list", n.Decorators)
		d.exprField("returns", n.Returns)
		d.typeParams(n.TypeParams)
	case *ClassDef:
		d.open("ClassDef(")
		d.name("name", n.Name)
		d.exprs("bases", n.Bases)
		dumpRefs(d, "keywords", n.Keywords, d.keyword)
		d.stmts("body", n.Body)
		d.exprs("decorator_list", n.Decorators)
		d.typeParams(n.TypeParams)
	case *Return:
		d.open("Return(")
		d.exprField("value", n.Value)
	case *Delete:
		d.open("Delete(")
		d.exprs("targets", n.Targets)
	case *Assign:
		d.open("Assign(")
		d.exprs("targets", n.Targets)
		d.exprField("value", n.Value)
	case *TypeAlias:
		d.open("TypeAlias(")
		d.exprField("name", n.Name)
		d.typeParams(n.TypeParams)
		d.exprField("value", n.Value)
	case *AugAssign:
		d.open("AugAssign(")
		d.exprField("target", n.Target)
		d.field("op")
		d.text(operatorNames[n.Op])
		d.exprField("value", n.Value)
	case *AnnAssign:
		d.open("AnnAssign(")
		d.exprField("target", n.Target)
		d.exprField("annotation", n.Annotation)
		d.exprField("value", n.Value)
		d.int("simple", int32(btoi(n.Simple)))
	case *For:
		if n.Async {
			d.text("Async")
		}
		d.open("For(")
		d.exprField("target", n.Target)
		d.exprField("iter", n.Iter)
		d.stmts("body", n.Body)
		d.stmts("orelse", n.Orelse)
	case *While:
		d.open("While(")
		d.exprField("test", n.Test)
		d.stmts("body", n.Body)
		d.stmts("orelse", n.Orelse)
	case *If:
		d.open("If(")
		d.exprField("test", n.Test)
		d.stmts("body", n.Body)
		d.stmts("orelse", n.Orelse)
	case *With:
		if n.Async {
			d.text("Async")
		}
		d.open("With(")
		dumpRefs(d, "items", n.Items, func(i *WithItem) {
			d.open("withitem(")
			d.exprField("context_expr", i.Context)
			d.exprField("optional_vars", i.Vars)
			d.close()
		})
		d.stmts("body", n.Body)
	case *Match:
		d.open("Match(")
		d.exprField("subject", n.Subject)
		dumpRefs(d, "cases", n.Cases, func(c *MatchCase) {
			d.open("match_case(")
			d.field("pattern")
			d.pattern(c.Pattern)
			d.exprField("guard", c.Guard)
			d.stmts("body", c.Body)
			d.close()
		})
	case *Raise:
		d.open("Raise(")
		d.exprField("exc", n.Exc)
		d.exprField("cause", n.Cause)
	case *Try:
		d.text("Try")
		if n.Star {
			d.text("Star")
		}
		d.open("(")
		d.stmts("body", n.Body)
		dumpRefs(d, "handlers", n.Handlers, func(h *ExceptHandler) {
			d.open("ExceptHandler(")
			d.exprField("type", h.Type)
			d.name("name", h.Name)
			d.stmts("body", h.Body)
			d.pos(&h.Pos)
		})
		d.stmts("orelse", n.Orelse)
		d.stmts("finalbody", n.FinalBody)
	case *Assert:
		d.open("Assert(")
		d.exprField("test", n.Test)
		d.exprField("msg", n.Msg)
	case *Import:
		d.open("Import(")
		dumpRefs(d, "names", n.Names, d.alias)
		d.lazy(n.Lazy)
	case *ImportFrom:
		d.open("ImportFrom(")
		d.name("module", n.Module)
		dumpRefs(d, "names", n.Names, d.alias)
		d.int("level", n.Level)
		d.lazy(n.Lazy)
	case *Global:
		d.open("Global(")
		dumpList(d, "names", n.Names, d.nameItem)
	case *Nonlocal:
		d.open("Nonlocal(")
		dumpList(d, "names", n.Names, d.nameItem)
	case *ExprStmt:
		d.open("Expr(")
		d.exprField("value", n.Value)
	case *Pass:
		d.open("Pass(")
	case *Break:
		d.open("Break(")
	case *Continue:
		d.open("Continue(")
	}
	d.pos(s.Position())
}

func (d *dumper) lazy(lazy bool) {
	if d.f.LazyImports {
		d.int("is_lazy", int32(btoi(lazy)))
	}
}

func (d *dumper) alias(a *Alias) {
	d.open("alias(")
	d.name("name", a.Name)
	d.name("asname", a.AsName)
	d.pos(&a.Pos)
}

func (d *dumper) typeParams(list []TypeParam) {
	if !d.f.TypeParams {
		return
	}
	dumpRefs(d, "type_params", list, func(t *TypeParam) {
		d.open([...]string{"TypeVar(", "ParamSpec(", "TypeVarTuple("}[t.Kind])
		d.name("name", t.Name)
		d.exprField("bound", t.Bound)
		d.exprField("default_value", t.Default)
		d.pos(&t.Pos)
	})
}

func (d *dumper) patterns(field string, list []Pattern) { dumpList(d, field, list, d.pattern) }

func (d *dumper) pattern(p Pattern) {
	switch n := p.(type) {
	case *MatchValue:
		d.open("MatchValue(")
		d.exprField("value", n.Value)
	case *MatchSingleton:
		d.open("MatchSingleton(")
		d.field("value")
		d.b = AppendConstRepr(d.b, n.Value, d.f.Profile.Minor)
	case *MatchSequence:
		d.open("MatchSequence(")
		d.patterns("patterns", n.Patterns)
	case *MatchMapping:
		d.open("MatchMapping(")
		d.exprs("keys", n.Keys)
		d.patterns("patterns", n.Patterns)
		d.name("rest", n.Rest)
	case *MatchClass:
		d.open("MatchClass(")
		d.exprField("cls", n.Cls)
		d.patterns("patterns", n.Patterns)
		dumpList(d, "kwd_attrs", n.KwdAttrs, d.nameItem)
		d.patterns("kwd_patterns", n.KwdPatterns)
	case *MatchStar:
		d.open("MatchStar(")
		d.name("name", n.Name)
	case *MatchAs:
		d.open("MatchAs(")
		if n.Pattern != nil {
			d.field("pattern")
			d.pattern(n.Pattern)
		}
		d.name("name", n.Name)
	case *MatchOr:
		d.open("MatchOr(")
		d.patterns("patterns", n.Patterns)
	}
	d.pos(p.Position())
}
