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
	if class == ast.NoName {
		return name
	}
	text := t.names.Text(name)
	if len(text) < 3 || text[0] != '_' || text[1] != '_' {
		return name
	}
	return t.mangle(class, name, text)
}

func (t *Table) mangle(class, name ast.Name, text string) ast.Name {
	// Dotted names are those of modules.
	if strings.HasSuffix(text, "__") || strings.IndexByte(text, '.') >= 0 {
		return name
	}
	key := privateName{class, name}
	if mangled, known := t.mangled[key]; known {
		return mangled
	}
	mangled := name
	if stem := strings.TrimLeft(t.names.Text(class), "_"); stem != "" {
		mangled = t.names.Intern("_" + stem + text)
	}
	if t.mangled == nil {
		t.mangled = map[privateName]ast.Name{}
	}
	t.mangled[key] = mangled
	return mangled
}

// MaybeMangle is Mangle for a name in scope s: around a generic class only its
// type parameters are mangled.
func (t *Table) MaybeMangle(class ast.Name, s *Scope, name ast.Name) ast.Name {
	if s.mangled != nil {
		if _, yes := s.mangled[name]; !yes {
			return name
		}
	}
	return t.Mangle(class, name)
}
