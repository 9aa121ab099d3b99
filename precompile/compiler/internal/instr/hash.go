package instr

import (
	"hash/maphash"
	"math/bits"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// secret is one for the process, so that no source can be written whose constants have
// hashes that collide. Hashes never reach an output.
var secret = func() (s [2]uint64) {
	seed := maphash.MakeSeed()
	for i := range s {
		s[i] = maphash.Comparable(seed, i) | 1
	}
	return s
}()

// oddGolden is an odd number with bits that look random: the fraction of the golden
// ratio.
const oddGolden = 0x9e3779b97f4a7c15

// hashText returns a hash of the content of a str or bytes object. Most are names of a
// few bytes, for which this is done sooner than a call of package maphash is begun.
func hashText(s string) uint32 {
	h := secret[0] ^ uint64(len(s))
	for len(s) > 16 {
		h = mix(word(s)^secret[1], word(s[8:])^h)
		s = s[16:]
	}
	var a, b uint64 // what is left; the two may overlap
	switch {
	case len(s) >= 8:
		a, b = word(s), word(s[len(s)-8:])
	case len(s) >= 4:
		a, b = uint64(half(s)), uint64(half(s[len(s)-4:]))
	case len(s) > 0:
		a = uint64(s[0])<<16 | uint64(s[len(s)>>1])<<8 | uint64(s[len(s)-1])
	}
	return short(mix(mix(a^secret[1], b^h), oddGolden))
}

// mix returns the two halves of the product of a and b as one.
func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// word and half return the first bytes of s. Each is one load.
func word(s string) uint64 {
	_ = s[7]
	return uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
		uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
}

func half(s string) uint32 {
	_ = s[3]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

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
		n, _ := v.Int()
		return short(mix(uint64(n)^secret[0], oddGolden))
	case marshal.KindTuple, marshal.KindSlice:
		return itemsHash(v.Items)
	case marshal.KindFrozenSet:
		var h uint32
		for _, item := range v.Items {
			h += constHash(item)
		}
		return h
	case marshal.KindCode:
		c := v.Code()
		return textHash(c.Bytecode) + uint32(c.FirstLineNo)
	case marshal.KindFloat, marshal.KindComplex:
		return textHash(v) ^ uint32(v.Kind)
	}
	return uint32(v.Kind)
}

// itemsHash returns the hash of a tuple of the items.
func itemsHash(items []*marshal.Value) uint32 {
	h := secret[0] ^ uint64(len(items))
	for _, item := range items {
		h = mix(h^uint64(constHash(item)), oddGolden)
	}
	return short(h)
}
