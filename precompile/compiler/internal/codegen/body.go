package codegen

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) module() *marshal.Value {
	g.enter(entry{name: g.pool.Name("<module>"), kind: moduleUnit, scope: g.in.Table.Top, line: 1})
	body := g.in.Module.Body
	// What sets annotations up has the line of the first statement.
	at := instr.Loc{Line: 1, EndLine: 1}
	if len(body) > 0 {
		at = locOf(body[0])
	}
	if g.f.DeferredAnnotations && g.u.scope.HasConditionalAnnotations {
		g.opArg(at, opcode.BuildSet, 0)
		g.opArg(at, opcode.StoreName, g.globalName(ast.NameConditionalAnnotations))
	}
	g.body(at, body)
	code := g.complete(true)
	g.spare = append(g.spare, g.u)
	g.u = nil
	return code
}

// body is that of a module or class.
func (g *Generator) body(at instr.Loc, body []ast.Stmt) {
	scope := g.u.scope
	deferred := g.f.DeferredAnnotations && !g.in.Future.Annotations
	if g.f.DeferredAnnotations && !deferred && scope.AnnotationsUsed || !g.f.DeferredAnnotations && annotates(body) {
		g.op(at, opcode.SetupAnnotations)
	}
	if len(body) == 0 {
		return
	}
	if doc := docstring(body); doc != nil {
		if g.in.Optimize < 2 {
			g.load(locOf(doc), g.cleanDoc(doc.Value))
			g.nameOp(noLoc, ast.NameDoc, ast.Store)
		}
		body = body[1:]
	}
	g.stmts(body)
	if deferred {
		g.deferredAnnotations(at)
	}
}

// docstring returns the constant that documents a body, nil if there is none.
func docstring(body []ast.Stmt) *ast.Constant {
	if !symtable.HasDocstring(body) {
		return nil
	}
	return body[0].(*ast.ExprStmt).Value.(*ast.Constant)
}

// annotates reports whether a body has annotated variables, in nested statements
// too.
func annotates(body []ast.Stmt) bool {
	for _, s := range body {
		found := false
		switch s := s.(type) {
		case *ast.AnnAssign:
			return true
		case *ast.For:
			found = annotates(s.Body) || annotates(s.Orelse)
		case *ast.While:
			found = annotates(s.Body) || annotates(s.Orelse)
		case *ast.If:
			found = annotates(s.Body) || annotates(s.Orelse)
		case *ast.With:
			found = annotates(s.Body)
		case *ast.Try:
			for i := range s.Handlers {
				found = found || annotates(s.Handlers[i].Body)
			}
			found = found || annotates(s.Body) || annotates(s.FinalBody) || annotates(s.Orelse)
		case *ast.Match:
			for i := range s.Cases {
				found = found || annotates(s.Cases[i].Body)
			}
		}
		if found {
			return true
		}
	}
	return false
}

// cleanDoc returns a docstring as it is kept: tabs expanded and the common
// indentation taken away, as inspect.cleandoc does, but with the blank lines at
// both ends, so that line numbers within it stay.
func (g *Generator) cleanDoc(c *ast.Const) *marshal.Value {
	doc := g.objects.value(c)
	if !g.f.CleanDocstrings {
		return doc
	}
	text := expandTabs(c.Str)
	margin := -1
	lines := strings.Split(text, "\n")
	for _, line := range lines[1:] {
		if indent := len(line) - len(strings.TrimLeft(line, " ")); indent < len(line) && (margin < 0 || indent < margin) {
			margin = indent
		}
	}
	margin = max(margin, 0)
	if !strings.HasPrefix(text, " ") && margin == 0 {
		if text == c.Str {
			return doc
		}
		return g.pool.Str(text)
	}
	var b strings.Builder
	b.Grow(len(text))
	b.WriteString(strings.TrimLeft(lines[0], " "))
	for _, line := range lines[1:] {
		b.WriteByte('\n')
		cut := 0
		for cut < margin && cut < len(line) && line[cut] == ' ' {
			cut++
		}
		b.WriteString(line[cut:])
	}
	return g.pool.Str(b.String())
}

// expandTabs is str.expandtabs: columns of eight characters, counted from each
// line end (CR too).
func expandTabs(s string) string {
	if strings.IndexByte(s, '\t') < 0 {
		return s
	}
	var b strings.Builder
	column := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == '\t':
			n := 8 - column%8
			b.WriteString("        "[:n])
			column += n
			continue
		case c == '\n' || c == '\r':
			column = 0
		case c&0xC0 != 0x80: // the first byte of a character
			column++
		}
		b.WriteByte(c)
	}
	return b.String()
}

// annotationScope enters the unit of something that is evaluated on demand. It
// begins by refusing what it cannot give:
//
//	if .format > VALUE_WITH_FAKE_GLOBALS: raise NotImplementedError
func (g *Generator) annotationScope(at instr.Loc, scope *symtable.Scope, name ast.Name) {
	u := g.enter(entry{name: g.objects.name(name), id: name, kind: annotationUnit, scope: scope, line: at.Line})
	u.PosOnly = 1
	const valueWithFakeGlobals = 2
	g.opArg(at, opcode.LoadFast, 0)
	g.loadInt(at, valueWithFakeGlobals)
	g.compareOp(at, ast.Gt)
	body := g.label()
	g.jump(at, opcode.PopJumpIfFalse, body)
	g.opArg(at, opcode.LoadCommonConstant, commonNotImplementedError)
	g.opArg(at, opcode.RaiseVarargs, 1)
	g.place(body)
}

// leaveAnnotations completes the unit of annotations and makes its function. The
// parameter, which has a name that annotations cannot clash with, gets the one that
// inspect shows.
func (g *Generator) leaveAnnotations(at instr.Loc) {
	g.op(at, opcode.ReturnValue)
	code := g.complete(true)
	if made := code.Code(); made != nil { // a Checker makes none
		names := made.LocalsPlusNames.Items
		renamed := make([]*marshal.Value, len(names))
		copy(renamed, names)
		renamed[0] = g.pool.Name("format")
		made.LocalsPlusNames = marshal.NewTuple(renamed...)
	}
	g.closure(at, code, g.leave(), 0)
}

// deferredAnnotations makes the __annotate__ function of a module or class. That
// of a module is made at its start, but compiled last.
func (g *Generator) deferredAnnotations(at instr.Loc) {
	u := g.u
	if len(u.deferred) == 0 {
		return
	}
	if u.kind == moduleUnit {
		u.stashed, u.Code = u.Code, u.stashed
		u.Code.Reset()
		u.Code.SetLimit(g.limit())
	}
	g.annotationScope(at, u.scope.Annotations, u.scope.Annotations.Name)
	g.opArg(at, opcode.BuildMap, 0)
	for i := range u.deferred {
		d := &u.deferred[i]
		here := locOf(d.stmt)
		name := g.in.Table.Mangle(g.u.private, d.stmt.Target.(*ast.NameExpr).ID)
		notSet := g.label()
		if d.index >= 0 {
			g.loadInt(here, d.index)
			if u.kind == classUnit {
				g.opArg(here, opcode.LoadDeref, g.freeVar(ast.NameConditionalAnnotations))
			} else {
				// CPython leaves out to shift the number, which does not matter as it is 0.
				g.opArg(here, opcode.LoadGlobal, g.globalName(ast.NameConditionalAnnotations))
			}
			g.opArg(here, opcode.ContainsOp, 0)
			g.jump(here, opcode.PopJumpIfFalse, notSet)
		}
		g.expr(d.stmt.Annotation)
		g.opArg(here, opcode.Copy, 2)
		g.loadIdent(here, name)
		g.op(at, opcode.StoreSubscr)
		g.place(notSet)
	}
	g.leaveAnnotations(at)
	target := ast.NameAnnotate
	if u.scope.Kind == symtable.ClassScope {
		target = g.names.Intern("__annotate_func__")
	}
	g.nameOp(at, target, ast.Store)
	if u.kind == moduleUnit {
		u.stashed, u.Code = u.Code, u.stashed
		u.Code.Annotations = &u.stashed
	}
}
