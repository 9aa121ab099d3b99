package compiler

import (
	"fmt"
	"runtime/debug"
	"strconv"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/codegen"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/dis"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Stage is something that the compiler makes of a source on its way to a code
// object.
type Stage string

// The stages, in order.
const (
	// Tokens are the lexer's, a line each: kind, range, text.
	Tokens Stage = "tokens"
	// AST is what ast.dump(ast.parse(source), include_attributes=True) of the
	// target prints.
	AST Stage = "ast"
	// Symtable is the scopes with their names, after the analysis.
	Symtable Stage = "symtable"
	// Instructions are each code unit's as codegen writes them.
	Instructions Stage = "instructions"
	// CFG is what the passes over the flow graph leave of them, as basic blocks in
	// their final order; the assembler decides the directions of jumps.
	CFG Stage = "cfg"
)

// ShowStage returns a stage as text. The error is as Compile's.
func (c *Compiler) ShowStage(stage Stage, data []byte, filename string, optimize int) (text []byte, err error) {
	w, err := newWorker(c)
	if err != nil {
		return nil, err
	}
	defer func() {
		if r := recover(); r != nil {
			text, err = nil, &InternalError{Filename: filename, Cause: r, Stack: debug.Stack()}
		}
	}()
	src, err := source.Decode(data, w.f)
	if err != nil {
		return nil, located(err, data, nil, false)
	}
	s := stageWriter{w: w, src: src}
	s.table, _ = opcode.For(w.f.Profile.Minor)
	switch stage {
	case Tokens:
		err = s.tokens()
	case AST:
		err = s.ast()
	case Symtable:
		if _, _, err = w.generate(src, fileName(filename), optimize); err == nil {
			s.b = w.table.Dump(s.b)
		}
	case Instructions, CFG:
		err = s.units(stage, fileName(filename), optimize)
	default:
		return nil, fmt.Errorf("%q is no stage of the compiler", string(stage))
	}
	return s.b, located(err, data, src, w.parsed)
}

type stageWriter struct {
	w     *worker
	src   *source.Source
	table *opcode.Table
	b     []byte
	// blockAt is the number of each instruction's basic block, nil where they are
	// not shown.
	blockAt []int
}

func (s *stageWriter) printf(format string, args ...any) { s.b = fmt.Appendf(s.b, format, args...) }

// tokens lists the tokens up to the end or to an error, which the parser words.
func (s *stageWriter) tokens() error {
	var l lexer.Lexer
	l.Init(s.src, s.w.arena.Names, s.w.f)
	for {
		var t token.Token
		if !l.Next(&t) {
			_, _, err := s.w.parser.Parse(s.src, s.w.f, s.w.arena)
			if err == nil {
				err = fmt.Errorf("the lexer stops at line %d", l.Err.Line)
			}
			return err
		}
		s.printf("%d:%d-%d:%d\t%v\t%q\n", t.Line, t.Col, t.EndLine, t.EndCol, t.Kind, s.src.Text[t.Start:t.End])
		if t.Kind == token.EOF {
			return nil
		}
	}
}

func (s *stageWriter) ast() error {
	m, _, err := s.w.parser.Parse(s.src, s.w.f, s.w.arena)
	if err == nil {
		s.b = append(ast.Dump(s.b, m, s.w.arena.Names, s.w.f), '\n')
	}
	return err
}

// units writes each code unit's instructions, inner ones first, as they are
// finished.
func (s *stageWriter) units(stage Stage, filename string, optimize int) error {
	w := s.w
	w.generator = codegen.New(codegen.Options{Features: w.f, Pool: w.pool, Finish: func(u *instr.Unit) *marshal.Value {
		if stage == Instructions {
			u.Code.ResolveLabels()
			s.unit(u, "")
			s.instructions(u, u.Code.Instrs)
			if u.Code.Annotations != nil {
				u.Code.Annotations.ResolveLabels()
				s.printf("  in place of ANNOTATIONS_PLACEHOLDER\n")
				s.instructions(u, u.Code.Annotations.Instrs)
			}
			return w.finish(u)
		}
		l := w.optimizer.Run(u, w.pool)
		s.unit(u, fmt.Sprintf(", stack %d", l.StackSize))
		s.blocks(u, l)
		return w.assembler.Assemble(u, l, w.pool)
	}})
	_, _, err := w.generate(s.src, filename, optimize)
	return err
}

func (s *stageWriter) unit(u *instr.Unit, more string) {
	name := u.QualName
	if name == nil {
		name = u.Name
	}
	if len(s.b) > 0 {
		s.printf("\n")
	}
	s.printf("%s, line %d%s\n", diag.Line(name.Data), u.FirstLine, more)
}

func (s *stageWriter) instructions(u *instr.Unit, list []instr.Instr) {
	for i, in := range list {
		s.instruction(u, i, in, instr.Handler{Target: instr.NoHandler})
	}
}

func (s *stageWriter) instruction(u *instr.Unit, i int, in instr.Instr, h instr.Handler) {
	s.printf("%6d  %-16s %v", i, location(in.Loc), in.Op)
	switch {
	case s.table.HasTarget(in.Op):
		s.printf(" to %s", s.place(in.Arg))
	case s.table.HasArg(in.Op):
		s.printf(" %d", in.Arg)
	}
	if s.table.HasConst(in.Op) && int(in.Arg) < len(u.Consts.Values) {
		s.b = append(s.b, " ("...)
		s.b = append(dis.AppendRepr(s.b, u.Consts.Values[in.Arg], s.table.Minor(), 80), ')')
	}
	if h.Target != instr.NoHandler {
		s.printf("  [handler %s, depth %d", s.place(h.Target), h.Depth)
		if h.Lasti {
			s.printf(", lasti")
		}
		s.b = append(s.b, ']')
	}
	s.b = append(s.b, '\n')
}

// place names where a jump or an exception leads: a block, or an instruction.
func (s *stageWriter) place(index int32) string {
	if s.blockAt != nil {
		return fmt.Sprintf("block %d", s.blockAt[index])
	}
	return strconv.Itoa(int(index))
}

func location(l instr.Loc) string {
	switch l {
	case instr.NoLoc:
		return "--"
	case instr.NextLoc:
		return "next"
	}
	if l.Col < 0 {
		return fmt.Sprintf("%d", l.Line)
	}
	return fmt.Sprintf("%d:%d-%d:%d", l.Line, l.Col, l.EndLine, l.EndCol)
}
