// Package texthash hashes what a compilation keeps in tables: names, and the constants of
// a source. Every hash depends on a secret that a process makes when it starts, so that
// nobody can write a source of which many have one hash, and with which a table takes
// quadratic time. So no hash may ever have an effect on an output.
package texthash

import (
	"hash/maphash"
	"math/bits"
)

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

// Text returns the hash of a text. Most are names of a few bytes, for which this is done
// sooner than a call of package maphash is begun.
func Text(s string) uint64 {
	h := secret[0] ^ uint64(len(s))
	for len(s) > 16 {
		h = fold(word(s)^secret[1], word(s[8:])^h)
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
	return fold(fold(a^secret[1], b^h), oddGolden)
}

// Number returns the hash of a number.
func Number(n uint64) uint64 { return fold(n^secret[0], secret[1]) }

// Add returns the hash of a sequence of which h is the hash so far, that of its length in
// the beginning, and one the hash of the next element.
func Add(h, one uint64) uint64 { return fold(h^one, oddGolden) }

// fold returns the two halves of the product of a and b as one.
func fold(a, b uint64) uint64 {
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
