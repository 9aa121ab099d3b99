package dis

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Options say what is shown of a file.
type Options struct {
	// Dis shows the instructions of each code object.
	Dis bool
	// ShowCaches shows the inline caches under their instructions, Offsets the
	// offset of each instruction, Positions the full source ranges (3.11+)
	// instead of line numbers.
	ShowCaches, Offsets, Positions bool
	// Only, where it is set, shows the code objects that it is true of, and no
	// header.
	Only func(Node) bool
	// Limit is how many bytes of a constant's representation are shown; 0 is
	// DefaultLimit, a negative number no limit.
	Limit int
	// Color writes the SGR sequences of a colour terminal.
	Color bool
}

func (o Options) limit() int {
	switch {
	case o.Limit == 0:
		return DefaultLimit
	case o.Limit < 0:
		return 0
	}
	return o.Limit
}

// The SGR parameters of what is coloured.
const (
	sgrHead  = "1"
	sgrDim   = "2"
	sgrOp    = "36"
	sgrLabel = "33"
	sgrValue = "32"
	sgrBad   = "31;1"
)

// WriteText writes a file for a person to read.
func WriteText(w io.Writer, f *File, o Options) error {
	t := newTextWriter(w, o)
	if o.Only == nil {
		t.header(f)
	}
	if f.Root != nil {
		first := o.Only != nil
		for i, n := range Walk(f.Root) {
			if o.Only != nil && !o.Only(n) {
				continue
			}
			if !first {
				t.line()
			}
			first = false
			t.code(f, n, i == 0)
		}
	}
	return t.flush()
}

// WriteInstructions writes the instructions and the exception table of one code
// object, as WriteText does with Dis.
func WriteInstructions(w io.Writer, c *Code, o Options) error {
	t := newTextWriter(w, o)
	t.instructions(c)
	return t.flush()
}

func newTextWriter(w io.Writer, o Options) *textWriter {
	return &textWriter{sink: sink{w: w, b: make([]byte, 0, sinkSize+1<<12)}, o: o, limit: o.limit()}
}

type textWriter struct {
	sink
	o     Options
	limit int
	tmp   []byte
}

func (t *textWriter) line(parts ...string) {
	for _, p := range parts {
		t.b = append(t.b, p...)
	}
	t.b = append(t.b, '\n')
	t.flushed()
}

func (t *textWriter) paint(sgr, s string) string {
	if !t.o.Color || s == "" {
		return s
	}
	return "\x1b[" + sgr + "m" + s + "\x1b[0m"
}

// field writes a named value under a heading.
func (t *textWriter) field(name, format string, args ...any) {
	t.name(name)
	t.b = fmt.Appendf(t.b, format, args...)
	t.line()
}

// name begins the line of a field.
func (t *textWriter) name(name string) {
	t.b = append(t.b, "  "...)
	t.b = append(t.b, name...)
	t.spaces(13 - len(name))
}

// number writes a field that is a number of something.
func (t *textWriter) number(name string, n int, unit string) {
	t.name(name)
	t.b = strconv.AppendInt(t.b, int64(n), 10)
	t.line(unit)
}

// row begins the line of element i of a list.
func (t *textWriter) row(i int) {
	t.b = append(t.b, "    "...)
	t.tmp = strconv.AppendInt(t.tmp[:0], int64(i), 10)
	t.cell(t.tmp, 4, true, "")
	t.spaces(2)
}

func (t *textWriter) header(f *File) {
	t.field("size", "%d bytes", f.Size)
	t.field("magic", "%s", magicText(f))
	if !f.HeaderOK {
		if f.Size >= 8 && f.Magic.Valid() {
			t.field("flags", "%#x", f.Flags)
		}
		return
	}
	h := f.Header
	switch h.Mode {
	case pyc.Timestamp:
		t.field("flags", "%#x: timestamp; import compares the source's time and size", f.Flags)
		t.field("source time", "%d (%s)", h.MTime, time.Unix(int64(h.MTime), 0).UTC().Format("2006-01-02 15:04:05 UTC"))
		t.field("source size", "%d bytes", h.Size)
	case pyc.CheckedHash:
		t.field("flags", "%#x: checked hash; import compares the source's hash", f.Flags)
		t.field("source hash", "%s", hex.EncodeToString(h.Hash[:]))
	default:
		t.field("flags", "%#x: unchecked hash; import does not look at the source", f.Flags)
		t.field("source hash", "%s", hex.EncodeToString(h.Hash[:]))
	}
}

func magicText(f *File) string {
	if f.KnownVersion && f.Version.Implementation == pyc.PyPy {
		return fmt.Sprintf("%d (PyPy %d.%d)", f.Magic.Number(), f.Version.Major, f.Version.Minor)
	}
	return f.Magic.String()
}

func (t *textWriter) code(f *File, n Node, root bool) {
	c := n.Value.Code()
	minor := f.Version.Minor
	t.tmp = append(t.tmp[:0], "code "...)
	t.tmp = appendName(t.tmp, n.Path, minor)
	t.cell(t.tmp, 0, false, sgrHead)
	t.line()
	t.name("name")
	t.b = appendName(t.b, data(c.Name), minor)
	t.line()
	t.name("file")
	t.b = appendName(t.b, data(c.FileName), minor)
	t.b = strconv.AppendInt(append(t.b, ", line "...), int64(c.FirstLineNo), 10)
	t.line()
	t.field("arguments", "%d, of them %d positional-only; %d keyword-only", c.ArgCount, c.PosOnlyArgCount, c.KwOnlyArgCount)
	t.number("stack", int(c.StackSize), "")
	t.field("flags", "%#x%s", uint32(c.Flags), flagText(f, c))
	if len(items(c.Consts)) > 0 {
		t.line("  constants")
		for i, k := range items(c.Consts) {
			t.row(i)
			name := typeName(k)
			t.b = append(t.b, name...)
			t.spaces(11 - len(name))
			t.tmp = AppendRepr(t.tmp[:0], k, minor, t.limit)
			t.cell(t.tmp, 0, false, sgrValue)
			t.line()
		}
	}
	t.names("names", items(c.Names), minor)
	if c.LocalsPlusNames != nil {
		t.localsPlus(c, minor)
	} else {
		t.names("locals", items(c.VarNames), minor)
		t.names("cells", items(c.CellVars), minor)
		t.names("free", items(c.FreeVars), minor)
	}
	t.number("bytecode", len(data(c.Bytecode)), " bytes")
	t.number("line table", len(data(c.LineTable)), " bytes")
	if c.ExceptionTable != nil {
		t.number("exceptions", len(c.ExceptionTable.Data), " bytes")
	}
	if !t.o.Dis {
		return
	}
	if !f.Disassembles() {
		if root {
			t.line("  ", t.paint(sgrBad, "the instructions of "+f.Version.String()+" are not decoded"))
		}
		return
	}
	if d, err := New(n.Value, minor); err == nil {
		t.line()
		t.instructions(d)
	}
}

// typeName is the type of a constant, as Python's type(x).__name__.
func typeName(v *marshal.Value) string {
	if v == nil {
		return "NULL"
	}
	switch v.Kind {
	case marshal.KindNone:
		return "NoneType"
	case marshal.KindTrue, marshal.KindFalse:
		return "bool"
	case marshal.KindEllipsis:
		return "ellipsis"
	case marshal.KindStopIteration:
		return "type"
	}
	return v.Kind.String()
}

// flagText names the bits of co_flags: ": OPTIMIZED, NEWLOCALS".
func flagText(f *File, c *marshal.Code) string {
	s, sep := "", ": "
	for _, name := range flagNames(f, c) {
		s, sep = s+sep+name, ", "
	}
	return s
}

func flagNames(f *File, c *marshal.Code) []string {
	minor := min(max(f.Version.Minor, opcode.MinMinor), opcode.MaxMinor) // PyPy's flags are CPython's
	table, _ := opcode.For(minor)
	names := []string{}
	for bit := uint32(1); bit != 0; bit <<= 1 {
		if uint32(c.Flags)&bit == 0 {
			continue
		}
		s, ok := table.CodeFlag(bit)
		if !ok {
			s = futureFlag(bit, minor)
		}
		names = append(names, s)
	}
	return names
}

// futureFlag names what from __future__ import sets (Include/cpython/code.h),
// which dis does not name. 3.9 moved them four bits up.
func futureFlag(bit uint32, minor int) string {
	moved := bit
	if minor < 9 {
		moved <<= 4
	}
	switch moved {
	case 0x20000:
		return "FUTURE_DIVISION"
	case 0x40000:
		return "FUTURE_ABSOLUTE_IMPORT"
	case 0x80000:
		return "FUTURE_WITH_STATEMENT"
	case 0x100000:
		return "FUTURE_PRINT_FUNCTION"
	case 0x200000:
		return "FUTURE_UNICODE_LITERALS"
	case 0x400000:
		return "FUTURE_BARRY_AS_BDFL"
	case 0x800000:
		return "FUTURE_GENERATOR_STOP"
	case 0x1000000:
		return "FUTURE_ANNOTATIONS"
	}
	return "0x" + strconv.FormatUint(uint64(bit), 16)
}

func (t *textWriter) names(what string, list []*marshal.Value, minor int) {
	if len(list) == 0 {
		return
	}
	t.line("  ", what)
	for i, v := range list {
		t.row(i)
		t.b = appendName(t.b, data(v), minor)
		t.line()
	}
}

// localKinds are the bits of co_localspluskinds, in the order in which they are
// written.
var localKinds = [...]struct {
	bit  byte
	name string
}{
	{marshal.LocalFast, "local"}, {marshal.LocalCell, "cell"}, {marshal.LocalFree, "free"}, {marshal.LocalHidden, "hidden"},
	{marshal.LocalArgPos, "positional"}, {marshal.LocalArgKw, "keyword"}, {marshal.LocalArgVar, "variadic"},
}

// appendLocalKinds names the bits of a kind, with commas.
func appendLocalKinds(dst []byte, kind byte) []byte {
	start := len(dst)
	for _, k := range localKinds {
		if kind&k.bit != 0 {
			if len(dst) > start {
				dst = append(dst, ", "...)
			}
			dst = append(dst, k.name...)
			kind &^= k.bit
		}
	}
	if kind != 0 {
		if len(dst) > start {
			dst = append(dst, ", "...)
		}
		dst = strconv.AppendUint(append(dst, "0x"...), uint64(kind), 16)
	}
	return dst
}

func (t *textWriter) localsPlus(c *marshal.Code, minor int) {
	list, kinds := items(c.LocalsPlusNames), data(c.LocalsPlusKinds)
	if len(list) == 0 {
		return
	}
	t.line("  variables")
	for i, v := range list {
		t.row(i)
		t.b = appendName(t.b, data(v), minor)
		if i < len(kinds) {
			t.b = append(t.b, "  ("...)
			t.b = append(appendLocalKinds(t.b, kinds[i]), ')')
		}
		t.line()
	}
}
