package symtable

import (
	"strconv"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
)

// Dump appends a table as text. A scope is a line, and what is in it follows,
// indented by two spaces more:
//
//	KIND NAME LINE:COL-ENDLINE:ENDCOL PROPERTY…
//	  parameters: NAME, NAME
//	  NAME: FLAG|FLAG BINDING
//	  …the scopes inside, in the same form
//
// The module has no range. Kinds are those of Kind.String; comprehensions have
// theirs as a property. Flags and bindings are spelt as in CPython; a dash stands
// for no flags. Names are mangled. A comprehension that became part of a scope is
// shown in it with the property "inlined", before the scopes that are its own.
func (t *Table) Dump(dst []byte) []byte { return t.dump(dst, t.Top, 0) }

// flagNames are the names of the flags by their bit.
var flagNames = [...]string{
	"DEF_GLOBAL", "DEF_LOCAL", "DEF_PARAM", "DEF_NONLOCAL", "USE", "", "DEF_FREE_CLASS", "DEF_IMPORT", "DEF_ANNOT",
	"DEF_COMP_ITER", "DEF_TYPE_PARAM", "DEF_COMP_CELL",
}

// String returns the flags as CPython spells them, with a bar between.
func (f Flags) String() string {
	text := ""
	for i, name := range flagNames {
		if f>>i&1 != 0 {
			if text != "" {
				text += "|"
			}
			text += name
		}
	}
	return text
}

func (t *Table) dump(dst []byte, s *Scope, depth int) []byte {
	dst = indent(dst, depth)
	dst = append(dst, s.Kind.String()...)
	dst = append(dst, ' ')
	dst = append(dst, t.names.Text(s.Name)...)
	if s.Kind != ModuleScope {
		dst = appendPos(append(dst, ' '), &s.Pos)
	}
	for _, p := range [...]struct {
		has  bool
		word string
	}{
		{s.Comprehension == ListComprehension, "list"},
		{s.Comprehension == DictComprehension, "dict"},
		{s.Comprehension == SetComprehension, "set"},
		{s.CompInlined, "inlined"},
		{s.Nested, "nested"},
		{s.Method, "method"},
		{s.Generator, "generator"},
		{s.Coroutine, "coroutine"},
		{s.Varargs, "varargs"},
		{s.Varkeywords, "varkeywords"},
		{s.ReturnsValue, "returns_value"},
		{s.AnnotationsUsed, "annotations_used"},
		{s.NeedsClassClosure, "needs_class_closure"},
		{s.NeedsClassDict, "needs_classdict"},
		{s.HasConditionalAnnotations, "has_conditional_annotations"},
		{s.CanSeeClassScope, "can_see_class_scope"},
		{s.HasDocstring, "has_docstring"},
	} {
		if p.has {
			dst = append(append(dst, ' '), p.word...)
		}
	}
	dst = append(dst, '\n')
	depth++
	if len(s.Varnames) > 0 {
		dst = append(indent(dst, depth), "parameters:"...)
		for i, name := range s.Varnames {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = append(append(dst, ' '), t.names.Text(name)...)
		}
		dst = append(dst, '\n')
	}
	for _, sym := range s.Symbols {
		if sym.Binding == Unbound {
			continue // what the code generator put there for a while
		}
		dst = append(indent(dst, depth), t.names.Text(sym.Name)...)
		dst = append(dst, ": "...)
		if sym.Flags == 0 {
			dst = append(dst, '-')
		}
		dst = append(dst, sym.Flags.String()...)
		dst = append(append(dst, ' '), sym.Binding.String()...)
		dst = append(dst, '\n')
	}
	for _, comp := range s.Inlined {
		dst = t.dump(dst, comp, depth)
	}
	for _, child := range s.Children {
		if s.CompInlined {
			break // shown where it was put
		}
		dst = t.dump(dst, child, depth)
	}
	return dst
}

func indent(dst []byte, depth int) []byte {
	for range depth {
		dst = append(dst, "  "...)
	}
	return dst
}

func appendPos(dst []byte, p *ast.Pos) []byte {
	for i, n := range [...]int32{p.Line, p.Col, p.EndLine, p.EndCol} {
		if i > 0 {
			dst = append(dst, ":-:"[i-1])
		}
		dst = strconv.AppendInt(dst, int64(n), 10)
	}
	return dst
}
