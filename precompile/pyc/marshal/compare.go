package marshal

import (
	"bytes"
	"errors"
)

// Verdict is how two marshalled objects stand to each other.
type Verdict uint8

// The verdicts.
const (
	// Equal: the same bytes.
	Equal Verdict = iota
	// CanonicalEqual: equal objects, type-strictly and in every field, that were
	// written in different forms.
	CanonicalEqual
	// Different: the objects are not equal.
	Different
)

// Class is a way in which two streams of equal objects differ.
type Class string

// The classes.
const (
	// UnusedFlag: FLAG_REF on an object that no reference points to.
	UnusedFlag Class = "unused-flag"
	// InternedBit: an interned type code against a plain one.
	InternedBit Class = "interned-bit"
	// SharedOrDuplicated: one object against several equal ones.
	SharedOrDuplicated Class = "shared-or-duplicated"
	// SetOrder: the elements of a set in another order.
	SetOrder Class = "set-order"
	// OldForm: a type code that the other stream has a newer or shorter one for.
	OldForm Class = "old-form"
)

// Difference is what Compare found.
type Difference struct {
	Verdict Verdict
	// Classes are how the streams differ, sorted, where they are CanonicalEqual.
	Classes []Class
	// Path names the code object that the first difference is in, where they
	// are Different: "<module>", "<module>.C.f". Field is the field of it, as
	// Python has it and with indexes: "co_consts[2][0]". A and B are the values
	// there, shortly.
	Path, Field, A, B string
}

// Compare says whether the marshalled objects a and b are the same bytes, equal
// objects, or different. The error is of the stream that cannot be read.
func Compare(a, b []byte, p Profile) (Difference, error) {
	if !p.Valid() {
		return Difference{}, errNoProfile
	}
	if bytes.Equal(a, b) {
		return Difference{Verdict: Equal}, nil
	}
	return Difference{}, errors.New("marshal: comparing is not built yet")
}
