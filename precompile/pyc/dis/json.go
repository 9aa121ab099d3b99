package dis

import (
	"encoding/hex"
	"io"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// WriteJSON writes a file as one JSON object, which docs/schema describes
// (inspect.schema.json). Of o the fields Dis, ShowCaches, Only and Limit count;
// positions and offsets are always there. name is the value of "file", and
// readErr, which may be nil, that of "error".
//
// Strings are Python's: lone surrogates are written as \ud800 and the like.
func WriteJSON(w io.Writer, name string, f *File, readErr error, o Options) error {
	j := &jsonWriter{sink: sink{w: w, b: make([]byte, 0, sinkSize+1<<12)}, limit: o.limit()}
	j.open('{')
	j.str("file", name)
	if f != nil {
		j.header(f)
	}
	if readErr != nil {
		j.str("error", readErr.Error())
	}
	if f != nil && f.Root != nil {
		j.key("codes")
		j.open('[')
		nodes := Walk(f.Root)
		index := make(map[*marshal.Value]int, len(nodes))
		for i, n := range nodes {
			index[n.Value] = i
		}
		for i, n := range nodes {
			if o.Only == nil || o.Only(n) {
				j.code(f, n, i, index, o)
			}
		}
		j.close(']')
	}
	j.close('}')
	j.b = append(j.b, '\n')
	return j.flush()
}

// jsonWriter writes JSON without building it. Newlines stand between the code
// objects and between the instructions, so that the output can be compared by
// lines.
type jsonWriter struct {
	sink
	limit int
	tmp   []byte
	// comma: something stands before in the object or array that is open.
	comma bool
}

func (j *jsonWriter) open(c byte) {
	j.sep()
	j.b = append(j.b, c)
	j.comma = false
}

func (j *jsonWriter) close(c byte) {
	j.b = append(j.b, c)
	j.comma = true
}

func (j *jsonWriter) sep() {
	if j.comma {
		j.b = append(j.b, ',')
	}
	j.comma = true
}

func (j *jsonWriter) newline() {
	if j.comma {
		j.b = append(j.b, ',')
		j.comma = false
	}
	j.b = append(j.b, '\n')
	j.flushed()
}

func (j *jsonWriter) key(k string) {
	j.sep()
	j.b = append(j.b, '"')
	j.b = append(j.b, k...)
	j.b = append(j.b, `":`...)
	j.comma = false
}

func (j *jsonWriter) int(k string, n int64) {
	j.key(k)
	j.intValue(n)
}

func (j *jsonWriter) intValue(n int64) {
	j.sep()
	j.b = strconv.AppendInt(j.b, n, 10)
}

func (j *jsonWriter) bool(k string, b bool) {
	j.key(k)
	j.sep()
	j.b = append(j.b, strconv.FormatBool(b)...)
}

func (j *jsonWriter) null(k string) {
	j.key(k)
	j.sep()
	j.b = append(j.b, "null"...)
}

func (j *jsonWriter) str(k, s string) {
	j.key(k)
	j.strValue(s)
}

func (j *jsonWriter) strValue(s string) {
	j.sep()
	j.b = appendJSONString(j.b, s)
}

func (j *jsonWriter) bytes(k string, s []byte) {
	j.key(k)
	j.sep()
	j.b = appendJSONString(j.b, s)
}

func (j *jsonWriter) strs(k string, list []string) {
	j.key(k)
	j.open('[')
	for _, s := range list {
		j.strValue(s)
	}
	j.close(']')
}

func (j *jsonWriter) names(k string, list []*marshal.Value) {
	j.key(k)
	j.open('[')
	for _, v := range list {
		j.strValue(data(v))
	}
	j.close(']')
}

// appendJSONString writes a Python str as JSON. What is neither UTF-8 nor a
// surrogate in the form of "surrogatepass" becomes U+FFFD.
func appendJSONString[T string | []byte](dst []byte, s T) []byte {
	const hexDigits = "0123456789abcdef"
	dst = append(dst, '"')
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
			i++
			continue
		case c == '\n':
			dst = append(dst, '\\', 'n')
			i++
			continue
		case c < ' ' || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
			i++
			continue
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(string(s[i:min(i+4, len(s))]))
		switch {
		case r != utf8.RuneError || n == 3:
			if r >= 0x80 && r < 0xa0 || r == 0x2028 || r == 0x2029 {
				dst = append(dst, '\\', 'u', hexDigits[r>>12&15], hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			} else {
				dst = append(dst, s[i:i+n]...)
			}
		case c == 0xed && i+2 < len(s) && s[i+1]&0xe0 == 0xa0 && s[i+2]&0xc0 == 0x80:
			r = 0xd000 | rune(s[i+1]&0x3f)<<6 | rune(s[i+2]&0x3f)
			dst = append(dst, '\\', 'u', 'd', hexDigits[r>>8&15], hexDigits[r>>4&15], hexDigits[r&15])
			n = 3
		default:
			dst = append(dst, `\ufffd`...)
		}
		i += n
	}
	return append(dst, '"')
}

func (j *jsonWriter) header(f *File) {
	j.int("size", int64(f.Size))
	j.key("magic")
	j.open('{')
	j.str("bytes", hex.EncodeToString(f.Magic[:]))
	if f.Magic.Valid() {
		j.int("number", int64(f.Magic.Number()))
	}
	if f.KnownVersion {
		j.str("python", f.Version.Series())
	} else if name, ok := f.Magic.Release(); ok {
		j.str("python", name)
	}
	j.close('}')
	if !f.HeaderOK {
		if f.Size >= 8 {
			j.int("flags", int64(f.Flags))
		}
		return
	}
	j.int("flags", int64(f.Flags))
	h := f.Header
	j.str("mode", h.Mode.String())
	if h.Mode == pyc.Timestamp {
		j.int("source_mtime", int64(h.MTime))
		j.str("source_mtime_utc", time.Unix(int64(h.MTime), 0).UTC().Format(time.RFC3339))
		j.int("source_size", int64(h.Size))
	} else {
		j.str("source_hash", hex.EncodeToString(h.Hash[:]))
	}
}

func (j *jsonWriter) code(f *File, n Node, i int, index map[*marshal.Value]int, o Options) {
	c := n.Value.Code()
	j.newline()
	j.open('{')
	j.int("index", int64(i))
	if n.Parent < 0 {
		j.null("parent")
	} else {
		j.int("parent", int64(n.Parent))
	}
	j.str("path", n.Path)
	j.str("name", data(c.Name))
	if c.QualName != nil {
		j.str("qualname", data(c.QualName))
	}
	j.str("filename", data(c.FileName))
	j.int("firstlineno", int64(c.FirstLineNo))
	j.int("argcount", int64(c.ArgCount))
	j.int("posonlyargcount", int64(c.PosOnlyArgCount))
	j.int("kwonlyargcount", int64(c.KwOnlyArgCount))
	j.int("nlocals", int64(c.LocalCount()))
	j.int("stacksize", int64(c.StackSize))
	j.int("flags", int64(uint32(c.Flags)))
	j.strs("flag_names", flagNames(f, c))
	j.key("consts")
	j.open('[')
	for _, k := range items(c.Consts) {
		j.constant(k, f.Version.Minor, index)
	}
	j.close(']')
	j.names("names", items(c.Names))
	if c.LocalsPlusNames != nil {
		kinds := data(c.LocalsPlusKinds)
		j.key("localsplus")
		j.open('[')
		for i, v := range items(c.LocalsPlusNames) {
			j.open('{')
			j.str("name", data(v))
			if i < len(kinds) {
				j.key("kinds")
				j.open('[')
				for _, k := range localKinds {
					if kinds[i]&k.bit != 0 {
						j.strValue(k.name)
					}
				}
				j.close(']')
			}
			j.close('}')
		}
		j.close(']')
	}
	j.strs("varnames", c.LocalNames())
	j.strs("cellvars", c.CellNames())
	j.strs("freevars", c.FreeNames())
	j.int("bytecode_size", int64(len(data(c.Bytecode))))
	if o.Dis && f.Disassembles() {
		if d, err := New(n.Value, f.Version.Minor); err == nil {
			j.instructions(d, o)
		}
	}
	j.close('}')
}

func (j *jsonWriter) constant(v *marshal.Value, minor int, index map[*marshal.Value]int) {
	j.open('{')
	j.str("type", typeName(v))
	if v != nil && v.Kind == marshal.KindCode {
		if i, ok := index[v]; ok {
			j.int("code", int64(i))
		}
	} else {
		j.tmp = AppendRepr(j.tmp[:0], v, minor, j.limit)
		j.bytes("repr", j.tmp)
	}
	j.close('}')
}

func (j *jsonWriter) instructions(c *Code, o Options) {
	labels := c.Labels(true)
	shown := labels
	if !c.traits.labels {
		shown = nil
	}
	j.key("instructions")
	j.open('[')
	for in := range c.Instructions() {
		j.newline()
		j.open('{')
		j.int("offset", int64(in.Offset))
		if in.Start != in.Offset {
			j.int("start_offset", int64(in.Start))
		}
		j.str("opname", c.OpName(in))
		j.int("opcode", int64(in.Byte))
		if in.HasArg {
			a := c.Arg(in)
			j.int("arg", int64(in.Arg))
			j.str("kind", a.Kind.String())
			j.tmp = c.AppendArg(j.tmp[:0], in, shown, j.limit)
			j.bytes("argrepr", j.tmp)
			if in.Target >= 0 && a.Kind == ArgTarget {
				j.int("target", int64(in.Target))
			}
		}
		if n, ok := labels.At(in.Offset); ok {
			j.int("label", int64(n))
		}
		if in.Line == NoLine {
			j.null("line")
		} else {
			j.int("line", int64(in.Line))
		}
		j.bool("starts_line", in.StartsLine)
		if c.HasPositions() {
			j.key("position")
			j.open('[')
			for _, n := range [...]int32{in.Pos.Line, in.Pos.EndLine, in.Pos.Col, in.Pos.EndCol} {
				if n == NoLine {
					j.sep()
					j.b = append(j.b, "null"...)
				} else {
					j.intValue(int64(n))
				}
			}
			j.close(']')
		}
		if o.ShowCaches && in.Caches > 0 {
			j.key("cache")
			j.open('[')
			for f := range c.Caches(in) {
				j.open('{')
				j.str("name", f.Name)
				j.int("offset", int64(f.Offset))
				j.str("bytes", hex.EncodeToString([]byte(f.Data)))
				j.close('}')
			}
			j.close(']')
		}
		if note := c.Note(in); note != "" {
			j.str("note", note)
		}
		j.close('}')
	}
	j.close(']')
	if c.Trailing() {
		j.bool("trailing_byte", true)
	}
	if c.traits.lines != locations {
		return
	}
	j.key("exception_table")
	j.open('[')
	for h := range c.Handlers() {
		j.open('{')
		j.int("start", int64(h.Start))
		j.int("end", int64(h.End))
		j.int("target", int64(h.Target))
		j.int("depth", int64(h.Depth))
		j.bool("lasti", h.LastI)
		j.close('}')
	}
	j.close(']')
}
