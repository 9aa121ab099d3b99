package source

import (
	"errors"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

func features(t *testing.T, minor int) *target.Features {
	p, _, err := target.Resolve(minor, target.Newest)
	if err != nil {
		t.Fatal(err)
	}
	return target.New(p)
}

func TestDecode(t *testing.T) {
	f := features(t, 13)
	for _, c := range []struct{ data, text, encoding string }{
		{"", "", "utf-8"},
		{"x", "x\n", "utf-8"},
		{"x\r\ny\rz\n\r", "x\ny\nz\n\n", "utf-8"},
		{"\xef\xbb\xbfx = 1\n", "x = 1\n", "utf-8"},
		{"\xef\xbb\xbf# coding: utf-8\n", "# coding: utf-8\n", "utf-8"},
		{"# -*- coding: latin-1 -*-\n\xe9", "# -*- coding: latin-1 -*-\né\n", "iso-8859-1"},
		{"#!x\n# vim: set fileencoding=cp1252 :\n\x80", "#!x\n# vim: set fileencoding=cp1252 :\n€\n", "cp1252"},
		{"\n\n# coding: latin-1\né", "\n\n# coding: latin-1\né\n", "utf-8"},
		{"x\n# coding: latin-1\né", "x\n# coding: latin-1\né\n", "utf-8"},
		{"# coding: koi8-r\n\xc1", "# coding: koi8-r\nа\n", "koi8-r"},
		{"# coding: euc-jp\n\xa4\xa2", "# coding: euc-jp\nあ\n", "euc-jp"},
		{"# coding: shift_jis\n\x82\xa0", "# coding: shift_jis\nあ\n", "shift_jis"},
		{"# coding: gbk\n\xc4\xe3", "# coding: gbk\n你\n", "gbk"},
		{"# coding: big5\n\xa7\x41", "# coding: big5\n你\n", "big5"},
		{"# coding: utf8\né", "# coding: utf8\né\n", "utf8"},
	} {
		s, err := Decode([]byte(c.data), f)
		if err != nil {
			t.Errorf("%q: %v", c.data, err)
			continue
		}
		if s.Text != c.text || s.Encoding != c.encoding {
			t.Errorf("%q: %q in %s, want %q in %s", c.data, s.Text, s.Encoding, c.text, c.encoding)
		}
		if b := s.Bytes(); len(b) != len(s.Text)+Pad || b[len(b)-1] != 0 || b[len(s.Text)] != 0 {
			t.Errorf("%q: padding", c.data)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	for _, c := range []struct {
		minor         int
		data, message string
	}{
		{13, "x\x00", "source code string cannot contain null bytes"},
		{13, "# coding: nonsense\n", "unknown encoding: nonsense"},
		{13, "\xef\xbb\xbf# coding: latin-1\n", "encoding problem: iso-8859-1 with BOM"},
		{13, "# coding: ascii\nx='\xff'\n", "'ascii' codec can't decode byte 0xff in position 19: ordinal not in range(128)"},
		{13, "\n# coding: cp1252\nx='\x81'\n", "'charmap' codec can't decode byte 0x81 in position 21: character maps to <undefined>"},
		{13, "# coding: utf8\nx='\xff'\n", "'utf-8' codec can't decode byte 0xff in position 18: invalid start byte"},
		{13, "#coding: euc-jp\nx='\xff'", "'euc_jp' codec can't decode byte 0xff in position 19: illegal multibyte sequence"},
		{13, "# \xff\n", ""},
		{14, "# \xff\n", `Non-UTF-8 code starting with '\xff' on line 1, but no encoding declared; see https://peps.python.org/pep-0263/ for details`},
		{13, "# coding: idna\n", "the embedded compiler does not know the encoding idna; CPython itself does"},
	} {
		_, err := Decode([]byte(c.data), features(t, c.minor))
		message := ""
		var d *diag.Diagnostic
		if errors.As(err, &d) {
			message = d.Message
		}
		if message != c.message {
			t.Errorf("3.%d: %q: %q, want %q", c.minor, c.data, message, c.message)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte("# coding: latin-1\r\n\xe9"))
	f.Add([]byte("\xef\xbb\xbf#coding=gbk"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, p := range target.Known() {
			s, err := Decode(data, target.New(p))
			if err == nil && s.Text != "" && s.Text[len(s.Text)-1] != '\n' {
				t.Fatalf("%q: no line end at the end", data)
			}
		}
	})
}

// message is the text of a Diagnostic, or the error's.
func message(err error) string {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		return d.Message
	}
	return err.Error()
}
