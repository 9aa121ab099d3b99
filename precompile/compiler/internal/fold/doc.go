// Package fold computes what operators give on constants, as the compilers of
// CPython do, bit for bit: ints of any size within the limits of folding, floats,
// complex numbers, and concatenation, repetition and subscription of str, bytes
// and tuple.
//
// It knows no syntax. Up to 3.13 CPython folds in the syntax tree and from 3.14
// on in the flowgraph; both sites use this package, and decide themselves what
// they fold (no site folds comparisons; `str % tuple` is rewritten in the syntax
// tree in all versions and never folded here).
//
// # Floats
//
// x86-64 with glibc is the reference: the bits are the same on every machine
// that this package runs on. Products are never fused with sums but where
// glibc's pow does so; a NaN that arithmetic makes has the sign that SSE gives
// it. pow.go is glibc's pow; polar.go says where complex powers are not exact.
//
// # Versions
//
// All differences are booleans of target.Features. The tests compare with
// goldens of every known release (testdata/make.sh makes them) and, under the
// conformance tag, with the interpreters at hand.
package fold
