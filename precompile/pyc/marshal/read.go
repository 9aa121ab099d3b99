package marshal

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxDepth is how deep objects may be nested in a stream: what CPython's own
// marshal takes on Linux and macOS (MAX_MARSHAL_STACK_DEPTH).
const MaxDepth = 2000

// SyntaxError is why a stream is not a marshalled object.
type SyntaxError struct {
	// Offset is the byte at which reading stopped making sense, from the start
	// of the marshalled data; a .pyc's header is not counted.
	Offset int
	// Message says what is wrong.
	Message string
	// Truncated: what is wrong is that the data ends too early, for which
	// marshal.loads raises EOFError.
	Truncated bool
}

// Error returns the message and the offset.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("marshal: %s at byte %d", e.Message, e.Offset)
}

// Unmarshal reads data, the whole of which must be one object; bytes that follow
// it are an error. The graph does not refer to data afterwards.
//
// The reader takes what the series' own marshal.loads takes, old forms included,
// and bounds what it does by the input: nesting by MaxDepth, memory by a small
// multiple of len(data) whatever lengths and counts the data claims, and it
// never expands a shared object. The error is a *SyntaxError.
//
// It is laxer than CPython where that makes the objects and finds them wanting: it
// takes unhashable elements of sets and keys of dicts, equal elements of a set, and
// negative numbers in code objects. The types of a code object's fields are checked.
func Unmarshal(data []byte, p Profile) (*Value, error) {
	v, n, err := UnmarshalPrefix(data, p)
	if err == nil && n < len(data) {
		return nil, trailing(n, len(data))
	}
	return v, err
}

func trailing(n, length int) error {
	return &SyntaxError{Offset: n, Message: fmt.Sprintf("%d bytes too many after the object", length-n)}
}

// UnmarshalPrefix reads one object at the start of data and returns how many
// bytes it took.
func UnmarshalPrefix(data []byte, p Profile) (v *Value, n int, err error) {
	r := reader{arena: new(arena)}
	return r.read(string(data), p)
}

// reader is the state of one read. Its arena and table of references may be
// used again for the next.
type reader struct {
	*arena
	p    Profile
	data string
	pos  int
	// owed is how many objects the containers that are being read still wait
	// for. Each takes a byte at least, so that a count is refused unless the
	// rest of the input has room for it on top of these.
	owed  int
	depth int
	refs  []reference
	err   *SyntaxError
}

// reference is one entry of a stream's table of flagged objects.
type reference struct {
	v *Value
	// open: the object is still being read, and is of a kind that CPython makes
	// when all of its parts are there, so that no reference to it can be good.
	open bool
}

func (r *reader) read(data string, p Profile) (v *Value, n int, err error) {
	if !p.Valid() {
		return nil, 0, errNoProfile
	}
	r.data, r.p, r.pos, r.owed, r.depth, r.err = data, p, 0, 0, 0, nil
	r.refs = r.refs[:0]
	v = r.object()
	if r.err == nil && v == nil {
		r.fail(0, "NULL where an object is expected")
	}
	if r.err != nil {
		return nil, 0, r.err
	}
	return v, r.pos, nil
}

// fail records the first error. Readers return at once after it; what they
// return does not matter.
func (r *reader) fail(offset int, format string, args ...any) {
	if r.err == nil {
		r.err = &SyntaxError{Offset: offset, Message: fmt.Sprintf(format, args...)}
	}
}

// short records, as fail does, that the data ends too early.
func (r *reader) short(offset int, format string, args ...any) {
	if r.err == nil {
		r.fail(offset, format, args...)
		r.err.Truncated = true
	}
}

func (r *reader) byte() (byte, bool) {
	if r.pos >= len(r.data) {
		r.short(r.pos, "the data ends early")
		return 0, false
	}
	b := r.data[r.pos]
	r.pos++
	return b, true
}

func (r *reader) int32() (int32, bool) {
	if len(r.data)-r.pos < 4 {
		r.short(r.pos, "the data ends early")
		return 0, false
	}
	d := r.data[r.pos : r.pos+4]
	r.pos += 4
	return int32(uint32(d[0]) | uint32(d[1])<<8 | uint32(d[2])<<16 | uint32(d[3])<<24), true
}

// bytes takes n bytes, a length that the stream claims at offset at.
func (r *reader) bytes(n, at int) (string, bool) {
	if left := len(r.data) - r.pos; n < 0 || n > left {
		const message = "a length of %d with %d bytes left"
		if n < 0 {
			r.fail(at, message, n, left)
		} else {
			r.short(at, message, n, left)
		}
		return "", false
	}
	s := r.data[r.pos : r.pos+n]
	r.pos += n
	return s, true
}

// sized takes a 4-byte length and as many bytes.
func (r *reader) sized() (string, bool) {
	at := r.pos
	n, ok := r.int32()
	if !ok {
		return "", false
	}
	return r.bytes(int(n), at)
}

// object reads one object. It returns nil for the NULL object that ends a dict.
func (r *reader) object() *Value {
	at := r.pos
	if r.depth >= MaxDepth {
		r.fail(at, "objects nested more than %d deep", MaxDepth)
		return nil
	}
	b, ok := r.byte()
	if !ok {
		return nil
	}
	code := b &^ flagRef
	flag := b&flagRef != 0
	switch code {
	case codeNull:
		return nil
	case codeNone:
		return noneValue
	case codeFalse:
		return falseValue
	case codeTrue:
		return trueValue
	case codeEllipsis:
		return ellipsisValue
	case codeStopIteration:
		return stopValue
	case codeRef:
		n, ok := r.int32()
		if !ok {
			return nil
		}
		if n < 0 || int(n) >= len(r.refs) {
			r.fail(at, "a reference to object %d of %d", n, len(r.refs))
			return nil
		}
		if r.refs[n].open {
			r.fail(at, "a reference to object %d, which is not complete", n)
			return nil
		}
		return r.refs[n].v
	}
	r.depth++
	v := r.newValue()
	v.wire, v.Ref = code, flag
	ref := -1
	if flag {
		ref = len(r.refs)
		r.refs = append(r.refs, reference{v: v})
	}
	switch code {
	case codeInt:
		n, _ := r.int32()
		v.Kind, v.num = KindInt, int64(n)
	case codeInt64:
		lo, _ := r.int32()
		hi, _ := r.int32()
		v.Kind, v.num = KindInt, int64(hi)<<32|int64(uint32(lo))
	case codeLong:
		r.long(v)
	case codeFloat:
		v.Kind = KindFloat
		v.Data, _ = r.bytes(8, r.pos)
	case codeComplex:
		v.Kind = KindComplex
		v.Data, _ = r.bytes(16, r.pos)
	case codeFloatText:
		v.Kind = KindFloat
		v.Data = r.floatText()
	case codeComplexText:
		v.Kind = KindComplex
		from := r.pos
		r.floatText()
		r.floatText()
		v.Data = r.data[from:r.pos]
	case codeBytes:
		v.Kind = KindBytes
		v.Data, _ = r.sized()
	case codeShort, codeShortInterned:
		v.Kind = KindStr
		n, _ := r.byte()
		v.Data, _ = r.bytes(int(n), r.pos-1)
		r.latin1(v)
	case codeASCII, codeASCIIInterned:
		v.Kind = KindStr
		v.Data, _ = r.sized()
		r.latin1(v)
	case codeUnicode, codeInterned:
		v.Kind = KindStr
		v.Data, _ = r.sized()
		if i := invalidUTF8(v.Data); i >= 0 {
			r.fail(r.pos-len(v.Data)+i, "a string that is not UTF-8")
		}
	case codeSmallTuple:
		v.Kind = KindTuple
		n, _ := r.byte()
		r.items(v, int(n), at, 1)
	case codeTuple:
		v.Kind = KindTuple
		r.counted(v, at)
	case codeList:
		v.Kind = KindList
		r.counted(v, at)
	case codeSet:
		v.Kind = KindSet
		r.counted(v, at)
	case codeFrozenSet:
		v.Kind = KindFrozenSet
		r.open(ref, true)
		r.counted(v, at)
		r.open(ref, false)
	case codeDict:
		v.Kind = KindDict
		r.pairs(v)
	case codeFrozenDict:
		if r.p.version < 6 {
			r.unknown(at, code)
			break
		}
		v.Kind = KindFrozenDict
		r.open(ref, true)
		r.pairs(v)
		r.open(ref, false)
	case codeSlice:
		if r.p.version < 5 {
			r.unknown(at, code)
			break
		}
		v.Kind = KindSlice
		r.open(ref, true)
		r.items(v, 3, at, 1)
		r.open(ref, false)
	case codeCode:
		v.Kind = KindCode
		r.open(ref, true)
		r.code(v)
		r.open(ref, false)
	default:
		r.unknown(at, code)
	}
	r.depth--
	if r.err != nil {
		return nil
	}
	if v.Kind == KindStr && len(v.Data) <= 2 && r.p.layout == layoutLocalsPlus {
		v.Own = r.p.ownChar(v)
	}
	return v
}

// ownChar reports whether a str of one Latin-1 character is not the process's
// one, which is interned from 3.13 on, and whose many references have it flagged.
func (p Profile) ownChar(v *Value) bool {
	if p.minor >= 13 {
		return !v.Interned() && oneLatin1(v.Data)
	}
	return !v.Ref && oneLatin1(v.Data)
}

func (r *reader) unknown(at int, code byte) {
	r.fail(at, "type code %q, which %v does not have", rune(code), r.p)
}

func (r *reader) open(ref int, open bool) {
	if ref >= 0 {
		r.refs[ref].open = open
	}
}

func (r *reader) long(v *Value) {
	v.Kind = KindInt
	at := r.pos
	n, ok := r.int32()
	if !ok {
		return
	}
	count := int64(n)
	if count < 0 {
		count = -count
	}
	if count > int64(len(r.data)-r.pos)/2 {
		r.short(at, "an int of %d digits with %d bytes left", count, len(r.data)-r.pos)
		return
	}
	v.num = int64(n)
	v.Data, _ = r.bytes(int(2*count), at)
	for i := 1; i < len(v.Data); i += 2 {
		if v.Data[i] >= 0x80 {
			r.fail(r.pos-len(v.Data)+i-1, "a digit out of range in an int")
			return
		}
	}
	if k := len(v.Data); k > 0 && v.Data[k-1] == 0 && v.Data[k-2] == 0 {
		r.fail(r.pos-2, "an int whose highest digit is zero")
	}
}

// latin1 turns the content of a str of an ASCII type code into UTF-8: readers
// take the bytes above 127, which no writer emits, as Latin-1.
func (r *reader) latin1(v *Value) {
	if isASCII(v.Data) {
		return
	}
	var b strings.Builder
	for i := 0; i < len(v.Data); i++ {
		b.WriteRune(rune(v.Data[i]))
	}
	v.Data = b.String()
}

func (r *reader) floatText() string {
	at := r.pos
	n, _ := r.byte()
	s, ok := r.bytes(int(n), at)
	if !ok {
		return ""
	}
	if _, ok := parseFloatText(s); !ok {
		r.fail(at, "a float that reads %q", s)
	}
	return s
}

// parseFloatText reads the decimal text of a float of format versions 0 and 1.
func parseFloatText(s string) (float64, bool) {
	for i := 0; i < len(s); i++ {
		if s[i] == '_' || s[i] == 'x' || s[i] == 'X' || s[i] == 'p' || s[i] == 'P' {
			return 0, false // forms that Go reads and Python does not
		}
	}
	f, err := strconv.ParseFloat(s, 64)
	if e, isNum := err.(*strconv.NumError); isNum && e.Err == strconv.ErrRange {
		err = nil // an infinity, in Python too
	}
	return f, err == nil
}

func (r *reader) counted(v *Value, at int) {
	n, ok := r.int32()
	if !ok {
		return
	}
	if n < 0 {
		r.fail(at, "a %v of %d elements", v.Kind, n)
		return
	}
	r.items(v, int(n), at, 1)
}

// items reads n elements of v. Each costs the input at least size bytes.
func (r *reader) items(v *Value, n, at, size int) {
	if r.err != nil {
		return
	}
	if left := len(r.data) - r.pos - r.owed; n*size > left {
		r.short(at, "a %v of %d elements with room for %d", v.Kind, n, max(left, 0))
		return
	}
	v.Items = r.newItems(n)
	r.owed += n
	for i := range v.Items {
		r.owed--
		from := r.pos
		item := r.object()
		if item == nil {
			r.fail(from, "NULL in a %v", v.Kind)
			r.clear(v, i)
			return
		}
		v.Items[i] = item
	}
}

// clear drops what an unfinished container would hold.
func (r *reader) clear(v *Value, n int) { v.Items = v.Items[:n] }

// pairs reads keys and values up to the NULL that ends them. Their number is
// not known before, so that they are collected on a stack that nested dicts share.
func (r *reader) pairs(v *Value) {
	base := len(r.stack)
	for {
		key := r.object()
		if key == nil {
			break
		}
		r.stack = append(r.stack, key)
		at := r.pos
		value := r.object()
		if value == nil {
			r.fail(at, "NULL for the value of a key in a %v", v.Kind)
			break
		}
		r.stack = append(r.stack, value)
	}
	if r.err == nil {
		v.Items = r.newItems(len(r.stack) - base)
		copy(v.Items, r.stack[base:])
	}
	r.stack = r.stack[:base]
}

func (r *reader) code(v *Value) {
	c := r.newCode()
	v.code = c
	numbers, n := c.numbers(r.p.layout)
	for _, p := range numbers[:n] {
		*p, _ = r.int32()
	}
	fields, n, firstLineNo := c.objects(r.p.layout)
	if left := len(r.data) - r.pos - r.owed; n > left {
		r.short(r.pos, "the data ends early")
		return
	}
	r.owed += n
	for i, f := range fields[:n] {
		if i == firstLineNo {
			c.FirstLineNo, _ = r.int32()
		}
		r.owed--
		at := r.pos
		*f = r.object()
		if r.err != nil {
			return
		}
		if *f == nil {
			r.fail(at, "NULL in a code object")
			return
		}
		if want, ok := c.checkField(f); !ok {
			r.fail(at, "a code object whose %s is not %s", c.fieldName(f), want)
			return
		}
	}
	if c.LocalsPlusKinds != nil && len(c.LocalsPlusKinds.Data) != len(c.LocalsPlusNames.Items) {
		r.fail(r.pos, "a code object with %d localsplusnames and %d localspluskinds",
			len(c.LocalsPlusNames.Items), len(c.LocalsPlusKinds.Data))
	}
}

// invalidUTF8 returns the index of the first byte of s that is not part of
// UTF-8, or -1. Surrogates in three bytes count as valid ("surrogatepass").
func invalidUTF8(s string) int {
	for i := 0; i < len(s); {
		if s[i] < utf8.RuneSelf {
			i++
			continue
		}
		_, n := utf8.DecodeRuneInString(s[i:])
		if n == 1 {
			if !surrogateAt(s, i) {
				return i
			}
			n = 3
		}
		i += n
	}
	return -1
}

func surrogateAt(s string, i int) bool {
	return i+3 <= len(s) && s[i] == 0xed && s[i+1] >= 0xa0 && s[i+1] <= 0xbf && s[i+2] >= 0x80 && s[i+2] <= 0xbf
}
