package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// constant returns the constant that an instruction loads.
func (g *graph) constant(op opcode.Op, arg int32) *marshal.Value {
	switch op {
	case opcode.LoadConst:
		return g.consts.Values[arg]
	case opcode.LoadSmallInt:
		return g.pool.Int(int64(arg))
	case opcode.LoadCommonConstant:
		switch arg {
		case commonNone:
			return marshal.None()
		case commonEmptyStr:
			return g.pool.Str("")
		case commonTrue, commonFalse:
			return marshal.Bool(arg == commonTrue)
		case commonMinusOne:
			return g.pool.Int(-1)
		}
		// A class or function: true, and no operand of anything. One class is as
		// good as another.
		return marshal.StopIteration()
	}
	panic(fmt.Sprintf("%v loads no constant", op))
}

// addConst returns the index of a constant in the unit's list; one that is not
// among them is appended.
func (g *graph) addConst(v *marshal.Value) int32 {
	return int32(g.consts.Add(g.pool.MergeOne(v)))
}

// load makes n, which is in b, the load of a constant, in the shortest form that the
// target has.
func (g *graph) load(b *block, n *node, v *marshal.Value) {
	if g.features.SmallIntLoads && g.makeSmallInt(b, n, v) {
		return
	}
	if g.features.CommonConstLoads && g.makeCommonConst(b, n, v) {
		return
	}
	g.setArg(b, n, opcode.LoadConst, g.addConst(v))
}

// makeSmallInt makes n a LOAD_SMALL_INT if v is an int of one byte.
func (g *graph) makeSmallInt(b *block, n *node, v *marshal.Value) bool {
	if i, ok := v.Int(); ok && 0 <= i && i <= 255 {
		g.setArg(b, n, opcode.LoadSmallInt, int32(i))
		return true
	}
	return false
}

// The arguments of LOAD_COMMON_CONSTANT that stand for constants.
const (
	commonNone     = 7
	commonEmptyStr = 8
	commonTrue     = 9
	commonFalse    = 10
	commonMinusOne = 11
)

// makeCommonConst makes n a LOAD_COMMON_CONSTANT if v is one of those.
func (g *graph) makeCommonConst(b *block, n *node, v *marshal.Value) bool {
	arg := int32(0)
	switch v.Kind {
	case marshal.KindNone:
		arg = commonNone
	case marshal.KindTrue:
		arg = commonTrue
	case marshal.KindFalse:
		arg = commonFalse
	case marshal.KindStr:
		if v.Data == "" {
			arg = commonEmptyStr
		}
	case marshal.KindInt:
		if i, ok := v.Int(); ok && i == -1 {
			arg = commonMinusOne
		}
	}
	if arg == 0 {
		return false
	}
	g.setArg(b, n, opcode.LoadCommonConstant, arg)
	return true
}

// removeUnusedConsts drops the constants that no instruction loads and numbers
// the others anew. The first stays: it may be the docstring.
func (g *graph) removeUnusedConsts() {
	values := g.consts.Values
	if len(values) <= 1 {
		return
	}
	// First the marks of those in use, then their new numbers. An instruction that is no
	// load is taken for one of the first, as that costs less than to tell them apart.
	number := grow(&g.ints, len(values))
	number[0] = 1
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindConst == 0 {
			continue
		}
		code := b.code()
		for i := range code {
			n := &code[i]
			number[n.arg&g.kind[n.op].mask(kindConst)] = 1
		}
	}
	used := int32(0)
	for i, v := range values {
		if number[i] != 0 {
			number[i] = used
			values[used] = v
			used++
		}
	}
	if int(used) == len(values) {
		return
	}
	g.consts.Values = values[:used]
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindConst == 0 {
			continue
		}
		code := b.code()
		for i := range code {
			n := &code[i]
			is := g.kind[n.op].mask(kindConst)
			n.arg += (number[n.arg&is] - n.arg) & is
		}
	}
}
