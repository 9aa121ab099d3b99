package fold

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// FrozenSet makes a frozenset of constants. Of equal elements, in Python's
// sense of ==, the first stays: {1, True, 1.0} has one.
func FrozenSet(items []*marshal.Value) *marshal.Value {
	kept := make([]*marshal.Value, 0, len(items))
	seen := Set{keys: make(map[string]bool, len(items))}
	for _, v := range items {
		if seen.Add(v) {
			kept = append(kept, v)
		}
	}
	return marshal.NewFrozenSet(kept...)
}

// Set is a set of constants, told apart as FrozenSet does. The zero Set is empty.
type Set struct {
	keys map[string]bool
	key  []byte // scratch
}

// Add adds v, and reports whether no element was equal to it.
func (s *Set) Add(v *marshal.Value) bool {
	s.key = appendKey(s.key[:0], v)
	if s.keys[string(s.key)] {
		return false
	}
	if s.keys == nil {
		s.keys = map[string]bool{}
	}
	s.keys[string(s.key)] = true
	return true
}

// appendKey appends bytes that two constants share if and only if they are the
// same object or equal by ==. The keys of parts are told apart by their lengths.
func appendKey(dst []byte, v *marshal.Value) []byte {
	switch v.Kind {
	case marshal.KindInt, marshal.KindTrue, marshal.KindFalse:
		return appendInt(dst, v)
	case marshal.KindFloat:
		return appendFloat(dst, v, v.Float())
	case marshal.KindComplex:
		re, im := v.Complex()
		if im == 0 {
			return appendFloat(dst, v, re)
		}
		return appendParts(append(dst, 'c'), appendFloat(nil, v, re), appendFloat(nil, v, im))
	case marshal.KindStr:
		return append(append(dst, 's'), v.Data...)
	case marshal.KindBytes:
		return append(append(dst, 'b'), v.Data...)
	case marshal.KindTuple, marshal.KindSlice, marshal.KindFrozenSet:
		parts := make([][]byte, len(v.Items))
		for i, item := range v.Items {
			parts[i] = appendKey(nil, item)
		}
		if v.Kind == marshal.KindFrozenSet {
			slices.SortFunc(parts, slices.Compare[[]byte])
		}
		return appendParts(append(dst, 't', byte(v.Kind)), parts...)
	case marshal.KindNone, marshal.KindEllipsis:
		return append(dst, 'k', byte(v.Kind))
	}
	return fmt.Appendf(dst, "o%p", v)
}

func appendInt(dst []byte, v *marshal.Value) []byte {
	return asInt(v).Append(append(dst, 'i'), 62)
}

// appendFloat appends the key of a part of the number v. What is an integer has
// the key of the int; a NaN equals nothing but the object that it is in.
func appendFloat(dst []byte, v *marshal.Value, f float64) []byte {
	switch {
	case math.IsNaN(f):
		return fmt.Appendf(dst, "n%p", v)
	case f == math.Trunc(f) && !math.IsInf(f, 0):
		return floatToInt(f).Append(append(dst, 'i'), 62)
	}
	return binary.LittleEndian.AppendUint64(append(dst, 'f'), math.Float64bits(f))
}

func appendParts(dst []byte, parts ...[]byte) []byte {
	for _, p := range parts {
		dst = binary.AppendUvarint(dst, uint64(len(p)))
		dst = append(dst, p...)
	}
	return dst
}
