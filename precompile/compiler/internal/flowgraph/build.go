package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// build makes the blocks of a sequence whose labels are resolved. Labels of
// blocks are the indices of their first instructions. A block ends after a jump or
// an exit, so that these are never but last in one.
func (g *graph) build(s *instr.Seq) {
	targets := grow(&g.marks, len(s.Instrs))
	for _, i := range s.Jumps(g.table) {
		targets[s.Instrs[i].Arg] = 1
	}
	var annotations []instr.Instr
	if s.Annotations != nil {
		annotations = s.Annotations.Instrs
	}
	// The slots of the first block are reserved for all that may come to lie in it.
	b := builder{graph: g, left: len(s.Instrs) + len(annotations)}
	b.open(-1)
	if placeholder := b.add(s.Instrs, targets, 0, 0); placeholder < len(s.Instrs) {
		b.add(annotations, nil, 0, 0)
		after, offset := placeholder+1, len(annotations)-1
		if n := b.add(s.Instrs[after:], targets[after:], after+offset, offset); after+n < len(s.Instrs) {
			panic("two places for annotations")
		}
	}
	b.close()
}

// builder is the end of a graph that is being built.
type builder struct {
	*graph
	cur   *block
	left  int  // instructions that are not in a block yet
	ended bool // cur ends in a jump or an exit
}

// open starts a block. As long as it is open, all free slots are its own.
func (b *builder) open(label int32) {
	next := b.bareBlock()
	if b.cur != nil {
		b.close()
		b.cur.next = next.id
	}
	b.reserve(b.left + spare)
	next.mem = b.slots[b.free:b.free]
	b.cur, b.ended = next, false
	b.label(label)
}

// label gives cur its label, or -1.
func (b *builder) label(label int32) {
	b.cur.label = label
	b.nextLabel = max(b.nextLabel, label+1)
}

// close leaves cur the slots that it has, and those to spare.
func (b *builder) close() {
	cur := b.cur
	cur.n = int32(len(cur.mem))
	cur.mem = cur.mem[: len(cur.mem) : len(cur.mem)+spare]
	b.has |= cur.has
	b.free += len(cur.mem) + spare
	b.left -= len(cur.mem)
}

// add appends instructions up to the placeholder of annotations, and returns how
// many. A block starts at each that targets marks; its label is the index, counted
// from first. Offset is what the labels in jumps are short.
func (b *builder) add(code []instr.Instr, targets []uint8, first, offset int) int {
	mem, has := b.cur.mem, b.cur.has
	for i := range code {
		in := &code[i]
		k := b.kind[in.Op]
		if k&kindPlaceholder != 0 {
			code = code[:i]
			break
		}
		if marked := i < len(targets) && targets[i] != 0; marked || b.ended {
			label := int32(-1)
			if marked {
				label = int32(first + i)
			}
			if marked && len(mem) == 0 && b.cur.label < 0 {
				b.label(label)
			} else {
				b.cur.mem, b.cur.has = mem, has
				b.open(label)
				mem, has = b.cur.mem, b.cur.has
			}
		}
		has |= k | lineless(in.Loc)
		n := node{op: in.Op, arg: in.Arg, loc: in.Loc}
		if k&(kindTarget|kindExit) != 0 {
			if k&kindTarget != 0 {
				n.arg += int32(offset)
			}
			b.ended = k&(kindJump|kindExit) != 0
		}
		mem = append(mem, n)
	}
	b.cur.mem, b.cur.has = mem, has
	return len(code)
}
