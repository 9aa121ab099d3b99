package pycdiff

import (
	"bytes"
	"encoding/hex"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/dis"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Verdict is how two caches stand to each other; the greater the number, the
// more they differ.
type Verdict uint8

// The verdicts.
const (
	Same       Verdict = iota // the same bytes
	HeaderOnly                // the same bytes after the header
	FormOnly                  // equal code objects in another marshal form
	CodeDiffers
	Unreadable // one of them is no cache that can be read, and they are not the same bytes
	OnlyInA    // there is no cache of the name in B
	OnlyInB
)

var verdictNames = [...]string{"same", "header", "form", "code", "unreadable", "only-in-a", "only-in-b"}

// String returns the word of the JSON form.
func (v Verdict) String() string { return verdictNames[v] }

// EqualCode reports whether v means that both caches hold equal code objects.
func (v Verdict) EqualCode() bool { return v <= FormOnly }

// Pair is the difference of two caches.
type Pair struct {
	// Name is the name that both have in their collections; "" for two files.
	Name    string
	Verdict Verdict
	// Header says in words how the headers differ, a sentence a field.
	Header []string
	// Classes are how the marshal forms differ, where the code is equal.
	Classes []marshal.Class
	// Path names the code object, Field the field of the first difference of the
	// code, A and B are the values there.
	Path, Field, A, B string
	// Error says what cannot be read.
	Error string
	// Listing is the instructions around the first difference; nil where no
	// instruction differs, or where they are not decoded.
	Listing *Listing
}

// Compare compares the bytes of two caches. context is the number of
// instructions that a listing has before and after the first that differs.
func Compare(a, b []byte, context int) Pair {
	var p Pair
	if bytes.Equal(a, b) {
		return p
	}
	fa, errA := dis.Read(a)
	fb, errB := dis.Read(b)
	p.Header = headers(fa, fb, a, b)
	switch {
	case errA != nil && errB != nil:
		p.Verdict, p.Error = Unreadable, fmt.Sprintf("the first: %v; the second: %v", errA, errB)
		return p
	case errA != nil:
		p.Verdict, p.Error = Unreadable, fmt.Sprintf("the first: %v", errA)
		return p
	case errB != nil:
		p.Verdict, p.Error = Unreadable, fmt.Sprintf("the second: %v", errB)
		return p
	case fa.Version != fb.Version:
		p.Verdict, p.Field = CodeDiffers, "the version"
		p.A, p.B = "Python "+fa.Version.Series(), "Python "+fb.Version.Series()
		return p
	}
	v := fa.Version
	profile, err := marshal.ProfileOf(v.Implementation == pyc.PyPy, v.Major, v.Minor)
	if err != nil { // Read has asked for it as well
		p.Verdict, p.Error = Unreadable, err.Error()
		return p
	}
	d, err := marshal.Compare(a[pyc.HeaderSize:], b[pyc.HeaderSize:], profile)
	switch {
	case err != nil:
		p.Verdict, p.Error = Unreadable, err.Error()
	case d.Verdict == marshal.Equal:
		p.Verdict = HeaderOnly
	case d.Verdict == marshal.CanonicalEqual:
		p.Verdict, p.Classes = FormOnly, d.Classes
	default:
		p.Verdict = CodeDiffers
		p.Path, p.Field, p.A, p.B = d.Path, d.Field, d.A, d.B
		if fa.Disassembles() {
			p.Listing = listing(fa.Root, fb.Root, v.Minor, context)
		}
	}
	return p
}

// headers compares what could be made out of the headers.
func headers(a, b *dis.File, rawA, rawB []byte) []string {
	var out []string
	say := func(what, x, y string) {
		if x != y {
			out = append(out, fmt.Sprintf("%s: %s, %s", what, x, y))
		}
	}
	if a == nil || b == nil {
		return []string{fmt.Sprintf("size: %d bytes, %d bytes", len(rawA), len(rawB))}
	}
	say("magic number", a.Magic.String(), b.Magic.String())
	if !a.HeaderOK || !b.HeaderOK {
		say("flags", fmt.Sprintf("%#x", a.Flags), fmt.Sprintf("%#x", b.Flags))
		return out
	}
	x, y := a.Header, b.Header
	say("invalidation mode", x.Mode.String(), y.Mode.String())
	if x.Mode == pyc.Timestamp && y.Mode == pyc.Timestamp {
		say("source time", fmt.Sprint(x.MTime), fmt.Sprint(y.MTime))
		say("source size", fmt.Sprintf("%d bytes", x.Size), fmt.Sprintf("%d bytes", y.Size))
	}
	if x.Mode != pyc.Timestamp && y.Mode != pyc.Timestamp {
		say("source hash", hex.EncodeToString(x.Hash[:]), hex.EncodeToString(y.Hash[:]))
	}
	return out
}
