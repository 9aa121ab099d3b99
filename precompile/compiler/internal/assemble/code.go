package assemble

import (
	"encoding/binary"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// size returns the number of code units of an instruction: itself, an
// EXTENDED_ARG for each byte of its argument above the lowest, its cache.
func (a *Assembler) size(in *instr.Instr) int32 {
	return 1 + int32(a.ops[in.Op].caches) + extensions(in.Arg)
}

// extensions returns how many EXTENDED_ARGs an argument needs.
func extensions(arg int32) int32 {
	switch arg := uint32(arg); {
	case arg <= 0xff:
		return 0
	case arg <= 0xffff:
		return 1
	case arg <= 0xffffff:
		return 2
	}
	return 3
}

// layOut gives the jumps that have none yet a direction, lists those that lead
// somewhere, and computes offsets as far as the arguments tell, which for a jump is
// the index that it leads to. It is the first look at the instructions, and reports
// whether any has instr.NextLoc.
func (a *Assembler) layOut(instrs []instr.Instr) (next bool) {
	jumps := a.jumps[:0]
	a.offsets = resize(a.offsets, len(instrs)+1)
	offsets := a.offsets[:len(instrs)+1]
	at := int32(0)
	for i := range instrs {
		in := &instrs[i]
		info := &a.ops[in.Op]
		if in.Loc.Line == instr.NextLoc.Line {
			next = true
		}
		if !info.real || info.jumps {
			a.direct(in, i)
			info = &a.ops[in.Op]
			if info.jumps {
				jumps = append(jumps, jump{int32(i), in.Arg})
			}
		}
		offsets[i] = at
		at += 1 + int32(info.caches)
		if uint32(in.Arg) > 0xff {
			at += extensions(in.Arg)
		}
	}
	offsets[len(instrs)] = at
	a.jumps = jumps
	return next
}

// direct gives the jump at index i a direction, if it has none.
func (a *Assembler) direct(in *instr.Instr, i int) {
	forward := int(in.Arg) > i
	switch {
	case in.Op != opcode.Jump && in.Op != opcode.JumpNoInterrupt:
	case forward:
		in.Op = opcode.JumpForward
	case in.Op == opcode.Jump:
		in.Op = opcode.JumpBackward
	default:
		in.Op = opcode.JumpBackwardNoInterrupt
	}
	if !a.ops[in.Op].real {
		panic(fmt.Sprintf("assemble: %v on line %d has no encoding", in.Op, in.Loc.Line))
	}
}

// resolveOffsets replaces the targets of jumps by distances. These are counted
// from the end of the jump, whose own length depends on the distance; so it is
// repeated until no length changes. It starts from lengths for the indices of
// the targets, as CPython does since 3.13: the place where it settles can depend
// on where it starts.
func (a *Assembler) resolveOffsets(instrs []instr.Instr) {
	a.offsets = resize(a.offsets, len(instrs)+1)
	for again := true; again; {
		again = false
		at := int32(0)
		for i := range instrs {
			a.offsets[i] = at
			at += a.size(&instrs[i])
		}
		a.offsets[len(instrs)] = at
		for _, j := range a.jumps {
			in := &instrs[j.at]
			start, end, to := a.offsets[j.at], a.offsets[j.at+1], a.offsets[j.to]
			switch {
			case in.Op == opcode.EndAsyncFor:
				in.Arg = end - to - a.endSendOffset()
			case to < end:
				if !in.Op.IsBackwardJump() {
					panic(fmt.Sprintf("assemble: %v on line %d leads backward", in.Op, in.Loc.Line))
				}
				in.Arg = end - to
			default:
				if in.Op.IsBackwardJump() {
					panic(fmt.Sprintf("assemble: %v on line %d leads forward", in.Op, in.Loc.Line))
				}
				in.Arg = to - end
			}
			if a.size(in) != end-start {
				again = true
			}
		}
	}
}

// endSendOffset is the distance from a SEND to its END_SEND in code units. The
// target of END_ASYNC_FOR is the SEND, but sys.monitoring wants the END_SEND.
func (a *Assembler) endSendOffset() int32 {
	return 4 + int32(a.ops[opcode.Send].caches) + int32(a.ops[opcode.Resume].caches)
}

// emitCode writes the bytecode.
func (a *Assembler) emitCode(instrs []instr.Instr) {
	size := 2 * int(a.offsets[len(instrs)])
	if cap(a.code) < size {
		a.code = make([]byte, size+size/2)
	}
	out := a.code[:size]
	clear(out) // for the caches
	extended := a.ops[opcode.ExtendedArg].number
	at := 0
	for i := range instrs {
		in := &instrs[i]
		info := &a.ops[in.Op]
		arg := uint32(in.Arg)
		if arg > 0xff {
			for shift := 24; shift > 0; shift -= 8 {
				if arg>>shift != 0 {
					binary.LittleEndian.PutUint16(out[at:], uint16(extended)|uint16(arg>>shift&0xff)<<8)
					at += 2
				}
			}
		}
		binary.LittleEndian.PutUint16(out[at:], uint16(info.number)|uint16(arg&0xff)<<8)
		at += 2 + 2*int(info.caches)
	}
	a.code = out
}

func resize(s []int32, n int) []int32 {
	if cap(s) < n {
		return make([]int32, n, n+n/2)
	}
	return s[:n]
}
