package marshal

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// Kind is the Python type of a Value.
type Kind uint8

// The kinds.
const (
	KindInvalid       Kind = iota
	KindNone               // None
	KindFalse              // False
	KindTrue               // True
	KindEllipsis           // Ellipsis
	KindStopIteration      // the class StopIteration
	KindInt                // int
	KindFloat              // float
	KindComplex            // complex
	KindBytes              // bytes
	KindStr                // str
	KindTuple              // tuple
	KindList               // list
	KindDict               // dict
	KindFrozenDict         // frozendict (3.15)
	KindSet                // set
	KindFrozenSet          // frozenset
	KindSlice              // slice (3.14)
	KindCode               // code object
)

var kindNames = [...]string{
	"invalid", "None", "False", "True", "Ellipsis", "StopIteration", "int", "float", "complex", "bytes", "str",
	"tuple", "list", "dict", "frozendict", "set", "frozenset", "slice", "code",
}

// String returns the name of the type, or of the one object that it has.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// singleton reports whether k has one object, which the wire writes as one
// byte that takes no reference flag.
func (k Kind) singleton() bool { return k >= KindNone && k <= KindStopIteration }

// The type codes of the wire (Python/marshal.c). A byte of the stream is one of
// these, with flagRef added where later references may point to the object.
const (
	codeNull          = '0'
	codeNone          = 'N'
	codeFalse         = 'F'
	codeTrue          = 'T'
	codeStopIteration = 'S'
	codeEllipsis      = '.'
	codeInt           = 'i' // int32
	codeInt64         = 'I' // read only: no version since 3.4 writes it
	codeLong          = 'l' // 15-bit digits
	codeFloatText     = 'f' // read only: format versions 0 and 1
	codeFloat         = 'g'
	codeComplexText   = 'x' // read only: format versions 0 and 1
	codeComplex       = 'y'
	codeBytes         = 's'
	codeUnicode       = 'u'
	codeInterned      = 't'
	codeASCII         = 'a'
	codeASCIIInterned = 'A'
	codeShort         = 'z'
	codeShortInterned = 'Z'
	codeSmallTuple    = ')'
	codeTuple         = '('
	codeList          = '['
	codeDict          = '{'
	codeFrozenDict    = '}'
	codeSet           = '<'
	codeFrozenSet     = '>'
	codeSlice         = ':'
	codeCode          = 'c'
	codeRef           = 'r'

	flagRef = 0x80
)

// Value is one Python object of a graph. Two places of a graph that hold the
// same *Value hold one object (what `is` would say); equal objects that are not
// one are two Values. None, True, False, Ellipsis and StopIteration are the
// exception: they have no identity on the wire, and any two of one kind are one.
//
// The functions of this package keep marks in the Values that they walk, so a
// graph belongs to one goroutine at a time; its contents are not changed but
// where a function says so.
//
// The zero Value is invalid: make Values with the New functions or Unmarshal.
type Value struct {
	// Kind says which of the other fields mean something.
	Kind Kind
	// wire is the type code that the object was read with, or is to be written
	// with by Append; without the flag.
	wire byte
	// Ref is FLAG_REF as read: the stream numbers the object, and later
	// occurrences are written as references to that number. Append obeys it;
	// the canonical writers and WriteRuleA decide for themselves.
	Ref bool
	// Own marks a str of one Latin-1 character that is an object of its own,
	// though CPython has one object for each of these: what the compiler makes of
	// the "%%" of a format such as "%s%%" is one. Unmarshal sets it for CPython
	// 3.11 and later, from the flag and the type code.
	Own bool
	// mark is scratch: an index into the table of the walk that is under way.
	// It is trusted only where that table's entry points back here.
	mark uint32
	// num is the value of an int of type code 'i' or 'I', and the signed count
	// of digits of one of 'l'. In other objects it is scratch: see SetNote.
	num int64
	// Data is the content of a str in UTF-8 (surrogates in the form that
	// CPython's "surrogatepass" gives them) or of a bytes. Of other kinds it is
	// the wire's: digits of a long int, the 8 or 16 bytes of a float or
	// complex, the text of the old text forms.
	Data string
	// Items are the elements of a tuple, list, set or frozenset as on the wire;
	// keys and values by turns of a dict or frozendict; start, stop and step of
	// a slice.
	Items []*Value
	// code is set for KindCode.
	code *Code
}

// Code returns the fields of a code object, nil for every other kind.
func (v *Value) Code() *Code { return v.code }

// Interned reports whether a str has an interned type code.
func (v *Value) Interned() bool {
	return v.wire == codeShortInterned || v.wire == codeASCIIInterned || v.wire == codeInterned
}

// SetInterned gives a str an interned type code, or a plain one.
func (v *Value) SetInterned(interned bool) {
	switch {
	case v.Kind != KindStr:
	case interned:
		v.wire = internedCode(v.wire)
	default:
		v.wire = plainCode(v.wire)
	}
}

// Shared reports whether v is one of the objects that all graphs have in common: None,
// True, False, Ellipsis and StopIteration.
func (v *Value) Shared() bool { return v.Kind.singleton() }

// Mark returns what SetMark kept in v, 0 in a new object.
func (v *Value) Mark() uint32 { return v.mark }

// SetMark keeps a number in v for the one who makes the graph, until a function of
// this package walks it. A shared object takes none.
func (v *Value) SetMark(m uint32) {
	if !v.Shared() {
		v.mark = m
	}
}

// Note returns what SetNote kept in v, 0 in a new object.
func (v *Value) Note() uint64 {
	if v.Kind == KindInt {
		return 0
	}
	return uint64(v.num)
}

// SetNote keeps a number in v for the one who makes the graph. Nothing in this package
// reads or changes it. A shared object and an int take none.
func (v *Value) SetNote(n uint64) {
	if v.Kind != KindInt && !v.Shared() {
		v.num = int64(n)
	}
}

// number is what an int has in num, 0 for every other kind.
func (v *Value) number() int64 {
	if v.Kind == KindInt {
		return v.num
	}
	return 0
}

// TypeCode returns the byte that Append writes the object with, FLAG_REF not
// counted: 'z' for a short ASCII str, for instance.
func (v *Value) TypeCode() byte { return v.wire }

var (
	noneValue     = &Value{Kind: KindNone, wire: codeNone}
	falseValue    = &Value{Kind: KindFalse, wire: codeFalse}
	trueValue     = &Value{Kind: KindTrue, wire: codeTrue}
	ellipsisValue = &Value{Kind: KindEllipsis, wire: codeEllipsis}
	stopValue     = &Value{Kind: KindStopIteration, wire: codeStopIteration}
)

// None returns Python's None.
func None() *Value { return noneValue }

// Ellipsis returns Python's Ellipsis.
func Ellipsis() *Value { return ellipsisValue }

// StopIteration returns Python's StopIteration class, which a marshal stream can
// name though no compiler emits it.
func StopIteration() *Value { return stopValue }

// Bool returns Python's True or False.
func Bool(b bool) *Value {
	if b {
		return trueValue
	}
	return falseValue
}

// NewInt makes an int object.
func NewInt(n int64) *Value {
	v := new(Value)
	v.setInt(n)
	return v
}

func (v *Value) setInt(n int64) {
	v.Kind = KindInt
	if n == int64(int32(n)) {
		v.wire, v.num = codeInt, n
		return
	}
	v.wire = codeLong
	abs := uint64(n)
	if n < 0 {
		abs = -abs
	}
	var digits [10]byte
	count := (bits.Len64(abs) + 14) / 15
	for i := 0; i < count; i++ {
		binary.LittleEndian.PutUint16(digits[2*i:], uint16(abs&0x7fff))
		abs >>= 15
	}
	v.Data, v.num = string(digits[:2*count]), int64(count)
	if n < 0 {
		v.num = -v.num
	}
}

// NewBigInt makes an int object of any size. n is not kept.
func NewBigInt(n *big.Int) *Value {
	if n.IsInt64() {
		return NewInt(n.Int64())
	}
	v := &Value{Kind: KindInt, wire: codeLong}
	count := (n.BitLen() + 14) / 15
	words := n.Bits()
	digits := make([]byte, 2*count)
	for i := 0; i < count; i++ {
		bit := 15 * i
		w, off := bit/bits.UintSize, uint(bit%bits.UintSize)
		d := uint(words[w]) >> off
		if off > bits.UintSize-15 && w+1 < len(words) {
			d |= uint(words[w+1]) << (bits.UintSize - off)
		}
		binary.LittleEndian.PutUint16(digits[2*i:], uint16(d&0x7fff))
	}
	v.Data, v.num = string(digits), int64(count)
	if n.Sign() < 0 {
		v.num = -v.num
	}
	return v
}

// Int returns the value of an int object where it fits in 64 bits.
func (v *Value) Int() (n int64, ok bool) {
	switch {
	case v.Kind != KindInt:
		return 0, false
	case v.wire != codeLong:
		return v.num, true
	case len(v.Data) > 10:
		return 0, false
	}
	b := v.BigInt()
	return b.Int64(), b.IsInt64()
}

// BigInt returns the value of an int object of any size, nil for other kinds.
func (v *Value) BigInt() *big.Int {
	if v.Kind != KindInt {
		return nil
	}
	if v.wire != codeLong {
		return big.NewInt(v.num)
	}
	// Digits of 15 bits, least significant first, into words.
	words := make([]big.Word, (len(v.Data)/2*15+bits.UintSize-1)/bits.UintSize)
	for i := 0; i < len(v.Data)/2; i++ {
		d := uint(v.Data[2*i]) | uint(v.Data[2*i+1])<<8
		w, off := 15*i/bits.UintSize, uint(15*i%bits.UintSize)
		words[w] |= big.Word(d << off)
		if off > bits.UintSize-15 {
			if hi := d >> (bits.UintSize - off); hi != 0 {
				words[w+1] |= big.Word(hi)
			}
		}
	}
	n := new(big.Int).SetBits(words)
	if v.num < 0 {
		n.Neg(n)
	}
	return n
}

// NewFloat makes a float object. The bits of f are kept, those of a NaN too.
func NewFloat(f float64) *Value {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], math.Float64bits(f))
	return &Value{Kind: KindFloat, wire: codeFloat, Data: string(b[:])}
}

// Float returns the value of a float object, 0 for other kinds.
func (v *Value) Float() float64 {
	switch {
	case v.Kind != KindFloat:
		return 0
	case v.wire == codeFloatText:
		f, _ := parseFloatText(v.Data)
		return f
	}
	return floatAt(v.Data, 0)
}

// NewComplex makes a complex object.
func NewComplex(re, im float64) *Value {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:8], math.Float64bits(re))
	binary.LittleEndian.PutUint64(b[8:], math.Float64bits(im))
	return &Value{Kind: KindComplex, wire: codeComplex, Data: string(b[:])}
}

// Complex returns the two parts of a complex object, 0 and 0 for other kinds.
// They are two floats, since Go's complex128 does not keep a part's sign in
// every operation.
func (v *Value) Complex() (re, im float64) {
	switch {
	case v.Kind != KindComplex:
		return 0, 0
	case v.wire == codeComplexText:
		// Data is as on the wire: two texts, a length byte before each.
		n := int(v.Data[0])
		re, _ = parseFloatText(v.Data[1 : 1+n])
		im, _ = parseFloatText(v.Data[2+n:])
		return re, im
	}
	return floatAt(v.Data, 0), floatAt(v.Data, 8)
}

func floatAt(s string, i int) float64 {
	_ = s[i+7]
	lo := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24
	hi := uint64(s[i+4]) | uint64(s[i+5])<<8 | uint64(s[i+6])<<16 | uint64(s[i+7])<<24
	return math.Float64frombits(lo | hi<<32)
}

// NewBytes makes a bytes object.
func NewBytes(data string) *Value { return &Value{Kind: KindBytes, wire: codeBytes, Data: data} }

// NewStr makes a str object from UTF-8, where a surrogate has the three bytes
// that CPython's "surrogatepass" error handler gives it.
func NewStr(s string, interned bool) *Value {
	return &Value{Kind: KindStr, wire: strCode(s, interned), Data: s}
}

// strCode returns the type code of a str, as format version 4 and later write it.
func strCode(s string, interned bool) byte {
	switch ascii := isASCII(s); {
	case ascii && len(s) < 256 && interned:
		return codeShortInterned
	case ascii && len(s) < 256:
		return codeShort
	case ascii && interned:
		return codeASCIIInterned
	case ascii:
		return codeASCII
	case interned:
		return codeInterned
	}
	return codeUnicode
}

func isASCII(s string) bool {
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56 // one load
		if w&0x8080808080808080 != 0 {
			return false
		}
		s = s[8:]
	}
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// NewTuple makes a tuple of the items, which it keeps.
func NewTuple(items ...*Value) *Value {
	return &Value{Kind: KindTuple, wire: tupleCode(len(items)), Items: items}
}

func tupleCode(n int) byte {
	if n < 256 {
		return codeSmallTuple
	}
	return codeTuple
}

// NewList makes a list of the items, which it keeps.
func NewList(items ...*Value) *Value {
	return &Value{Kind: KindList, wire: codeList, Items: items}
}

// NewDict makes a dict of keys and values by turns, which it keeps.
func NewDict(items ...*Value) *Value {
	return &Value{Kind: KindDict, wire: codeDict, Items: items}
}

// NewFrozenDict makes a frozendict of keys and values by turns, which it keeps.
func NewFrozenDict(items ...*Value) *Value {
	return &Value{Kind: KindFrozenDict, wire: codeFrozenDict, Items: items}
}

// NewSet makes a set of the items, which it keeps. Their order is of no account
// to WriteRuleA and the canonical writers, which sort as CPython does.
func NewSet(items ...*Value) *Value { return &Value{Kind: KindSet, wire: codeSet, Items: items} }

// NewFrozenSet makes a frozenset; see NewSet.
func NewFrozenSet(items ...*Value) *Value {
	return &Value{Kind: KindFrozenSet, wire: codeFrozenSet, Items: items}
}

// NewSlice makes a slice object (3.14).
func NewSlice(start, stop, step *Value) *Value {
	return &Value{Kind: KindSlice, wire: codeSlice, Items: []*Value{start, stop, step}}
}

// NewCode makes a code object of the fields, which it keeps.
func NewCode(c *Code) *Value { return &Value{Kind: KindCode, wire: codeCode, code: c} }
