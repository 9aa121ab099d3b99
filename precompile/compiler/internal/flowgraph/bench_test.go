package flowgraph

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// BenchmarkRun measures whole runs over the units of a golden, without making
// the units. Its figure to watch is the time an instruction takes.
func BenchmarkRun(b *testing.B) {
	for _, p := range target.Known() {
		if _, ok := pipelineFor(p.Minor); !ok {
			continue
		}
		b.Run(p.String(), func(b *testing.B) {
			file, err := os.Open(fmt.Sprintf("testdata/lower-%v.jsonl.gz", p))
			if err != nil {
				b.Fatal(err)
			}
			defer file.Close()
			z, err := gzip.NewReader(file)
			if err != nil {
				b.Fatal(err)
			}
			o := newOracle(b, p)
			type unit struct {
				code   []instr.Instr
				consts int
				r      record
			}
			var units []unit
			total := 0
			lines := bufio.NewScanner(z)
			lines.Buffer(nil, 1<<24)
			for lines.Scan() {
				var u unit
				if err := json.Unmarshal(lines.Bytes(), &u.r); err != nil {
					b.Fatal(err)
				}
				u.code = o.instrs(u.r.In)
				for _, in := range u.code {
					if in.Op == opcode.LoadConst {
						u.consts = max(u.consts, int(in.Arg)+1)
					}
				}
				units = append(units, u)
				total += len(u.code)
			}
			pool := newTestPool()
			var constants []*marshal.Value
			for i := range 4096 {
				constants = append(constants, pool.Str(fmt.Sprint("constant ", i)))
			}
			u := new(instr.Unit)
			b.ReportAllocs()
			for b.Loop() {
				for i := range units {
					u.Reset()
					u.Name, u.FirstLine = pool.Name("unit"), 1
					u.Code.Instrs = append(u.Code.Instrs, units[i].code...)
					u.Code.MarkResolved()
					u.Consts.Values = append(u.Consts.Values, constants[:units[i].consts]...)
					for range units[i].r.Locals {
						u.VarNames.Add(constants[u.VarNames.Len()])
					}
					for range len(units[i].r.Cells) {
						u.CellVars.Add(constants[1000+u.CellVars.Len()])
					}
					for range units[i].r.Frees {
						u.FreeVars.Add(constants[2000+u.FreeVars.Len()])
					}
					o.twins.quick.Run(u, pool)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(total), "ns/instr")
		})
	}
}
