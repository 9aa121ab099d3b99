package dis

import (
	"encoding/hex"
	"strconv"
)

const (
	opNameWidth = 20
	opArgWidth  = 5
)

// widths are the widths of the columns of a listing; 0 leaves one out.
type widths struct{ line, label, offset int }

// blank is the width of the columns before the name of an instruction, where no
// offset is shown.
func (w widths) blank() int {
	n := 2 + w.label + 1
	if w.line > 0 {
		n += w.line + 2
	}
	return n
}

func (t *textWriter) widths(c *Code, labels *Labels) widths {
	w := widths{label: 2 + digits(labels.Len())}
	// The table says it without the instructions.
	last := int32(never)
	for r := newLineReader(c); r.ok && r.end < c.Size(); {
		switch r.next(); {
		case !r.ok:
		case t.o.Positions && c.HasPositions():
			w.line = max(w.line, len(appendPosition(t.tmp[:0], r.where)))
		case r.where.Line != NoLine:
			last = max(last, r.where.Line)
			w.line = max(w.line, 3)
		case r.starts:
			w.line = max(w.line, len(noLineText))
		}
	}
	if last > 0 {
		w.line = max(w.line, digits(int(last)))
	}
	if t.o.Offsets {
		w.offset = max(4, digits(c.Size()))
	}
	return w
}

const noLineText = "--"

func digits(n int) int { return len(strconv.Itoa(n)) }

// instructions writes a listing: one line an instruction, a blank line before
// each that starts a line of the source, then the exception table.
func (t *textWriter) instructions(c *Code) {
	labels := c.Labels(true)
	w := t.widths(c, labels)
	first := true
	for in := range c.Instructions() {
		if in.StartsLine && !first && w.line > 0 {
			t.line()
		}
		first = false
		t.instruction(c, in, labels, w)
		if t.o.ShowCaches {
			t.caches(c, in, w)
		}
	}
	if c.Trailing() {
		t.line("  ", t.paint(sgrBad, "half an instruction at the end"))
	}
	t.handlers(c, labels)
}

// cell writes s in a column of width n, to its right or its left, painted.
func (t *textWriter) cell(s []byte, n int, right bool, sgr string) {
	pad := n - len(s)
	if right {
		t.spaces(pad)
	}
	if t.o.Color && sgr != "" && len(s) > 0 {
		t.b = append(append(append(t.b, "\x1b["...), sgr...), 'm')
		t.b = append(append(t.b, s...), "\x1b[0m"...)
	} else {
		t.b = append(t.b, s...)
	}
	if !right {
		t.spaces(pad)
	}
}

func (t *textWriter) spaces(n int) {
	const blank = "                                "
	for n > len(blank) {
		t.b = append(t.b, blank...)
		n -= len(blank)
	}
	if n > 0 {
		t.b = append(t.b, blank[:n]...)
	}
}

// left writes the columns before the name of an instruction. in is nil for the
// lines of caches, which have an offset only.
func (t *textWriter) left(c *Code, in *Instruction, offset int, labels *Labels, w widths) {
	t.spaces(2)
	if w.line > 0 {
		s, right := t.tmp[:0], true
		switch {
		case in == nil:
		case t.o.Positions && c.HasPositions():
			s, right = appendPosition(s, in.Pos), false
		case !in.StartsLine:
		case in.Line == NoLine:
			s = append(s, noLineText...)
		default:
			s = strconv.AppendInt(s, int64(in.Line), 10)
		}
		t.cell(s, w.line, right, sgrDim)
		t.spaces(2)
	}
	s := t.tmp[:0]
	if in != nil {
		if n, ok := labels.At(offset); ok {
			s = append(strconv.AppendInt(append(s, 'L'), int64(n), 10), ':')
		}
	}
	t.cell(s, w.label, true, sgrLabel)
	t.spaces(1)
	if w.offset > 0 {
		t.cell(strconv.AppendInt(t.tmp[:0], int64(offset), 10), w.offset, true, sgrDim)
		t.spaces(1)
	}
}

func (t *textWriter) instruction(c *Code, in Instruction, labels *Labels, w widths) {
	if _, labelled := labels.At(in.Offset); labelled || in.StartsLine || w.offset > 0 || t.o.Positions {
		t.left(c, &in, in.Offset, labels, w)
	} else {
		t.spaces(w.blank())
	}
	note, name := c.Note(in), c.OpName(in)
	if t.o.Color || note != "" {
		t.painted(c, in, labels, name, note)
		return
	}
	t.b = append(t.b, name...)
	if in.HasArg {
		t.spaces(opNameWidth + 1 - len(name))
		if len(name) > opNameWidth {
			t.spaces(1)
		}
		t.number10(in.Arg, opArgWidth-max(0, len(name)-opNameWidth))
		before := len(t.b)
		t.b = append(t.b, " ("...)
		if t.b = c.AppendArg(t.b, in, labels, t.limit); len(t.b) == before+2 {
			t.b = t.b[:before]
		} else {
			t.b = append(t.b, ')')
		}
	}
	t.b = append(t.b, '\n')
	t.flushed()
}

// number10 writes n to the right of a column.
func (t *textWriter) number10(n int32, width int) {
	if n >= 0 {
		size := 1
		for x := n; x > 9; x /= 10 {
			size++
		}
		t.spaces(width - size)
		t.b = strconv.AppendInt(t.b, int64(n), 10)
		return
	}
	t.tmp = strconv.AppendInt(t.tmp[:0], int64(n), 10)
	t.cell(t.tmp, width, true, "")
}

// painted writes what stands behind the left columns, with colours and the note.
func (t *textWriter) painted(c *Code, in Instruction, labels *Labels, name, note string) {
	sgr := sgrOp
	if note != "" {
		sgr = sgrBad
	}
	t.tmp = append(t.tmp[:0], name...)
	excess := max(0, len(name)-opNameWidth)
	if !in.HasArg {
		t.cell(t.tmp, 0, false, sgr)
	} else {
		t.cell(t.tmp, opNameWidth, false, sgr)
		t.spaces(1)
		t.cell(strconv.AppendInt(t.tmp[:0], int64(in.Arg), 10), opArgWidth-excess, true, "")
		t.tmp = c.AppendArg(append(t.tmp[:0], '('), in, labels, t.limit)
		if len(t.tmp) > 1 {
			t.spaces(1)
			t.tmp = append(t.tmp, ')')
			t.cell(t.tmp, 0, false, t.argColor(c, in))
		}
	}
	if note != "" {
		t.spaces(2)
		t.b = append(t.b, t.paint(sgrBad, "! "+note)...)
	}
	t.line()
}

func (t *textWriter) argColor(c *Code, in Instruction) string {
	if !t.o.Color {
		return ""
	}
	switch c.Arg(in).Kind {
	case ArgConst, ArgCommonConstant:
		return sgrValue
	case ArgTarget:
		return sgrLabel
	case ArgInvalid:
		return sgrBad
	}
	return ""
}

func (t *textWriter) caches(c *Code, in Instruction, w widths) {
	for f := range c.Caches(in) {
		t.left(c, nil, f.Offset, nil, w)
		t.tmp = append(append(append(t.tmp[:0], "  CACHE "...), f.Name...), ' ')
		t.tmp = hex.AppendEncode(t.tmp, []byte(f.Data))
		t.cell(t.tmp, 0, false, sgrDim)
		t.line()
	}
}

func (t *textWriter) handlers(c *Code, labels *Labels) {
	first := true
	for h := range c.Handlers() {
		if first {
			t.line("  ", t.paint(sgrHead, "exception table"))
			first = false
		}
		t.b = appendLabel(append(t.b, "    "...), labels, h.Start)
		t.b = appendLabel(append(t.b, " to "...), labels, h.End)
		t.b = appendLabel(append(t.b, " -> "...), labels, h.Target)
		t.b = append(strconv.AppendInt(append(t.b, " ["...), int64(h.Depth), 10), ']')
		if h.LastI {
			t.b = append(t.b, " lasti"...)
		}
		t.line()
	}
}

func appendLabel(dst []byte, labels *Labels, offset int) []byte {
	if n, ok := labels.At(offset); ok {
		return strconv.AppendInt(append(dst, 'L'), int64(n), 10)
	}
	return append(strconv.AppendInt(append(dst, "nowhere: "...), int64(offset), 10), '!')
}

// appendPosition writes a range as dis does: LINE:COL-ENDLINE:ENDCOL.
func appendPosition(dst []byte, p Position) []byte {
	if p == noPosition {
		return append(dst, noLineText...)
	}
	for _, part := range [...]struct {
		before string
		n      int32
	}{{"", p.Line}, {":", p.Col}, {"-", p.EndLine}, {":", p.EndCol}} {
		dst = append(dst, part.before...)
		if part.n == NoLine {
			dst = append(dst, '?')
		} else {
			dst = strconv.AppendInt(dst, int64(part.n), 10)
		}
	}
	return dst
}
