package dis

import (
	"iter"
	"strconv"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// Instruction is one instruction of a code object. EXTENDED_ARG is an
// instruction of its own, and its argument is also part of the argument of the
// instruction that it extends, as in Python's dis.
type Instruction struct {
	Offset int // of the opcode's byte
	Start  int // of the first EXTENDED_ARG before it, or Offset

	Op   opcode.Op // opcode.None where Byte is no instruction of the version
	Byte byte

	// Arg is the argument with what EXTENDED_ARG adds, as the 32-bit integer
	// that the interpreter computes; HasArg whether the instruction has one.
	Arg    int32
	HasArg bool

	// Target is the offset that a jump leads to, which may be outside of the
	// code; -1 for instructions that do not jump.
	Target int

	// StartsLine is set where dis sees the start of a line. Line is the line
	// that the instruction belongs to, NoLine for one of none.
	StartsLine bool
	Line       int32

	// Pos is the source range; all NoLine before 3.11 and where there is none.
	Pos Position

	// Caches is the number of code units of inline cache that follow.
	Caches int
}

// NoLine stands in lines and columns for what is not recorded.
const NoLine = -1

// Position is a range of the source: lines from 1, columns in bytes of UTF-8
// from 0, each NoLine where it is not recorded.
type Position struct{ Line, EndLine, Col, EndCol int32 }

var noPosition = Position{NoLine, NoLine, NoLine, NoLine}

// Table returns the table of the version's instructions.
func (c *Code) Table() *opcode.Table { return c.table }

// OpName returns the name of the instruction: "LOAD_CONST", or "<200>" for a
// byte that is none.
func (c *Code) OpName(in Instruction) string {
	if in.Op == opcode.None {
		return "<" + strconv.Itoa(int(in.Byte)) + ">"
	}
	return in.Op.String()
}

// Note says in words why an instruction should not be in a .pyc; "" where it
// may.
func (c *Code) Note(in Instruction) string {
	switch f := c.table.Flags(in.Op); {
	case in.Op == opcode.None:
		return "unknown opcode"
	case f&opcode.Specialized != 0:
		return "adaptive form of " + c.table.Base(in.Op).String() + ", of interpreters' memory only"
	case f&opcode.Instrumented != 0:
		return "instrumented form, of interpreters' memory only"
	}
	return ""
}

// Instructions goes through the instructions in order. A last odd byte, which
// no Python makes, is not an instruction: see Trailing.
func (c *Code) Instructions() iter.Seq[Instruction] {
	return func(yield func(Instruction) bool) {
		lines := newLineReader(c)
		code := c.bytecode
		var extended int32
		start := -1
		for i := 0; i+1 < len(code); i += 2 {
			in := Instruction{Offset: i, Start: i, Byte: code[i], Target: -1}
			in.Op = c.table.Op(in.Byte)
			base := c.table.Base(in.Op)
			in.Caches = min(c.table.Caches(base), (len(code)-i)/2-1)
			if c.hasArg(base, in.Byte) {
				in.Arg, in.HasArg = int32(code[i+1])|extended, true
				in.Target = c.target(base, in)
			}
			extended = 0
			if base == opcode.ExtendedArg {
				extended = in.Arg << 8
				if start < 0 {
					start = i
				}
			} else if start >= 0 {
				in.Start, start = start, -1
			}
			lines.at(&in)
			if !yield(in) {
				return
			}
			i += 2 * in.Caches
		}
	}
}

// Trailing reports whether the bytecode ends in half an instruction.
func (c *Code) Trailing() bool { return len(c.bytecode)%2 != 0 }

// hasArg reports whether an instruction has an argument. Of unknown ones only
// the versions with a first number of those with argument can say.
func (c *Code) hasArg(op opcode.Op, b byte) bool {
	if op == opcode.None {
		return c.Minor < 12 && int(b) >= c.table.HaveArgument()
	}
	return c.table.HasArg(op)
}

// target returns the offset that a jump leads to, -1 for other instructions.
func (c *Code) target(op opcode.Op, in Instruction) int {
	arg := int(in.Arg) * c.traits.jumpUnit
	switch f := c.table.Flags(op); {
	case f&opcode.HasJumpAbs != 0:
		return arg
	case f&opcode.HasJumpRel == 0:
		return -1
	case op.IsBackwardJump() || c.traits.asyncForTarget && op == opcode.EndAsyncFor:
		arg = -arg
	}
	return in.Offset + 2 + 2*c.table.Caches(op) + arg
}

// CacheField is one field of an instruction's inline cache.
type CacheField struct {
	Name   string
	Offset int    // of its first byte
	Data   string // two bytes for each code unit
}

// Caches goes through the inline cache of an instruction, as far as the code
// goes.
func (c *Code) Caches(in Instruction) iter.Seq[CacheField] {
	return func(yield func(CacheField) bool) {
		at, end := in.Offset+2, in.Offset+2+2*in.Caches
		for _, f := range c.table.CacheFormat(c.table.Base(in.Op)) {
			if at >= end {
				return
			}
			next := min(at+2*f.Size, end)
			if !yield(CacheField{f.Name, at, c.bytecode[at:next]}) {
				return
			}
			at = next
		}
	}
}
