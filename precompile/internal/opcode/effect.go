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

// Linear is a number that depends on the oparg n in a simple way: Base + PerArg*n +
// PerBit0*(n&1).
type Linear struct{ Base, PerArg, PerBit0 int8 }

// Of returns the number for oparg n.
func (l Linear) Of(n int32) int32 {
	return int32(l.Base) + int32(l.PerArg)*n + int32(l.PerBit0)*(n&1)
}

// linear returns e as a Linear, if it is one.
func (e effect) linear() (l Linear, ok bool) {
	l.Base = e.base
	switch e.term {
	case termNone:
	case termN:
		l.PerArg = 1
	case termNegN:
		l.PerArg = -1
	case term2N:
		l.PerArg = 2
	case termNeg2N:
		l.PerArg = -2
	case termBit0:
		l.PerBit0 = 1
	case termNegBit0:
		l.PerBit0 = -1
	default:
		return Linear{}, false
	}
	return l, true
}

// LinearEffect returns what StackEffect does where op does not jump and where it
// does, for all opargs at once. ok is false where that is no Linear or not known.
func (t *Table) LinearEffect(op Op) (fall, jump Linear, ok bool) {
	i := t.at(op)
	fall, ok1 := i.fall.linear()
	jump, ok2 := i.jump.linear()
	return fall, jump, i.hasEffect && ok1 && ok2
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

// LinearUse returns what StackUse does, for all opargs at once. ok is false where
// that is no Linear or not known.
func (t *Table) LinearUse(op Op) (popped, pushed Linear, ok bool) {
	i := t.at(op)
	popped, ok1 := i.popped.linear()
	pushed, ok2 := i.pushed.linear()
	return popped, pushed, i.hasPop && ok1 && ok2
}
