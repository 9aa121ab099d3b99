package flowgraph

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// record is a line of testdata/oracle.py's or lower.py's output: a unit before
// and after CPython's flowgraph.
type record struct {
	Unit   string
	Locals int
	In     []row

	// of oracle.py
	Out       []row
	Consts    string
	OutConsts string

	// of lower.py
	Cells []string
	Frees int
	Code  string
}

// row is an instruction: opcode, argument or null, line, end line, column, end
// column.
type row [6]*int

// oracle compares this package with CPython on records.
type oracle struct {
	twins   *twins
	table   *opcode.Table
	profile marshal.Profile
	ops     map[int]opcode.Op
}

func newOracle(t testing.TB, p target.Profile) *oracle {
	t.Helper()
	table, _ := opcode.For(p.Minor)
	profile, err := marshal.ProfileOf(false, 3, p.Minor)
	if err != nil {
		t.Fatal(err)
	}
	ops := map[int]opcode.Op{}
	for op := opcode.Op(1); op < opcode.NumOps; op++ {
		if n, ok := table.Number(op); ok && table.Has(op) {
			ops[n] = op
		}
	}
	return &oracle{newTwins(t, p), table, profile, ops}
}

func (o *oracle) instrs(rows []row) []instr.Instr {
	out := make([]instr.Instr, len(rows))
	for i, r := range rows {
		op, ok := o.ops[*r[0]]
		if !ok {
			panic(fmt.Sprintf("no instruction has the number %d", *r[0]))
		}
		out[i] = instr.Instr{Op: op, Loc: instr.Loc{Line: int32(*r[2]), EndLine: int32(*r[3]), Col: int32(*r[4]), EndCol: int32(*r[5])}}
		if r[1] != nil {
			out[i].Arg = int32(*r[1])
		}
	}
	return out
}

func (o *oracle) consts(t testing.TB, data string, pool *instr.Pool) *marshal.Value {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil {
		t.Fatal(err)
	}
	v, err := marshal.Unmarshal(b, o.profile)
	if err != nil {
		t.Fatal(err)
	}
	for i, item := range v.Items {
		v.Items[i] = pool.Canonical(item)
	}
	return v
}

// optimized runs what _testinternalcapi.optimize_cfg runs.
func optimized(o *Optimizer, u *instr.Unit, pool *instr.Pool) *instr.Linear {
	o.pool = pool
	g := &o.graph
	defer o.end()
	o.begin(u)
	o.runAll(o.pipeline.optimize)
	for _, p := range o.pipeline.lower {
		if p.name == "borrow locals" {
			g.measureStack()
			g.borrowLocals()
		}
	}
	return g.linearize()
}

func newTestPool() *instr.Pool {
	return instr.NewPool(instr.PoolOptions{SmallIntMax: 256, Latin1Interned: true})
}

// check reports the first difference of a record; ok says that there is none.
func (o *oracle) check(t testing.TB, r *record) (ok bool) {
	t.Helper()
	pool := newTestPool()
	u := &instr.Unit{Code: *instr.Resolved(o.instrs(r.In))}
	u.Name = pool.Name(r.Unit)
	u.Consts.Values = o.consts(t, r.Consts, pool).Items
	for i := range r.Locals {
		u.VarNames.Add(pool.Name(fmt.Sprint("v", i)))
	}
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%s: %v", r.Unit, p)
			ok = false
		}
	}()
	got := o.twins.run(t, optimized, u, pool)
	if d := o.diff(got.Instrs, o.instrs(r.Out)); d != "" {
		t.Errorf("%s: %s", r.Unit, d)
		return false
	}
	want := o.consts(t, r.OutConsts, pool).Items
	for i := range max(len(want), len(u.Consts.Values)) {
		if i >= len(want) || i >= len(u.Consts.Values) {
			t.Errorf("%s: %d constants, want %d", r.Unit, len(u.Consts.Values), len(want))
			return false
		}
		if g, w := o.show(u.Consts.Values[i]), o.show(want[i]); g != w {
			t.Errorf("%s: constant %d is %s, want %s", r.Unit, i, g, w)
			return false
		}
	}
	return true
}

// show renders a constant so that equal text means equal constants.
func (o *oracle) show(v *marshal.Value) string {
	b, err := marshal.WriteRuleA(nil, v, o.profile)
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%v %q", v.Kind, b)
}

// diff describes the first difference of two streams with what is around it.
func (o *oracle) diff(got, want []instr.Instr) string {
	for i := range max(len(got), len(want)) {
		if i < len(got) && i < len(want) && got[i] == want[i] {
			continue
		}
		var s strings.Builder
		fmt.Fprintf(&s, "instruction %d of %d differs (want %d)\n", i, len(got), len(want))
		for j := max(0, i-6); j < min(i+6, max(len(got), len(want))); j++ {
			mark := "  "
			if j == i {
				mark = "> "
			}
			fmt.Fprintf(&s, "%s%4d  got %-60s want %s\n", mark, j, o.line(got, j), o.line(want, j))
		}
		return s.String()
	}
	return ""
}

func (o *oracle) line(instrs []instr.Instr, i int) string {
	if i >= len(instrs) {
		return "-"
	}
	in := instrs[i]
	arg := ""
	if o.table.HasArg(in.Op) {
		arg = fmt.Sprint(" ", in.Arg)
	}
	return fmt.Sprintf("%v%s (%d:%d-%d:%d)", in.Op, arg, in.Loc.Line, in.Loc.Col, in.Loc.EndLine, in.Loc.EndCol)
}

// run checks every record of a stream and returns how many there were.
func (o *oracle) run(t testing.TB, r io.Reader, check func(testing.TB, *record) bool) (units, instrs int) {
	t.Helper()
	in := bufio.NewReaderSize(r, 1<<20)
	failed := 0
	for failed < 10 {
		line, err := in.ReadBytes('\n')
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		var rec record
		if err := json.Unmarshal(line, &rec); err != nil {
			t.Fatalf("%v in %.200s", err, line)
		}
		units++
		instrs += len(rec.In)
		if !check(t, &rec) {
			failed++
		}
	}
	return units, instrs
}

// golden runs a check over a golden of each release (testdata/make.sh).
func golden(t *testing.T, name string, check func(*oracle) func(testing.TB, *record) bool) {
	for _, p := range target.Known() {
		if _, ok := pipelineFor(p.Minor); !ok {
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			file, err := os.Open(fmt.Sprintf("testdata/%s-%v.jsonl.gz", name, p))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			z, err := gzip.NewReader(file)
			if err != nil {
				t.Fatal(err)
			}
			o := newOracle(t, p)
			if units, _ := o.run(t, z, check(o)); units < 100 {
				t.Errorf("only %d units: the golden is not what it should be", units)
			}
		})
	}
}

// TestOptimizeGoldens compares with what the interpreters' flowgraphs made of a
// sample of the standard library.
func TestOptimizeGoldens(t *testing.T) {
	golden(t, "units", func(o *oracle) func(testing.TB, *record) bool { return o.check })
}

// TestLowerGoldens compares with what the interpreters lowered and assembled.
func TestLowerGoldens(t *testing.T) {
	golden(t, "lower", func(o *oracle) func(testing.TB, *record) bool { return o.checkLowered })
}
