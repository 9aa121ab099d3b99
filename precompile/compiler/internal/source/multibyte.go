package source

import (
	"bytes"
	"compress/flate"
	_ "embed"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"unicode/utf8"
)

//go:embed multibyte.bin
var multibyteData string

// multibyteTable is a codec of up to three bytes a character, whatever comes before.
// -1 stands for what has no character.
type multibyteTable struct {
	one   [256]rune
	two   [256]*[256]rune // by the first byte
	three [256]*[256]rune // behind 0x8F, by the second byte
	// pairs are the characters that pairBase and what follows stand for.
	pairs [][2]rune
}

// pairBase is the first number that stands for two characters.
const pairBase = 0x110000

// multibyteTables makes the tables, each when it is first asked for.
var multibyteTables = func() (tables [len(multibyteNames)]func() *multibyteTable) {
	for i := range tables {
		tables[i] = sync.OnceValue(func() *multibyteTable {
			begin := 0
			if i > 0 {
				begin = multibyteEnds[i-1]
			}
			return readMultibyte(multibyteData[begin:multibyteEnds[i]])
		})
	}
	return tables
}()

// multibyteNamed returns a codec's table.
func multibyteNamed(codec string) *multibyteTable {
	for i, name := range multibyteNames {
		if name == codec {
			return multibyteTables[i]()
		}
	}
	return nil
}

// readMultibyte reads a part of multibyte.bin; generate.py has its form. The data is
// the program's own, so it is not checked.
func readMultibyte(packed string) *multibyteTable {
	data, err := io.ReadAll(flate.NewReader(bytes.NewReader([]byte(packed))))
	if err != nil {
		panic("source: multibyte.bin: " + err.Error())
	}
	t := &multibyteTable{}
	leads, seconds := data[:32], data[32:64]
	data = data[64:]
	number := func() uint64 {
		n, size := binary.Uvarint(data)
		data = data[size:]
		return n
	}
	last, pairs := rune(0), 0
	row := func(r *[256]rune) {
		for i := range r {
			n := number()
			if n == 0 {
				r[i] = -1
				continue
			}
			n--
			d := rune(n >> 1)
			if n&1 != 0 {
				d = -d
			}
			last += d
			r[i] = last
			if last >= pairBase {
				pairs++
			}
		}
	}
	row(&t.one)
	for i := range 256 {
		if leads[i/8]>>(i%8)&1 != 0 {
			t.two[i] = new([256]rune)
			row(t.two[i])
		}
	}
	for i := range 256 {
		if seconds[i/8]>>(i%8)&1 != 0 {
			t.three[i] = new([256]rune)
			row(t.three[i])
		}
	}
	for range pairs {
		t.pairs = append(t.pairs, [2]rune{rune(number()), rune(number())})
	}
	return t
}

// append adds a character, or two.
func (t *multibyteTable) append(out []byte, r rune) []byte {
	if r >= pairBase {
		p := t.pairs[r-pairBase]
		return utf8.AppendRune(utf8.AppendRune(out, p[0]), p[1])
	}
	return utf8.AppendRune(out, r)
}

// pair returns the character of two bytes, -1 for none.
func (t *multibyteTable) pair(a, b byte) rune {
	if row := t.two[a]; row != nil {
		return row[b]
	}
	return -1
}

// triple returns the character of 0x8F and two bytes, -1 for none.
func (t *multibyteTable) triple(b, c byte) rune {
	if row := t.three[b]; row != nil {
		return row[c]
	}
	return -1
}

const (
	illegal    = "illegal multibyte sequence"
	incomplete = "incomplete multibyte sequence"
)

// decodeMultibyte decodes text by a table. What only one codec has, and no table can
// hold, is told apart by its name.
func decodeMultibyte(out []byte, codec string, text []byte) ([]byte, *decodeError) {
	t := multibyteNamed(codec)
	fourBytes, jamos := codec == "gb18030", codec == "euc_kr"
	for i := 0; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf && t.one[c] == rune(c) {
			out = append(out, c)
			i++
			continue
		}
		if r := t.one[c]; r >= 0 {
			out = t.append(out, r)
			i++
			continue
		}
		short := func(need int) *decodeError {
			if len(text)-i < need {
				return &decodeError{codec, i, len(text), incomplete}
			}
			return nil
		}
		if err := short(2); err != nil {
			return out, err
		}
		r, size := t.pair(c, text[i+1]), 2
		switch {
		case r >= 0:
		case c == 0x8F && t.three[0xA2] != nil:
			if err := short(3); err != nil {
				return out, err
			}
			r, size = t.triple(text[i+1], text[i+2]), 3
		case fourBytes && '0' <= text[i+1] && text[i+1] <= '9':
			if err := short(4); err != nil {
				return out, err
			}
			r, size = gb18030Rune(text[i:]), 4
		case jamos && c == 0xA4 && text[i+1] == 0xD4:
			if err := short(8); err != nil {
				return out, err
			}
			r, size = jamoSyllable(text[i:]), 8
		}
		if r < 0 {
			end := i + 1
			if old := strings.HasSuffix(codec, "jisx0213"); old && laterEdition(codec).pair(c, text[i+1]) >= 0 {
				end++ // a character that came in 2004
			}
			return out, &decodeError{codec, i, end, illegal}
		}
		out = t.append(out, r)
		i += size
	}
	return out, nil
}

// laterEdition returns the table of JIS X 0213:2004 in the encoding of a codec of the
// edition of 2000.
func laterEdition(codec string) *multibyteTable {
	if codec == "euc_jisx0213" {
		return multibyteNamed("euc_jis_2004")
	}
	return multibyteNamed("shift_jis_2004")
}

// gb18030Rune returns the character of four bytes, -1 for none.
func gb18030Rune(b []byte) rune {
	if b[0] < 0x81 || b[0] > 0xFE || b[2] < 0x81 || b[2] > 0xFE || b[3] < '0' || b[3] > '9' {
		return -1
	}
	n := func(lead int) int {
		return ((int(b[0])-lead)*10+int(b[1])-'0')*1260 + (int(b[2])-0x81)*10 + int(b[3]) - '0'
	}
	if n := n(0x81); n < 39420 {
		i := len(gb18030Runs) - 1
		for int(gb18030Runs[i][0]) > n {
			i--
		}
		return rune(int(gb18030Runs[i][1]) + n - int(gb18030Runs[i][0]))
	}
	if n := n(0x90); n >= 0 && n <= 0xFFFFF {
		return rune(0x10000 + n)
	}
	return -1
}

// jamoSyllable returns the syllable that euc_kr spells with a filler and three
// letters, -1 for none: KS X 1001, annex 3.
func jamoSyllable(b []byte) rune {
	const (
		letters = "ㄱㄲㄳㄴㄵㄶㄷㄸㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅃㅄㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ" // from 0xA1 on
		first   = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
		last    = "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
	)
	index := func(in string, c byte) int {
		if c < 0xA1 || c > 0xBE {
			return -1
		}
		r := []rune(letters)[c-0xA1]
		for i, x := range []rune(in) {
			if x == r {
				return i
			}
		}
		return -1
	}
	if b[2] != 0xA4 || b[4] != 0xA4 || b[6] != 0xA4 {
		return -1
	}
	cho, jung, jong := index(first, b[3]), int(b[5])-0xBF, 0
	if b[7] != 0xD4 {
		if jong = index(last, b[7]) + 1; jong == 0 {
			return -1
		}
	}
	if cho < 0 || jung < 0 || jung > 20 {
		return -1
	}
	return rune(0xAC00 + cho*588 + jung*28 + jong)
}
