package instr

import (
	"fmt"
	"slices"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// Seq is the instruction stream of one code unit, as codegen writes it. The
// zero Seq is empty and ready for use; Reset makes one ready again and keeps
// its memory.
type Seq struct {
	Instrs []Instr
	// Annotations replaces the one ANNOTATIONS_PLACEHOLDER of the stream, if it
	// has one (3.14 and later); it has no jumps of its own. Nil removes the
	// placeholder.
	Annotations *Seq

	places   []int32 // by label; -1 until placed
	jumps    []int32 // indices of the instructions that have a target, in their order
	resolved bool
	unlisted bool // jumps is not filled in
	limit    int  // see SetLimit
}

// Reset empties s.
func (s *Seq) Reset() {
	s.Instrs = s.Instrs[:0]
	s.Annotations = nil
	s.places = s.places[:0]
	s.jumps = s.jumps[:0]
	s.resolved, s.unlisted = false, false
}

// Len returns the number of instructions so far.
func (s *Seq) Len() int { return len(s.Instrs) }

// NewLabel makes a label that is not yet placed.
func (s *Seq) NewLabel() Label {
	s.places = append(s.places, -1)
	return Label(len(s.places))
}

// Place puts a label before the next instruction that is added. A label is
// placed once.
func (s *Seq) Place(l Label) {
	if l <= 0 || int(l) > len(s.places) {
		panic(fmt.Sprintf("instr: label %d is not of this sequence", l))
	}
	if s.places[l-1] >= 0 {
		panic(fmt.Sprintf("instr: label %d placed twice", l))
	}
	s.places[l-1] = int32(len(s.Instrs))
}

// Add appends an instruction without an argument.
func (s *Seq) Add(loc Loc, op opcode.Op) {
	in := s.slot()
	in.Op, in.Arg, in.Loc = op, 0, loc
}

// slot appends an instruction to be written. Written field by field, where it is, it
// need not be copied in wider pieces, for which the processor would have to wait.
func (s *Seq) slot() *Instr {
	n := len(s.Instrs)
	if n == cap(s.Instrs) {
		s.grow()
	}
	s.Instrs = s.Instrs[:n+1]
	return &s.Instrs[n]
}

//go:noinline
func (s *Seq) grow() {
	n := len(s.Instrs)
	if s.limit > 0 && n >= s.limit {
		panic(TooLong{})
	}
	s.Instrs = slices.Grow(s.Instrs, max(n, 64))
	s.clip()
}

// TooLong is the panic of a Seq that outgrows its limit.
type TooLong struct{}

// SetLimit sets how many instructions can be added to an empty s, until it is set anew;
// 0 is any number. One more panics with TooLong.
func (s *Seq) SetLimit(n int) {
	s.limit = n
	s.clip()
}

// clip makes the memory end where the limit is, so that it has to grow for one more.
func (s *Seq) clip() {
	if s.limit > 0 && cap(s.Instrs) > s.limit {
		s.Instrs = s.Instrs[:len(s.Instrs):max(s.limit, len(s.Instrs))]
	}
}

// AddArg appends an instruction with an argument.
func (s *Seq) AddArg(loc Loc, op opcode.Op, arg int) {
	if arg < 0 || arg >= MaxArg {
		outOfRange(op, arg)
	}
	in := s.slot()
	in.Op, in.Arg, in.Loc = op, int32(arg), loc
}

//go:noinline
func outOfRange(op opcode.Op, arg int) {
	panic(fmt.Sprintf("instr: argument %d of %v is out of range", arg, op))
}

// AddJump appends a jump, or the set-up of a handler, that leads to a label.
func (s *Seq) AddJump(loc Loc, op opcode.Op, to Label) {
	if to <= 0 {
		panic(fmt.Sprintf("instr: %v leads to no label", op))
	}
	s.jumps = append(s.jumps, int32(len(s.Instrs)))
	in := s.slot()
	in.Op, in.Arg, in.Loc = op, int32(to), loc
}

// InsertJump puts such an instruction before the one at index at; labels there
// and after move along, so that none of them leads to the new instruction.
// Generators need it, whose whole body a handler protects.
func (s *Seq) InsertJump(at int, loc Loc, op opcode.Op, to Label) {
	s.Instrs = slices.Insert(s.Instrs, at, Instr{Op: op, Arg: int32(to), Loc: loc})
	s.moved(at)
	i, _ := slices.BinarySearch(s.jumps, int32(at))
	s.jumps = slices.Insert(s.jumps, i, int32(at))
}

// Insert puts an instruction with an argument before the one at index at, in
// the same way.
func (s *Seq) Insert(at int, loc Loc, op opcode.Op, arg int) {
	s.Instrs = slices.Insert(s.Instrs, at, Instr{Op: op, Arg: int32(arg), Loc: loc})
	s.moved(at)
}

func (s *Seq) moved(at int) {
	for i, p := range s.places {
		if int(p) >= at {
			s.places[i]++
		}
	}
	for i, j := range s.jumps {
		if int(j) >= at {
			s.jumps[i]++
		}
	}
}

// ResolveLabels replaces the labels in arguments by indices of instructions,
// once; it is idempotent. A target that was never placed, or placed after the
// last instruction, is a fault of codegen and panics.
func (s *Seq) ResolveLabels() {
	if s.resolved {
		return
	}
	s.resolved = true
	for _, i := range s.jumps {
		in := &s.Instrs[i]
		if in.Arg <= 0 || int(in.Arg) > len(s.places) || s.places[in.Arg-1] < 0 || int(s.places[in.Arg-1]) >= len(s.Instrs) {
			panic(fmt.Sprintf("instr: %v at %d leads to label %d, which has no place", in.Op, i, in.Arg))
		}
		in.Arg = s.places[in.Arg-1]
	}
}

// Jumps returns the indices of the instructions that have a target, in their
// order.
func (s *Seq) Jumps(t *opcode.Table) []int32 {
	if s.unlisted {
		s.unlisted = false
		s.jumps = s.jumps[:0]
		for i := range s.Instrs {
			if t.HasTarget(s.Instrs[i].Op) {
				s.jumps = append(s.jumps, int32(i))
			}
		}
	}
	return s.jumps
}

// MarkResolved says that the targets in s, which may have been written past its
// methods, are indices already.
func (s *Seq) MarkResolved() { s.resolved, s.unlisted = true, true }

// Resolved makes a sequence of instructions whose targets are indices already,
// such as those an interpreter's compiler_codegen returns.
func Resolved(instrs []Instr) *Seq { return &Seq{Instrs: instrs, resolved: true, unlisted: true} }
