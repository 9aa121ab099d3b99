package source

import (
	"bytes"
	_ "embed"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

//go:embed charmaps.bin
var charmaps string

// decodeError is what is wrong in the bytes from start to end of a text.
type decodeError struct {
	codec      string
	start, end int
	reason     string
}

// of words the error as Python does.
func (e *decodeError) of(text []byte) error {
	if e.end == e.start+1 {
		return refuse("'%s' codec can't decode byte 0x%02x in position %d: %s", e.codec, text[e.start], e.start, e.reason)
	}
	return refuse("'%s' codec can't decode bytes in position %d-%d: %s", e.codec, e.start, e.end-1, e.reason)
}

// lookupCodec returns Python's name of the codec that a cookie names, "" for
// none.
func lookupCodec(cookie string, p target.Profile) string {
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
	for _, spelling := range [...]string{name, strings.ReplaceAll(name, ".", "_")} {
		if codec := aliasOf(spelling, p); codec != "" {
			return codec
		}
	}
	for _, names := range [...][]string{charmapNames[:], multibyteNames[:], otherCodecs[:], binaryCodecs[:]} {
		if slices.Contains(names, name) {
			return name
		}
	}
	return ""
}

// aliasOf returns the codec that a release has under another name, "" for none. What
// the release itself has otherwise counts before what the ones after it have.
func aliasOf(spelling string, p target.Profile) string {
	for _, known := range target.Known() {
		if known.Before(p) {
			continue
		}
		if codec, ok := olderAliases()[known][spelling]; ok {
			return codec
		}
	}
	return codecAliases()[spelling]
}

// decodeAs returns text, in the encoding that its cookie names, as UTF-8, with
// room for the padding.
func decodeAs(text []byte, cookie string, f *target.Features) ([]byte, error) {
	codec := lookupCodec(cookie, f.Profile)
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
	var wrong *decodeError
	if i := slices.Index(charmapNames[:], codec); i >= 0 {
		out, wrong = decodeCharmap(out, codec, i, text, f)
	} else if slices.Contains(multibyteNames[:], codec) {
		out, wrong = decodeMultibyte(out, codec, text)
	} else if c := iso2022Named(codec); c != nil {
		out, wrong = decodeISO2022(out, codec, c, text)
	} else if codec == "hz" {
		out, wrong = decodeHZ(out, text)
	} else if codec == "undefined" {
		if f.DecodersWrapped {
			return nil, refuse("decoding with '%s' codec failed (UnicodeError: undefined encoding)", cookie)
		}
		return nil, refuse("undefined encoding")
	} else {
		var ok bool
		if out, wrong, ok = decodeUnicode(out, codec, text, f); !ok {
			return nil, refuse("the embedded compiler does not know the encoding %s; CPython itself does", cookie)
		}
	}
	if wrong != nil {
		return nil, wrong.of(text)
	}
	if err := checkSurrogates(out); err != nil {
		return nil, err
	}
	return out, nil
}

// charmapRune returns the character of a byte in a codec of charmaps.bin, -1 for none.
func charmapRune(i int, c byte) rune {
	at := 512*i + 2*int(c)
	r := rune(charmaps[at]) | rune(charmaps[at+1])<<8
	if r == 0xFFFF {
		return -1
	}
	return r
}

func decodeCharmap(out []byte, codec string, i int, text []byte, f *target.Features) ([]byte, *decodeError) {
	for at, c := range text {
		r := charmapRune(i, c)
		if c == 0x9B && codec == "palmos" && !f.PalmosQuoteKnown {
			r = 0x9B
		}
		if r < 0 {
			if codec == "ascii" {
				return out, &decodeError{"ascii", at, at + 1, "ordinal not in range(128)"}
			}
			return out, &decodeError{"charmap", at, at + 1, "character maps to <undefined>"}
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}
