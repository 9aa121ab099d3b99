package dis

import (
	"math/bits"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// Labels numbers the places in a code object that something leads to, from 1
// up, in order.
type Labels struct {
	// set has a bit for each code unit, rank the number of bits before each
	// word of it.
	set  []uint64
	rank []int32
}

// Labels returns the labels of the targets of jumps and, where handlers is set,
// of the bounds and targets of exception handlers. dis.get_instructions numbers
// without these, dis.dis with them.
func (c *Code) Labels(handlers bool) *Labels {
	units := len(c.bytecode)/2 + 1 // a handler may end where the code ends
	l := &Labels{set: make([]uint64, (units+63)/64), rank: make([]int32, (units+63)/64)}
	add := func(offset int) {
		if u := offset / 2; offset >= 0 && offset%2 == 0 && u < units {
			l.set[u/64] |= 1 << (u % 64)
		}
	}
	// Only the arguments matter here: no lines are read.
	var extended int32
	for i := 0; i+1 < len(c.bytecode); i += 2 {
		in := Instruction{Offset: i, Byte: c.bytecode[i], Arg: int32(c.bytecode[i+1]) | extended}
		extended = 0
		base := c.table.Base(c.table.Op(in.Byte))
		if c.hasArg(base, in.Byte) {
			if t := c.target(base, in); t >= 0 {
				add(t)
			}
			if base == opcode.ExtendedArg {
				extended = in.Arg << 8
			}
		}
		i += 2 * c.table.Caches(base)
	}
	if handlers {
		for h := range c.Handlers() {
			add(h.Start)
			add(h.End)
			add(h.Target)
		}
	}
	n := 0
	for i, w := range l.set {
		l.rank[i] = int32(n)
		n += bits.OnesCount64(w)
	}
	return l
}

// At returns the number of the label at an offset. ok is false where none is:
// nothing leads there, or it is no place in the code.
func (l *Labels) At(offset int) (n int, ok bool) {
	u := offset / 2
	if offset < 0 || offset%2 != 0 || u/64 >= len(l.set) {
		return 0, false
	}
	w, bit := l.set[u/64], uint64(1)<<(u%64)
	if w&bit == 0 {
		return 0, false
	}
	return int(l.rank[u/64]) + bits.OnesCount64(w&(bit-1)) + 1, true
}

// Len returns the number of labels.
func (l *Labels) Len() int {
	if len(l.set) == 0 {
		return 0
	}
	last := len(l.set) - 1
	return int(l.rank[last]) + bits.OnesCount64(l.set[last])
}
