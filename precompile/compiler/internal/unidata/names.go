package unidata

import (
	"crypto/sha256"
	_ "embed"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// names is the table of character names and aliases without those that follow a
// rule: records of 13 bytes in ascending order. The first ten bytes are of the
// name's SHA-256, the last three the big-endian number of the character shifted
// left by three, plus the first Unicode version (as target.Unicode) that has the
// name. So the names themselves need no room, and looking one up needs no start.
//
//go:embed names.bin
var names string

const (
	nameKey    = 10
	nameRecord = nameKey + 3
)

// Lookup returns the character that `\N{name}` means. fold says that names that
// follow a rule (Hangul syllables, ideographs) may be in lower case like all
// others, and that Tangut's are among them.
func Lookup(v target.Unicode, name string, fold bool) (rune, bool) {
	if len(name) > 256 { // longer than any name
		return 0, false
	}
	upper := upperASCII(name)
	ruled := name
	if fold {
		ruled = upper
	}
	if rest, ok := strings.CutPrefix(ruled, "HANGUL SYLLABLE "); ok {
		return hangul(rest)
	}
	if rest, ok := strings.CutPrefix(ruled, "CJK UNIFIED IDEOGRAPH-"); ok {
		return ideograph(&cjkSpans, v, rest, fold)
	}
	if rest, ok := strings.CutPrefix(upper, "TANGUT IDEOGRAPH-"); ok && fold {
		return ideograph(&tangutSpans, v, rest, fold)
	}
	sum := sha256.Sum256([]byte(upper))
	key := string(sum[:nameKey])
	lo, hi := 0, len(names)/nameRecord
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		if names[mid*nameRecord:mid*nameRecord+nameKey] < key {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	at := lo * nameRecord
	if at == len(names) || names[at:at+nameKey] != key {
		return 0, false
	}
	value := uint32(names[at+nameKey])<<16 | uint32(names[at+nameKey+1])<<8 | uint32(names[at+nameKey+2])
	if target.Unicode(value&7) > v {
		return 0, false
	}
	return rune(value >> 3), true
}

func upperASCII(s string) string {
	for i := 0; i < len(s); i++ {
		if 'a' <= s[i] && s[i] <= 'z' {
			b := []byte(s)
			for ; i < len(b); i++ {
				if 'a' <= b[i] && b[i] <= 'z' {
					b[i] -= 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}

// ideograph reads the hexadecimal number that a name ends in. Without fold the
// number has four or five digits; with it, no leading zero.
func ideograph(table *[NumVersions][]span, v target.Unicode, digits string, fold bool) (rune, bool) {
	if len(digits) < 4 || len(digits) > 6 || fold && digits[0] == '0' || !fold && len(digits) > 5 {
		return 0, false
	}
	var r rune
	for i := 0; i < len(digits); i++ {
		switch c := digits[i]; {
		case '0' <= c && c <= '9':
			r = r<<4 | rune(c-'0')
		case 'A' <= c && c <= 'F':
			r = r<<4 | rune(c-'A'+10)
		default:
			return 0, false
		}
	}
	return r, in(table, v, r)
}

// The short names of the Hangul letters, in the order of the syllables' numbers.
var (
	hangulLead  = [19]string{"G", "GG", "N", "D", "DD", "R", "M", "B", "BB", "S", "SS", "", "J", "JJ", "C", "K", "T", "P", "H"}
	hangulVowel = [21]string{"A", "AE", "YA", "YAE", "EO", "E", "YEO", "YE", "O", "WA", "WAE", "OE", "YO", "U", "WEO", "WE", "WI", "YU", "EU", "YI", "I"}
	hangulTail  = [28]string{"", "G", "GG", "GS", "N", "NJ", "NH", "D", "L", "LG", "LM", "LB", "LS", "LT", "LP", "LH", "M", "B", "BS", "S", "SS", "NG", "J", "C", "K", "T", "P", "H"}
)

// hangul reads a syllable's name; each letter is the longest that fits.
func hangul(s string) (rune, bool) {
	longest := func(table []string) int {
		best := -1
		for i, l := range table {
			if strings.HasPrefix(s, l) && (best < 0 || len(l) > len(table[best])) {
				best = i
			}
		}
		if best >= 0 {
			s = s[len(table[best]):]
		}
		return best
	}
	l := longest(hangulLead[:])
	v := longest(hangulVowel[:])
	if v < 0 {
		return 0, false
	}
	t := longest(hangulTail[:])
	if s != "" {
		return 0, false
	}
	return rune(0xAC00 + (l*len(hangulVowel)+v)*len(hangulTail) + t), true
}
