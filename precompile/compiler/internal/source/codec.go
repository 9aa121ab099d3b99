package source

import (
	"bytes"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

//go:embed charmaps.bin
var charmaps string

// The codecs of more than one byte a character come from golang.org/x/text.
// Python's are stricter or wider at the edges of some tables; what x/text cannot
// decode is refused.
func multibyte(codec string) encoding.Encoding {
	switch codec {
	case "big5", "big5hkscs", "cp950":
		return traditionalchinese.Big5
	case "cp932", "shift_jis":
		return japanese.ShiftJIS
	case "euc_jp":
		return japanese.EUCJP
	case "iso2022_jp", "iso2022_jp_1", "iso2022_jp_2":
		return japanese.ISO2022JP
	case "cp949", "euc_kr":
		return korean.EUCKR
	case "gbk", "gb2312":
		return simplifiedchinese.GBK
	case "gb18030":
		return simplifiedchinese.GB18030
	case "hz":
		return simplifiedchinese.HZGB2312
	}
	return nil
}

// lookupCodec returns Python's name of the codec that a cookie names, "" for
// none.
func lookupCodec(cookie string) string {
	var b strings.Builder
	gap := false
	for i := 0; i < len(cookie); i++ { // runs of punctuation become one underscore
		c := cookie[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '.' {
			if gap && b.Len() > 0 {
				b.WriteByte('_')
			}
			b.WriteByte(c)
			gap = false
		} else {
			gap = true
		}
	}
	name := b.String()
	if a, ok := codecAliases[name]; ok {
		return a
	}
	if a, ok := codecAliases[strings.ReplaceAll(name, ".", "_")]; ok {
		return a
	}
	if _, ok := slices.BinarySearch(charmapNames[:], name); ok {
		return name
	}
	if _, ok := slices.BinarySearch(otherCodecs[:], name); ok {
		return name
	}
	if _, ok := slices.BinarySearch(binaryCodecs[:], name); ok {
		return name
	}
	return ""
}

// decodeAs returns text, in the encoding that its cookie names, as UTF-8, with
// room for the padding.
func decodeAs(text []byte, cookie string, f *target.Features) ([]byte, error) {
	codec := lookupCodec(cookie)
	if codec == "" {
		return nil, refuse("unknown encoding: %s", cookie)
	}
	if _, ok := slices.BinarySearch(binaryCodecs[:], codec); ok {
		return nil, refuse("'%s' is not a text encoding; use codecs.decode() to handle arbitrary codecs", cookie)
	}
	if codec == "utf_8" || codec == "utf_8_sig" {
		if msg := UTF8Error(text); msg != "" {
			return nil, refuse("%s", msg)
		}
		if codec == "utf_8_sig" {
			text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
		}
		return text, nil
	}
	out := make([]byte, 0, len(text)+len(text)/4+Pad)
	if i, ok := slices.BinarySearch(charmapNames[:], codec); ok {
		table := charmaps[512*i : 512*i+512]
		for at, c := range text {
			r := rune(table[2*int(c)]) | rune(table[2*int(c)+1])<<8
			if r == 0xFFFF {
				if codec == "ascii" {
					return nil, refuse("'ascii' codec can't decode byte 0x%02x in position %d: ordinal not in range(128)", c, at)
				}
				return nil, refuse("'charmap' codec can't decode byte 0x%02x in position %d: character maps to <undefined>", c, at)
			}
			out = utf8.AppendRune(out, r)
		}
		return out, nil
	}
	if enc := multibyte(codec); enc != nil {
		decoded, err := enc.NewDecoder().Bytes(text)
		if at := bytes.Index(decoded, []byte("\uFFFD")); err != nil || at >= 0 {
			return nil, illegalMultibyte(enc, codec, text)
		}
		return append(out, decoded...), nil
	}
	return nil, refuse("the embedded compiler does not know the encoding %s; CPython itself does", cookie)
}

// illegalMultibyte is the error of a text that its codec cannot decode. Only
// now is it worth looking for the place.
func illegalMultibyte(enc encoding.Encoding, codec string, text []byte) error {
	bad := 0
	for n := 1; n <= len(text); n++ {
		decoded, err := enc.NewDecoder().Bytes(text[:n])
		if err == nil && !bytes.Contains(decoded, []byte("\uFFFD")) {
			bad = n
		} else if n-bad > 4 {
			break
		}
	}
	if bad >= len(text) {
		return fmt.Errorf("source: %s: no illegal sequence found", codec)
	}
	return refuse("'%s' codec can't decode byte 0x%02x in position %d: illegal multibyte sequence", codec, text[bad], bad)
}
