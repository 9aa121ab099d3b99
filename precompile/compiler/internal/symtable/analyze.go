package symtable

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// The analysis decides for each name of each scope where it lives. It goes from
// the module inwards with what is visible there, and comes back with what the
// scopes inside take from the scopes around.
//
// What CPython keeps in sets that it copies for each scope is one array here, in
// which a scope writes what its children see and takes it back afterwards.

// The bits of Table.env: what is visible where the analysis stands.
const (
	seenBound     uint8 = 1 << iota // a function around binds the name
	seenGlobal                      // a scope around declares it global
	seenTypeParam                   // the nearest binding is a type parameter
)

// envChange takes back a change of Table.env.
type envChange struct {
	name ast.Name
	was  uint8
}

// The bits of Table.mark, which are set only inside one step.
const (
	inFree uint8 = 1 << iota // free in a scope inside
	inCells
	inDropped
)

func (t *Table) analyze() {
	n := t.names.Len()
	if cap(t.env) < n {
		t.env, t.mark = make([]uint8, n+n/2), make([]uint8, n+n/2)
	}
	t.env, t.mark = t.env[:n], t.mark[:n]
	clear(t.env)
	clear(t.mark)
	t.undo, t.free, t.cells = t.undo[:0], t.free[:0], t.cells[:0]
	t.block(t.Top, nil)
}

func (t *Table) see(name ast.Name, now uint8) {
	was := t.env[name]
	if was != now {
		t.undo = append(t.undo, envChange{name, was})
		t.env[name] = now
	}
}

// block decides on the names of s and all scopes in it, and appends to t.free
// those that s takes from scopes around it. Class is the class whose names s can
// see, or nil.
func (t *Table) block(s, class *Scope) {
	undo, free, cells := len(t.undo), len(t.free), len(t.cells)
	for i := range s.Symbols {
		t.resolve(s, &s.Symbols[i], class)
	}
	own := len(s.Symbols)
	if s.Kind == ClassScope {
		t.see(ast.NameClass, t.env[ast.NameClass]|seenBound)
		if t.f.TypeParams {
			t.see(ast.NameClassDict, t.env[ast.NameClassDict]|seenBound)
		}
		if t.f.DeferredAnnotations {
			t.see(ast.NameConditionalAnnotations, t.env[ast.NameConditionalAnnotations]|seenBound)
		}
	}

	for _, child := range s.Children {
		var seen *Scope
		if child.CanSeeClassScope {
			seen = class
			if s.Kind == ClassScope {
				seen = s
			}
		}
		at := len(t.free)
		t.block(child, seen)
		if t.f.InlinedComprehensions && child.Comprehension != NoComprehension && !child.Generator && !s.CanSeeClassScope {
			t.inline(s, child, at)
			s.Inlined = append(s.Inlined, child)
			child.CompInlined = true
		}
	}
	if len(s.Inlined) > 0 {
		t.splice(s)
	}
	for i := len(t.undo) - 1; i >= undo; i-- {
		t.env[t.undo[i].name] = t.undo[i].was
	}
	t.undo = t.undo[:undo]

	// Each free name once.
	kept := t.free[:free]
	for _, name := range t.free[free:] {
		if t.mark[name]&inFree == 0 {
			t.mark[name] |= inFree
			kept = append(kept, name)
		}
	}
	t.free = kept
	for _, name := range t.cells[cells:] {
		t.mark[name] |= inCells
	}
	switch {
	case s.FunctionLike():
		for i := range s.Symbols {
			sym := &s.Symbols[i]
			if sym.Binding == Local && t.mark[sym.Name]&(inFree|inCells) != 0 {
				sym.Binding = Cell
				t.mark[sym.Name] &^= inFree
			}
		}
	case s.Kind == ClassScope:
		if t.drop(ast.NameClass) {
			s.NeedsClassClosure = true
		}
		if t.f.TypeParams && t.drop(ast.NameClassDict) {
			s.NeedsClassDict = true
		}
		if t.f.DeferredAnnotations && t.drop(ast.NameConditionalAnnotations) {
			s.HasConditionalAnnotations = true
		}
	}
	t.update(s, free)

	for _, name := range t.cells[cells:] {
		t.mark[name] &^= inCells
	}
	t.cells = t.cells[:cells]
	kept = t.free[:free]
	for _, name := range t.free[free:] {
		if t.mark[name]&inFree != 0 {
			kept = append(kept, name)
		}
		t.mark[name] = 0
	}
	t.free = kept
	for i := range s.Symbols[:own] {
		if sym := &s.Symbols[i]; sym.Binding == Free {
			t.free = append(t.free, sym.Name)
		}
	}
}

// resolve decides on one name of s that the walk found, and notes what the scopes
// inside see of it.
func (t *Table) resolve(s *Scope, sym *Symbol, class *Scope) {
	name, flags, seen := sym.Name, sym.Flags, t.env[sym.Name]
	switch {
	case flags&DefGlobal != 0:
		if flags&DefNonlocal != 0 {
			t.failAtDirective(s, nonlocalAndGlobal, name)
		}
		sym.Binding = GlobalExplicit
		if s.Kind != ClassScope {
			t.see(name, seen&^seenBound|seenGlobal)
		}
	case flags&DefNonlocal != 0:
		switch {
		case s == t.Top:
			t.failAtDirective(s, nonlocalAtModule, name)
		case seen&seenBound == 0:
			t.failAtDirective(s, nonlocalUnbound, name)
		case seen&seenTypeParam != 0:
			t.failAtDirective(s, nonlocalTypeParam, name)
		}
		sym.Binding = Free
	case flags&DefBound != 0:
		sym.Binding = Local
		now := seen &^ seenTypeParam
		if flags&DefTypeParam != 0 {
			now |= seenTypeParam
		}
		if s.Kind != ClassScope {
			now &^= seenGlobal
			if s.FunctionLike() {
				now |= seenBound
			}
		}
		t.see(name, now)
	case class != nil && class.Lookup(name).Flags&DefGlobal != 0:
		sym.Binding = GlobalExplicit
	case class != nil && class.Lookup(name).Flags&DefBound != 0 && class.Lookup(name).Flags&DefNonlocal == 0:
		// The class's own name hides that of a function around it.
		sym.Binding = GlobalImplicit
	case seen&seenBound != 0:
		sym.Binding = Free
	default:
		sym.Binding = GlobalImplicit
	}
}

// drop takes a name out of those that are free inside, and reports whether it was
// one.
func (t *Table) drop(name ast.Name) bool {
	was := t.mark[name]&inFree != 0
	t.mark[name] &^= inFree
	return was
}

// update enters what the scopes inside need into s. The names that are free in
// them and marked are those of t.free[free:].
func (t *Table) update(s *Scope, free int) {
	for i := range s.Symbols {
		if sym := &s.Symbols[i]; t.mark[sym.Name]&inCells != 0 {
			sym.Flags |= DefCompCell
		}
	}
	marks := s.Kind == ClassScope || s.CanSeeClassScope
	for _, name := range t.free[free:] {
		if t.mark[name]&inFree == 0 {
			continue
		}
		if at := s.find(name); at >= 0 {
			if flags := &s.Symbols[at].Flags; marks && (t.f.FreeClassMarksAll || *flags&(DefBound|DefGlobal) != 0) {
				*flags |= DefFreeClass
			}
			continue
		}
		if s == t.Top || t.env[name]&seenBound != 0 {
			s.add(Symbol{Name: name, Binding: Free})
		}
	}
}

// inline takes the names of a comprehension into the scope around it. Those that
// are free in the comprehension are t.free[at:].
func (t *Table) inline(s, comp *Scope, at int) {
	dropped := false
	drop := func(name ast.Name) {
		t.mark[name] |= inDropped
		dropped = true
	}
	var hidden [3]ast.Name
	hide := hidden[:0]
	for i := range comp.Symbols {
		sym := comp.Symbols[i]
		if sym.Flags&DefParam != 0 {
			continue // .0
		}
		if sym.Binding == Cell || sym.Flags&DefCompCell != 0 {
			t.cells = append(t.cells, sym.Name)
		}
		existing := s.find(sym.Name)
		if sym.Binding == Free && s.Kind == ClassScope && t.classCell(sym.Name) {
			// It is the class's own cell, which only scopes inside can take.
			sym.Binding = GlobalImplicit
			if !t.f.InlinedClassCellsKept || !freeInChild(comp, sym.Name) {
				drop(sym.Name)
			}
			hide = append(hide, sym.Name)
		}
		if existing < 0 {
			s.add(sym)
			continue
		}
		flags := &s.Symbols[existing].Flags
		if *flags&DefBound != 0 && s.Kind != ClassScope && !freeInChild(comp, sym.Name) {
			drop(sym.Name) // it is a local now
		}
		if t.f.InlinedUsesMarked && sym.Binding == Free && s.FunctionLike() {
			*flags |= sym.Flags & Use
		}
	}
	for _, name := range hide {
		comp.Delete(name)
	}
	if !dropped {
		return
	}
	kept := t.free[:at]
	for _, name := range t.free[at:] {
		if t.mark[name]&inDropped == 0 {
			kept = append(kept, name)
		}
	}
	t.free = kept
	for i := range comp.Symbols {
		t.mark[comp.Symbols[i].Name] &^= inDropped
	}
	for _, name := range hide {
		t.mark[name] &^= inDropped
	}
}

// classCell reports whether an inlined comprehension leaves a name of this kind to
// the class around.
func (t *Table) classCell(name ast.Name) bool {
	switch name {
	case ast.NameClass:
		return t.f.InlinedClassDropped
	case ast.NameClassDict, ast.NameConditionalAnnotations:
		return t.f.InlinedClassDictDropped
	}
	return false
}

func freeInChild(s *Scope, name ast.Name) bool {
	for _, child := range s.Children {
		if child.Binding(name) == Free {
			return true
		}
	}
	return false
}

// splice puts the children of inlined comprehensions in their place.
func (t *Table) splice(s *Scope) {
	t.spliced = t.spliced[:0]
	for _, child := range s.Children {
		if child.CompInlined {
			t.spliced = append(t.spliced, child.Children...)
		} else {
			t.spliced = append(t.spliced, child)
		}
	}
	s.Children = append(s.Children[:0], t.spliced...)
}
