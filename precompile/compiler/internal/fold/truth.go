package fold

import (
	"math"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Truth returns what bool(v) gives.
func Truth(v *marshal.Value) bool {
	switch v.Kind {
	case marshal.KindNone, marshal.KindFalse:
		return false
	case marshal.KindInt:
		n, ok := v.Int()
		return !ok || n != 0
	case marshal.KindFloat:
		return v.Float() != 0
	case marshal.KindComplex:
		re, im := v.Complex()
		return re != 0 || im != 0
	case marshal.KindStr, marshal.KindBytes:
		return v.Data != ""
	case marshal.KindTuple, marshal.KindFrozenSet:
		return len(v.Items) > 0
	}
	return true
}

// FrozenSet makes a frozenset of constants. Of equal elements, in Python's
// sense of ==, the first stays: {1, True, 1.0} has one.
func FrozenSet(items []*marshal.Value) *marshal.Value {
	var kept []*marshal.Value
next:
	for _, v := range items {
		for _, w := range kept {
			if equal(v, w) {
				continue next
			}
		}
		kept = append(kept, v)
	}
	return marshal.NewFrozenSet(kept...)
}

// equal reports whether two constants are one key of a set: the same object, or
// equal by ==.
func equal(v, w *marshal.Value) bool {
	if v == w {
		return true
	}
	if isNumber(v) && isNumber(w) {
		return equalNumbers(v, w)
	}
	if v.Kind != w.Kind {
		return false
	}
	switch v.Kind {
	case marshal.KindNone, marshal.KindEllipsis:
		return true
	case marshal.KindStr, marshal.KindBytes:
		return v.Data == w.Data
	case marshal.KindTuple, marshal.KindSlice:
		if len(v.Items) != len(w.Items) {
			return false
		}
		for i := range v.Items {
			if !equal(v.Items[i], w.Items[i]) {
				return false
			}
		}
		return true
	case marshal.KindFrozenSet:
		if len(v.Items) != len(w.Items) {
			return false
		}
	elems:
		for _, x := range v.Items {
			for _, y := range w.Items {
				if equal(x, y) {
					continue elems
				}
			}
			return false
		}
		return true
	}
	return false
}

func isNumber(v *marshal.Value) bool {
	switch v.Kind {
	case marshal.KindInt, marshal.KindFloat, marshal.KindComplex, marshal.KindTrue, marshal.KindFalse:
		return true
	}
	return false
}

// equalNumbers compares numbers by value, whatever their types.
func equalNumbers(v, w *marshal.Value) bool {
	vr, vi := parts(v)
	wr, wi := parts(w)
	if vi != wi {
		return false
	}
	m, n := asInt(v), asInt(w)
	switch {
	case m != nil && n != nil:
		return m.Cmp(n) == 0
	case m != nil:
		return equalIntFloat(v, wr)
	case n != nil:
		return equalIntFloat(w, vr)
	}
	return vr == wr
}

// parts returns a number as a complex one; the real part of an int is not
// given.
func parts(v *marshal.Value) (re, im float64) {
	switch v.Kind {
	case marshal.KindFloat:
		return v.Float(), 0
	case marshal.KindComplex:
		return v.Complex()
	}
	return 0, 0
}

// equalIntFloat compares exactly: no conversion rounds.
func equalIntFloat(v *marshal.Value, f float64) bool {
	if math.IsNaN(f) || math.IsInf(f, 0) || f != math.Trunc(f) {
		return false
	}
	return floatToInt(f).Cmp(asInt(v)) == 0
}
