package marshal_test

import (
	"bytes"
	"errors"
	"math"
	"math/big"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// The wire of ints is what marshal.dumps of any CPython gives.
func TestInts(t *testing.T) {
	p := profile(t, false, 12)
	shifted := func(bits uint, add int64) *big.Int {
		n := new(big.Int).Lsh(big.NewInt(1), bits)
		return n.Add(n, big.NewInt(add))
	}
	for _, c := range []struct {
		n    *big.Int
		wire string
	}{
		{big.NewInt(0), "i\x00\x00\x00\x00"},
		{big.NewInt(-1), "i\xff\xff\xff\xff"},
		{big.NewInt(math.MaxInt32), "i\xff\xff\xff\x7f"},
		{big.NewInt(math.MaxInt32 + 1), "l\x03\x00\x00\x00\x00\x00\x00\x00\x02\x00"},
		{big.NewInt(math.MinInt32 - 1), "l\xfd\xff\xff\xff\x01\x00\x00\x00\x02\x00"},
		{big.NewInt(math.MinInt64), "l\xfb\xff\xff\xff\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00"},
		{shifted(63, 0), "l\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x08\x00"},
		{shifted(75, 1), "l\x06\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00"},
	} {
		v := marshal.NewBigInt(c.n)
		out, err := marshal.Append(nil, v, p)
		if err != nil || string(out) != c.wire {
			t.Errorf("%v is written %q, %v; want %q", c.n, out, err, c.wire)
		}
		back, err := marshal.Unmarshal(out, p)
		if err != nil || back.BigInt().Cmp(c.n) != 0 {
			t.Errorf("%v is read as %v, %v", c.n, back.BigInt(), err)
		}
		small, ok := back.Int()
		if ok != c.n.IsInt64() || ok && small != c.n.Int64() {
			t.Errorf("Int of %v is %d, %v", c.n, small, ok)
		}
	}
	n := new(big.Int).Exp(big.NewInt(-7), big.NewInt(1001), nil)
	if back := marshal.NewBigInt(n).BigInt(); back.Cmp(n) != 0 {
		t.Errorf("-7**1001 comes back as %v", back)
	}
}

// Old and odd forms are read as their versions read them.
func TestForms(t *testing.T) {
	p := profile(t, false, 14)
	read := func(s string) *marshal.Value {
		t.Helper()
		v, err := marshal.Unmarshal([]byte(s), p)
		if err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return v
	}
	if f := read("f\x051e999").Float(); !math.IsInf(f, 1) {
		t.Errorf("1e999 reads %v", f)
	}
	if re, im := read("x\x031.5\x02-0").Complex(); re != 1.5 || !math.Signbit(im) {
		t.Errorf("1.5-0j reads %v, %v", re, im)
	}
	if n, ok := read("I\x00\x00\x00\x00\x01\x00\x00\x00").Int(); !ok || n != 1<<32 {
		t.Errorf("an int64 reads %v", n)
	}
	if s := read("z\x01\xe9").Data; s != "é" {
		t.Errorf("Latin-1 under an ASCII type code reads %q", s)
	}
	if v := read(":i\x01\x00\x00\x00NN"); v.Kind != marshal.KindSlice || len(v.Items) != 3 {
		t.Errorf("a slice reads %v", v.Kind)
	}
	for _, kind := range []struct {
		s     string
		minor int
	}{{":NNN", 13}, {"}0", 14}} {
		if _, err := marshal.Unmarshal([]byte(kind.s), profile(t, false, kind.minor)); err == nil {
			t.Errorf("3.%d reads %q", kind.minor, kind.s)
		}
		if _, err := marshal.Unmarshal([]byte(kind.s), profile(t, false, kind.minor+1)); err != nil {
			t.Errorf("3.%d: %v", kind.minor+1, err)
		}
	}
	for _, bad := range []string{"f\x01x", "f\x040x1p", "u\x01\x00\x00\x00\xff", "l\x01\x00\x00\x00\x00\x80", "?", ")\x010", "NN"} {
		if v, err := marshal.Unmarshal([]byte(bad), p); err == nil {
			t.Errorf("%q reads %v", bad, v.Kind)
		}
	}
}

// What a process has one object of by itself is one for rule A too.
func TestRuleAUnites(t *testing.T) {
	p := profile(t, false, 13)
	v := marshal.NewTuple(
		marshal.NewInt(1), marshal.NewInt(1), marshal.NewInt(300), marshal.NewInt(300),
		marshal.NewStr("name", true), marshal.NewStr("name", true), marshal.NewStr("a b", false), marshal.NewStr("a b", false),
		marshal.NewTuple(), marshal.NewTuple(), marshal.NewBytes(""), marshal.NewBytes(""), marshal.NewStr("%", false), marshal.NewStr("%", false),
		&marshal.Value{}, // replaced below
	)
	own := marshal.NewStr("%", false)
	own.Own = true
	v.Items[14] = own
	got, err := marshal.WriteRuleA(nil, v, p)
	if err != nil {
		t.Fatal(err)
	}
	want := ")\x0f" + "\xe9\x01\x00\x00\x00r\x00\x00\x00\x00" + "i\x2c\x01\x00\x00i\x2c\x01\x00\x00" +
		"\xda\x04namer\x01\x00\x00\x00" + "z\x03a bz\x03a b" + "\xa9\x00r\x02\x00\x00\x00" +
		"\xf3\x00\x00\x00\x00r\x03\x00\x00\x00" + "\xda\x01%r\x04\x00\x00\x00" + "z\x01%"
	if string(got) != want {
		t.Errorf("%q\nwant %q", got, want)
	}
	if _, err := marshal.WriteRuleA(nil, v, profile(t, false, 10)); err == nil {
		t.Error("rule A for 3.10")
	}
	// Of a graph that was just made all that is taken for granted but for interned strings.
	v.Items[5] = v.Items[4]
	var c marshal.Codec
	for range 2 {
		if got, err := c.WriteCompiled(nil, v, p); err != nil || string(got) != want {
			t.Errorf("%v: %q\nwant %q", err, got, want)
		}
	}
	if _, err := c.WriteCompiled(nil, v, profile(t, false, 10)); err == nil {
		t.Error("rule A for 3.10")
	}
}

// WriteCompiled refuses what it does not write, and what is too deep, and is as good as
// before then.
func TestWriteCompiledRefuses(t *testing.T) {
	p := profile(t, false, 13)
	deep := marshal.NewTuple(marshal.NewFloat(1))
	for range marshal.MaxDepth {
		deep = marshal.NewTuple(deep)
	}
	var c marshal.Codec
	for _, bad := range []struct {
		v   *marshal.Value
		err error
	}{
		{marshal.NewList(), marshal.ErrKind}, {marshal.NewTuple(nil), marshal.ErrKind}, {deep, marshal.ErrTooDeep},
		{marshal.NewTuple(marshal.NewSlice(marshal.None(), marshal.None(), marshal.None()), marshal.NewInt(1)), marshal.ErrKind},
	} {
		if got, err := c.WriteCompiled([]byte("x"), bad.v, p); !errors.Is(err, bad.err) || string(got) != "x" {
			t.Errorf("%q, %v; want %v", got, err, bad.err)
		}
		if got, err := c.WriteCompiled(nil, marshal.NewTuple(marshal.None()), p); err != nil || string(got) != ")\x01N" {
			t.Errorf("%q, %v", got, err)
		}
	}
}

// A Code tells of names alike in every layout.
func TestCodeNames(t *testing.T) {
	for _, g := range goldens(t) {
		if g.name != "control" || g.kind != "worker" {
			continue
		}
		v, err := marshal.Unmarshal(g.data, g.profile)
		if err != nil {
			t.Fatal(err)
		}
		var f *marshal.Code
		for _, k := range v.Code().Consts.Items {
			if k.Kind == marshal.KindCode && k.Code().Name.Data == "naïve" {
				f = k.Code()
			}
		}
		if f == nil {
			t.Fatalf("%s: no function naïve", g.release)
		}
		names := f.LocalNames()
		if len(names) < 4 || names[0] != "été" || names[1] != "ł" || f.LocalCount() != len(names) || f.ArgCount != 2 {
			t.Errorf("%s: locals %q, %d of them", g.release, names, f.LocalCount())
		}
		if !bytes.Contains(g.data, []byte(f.FileName.Data)) || f.FileName.Data != "control.py" {
			t.Errorf("%s: file name %q", g.release, f.FileName.Data)
		}
	}
}
