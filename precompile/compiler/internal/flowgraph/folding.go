package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// maxFolded is the greatest number of elements of a display that is looked at:
// CPython keeps as many pointers on its stack.
const maxFolded = 30

// minDisplay is the least number of constants for which a list or set display
// is made from a constant tuple or frozenset.
const minDisplay = 3

// foldAdjacentTuple replaces the BUILD_TUPLE at index i by the load of a tuple
// if the instructions right before it load as many constants.
func (g *graph) foldAdjacentTuple(b *block, i int) {
	n := int(b.mem[i].arg)
	if n > i {
		return
	}
	parts := b.mem[i-n : i]
	for j := range parts {
		if g.kind[parts[j].op]&kindConst == 0 {
			return
		}
	}
	items := make([]*marshal.Value, n)
	for j := range parts {
		items[j] = g.constant(parts[j].op, parts[j].arg)
	}
	index := g.addConst(g.pool.Tuple(items...))
	for j := range parts {
		g.remove(b, &parts[j])
	}
	g.setArg(b, &b.mem[i], opcode.LoadConst, index)
}

// constLoads finds the n instructions before index i that load constants, only
// NOPs in between. It keeps their indices in g.consti.
func (g *graph) constLoads(b *block, i, n int) bool {
	g.consti = resize(g.consti, n)
	found := g.consti
	for i--; i >= 0 && n > 0; i-- {
		in := &b.mem[i]
		if in.op == opcode.Nop {
			continue
		}
		if g.kind[in.op]&kindPush == 0 {
			return false
		}
		n--
		found[n] = int32(i)
	}
	return n == 0
}

// foundConsts returns the constants that constLoads found.
func (g *graph) foundConsts(b *block) []*marshal.Value {
	values := make([]*marshal.Value, len(g.consti))
	for j, at := range g.consti {
		values[j] = g.constant(b.mem[at].op, b.mem[at].arg)
	}
	return values
}

// dropFound removes the loads that constLoads found, and their lines with them.
func (g *graph) dropFound(b *block) {
	for _, at := range g.consti {
		g.drop(b, &b.mem[at])
	}
}

func (g *graph) drop(b *block, n *node) {
	n.op, n.arg, n.loc = opcode.Nop, 0, instr.NoLoc
	g.note(b, kindNop|kindLineless)
}

// foldTuple replaces a BUILD_TUPLE of constants by the load of a tuple.
func (g *graph) foldTuple(b *block, i int) {
	n := int(b.mem[i].arg)
	if n > maxFolded || !g.constLoads(b, i, n) {
		return
	}
	tuple := g.pool.Tuple(g.foundConsts(b)...)
	g.dropFound(b)
	g.load(b, &b.mem[i], tuple)
}

// foldListOrSet replaces a BUILD_LIST or BUILD_SET of constants: by a constant
// tuple or frozenset where it is only looped over or searched, else by a list or
// set that is filled from one. A list of others that is only looped over or
// searched becomes a tuple.
func (g *graph) foldListOrSet(b *block, i int, next opcode.Op) {
	n := &b.mem[i]
	transient := next == opcode.GetIter || next == opcode.ContainsOp
	size := int(n.arg)
	if size > maxFolded || size < minDisplay && !transient {
		return
	}
	if !g.constLoads(b, i, size) {
		if transient && n.op == opcode.BuildList {
			g.setArg(b, n, opcode.BuildTuple, n.arg)
		}
		return
	}
	items := g.foundConsts(b)
	var v *marshal.Value
	if n.op == opcode.BuildSet {
		v = fold.FrozenSet(items)
	} else {
		v = g.pool.Tuple(items...)
	}
	index := g.addConst(v)
	g.dropFound(b)
	if transient {
		g.setArg(b, n, opcode.LoadConst, index)
		return
	}
	extend := opcode.ListExtend
	if n.op == opcode.BuildSet {
		extend = opcode.SetUpdate
	}
	b.mem[i-2].loc = n.loc
	g.setOp(b, &b.mem[i-2], n.op)
	g.setArg(b, &b.mem[i-1], opcode.LoadConst, index)
	g.setArg(b, n, extend, 1)
}

// foldSequence replaces a list or set that is built by appending constants one
// by one, which is how long displays are compiled. The instruction at index i
// is the last append, of a display that is only looped over or searched, or the
// conversion of the list to a tuple.
func (g *graph) foldSequence(b *block, i int) {
	n := &b.mem[i]
	last, add := i, n.op
	wantAdd := n.op == opcode.CallIntrinsic1
	if wantAdd {
		last, add = i-1, opcode.ListAppend
	}
	build := opcode.BuildList
	if add == opcode.SetAdd {
		build = opcode.BuildSet
	}
	found := 0
	for at := i - 1; at >= 0; at-- {
		in := &b.mem[at]
		switch {
		case in.op == opcode.Nop:
			continue
		case in.op == build && in.arg == 0:
			if wantAdd {
				g.foldSequenceAt(b, at, last, n, found, build == opcode.BuildSet)
			}
			return
		case wantAdd:
			if in.op != add || in.arg != 1 {
				return
			}
		case g.kind[in.op]&kindPush == 0:
			return
		default:
			found++
		}
		wantAdd = !wantAdd
	}
}

// foldSequenceAt makes n load the constants that the instructions from index
// start to last push.
func (g *graph) foldSequenceAt(b *block, start, last int, n *node, found int, set bool) {
	items := make([]*marshal.Value, 0, found)
	for at := start; at <= last; at++ {
		in := &b.mem[at]
		if in.op == opcode.Nop {
			continue
		}
		if g.kind[in.op]&kindPush != 0 {
			items = append(items, g.constant(in.op, in.arg))
		}
		g.drop(b, in) // n too, if it is the last append: its line goes with it
	}
	if set {
		g.load(b, n, fold.FrozenSet(items))
	} else {
		g.load(b, n, g.pool.Tuple(items...))
	}
}

// foldBinary replaces a BINARY_OP on two constants by its result.
func (g *graph) foldBinary(b *block, i int) {
	if !g.constLoads(b, i, 2) {
		return
	}
	values := g.foundConsts(b)
	v, ok := g.folder.Binary(fold.BinaryOp(b.mem[i].arg), values[0], values[1])
	if !ok {
		return
	}
	g.dropFound(b)
	g.load(b, &b.mem[i], v)
}

// foldUnary replaces an operation on one constant by its result.
func (g *graph) foldUnary(b *block, i int) {
	if !g.constLoads(b, i, 1) {
		return
	}
	n := &b.mem[i]
	var op fold.UnaryOp
	switch n.op {
	case opcode.UnaryNegative:
		op = fold.Negative
	case opcode.UnaryInvert:
		op = fold.Invert
	case opcode.UnaryNot:
		op = fold.Not
	default:
		op = fold.Positive
	}
	v, ok := g.folder.Unary(op, g.foundConsts(b)[0])
	if !ok {
		return
	}
	g.dropFound(b)
	g.load(b, n, v)
}
