package dis

import "iter"

// Handler is an entry of an exception table: exceptions raised at an offset
// from Start up to End go to Target.
type Handler struct {
	Start, End, Target int
	// Depth is what the stack is cut back to.
	Depth int
	// LastI: the offset of the instruction that raised is pushed too.
	LastI bool
}

// Handlers goes through the exception table (3.11+), in its order. An entry that
// is cut short ends it.
func (c *Code) Handlers() iter.Seq[Handler] {
	return func(yield func(Handler) bool) {
		tab := data(c.ExceptionTable)
		if c.traits.lines != locations {
			return
		}
		for pos := 0; ; {
			var v [4]int
			for i := range v {
				n, size := exceptionVarint(tab[pos:])
				if size == 0 {
					return
				}
				v[i] = n
				pos += size
			}
			h := Handler{Start: 2 * v[0], End: 2*v[0] + 2*v[1], Target: 2 * v[2], Depth: v[3] >> 1, LastI: v[3]&1 != 0}
			if !yield(h) {
				return
			}
		}
	}
}

// exceptionVarint reads groups of six bits, the most significant first, bit 6
// set in all but the last (Objects/exception_handling_notes.txt in CPython).
// The size is 0 where s ends too early. A number stops growing at what no code
// object can need.
func exceptionVarint(s string) (n, size int) {
	for i := 0; i < len(s); i++ {
		if n < 1<<40 {
			n = n<<6 | int(s[i]&63)
		}
		if s[i]&64 == 0 {
			return n, i + 1
		}
	}
	return 0, 0
}
