package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// build makes the blocks of a sequence whose labels are resolved. Labels of
// blocks are the indices of their first instructions. A block ends after a jump or
// an exit, so that these are never but last in one.
func (g *graph) build(s *instr.Seq) {
	targets := grow(&g.marks, len(s.Instrs))
	placeholder := -1
	for i := range s.Instrs {
		in := &s.Instrs[i]
		k := g.kind[in.Op]
		g.has |= k
		if k&kindTarget != 0 {
			targets[in.Arg] = 1
		}
		if in.Op == opcode.AnnotationsPlaceholder {
			placeholder = i
		}
	}
	var annotations []instr.Instr
	if placeholder >= 0 && s.Annotations != nil {
		annotations = s.Annotations.Instrs
		for i := range annotations {
			g.has |= g.kind[annotations[i].Op]
		}
	}
	// The slots of the first block are reserved for all that may come to lie in it.
	b := builder{graph: g, left: len(s.Instrs) + len(annotations)}
	b.open(-1)
	if placeholder < 0 {
		b.add(s.Instrs, targets, 0, 0)
	} else {
		after := placeholder + 1
		b.add(s.Instrs[:placeholder], targets, 0, 0)
		b.add(annotations, nil, 0, 0)
		offset := len(annotations) - 1
		b.add(s.Instrs[after:], targets[after:], after+offset, offset)
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
	next.label = label
	next.mem = b.slots[b.free:b.free]
	b.cur, b.ended = next, false
}

// close leaves cur the slots that it has, and those to spare.
func (b *builder) close() {
	cur := b.cur
	cur.n = int32(len(cur.mem))
	cur.mem = cur.mem[: len(cur.mem) : len(cur.mem)+spare]
	b.free += len(cur.mem) + spare
	b.left -= len(cur.mem)
}

// add appends instructions. A block starts at each that targets marks; its label
// is the index, counted from first. Offset is what the labels in jumps are short.
func (b *builder) add(code []instr.Instr, targets []uint8, first, offset int) {
	mem := b.cur.mem
	for i := range code {
		in := &code[i]
		if i < len(targets) && targets[i] != 0 {
			if label := int32(first + i); len(mem) > 0 || b.cur.label >= 0 {
				b.cur.mem = mem
				b.open(label)
				mem = b.cur.mem
			} else {
				b.cur.label = label
			}
		} else if b.ended {
			b.cur.mem = mem
			b.open(-1)
			mem = b.cur.mem
		}
		n := node{op: in.Op, arg: in.Arg, loc: in.Loc}
		if k := b.kind[in.Op]; k&(kindTarget|kindExit) != 0 {
			if k&kindTarget != 0 {
				n.arg += int32(offset)
			}
			b.cur.setups = b.cur.setups || k&kindSetup != 0
			b.ended = k&(kindJump|kindExit) != 0
		}
		mem = append(mem, n)
	}
	b.cur.mem = mem
}
