package codegen

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Options are what a Generator needs for its life.
type Options struct {
	Features *target.Features
	// Pool has the objects of the compilation. Its owner resets it between files.
	Pool *instr.Pool
	// Finish makes the code object of a complete unit: it optimizes and assembles.
	Finish func(*instr.Unit) *marshal.Value
}

// Generator makes the code objects of one file after another. It keeps scratch
// memory, so it belongs to one goroutine.
type Generator struct {
	f      *target.Features
	pool   *instr.Pool
	finish func(*instr.Unit) *marshal.Value

	in       Input
	names    *ast.Names
	objects  objects
	warnings []diag.Diagnostic
	muted    int // how many times warnings are switched off

	u     *unit   // the current one
	stack []*unit // those around it
	spare []*unit

	units, emitted int // made so far of the module, and the instructions of them

	uses   []nameUse // by ast.Name
	stamps uint32    // given so far

	cellNames, freeNames []ast.Name // scratch of cells

	args    []ast.Expr        // scratch for the bases of a generic class
	labels  []instr.Label     // scratch of patterns
	static  []string          // scratch of class bodies
	text    []byte            // scratch of qualified names
	values  []*marshal.Value  // scratch of tuples
	pushed  []pushedLocal     // of inlined comprehensions, a stack
	renamed []symtable.Symbol // likewise
	shown   []ast.Name        // likewise

	lastPattern ast.Pattern // the one visited last, for errors
}

// Input is one file.
type Input struct {
	Module *ast.Module
	Arena  *ast.Arena
	Table  *symtable.Table
	Future symtable.Future
	// FileName is the str that becomes co_filename.
	FileName *marshal.Value
	// Optimize is the level: 0, 1 or 2.
	Optimize int
	// Size is how many bytes the source has.
	Size int
}

// New makes a Generator.
func New(o Options) *Generator {
	g := &Generator{f: o.Features, pool: o.Pool, finish: o.Finish}
	g.objects.pool = o.Pool
	return g
}

// failure is what the walk panics with where the source is at fault.
type failure struct{ d *diag.Diagnostic }

// Generate returns the code object of a module and the warnings, in order. The
// error is a *diag.Diagnostic; columns are byte offsets plus one, as CPython gives
// them in this phase.
func (g *Generator) Generate(in Input) (code *marshal.Value, warnings []diag.Diagnostic, err error) {
	g.in, g.names = in, in.Arena.Names
	g.objects.reset(in.Arena)
	g.warnings, g.muted, g.units, g.emitted = nil, 0, 0, 0
	g.forgetUses()
	g.recycle()
	defer func() {
		warnings = g.warnings
		if r := recover(); r != nil {
			switch r := r.(type) {
			case failure:
				code, err = nil, r.d
			case instr.TooLong:
				code, err = nil, g.tooLong()
			default:
				panic(r)
			}
		}
		g.recycle()
		g.in = Input{}
	}()
	return g.module(), g.warnings, nil
}

// limit is how many instructions a source may come to. It is many times what it takes to
// write them down one by one. But a pattern with n names has n² instructions, and what is
// in n finally clauses is there 2ⁿ times: CPython takes all the memory there is, and fails.
func (g *Generator) limit() int { return 1<<22 + 8*g.in.Size }

func (g *Generator) tooLong() error {
	return &diag.Diagnostic{
		Type: "MemoryError", Line: max(1, int(g.u.FirstLine)),
		Message: fmt.Sprintf("more than %d instructions, too many for a source of %d bytes", g.limit(), g.in.Size),
	}
}

// recycle takes the units back that a failure left behind.
func (g *Generator) recycle() {
	if g.u != nil {
		g.spare = append(g.spare, g.u)
	}
	g.spare = append(g.spare, g.stack...)
	g.u, g.stack = nil, g.stack[:0]
	g.pushed, g.renamed, g.shown = g.pushed[:0], g.renamed[:0], g.shown[:0]
}

// fail ends the walk with a SyntaxError.
func (g *Generator) fail(at instr.Loc, message string) {
	panic(failure{&diag.Diagnostic{
		Type: "SyntaxError", Message: message,
		Line: int(at.Line), Col: int(at.Col) + 1, EndLine: int(at.EndLine), EndCol: int(at.EndCol) + 1,
	}})
}

// warn adds a SyntaxWarning. Code that is generated twice warns once.
func (g *Generator) warn(at instr.Loc, format string, args ...any) {
	if g.muted > 0 {
		return
	}
	g.warnings = append(g.warnings, diag.Diagnostic{
		Severity: diag.Warning, Type: "SyntaxWarning", Message: fmt.Sprintf(format, args...), Line: int(at.Line),
	})
}

// unreachable is the panic on a node that no parser makes.
func unreachable(n any) { panic(fmt.Sprintf("codegen: %T is not expected here", n)) }
