package marshal_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// The profiles that the fuzz targets choose from by a byte.
func fuzzProfile(t testing.TB, n byte) marshal.Profile {
	if n %= 10; n == 8 || n == 9 {
		return profile(t, true, int(n)+2)
	}
	return profile(t, false, int(n%8)+8)
}

func seed(f *testing.F) {
	for _, g := range goldens(f) {
		if g.name == "constants" || g.name == "frozensets" {
			for n := byte(0); n < 10; n++ {
				if fuzzProfile(f, n) == g.profile {
					f.Add(n, g.data)
				}
			}
		}
	}
	for _, s := range hostile {
		f.Add(byte(7), []byte(s))
	}
}

// hostile are streams that are made to hurt a reader.
var hostile = []string{
	"", "0", "r\x00\x00\x00\x00", "\xa9\x01r\x00\x00\x00\x00", "\xdb\x01\x00\x00\x00r\x00\x00\x00\x00",
	"(\xff\xff\xff\x7f", "[\xff\xff\xff\xff", "l\x00\x00\x00\x80", "s\xff\xff\xff\x7f", "\xbe\x01\x00\x00\x00r\x00\x00\x00\x00",
	"{NN{NN00", "f\x031.5", "x\x031.5\x04-2.5", "I\xff\xff\xff\xff\xff\xff\xff\xff", "l\x01\x00\x00\x00\x05\x00", "z\x01\xe9", "u\x02\x00\x00\x00\xc3\xa9",
	"\xfb\x01\x00\x00\x00r\x00\x00\x00\x00", "}zzNr0", ":NNN", "c", "\xe3\x00\x00\x00\x00",
}

func FuzzUnmarshal(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, n byte, data []byte) {
		p := fuzzProfile(t, n)
		v, err := marshal.Unmarshal(data, p)
		if err != nil {
			var syntax *marshal.SyntaxError
			if !errors.As(err, &syntax) || syntax.Offset < 0 || syntax.Offset > len(data) {
				t.Fatalf("%v", err)
			}
			return
		}
		out, err := marshal.Append(nil, v, p)
		if err != nil {
			t.Fatal(err)
		}
		// Flags without meaning are dropped; nothing else is.
		if !bytes.Equal(out, data) {
			if len(out) != len(data) {
				t.Fatalf("written as %d bytes, read from %d", len(out), len(data))
			}
			for i := range out {
				if out[i] != data[i] && out[i] != data[i]&^0x80 {
					t.Fatalf("byte %d: %#x for %#x", i, out[i], data[i])
				}
			}
		}
		again, err := marshal.Unmarshal(out, p)
		if err != nil {
			t.Fatal(err)
		}
		if twice, err := marshal.Append(nil, again, p); err != nil || !bytes.Equal(out, twice) {
			t.Fatalf("a second round trip differs: %v", err)
		}
	})
}

func FuzzCanonical(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, n byte, data []byte) {
		p := fuzzProfile(t, n)
		var c marshal.Codec
		once, err := c.Canonical(data, p)
		if err != nil {
			return
		}
		twice, err := c.Canonical(once, p)
		if err != nil {
			if errors.Is(err, marshal.ErrTooDeep) || errors.Is(err, marshal.ErrWork) {
				return
			}
			t.Fatalf("the defined form cannot be read: %v", err)
		}
		if !bytes.Equal(once, twice) {
			t.Fatalf("the defined form is not its own: %s", explain(t, once, twice, p))
		}
		d, err := c.Compare(data, once, p)
		if err == nil && d.Verdict == marshal.Different {
			t.Fatalf("the defined form is of another object: %v", d)
		}
	})
}

func FuzzCompare(f *testing.F) {
	seed2 := goldens(f)
	for i := 1; i < len(seed2); i++ {
		if a, b := seed2[i-1], seed2[i]; a.profile == b.profile && len(a.data) < 4000 && len(b.data) < 4000 {
			for n := byte(0); n < 10; n++ {
				if fuzzProfile(f, n) == a.profile {
					f.Add(n, a.data, b.data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, n byte, a, b []byte) {
		p := fuzzProfile(t, n)
		d, err := marshal.Compare(a, b, p)
		if err != nil {
			return
		}
		e, err := marshal.Compare(b, a, p)
		if err != nil || d.Verdict != e.Verdict {
			t.Fatalf("%v one way, %v the other: %v", d, e, err)
		}
		if (d.Verdict == marshal.CanonicalEqual) != (len(d.Classes) > 0) || d.Verdict == marshal.Different && d.A == d.B {
			t.Fatalf("%+v", d)
		}
	})
}
