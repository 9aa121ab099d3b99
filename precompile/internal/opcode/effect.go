package opcode

import "math/bits"

// effect is a change of the stack's depth: base plus term of the oparg.
type effect struct {
	base int8
	term term
}

// term is how an effect depends on the oparg n.
type term uint8

const (
	termNone      term = iota // 0
	termN                     // n
	termNegN                  // -n
	term2N                    // 2n
	termNeg2N                 // -2n
	termBit0                  // n & 1
	termNegBit0               // -(n & 1)
	termUnpackEx              // (n & 0xff) + n>>8: names before and after the star
	termIs3                   // 1 if n is 3: BUILD_SLICE with a step
	termNegIs3                // its negative
	termNegBit2               // -(n>>2 & 1): FORMAT_VALUE with a format
	termNegBits03             // minus the number of bits set among the low four: MAKE_FUNCTION
)

func (e effect) of(n int) int {
	d := int(e.base)
	switch e.term {
	case termN:
		d += n
	case termNegN:
		d -= n
	case term2N:
		d += 2 * n
	case termNeg2N:
		d -= 2 * n
	case termBit0:
		d += n & 1
	case termNegBit0:
		d -= n & 1
	case termUnpackEx:
		d += n&0xff + n>>8
	case termIs3:
		if n == 3 {
			d++
		}
	case termNegIs3:
		if n == 3 {
			d--
		}
	case termNegBit2:
		d -= n >> 2 & 1
	case termNegBits03:
		d -= bits.OnesCount(uint(n & 15))
	}
	return d
}

// StackEffect returns by how much op with oparg changes the depth of the stack:
// when it jumps (jump > 0), when it does not (jump == 0), or the larger of the
// two (jump < 0), as dis.stack_effect does. ok is false for instructions that
// CPython refuses to answer for: unknown, specialised, some instrumented ones.
func (t *Table) StackEffect(op Op, oparg, jump int) (n int, ok bool) {
	i := t.at(op)
	if !i.hasEffect {
		return 0, false
	}
	e := i.max
	switch {
	case jump > 0:
		e = i.jump
	case jump == 0:
		e = i.fall
	}
	return e.of(oparg), true
}

// FixedEffect returns what StackEffect does where op does not jump and where it
// does. ok is false where that depends on the oparg or is not known.
func (t *Table) FixedEffect(op Op) (fall, jump int, ok bool) {
	i := t.at(op)
	if !i.hasEffect || i.fall.term != termNone || i.jump.term != termNone {
		return 0, 0, false
	}
	return int(i.fall.base), int(i.jump.base), true
}

// StackUse returns how many values op with oparg takes off the stack, and how
// many it then puts on it. It is known since 3.13, for instructions that occur
// in a .pyc, and since 3.14 for a compiler's own too; for these, popped and
// pushed are those of the jump.
func (t *Table) StackUse(op Op, oparg int) (popped, pushed int, ok bool) {
	i := t.at(op)
	if !i.hasPop {
		return 0, 0, false
	}
	return i.popped.of(oparg), i.pushed.of(oparg), true
}

// FixedUse returns what StackUse does. ok is false where that depends on the oparg or
// is not known.
func (t *Table) FixedUse(op Op) (popped, pushed int, ok bool) {
	i := t.at(op)
	if !i.hasPop || i.popped.term != termNone || i.pushed.term != termNone {
		return 0, 0, false
	}
	return int(i.popped.base), int(i.pushed.base), true
}
