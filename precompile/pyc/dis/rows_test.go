package dis

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// stream reads what testdata/instructions.py writes: f gets each marshalled code
// object and the rows of the interpreter's dis.
func stream(r io.Reader, f func(code, rows []byte) error) error {
	b := bufio.NewReaderSize(r, 1<<20)
	for {
		var code, text int
		if _, err := fmt.Fscanf(b, "%d %d\n", &code, &text); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		buf := make([]byte, code+text)
		if _, err := io.ReadFull(b, buf); err != nil {
			return err
		}
		if err := f(buf[:code], buf[code:]); err != nil {
			return err
		}
	}
}

// compareStream compares a stream of CPython 3.minor with what this package
// makes of its code objects.
func compareStream(t *testing.T, minor int, r io.Reader) *comparison {
	t.Helper()
	profile, err := marshal.ProfileOf(false, 3, minor)
	if err != nil {
		t.Fatal(err)
	}
	c := &comparison{t: t, minor: minor}
	err = stream(r, func(code, rows []byte) error {
		v, err := marshal.Unmarshal(code, profile)
		if err == nil {
			c.files++
			c.file(v, rows)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d files, %d code objects, %d instructions, %d rows with caches, %d exception entries: %d differences",
		c.files, c.codes, c.instructions, c.cached, c.handlers, c.wrong)
	return c
}

type comparison struct {
	t     *testing.T
	minor int

	files, codes, instructions, cached, handlers, wrong int

	buf  []byte
	want [][]byte
	at   string
}

func (c *comparison) file(root *marshal.Value, text []byte) {
	c.want = bytes.Split(text, []byte("\n"))
	c.walk(root, map[*marshal.Value]bool{root: true})
	if len(c.want) != 0 {
		c.fail("%d rows too few, from %s", len(c.want), c.want[0])
	}
}

func (c *comparison) fail(format string, args ...any) {
	c.wrong++
	if c.wrong <= 10 {
		c.t.Errorf("%s: %s", c.at, fmt.Sprintf(format, args...))
	}
}

// row compares one row with the next of the interpreter's.
func (c *comparison) row(fields ...any) {
	b := c.buf[:0]
	for i, f := range fields {
		if i > 0 {
			b = append(b, '\t')
		}
		switch f := f.(type) {
		case string:
			b = append(b, f...)
		case []byte:
			b = append(b, f...)
		case int:
			b = strconv.AppendInt(b, int64(f), 10)
		case int32:
			if f == NoLine {
				b = append(b, "None"...)
			} else {
				b = strconv.AppendInt(b, int64(f), 10)
			}
		case bool:
			if f {
				b = append(b, "True"...)
			} else {
				b = append(b, "False"...)
			}
		case nil:
			b = append(b, "None"...)
		default:
			panic(fmt.Sprintf("%T", f))
		}
	}
	c.buf = b
	// A representation may have line feeds of its own (names do).
	n := 1 + bytes.Count(b, []byte("\n"))
	if n > len(c.want) {
		c.fail("one row too many: %s", b)
		return
	}
	want := c.want[0]
	if n > 1 {
		want = bytes.Join(c.want[:n], []byte("\n"))
	}
	if !bytes.Equal(b, want) {
		c.fail("\n got %s\nwant %s", b, want)
	}
	c.want = c.want[n:]
}

func (c *comparison) walk(v *marshal.Value, seen map[*marshal.Value]bool) {
	code, err := New(v, c.minor)
	if err != nil {
		c.t.Fatal(err)
	}
	c.codes++
	name := data(code.Name)
	if code.QualName != nil {
		name = data(code.QualName)
	}
	c.at = fmt.Sprintf("%s: %s", data(code.FileName), name)
	c.row("C", name)
	labels := code.Labels(false)
	for in := range code.Instructions() {
		c.instructions++
		c.instruction("I", code, labels, in)
	}
	if c.minor == 11 || c.minor == 12 {
		for in := range code.Instructions() {
			c.instruction("X", code, labels, in)
			c.cacheRows(code, in)
		}
	}
	for h := range code.Handlers() {
		c.handlers++
		c.row("E", h.Start, h.End, h.Target, h.Depth, h.LastI)
	}
	for _, k := range code.consts {
		if k.Kind == marshal.KindCode && !seen[k] {
			seen[k] = true
			c.walk(k, seen)
		}
	}
}

func (c *comparison) instruction(letter string, code *Code, labels *Labels, in Instruction) {
	fields := make([]any, 0, 16)
	fields = append(fields, letter, in.Offset, code.OpName(in), int(in.Byte))
	if in.HasArg {
		fields = append(fields, int(in.Arg))
	} else {
		fields = append(fields, nil)
	}
	shown := labels
	if c.minor < 13 {
		shown = nil
	}
	argrepr := code.AppendArg(nil, in, shown, 0)
	if a := code.Arg(in); a.Kind == ArgConst && !plain(a.Const) {
		argrepr = show(nil, a.Const, c.minor)
	}
	fields = append(fields, argval(code, in, argrepr), argrepr)
	label, isTarget := labels.At(in.Offset)
	if c.minor < 13 {
		if in.StartsLine {
			fields = append(fields, in.Line)
		} else {
			fields = append(fields, nil)
		}
		fields = append(fields, isTarget)
	} else {
		fields = append(fields, in.StartsLine)
		if isTarget {
			fields = append(fields, label)
		} else {
			fields = append(fields, nil)
		}
		fields = append(fields, in.Start, in.Line, int32(in.Target))
		var caches any
		if in.Caches > 0 {
			s := "["
			for f := range code.Caches(in) {
				if s != "[" {
					s += ", "
				}
				s += fmt.Sprintf("('%s', %d, '%s')", f.Name, len(f.Data)/2, hex.EncodeToString([]byte(f.Data)))
			}
			caches = s + "]"
		}
		fields = append(fields, caches)
	}
	if c.minor >= 11 {
		fields = append(fields, in.Pos.Line, in.Pos.EndLine, in.Pos.Col, in.Pos.EndCol)
	}
	c.row(fields...)
}

// cacheRows are the entries that dis of 3.11 and 3.12 lists as instructions.
func (c *comparison) cacheRows(code *Code, in Instruction) {
	for f := range code.Caches(in) {
		for i := 0; i < len(f.Data); i += 2 {
			c.cached++
			argrepr := ""
			if i == 0 && c.minor == 12 { // 3.11 shows them of specialised instructions only
				var n uint64
				for j := len(f.Data) - 1; j >= 0; j-- {
					n = n<<8 | uint64(f.Data[j])
				}
				argrepr = f.Name + ": " + strconv.FormatUint(n, 10)
			}
			c.row("X", f.Offset+i, "CACHE", 0, 0, nil, argrepr, nil, false,
				in.Pos.Line, in.Pos.EndLine, in.Pos.Col, in.Pos.EndCol)
		}
	}
}

// argval is repr of what dis calls argval.
func argval(c *Code, in Instruction, argrepr []byte) any {
	converters := map[string]string{
		"": "None", "str": "<class 'str'>", "repr": "<built-in function repr>", "ascii": "<built-in function ascii>",
	}
	a := c.Arg(in)
	switch a.Kind {
	case ArgNone:
		return nil
	case ArgConst:
		return argrepr
	case ArgName, ArgVariable, ArgCompare:
		return pyrepr.AppendStr(nil, a.Name, c.Minor)
	case ArgVariables:
		b := append(pyrepr.AppendStr([]byte("("), a.Name, c.Minor), ", "...)
		return append(pyrepr.AppendStr(b, a.Second, c.Minor), ')')
	case ArgTarget:
		return in.Target
	case ArgConversion:
		s := converters[a.Name]
		if c.Minor >= 13 {
			return s
		}
		if a.Flag != "" {
			return "(" + s + ", True)"
		}
		return "(" + s + ", False)"
	case ArgCommonConstant:
		switch {
		case c.Minor < 15:
			return int(in.Arg)
		case strings.ContainsAny(a.Name, "<'-") || a.Name == "None" || a.Name == "True" || a.Name == "False":
			return a.Name
		}
		return "<class '" + a.Name + "'>"
	case ArgInvalid:
		return "invalid"
	}
	return int(in.Arg)
}

// plain and show are the script's functions of these names.
func plain(v *marshal.Value) bool {
	switch v.Kind {
	case marshal.KindTuple:
		return !slices.ContainsFunc(v.Items, func(v *marshal.Value) bool { return !plain(v) })
	case marshal.KindFrozenSet:
		return false
	}
	return true
}

func show(dst []byte, v *marshal.Value, minor int) []byte {
	switch {
	case plain(v) || v.Kind == marshal.KindFrozenSet && len(v.Items) == 0:
		return AppendRepr(dst, v, minor, 0)
	case v.Kind == marshal.KindTuple:
		dst = append(dst, '(')
		for i, item := range v.Items {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = show(dst, item, minor)
		}
		if len(v.Items) == 1 {
			dst = append(dst, ',')
		}
		return append(dst, ')')
	}
	var all []string
	for _, item := range v.Items {
		all = append(all, string(show(nil, item, minor)))
	}
	slices.Sort(all)
	return append(dst, "frozenset({"+strings.Join(all, ", ")+"})"...)
}
