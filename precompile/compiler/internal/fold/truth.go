package fold

import "github.com/rules-precompile/precompile/precompile/pyc/marshal"

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
