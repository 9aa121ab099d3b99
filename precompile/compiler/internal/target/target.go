// Package target says what the compiler compiles for.
//
// A target is a patch release, not a series: 3.13.0 and 3.13.18 share a magic
// number and emit different code. A Profile names one; Features are what it
// switches. This package is the only place where versions are compared; all
// others read a named boolean, so that a reader learns why two targets differ
// and not only that they do.
//
// Where a difference between versions goes:
//
//   - a small behaviour: a boolean in Features, with one row in the table of
//     changes.go that says from which release (and up to which) it holds;
//   - data (opcodes, Unicode tables, AST fields): a generated table selected by
//     Features (Features.Unicode, package opcode);
//   - the order of passes: an explicit list in package flowgraph;
//   - a whole encoding: sibling files behind a function that is chosen once.
package target

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Profile is one release of CPython: 3.Minor.Patch.
type Profile struct {
	Minor, Patch int
}

// String returns the release as Python writes it: "3.13.0".
func (p Profile) String() string { return fmt.Sprintf("3.%d.%d", p.Minor, p.Patch) }

// Before reports whether p is an older release than q, in the order of numbers.
func (p Profile) Before(q Profile) bool {
	return p.Minor < q.Minor || p.Minor == q.Minor && p.Patch < q.Patch
}

// Known returns the releases that the compiler was measured against, oldest
// first. Others are served by the nearest of these.
func Known() []Profile {
	return []Profile{{11, 7}, {12, 1}, {13, 0}, {13, 18}, {14, 10}, {15, 2}}
}

// Complete reports whether the whole compiler was measured to be exact for a known
// release: a release is added here when it is, and not when its parts are there.
func Complete(p Profile) bool {
	switch p {
	case Profile{13, 0}, Profile{13, 18}, Profile{14, 10}:
		return true
	}
	return false
}

// Newest, as a patch, asks Resolve for the newest known release of a series.
const Newest = -1

// Resolve returns the known profile that serves 3.minor.patch: the release
// itself, else the nearest older one of its series, else (where the release is
// older than every known one of its series) the oldest. Exact says whether it is
// the release that was asked for; asking for Newest is always exact. A series
// with no profile is an error.
func Resolve(minor, patch int) (p Profile, exact bool, err error) {
	found := false
	for _, k := range Known() {
		if k.Minor != minor {
			continue
		}
		if !found || patch == Newest || k.Patch <= patch {
			p, found = k, true
		}
	}
	if !found {
		return Profile{}, false, fmt.Errorf("the embedded compiler has no profile for Python 3.%d", minor)
	}
	return p, patch == Newest || p.Patch == patch, nil
}

// For is Resolve for a version as users name it. Only CPython has profiles.
func For(v pyc.Version) (p Profile, exact bool, err error) {
	if v.Implementation != pyc.CPython || v.Major != 3 {
		return Profile{}, false, fmt.Errorf("the embedded compiler has no profile for Python %s", v)
	}
	if v.Patch == pyc.AnyPatch {
		return Resolve(v.Minor, Newest)
	}
	return Resolve(v.Minor, v.Patch)
}

// Version returns the release that p is.
func (p Profile) Version() pyc.Version { return pyc.Version{Major: 3, Minor: p.Minor, Patch: p.Patch} }
