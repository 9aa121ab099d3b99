package symtable

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/parser"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// worker makes tables for one target.
type worker struct {
	f      *target.Features
	parser parser.Parser
	arena  *ast.Arena
	table  Table
	failed error // of the last build
}

func newWorker(p target.Profile) *worker {
	return &worker{f: target.New(p), arena: ast.NewArena()}
}

// errParse is what build returns where the parser refuses a source.
var errParse = errors.New("the parser refuses it")

func (w *worker) build(src []byte) (err error) {
	defer func() { w.failed = err }()
	s, err := source.Decode(src, w.f)
	if err != nil {
		return errors.Join(errParse, err)
	}
	m, _, err := w.parser.Parse(s, w.f, w.arena)
	if err != nil {
		return errors.Join(errParse, err)
	}
	future, err := FutureOf(m, w.arena.Names, w.f)
	if err != nil {
		return err
	}
	return w.table.Build(m, future, w.arena.Names, w.f)
}

// text shows a table as testdata/oracle.py does.
func (w *worker) text() string {
	var b strings.Builder
	w.show(&b, w.table.Top, 0)
	return b.String()
}

func (w *worker) show(b *strings.Builder, s *Scope, depth int) {
	names := w.arena.Names
	pad := strings.Repeat("  ", depth)
	nested := 0
	if s.Nested {
		nested = 1
	}
	fmt.Fprintf(b, "%s%s %s line %d nested %d\n%s  (", pad, s.Kind, names.Text(s.Name), s.Pos.Line, nested, pad)
	for i, v := range s.Varnames {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(names.Text(v))
	}
	b.WriteString(")\n")
	var last []Symbol
	line := func(sym Symbol) {
		fmt.Fprintf(b, "%s  %d %d %s\n", pad, sym.Flags, sym.Binding, names.Text(sym.Name))
	}
	for _, sym := range s.Symbols {
		if sym.Flags&^DefFreeClass != 0 {
			line(sym)
		} else {
			last = append(last, sym)
		}
	}
	slices.SortFunc(last, func(a, b Symbol) int { return strings.Compare(names.Text(a.Name), names.Text(b.Name)) })
	for _, sym := range last {
		line(sym)
	}
	for _, child := range s.Children {
		w.show(b, child, depth+1)
	}
}

// errorText shows an error as testdata/oracle.py does.
func errorText(err error) string {
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		return err.Error()
	}
	return fmt.Sprintf("%s\n%s\n%d\n%d\n%d\n%d", d.Type, d.Message, d.Line, d.Col, d.EndLine, d.EndCol)
}

// firstDifference shows the first line in which two tables differ, and the scope
// that it is in.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	scope := ""
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return fmt.Sprintf("tables part at line %d, in %s\n got %s\nwant %s", i+1, scope, g[i], w[i])
		}
		if strings.Contains(w[i], " line ") {
			scope = w[i]
		}
	}
	return fmt.Sprintf("tables have %d and %d lines", len(g), len(w))
}
