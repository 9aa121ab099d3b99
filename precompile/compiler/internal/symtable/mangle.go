package symtable

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
)

type privateName struct{ class, name ast.Name }

// mangledNames is the set of names that are mangled in the scope of a generic
// class's type parameters, and in those inside it.
type mangledNames map[ast.Name]struct{}

// Mangle returns what a name is called in the class with a name (NoName for
// outside of classes): a private name has the class's name before it.
func (t *Table) Mangle(class, name ast.Name) ast.Name {
	if class == ast.NoName || !t.names.Private(name) {
		return name
	}
	return t.mangle(class, name)
}

// MaybeMangle is Mangle for a name in scope s: around a generic class only its
// type parameters are mangled.
func (t *Table) MaybeMangle(class ast.Name, s *Scope, name ast.Name) ast.Name {
	if class == ast.NoName || !t.names.Private(name) || !s.mangles(name) {
		return name
	}
	return t.mangle(class, name)
}

// mangles reports whether private names in the scope have the class's name before
// them.
func (s *Scope) mangles(name ast.Name) bool {
	if s.mangled == nil {
		return true
	}
	_, yes := s.mangled[name]
	return yes
}

func (t *Table) mangle(class, name ast.Name) ast.Name {
	key := privateName{class, name}
	if mangled, known := t.mangled[key]; known {
		return mangled
	}
	mangled := name
	if stem := strings.TrimLeft(t.names.Text(class), "_"); stem != "" {
		mangled = t.names.Intern("_" + stem + t.names.Text(name))
	}
	if t.mangled == nil {
		t.mangled = map[privateName]ast.Name{}
	}
	t.mangled[key] = mangled
	return mangled
}
