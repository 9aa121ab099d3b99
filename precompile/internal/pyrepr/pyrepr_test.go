package pyrepr

import (
	"math"
	"testing"
)

// The expectations are what CPython 3.15.2 and 3.8.18 print.
func TestStr(t *testing.T) {
	for _, c := range []struct {
		in    string
		minor int
		want  string
	}{
		{"", 13, `''`},
		{"it's", 13, `"it's"`},
		{`say "it's"`, 13, `'say "it\'s"'`},
		{"\x00\t\n\r\x1f\x7f\\", 13, `'\x00\t\n\r\x1f\x7f\\'`},
		{"é\u00a0\u00ad", 13, `'é\xa0\xad'`},
		{"\u2028日\U0001f600\U000e0001", 13, `'\u2028日😀\U000e0001'`},
		{"\xed\xa0\x80\xed\xbf\xbf", 13, `'\ud800\udfff'`},
		{"\U00033000", 14, `'\U00033000'`},
		{"\U00033000", 15, "'\U00033000'"},
		{"\xff\xc3", 13, `'\xff\xc3'`},
	} {
		if got := string(AppendStr(nil, c.in, c.minor)); got != c.want {
			t.Errorf("%q in 3.%d: %s, want %s", c.in, c.minor, got, c.want)
		}
	}
}

func TestBytes(t *testing.T) {
	if got, want := string(AppendBytes(nil, "a'\x80\n\"")), `b'a\'\x80\n"'`; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFloat(t *testing.T) {
	for _, c := range []struct {
		in   float64
		want string
	}{
		{0, "0.0"}, {math.Copysign(0, -1), "-0.0"}, {1, "1.0"}, {1e15, "1000000000000000.0"}, {1e16, "1e+16"},
		{9999999999999998, "9999999999999998.0"}, {1e-4, "0.0001"}, {1e-5, "1e-05"}, {1.5e300, "1.5e+300"},
		{5e-324, "5e-324"}, {math.NaN(), "nan"}, {math.Inf(-1), "-inf"}, {0.1, "0.1"}, {123456789.125, "123456789.125"},
	} {
		if got := string(AppendFloat(nil, c.in)); got != c.want {
			t.Errorf("%v: %s, want %s", c.in, got, c.want)
		}
	}
	neg := math.Copysign(0, -1)
	for _, c := range []struct {
		re, im float64
		want   string
	}{
		{0, 1, "1j"}, {0, 1.5, "1.5j"}, {1, 2, "(1+2j)"}, {neg, 0, "(-0+0j)"}, {0, neg, "-0j"}, {1, neg, "(1-0j)"},
		{math.NaN(), math.NaN(), "(nan+nanj)"}, {1e16, math.Inf(-1), "(1e+16-infj)"},
	} {
		if got := string(AppendComplex(nil, c.re, c.im)); got != c.want {
			t.Errorf("complex(%v, %v): %s, want %s", c.re, c.im, got, c.want)
		}
	}
}
