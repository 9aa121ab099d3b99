package symtable

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// Future is what a module's imports from __future__ say.
type Future struct {
	Annotations bool // annotations are strings
	Flufl       bool // barry_as_FLUFL
	// Last is where the last of these imports stands; its lines are -1 if there is
	// none. Imports from __future__ behind it are too late.
	Last ast.Pos
}

// FutureOf reads the imports from __future__ at the head of a module. The error
// is a *diag.Diagnostic on a feature that does not exist.
func FutureOf(m *ast.Module, names *ast.Names, f *target.Features) (Future, error) {
	future := Future{Last: ast.Pos{Line: -1, Col: -1, EndLine: -1, EndCol: -1}}
	body := m.Body
	if HasDocstring(body) {
		body = body[1:]
	}
	// The imports end at the first other statement; by lines, where its line ends.
	over, line := false, int32(0)
	for _, s := range body {
		pos := s.Position()
		if over && (!f.FutureByLine || pos.Line > line) {
			break
		}
		line = pos.Line
		from, ok := s.(*ast.ImportFrom)
		if !ok || from.Module != ast.NameFuture || f.FutureLevelChecked && from.Level != 0 {
			over = true
			continue
		}
		if over {
			// CPython lacks here the one that it adds to columns elsewhere.
			return future, &diag.Diagnostic{
				Type: "SyntaxError", Message: lateFuture, Line: int(pos.Line), EndLine: int(pos.Line), Col: int(pos.Col),
			}
		}
		if err := future.add(from, names, f); err != nil {
			return future, err
		}
		future.Last = *pos
	}
	return future, nil
}

// add takes up what one import names.
func (future *Future) add(from *ast.ImportFrom, names *ast.Names, f *target.Features) error {
	for i := range from.Names {
		alias := &from.Names[i]
		message := ""
		switch name := names.Text(alias.Name); name {
		case "nested_scopes", "generators", "division", "absolute_import", "with_statement", "print_function",
			"unicode_literals", "generator_stop":
		case "barry_as_FLUFL":
			future.Flufl = true
		case "annotations":
			future.Annotations = true
		case "braces":
			message = "not a chance"
		default:
			message = "future feature " + cut(name, 100) + " is not defined"
		}
		switch {
		case message == "":
		case f.FutureErrorAtName:
			return diagnose(&alias.Pos, message)
		default:
			d := diagnose(&from.Pos, message)
			d.EndLine, d.EndCol = d.Line, 0
			return d
		}
	}
	return nil
}

// Late reports whether an import from __future__ at pos comes too late. (For
// targets whose symbol table does not check it, this is for the code generator.)
func (future *Future) Late(pos *ast.Pos, f *target.Features) bool {
	last := &future.Last
	return pos.Line > last.Line || !f.FutureByLine && pos.Line == last.EndLine && pos.Col > last.EndCol
}

// HasDocstring reports whether a body begins with a string.
func HasDocstring(body []ast.Stmt) bool {
	if len(body) == 0 {
		return false
	}
	s, ok := body[0].(*ast.ExprStmt)
	if !ok {
		return false
	}
	c, ok := s.Value.(*ast.Constant)
	return ok && c.Value.Kind == ast.Str
}

// cut returns at most n bytes of a name, whole characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && s[n]&0xC0 == 0x80 {
		n--
	}
	return s[:n]
}
