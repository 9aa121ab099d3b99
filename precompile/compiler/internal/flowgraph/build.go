package flowgraph

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// build makes the blocks of a sequence whose labels are resolved. Labels of
// blocks are the indices of their first instructions. A block ends after a jump or
// an exit, so that these are never but last in one.
func (g *graph) build(s *instr.Seq) {
	var annotations []instr.Instr
	if s.Annotations != nil {
		annotations = s.Annotations.Instrs
	}
	n := len(s.Instrs)
	targets := grow(&g.marks, n+len(annotations)) // by instruction: whether a block starts there
	for _, i := range s.Jumps(g.table) {
		targets[s.Instrs[i].Arg] = 1
	}
	g.labels = resize(g.labels, len(targets)+1)
	// The slots of the first block are reserved for all that may come to lie in it.
	b := builder{graph: g, left: len(targets)}
	b.open(-1)
	if placeholder := b.add(s.Instrs, targets[:n], 0, 0); placeholder < n {
		b.add(annotations, targets[n:], 0, 0)
		after, offset := placeholder+1, len(annotations)-1
		if b.add(s.Instrs[after:], targets[after:n], after+offset, offset) < n-after {
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
		b.cur.next = next
	}
	b.reserve(b.left + spare)
	next.mem = b.slots[b.free:b.free]
	b.cur, b.ended = next, false
	if label >= 0 {
		b.label(label)
	}
}

// label gives cur its label.
func (b *builder) label(label int32) {
	b.cur.label = label
	b.labels[label] = b.cur.id
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
	for at := 0; at < len(code); {
		if targets[at] != 0 {
			targets[at] = 0
			if label := int32(first + at); len(b.cur.mem) > 0 || b.cur.label >= 0 {
				b.open(label)
			} else {
				b.label(label)
			}
		} else if b.ended {
			b.open(-1)
		}
		at += b.fill(code[at:], targets[at:], int32(offset))
		if at < len(code) && b.kind[code[at].Op]&kindPlaceholder != 0 {
			return at
		}
	}
	return len(code)
}

// fill appends instructions to cur, and returns how many: up to one that ends the block,
// or before one that is marked or the placeholder.
func (b *builder) fill(code []instr.Instr, marked []uint8, offset int32) int {
	cur := b.cur
	start := len(cur.mem)
	mem := cur.mem[start:][:len(code)]
	marked = marked[:len(code)] // which the compiler need not check any more
	kinds, has := &b.kind, cur.has
	i := 0
	for i < len(code) && marked[i] == 0 {
		in, n := &code[i], &mem[i]
		k := kinds[in.Op]
		// Field by field: a node that is put together elsewhere is copied in wider pieces
		// than it was written in, for which the processor has to wait.
		n.op, n.arg, n.loc, n.target, n.except = in.Op, in.Arg, in.Loc, 0, 0
		if k&(kindTarget|kindExit|kindPlaceholder) != 0 {
			if k&kindPlaceholder != 0 {
				break
			}
			if k&kindTarget != 0 {
				n.arg += offset
			}
			if k&(kindJump|kindExit) != 0 {
				b.ended = true
				has |= k | lineless(in.Loc)
				i++
				break
			}
		}
		has |= k | lineless(in.Loc)
		i++
	}
	cur.mem, cur.has = cur.mem[:start+i], has
	return i
}
