package marshal

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// The errors that every function of the package may return, for errors.Is.
var (
	errNoProfile = errors.New("marshal: no profile: use ProfileOf")
	// ErrTooDeep: the graph is nested deeper than MaxDepth, or contains itself
	// in a way that the wire cannot say.
	ErrTooDeep = fmt.Errorf("marshal: objects nested more than %d deep", MaxDepth)
	// ErrKind: the graph holds an object that the series' format has not, or an
	// invalid or nil Value.
	ErrKind = errors.New("marshal: an object that the format cannot hold")
	// ErrWork: the order of nested sets takes more work than the size of the
	// input allows. No compiler emits such a graph.
	ErrWork = errors.New("marshal: sets nested in a way that takes too long to put in order")
)

// Append appends v in exactly the form that the graph says: each object with its
// type code, flagged where Ref is set, and as a reference from its second
// occurrence on where it is flagged. What Unmarshal read comes out as it was,
// byte for byte. (A flag on an object without identity, on a reference or on a
// dict's end has no meaning, is written by no marshal module, and is dropped.)
//
// The error is ErrTooDeep or ErrKind; dst is then returned as it was.
func Append(dst []byte, v *Value, p Profile) ([]byte, error) {
	if !p.Valid() {
		return dst, errNoProfile
	}
	w := exactWriter{encoder: encoder{dst: dst, p: p}}
	if err := w.object(v); err != nil {
		return dst, err
	}
	return w.dst, nil
}

// exactWriter writes a graph as it is.
type exactWriter struct {
	encoder
	seen []*Value // the flagged objects written so far; an object's mark is its index
}

func (w *exactWriter) object(v *Value) error {
	if v == nil {
		return fmt.Errorf("%w: nil", ErrKind)
	}
	if v.Kind.singleton() {
		w.dst = append(w.dst, v.wire)
		return nil
	}
	code := v.wire
	if code == codeSmallTuple && len(v.Items) > 255 {
		return fmt.Errorf("%w: %d elements in a tuple made for fewer than 256", ErrKind, len(v.Items))
	}
	if v.Ref {
		if i := v.mark; int(i) < len(w.seen) && w.seen[i] == v {
			w.ref(i)
			return nil
		}
		v.mark = uint32(len(w.seen))
		w.seen = append(w.seen, v)
		code |= flagRef
	}
	if w.depth >= MaxDepth {
		return ErrTooDeep
	}
	w.depth++
	defer func() { w.depth-- }()
	items, err := w.head(v, code)
	if err != nil {
		return err
	}
	for _, item := range items {
		if err := w.object(item); err != nil {
			return err
		}
	}
	switch v.Kind {
	case KindDict, KindFrozenDict:
		w.dst = append(w.dst, codeNull)
	case KindCode:
		return w.code(v.code)
	}
	return nil
}

func (w *exactWriter) code(c *Code) error {
	fields, n, firstLineNo := c.objects(w.p.layout)
	w.numbers(c)
	for i, f := range fields[:n] {
		if i == firstLineNo {
			w.int32(c.FirstLineNo)
		}
		if err := w.object(*f); err != nil {
			return err
		}
	}
	return nil
}

// encoder writes single objects. It is what the exact writer and the one that
// applies rules have in common.
type encoder struct {
	dst   []byte
	p     Profile
	depth int
}

func (e *encoder) int32(n int32) { e.dst = binary.LittleEndian.AppendUint32(e.dst, uint32(n)) }

func (e *encoder) ref(i uint32) {
	e.dst = append(e.dst, codeRef)
	e.int32(int32(i))
}

func (e *encoder) numbers(c *Code) {
	numbers, n := c.numbers(e.p.layout)
	for _, p := range numbers[:n] {
		e.int32(*p)
	}
}

// head writes an object up to what it contains, which it returns, but for a
// code object's fields. code is the type code, with the flag.
func (e *encoder) head(v *Value, code byte) ([]*Value, error) {
	e.dst = append(e.dst, code)
	switch code &^ flagRef {
	case codeInt:
		e.int32(int32(v.num))
	case codeInt64:
		e.dst = binary.LittleEndian.AppendUint64(e.dst, uint64(v.num))
	case codeLong:
		e.int32(int32(v.num))
		e.dst = append(e.dst, v.Data...)
	case codeFloat, codeComplex, codeComplexText:
		e.dst = append(e.dst, v.Data...)
	case codeFloatText:
		e.dst = append(e.dst, byte(len(v.Data)))
		e.dst = append(e.dst, v.Data...)
	case codeBytes, codeUnicode, codeInterned:
		e.int32(int32(len(v.Data)))
		e.dst = append(e.dst, v.Data...)
	case codeShort, codeShortInterned, codeASCII, codeASCIIInterned:
		e.ascii(v.Data, code&^flagRef)
	case codeSmallTuple:
		e.dst = append(e.dst, byte(len(v.Items)))
		return v.Items, nil
	case codeTuple, codeList, codeSet, codeFrozenSet:
		e.int32(int32(len(v.Items)))
		return v.Items, nil
	case codeDict:
		return v.Items, nil
	case codeFrozenDict:
		if e.p.version < 6 {
			return nil, fmt.Errorf("%w: a frozendict, for %v", ErrKind, e.p)
		}
		return v.Items, nil
	case codeSlice:
		if e.p.version < 5 {
			return nil, fmt.Errorf("%w: a slice, for %v", ErrKind, e.p)
		}
		return v.Items, nil
	case codeCode:
	default:
		return nil, fmt.Errorf("%w: %v", ErrKind, v.Kind)
	}
	return nil, nil
}

// ascii writes the content of a str under an ASCII type code: one byte a
// character, which for what reading took as Latin-1 is not the UTF-8 of it.
func (e *encoder) ascii(s string, code byte) {
	length := len(s)
	plain := isASCII(s)
	if !plain {
		length = len([]rune(s))
	}
	if code == codeShort || code == codeShortInterned {
		e.dst = append(e.dst, byte(length))
	} else {
		e.int32(int32(length))
	}
	if plain {
		e.dst = append(e.dst, s...)
		return
	}
	for _, r := range s {
		e.dst = append(e.dst, byte(r))
	}
}
