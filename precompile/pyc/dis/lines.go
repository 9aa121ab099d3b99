package dis

// lineReader gives instructions their lines and positions. It reads the table
// alongside the instructions, once, in order.
type lineReader struct {
	c    *Code
	pos  int // in the table
	line int32
	last int32 // the line that the last start was of

	// The range that was read last, in bytes of code, and its place in the
	// source. ok is false when the table has ended.
	start, end int
	where      Position
	ok         bool
	// starts: the range starts a line in the eyes of dis.
	starts bool
}

// never is a line that no range has.
const never = -1 << 31

func newLineReader(c *Code) *lineReader {
	return &lineReader{c: c, line: c.FirstLineNo, last: never, where: noPosition, ok: true}
}

// at fills in an instruction. A start counts only where an instruction is.
func (r *lineReader) at(in *Instruction) {
	for r.ok && r.end <= in.Offset {
		r.next()
	}
	in.Line, in.Pos = r.where.Line, noPosition
	if !r.ok {
		return // what follows a table that is too short belongs to its last line
	}
	in.StartsLine = r.starts && r.start == in.Offset
	if r.c.traits.lines == locations {
		in.Pos = r.where
	}
}

// next reads one range.
func (r *lineReader) next() {
	switch r.c.traits.lines {
	case lnotab:
		r.nextLnotab()
	case lineTable:
		r.nextLineTable()
	default:
		r.nextLocation()
	}
	if !r.ok {
		return
	}
	// Since 3.13 any change starts a line, a change to none too; before, a
	// change of the last line that was one.
	line := r.where.Line
	r.starts = line != r.last && (line != NoLine || r.c.traits.noLineStarts)
	if r.starts {
		r.last = line
	}
}

// nextLnotab reads pairs of an increment of the offset and one of the line that
// applies from there on (Objects/lnotab_notes.txt in CPython). What is left
// when they end is one range.
func (r *lineReader) nextLnotab() {
	tab, size := r.c.lineTab, len(r.c.bytecode)
	if r.start = r.end; r.start >= size {
		r.ok = false
		return
	}
	for ; r.pos+1 < len(tab); r.pos += 2 {
		d := int32(int8(tab[r.pos+1]))
		if n := int(tab[r.pos]); n > 0 {
			r.where.Line, r.end = r.line, r.start+n
			r.line += d
			r.pos += 2
			return
		}
		r.line += d
	}
	r.where.Line, r.end = r.line, size
}

// nextLineTable reads pairs of the length of a range and an increment of the
// line, -128 for no line (PEP 626).
func (r *lineReader) nextLineTable() {
	tab := r.c.lineTab
	for r.start = r.end; r.pos+1 < len(tab); r.pos += 2 {
		r.end = r.start + int(tab[r.pos])
		r.where.Line = NoLine
		if d := int8(tab[r.pos+1]); d != -128 {
			r.line += int32(d)
			r.where.Line = r.line
		}
		if r.end > r.start {
			r.pos += 2
			return
		}
	}
	r.ok = false
}

// nextLocation reads an entry: a byte with the top bit set, of a code (bits 3
// to 6) and the number of code units less one (bits 0 to 2), then what the code
// asks for (Objects/locations.md in CPython).
func (r *lineReader) nextLocation() {
	tab := r.c.lineTab
	if r.pos >= len(tab) {
		r.ok = false
		return
	}
	first := tab[r.pos]
	r.pos++
	r.start, r.end = r.end, r.end+2*(int(first&7)+1)
	switch code := first >> 3 & 15; code {
	case 15: // no location
		r.where = noPosition
	case 14: // long form
		r.line += r.signedVarint()
		w := Position{Line: r.line, EndLine: r.line + int32(r.varint())}
		w.Col = int32(r.varint()) - 1
		w.EndCol = int32(r.varint()) - 1
		r.where = w
	case 13: // no columns
		r.line += r.signedVarint()
		r.where = Position{r.line, r.line, NoLine, NoLine}
	case 10, 11, 12: // one line
		r.line += int32(code) - 10
		col := r.byte()
		r.where = Position{r.line, r.line, int32(col), int32(r.byte())}
	default: // short form
		b := r.byte()
		col := int32(code)<<3 | int32(b>>4)
		r.where = Position{r.line, r.line, col, col + int32(b&15)}
	}
	// An entry starts where the next byte has its top bit set.
	for r.pos < len(tab) && tab[r.pos]&0x80 == 0 {
		r.pos++
	}
}

func (r *lineReader) byte() byte {
	if r.pos >= len(r.c.lineTab) {
		return 0
	}
	b := r.c.lineTab[r.pos]
	r.pos++
	return b
}

// varint reads groups of six bits, the least significant first, bit 6 set in
// all but the last.
func (r *lineReader) varint() uint32 {
	var v uint32
	for shift := uint(0); ; shift += 6 {
		b := r.byte()
		if shift < 32 {
			v |= uint32(b&63) << shift
		}
		if b&64 == 0 {
			return v
		}
	}
}

func (r *lineReader) signedVarint() int32 {
	v := r.varint()
	if v&1 != 0 {
		return -int32(v >> 1)
	}
	return int32(v >> 1)
}
