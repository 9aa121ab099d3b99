package unidata

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

func TestLookup(t *testing.T) {
	for _, c := range []struct {
		v    target.Unicode
		name string
		fold bool
		want rune
	}{
		{target.Unicode14, "BULLET", false, 0x2022},
		{target.Unicode14, "bullet", false, 0x2022},
		{target.Unicode14, "LATIN CAPITAL LETTER GHA", false, 0x1A2}, // an alias
		{target.Unicode14, "LATIN CAPITAL LETTER OI", false, 0x1A2},  // the name that it corrects
		{target.Unicode14, "NULL", false, 0},
		{target.Unicode14, "HANGUL SYLLABLE GAG", false, 0xAC01},
		{target.Unicode14, "HANGUL SYLLABLE A", false, 0xC544},
		{target.Unicode14, "HANGUL SYLLABLE SSYELB", false, 0xC3C7},
		{target.Unicode14, "Hangul Syllable Gag", false, -1},
		{target.Unicode16, "Hangul Syllable Gag", true, 0xAC01},
		{target.Unicode14, "HANGUL SYLLABLE GAGA", false, -1},
		{target.Unicode14, "CJK UNIFIED IDEOGRAPH-4E00", false, 0x4E00},
		{target.Unicode14, "CJK UNIFIED IDEOGRAPH-04E00", false, 0x4E00},
		{target.Unicode16, "CJK UNIFIED IDEOGRAPH-04E00", true, -1},
		{target.Unicode14, "CJK UNIFIED IDEOGRAPH-4e00", false, -1},
		{target.Unicode16, "cjk unified ideograph-4e00", true, 0x4E00},
		{target.Unicode14, "CJK UNIFIED IDEOGRAPH-31350", false, -1}, // of Unicode 15
		{target.Unicode15, "CJK UNIFIED IDEOGRAPH-31350", false, 0x31350},
		{target.Unicode14, "TANGUT IDEOGRAPH-17000", false, -1},
		{target.Unicode151, "TANGUT IDEOGRAPH-17000", true, 0x17000},
		{target.Unicode16, "TANGUT IDEOGRAPH-187FF", true, -1},     // of Unicode 17
		{target.Unicode16, "BAMUM LETTER PHASE-B NGGOM", true, -1}, // an alias of Unicode 17
		{target.Unicode17, "BAMUM LETTER PHASE-B NGGOM", true, 0x1688E},
		{target.Unicode17, "KEYCAP DIGIT ONE", true, -1}, // a named sequence
		{target.Unicode17, "", true, -1},
		{target.Unicode17, "NO SUCH NAME", true, -1},
	} {
		got, ok := Lookup(c.v, c.name, c.fold)
		if !ok {
			got = -1
		}
		if got != c.want {
			t.Errorf("%v: %q is %#x, want %#x", c.v, c.name, got, c.want)
		}
	}
}

func TestNFKC(t *testing.T) {
	for _, c := range [][2]string{
		{"ﬁ", "fi"}, {"e\u0301", "é"}, {"𝐝𝐞𝐟", "def"}, {"abc", "abc"},
		{"\U00016D63\U00016D67", "\U00016D69"},           // Kirat Rai, of Unicode 16: composed
		{"\U00016D63\U00016D67\U00016D67", "\U00016D6A"}, // and again
		{"a\u1ACF\u0323", "ạ\u1ACF"},                     // a mark of Unicode 17 goes behind one below
	} {
		if got := NFKC(c[0]); got != c[1] {
			t.Errorf("NFKC(%+q) = %+q, want %+q", c[0], got, c[1])
		}
	}
}

func TestIdentifierCharacters(t *testing.T) {
	for _, c := range []struct {
		r                rune
		start, continue_ bool
	}{
		{'a', true, true}, {'_', true, true}, {'0', false, true}, {'·', false, true}, {'é', true, true}, {' ', false, false},
		{'€', false, false}, {'\u0301', false, true}, {'ª', true, true},
	} {
		for v := target.Unicode14; v <= target.Unicode17; v++ {
			if IsStart(v, c.r) != c.start || IsContinue(v, c.r) != c.continue_ {
				t.Errorf("%v: %q: %v, %v", v, c.r, IsStart(v, c.r), IsContinue(v, c.r))
			}
		}
	}
}
