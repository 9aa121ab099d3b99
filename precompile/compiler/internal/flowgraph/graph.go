package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// blockID names a block of the graph; 0 is no block.
type blockID int32

// node is an instruction in a block.
type node struct {
	op     opcode.Op
	arg    int32
	loc    instr.Loc
	target blockID // where a jump or a handler's set-up leads
	except blockID // the handler that runs if the instruction raises
}

// block is a basic block: instructions of which only the last can jump or leave
// the scope.
//
// mem is every slot the block ever used; only the first n hold its code. The
// rest are kept because CPython's append does not clear the handler of a slot
// that it uses again: an instruction appended to a block that once was longer
// is protected by the handler of whatever stood there before (up to 3.15.1).
//
// has is what may be among its code: the kinds of every instruction that it has or
// once had. A pass goes past the blocks that have nothing for it. So whoever changes
// an Op or takes a line away goes by the methods of graph that note it here.
type block struct {
	next  *block // in the order of the code; reached by falling through
	id    blockID
	label int32 // -1 where nothing jumps to the block
	n     int32
	preds int32
	depth int32 // of the stack on entry
	has   kind
	// unsafe has a bit for each of the first 64 locals that may be unbound on
	// entry.
	unsafe uint64
	mem    []node
	// excepts is the innermost handler in force on entry, as an index into
	// graph.excepts.
	excepts int32
	visited int32 // the last traversal that came by: graph.traversal
	lasti   bool  // a handler that finds the raising instruction's offset on the stack
	handler bool  // reached by an exception
	cold    bool  // only reached from handlers
	warm    bool
}

// code returns the instructions of b, to be read and changed in place.
func (b *block) code() []node { return b.mem[:b.n] }

// last returns the last instruction, or nil.
func (b *block) last() *node {
	if b.n == 0 {
		return nil
	}
	return &b.mem[b.n-1]
}

// slot makes room for one more instruction and returns it, with whatever it
// held before.
func (b *block) slot() *node {
	if int(b.n) == len(b.mem) {
		b.mem = append(b.mem, node{})
	}
	b.n++
	return &b.mem[b.n-1]
}

// firstTarget returns an index before which b has no jump and no set-up: once jumps
// are normalized, one is last or has a NOT_TAKEN after it.
func (b *block) firstTarget() int {
	if b.has&kindSetup != 0 {
		return 0
	}
	return max(int(b.n)-2, 0)
}

// graph is the control-flow graph of one unit, with the scratch memory of all
// passes. It is reused for one unit after the other.
type graph struct {
	*Optimizer
	unit   *instr.Unit
	consts *instr.ConstList // the unit's
	pass   string           // the one that runs

	stackSize, numLocalsPlus int32

	blocks []*block // by id; blocks[0] is nil
	used   int      // of blocks
	slots  []node   // memory of the blocks' code, of which the first free are taken
	free   int

	// has is what the blocks have together. Passes that look for what is nowhere go
	// by it.
	has kind
	// rewired says that edges between blocks were made, moved or removed since their
	// predecessors were counted.
	rewired bool

	nextLabel int32 // above all labels of blocks
	traversal int32 // counts traversals, from 1 on in each unit

	excepts []except // handler stacks; excepts[0] is the empty one

	work   []blockID // of the traversals
	fixed  []int32
	loads  []int32   // indices of the instructions that may borrow
	labels []blockID // by label: the block; those that no block has are not cleared
	starts []int32   // by block: the index of its first instruction
	ints   []int32
	refs   []ref
	marks  []uint8
	consti []int32 // indices of the instructions that load the parts of a constant
}

// except is a cell of a stack of handlers; stacks share their tails.
type except struct {
	handler blockID
	outer   int32 // index into graph.excepts
	depth   int32
}

// maxKept bounds the blocks that are kept for the next unit, and maxSlots their
// slots.
const (
	maxKept  = 1 << 12
	maxSlots = 1 << 15
)

// spare is how many slots a block has beyond those that it is built with, for what
// passes append.
const spare = 4

// reserve makes sure that n slots are free. Blocks that have theirs keep them.
func (g *graph) reserve(n int) {
	if len(g.slots)-g.free < n {
		g.slots, g.free = make([]node, max(n, 2*len(g.slots), 1<<8)), 0
	}
}

func (g *graph) reset(u *instr.Unit) {
	g.unit, g.consts = u, &u.Consts
	g.stackSize, g.numLocalsPlus = 0, 0
	g.used, g.free, g.has = 1, 0, g.presumed
	g.rewired, g.nextLabel, g.traversal = true, 0, 0
	g.excepts = append(g.excepts[:0], except{})
}

// release drops what must not outlive the unit.
func (g *graph) release() {
	g.unit, g.consts = nil, nil
	if len(g.slots) > maxSlots {
		g.slots = nil
		for _, b := range g.blocks[1:g.used] {
			b.mem = nil
		}
	}
	if len(g.blocks) > maxKept {
		clear(g.blocks[maxKept:])
		g.blocks = g.blocks[:maxKept]
		for _, b := range g.blocks[1:] {
			b.next = nil // which may be one that is dropped
		}
	}
}

// newBlock makes a block that has no code yet.
func (g *graph) newBlock() *block {
	g.reserve(spare)
	b := g.bareBlock()
	b.mem = g.slots[g.free : g.free : g.free+spare]
	g.free += spare
	return b
}

// bareBlock makes a block that has no slots.
func (g *graph) bareBlock() *block {
	if g.used == len(g.blocks) {
		more := make([]block, 16) // side by side, as they are walked one after the other
		for i := range more {
			g.blocks = append(g.blocks, &more[i])
		}
	}
	b := g.blocks[g.used]
	*b = block{id: blockID(g.used), label: -1, has: g.presumed}
	g.used++
	return b
}

// entry returns the first block.
func (g *graph) entry() *block { return g.blocks[1] }

// note says that b may have instructions of kind k.
func (g *graph) note(b *block, k kind) {
	b.has |= k
	g.has |= k
}

// forget says that b has no instructions of kind k.
func (g *graph) forget(b *block, k kind) { b.has = b.has&^k | g.presumed }

// setArg makes n, which is in b, another instruction. Location, target and handler
// stay.
func (g *graph) setArg(b *block, n *node, op opcode.Op, arg int32) {
	n.op, n.arg = op, arg
	g.note(b, g.kind[op])
}

// setOp makes n another instruction that has no argument.
func (g *graph) setOp(b *block, n *node, op opcode.Op) { g.setArg(b, n, op, 0) }

// remove makes n a NOP.
func (g *graph) remove(b *block, n *node) {
	n.op, n.arg = opcode.Nop, 0
	g.note(b, kindNop)
}

// add appends an instruction to b. Its handler is that of the slot's last user.
func (g *graph) add(b *block, op opcode.Op, arg int32, loc instr.Loc) *node {
	n := b.slot()
	n.op, n.arg, n.loc, n.target = op, arg, loc, 0
	g.note(b, g.kind[op]|lineless(loc))
	return n
}

// insert puts an instruction of b before the one at index at.
func (g *graph) insert(b *block, at int, n node) { g.fill(b, &b.room(at, 1)[0], n) }

// room makes room for n instructions of b before the one at index at, for fill.
func (b *block) room(at, n int) []node {
	for range n {
		b.slot()
	}
	copy(b.mem[at+n:b.n], b.mem[at:int(b.n)-n])
	return b.mem[at : at+n]
}

// fill writes an instruction where room was made in b.
func (g *graph) fill(b *block, room *node, n node) {
	*room = n
	g.note(b, g.kind[n.op]|lineless(n.loc))
}

// appendAll appends the instructions of another block to b.
func (g *graph) appendAll(b, from *block) {
	b.has |= from.has
	for i := range from.code() {
		*b.slot() = from.mem[i]
	}
}

// nonEmpty returns the first block from b on that has instructions, or nil.
func (g *graph) nonEmpty(b *block) *block {
	for b != nil && b.n == 0 {
		b = b.next
	}
	return b
}

// fallsThrough reports whether control can pass from the end of b to the next
// block. An empty block falls through.
func (g *graph) fallsThrough(b *block) bool {
	n := b.last()
	return n == nil || g.kind[n.op]&(kindExit|kindAlways) == 0
}

// targetsOf returns the part of b's code in which all its jumps and set-ups are. A
// jump is last in its block until jumps are normalized.
func (g *graph) targetsOf(b *block) []node {
	if b.has&kindSetup != 0 || b.n == 0 {
		return b.mem[:b.n]
	}
	return b.mem[b.n-1 : b.n]
}

// exits reports whether b ends by leaving the scope.
func (g *graph) exits(b *block) bool {
	n := b.last()
	return n != nil && g.kind[n.op]&kindExit != 0
}

// jumps reports whether n is a jump, conditional or not.
func (g *graph) jumps(n *node) bool { return g.kind[n.op]&kindJump != 0 }

// traverse starts a traversal, in which no block is visited yet, and returns an
// empty work stack.
func (g *graph) traverse() []blockID {
	g.traversal++
	return g.work[:0]
}

// visit queues a block if the traversal comes by it for the first time.
func (g *graph) visit(b *block, work []blockID) []blockID {
	if b.visited == g.traversal {
		return work
	}
	b.visited = g.traversal
	return append(work, b.id)
}

// newLabel returns a label that no block has.
func (g *graph) newLabel() int32 {
	g.nextLabel++
	return g.nextLabel - 1
}

// grow returns *s with n zero elements, reusing its memory.
func grow[T any](s *[]T, n int) []T {
	if cap(*s) < n {
		*s = make([]T, n, n+n/2)
	}
	*s = (*s)[:n]
	clear(*s)
	return *s
}
