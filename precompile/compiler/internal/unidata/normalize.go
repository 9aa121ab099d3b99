package unidata

import (
	"slices"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// normInfo is what normalisation must know of one character.
type normInfo struct {
	ccc      uint8 // canonical combining class
	compat   bool  // to is a compatibility mapping
	composes bool  // its canonical mapping is composed again
	to       string
}

// newParts are the characters that newer ones than x/text's are composed of.
var newParts = sync.OnceValue(func() map[rune]bool {
	parts := map[rune]bool{}
	for _, n := range newNorm() {
		if n.composes {
			for _, r := range n.to {
				parts[r] = true
			}
		}
	}
	return parts
})

// NFKC returns the normal form of an identifier that is valid in its target's
// Unicode version. Characters that were assigned before golang.org/x/text's
// tables have the same form in all versions.
func NFKC(s string) string {
	whole, parts := newNorm(), newParts()
	for _, r := range s {
		if _, ok := whole[r]; ok || parts[r] {
			return newNFKC(s)
		}
	}
	return norm.NFKC.String(s)
}

// newNFKC is NFKC for a string with characters that x/text does not know: the
// textbook algorithm, with newNorm beside its tables.
func newNFKC(s string) string {
	var rs []rune
	for _, r := range s {
		rs = decompose(rs, r)
	}
	for i := 0; i < len(rs); { // reorder each run of combining characters
		if ccc(rs[i]) == 0 {
			i++
			continue
		}
		j := i
		for j < len(rs) && ccc(rs[j]) != 0 {
			j++
		}
		slices.SortStableFunc(rs[i:j], func(a, b rune) int { return int(ccc(a)) - int(ccc(b)) })
		i = j
	}
	out := rs[:0:0]
	starter := -1
	var last uint8
	for _, r := range rs {
		c := ccc(r)
		if starter >= 0 && (last < c || last == 0 && starter == len(out)-1) {
			if composed, ok := compose(out[starter], r); ok {
				out[starter] = composed
				continue
			}
		}
		if c == 0 {
			starter = len(out)
		}
		last = c
		out = append(out, r)
	}
	return string(out)
}

func ccc(r rune) uint8 {
	if n, ok := newNorm()[r]; ok {
		return n.ccc
	}
	return norm.NFD.PropertiesString(string(r)).CCC()
}

func decompose(out []rune, r rune) []rune {
	n, ok := newNorm()[r]
	if !ok {
		return append(out, []rune(norm.NFKD.String(string(r)))...)
	}
	if n.to == "" {
		return append(out, r)
	}
	for _, d := range n.to {
		out = decompose(out, d)
	}
	return out
}

func compose(a, b rune) (rune, bool) {
	pair := string([]rune{a, b})
	for r, n := range newNorm() {
		if n.composes && n.to == pair {
			return r, true
		}
	}
	if c := []rune(norm.NFC.String(pair)); len(c) == 1 {
		return c[0], true
	}
	return 0, false
}
