package compiler

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/assemble"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/codegen"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/flowgraph"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/parser"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// worker compiles one source after another.
type worker struct {
	f         *target.Features
	format    marshal.Profile
	arena     *ast.Arena
	parser    parser.Parser
	prepare   *codegen.Preprocessor
	table     symtable.Table
	generator *codegen.Generator
	pool      *instr.Pool
	optimizer *flowgraph.Optimizer
	assembler *assemble.Assembler
	codec     marshal.Codec
	parsed    bool // the current source has a tree
}

func newWorker(c *Compiler) (*worker, error) {
	w := &worker{f: c.features, format: c.format, arena: ast.NewArena()}
	w.pool = instr.NewPool(c.objects)
	if !c.checking {
		var err error
		if w.optimizer, err = flowgraph.New(w.f); err != nil {
			return nil, err
		}
		if w.assembler, err = assemble.New(w.f); err != nil {
			return nil, err
		}
	}
	w.prepare = codegen.NewPreprocessor(w.f, w.pool)
	w.generator = codegen.New(codegen.Options{Features: w.f, Pool: w.pool, Finish: w.finish})
	return w, nil
}

// finish makes the code object of a unit.
func (w *worker) finish(u *instr.Unit) *marshal.Value {
	if w.optimizer == nil {
		return marshal.None() // of a Checker
	}
	return w.assembler.Assemble(u, w.optimizer.Run(u, w.pool), w.pool)
}

// compile writes the code object of a source to room, where that is large enough.
func (w *worker) compile(room, data []byte, filename string, optimize int) (code []byte, warnings []diag.Diagnostic, err error) {
	src, err := source.Decode(data, w.f)
	if err != nil {
		return nil, nil, located(err, data, nil, false)
	}
	v, warnings, err := w.generate(src, filename, optimize)
	quote(warnings, src)
	if err != nil {
		return nil, warnings, located(err, data, src, w.parsed)
	}
	code, err = w.codec.WriteCompiled(room[:0], v, w.format)
	return code, warnings, err
}

// generate makes the code object of a source.
func (w *worker) generate(src *source.Source, filename string, optimize int) (*marshal.Value, []diag.Diagnostic, error) {
	w.parsed = false
	m, warnings, err := w.parser.Parse(src, w.f, w.arena)
	if err != nil {
		return nil, warnings, err
	}
	w.parsed = true
	names := w.arena.Names
	w.pool.Reset()
	parsed := ast.Name(names.Len())
	w.pool.SetParsed(func(s string) bool {
		id, ok := names.Lookup(s)
		return ok && id < parsed && !id.IsFixed()
	})
	future, err := symtable.FutureOf(m, names, w.f)
	if err != nil {
		return nil, warnings, err
	}
	more, err := w.prepare.Run(m, w.arena, future, optimize)
	warnings = append(warnings, more...)
	if err != nil {
		return nil, warnings, err
	}
	if err := w.table.Build(m, future, names, w.f); err != nil {
		return nil, warnings, err
	}
	v, more, err := w.generator.Generate(codegen.Input{
		Module: m, Arena: w.arena, Table: &w.table, Future: future,
		FileName: marshal.NewStr(filename, false), Optimize: optimize, Size: len(src.Text),
	})
	return v, append(warnings, more...), err
}
