package instr

import (
	"math"
	"unsafe"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/texthash"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// hashText returns a hash of the content of a str or bytes object.
func hashText(s string) uint32 { return short(texthash.Text(s)) }

func short(h uint64) uint32 { return uint32(h ^ h>>32) }

// hashed is the bit of an object's note that says that the rest is the hash of its
// content.
const hashed = 1 << 32

// textHash returns hashText(v.Data) for a str or bytes object, which keeps it.
func textHash(v *marshal.Value) uint32 {
	if n := v.Note(); n != 0 {
		return uint32(n)
	}
	h := hashText(v.Data)
	v.SetNote(uint64(h) | hashed)
	return h
}

// constHash returns a hash that equal constants share.
func constHash(v *marshal.Value) uint32 {
	switch v.Kind {
	case marshal.KindStr, marshal.KindBytes:
		return textHash(v)
	case marshal.KindInt:
		if n, ok := v.Int(); ok {
			return short(texthash.Number(uint64(n)))
		}
		return hashText(v.Data)
	case marshal.KindTuple, marshal.KindSlice:
		return itemsHash(v.Items)
	case marshal.KindFrozenSet:
		var h uint32
		for _, item := range v.Items {
			h += constHash(item)
		}
		return h
	case marshal.KindCode:
		// The positions tell functions of one line apart.
		c := v.Code()
		return textHash(c.Bytecode) + textHash(c.LineTable) + uint32(c.FirstLineNo)
	case marshal.KindFloat:
		return numberHash(v, math.IsNaN(v.Float()))
	case marshal.KindComplex:
		re, im := v.Complex()
		return numberHash(v, math.IsNaN(re) || math.IsNaN(im))
	}
	return uint32(v.Kind)
}

// numberHash returns the hash of a float or complex object, of which each that is not a
// number is a constant of its own.
func numberHash(v *marshal.Value, isNaN bool) uint32 {
	if isNaN {
		return short(addressHash(v))
	}
	return textHash(v) ^ uint32(v.Kind)
}

// itemsHash returns the hash of a tuple of the items.
func itemsHash(items []*marshal.Value) uint32 {
	h := texthash.Number(uint64(len(items)))
	for _, item := range items {
		h = texthash.Add(h, uint64(constHash(item)))
	}
	return short(h)
}

// addressHash returns a hash of which object v is. Objects are not moved; that addresses
// differ from run to run is of no account for what is found.
func addressHash(v *marshal.Value) uint64 {
	return texthash.Number(uint64(uintptr(unsafe.Pointer(v))))
}
