package symtable

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// Table is the symbol table of one file at a time. A worker has one and builds it
// again for each file; its zero value is ready.
type Table struct {
	// Top is the module's scope.
	Top *Scope

	names  *ast.Names
	f      *target.Features
	future Future

	scopes []*Scope // by ID, less one; those from used on are of earlier files
	used   int

	stack   []*Scope // entered
	cur     *Scope   // the last of stack
	private ast.Name // the class whose private names are mangled, or NoName
	depth   int      // of nodes inside each other
	// maxDepth is what depth may be.
	maxDepth int

	mangled map[privateName]ast.Name
	places  []place // of each name, while the tree is walked

	// Of the analysis.
	env     []uint8 // of each name: seen* bits
	undo    []envChange
	mark    []uint8    // of each name: in* bits
	free    []ast.Name // a stack of lists
	cells   []ast.Name // likewise, of cells of inlined comprehensions
	spliced []*Scope
}

// place is where a name was found last: the ID of the scope and the place in its
// Symbols. Zero says that no scope has the name.
type place struct{ scope, at int32 }

// Build makes the table of a module, which may have been transformed already:
// CPython folds constants first. It writes scope numbers into the tree's Scope
// fields. What an earlier Build returned is invalid.
//
// The error is a *diag.Diagnostic.
func (t *Table) Build(m *ast.Module, future Future, names *ast.Names, f *target.Features) (err error) {
	t.names, t.f, t.future = names, f, future
	t.used, t.depth, t.private = 0, 0, ast.NoName
	t.maxDepth = f.MaxDepth
	t.stack, t.cur, t.Top = t.stack[:0], nil, nil
	clear(t.mangled)
	n := names.Len()
	if cap(t.places) < n {
		t.places = make([]place, n+n/2)
	}
	t.places = t.places[:n]
	clear(t.places)
	defer func() {
		if r := recover(); r != nil {
			fail, expected := r.(failure)
			if !expected {
				panic(r)
			}
			err = fail.d
		}
	}()
	t.module(m)
	t.analyze()
	return nil
}

// Scope returns the scope with a number that the tree holds; nil for 0, which is
// what nodes have that have no scope.
func (t *Table) Scope(id int32) *Scope {
	if id == 0 {
		return nil
	}
	return t.scopes[id-1]
}

// Len returns how many scopes the table has, inlined ones and those of
// annotations included; their IDs are 1 to Len.
func (t *Table) Len() int { return t.used }

// scopeChunk is how many scopes are made at once.
const scopeChunk = 32

// maxKept is how large the lists of a scope may be for the next file to inherit
// them.
const maxKept = 1 << 12

// newScope makes a scope inside the current one.
func (t *Table) newScope(kind Kind, name ast.Name, pos *ast.Pos) *Scope {
	if t.used == len(t.scopes) {
		chunk := make([]Scope, scopeChunk)
		for i := range chunk {
			t.scopes = append(t.scopes, &chunk[i])
		}
	}
	s := t.scopes[t.used]
	t.used++
	symbols, varnames, children, inlined := s.Symbols[:0], s.Varnames[:0], s.Children[:0], s.Inlined[:0]
	directives, index := s.directives[:0], s.index
	if cap(symbols) > maxKept {
		symbols, varnames, directives, index.slots = nil, nil, nil, nil
	}
	if cap(children) > maxKept {
		children, inlined = nil, nil
	}
	*s = Scope{}
	s.ID, s.Kind, s.Name, s.Pos = int32(t.used), kind, name, *pos
	s.Symbols, s.Varnames, s.Children, s.Inlined = symbols, varnames, children, inlined
	s.directives, s.index = directives, index
	if t.cur != nil {
		s.Nested = t.cur.Nested || t.cur.FunctionLike()
		s.Method = t.cur.Kind == ClassScope && kind == FunctionScope
	}
	return s
}

// enter makes a new scope the current one.
func (t *Table) enter(kind Kind, name ast.Name, pos *ast.Pos) *Scope {
	s := t.newScope(kind, name, pos)
	t.enterScope(s, true)
	if t.f.DeferredAnnotations {
		switch kind {
		case AnnotationScope, TypeVariableScope, TypeAliasScope:
			// The parameter that tells in which form the value is wanted.
			t.def(ast.NameDotFormat, DefParam, pos)
			t.def(ast.NameDotFormat, Use, pos)
		}
	}
	return s
}

// enterScope makes s the current scope, and with child set a child of the one
// before. With future annotations, what they use counts for nothing.
func (t *Table) enterScope(s *Scope, child bool) {
	prev := t.cur
	if prev != nil {
		// No named expression in a comprehension's iterable, however deep inside.
		s.compIterExpr = prev.compIterExpr
		if prev.mangled != nil && s.Kind != ClassScope {
			s.mangled = prev.mangled
		}
	}
	t.stack = append(t.stack, s)
	t.cur = s
	if child && prev != nil && (s.Kind != AnnotationScope || t.f.DeferredAnnotations && !t.future.Annotations) {
		prev.Children = append(prev.Children, s)
	}
}

// exit leaves the current scope.
func (t *Table) exit() {
	t.stack = t.stack[:len(t.stack)-1]
	t.cur = nil
	if n := len(t.stack); n > 0 {
		t.cur = t.stack[n-1]
	}
}

// def notes a flag of a name of the current scope.
func (t *Table) def(name ast.Name, flags Flags, pos *ast.Pos) {
	ctx := ast.Store
	if flags == Use {
		ctx = ast.Load
	}
	t.defCtx(name, flags, pos, ctx)
}

func (t *Table) defCtx(name ast.Name, flags Flags, pos *ast.Pos, ctx ast.Context) {
	if name == ast.NameDebug && flags&(DefParam|DefLocal|DefImport) != 0 {
		t.checkName(name, pos, ctx)
	}
	if flags&DefTypeParam != 0 && t.cur.mangled != nil {
		t.cur.mangled[name] = struct{}{}
	}
	t.defIn(t.cur, name, flags, pos)
}

// find returns the place of a name in the Symbols of s, or -1.
func (t *Table) find(s *Scope, name ast.Name) int {
	if int(name) >= len(t.places) { // mangled, and younger than the list
		return s.find(name)
	}
	last := &t.places[name]
	switch last.scope {
	case s.ID:
		return int(last.at)
	case 0:
		return -1
	}
	at := s.find(name)
	if at >= 0 {
		*last = place{s.ID, int32(at)}
	}
	return at
}

// add appends a symbol to s that is not there yet.
func (t *Table) add(s *Scope, sym Symbol) {
	if int(sym.Name) < len(t.places) {
		t.places[sym.Name] = place{s.ID, int32(len(s.Symbols))}
	}
	s.add(sym)
}

// defIn notes a flag of a name in s, which may be a scope around the current one;
// private names are mangled as the current one has them.
func (t *Table) defIn(s *Scope, name ast.Name, flags Flags, pos *ast.Pos) {
	mangled := t.MaybeMangle(t.private, t.cur, name)
	at := t.find(s, mangled)
	var known Flags
	if at >= 0 {
		known = s.Symbols[at].Flags
		if known&flags&(DefParam|DefTypeParam) != 0 {
			t.duplicate(name, known&flags, pos)
		}
	}
	known |= flags
	if s.compIterTarget {
		if known&(DefGlobal|DefNonlocal) != 0 {
			t.failName(pos, compInnerConflict, name)
		}
		known |= DefCompIter
	}
	if at >= 0 {
		s.Symbols[at].Flags = known
	} else {
		t.add(s, Symbol{Name: mangled, Flags: known})
	}
	switch {
	case flags&DefParam != 0:
		s.Varnames = append(s.Varnames, mangled)
	case flags&DefGlobal != 0:
		top := t.Top
		if at := t.find(top, mangled); at >= 0 {
			top.Symbols[at].Flags |= flags
		} else {
			t.add(top, Symbol{Name: mangled, Flags: flags})
		}
	}
}

func (t *Table) duplicate(name ast.Name, flags Flags, pos *ast.Pos) {
	switch {
	case flags&DefTypeParam != 0 && flags&DefParam == 0:
		t.failName(pos, duplicateTypeParam, name)
	case t.f.DuplicateParameterWording:
		t.failName(pos, "duplicate parameter '%s' in function definition", name)
	default:
		t.failName(pos, "duplicate argument '%s' in function definition", name)
	}
}

// checkName refuses to bind __debug__, where that is the symbol table's to do.
func (t *Table) checkName(name ast.Name, pos *ast.Pos, ctx ast.Context) {
	if name != ast.NameDebug || !t.f.SymtableChecks {
		return
	}
	switch ctx {
	case ast.Store:
		t.fail(pos, "cannot assign to __debug__")
	case ast.Del:
		t.fail(pos, "cannot delete __debug__")
	}
}

// lookup returns the flags of a name in the current scope.
func (t *Table) lookup(name ast.Name) Flags { return t.lookupIn(t.cur, name) }

func (t *Table) lookupIn(s *Scope, name ast.Name) Flags {
	return s.Lookup(t.MaybeMangle(t.private, s, name)).Flags
}

// direct notes where a global or nonlocal statement names a name.
func (t *Table) direct(name ast.Name, pos *ast.Pos) {
	t.cur.directives = append(t.cur.directives, directive{t.MaybeMangle(t.private, t.cur, name), pos})
}

// deepen counts a node inside another.
func (t *Table) deepen() {
	t.depth++
	if t.depth > t.maxDepth {
		tooDeep()
	}
}

func tooDeep() {
	panic(failure{&diag.Diagnostic{Type: "RecursionError", Message: recursionDepthReached}})
}
