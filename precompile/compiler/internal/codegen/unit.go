package codegen

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// scopeKind tells what a unit is made of, as CPython's compiler tells it.
type scopeKind uint8

const (
	moduleUnit scopeKind = iota
	classUnit
	functionUnit
	asyncFunctionUnit
	lambdaUnit
	comprehensionUnit
	annotationUnit // annotations, type parameters, bounds, defaults
)

// unit is a code object in the making.
type unit struct {
	instr.Unit
	scope   *symtable.Scope
	kind    scopeKind
	private ast.Name // the class whose private names are mangled
	stamp   uint32   // see nameUse

	blocks []block
	// freeNames are those of FreeVars, freeNumbers what instructions call them: cells
	// are counted before.
	freeNames   []ast.Name
	freeNumbers []int
	// hidden says which of HiddenNames, that are or were fast locals of an inlined
	// comprehension in a scope without fast locals, are so at the moment.
	hidden  []bool
	inlined int // comprehensions that are being inlined, one inside the other

	// Of a class.
	static []ast.Name // attributes that methods assign to by `self.x =`, some of them twice

	// Of a module or class whose annotations are deferred.
	conditional int // statements around that may not be executed
	deferred    []deferredAnnotation
	nextIndex   int
	stashed     instr.Seq // the unit's code while its annotations are made
}

// deferredAnnotation is the annotation of a variable, and its number among those
// that count as conditional, or -1.
type deferredAnnotation struct {
	stmt  *ast.AnnAssign
	index int
}

// entry says what unit to enter.
type entry struct {
	name    *marshal.Value
	id      ast.Name // name, where it is an identifier
	kind    scopeKind
	scope   *symtable.Scope
	line    int32
	private ast.Name // NoName: that of the unit around
}

// enter begins a unit inside the current one.
func (g *Generator) enter(e entry) *unit {
	var u *unit
	if n := len(g.spare); n > 0 {
		u, g.spare = g.spare[n-1], g.spare[:n-1]
	} else {
		u = new(unit)
	}
	u.Unit.Reset()
	u.Code.SetLimit(g.limit())
	u.SetSerial(g.units)
	g.units++
	u.scope, u.kind, u.private = e.scope, e.kind, e.private
	u.blocks, u.hidden = u.blocks[:0], u.hidden[:0]
	u.freeNames, u.freeNumbers = u.freeNames[:0], u.freeNumbers[:0]
	u.inlined, u.static = 0, u.static[:0]
	u.conditional, u.deferred, u.nextIndex = 0, u.deferred[:0], 0
	u.Name, u.FileName, u.FirstLine = e.name, g.in.FileName, e.line

	for _, name := range e.scope.Varnames {
		u.VarNames.Add(g.objects.name(name))
	}
	g.cells(u)
	if g.u != nil {
		g.stack = append(g.stack, g.u)
		if u.private == ast.NoName {
			u.private = g.u.private
		}
	}
	g.u = u
	g.restamp()
	u.QualName = u.Name
	start := instr.Loc{Line: e.line, EndLine: e.line}
	if e.kind == moduleUnit {
		start.Line = 0
	} else {
		g.qualify(u, e.id)
	}
	g.opArg(start, opcode.Resume, resumeStart)
	if e.kind == moduleUnit && g.f.DeferredAnnotations {
		g.op(start, opcode.AnnotationsPlaceholder)
	}
	return u
}

// cells numbers the cells and free variables of a unit, each sorted by name.
func (g *Generator) cells(u *unit) {
	s := u.scope
	cells, frees := g.cellNames[:0], g.freeNames[:0]
	for i := range s.Symbols {
		y := &s.Symbols[i]
		if y.Binding == symtable.Cell || y.Flags&symtable.DefCompCell != 0 {
			cells = append(cells, y.Name)
		}
		if y.Binding == symtable.Free || y.Flags&symtable.DefFreeClass != 0 {
			frees = append(frees, y.Name)
		}
	}
	g.cellNames, g.freeNames = cells, frees
	byText := func(a, b ast.Name) int {
		if g.names.Text(a) < g.names.Text(b) {
			return -1
		}
		return 1
	}
	slices.SortFunc(cells, byText)
	slices.SortFunc(frees, byText)
	for _, name := range cells {
		u.CellVars.Add(g.objects.name(name))
	}
	if s.NeedsClassClosure {
		u.CellVars.Add(g.objects.name(ast.NameClass))
	}
	if s.NeedsClassDict {
		u.CellVars.Add(g.objects.name(ast.NameClassDict))
	}
	if s.HasConditionalAnnotations {
		u.CellVars.Add(g.objects.name(ast.NameConditionalAnnotations))
	}
	for i, name := range frees {
		u.addFree(name, g.objects.name(name), u.CellVars.Len()+i)
	}
}

func (u *unit) addFree(name ast.Name, text *marshal.Value, number int) {
	u.FreeVars.Add(text)
	u.freeNames = append(u.freeNames, name)
	u.freeNumbers = append(u.freeNumbers, number)
}

// qualify gives a unit its qualified name: that of the unit around, ".<locals>"
// where that is a function, and the name. Annotation scopes in between do not
// count, and neither do those around a global name.
func (g *Generator) qualify(u *unit, id ast.Name) {
	depth := len(g.stack)
	if depth <= 1 {
		return
	}
	parent := g.stack[depth-1]
	if parent.kind == annotationUnit {
		if depth == 2 {
			return
		}
		parent = g.stack[depth-2]
	}
	switch u.kind {
	case functionUnit, asyncFunctionUnit, classUnit:
		if parent.scope.Binding(g.in.Table.Mangle(parent.private, id)) == symtable.GlobalExplicit {
			return
		}
	}
	text := append(g.text[:0], parent.QualName.Data...)
	switch parent.kind {
	case functionUnit, asyncFunctionUnit, lambdaUnit:
		text = append(text, ".<locals>"...)
	}
	text = append(append(text, '.'), u.Name.Data...)
	u.QualName, g.text = g.pool.Text(text), text
}

// complete ends the current unit's code and returns its code object. With none, a
// code that does not return by itself returns None.
func (g *Generator) complete(none bool) *marshal.Value {
	if none {
		g.loadNone(noLoc)
	}
	g.op(noLoc, opcode.ReturnValue)
	u := g.u
	u.Flags = g.flags()
	u.NumParams = int32(len(u.scope.Varnames))
	if g.emitted += u.Code.Len(); g.emitted > g.limit() {
		panic(instr.TooLong{})
	}
	return g.finish(&u.Unit)
}

// leave makes the unit around the current one, and returns the one that was. That
// stays as it is until the next enter.
func (g *Generator) leave() *unit {
	u := g.u
	g.spare = append(g.spare, u)
	n := len(g.stack) - 1
	g.u, g.stack = g.stack[n], g.stack[:n]
	return u
}

// flags are the co_flags of the current unit.
func (g *Generator) flags() instr.Flags {
	s := g.u.scope
	var flags instr.Flags
	set := func(is bool, f instr.Flags) {
		if is {
			flags |= f
		}
	}
	if s.FunctionLike() {
		flags = instr.NewLocals | instr.Optimized
		set(s.Nested, instr.Nested)
		set(s.Generator && !s.Coroutine, instr.Generator)
		set(!s.Generator && s.Coroutine, instr.Coroutine)
		set(s.Generator && s.Coroutine, instr.AsyncGenerator)
		set(s.Varargs, instr.VarArgs)
		set(s.Varkeywords, instr.VarKeywords)
		if g.f.DocstringFlag {
			set(s.HasDocstring, instr.HasDocstring)
			set(s.Method, instr.Method)
		}
	}
	set(g.in.Future.Annotations, instr.FutureAnnotations)
	set(g.in.Future.Flufl, instr.FutureBarryAsBDFL)
	return flags
}

// closure emits the function of a code object that the unit made has just been
// completed to. Its attributes are on the stack in the order of their numbers, but
// for the closure, which is made here.
func (g *Generator) closure(at instr.Loc, code *marshal.Value, made *unit, attributes int) {
	if len(made.freeNames) > 0 {
		for _, name := range made.freeNames {
			g.opArg(at, opcode.LoadClosure, g.cellNumber(name))
		}
		attributes |= functionClosure
		g.opArg(at, opcode.BuildTuple, len(made.freeNames))
	}
	g.load(at, code)
	g.op(at, opcode.MakeFunction)
	for _, a := range [...]int{
		functionClosure, functionAnnotations, functionAnnotate, functionKwDefaults, functionDefaults,
	} {
		if attributes&a != 0 {
			g.opArg(at, opcode.SetFunctionAttribute, a)
		}
	}
}

// cellNumber returns the number of the cell that a scope inside takes a free
// variable from. In a class a name can be local and free at once.
func (g *Generator) cellNumber(name ast.Name) int {
	if g.refType(name) == symtable.Cell {
		return g.cellVar(name)
	}
	return g.freeVar(name)
}

// refType is the binding of a name as an inner scope sees it.
func (g *Generator) refType(name ast.Name) symtable.Binding {
	if g.u.kind == classUnit {
		switch name {
		case ast.NameClass, ast.NameClassDict:
			return symtable.Cell
		case ast.NameConditionalAnnotations:
			if g.f.DeferredAnnotations {
				return symtable.Cell
			}
		}
	}
	return g.u.scope.Binding(name)
}
