package flowgraph

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/assemble"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/codegen"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/parser"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// twins are an Optimizer as it is and one that goes past nothing. What a pass goes
// past must have had nothing for it, so that after each pass their graphs are the same
// in every slot.
type twins struct {
	quick, thorough *Optimizer
	units, instrs   int // that were compared
}

func newTwins(t testing.TB, p target.Profile) *twins {
	t.Helper()
	var w twins
	for _, o := range []**Optimizer{&w.quick, &w.thorough} {
		var err error
		if *o, err = New(target.New(p)); err != nil {
			t.Fatal(err)
		}
	}
	w.thorough.presumed = ^kind(0)
	return &w
}

// runner is Run, or a part of it.
type runner func(*Optimizer, *instr.Unit, *instr.Pool) *instr.Linear

// run runs both on a unit and returns what the quick one made of it. It reports the
// first pass after which the graphs differ, or one that notes less of a block than
// there is in it.
func (w *twins) run(t testing.TB, run runner, u *instr.Unit, pool *instr.Pool) *instr.Linear {
	t.Helper()
	copies := [3]*instr.Unit{copyUnit(u), copyUnit(u), copyUnit(u)}
	var want []uint64
	w.thorough.Trace = func(string, func() string) { want = append(want, w.thorough.graph.digest()) }
	all := run(w.thorough, copies[0], pool)
	pass, failed := 0, ""
	w.quick.Trace = func(name string, _ func() string) {
		g := &w.quick.graph
		if s := g.unnoted(); s != "" && failed == "" {
			failed = fmt.Sprintf("after pass %q %s", name, s)
		}
		if failed == "" && (pass >= len(want) || g.digest() != want[pass]) {
			failed = fmt.Sprintf("pass %q goes past something:\n%s", name, w.difference(run, name, copies[1], copies[2], pool))
		}
		pass++
	}
	// The graph of the quick one is in use while a difference is looked for, so that
	// this is done by another.
	got := run(w.quick, u, pool)
	w.units++
	w.instrs += len(got.Instrs)
	if failed == "" && (!slices.Equal(got.Instrs, all.Instrs) || !sameHandlers(got, all) || got.StackSize != all.StackSize ||
		got.NumLocalsPlus != all.NumLocalsPlus || !slices.EqualFunc(u.Consts.Values, copies[0].Consts.Values, sameConst)) {
		failed = "what is handed to the assembler differs, and the graphs do not"
	}
	if failed != "" {
		t.Errorf("%s: %s", u.Name.Data, failed)
	}
	return got
}

// sameConst reports whether two constants are one object, or look alike, as two NaNs do
// that were folded at different times.
func sameConst(a, b *marshal.Value) bool {
	return a == b || a.Kind == b.Kind && a.Kind != marshal.KindCode && a.Data == b.Data && slices.EqualFunc(a.Items, b.Items, sameConst)
}

func sameHandlers(l, m *instr.Linear) bool {
	for i := range l.Instrs {
		if l.Handler(i) != m.Handler(i) {
			return false
		}
	}
	return true
}

// difference shows the first line in which the graphs differ after a pass.
func (w *twins) difference(run runner, pass string, u1, u2 *instr.Unit, pool *instr.Pool) string {
	var graphs [2][]string
	for i, u := range []*instr.Unit{u1, u2} {
		o, err := New(w.quick.features)
		if err != nil {
			return err.Error()
		}
		if i == 1 {
			o.presumed = ^kind(0)
		}
		o.Trace = func(name string, dump func() string) {
			if name == pass {
				graphs[i] = strings.Split(dump(), "\n")
			}
		}
		run(o, u, pool)
	}
	for i, line := range graphs[0] {
		if i >= len(graphs[1]) || line != graphs[1][i] {
			other := "nothing"
			if i < len(graphs[1]) {
				other = graphs[1][i]
			}
			return fmt.Sprintf("line %d of the graph is\n%s\nwhere all is looked at\n%s\n%s", i+1, line, other, strings.Join(graphs[1], "\n"))
		}
	}
	return "in what is not shown: a slot that is not in use, or a note about a block"
}

// copyUnit copies what Run changes. Run is left to search the lists, as an object has
// one mark only.
func copyUnit(u *instr.Unit) *instr.Unit {
	c := *u
	seq := func(s *instr.Seq) *instr.Seq {
		s.ResolveLabels()
		return instr.Resolved(slices.Clone(s.Instrs))
	}
	c.Code = *seq(&u.Code)
	if u.Code.Annotations != nil {
		c.Code.Annotations = seq(u.Code.Annotations)
	}
	values := u.Consts.Values
	c.Consts = instr.ConstList{}
	c.Consts.Values = slices.Clone(values)
	return &c
}

// digest is a hash of the graph: the blocks in their order with all slots, those that
// are not in use too, but for what a pass notes for itself alone.
func (g *graph) digest() uint64 {
	h := uint64(14695981039346656037)
	add := func(values ...int32) {
		for _, v := range values {
			h = (h ^ uint64(uint32(v))) * 1099511628211
		}
	}
	flag := func(is bool) (v int32) {
		if is {
			v = 1
		}
		return v
	}
	for b := g.entry(); b != nil; b = b.next {
		add(int32(b.id), b.label, b.n, b.preds, b.depth, flag(b.lasti), flag(b.handler), flag(b.cold))
		for i := range b.mem {
			n := &b.mem[i]
			add(int32(n.op), n.arg, n.loc.Line, n.loc.EndLine, n.loc.Col, n.loc.EndCol, int32(n.target), int32(n.except))
		}
	}
	add(int32(g.consts.Len()), g.stackSize, g.numLocalsPlus, g.nextLabel)
	return h
}

// unnoted says what is in a block and not noted as such.
func (g *graph) unnoted() string {
	for b := g.entry(); b != nil; b = b.next {
		for i := range b.code() {
			n := &b.mem[i]
			if k := g.kind[n.op] | lineless(n.loc); k&^b.has != 0 || k&^g.has != 0 {
				return fmt.Sprintf("block %d has %v on line %d, kind %#x, and is noted to have %#x, the graph %#x", b.id, n.op, n.loc.Line, k, b.has, g.has)
			}
		}
		if b.label >= g.nextLabel {
			return fmt.Sprintf("block %d has label %d, and the next is %d", b.id, b.label, g.nextLabel)
		}
	}
	return ""
}

// compile runs twins over the units of a source. One that does not compile has
// those up to the error.
func (w *twins) compile(t testing.TB, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f := w.quick.features
	src, err := source.Decode(data, f)
	if err != nil {
		return
	}
	arena := ast.NewArena()
	m, _, err := new(parser.Parser).Parse(src, f, arena)
	if err != nil {
		return
	}
	future, err := symtable.FutureOf(m, arena.Names, f)
	if err != nil {
		return
	}
	p, err := marshal.ProfileOf(false, 3, f.Profile.Minor)
	if err != nil {
		t.Fatal(err)
	}
	pool := instr.NewPool(instr.PoolOptionsFor(f, p))
	assembler, err := assemble.New(f)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := codegen.NewPreprocessor(f, pool).Run(m, arena, future, 0); err != nil {
		return
	}
	var table symtable.Table
	if err := table.Build(m, future, arena.Names, f); err != nil {
		return
	}
	generator := codegen.New(codegen.Options{Features: f, Pool: pool, Finish: func(u *instr.Unit) *marshal.Value {
		return assembler.Assemble(u, w.run(t, (*Optimizer).Run, u, pool), pool)
	}})
	_, _, _ = generator.Generate(codegen.Input{Module: m, Arena: arena, Table: &table, Future: future, FileName: marshal.NewStr(path, false)})
}

// compileAll runs twins over sources, up to the first in which they differ.
func (w *twins) compileAll(t *testing.T, paths []string) {
	t.Helper()
	for _, path := range paths {
		if w.compile(t, path); t.Failed() {
			t.Fatalf("in %s", path)
		}
	}
	t.Logf("%d units, %d instructions", w.units, w.instrs)
}

// eachTwins runs f for each release that sources can be compiled for.
func eachTwins(t *testing.T, f func(*testing.T, target.Profile, *twins)) {
	for _, p := range target.Known() {
		if target.Complete(p) {
			t.Run(p.String(), func(t *testing.T) { f(t, p, newTwins(t, p)) })
		}
	}
}

// TestTwins compares twins over the compiler's test sources. (Those of the goldens are
// compared where these are.)
func TestTwins(t *testing.T) {
	sources, err := filepath.Glob("../../testdata/sources/*.py")
	if err != nil || len(sources) < 5 {
		t.Fatalf("%d sources: %v", len(sources), err)
	}
	eachTwins(t, func(t *testing.T, _ target.Profile, w *twins) {
		w.compileAll(t, sources)
		if w.units < 100 {
			t.Errorf("only %d units were compared", w.units)
		}
	})
}
