package pyc

import (
	"encoding/binary"
	"math/bits"
)

// SourceHash returns what _imp.source_hash(magic, source) of the Python with
// the magic number m returns: SipHash of the raw source bytes under a key whose
// first word is the magic number and whose second is zero, as 8 bytes
// little-endian (Python/import.c, Python/pyhash.c). CPython took SipHash-1-3 in
// 3.11; earlier releases and PyPy have SipHash-2-4.
func SourceHash(m Magic, source []byte) [8]byte {
	n := m.Number()
	rounds := 2
	if n >= 3450 && n < 20000 {
		rounds = 1
	}
	var out [8]byte
	binary.LittleEndian.PutUint64(out[:], sipHash(rounds, uint64(binary.LittleEndian.Uint32(m[:])), source))
	return out
}

// sipHash is SipHash-c-(c+2) with the key (k0, 0), after Aumasson and
// Bernstein, "SipHash: a fast short-input PRF" (2012). The libraries at hand
// have the 2-4 form only.
func sipHash(c int, k0 uint64, p []byte) uint64 {
	const k1 = 0
	v0 := k0 ^ 0x736f6d6570736575
	v1 := uint64(k1) ^ 0x646f72616e646f6d
	v2 := k0 ^ 0x6c7967656e657261
	v3 := uint64(k1) ^ 0x7465646279746573
	length := uint64(len(p))
	for len(p) >= 8 {
		w := binary.LittleEndian.Uint64(p)
		p = p[8:]
		v3 ^= w
		for i := 0; i < c; i++ {
			v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
		}
		v0 ^= w
	}
	last := length << 56
	for i, b := range p {
		last |= uint64(b) << (8 * i)
	}
	v3 ^= last
	for i := 0; i < c; i++ {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	v0 ^= last
	v2 ^= 0xff
	for i := 0; i < c+2; i++ {
		v0, v1, v2, v3 = sipRound(v0, v1, v2, v3)
	}
	return v0 ^ v1 ^ v2 ^ v3
}

func sipRound(v0, v1, v2, v3 uint64) (uint64, uint64, uint64, uint64) {
	v0 += v1
	v1 = bits.RotateLeft64(v1, 13) ^ v0
	v0 = bits.RotateLeft64(v0, 32)
	v2 += v3
	v3 = bits.RotateLeft64(v3, 16) ^ v2
	v0 += v3
	v3 = bits.RotateLeft64(v3, 21) ^ v0
	v2 += v1
	v1 = bits.RotateLeft64(v1, 17) ^ v2
	v2 = bits.RotateLeft64(v2, 32)
	return v0, v1, v2, v3
}
