package symtable

import (
	"os"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/parser"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// BenchmarkBuild makes the table of all cases that have one, many times over, or
// of the file that PRECOMPILE_FILE names.
func BenchmarkBuild(b *testing.B) {
	f := target.New(target.Profile{Minor: 13, Patch: 18})
	var text strings.Builder
	if path := os.Getenv("PRECOMPILE_FILE"); path != "" {
		data, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		text.Write(data)
	} else {
		w := newWorker(f.Profile)
		for _, c := range cases(b) {
			if w.build([]byte(c)) == nil && !strings.Contains(c, "__future__") {
				text.WriteString(c)
			}
		}
		text.WriteString(strings.Repeat(text.String(), 20))
	}
	s, err := source.Decode([]byte(text.String()), f)
	if err != nil {
		b.Fatal(err)
	}
	var p parser.Parser
	arena := ast.NewArena()
	m, _, err := p.Parse(s, f, arena)
	if err != nil {
		b.Fatal(err)
	}
	future, err := FutureOf(m, arena.Names, f)
	if err != nil {
		b.Fatal(err)
	}
	var t Table
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if err := t.Build(m, future, arena.Names, f); err != nil {
			b.Fatal(err)
		}
	}
}
