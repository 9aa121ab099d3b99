package assemble

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// The location table (Objects/locations.md, PEP 657) is a sequence of entries of
// up to 8 code units each. An entry starts with a byte that has the top bit set,
// a form and the length; the forms are:
const (
	formShort    = 0  // to 9: on the line of the last entry; eighths of the start column in the form, columns below 80
	formOneLine  = 10 // to 12: 0 to 2 lines on, columns below 128
	formNoColumn = 13 // a line without columns
	formLong     = 14
	formNone     = 15 // no location
	maxEntry     = 8
)

// emitLocations writes the location table of instructions whose first line is
// that of the code object.
func (a *Assembler) emitLocations(instrs []instr.Instr, firstLine int32) {
	for i := len(instrs) - 1; i >= 0; i-- {
		if in := &instrs[i]; in.Loc.Line == instr.NextLoc.Line && in.Loc == instr.NextLoc {
			if a.table.IsTerminator(in.Op) || i+1 == len(instrs) {
				in.Loc = instr.NoLoc
			} else {
				in.Loc = instrs[i+1].Loc
			}
		}
	}
	w := locationWriter{out: a.lines[:0], line: firstLine}
	for i := 0; i < len(instrs); {
		loc, start := &instrs[i].Loc, a.offsets[i]
		i++
		for a.features.LocationsMerged && i < len(instrs) && instrs[i].Loc == *loc {
			i++
		}
		w.write(loc, a.offsets[i]-start)
	}
	a.lines = w.out
}

type locationWriter struct {
	out  []byte
	line int32 // of the last entry that had one
}

// write writes the entries of a stretch of size code units.
func (w *locationWriter) write(loc *instr.Loc, size int32) {
	for ; size > maxEntry; size -= maxEntry {
		w.entry(loc, maxEntry)
	}
	if size > 0 {
		w.entry(loc, size)
	}
}

func (w *locationWriter) entry(loc *instr.Loc, size int32) {
	start := byte(0x80 | (size - 1)) // and the form
	if loc.Line < 0 {
		w.out = append(w.out, start|formNone<<3)
		return
	}
	delta := loc.Line - w.line
	col, end := loc.Col, loc.EndCol
	switch {
	case col < 0 || end < 0:
		if loc.EndLine == loc.Line || loc.EndLine < 0 {
			w.out = append(w.out, start|formNoColumn<<3)
			w.signed(delta)
			w.line = loc.Line
			return
		}
	case loc.EndLine == loc.Line:
		if delta == 0 && col < 80 && end-col < 16 && end >= col {
			w.out = append(w.out, start|byte(formShort+col>>3)<<3, byte(col&7<<4|(end-col)))
			return
		}
		if 0 <= delta && delta < 3 && col < 128 && end < 128 {
			w.out = append(w.out, start|byte(formOneLine+delta)<<3, byte(col), byte(end))
			w.line = loc.Line
			return
		}
	}
	w.out = append(w.out, start|formLong<<3)
	w.signed(delta)
	w.unsigned(uint32(loc.EndLine - loc.Line))
	w.unsigned(uint32(col + 1))
	w.unsigned(uint32(end + 1))
	w.line = loc.Line
}

// unsigned writes six bits a byte, the lowest first; bit 6 says that more
// follow.
func (w *locationWriter) unsigned(v uint32) {
	for ; v >= 0x40; v >>= 6 {
		w.out = append(w.out, byte(v&0x3f|0x40))
	}
	w.out = append(w.out, byte(v))
}

// signed writes the size with the sign as lowest bit.
func (w *locationWriter) signed(v int32) {
	if v < 0 {
		w.unsigned(uint32(-v)<<1 | 1)
		return
	}
	w.unsigned(uint32(v) << 1)
}
