package marshal

import (
	"bytes"
	"fmt"
	"slices"
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

// String returns "byte-equal", "canonical-equal" or "different".
func (v Verdict) String() string {
	return [...]string{"byte-equal", "canonical-equal", "different"}[min(v, Different)]
}

// Class is a way in which two streams of equal objects differ.
type Class string

// The classes.
const (
	// InternedBit: an interned type code against a plain one.
	InternedBit Class = "interned-bit"
	// OldForm: a type code that the other stream has a newer or shorter one for,
	// such as an int64 for a small int.
	OldForm Class = "old-form"
	// SetOrder: the elements of a set in another order.
	SetOrder Class = "set-order"
	// SharedOrDuplicated: one object against several equal ones.
	SharedOrDuplicated Class = "shared-or-duplicated"
	// UnusedFlag: FLAG_REF on an object that no reference points to.
	UnusedFlag Class = "unused-flag"
)

// Difference is what Compare found.
type Difference struct {
	Verdict Verdict
	// Classes are how the streams differ, sorted, where they are CanonicalEqual.
	// There is always one at least.
	Classes []Class
	// Path names the code object that the first difference is in, where they
	// are Different: "<module>", "<module>.C.f". Field is the field of it, as
	// Python has it and with indexes: "co_consts[2][0]". Both are empty where a
	// difference is in no code object.
	Path, Field string
	// A and B are the two values there, shortly.
	A, B string
}

// String returns one line for a person: "canonical-equal (unused-flag)", or
// "different: co_stacksize of <module>.f: 3, 4".
func (d Difference) String() string {
	switch {
	case d.Verdict == CanonicalEqual:
		return fmt.Sprintf("%v %v", d.Verdict, d.Classes)
	case d.Verdict == Equal:
		return d.Verdict.String()
	case d.Path == "":
		return fmt.Sprintf("%v: %s, %s", d.Verdict, d.A, d.B)
	}
	return fmt.Sprintf("%v: %s of %s: %s, %s", d.Verdict, d.Field, d.Path, d.A, d.B)
}

// Compare says whether the marshalled objects a and b are the same bytes, equal
// objects, or different. Equality is type-strict, and of floats by their bits;
// which lists, dicts and sets are one object is of account, since a program
// could tell, but reported as a matter of form.
//
// The error is that of a stream which cannot be read, or ErrWork or ErrTooDeep
// for one that no compiler emits.
func Compare(a, b []byte, p Profile) (Difference, error) {
	return new(Codec).Compare(a, b, p)
}

// Compare is the function of that name.
func (c *Codec) Compare(a, b []byte, p Profile) (Difference, error) {
	if !p.Valid() {
		return Difference{}, errNoProfile
	}
	if bytes.Equal(a, b) {
		return Difference{Verdict: Equal}, nil
	}
	x, err := Unmarshal(a, p)
	if err != nil {
		return Difference{}, fmt.Errorf("the first: %w", err)
	}
	y, err := Unmarshal(b, p)
	if err != nil {
		return Difference{}, fmt.Errorf("the second: %w", err)
	}
	same := func(f form) (bool, error) {
		ax, err := c.appendOwn(nil, x, p, f)
		if err != nil {
			return false, fmt.Errorf("the first: %w", err)
		}
		by, err := c.appendOwn(nil, y, p, f)
		if err != nil {
			return false, fmt.Errorf("the second: %w", err)
		}
		return bytes.Equal(ax, by), nil
	}
	d := Difference{Verdict: CanonicalEqual}
	switch equal, err := same(form{}); {
	case err != nil:
		return Difference{}, err
	case !equal:
		if found, err := c.difference(x, y, p); err != nil || found.Verdict == Different {
			return found, err
		}
		// Equal in every part: it is lists, dicts or sets that are shared here
		// and not there.
		d.Classes = append(d.Classes, SharedOrDuplicated)
	}
	// A class is one by which the streams differ when all the others are evened out.
	for _, q := range [...]struct {
		class Class
		keep  form
	}{
		{InternedBit, form{keepInterned: true}},
		{OldForm, form{keepCodes: true}},
		{SetOrder, form{keepOrder: true}},
		{SharedOrDuplicated, form{keepSharing: true}},
		{UnusedFlag, form{keepFlags: true}},
	} {
		equal, err := same(q.keep)
		if err != nil {
			return Difference{}, err
		}
		if !equal && !slices.Contains(d.Classes, q.class) {
			d.Classes = append(d.Classes, q.class)
		}
	}
	if len(d.Classes) == 0 {
		// A flag where it has no meaning, or several copies of which not the same
		// ones are flagged.
		d.Classes = append(d.Classes, UnusedFlag)
	}
	slices.Sort(d.Classes)
	return d, nil
}
