// Package unidata is what the compiler needs of the Unicode database, for the
// Unicode version of each target: which characters make identifiers, what they
// normalise to, and which character a name means.
//
// Go's own tables have one version, the toolchain's. Here the tables of all
// targets are generated from the targets' own interpreters (generate.py). Each is
// the oldest version's, followed by what each later version changed.
package unidata

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// NumVersions is how many Unicode versions the tables know.
const NumVersions = int(target.NumUnicode)

// span is a range of characters, both ends in it.
type span struct{ first, last rune }

// in reports whether r belongs to a table's set in the version v.
func in(table *[NumVersions][]span, v target.Unicode, r rune) bool {
	member := false
	for _, spans := range table[:v+1] {
		if _, hit := slices.BinarySearchFunc(spans, r, func(s span, r rune) int {
			switch {
			case s.last < r:
				return -1
			case s.first > r:
				return 1
			}
			return 0
		}); hit {
			member = !member
		}
	}
	return member
}

// IsStart reports whether r may begin an identifier (XID_Start, and the
// underscore).
func IsStart(v target.Unicode, r rune) bool { return in(&startSpans, v, r) }

// IsContinue reports whether r may follow in an identifier (XID_Continue).
func IsContinue(v target.Unicode, r rune) bool { return in(&continueSpans, v, r) }
