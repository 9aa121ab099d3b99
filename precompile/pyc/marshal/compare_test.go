package marshal_test

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// code makes a code object for p of the constants, with a function inside named f
// if there are constants for it.
func code(p marshal.Profile, stack int32, consts ...*marshal.Value) *marshal.Value {
	names := func(s ...string) *marshal.Value {
		var items []*marshal.Value
		for _, n := range s {
			items = append(items, marshal.NewStr(n, true))
		}
		return marshal.NewTuple(items...)
	}
	c := &marshal.Code{
		StackSize: stack, FirstLineNo: 1,
		Bytecode: marshal.NewBytes("\x97\x00"), Consts: marshal.NewTuple(consts...), Names: names("print"),
		FileName: marshal.NewStr("a.py", false), Name: marshal.NewStr("<module>", false), LineTable: marshal.NewBytes("\x80\x00"),
	}
	if p.HasLocalsPlus() {
		c.LocalsPlusNames, c.LocalsPlusKinds, c.ExceptionTable = names("x"), marshal.NewBytes("\x20"), marshal.NewBytes("")
	} else {
		c.VarNames, c.FreeVars, c.CellVars, c.NLocals = names("x"), names(), names(), 1
		c.ExceptionTable = marshal.NewBytes("")
	}
	if p.HasQualname() {
		c.QualName = c.Name
	}
	return marshal.NewCode(c)
}

func named(v *marshal.Value, name string) *marshal.Value {
	v.Code().Name = marshal.NewStr(name, true)
	return v
}

func exact(t *testing.T, v *marshal.Value, p marshal.Profile) []byte {
	t.Helper()
	out, err := marshal.Append(nil, v, p)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestCompareClasses(t *testing.T) {
	str := func(s string) *marshal.Value { return marshal.NewStr(s, false) }
	for _, minor := range []int{10, 13} {
		p := profile(t, false, minor)
		shared := str("one object")
		shared.Ref = true
		flagged := str("one")
		flagged.Ref = true
		for _, c := range []struct {
			a, b *marshal.Value
			want []marshal.Class
		}{
			{code(p, 1, flagged), code(p, 1, str("one")), []marshal.Class{marshal.UnusedFlag}},
			{code(p, 1, marshal.NewStr("one", true)), code(p, 1, str("one")), []marshal.Class{marshal.InternedBit}},
			{code(p, 1, shared, shared), code(p, 1, str("one object"), str("one object")), []marshal.Class{marshal.SharedOrDuplicated}},
			{code(p, 1, marshal.NewFrozenSet(marshal.NewInt(1), marshal.NewInt(2))), code(p, 1, marshal.NewFrozenSet(marshal.NewInt(2), marshal.NewInt(1))),
				[]marshal.Class{marshal.SetOrder}},
			{code(p, 1, flagged, marshal.NewFrozenSet(marshal.NewInt(1), str("a"))), code(p, 1, str("one"), marshal.NewFrozenSet(str("a"), marshal.NewInt(1))),
				[]marshal.Class{marshal.SetOrder, marshal.UnusedFlag}},
		} {
			a, b := exact(t, c.a, p), exact(t, c.b, p)
			d, err := marshal.Compare(a, b, p)
			if err != nil || d.Verdict != marshal.CanonicalEqual || !slices.Equal(d.Classes, c.want) {
				t.Errorf("%v: %v, %v; want %v", p, d, err, c.want)
			}
			if d, err := marshal.Compare(a, a, p); err != nil || d.Verdict != marshal.Equal {
				t.Errorf("%v with itself: %v, %v", p, d, err)
			}
		}
		for _, forms := range [][2]string{{"i\x05\x00\x00\x00", "I\x05\x00\x00\x00\x00\x00\x00\x00"}, {"f\x031.5", "g\x00\x00\x00\x00\x00\x00\xf8\x3f"}, {")\x01N", "(\x01\x00\x00\x00N"}} {
			d, err := marshal.Compare([]byte(forms[0]), []byte(forms[1]), p)
			if err != nil || d.Verdict != marshal.CanonicalEqual || !slices.Equal(d.Classes, []marshal.Class{marshal.OldForm}) {
				t.Errorf("%q and %q: %v, %v", forms[0], forms[1], d, err)
			}
		}
	}
}

func TestCompareDifferent(t *testing.T) {
	p := profile(t, false, 13)
	long := strings.Repeat("x", 100)
	nan := func(payload uint64) *marshal.Value {
		return marshal.NewFloat(math.Float64frombits(0x7ff8000000000000 | payload))
	}
	for _, c := range []struct {
		a, b        *marshal.Value
		path, field string
		va, vb      string
	}{
		{code(p, 3), code(p, 4), "<module>", "co_stacksize", "3", "4"},
		{code(p, 1, marshal.NewInt(1)), code(p, 1, marshal.Bool(true)), "<module>", "co_consts[0]", "1", "True"},
		{code(p, 1, marshal.NewInt(1)), code(p, 1, marshal.NewFloat(1)), "<module>", "co_consts[0]", "1", "1.0"},
		{code(p, 1, marshal.NewFloat(0)), code(p, 1, marshal.NewFloat(math.Copysign(0, -1))), "<module>", "co_consts[0]", "0.0", "-0.0"},
		{code(p, 1, nan(0)), code(p, 1, nan(1)), "<module>", "co_consts[0]",
			"NaN (bytes 000000000000f87f)", "NaN (bytes 010000000000f87f)"},
		{code(p, 1, marshal.NewTuple(marshal.None(), marshal.NewTuple(marshal.NewStr("a", false)))),
			code(p, 1, marshal.NewTuple(marshal.None(), marshal.NewTuple(marshal.NewBytes("a")))), "<module>", "co_consts[0][1][0]", "'a'", "b'a'"},
		{code(p, 1, marshal.NewStr(long+"1", false)), code(p, 1, marshal.NewStr(long+"2", false)), "<module>", "co_consts[0]",
			"b'1' at byte 100 of 101", "b'2' at byte 100 of 101"},
		{code(p, 1, marshal.None(), named(code(p, 1, named(code(p, 2), "f")), "C")), code(p, 1, marshal.None(), named(code(p, 1, named(code(p, 3), "f")), "C")),
			"<module>.C.f", "co_stacksize", "2", "3"},
		{marshal.NewList(marshal.None()), marshal.NewList(), "", "", "[None]", "[]"},
	} {
		d, err := marshal.Compare(exact(t, c.a, p), exact(t, c.b, p), p)
		want := marshal.Difference{Verdict: marshal.Different, Path: c.path, Field: c.field, A: c.va, B: c.vb}
		if err != nil || d.Verdict != want.Verdict || d.Path != want.Path || d.Field != want.Field || d.A != want.A || d.B != want.B {
			t.Errorf("%+v, %v; want %+v", d, err, want)
		}
	}
}

// The goldens of one source and release are equal objects, whatever their form.
func TestCompareGoldens(t *testing.T) {
	all := goldens(t)
	seen := map[marshal.Class]bool{}
	for i, a := range all {
		for _, b := range all[i+1:] {
			if a.release != b.release || a.name != b.name {
				continue
			}
			d, err := marshal.Compare(a.data, b.data, a.profile)
			if err != nil || d.Verdict == marshal.Different {
				t.Errorf("%s %s, %s and %s: %v, %v", a.release, a.name, a.kind, b.kind, d, err)
			}
			for _, c := range d.Classes {
				seen[c] = true
			}
		}
	}
	for _, c := range []marshal.Class{marshal.UnusedFlag, marshal.SharedOrDuplicated, marshal.SetOrder, marshal.InternedBit} {
		if !seen[c] {
			t.Errorf("no two goldens differ by %s", c)
		}
	}
}
