// Package instrtest takes code objects apart, for tests of what makes them. It
// shares no code with the assembler.
package instrtest

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Decode takes the bytecode, location table and exception table of a code object
// apart, to what the assembler had before it: no extended arguments, no caches,
// and indices of instructions for the targets of jumps and handlers.
func Decode(c *marshal.Code, t *opcode.Table) (*instr.Linear, error) {
	code := c.Bytecode.Data
	locs := locations(c)
	l := &instr.Linear{StackSize: c.StackSize, NumLocalsPlus: int32(len(c.LocalsPlusNames.Items))}
	index := make([]int32, len(code)/2+1) // by code unit
	var starts, ends []int32              // by instruction, in code units
	arg, start := uint32(0), 0
	for i := 0; i < len(code); i += 2 {
		op := t.Op(code[i])
		arg = arg<<8 | uint32(code[i+1])
		if op == opcode.ExtendedArg {
			continue
		}
		for j := start; j <= i; j += 2 {
			index[j/2] = int32(len(l.Instrs))
		}
		l.Instrs = append(l.Instrs, instr.Instr{Op: op, Arg: int32(arg), Loc: locs[start/2]})
		arg = 0
		i += 2 * t.Caches(op)
		starts, ends = append(starts, int32(start/2)), append(ends, int32(i/2+1))
		start = i + 2
	}
	// Jumps, and the handlers of the stretches.
	l.Handlers = make([]instr.Handler, len(l.Instrs))
	for i := range l.Handlers {
		l.Handlers[i].Target = instr.NoHandler
	}
	for i := range l.Instrs {
		in := &l.Instrs[i]
		at := ends[i]
		if t.HasJump(in.Op) {
			to := at + in.Arg
			switch {
			case in.Op == opcode.EndAsyncFor:
				to = at - in.Arg - int32(4+t.Caches(opcode.Send)+t.Caches(opcode.Resume)) // the END_SEND of that SEND is meant
			case in.Op.IsBackwardJump():
				to = at - in.Arg
			}
			if to < 0 || int(to) >= len(index) {
				return nil, fmt.Errorf("jump to %d", to)
			}
			in.Arg = index[to]
		}
	}
	table := []byte(c.ExceptionTable.Data)
	for len(table) > 0 {
		var n [4]int32
		for i := range n {
			b := table[0] & 0x7f
			n[i] = int32(b & 0x3f)
			for table = table[1:]; b&0x40 != 0; table = table[1:] {
				b = table[0]
				n[i] = n[i]<<6 | int32(b&0x3f)
			}
		}
		h := instr.Handler{Target: index[n[2]], Depth: n[3]>>1 + 1, Lasti: n[3]&1 != 0}
		if h.Lasti {
			h.Depth++
		}
		for i := range l.Instrs {
			if n[0] <= starts[i] && starts[i] < n[0]+n[1] {
				l.Handlers[i] = h
			}
		}
	}
	return l, nil
}

// locations decodes the location table: one location a code unit.
func locations(c *marshal.Code) []instr.Loc {
	var out []instr.Loc
	table := []byte(c.LineTable.Data)
	next := func() byte { b := table[0]; table = table[1:]; return b }
	varint := func() int32 {
		v, shift := int32(0), 0
		for {
			b := next()
			v |= int32(b&0x3f) << shift
			if shift += 6; b&0x40 == 0 {
				return v
			}
		}
	}
	signed := func() int32 {
		v := varint()
		if v&1 != 0 {
			return -(v >> 1)
		}
		return v >> 1
	}
	line := c.FirstLineNo
	for len(table) > 0 {
		first := next()
		form, size := first>>3&15, first&7+1
		loc := instr.NoLoc
		switch {
		case form < 10:
			b := next()
			col := int32(form)<<3 | int32(b>>4)
			loc = instr.Loc{Line: line, EndLine: line, Col: col, EndCol: col + int32(b&15)}
		case form < 13:
			line += int32(form - 10)
			loc = instr.Loc{Line: line, EndLine: line}
			loc.Col, loc.EndCol = int32(next()), int32(next())
		case form == 13:
			line += signed()
			loc = instr.LineLoc(int(line))
		case form == 14:
			line += signed()
			loc = instr.Loc{Line: line, EndLine: line + varint()}
			loc.Col, loc.EndCol = varint()-1, varint()-1
		}
		for range size {
			out = append(out, loc)
		}
	}
	return out
}
