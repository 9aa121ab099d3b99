package symtable

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// The messages that are used in more than one place, as CPython words them.
const (
	lateFuture            = "from __future__ imports must occur at the beginning of the file"
	asyncCompOutside      = "asynchronous comprehension outside of an asynchronous function"
	awaitOutside          = "'await' outside function"
	awaitOutsideAsync     = "'await' outside async function"
	asyncWithOutside      = "'async with' outside async function"
	asyncForOutside       = "'async for' outside async function"
	compIterConflict      = "assignment expression cannot rebind comprehension iteration variable '%s'"
	compInnerConflict     = "comprehension inner loop cannot rebind assignment expression target '%s'"
	compInClass           = "assignment expression within a comprehension cannot be used in a class body"
	compInTypeVariable    = "assignment expression within a comprehension cannot be used in a TypeVar bound"
	compInTypeAlias       = "assignment expression within a comprehension cannot be used in a type alias"
	compInTypeParams      = "assignment expression within a comprehension cannot be used within the definition of a generic"
	namedInIterable       = "assignment expression cannot be used in a comprehension iterable expression"
	starBelowModule       = "import * only allowed at module level"
	nonlocalAtModule      = "nonlocal declaration not allowed at module level"
	nonlocalAndGlobal     = "name '%s' is nonlocal and global"
	nonlocalUnbound       = "no binding for nonlocal '%s' found"
	nonlocalTypeParam     = "nonlocal binding not allowed for type parameter '%s'"
	duplicateTypeParam    = "duplicate type parameter '%s'"
	reservedTypeParam     = "reserved name '%s' cannot be used for type parameter"
	flatClassAnnotations  = "Cannot use %s in annotation scope within class scope"
	recursionDepthReached = "maximum recursion depth exceeded during compilation"
)

// failure is what the walk panics with; Build turns it into its error.
type failure struct{ d *diag.Diagnostic }

// diagnose makes a SyntaxError at pos. CPython gives the symbol table's errors
// byte columns, plus one.
func diagnose(pos *ast.Pos, message string) *diag.Diagnostic {
	return &diag.Diagnostic{
		Type: "SyntaxError", Message: message,
		Line: int(pos.Line), Col: int(pos.Col) + 1, EndLine: int(pos.EndLine), EndCol: int(pos.EndCol) + 1,
	}
}

// fail ends the walk with an error at pos.
func (t *Table) fail(pos *ast.Pos, message string) { panic(failure{diagnose(pos, message)}) }

// failName is fail with a message about a name.
func (t *Table) failName(pos *ast.Pos, format string, name ast.Name) {
	t.fail(pos, fmt.Sprintf(format, t.names.Text(name)))
}

// directive is a global or nonlocal statement's name, and where it stands.
type directive struct {
	name ast.Name
	pos  *ast.Pos
}

// failAtDirective ends the analysis with an error about a name that a global or
// nonlocal statement of s has.
func (t *Table) failAtDirective(s *Scope, format string, name ast.Name) {
	message := format
	if format != nonlocalAtModule {
		message = fmt.Sprintf(format, t.names.Text(name))
	}
	for _, d := range s.directives {
		if d.name == name {
			t.fail(d.pos, message)
		}
	}
	panic("symtable: a name declared global or nonlocal without such a statement")
}
