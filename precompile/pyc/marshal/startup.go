package marshal

import (
	_ "embed"
	"sort"
	"strings"
)

// startupTable is which strings are interned in a process of py_compile, before
// it compiles, of each release that testdata/startup.py asked.
//
//go:embed startup.txt
var startupTable string

// AtStartup reports whether a fresh process of the series has s in its table of
// interned strings. It asks the newest release of the series that was measured.
func (p Profile) AtStartup(s string) bool {
	if p.minor < 11 || int(p.minor)-11 >= len(startupBit) {
		return false
	}
	table := startupTable
	// Offsets of lines are found by bisection: the lines are sorted by string.
	i := sort.Search(len(table), func(i int) bool {
		word, _, ok := startupLine(table, i)
		return !ok || word >= s
	})
	word, mask, ok := startupLine(table, i)
	return ok && word == s && mask&(1<<startupBit[p.minor-11]) != 0
}

// startupBit is the bit of a series in the masks of startup.txt, 3.11 first.
var startupBit = [...]uint{0, 1, 3, 4, 5}

// startupLine returns the first line that starts at or after offset i; at the
// end of the table ok is false. The comment at the top reads as the empty word.
func startupLine(table string, i int) (word string, mask uint, ok bool) {
	if i > 0 {
		nl := strings.IndexByte(table[i-1:], '\n')
		if nl < 0 {
			return "", 0, false
		}
		i += nl
	}
	line, _, found := strings.Cut(table[i:], "\n")
	if !found {
		return "", 0, false
	}
	if line[0] == '#' {
		return "", 0, true
	}
	word, hex, _ := strings.Cut(line, " ")
	for j := 0; j < len(hex); j++ {
		d := uint(hex[j] - '0')
		if hex[j] >= 'a' {
			d = uint(hex[j]-'a') + 10
		}
		mask = mask<<4 | d
	}
	return word, mask, true
}

// StartupStrings returns the strings that a fresh process of the series has
// interned before it compiles, sorted; none for series that are not known.
func (p Profile) StartupStrings() []string {
	if p.minor < 11 || int(p.minor)-11 >= len(startupBit) {
		return nil
	}
	var out []string
	for i := 0; ; {
		word, mask, ok := startupLine(startupTable, i)
		if !ok {
			return out
		}
		if mask&(1<<startupBit[p.minor-11]) != 0 {
			out = append(out, word)
		}
		i += strings.IndexByte(startupTable[i:], '\n') + 1
	}
}
