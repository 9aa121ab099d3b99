package symtable

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
)

// module visits the whole tree.
func (t *Table) module(m *ast.Module) {
	t.Top = t.enter(ModuleScope, ast.NameTop, &ast.Pos{})
	m.Scope = t.Top.ID
	t.Top.HasDocstring = HasDocstring(m.Body)
	t.stmts(m.Body)
	t.exit()
}

func (t *Table) stmts(body []ast.Stmt) {
	for _, s := range body {
		t.stmt(s)
	}
}

// conditional visits what may not be executed.
func (t *Table) conditional(bodies ...[]ast.Stmt) {
	s, was := t.cur, t.cur.inConditional
	s.inConditional = true
	for _, body := range bodies {
		t.stmts(body)
	}
	s.inConditional = was
}

func (t *Table) stmt(s ast.Stmt) {
	t.deepen()
	switch s := s.(type) {
	case *ast.ExprStmt:
		t.expr(s.Value)
	case *ast.Assign:
		t.exprs(s.Targets)
		t.expr(s.Value)
	case *ast.FunctionDef:
		t.functionDef(s)
	case *ast.ClassDef:
		t.classDef(s)
	case *ast.TypeAlias:
		t.typeAlias(s)
	case *ast.Return:
		if s.Value != nil {
			t.expr(s.Value)
			t.cur.ReturnsValue = true
		}
	case *ast.Delete:
		t.exprs(s.Targets)
	case *ast.AnnAssign:
		t.annAssign(s)
	case *ast.AugAssign:
		t.expr(s.Target)
		t.expr(s.Value)
	case *ast.For:
		if s.Async {
			t.wantCoroutine(asyncForOutside, &s.Pos)
		}
		t.expr(s.Target)
		t.expr(s.Iter)
		t.conditional(s.Body, s.Orelse)
	case *ast.While:
		t.expr(s.Test)
		t.conditional(s.Body, s.Orelse)
	case *ast.If:
		t.expr(s.Test)
		t.conditional(s.Body, s.Orelse)
	case *ast.Match:
		t.expr(s.Subject)
		t.matchCases(s.Cases)
	case *ast.Raise:
		if s.Exc != nil {
			t.expr(s.Exc)
			t.optional(s.Cause)
		}
	case *ast.Try:
		t.try(s)
	case *ast.Assert:
		t.expr(s.Test)
		t.optional(s.Msg)
	case *ast.Import:
		if s.Lazy {
			t.checkLazy(&s.Pos, "import")
		}
		t.aliases(s.Names)
	case *ast.ImportFrom:
		t.importFrom(s)
	case *ast.Global:
		t.declare(s.Names, &s.Pos, DefGlobal, "global")
	case *ast.Nonlocal:
		t.declare(s.Names, &s.Pos, DefNonlocal, "nonlocal")
	case *ast.With:
		t.with(s)
	case *ast.Pass, *ast.Break, *ast.Continue:
	default:
		panic("symtable: unknown statement")
	}
	t.depth--
}

func (t *Table) functionDef(s *ast.FunctionDef) {
	t.def(s.Name, DefLocal, &s.Pos)
	t.defaults(s.Args)
	if t.f.DecoratorsLate {
		t.annotations(s)
	}
	t.exprs(s.Decorators)
	if len(s.TypeParams) > 0 {
		kwDefaults := false
		for _, d := range s.Args.KwDefaults {
			kwDefaults = kwDefaults || d != nil
		}
		scope := t.enterTypeParams(s.Name, &s.Pos)
		s.TypeScope = scope.ID
		t.def(ast.NameDotDefaults, DefParam, &s.Pos) // even where there are none
		if kwDefaults {
			t.def(ast.NameDotKwDefaults, DefParam, &s.Pos)
		}
		t.typeParams(s.TypeParams)
	}
	var scope *Scope
	if t.f.DeferredAnnotations {
		// Made before its annotations are visited, and entered after.
		scope = t.newScope(FunctionScope, s.Name, &s.Pos)
		scope.Annotations = t.functionAnnotations(s)
		t.enterScope(scope, true)
	} else {
		if !t.f.DecoratorsLate {
			t.annotations(s)
		}
		scope = t.enter(FunctionScope, s.Name, &s.Pos)
	}
	s.Scope = scope.ID
	scope.HasDocstring = HasDocstring(s.Body)
	scope.Coroutine = s.Async
	t.arguments(s.Args)
	t.stmts(s.Body)
	t.exit()
	if len(s.TypeParams) > 0 {
		t.exit()
	}
}

func (t *Table) classDef(s *ast.ClassDef) {
	t.def(s.Name, DefLocal, &s.Pos)
	if !t.f.DecoratorsLate {
		t.exprs(s.Decorators)
	}
	private := t.private
	if len(s.TypeParams) > 0 {
		scope := t.enterTypeParams(s.Name, &s.Pos)
		s.TypeScope = scope.ID
		// Set where the tuple of parameters is made, read where the bases are.
		t.def(ast.NameDotTypeParams, DefLocal, &s.Pos)
		t.def(ast.NameDotTypeParams, Use, &s.Pos)
		t.def(ast.NameDotGenericBase, DefLocal, &s.Pos)
		t.def(ast.NameDotGenericBase, Use, &s.Pos)
		t.private = s.Name
		if t.f.MangledTypeParams {
			scope.mangled = mangledNames{}
		}
		if t.f.PrivateNameLeaks {
			private = s.Name
		}
		t.typeParams(s.TypeParams)
	}
	t.exprs(s.Bases)
	t.keywords(s.Keywords)
	if t.f.DecoratorsLate {
		t.exprs(s.Decorators)
	}
	scope := t.enter(ClassScope, s.Name, &s.Pos)
	s.Scope = scope.ID
	t.private = s.Name
	if len(s.TypeParams) > 0 {
		t.def(ast.NameTypeParams, DefLocal, &s.Pos)
		t.def(ast.NameDotTypeParams, Use, &s.Pos)
	}
	scope.HasDocstring = HasDocstring(s.Body)
	t.stmts(s.Body)
	t.exit()
	if len(s.TypeParams) > 0 {
		t.exit()
	}
	t.private = private
}

func (t *Table) typeAlias(s *ast.TypeAlias) {
	t.expr(s.Name)
	inClass := t.cur.Kind == ClassScope
	if len(s.TypeParams) > 0 {
		s.TypeScope = t.enterTypeParams(s.Name.ID, &s.Pos).ID
		t.typeParams(s.TypeParams)
	}
	scope := t.enter(TypeAliasScope, s.Name.ID, &s.Pos)
	s.Scope = scope.ID
	scope.CanSeeClassScope = inClass
	if inClass {
		t.def(ast.NameClassDict, Use, s.Value.Position())
	}
	t.expr(s.Value)
	t.exit()
	if len(s.TypeParams) > 0 {
		t.exit()
	}
}

func (t *Table) annAssign(s *ast.AnnAssign) {
	t.cur.AnnotationsUsed = true
	if name, ok := s.Target.(*ast.NameExpr); ok {
		if s.Simple {
			known := t.lookup(name.ID)
			if known&(DefGlobal|DefNonlocal) != 0 && t.cur != t.Top {
				word := "nonlocal"
				if known&DefGlobal != 0 {
					word = "global"
				}
				t.failName(&s.Pos, "annotated name '%s' can't be "+word, name.ID)
			}
			t.def(name.ID, DefAnnot|DefLocal, &name.Pos)
		}
		if s.Value != nil {
			t.def(name.ID, DefLocal, &name.Pos)
		}
	} else {
		t.expr(s.Target)
	}
	t.annotation(s.Annotation)
	t.optional(s.Value)
}

// declare visits a global or nonlocal statement.
func (t *Table) declare(names []ast.Name, pos *ast.Pos, flag Flags, word string) {
	for _, name := range names {
		known := t.lookup(name)
		if known&(DefParam|DefLocal|Use|DefAnnot) != 0 {
			format := "name '%s' is assigned to before " + word + " declaration"
			switch {
			case known&DefParam != 0:
				format = "name '%s' is parameter and " + word
			case known&Use != 0:
				format = "name '%s' is used prior to " + word + " declaration"
			case known&DefAnnot != 0:
				format = "annotated name '%s' can't be " + word
			}
			t.failName(pos, format, name)
		}
		t.def(name, flag, pos)
		t.direct(name, pos)
	}
}

func (t *Table) try(s *ast.Try) {
	scope, was, wasTry := t.cur, t.cur.inConditional, t.cur.inTry
	scope.inConditional, scope.inTry = true, true
	t.stmts(s.Body)
	if t.f.ElseBeforeHandlers {
		t.stmts(s.Orelse)
	}
	for i := range s.Handlers {
		h := &s.Handlers[i]
		t.optional(h.Type)
		if h.Name != ast.NoName {
			t.def(h.Name, DefLocal, &h.Pos)
		}
		t.stmts(h.Body)
	}
	if !t.f.ElseBeforeHandlers {
		t.stmts(s.Orelse)
	}
	t.stmts(s.FinalBody)
	scope.inConditional, scope.inTry = was, wasTry
}

func (t *Table) with(s *ast.With) {
	if s.Async {
		t.wantCoroutine(asyncWithOutside, &s.Pos)
	}
	scope, was := t.cur, t.cur.inConditional
	scope.inConditional = true
	for i := range s.Items {
		t.expr(s.Items[i].Context)
		t.optional(s.Items[i].Vars)
	}
	t.stmts(s.Body)
	scope.inConditional = was
}

func (t *Table) wantCoroutine(message string, pos *ast.Pos) {
	if t.f.SymtableChecks && !t.cur.Coroutine {
		t.fail(pos, message)
	}
}

// checkLazy refuses a lazy import anywhere but in a module.
func (t *Table) checkLazy(pos *ast.Pos, what string) {
	where := ""
	switch {
	case t.cur.inTry:
		where = "try/except blocks"
	case t.cur.Kind == FunctionScope:
		where = "functions"
	case t.cur.Kind == ClassScope:
		where = "classes"
	default:
		return
	}
	t.fail(pos, "lazy "+what+" not allowed inside "+where)
}

func (t *Table) importFrom(s *ast.ImportFrom) {
	if s.Lazy {
		t.checkLazy(&s.Pos, "from ... import")
		for i := range s.Names {
			if s.Names[i].Name == ast.NameStar {
				t.fail(&s.Pos, "lazy from ... import * is not allowed")
			}
		}
	}
	t.aliases(s.Names)
	if t.f.SymtableChecks && s.Module == ast.NameFuture && s.Level == 0 && t.future.Late(&s.Pos, t.f) {
		t.fail(&s.Pos, lateFuture)
	}
}

func (t *Table) aliases(aliases []ast.Alias) {
	for i := range aliases {
		a := &aliases[i]
		name := a.AsName
		if name == ast.NoName {
			name = a.Name
		}
		if name == ast.NameStar {
			if t.cur.Kind != ModuleScope {
				t.fail(&a.Pos, starBelowModule)
			}
			continue
		}
		if text := t.names.Text(name); strings.IndexByte(text, '.') >= 0 {
			first, _, _ := strings.Cut(text, ".") // what the import binds
			name = t.names.Intern(first)
		}
		t.def(name, DefImport, &a.Pos)
	}
}

func (t *Table) matchCases(cases []ast.MatchCase) {
	scope, was := t.cur, t.cur.inConditional
	scope.inConditional = true
	for i := range cases {
		t.pattern(cases[i].Pattern)
		t.optional(cases[i].Guard)
		t.stmts(cases[i].Body)
	}
	scope.inConditional = was
}

func (t *Table) patterns(patterns []ast.Pattern) {
	for _, p := range patterns {
		t.pattern(p)
	}
}

func (t *Table) pattern(p ast.Pattern) {
	t.deepen()
	switch p := p.(type) {
	case *ast.MatchValue:
		t.expr(p.Value)
	case *ast.MatchSingleton:
	case *ast.MatchSequence:
		t.patterns(p.Patterns)
	case *ast.MatchStar:
		t.capture(p.Name, &p.Pos)
	case *ast.MatchMapping:
		t.exprs(p.Keys)
		t.patterns(p.Patterns)
		t.capture(p.Rest, &p.Pos)
	case *ast.MatchClass:
		t.expr(p.Cls)
		t.patterns(p.Patterns)
		for i, attr := range p.KwdAttrs {
			t.checkName(attr, p.KwdPatterns[i].Position(), ast.Store)
		}
		t.patterns(p.KwdPatterns)
	case *ast.MatchAs:
		if p.Pattern != nil {
			t.pattern(p.Pattern)
		}
		t.capture(p.Name, &p.Pos)
	case *ast.MatchOr:
		t.patterns(p.Patterns)
	default:
		panic("symtable: unknown pattern")
	}
	t.depth--
}

func (t *Table) capture(name ast.Name, pos *ast.Pos) {
	if name != ast.NoName {
		t.def(name, DefLocal, pos)
	}
}
