package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// Preprocessor rewrites a tree before its symbol table is built: `__debug__`,
// format strings, and, for targets that fold in the tree, constants. It keeps
// scratch memory, so it belongs to one goroutine.
type Preprocessor struct {
	f       *target.Features
	folder  fold.Folder
	objects objects

	arena    *ast.Arena
	future   symtable.Future
	optimize int
	depth    int
	warnings []diag.Diagnostic
	flow     []flowContext
	parts    []ast.Expr // scratch of format strings
}

// flowContext is what a return, break or continue stands in: the nearest finally,
// function body or loop.
type flowContext uint8

const (
	inFinally flowContext = iota
	inFunction
	inLoop
)

// NewPreprocessor makes a Preprocessor. The pool is that of the Generator that
// gets the tree.
func NewPreprocessor(f *target.Features, pool *instr.Pool) *Preprocessor {
	p := &Preprocessor{f: f, folder: fold.New(f)}
	p.objects.pool = pool
	return p
}

// maxDepth is how deep nodes may lie inside each other: CPython's
// Py_C_RECURSION_LIMIT.
const maxDepth = 10000

// Run rewrites a module at an optimization level, and returns the warnings that
// CPython issues meanwhile. The error is a *diag.Diagnostic.
func (p *Preprocessor) Run(m *ast.Module, arena *ast.Arena, future symtable.Future, optimize int) (warnings []diag.Diagnostic, err error) {
	p.arena, p.future, p.optimize = arena, future, optimize
	p.objects.reset(arena)
	p.depth, p.warnings, p.flow = 0, nil, p.flow[:0]
	defer func() {
		warnings = p.warnings
		if r := recover(); r != nil {
			fail, expected := r.(failure)
			if !expected {
				panic(r)
			}
			err = fail.d
		}
	}()
	p.body(&m.Body)
	return p.warnings, nil
}

func (p *Preprocessor) deepen() {
	p.depth++
	if p.depth > maxDepth {
		tooDeep()
	}
}

func tooDeep() {
	panic(failure{&diag.Diagnostic{Type: "RecursionError", Message: "maximum recursion depth exceeded during compilation"}})
}

// body is that of a module, class or function: its docstring may go, and nothing
// that folding makes becomes one.
func (p *Preprocessor) body(body *[]ast.Stmt) {
	doc := symtable.HasDocstring(*body)
	if doc && p.noDocstrings() {
		p.removeDocstring(body)
		doc = false
	}
	p.stmts(*body)
	if doc || !symtable.HasDocstring(*body) {
		return
	}
	s := (*body)[0].(*ast.ExprStmt)
	j := p.arena.JoinedStrs.New()
	*j = ast.JoinedStr{Pos: s.Pos, Values: p.arena.Exprs.Copy([]ast.Expr{s.Value})}
	s.Value = j
}

// noDocstrings reports whether docstrings are taken out of the tree.
func (p *Preprocessor) noDocstrings() bool { return p.optimize >= 2 && p.f.DocstringFlag }

// removeDocstring takes the docstring away; a body of nothing else becomes `pass`.
func (p *Preprocessor) removeDocstring(body *[]ast.Stmt) {
	if len(*body) > 1 {
		*body = (*body)[1:]
		return
	}
	pos := *(*body)[0].Position()
	pos.EndLine, pos.EndCol = pos.Line, pos.Col+4
	pass := p.arena.Passes.New()
	*pass = ast.Pass{Pos: pos}
	(*body)[0] = pass
}

func (p *Preprocessor) stmts(body []ast.Stmt) {
	for _, s := range body {
		p.stmt(s)
	}
}

// enter notes that what follows, up to leave, is in a context of control flow.
func (p *Preprocessor) enter(c flowContext) { p.flow = append(p.flow, c) }

func (p *Preprocessor) leave() { p.flow = p.flow[:len(p.flow)-1] }

// leaves remarks on a statement that leaves a finally (PEP 765); from where it
// does no harm, which is allowed.
func (p *Preprocessor) leaves(s ast.Stmt, keyword string) {
	if !p.f.FinallyControlFlow || len(p.flow) == 0 || p.flow[len(p.flow)-1] != inFinally {
		return
	}
	p.warnings = append(p.warnings, diag.Diagnostic{
		Severity: diag.Warning, Type: "SyntaxWarning", Message: "'" + keyword + "' in a 'finally' block",
		Line: int(s.Position().Line),
	})
}

func (p *Preprocessor) stmt(s ast.Stmt) {
	p.deepen()
	switch s := s.(type) {
	case *ast.ExprStmt:
		p.expr(&s.Value)
	case *ast.Assign:
		p.exprs(s.Targets)
		p.expr(&s.Value)
	case *ast.AugAssign:
		p.expr(&s.Target)
		p.expr(&s.Value)
	case *ast.AnnAssign:
		p.expr(&s.Target)
		p.annotation(&s.Annotation)
		p.optional(&s.Value)
	case *ast.FunctionDef:
		if s.Plain && !p.noDocstrings() && p.depth <= maxDepth-ast.PlainSize {
			p.exprs(s.Decorators)
			break
		}
		p.typeParams(s.TypeParams)
		p.arguments(s.Args)
		p.enter(inFunction)
		p.body(&s.Body)
		p.leave()
		p.exprs(s.Decorators)
		p.annotation(&s.Returns)
	case *ast.ClassDef:
		p.typeParams(s.TypeParams)
		p.exprs(s.Bases)
		p.keywords(s.Keywords)
		p.body(&s.Body)
		p.exprs(s.Decorators)
	case *ast.TypeAlias:
		p.typeParams(s.TypeParams)
		p.expr(&s.Value)
	case *ast.Return:
		p.leaves(s, "return")
		p.optional(&s.Value)
	case *ast.Break:
		p.leaves(s, "break")
	case *ast.Continue:
		p.leaves(s, "continue")
	case *ast.Delete:
		p.exprs(s.Targets)
	case *ast.For:
		p.expr(&s.Target)
		p.expr(&s.Iter)
		p.enter(inLoop)
		p.stmts(s.Body)
		p.leave()
		p.stmts(s.Orelse)
		if !s.Async {
			p.foldIter(&s.Iter)
		}
	case *ast.While:
		p.expr(&s.Test)
		p.enter(inLoop)
		p.stmts(s.Body)
		p.leave()
		p.stmts(s.Orelse)
	case *ast.If:
		p.expr(&s.Test)
		p.stmts(s.Body)
		p.stmts(s.Orelse)
	case *ast.With:
		for i := range s.Items {
			p.expr(&s.Items[i].Context)
			p.optional(&s.Items[i].Vars)
		}
		p.stmts(s.Body)
	case *ast.Raise:
		p.optional(&s.Exc)
		p.optional(&s.Cause)
	case *ast.Try:
		p.stmts(s.Body)
		for i := range s.Handlers {
			p.optional(&s.Handlers[i].Type)
			p.stmts(s.Handlers[i].Body)
		}
		p.stmts(s.Orelse)
		p.enter(inFinally)
		p.stmts(s.FinalBody)
		p.leave()
	case *ast.Assert:
		p.expr(&s.Test)
		p.optional(&s.Msg)
	case *ast.Match:
		p.expr(&s.Subject)
		for i := range s.Cases {
			p.pattern(s.Cases[i].Pattern)
			p.optional(&s.Cases[i].Guard)
			p.stmts(s.Cases[i].Body)
		}
	case *ast.Import, *ast.ImportFrom, *ast.Global, *ast.Nonlocal, *ast.Pass:
	default:
		unreachable(s)
	}
	p.depth--
}

func (p *Preprocessor) annotation(e *ast.Expr) {
	if *e != nil && !p.future.Annotations {
		p.expr(e)
	}
}

func (p *Preprocessor) arguments(a *ast.Arguments) {
	p.annotations(a.PosOnly)
	p.annotations(a.Args)
	if a.Vararg != nil {
		p.annotation(&a.Vararg.Annotation)
	}
	p.annotations(a.KwOnly)
	p.exprs(a.KwDefaults)
	if a.Kwarg != nil {
		p.annotation(&a.Kwarg.Annotation)
	}
	p.exprs(a.Defaults)
}

func (p *Preprocessor) annotations(args []ast.Arg) {
	for i := range args {
		p.annotation(&args[i].Annotation)
	}
}

func (p *Preprocessor) typeParams(params []ast.TypeParam) {
	for i := range params {
		p.optional(&params[i].Bound)
		p.optional(&params[i].Default)
	}
}

func (p *Preprocessor) keywords(keywords []ast.Keyword) {
	for i := range keywords {
		p.expr(&keywords[i].Value)
	}
}

func (p *Preprocessor) pattern(n ast.Pattern) {
	p.deepen()
	switch n := n.(type) {
	case *ast.MatchValue:
		p.patternValue(&n.Value)
	case *ast.MatchSequence:
		p.patterns(n.Patterns)
	case *ast.MatchMapping:
		for i := range n.Keys {
			p.patternValue(&n.Keys[i])
		}
		p.patterns(n.Patterns)
	case *ast.MatchClass:
		p.expr(&n.Cls)
		p.patterns(n.Patterns)
		p.patterns(n.KwdPatterns)
	case *ast.MatchAs:
		if n.Pattern != nil {
			p.pattern(n.Pattern)
		}
	case *ast.MatchOr:
		p.patterns(n.Patterns)
	case *ast.MatchSingleton, *ast.MatchStar:
	default:
		unreachable(n)
	}
	p.depth--
}

func (p *Preprocessor) patterns(list []ast.Pattern) {
	for _, n := range list {
		p.pattern(n)
	}
}

// patternValue folds the negative and complex numbers that a pattern may have.
func (p *Preprocessor) patternValue(e *ast.Expr) {
	if !p.f.ConstFoldingInCFG {
		p.expr(e)
		return
	}
	switch n := (*e).(type) {
	case *ast.UnaryOp:
		if n.Op == ast.USub || n.Op == ast.UAdd && p.f.UnaryPlusInPatterns {
			p.foldUnary(e, n)
		}
	case *ast.BinOp:
		if _, ok := n.Right.(*ast.Constant); ok && (n.Op == ast.Add || n.Op == ast.Sub) {
			p.patternValue(&n.Left)
			p.foldArithmetic(e, n)
		}
	}
}
