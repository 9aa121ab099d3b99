package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// pass is one step of a pipeline.
type pass struct {
	name string
	run  func(*graph)
}

// pipeline is the passes of one series, in CPython's order.
//
// What each has to find when it runs, and so what holds the order:
//
//   - handlers are labelled before anything moves, as a handler's range is a
//     stretch of the code as it was written;
//   - exits are inlined before unreachable code goes, as inlining makes some;
//   - predecessors are counted (unreachable) before lines are resolved, which
//     duplicates exits that have several;
//   - constants are dropped after all folding, and before locals are checked,
//     as both look at arguments;
//   - superinstructions come after LOAD_FAST_CHECK, which is no part of any;
//   - cold blocks move last: their order decides which jumps go forward;
//   - lines are resolved again at the end for what the moves added.
//
// optimize is what _testinternalcapi.optimize_cfg runs, lower what follows
// before the code is assembled.
type pipeline struct {
	optimize []pass
	lower    []pass
}

var pipeline313 = pipeline{
	optimize: []pass{
		{"resolve targets", (*graph).resolveTargets},
		{"mark handlers", (*graph).markHandlers},
		{"label exceptions", (*graph).labelExceptions},
		{"inline exits", (*graph).inlineExits},
		{"remove unreachable", (*graph).removeUnreachable},
		{"resolve lines", (*graph).resolveLines},
		{"optimize const loads", (*graph).optimizeConstLoads},
		{"optimize blocks", (*graph).optimizeBlocks},
		{"remove pairs", (*graph).removePairs},
		{"remove unreachable again", (*graph).removeUnreachable},
		{"remove nops and jumps", (*graph).removeNopsAndJumps},
		{"remove unused consts", (*graph).removeUnusedConsts},
		{"check locals", (*graph).checkLocals},
		{"insert superinstructions", (*graph).insertSuperinstructions},
		{"move cold blocks", (*graph).moveColdBlocks},
		{"resolve lines again", (*graph).resolveLines},
	},
	lower: []pass{
		{"stack depth", (*graph).measureStack},
		{"prepare localsplus", (*graph).numberLocals},
		{"lower pseudo-ops", (*graph).lowerPseudoOps},
		{"normalize jumps", (*graph).normalizeJumps},
	},
}

// pipeline314 has the passes of 3.13 and, in lower, first the expansion of
// JUMP_IF_…, which the stack depth depends on, and last the borrowing of locals,
// which no later pass may disturb.
var pipeline314 = pipeline{
	optimize: pipeline313.optimize,
	lower: []pass{
		{"lower conditions", (*graph).lowerConditions},
		{"stack depth", (*graph).measureStack},
		{"prepare localsplus", (*graph).numberLocals},
		{"lower pseudo-ops", (*graph).lowerPseudoOps},
		{"normalize jumps", (*graph).normalizeJumps},
		{"borrow locals", (*graph).borrowLocals},
	},
}

// pipeline315 has the passes of 3.14; the start of generators, which numbering
// the locals inserted, is codegen's (Features.GeneratorPreamble).
var pipeline315 = pipeline314

// pipelineFor returns the pipeline of 3.minor.
func pipelineFor(minor int) (p *pipeline, ok bool) {
	switch minor {
	case 13:
		return &pipeline313, true
	case 14:
		return &pipeline314, true
	case 15:
		return &pipeline315, true
	}
	return nil, false
}

func (g *graph) measureStack() { g.stackSize = g.stackDepth() }
func (g *graph) numberLocals() { g.numLocalsPlus = g.prepareLocalsPlus() }

// kind is what passes need to know of an Op, as bits, or of all Ops of a block
// together.
type kind uint32

const (
	kindJump        kind = 1 << iota // jumps to its target, perhaps
	kindSetup                        // opens the range of a handler, its target
	kindAlways                       // always jumps
	kindExit                         // leaves the scope
	kindConst                        // its argument indexes the constants
	kindPush                         // pushes a constant and does nothing else
	kindCopy                         // pushes what is on the stack already
	kindPop                          // POP_TOP
	kindNop                          // NOP
	kindEval                         // checks for signals
	kindKeeps                        // leaves all that it uses on the stack
	kindLocal                        // binds or needs a local: what checkLocals looks at
	kindBorrows                      // borrowLocals may make it a load that borrows
	kindUnbinds                      // leaves a local unbound, perhaps
	kindCell                         // its argument numbers a cell or free variable
	kindPseudo                       // lowerPseudoOps replaces it
	kindCondition                    // lowerConditions replaces it
	kindRewrite                      // optimizeBlock may do something about it
	kindPopBlock                     // closes the range of a handler
	kindFrame                        // makes, leaves or enters the frame: what labelExceptions looks at
	kindConstUse                     // optimizeConstUse may do something about a constant before it
	kindPlaceholder                  // stands for the code of annotations
	kindLineless                     // of no Op: an instruction without a line

	kindTarget = kindJump | kindSetup
)

// mask returns all ones if k has bit, which is one, else 0.
func (k kind) mask(bit kind) int32 { return -int32(k / bit & 1) }

// lineless returns kindLineless if loc has no line, else 0.
func lineless(loc instr.Loc) kind { return kind(uint32(loc.Line)>>31) * kindLineless }

// Optimizer turns the instruction streams of units into finished ones for one
// target. It keeps scratch memory, so it belongs to one goroutine.
type Optimizer struct {
	features *target.Features
	table    *opcode.Table
	pipeline *pipeline
	folder   fold.Folder
	pool     *instr.Pool
	kind     [opcode.NumOps]kind
	effects  [opcode.NumOps]effect
	uses     [opcode.NumOps]use

	resumeDepth1 int32 // the bit of RESUME's argument, or 0

	graph graph
	out   instr.Linear

	// presumed is what blocks are said to have from the start: nothing, or everything
	// for tests, so that no pass goes past anything.
	presumed kind

	// Trace, if set, is called after each pass with its name and a function
	// that renders the graph. It is for people and tests.
	Trace func(pass string, dump func() string)
}

// New makes an Optimizer for a target. It fails for series whose pipeline is
// not known.
func New(f *target.Features) (*Optimizer, error) {
	p, ok := pipelineFor(f.Profile.Minor)
	t, ok2 := opcode.For(f.Profile.Minor)
	if !ok || !ok2 {
		return nil, fmt.Errorf("flowgraph: no passes are known for Python %v", f.Profile)
	}
	o := &Optimizer{features: f, table: t, pipeline: p, folder: fold.New(f)}
	o.graph.Optimizer = o
	o.graph.blocks = make([]*block, 1, 64)
	for op := opcode.Op(1); op < opcode.NumOps; op++ {
		o.kind[op] = o.kindOf(op)
		o.effects[op] = o.effectOf(op)
		o.uses[op] = o.useOf(op)
	}
	if f.ResumeDepth {
		o.resumeDepth1 = 4
		if f.GeneratorPreamble {
			o.resumeDepth1 = 8
		}
	}
	return o, nil
}

func (o *Optimizer) kindOf(op opcode.Op) kind {
	var k kind
	set := func(is bool, bit kind) {
		if is {
			k |= bit
		}
	}
	set(o.table.HasJump(op), kindJump)
	set(op.IsBlockPush(), kindSetup|kindPseudo)
	set(op.IsUnconditionalJump(), kindAlways)
	set(op.IsScopeExit(), kindExit)
	set(o.table.HasConst(op), kindConst)
	set(o.table.HasEvalBreak(op), kindEval)
	set(op == opcode.LoadConst || op == opcode.LoadSmallInt || op == opcode.LoadCommonConstant && o.features.CommonConstLoads, kindPush)
	set(op == opcode.GetIter && o.features.GetIterKeeps, kindKeeps)
	switch op {
	case opcode.PopJumpIfFalse, opcode.PopJumpIfTrue, opcode.JumpIfFalse, opcode.JumpIfTrue, opcode.IsOp,
		opcode.ReturnValue, opcode.ToBool:
		k |= kindConstUse
	}
	switch op {
	case opcode.Nop:
		k |= kindNop
	case opcode.PopTop:
		k |= kindPop
	case opcode.ReturnGenerator, opcode.YieldValue, opcode.Resume:
		k |= kindFrame
	case opcode.PopBlock:
		k |= kindPopBlock
	case opcode.Copy:
		k |= kindCopy
	case opcode.AnnotationsPlaceholder:
		k |= kindPlaceholder
	case opcode.FormatSimple, opcode.GetAnext, opcode.GetLen, opcode.GetYieldFromIter, opcode.ImportFrom,
		opcode.MatchKeys, opcode.MatchMapping, opcode.MatchSequence, opcode.WithExceptStart:
		k |= kindKeeps
	case opcode.LoadFast:
		k |= kindLocal | kindBorrows
	case opcode.LoadFastLoadFast:
		k |= kindBorrows
	case opcode.LoadFastCheck:
		k |= kindLocal
	case opcode.DeleteFast, opcode.LoadFastAndClear:
		k |= kindLocal | kindUnbinds
	case opcode.StoreFast:
		k |= kindLocal | kindRewrite
	case opcode.StoreFastMaybeNull:
		k |= kindLocal | kindUnbinds | kindPseudo
	case opcode.LoadClosure:
		k |= kindCell | kindPseudo
	case opcode.MakeCell, opcode.LoadDeref, opcode.StoreDeref, opcode.DeleteDeref, opcode.LoadFromDictOrDeref,
		opcode.LoadClassderef:
		k |= kindCell
	case opcode.BuildTuple, opcode.BuildList, opcode.BuildSet,
		opcode.PopJumpIfNotNone, opcode.PopJumpIfNone, opcode.PopJumpIfFalse, opcode.PopJumpIfTrue, opcode.Jump, opcode.JumpNoInterrupt,
		opcode.Swap, opcode.LoadGlobal, opcode.CompareOp, opcode.ContainsOp, opcode.IsOp, opcode.ToBool,
		opcode.UnaryNot, opcode.UnaryInvert, opcode.UnaryNegative, opcode.CallIntrinsic1,
		opcode.ListAppend, opcode.SetAdd, opcode.BinaryOp:
		k |= kindRewrite
	case opcode.JumpIfFalse, opcode.JumpIfTrue:
		k |= kindRewrite | kindCondition
	}
	return k
}

// Run optimizes a unit and returns its finished instructions, which are valid
// until the next Run. It changes the unit: labels are resolved, constants added
// and removed. A unit that makes no sense is a fault of its writer; Run panics
// with an *Error.
func (o *Optimizer) Run(u *instr.Unit, pool *instr.Pool) *instr.Linear {
	o.pool = pool
	g := &o.graph
	defer o.end()
	o.begin(u)
	o.runAll(o.pipeline.optimize)
	o.runAll(o.pipeline.lower)
	return g.linearize()
}

func (o *Optimizer) begin(u *instr.Unit) {
	u.Code.ResolveLabels()
	if u.Code.Annotations != nil {
		u.Code.Annotations.ResolveLabels()
	}
	g := &o.graph
	g.pass = "build"
	g.reset(u)
	g.build(&u.Code)
}

// end drops references to the unit, and names the pass in a panic.
func (o *Optimizer) end() {
	g := &o.graph
	if r := recover(); r != nil {
		panic(&Error{Pass: g.pass, Unit: g.unit, Cause: r})
	}
	g.release()
	o.pool = nil
}

func (o *Optimizer) runAll(passes []pass) {
	g := &o.graph
	for i := range passes {
		g.pass = passes[i].name
		passes[i].run(g)
		if o.Trace != nil {
			o.Trace(g.pass, g.String)
		}
	}
}

// Error is what a pass panics with: the compiler is at fault, not the source.
type Error struct {
	Pass  string
	Unit  *instr.Unit
	Cause any
}

// Error names the pass and the unit.
func (e *Error) Error() string {
	name := "?"
	if e.Unit != nil && e.Unit.Name != nil {
		name = e.Unit.Name.Data
	}
	return fmt.Sprintf("flowgraph: pass %q on %s: %v", e.Pass, name, e.Cause)
}
