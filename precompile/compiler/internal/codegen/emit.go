package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// noLoc is the location of artificial instructions.
var noLoc = instr.NoLoc

// locOf is where a node stands.
func locOf(n ast.Node) instr.Loc {
	p := n.Position()
	return instr.Loc{Line: p.Line, EndLine: p.EndLine, Col: p.Col, EndCol: p.EndCol}
}

func (g *Generator) op(at instr.Loc, op opcode.Op) { g.u.Code.Add(at, op) }

func (g *Generator) opArg(at instr.Loc, op opcode.Op, arg int) { g.u.Code.AddArg(at, op, arg) }

func (g *Generator) jump(at instr.Loc, op opcode.Op, to instr.Label) { g.u.Code.AddJump(at, op, to) }

func (g *Generator) label() instr.Label { return g.u.Code.NewLabel() }

func (g *Generator) place(l instr.Label) { g.u.Code.Place(l) }

// addConst enters a constant into the unit.
func (g *Generator) addConst(v *marshal.Value) int { return g.u.Consts.Add(g.pool.Merge(v)) }

func (g *Generator) load(at instr.Loc, v *marshal.Value) {
	g.u.Code.AddArg(at, opcode.LoadConst, g.addConst(v))
}

func (g *Generator) loadNone(at instr.Loc) { g.load(at, marshal.None()) }

func (g *Generator) loadInt(at instr.Loc, n int) { g.load(at, g.pool.Int(int64(n))) }

// loadIdent loads an identifier as a str.
func (g *Generator) loadIdent(at instr.Loc, name ast.Name) { g.load(at, g.objects.name(name)) }

// The numbers of CPython's intrinsic functions (pycore_intrinsics.h), the same
// since 3.12.
const (
	intrinsicImportStar       = 2
	intrinsicStopIteration    = 3
	intrinsicAsyncGenWrap     = 4
	intrinsicUnaryPositive    = 5
	intrinsicListToTuple      = 6
	intrinsicTypeVar          = 7
	intrinsicParamSpec        = 8
	intrinsicTypeVarTuple     = 9
	intrinsicSubscriptGeneric = 10
	intrinsicTypeAlias        = 11

	intrinsicPrepReraiseStar        = 1
	intrinsicTypeVarWithBound       = 2
	intrinsicTypeVarWithConstraints = 3
	intrinsicSetFunctionTypeParams  = 4
	intrinsicSetTypeParamDefault    = 5
)

// What RESUME follows.
const (
	resumeStart          = 0
	resumeAfterYield     = 1
	resumeAfterYieldFrom = 2
	resumeAfterAwait     = 3
)

// The numbers of SET_FUNCTION_ATTRIBUTE.
const (
	functionDefaults    = 0x01
	functionKwDefaults  = 0x02
	functionAnnotations = 0x04
	functionClosure     = 0x08
	functionAnnotate    = 0x10
)

// The numbers of LOAD_COMMON_CONSTANT and LOAD_SPECIAL (3.14).
const (
	commonAssertionError      = 0
	commonNotImplementedError = 1
	commonTuple               = 2
	commonAll                 = 3
	commonAny                 = 4

	specialEnter  = 0
	specialExit   = 1
	specialAEnter = 2
	specialAExit  = 3
)

// stackGuideline is how many values CPython likes to have on the stack at most
// for one display or call; longer ones are built piece by piece.
const stackGuideline = 30

// yieldFrom emits the loop that drives an awaitable or a subgenerator.
//
//	send:  SEND exit; YIELD_VALUE; RESUME; JUMP send
//	fail:  CLEANUP_THROW
//	exit:  END_SEND
func (g *Generator) yieldFrom(at instr.Loc, await bool) {
	send, fail, exit := g.label(), g.label(), g.label()
	g.place(send)
	g.jump(at, opcode.Send, exit)
	g.jump(at, opcode.SetupFinally, fail)
	g.opArg(at, opcode.YieldValue, 1)
	g.op(noLoc, opcode.PopBlock)
	resume := resumeAfterYieldFrom
	if await {
		resume = resumeAfterAwait
	}
	g.opArg(at, opcode.Resume, resume)
	g.jump(at, opcode.JumpNoInterrupt, send)
	g.place(fail)
	g.op(at, opcode.CleanupThrow)
	g.place(exit)
	g.op(at, opcode.EndSend)
}

// await awaits what is on the stack; how is the argument of GET_AWAITABLE.
func (g *Generator) await(at instr.Loc, how int) {
	g.opArg(at, opcode.GetAwaitable, how)
	g.loadNone(at)
	g.yieldFrom(at, true)
}

// yieldValue yields what is on the stack.
func (g *Generator) yieldValue(at instr.Loc) {
	if s := g.u.scope; s.Generator && s.Coroutine {
		g.opArg(at, opcode.CallIntrinsic1, intrinsicAsyncGenWrap)
	}
	g.opArg(at, opcode.YieldValue, 0)
	g.opArg(at, opcode.Resume, resumeAfterYield)
}

// popExceptAndReraise: exc_info lasti exc → raised, exc_info restored
func (g *Generator) popExceptAndReraise(at instr.Loc) {
	g.opArg(at, opcode.Copy, 3)
	g.op(at, opcode.PopExcept)
	g.opArg(at, opcode.Reraise, 1)
}

// binaryArg is the argument of BINARY_OP for an operator.
var binaryArg = [...]int{
	ast.Add: 0, ast.BitAnd: 1, ast.FloorDiv: 2, ast.LShift: 3, ast.MatMult: 4, ast.Mult: 5, ast.Mod: 6,
	ast.BitOr: 7, ast.Pow: 8, ast.RShift: 9, ast.Sub: 10, ast.Div: 11, ast.BitXor: 12,
}

const (
	inPlace   = 13 // what an in-place operator's number has more
	subscript = 26 // the subscript as BINARY_OP (3.14)
)

// binarySubscript: container key → container[key]
func (g *Generator) binarySubscript(at instr.Loc) {
	if g.f.SubscriptIsBinaryOp {
		g.opArg(at, opcode.BinaryOp, subscript)
	} else {
		g.op(at, opcode.BinarySubscr)
	}
}

// compareArg is the argument of COMPARE_OP: the operator, as Python numbers it,
// above five bits of which four are the outcomes that count as true (unordered 1,
// less 2, greater 4, equal 8).
var compareArg = [...]int{
	ast.Lt: 0<<5 | 2, ast.LtE: 1<<5 | 10, ast.Eq: 2<<5 | 8, ast.NotEq: 3<<5 | 7, ast.Gt: 4<<5 | 4, ast.GtE: 5<<5 | 12,
}

func (g *Generator) compareOp(at instr.Loc, op ast.CmpOperator) {
	switch op {
	case ast.Is:
		g.opArg(at, opcode.IsOp, 0)
	case ast.IsNot:
		g.opArg(at, opcode.IsOp, 1)
	case ast.In:
		g.opArg(at, opcode.ContainsOp, 0)
	case ast.NotIn:
		g.opArg(at, opcode.ContainsOp, 1)
	default:
		g.opArg(at, opcode.CompareOp, compareArg[op])
	}
}
