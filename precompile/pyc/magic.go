package pyc

import (
	"encoding/binary"
	"fmt"
)

// Magic is the first four bytes of a .pyc. It changes with the bytecode, not
// with the release: every patch of one CPython series shares a number.
type Magic [4]byte

// MagicFromNumber makes the magic whose first half is n, as CPython's
// PYC_MAGIC_NUMBER and PyPy's pypyc magic are written.
func MagicFromNumber(n uint16) Magic {
	return Magic{byte(n), byte(n >> 8), '\r', '\n'}
}

// Number returns the first half as an integer: 3571 for Python 3.13.
func (m Magic) Number() uint16 { return binary.LittleEndian.Uint16(m[:]) }

// Valid reports whether m has the "\r\n" that every magic number ends in.
func (m Magic) Valid() bool { return m[2] == '\r' && m[3] == '\n' }

// String returns "3571 (3.13)" where the number is known, else "1234 (unknown)".
// Bytes that are no magic number at all are shown in hex.
func (m Magic) String() string {
	if !m.Valid() {
		return fmt.Sprintf("% x (not a magic number)", m[:])
	}
	name, ok := m.Release()
	if !ok {
		name = "unknown"
	}
	return fmt.Sprintf("%d (%s)", m.Number(), name)
}

// magicRange is the numbers that one series used while it was developed; the
// last is the one of its releases. From 3.11 on a series owns a block of 50
// that starts at 2900 + 50 × minor (Include/internal/pycore_magic_number.h).
type magicRange struct {
	first, last uint16
	major       int
	minor       int
}

// cpythonMagics is read off the comment in pycore_magic_number.h (3.15) and
// checked against the interpreters at hand by the conformance tests. 3.5
// changed its number in a patch release, 3.5.2; both are release numbers.
var cpythonMagics = [...]magicRange{
	{3000, 3131, 3, 0},
	{3141, 3151, 3, 1},
	{3160, 3180, 3, 2},
	{3190, 3230, 3, 3},
	{3250, 3310, 3, 4},
	{3320, 3351, 3, 5},
	{3360, 3379, 3, 6},
	{3390, 3394, 3, 7},
	{3400, 3413, 3, 8},
	{3420, 3425, 3, 9},
	{3430, 3439, 3, 10},
	{3450, 3495, 3, 11},
	{3500, 3531, 3, 12},
	{3550, 3571, 3, 13},
	{3600, 3627, 3, 14},
	{3650, 3666, 3, 15},
	{62171, 62211, 2, 7},
}

// MagicOf returns the magic number of v's releases. It is known for CPython
// alone: PyPy's numbers are asked of the interpreter.
func MagicOf(v Version) (Magic, bool) {
	if v.Implementation != CPython {
		return Magic{}, false
	}
	for _, r := range cpythonMagics {
		if r.major == v.Major && r.minor == v.Minor {
			return MagicFromNumber(r.last), true
		}
	}
	return Magic{}, false
}

// VersionOf returns the CPython series whose releases have the magic number m.
// ok is false for numbers of pre-releases, of PyPy, and for unknown ones.
func VersionOf(m Magic) (v Version, ok bool) {
	if !m.Valid() {
		return Version{}, false
	}
	for _, r := range cpythonMagics {
		if r.last == m.Number() {
			return Version{Major: r.major, Minor: r.minor, Patch: AnyPatch}, true
		}
	}
	return Version{}, false
}

// Release names what has the magic number m, for messages: "3.13",
// "3.15 pre-release", "PyPy 3.11". ok is false where nothing is known.
func (m Magic) Release() (name string, ok bool) {
	if !m.Valid() {
		return "", false
	}
	n := m.Number()
	for _, r := range cpythonMagics {
		switch {
		case n == r.last, n == 3350:
			if n == 3350 {
				return "3.5", true
			}
			return fmt.Sprintf("%d.%d", r.major, r.minor), true
		case r.first <= n && n < r.last:
			return fmt.Sprintf("%d.%d pre-release", r.major, r.minor), true
		}
	}
	if n < 1000 {
		return "PyPy", true
	}
	return "", false
}
