package symtable

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
)

// enterTypeParams enters the scope of the type parameters of what is called name.
func (t *Table) enterTypeParams(name ast.Name, pos *ast.Pos) *Scope {
	inClass := t.cur.Kind == ClassScope
	s := t.enter(TypeParamsScope, name, pos)
	if inClass {
		s.CanSeeClassScope = true
		t.def(ast.NameClassDict, Use, pos)
	}
	return s
}

func (t *Table) typeParams(params []ast.TypeParam) {
	for i := range params {
		p := &params[i]
		t.deepen()
		t.def(p.Name, DefTypeParam|DefLocal, &p.Pos)
		p.BoundScope, p.DefaultScope = 0, 0
		role := "a TypeVar"
		switch p.Kind {
		case ast.TypeVar:
			bound := "a TypeVar bound"
			if _, tuple := p.Bound.(*ast.Tuple); tuple && t.f.TypeVariableScopes {
				bound = "a TypeVar constraint"
			}
			p.BoundScope = t.typeVariable(p, p.Bound, bound)
		case ast.TypeVarTuple:
			role = "a TypeVarTuple"
		case ast.ParamSpec:
			role = "a ParamSpec"
		}
		p.DefaultScope = t.typeVariable(p, p.Default, role+" default")
		t.depth--
	}
}

// typeVariable visits a bound or default, if there is one, and returns its scope.
func (t *Table) typeVariable(p *ast.TypeParam, e ast.Expr, role string) int32 {
	if p.Name == ast.NameClassDict && t.f.TypeParamNameReserved {
		t.failName(&p.Pos, reservedTypeParam, p.Name)
	}
	if e == nil {
		return 0
	}
	inClass := t.cur.CanSeeClassScope
	pos := e.Position()
	if !t.f.TypeVariableScopes {
		pos = &p.Pos
	}
	s := t.enter(TypeVariableScope, p.Name, pos)
	s.CanSeeClassScope = inClass
	if inClass {
		t.def(ast.NameClassDict, Use, e.Position())
	}
	s.role = role
	t.expr(e)
	t.exit()
	return s.ID
}

// annotations visits a function's annotations where they are evaluated in place.
func (t *Table) annotations(s *ast.FunctionDef) {
	if t.future.Annotations {
		t.enter(AnnotationScope, ast.NameAnnotationScope, &s.Pos)
	}
	t.argAnnotations(s.Args)
	if t.future.Annotations {
		t.exit()
	}
	if s.Returns != nil {
		t.annotationInPlace(s.Returns)
	}
}

// annotationInPlace visits one annotation that is evaluated where it stands, or
// becomes a string.
func (t *Table) annotationInPlace(e ast.Expr) {
	if t.future.Annotations {
		t.enter(AnnotationScope, ast.NameAnnotationScope, e.Position())
	}
	t.expr(e)
	if t.future.Annotations {
		t.exit()
	}
}

// argAnnotations visits the annotations of parameters, in the order in which they
// are evaluated.
func (t *Table) argAnnotations(a *ast.Arguments) {
	visit := func(args []ast.Arg) {
		for i := range args {
			t.argAnnotation(&args[i])
		}
	}
	visit(a.PosOnly)
	visit(a.Args)
	t.argAnnotation(a.Vararg)
	t.argAnnotation(a.Kwarg)
	visit(a.KwOnly)
}

func (t *Table) argAnnotation(a *ast.Arg) {
	if a != nil && a.Annotation != nil {
		t.cur.AnnotationsUsed = true
		t.expr(a.Annotation)
	}
}

// functionAnnotations visits a function's annotations in a scope of their own.
func (t *Table) functionAnnotations(f *ast.FunctionDef) *Scope {
	inClass := t.cur.CanSeeClassScope || t.cur.Kind == ClassScope
	s := t.enter(AnnotationScope, ast.NameAnnotate, &f.Pos)
	s.Function = f.Name
	if inClass {
		s.CanSeeClassScope = true
		t.def(ast.NameClassDict, Use, &f.Pos)
	}
	t.argAnnotations(f.Args)
	if f.Returns != nil {
		s.AnnotationsUsed = true
		t.expr(f.Returns)
	}
	t.exit()
	return s
}

// annotation visits the annotation of a variable.
func (t *Table) annotation(e ast.Expr) {
	if !t.f.DeferredAnnotations {
		t.annotationInPlace(e)
		return
	}
	parent, pos := t.cur, e.Position()
	// Annotations of local variables are not evaluated. Those of a module always
	// count as conditional, because it may be executed in part.
	local := parent.Kind == FunctionScope
	if (parent.Kind == ClassScope && parent.inConditional || parent.Kind == ModuleScope) && !parent.HasConditionalAnnotations {
		parent.HasConditionalAnnotations = true
		t.def(ast.NameConditionalAnnotations, Use, pos)
	}
	kept := &parent.Annotations
	if local {
		kept = &parent.localAnnotations
	}
	if *kept == nil {
		*kept = t.enter(AnnotationScope, ast.NameAnnotate, pos)
		if parent.Kind == ClassScope && !t.future.Annotations {
			t.cur.CanSeeClassScope = true
			parent.NeedsClassDict = true
			t.def(ast.NameClassDict, Use, pos)
		}
	} else {
		t.enterScope(*kept, false)
	}
	s := t.cur
	s.unevaluated = local
	t.expr(e)
	s.unevaluated = false
	t.exit()
}

// refuseInAnnotation refuses what may not stand in annotations and what is like
// them.
func (t *Table) refuseInAnnotation(what string, pos *ast.Pos) {
	switch t.cur.Kind {
	case AnnotationScope:
		if t.f.AnnotationWording {
			t.fail(pos, what+" cannot be used within an annotation")
		}
		t.fail(pos, fmt.Sprintf("'%s' can not be used within an annotation", what))
	case TypeVariableScope:
		t.fail(pos, fmt.Sprintf("%s cannot be used within %s", what, t.cur.role))
	case TypeAliasScope:
		t.fail(pos, what+" cannot be used within a type alias")
	case TypeParamsScope:
		t.fail(pos, what+" cannot be used within the definition of a generic")
	}
}

func (t *Table) failFlat(pos *ast.Pos, what string) {
	t.fail(pos, fmt.Sprintf(flatClassAnnotations, what))
}
