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

// nextLocations gives the instructions that have instr.NextLoc the location of the
// one that follows, if control goes on to that.
func (a *Assembler) nextLocations(instrs []instr.Instr) {
	for i := len(instrs) - 1; i >= 0; i-- {
		if in := &instrs[i]; in.Loc == instr.NextLoc {
			if a.table.IsTerminator(in.Op) || i+1 == len(instrs) {
				in.Loc = instr.NoLoc
			} else {
				in.Loc = instrs[i+1].Loc
			}
		}
	}
}

// emitLocations writes the location table of instructions whose first line is
// that of the code object.
func (a *Assembler) emitLocations(instrs []instr.Instr, firstLine int32) {
	w := locationWriter{out: a.lines[:0], line: firstLine}
	offsets := a.offsets[:len(instrs)+1]
	merged := a.features.LocationsMerged
	start := int32(0) // of the stretch, in code units
	for i := 0; i < len(instrs); {
		loc := &instrs[i].Loc
		i++
		for merged && i < len(instrs) && instrs[i].Loc == *loc {
			i++
		}
		size := offsets[i] - start
		start += size
		for ; size > maxEntry; size -= maxEntry {
			w.entry(loc, maxEntry)
		}
		if size > 0 {
			w.entry(loc, size)
		}
	}
	a.lines = w.out
}

type locationWriter struct {
	out  []byte
	line int32 // of the last entry that had one
}

// entry writes the entry of a stretch of size code units. The two forms that nearly all
// have come first; what is negative is too large for them as an unsigned number.
func (w *locationWriter) entry(loc *instr.Loc, size int32) {
	start := byte(0x80 | (size - 1)) // and the form
	delta, col, end := uint32(loc.Line-w.line), uint32(loc.Col), uint32(loc.EndCol)
	switch {
	case loc.Line != loc.EndLine || loc.Line < 0:
		w.rare(loc, start)
	case delta == 0 && col < 80 && end-col < 16:
		w.out = append(w.out, start|byte(formShort+col>>3)<<3, byte(col&7<<4|(end-col)))
	case delta < 3 && col < 128 && end < 128:
		w.out = append(w.out, start|byte(formOneLine+delta)<<3, byte(col), byte(end))
		w.line = loc.Line
	default:
		w.rare(loc, start)
	}
}

// rare writes an entry of another form.
func (w *locationWriter) rare(loc *instr.Loc, start byte) {
	if loc.Line < 0 {
		w.out = append(w.out, start|formNone<<3)
		return
	}
	delta := loc.Line - w.line
	w.line = loc.Line
	if (loc.Col < 0 || loc.EndCol < 0) && (loc.EndLine == loc.Line || loc.EndLine < 0) {
		w.out = append(w.out, start|formNoColumn<<3)
		w.signed(delta)
		return
	}
	w.out = append(w.out, start|formLong<<3)
	w.signed(delta)
	w.unsigned(uint32(loc.EndLine - loc.Line))
	w.unsigned(uint32(loc.Col + 1))
	w.unsigned(uint32(loc.EndCol + 1))
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
