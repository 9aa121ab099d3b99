// Package source turns the bytes of a file into the text that the lexer reads.
//
// The text is UTF-8 with LF line ends, the byte order mark taken away, a last
// line end added where it is missing, and zero bytes behind it, so that the
// lexer may look ahead without asking for the end. All positions of tokens and
// nodes are offsets and columns of this text, as they are in CPython, which
// makes the same one.
package source

import "unsafe"

// Pad is how many zero bytes follow the text.
const Pad = 8

// Source is one file.
type Source struct {
	// Text is the text without the padding.
	Text string
	// Encoding is the coding cookie's name as Python normalises it, "utf-8" where
	// there is none.
	Encoding string
	// Declared says that a byte order mark or a cookie named the encoding.
	Declared bool
	buf      []byte // Text and Pad zeros
}

// Bytes returns the text followed by Pad zero bytes. It is not to be changed.
func (s *Source) Bytes() []byte { return s.buf }

// FromText wraps text that is decoded already and has its final form; f-strings
// before PEP 701 are parsed so.
func FromText(text string) *Source {
	buf := make([]byte, len(text)+Pad)
	copy(buf, text)
	return wrap(buf, "utf-8")
}

// wrap makes a Source of a buffer that ends in Pad zeros and is not changed any
// more.
func wrap(buf []byte, encoding string) *Source {
	n := len(buf) - Pad
	return &Source{Text: unsafe.String(unsafe.SliceData(buf), n), Encoding: encoding, buf: buf}
}

// Line returns the text of a 1-based line without its line end, and the offset
// at which it begins; "" and len(Text) past the end.
func (s *Source) Line(line int) (text string, offset int) {
	for i := 1; i < line; i++ {
		for offset < len(s.Text) && s.Text[offset] != '\n' {
			offset++
		}
		if offset == len(s.Text) {
			return "", offset
		}
		offset++
	}
	end := offset
	for end < len(s.Text) && s.Text[end] != '\n' {
		end++
	}
	return s.Text[offset:end], offset
}
