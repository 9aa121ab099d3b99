package instr

import (
	"math"
	"slices"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// equalConst reports whether two constants are one to the constant cache.
func equalConst(a, b *marshal.Value) bool {
	if a == b {
		return true
	}
	if a.Kind != b.Kind {
		return false
	}
	switch a.Kind {
	case marshal.KindNone, marshal.KindEllipsis, marshal.KindTrue, marshal.KindFalse:
		return true
	case marshal.KindInt:
		m, ok1 := a.Int()
		n, ok2 := b.Int()
		if ok1 && ok2 {
			return m == n
		}
		return ok1 == ok2 && a.BigInt().Cmp(b.BigInt()) == 0
	case marshal.KindStr, marshal.KindBytes:
		return a.Data == b.Data
	case marshal.KindFloat:
		return a.Data == b.Data && !math.IsNaN(a.Float())
	case marshal.KindComplex:
		re, im := a.Complex()
		return a.Data == b.Data && !math.IsNaN(re) && !math.IsNaN(im)
	case marshal.KindTuple, marshal.KindSlice:
		return equalItems(a.Items, b.Items)
	case marshal.KindFrozenSet:
		return len(a.Items) == len(b.Items) && holdsAll(b.Items, a.Items)
	case marshal.KindCode:
		return equalCode(a.Code(), b.Code())
	}
	return false
}

// holdsAll reports whether each of the items is among those of a set.
func holdsAll(set, items []*marshal.Value) bool {
	has := func(x *marshal.Value) bool {
		return slices.ContainsFunc(set, func(y *marshal.Value) bool { return equalConst(x, y) })
	}
	if len(set) > 16 {
		var t table
		t.reset()
		for _, y := range set {
			t.add(constHash(y), y)
		}
		has = func(x *marshal.Value) bool { return t.equal(constHash(x), x) != nil }
	}
	for _, x := range items {
		if !has(x) {
			return false
		}
	}
	return true
}

func equalItems(a, b []*marshal.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !equalConst(a[i], b[i]) {
			return false
		}
	}
	return true
}

// equalCode compares code objects as Python's == does: the qualified name and
// the file name are of no account.
func equalCode(a, b *marshal.Code) bool {
	return a.Name.Data == b.Name.Data &&
		a.ArgCount == b.ArgCount && a.PosOnlyArgCount == b.PosOnlyArgCount && a.KwOnlyArgCount == b.KwOnlyArgCount &&
		a.Flags == b.Flags && a.FirstLineNo == b.FirstLineNo &&
		a.Bytecode.Data == b.Bytecode.Data &&
		equalItems(a.Consts.Items, b.Consts.Items) &&
		equalItems(a.Names.Items, b.Names.Items) &&
		equalItems(a.LocalsPlusNames.Items, b.LocalsPlusNames.Items) &&
		a.LineTable.Data == b.LineTable.Data && a.ExceptionTable.Data == b.ExceptionTable.Data
}
