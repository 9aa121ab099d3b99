package source

import (
	"slices"
	"unicode/utf8"
)

// charset is what an escape sequence of ISO 2022 designates: its final byte, and
// doubleByte if it has two bytes a character.
type charset byte

const doubleByte charset = 0x80

// iso2022 is one of the codecs of that family.
type iso2022 struct {
	sets   map[charset]func(a, b byte) []rune // without ASCII; nil for no character
	shifts bool                               // SI and SO switch between G0 and G1
	g2     bool                               // ESC . designates, ESC N takes one character from there
	ext    bool                               // ESC & @ ESC $ B is a designation
}

// byTable makes the set that a table has in the bytes from 0xA1 on.
func byTable(codec string) func(a, b byte) []rune {
	return func(a, b byte) []rune {
		t := multibyteNamed(codec)
		return t.runes(t.pair(a|0x80, b|0x80))
	}
}

func (t *multibyteTable) runes(r rune) []rune {
	switch {
	case r < 0:
		return nil
	case r >= pairBase:
		return t.pairs[r-pairBase][:]
	}
	return []rune{r}
}

// iso2022Named returns a codec, nil if it is none of the family.
func iso2022Named(codec string) *iso2022 {
	jisx0208 := byTable("euc_jp")
	jisx0212 := func(a, b byte) []rune {
		t := multibyteNamed("euc_jp")
		return t.runes(t.triple(a|0x80, b|0x80))
	}
	roman := func(a, _ byte) []rune { // JIS X 0201
		switch a {
		case '\\':
			return []rune{0xA5}
		case '~':
			return []rune{0x203E}
		}
		return []rune{rune(a)}
	}
	kana := func(a, _ byte) []rune {
		if a < 0x21 || a > 0x5F {
			return nil
		}
		return []rune{0xFF40 + rune(a)}
	}
	// The second plane of JIS X 0213, in any edition. The EUC has JIS X 0212 in the
	// rows that it leaves free.
	plane2 := func(a, b byte) []rune {
		switch row := a - 0x20; {
		case row == 1, row >= 3 && row <= 5, row == 8, row >= 12 && row <= 15, row >= 78:
			t := multibyteNamed("euc_jis_2004")
			return t.runes(t.triple(a|0x80, b|0x80))
		}
		return nil
	}
	ksx1001 := func(a, b byte) []rune {
		if a == 0x24 && b == 0x54 {
			return []rune{0x3164} // the filler, which in EUC begins a syllable of letters
		}
		return byTable("euc_kr")(a, b)
	}
	// The first plane of an edition. The EUC has one character elsewhere.
	plane1 := func(codec string) func(a, b byte) []rune {
		euc := byTable(codec)
		return func(a, b byte) []rune {
			if a == 0x22 && b == 0x32 {
				return []rune{'~'}
			}
			return euc(a, b)
		}
	}
	none := func(a, b byte) []rune { return nil } // of G2, which is read apart
	type sets = map[charset]func(a, b byte) []rune
	switch codec {
	case "iso2022_kr":
		return &iso2022{sets: sets{'C' | doubleByte: ksx1001}, shifts: true}
	case "iso2022_jp":
		return &iso2022{sets: sets{'B' | doubleByte: jisx0208, '@' | doubleByte: jisx0208, 'J': roman}, ext: true}
	case "iso2022_jp_1":
		return &iso2022{sets: sets{
			'B' | doubleByte: jisx0208, '@' | doubleByte: jisx0208, 'D' | doubleByte: jisx0212, 'J': roman,
		}, ext: true}
	case "iso2022_jp_2":
		return &iso2022{sets: sets{
			'B' | doubleByte: jisx0208, '@' | doubleByte: jisx0208, 'D' | doubleByte: jisx0212, 'J': roman,
			'C' | doubleByte: ksx1001, 'A' | doubleByte: byTable("gb2312"), 'A': none, 'F': none,
		}, g2: true, ext: true}
	case "iso2022_jp_ext":
		return &iso2022{sets: sets{
			'B' | doubleByte: jisx0208, '@' | doubleByte: jisx0208, 'D' | doubleByte: jisx0212, 'J': roman, 'I': kana,
		}, ext: true}
	case "iso2022_jp_2004":
		return &iso2022{sets: sets{
			'B' | doubleByte: jisx0208, 'Q' | doubleByte: plane1("euc_jis_2004"), 'P' | doubleByte: plane2,
		}, ext: true}
	case "iso2022_jp_3":
		return &iso2022{sets: sets{
			'B' | doubleByte: jisx0208, 'O' | doubleByte: plane1("euc_jisx0213"), 'P' | doubleByte: plane2,
		}, ext: true}
	}
	return nil
}

const esc = 0x1B

// decodeISO2022 decodes text by a codec of the family.
func decodeISO2022(out []byte, codec string, c *iso2022, text []byte) ([]byte, *decodeError) {
	const ascii charset = 'B'
	g := [3]charset{ascii, ascii, ascii}
	shifted, through := false, false // through: inside an escape sequence of another kind
	bad := func(i, size int) *decodeError { return &decodeError{codec, i, i + size, illegal} }
	for i := 0; i < len(text); {
		b := text[i]
		rest := text[i:]
		if through {
			out = utf8.AppendRune(out, rune(b))
			through = !('A' <= b && b <= 'Z' || b == '@')
			i++
			continue
		}
		switch {
		case b == esc:
			if len(rest) < 2 {
				return out, &decodeError{codec, i, len(text), incomplete}
			}
			switch next := rest[1]; {
			case next == '(' || next == ')' || next == '$' || next == '.' || next == '&':
				size, reason := c.designate(&g, rest)
				if reason == incomplete {
					return out, &decodeError{codec, i, len(text), incomplete}
				}
				if reason != "" {
					return out, bad(i, size)
				}
				i += size
			case c.g2 && next == 'N':
				if len(rest) < 3 {
					return out, &decodeError{codec, i, len(text), incomplete}
				}
				r, size := g2Rune(g[2], rest[2])
				if size > 0 {
					return out, bad(i, size)
				}
				out = utf8.AppendRune(out, r)
				i += 3
			default:
				out = append(out, esc)
				through = true
				i++
			}
			continue
		case c.shifts && (b == 0x0E || b == 0x0F):
			shifted = b == 0x0E
			i++
			continue
		case b == '\n':
			shifted = false
		case b >= utf8.RuneSelf:
			return out, bad(i, 1)
		}
		set := g[0]
		if shifted {
			set = g[1]
		}
		if b < 0x20 || set == ascii {
			out = append(out, b)
			i++
			continue
		}
		width, second := 1, byte(0)
		if set&doubleByte != 0 {
			if len(rest) < 2 {
				return out, &decodeError{codec, i, len(text), incomplete}
			}
			width, second = 2, rest[1]
		}
		var runes []rune
		if second < utf8.RuneSelf {
			runes = c.sets[set](b, second)
		}
		if runes == nil {
			return out, bad(i, width)
		}
		for _, r := range runes {
			out = utf8.AppendRune(out, r)
		}
		i += width
	}
	return out, nil
}

// designate reads an escape sequence and changes one of g. Size is how long it is, or
// what is wrong of it, for which there is a reason.
func (c *iso2022) designate(g *[3]charset, s []byte) (size int, reason string) {
	const longest = 16
	for i := 1; i < longest; i++ {
		if i >= len(s) {
			return 0, incomplete
		}
		if b := s[i]; 'A' <= b && b <= 'Z' || b == '@' {
			size = i + 1
			break
		}
		if c.ext && i+1 < len(s) && s[i] == '&' && s[i+1] == '@' {
			i += 2
		}
	}
	set, to := charset('B'), 0
	switch {
	case size == 0:
		return 1, illegal
	case size == 3 && s[1] == '$':
		set = charset(s[2]) | doubleByte
	case size == 3 && s[1] == '(':
		set = charset(s[2])
	case size == 3 && s[1] == ')':
		set, to = charset(s[2]), 1
	case size == 3 && c.g2 && s[1] == '.':
		set, to = charset(s[2]), 2
	case size == 4 && s[1] == '$' && s[2] == '(':
		set = charset(s[3]) | doubleByte
	case size == 4 && s[1] == '$' && s[2] == ')':
		set, to = charset(s[3])|doubleByte, 1
	case size == 6 && c.ext && s[3] == esc && s[4] == '$' && s[5] == 'B':
		set = 'B' | doubleByte
	default:
		return size, illegal
	}
	if _, ok := c.sets[set]; set != 'B' && !ok {
		return size, illegal
	}
	g[to] = set
	return size, ""
}

// g2Rune returns the character that ESC N takes from G2; wrong is how many bytes are
// at fault if there is none.
func g2Rune(set charset, b byte) (r rune, wrong int) {
	switch set {
	case 'A': // the right half of ISO 8859-1
		if b < 0x80 {
			return rune(b) + 0x80, 0
		}
	case 'F': // of ISO 8859-7, as it was before 2003; what is right is left
		i := slices.Index(charmapNames[:], "iso8859_7")
		r := charmapRune(i, b^0x80)
		if r < 0 || r == 0x20AC || r == 0x20AF || r == 0x37A {
			return 0, 3
		}
		return r, 0
	case 'B':
		if b < 0x80 {
			return rune(b), 0
		}
	}
	return 0, 3
}

// decodeHZ decodes the text of the codec hz, in which ~{ and ~} surround characters of
// GB 2312.
func decodeHZ(out, text []byte) ([]byte, *decodeError) {
	t := multibyteNamed("gb2312")
	gb := false
	for i := 0; i < len(text); {
		b := text[i]
		if b >= utf8.RuneSelf {
			return out, &decodeError{"hz", i, i + 1, illegal}
		}
		if b != '~' && !gb {
			out = append(out, b)
			i++
			continue
		}
		if i+1 == len(text) {
			return out, &decodeError{"hz", i, len(text), incomplete}
		}
		next := text[i+1]
		switch {
		case b == '~' && next == '~' && !gb:
			out = append(out, '~')
		case b == '~' && next == '{' && !gb:
			gb = true
		case b == '~' && next == '\n' && !gb: // the line goes on
		case b == '~' && next == '}' && gb:
			gb = false
		case b == '~':
			return out, &decodeError{"hz", i, i + 1, illegal}
		default:
			r := rune(-1)
			if next < utf8.RuneSelf {
				r = t.pair(b|0x80, next|0x80)
			}
			if r < 0 {
				return out, &decodeError{"hz", i, i + 1, illegal}
			}
			out = t.append(out, r)
		}
		i += 2
	}
	return out, nil
}
