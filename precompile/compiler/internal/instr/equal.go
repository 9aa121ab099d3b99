package instr

import (
	"hash/maphash"
	"math"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// seed is one for the process: hashes never reach an output.
var seed = maphash.MakeSeed()

// hashConst returns a hash that equal constants share.
func hashConst(v *marshal.Value) uint64 {
	h := uint64(v.Kind) * 0x9e3779b97f4a7c15
	switch v.Kind {
	case marshal.KindInt:
		n, _ := v.Int()
		h ^= uint64(n) * 0xff51afd7ed558ccd
	case marshal.KindFloat, marshal.KindComplex, marshal.KindStr, marshal.KindBytes:
		h ^= maphash.String(seed, v.Data)
	case marshal.KindTuple, marshal.KindSlice:
		for _, item := range v.Items {
			h = (h ^ hashConst(item)) * 0xc4ceb9fe1a85ec53
			h ^= h >> 29
		}
	case marshal.KindFrozenSet:
		for _, item := range v.Items {
			h += hashConst(item) * 0xc4ceb9fe1a85ec53
		}
	case marshal.KindCode:
		c := v.Code()
		h ^= maphash.String(seed, c.Bytecode.Data) + uint64(c.FirstLineNo)
	}
	return h
}

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
		if len(a.Items) != len(b.Items) {
			return false
		}
	elems:
		for _, x := range a.Items {
			for _, y := range b.Items {
				if equalConst(x, y) {
					continue elems
				}
			}
			return false
		}
		return true
	case marshal.KindCode:
		return equalCode(a.Code(), b.Code())
	}
	return false
}

func equalItems(a, b []*marshal.Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !equalConst(a[i], b[i]) {
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
