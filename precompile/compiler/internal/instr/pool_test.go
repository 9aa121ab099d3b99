package instr

import (
	"math"
	"math/big"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func newPool() *Pool {
	return NewPool(PoolOptions{SmallIntMax: 256, Latin1Interned: true, Startup: &Startup{
		bisect: func(s string) bool { return s == "os.path" },
		list:   func() []string { return []string{"os.path"} },
	}})
}

// TestMerge holds the cache to CPython's idea of equal constants: pairs that
// Python's == takes for equal, but whose constants stay apart, and pairs that
// become one.
func TestMerge(t *testing.T) {
	i, f, c := marshal.NewInt, marshal.NewFloat, marshal.NewComplex
	huge := func() *marshal.Value { return marshal.NewBigInt(new(big.Int).Lsh(big.NewInt(1), 200)) }
	tup := func(v ...*marshal.Value) *marshal.Value { return marshal.NewTuple(v...) }
	str := func(s string) *marshal.Value { return marshal.NewStr(s, false) }
	set := func(v ...*marshal.Value) *marshal.Value { return marshal.NewFrozenSet(v...) }
	nan := f(math.NaN())
	negZero := math.Copysign(0, -1)
	for _, tt := range []struct {
		name string
		a, b *marshal.Value
		one  bool
	}{
		{"int", i(1000), i(1000), true},
		{"big int", huge(), huge(), true},
		{"int and bool", i(1), marshal.Bool(true), false},
		{"int and float", i(1), f(1), false},
		{"float", f(1.5), f(1.5), true},
		{"zeros", f(0), f(negZero), false},
		{"two NaNs", f(math.NaN()), f(math.NaN()), false},
		{"one NaN", nan, nan, true},
		{"complex", c(1, 2), c(1, 2), true},
		{"complex zeros", c(0, 0), c(0, negZero), false},
		{"str and bytes", str("ab"), marshal.NewBytes("ab"), false},
		{"tuples", tup(i(1), str("x y")), tup(i(1), str("x y")), true},
		{"tuples of int and float", tup(i(1)), tup(f(1)), false},
		{"tuples of two NaNs", tup(f(math.NaN())), tup(f(math.NaN())), false},
		{"tuples of one NaN", tup(nan), tup(nan), true},
		{"frozensets", set(i(1), i(2)), set(i(2), i(1)), true},
		{"frozenset and tuple", set(i(1)), tup(i(1)), false},
		{"slices", marshal.NewSlice(i(1), i(2), marshal.None()), marshal.NewSlice(i(1), i(2), marshal.None()), true},
	} {
		p := newPool()
		if one := p.Merge(tt.a) == p.Merge(tt.b); one != tt.one {
			t.Errorf("%s: one object: %t, want %t", tt.name, one, tt.one)
		}
	}
}

// TestMergeElements: Merge reaches the elements of tuples and frozensets,
// MergeOne does not.
func TestMergeElements(t *testing.T) {
	p := newPool()
	s := p.Merge(marshal.NewStr("a b", false))
	inner := marshal.NewTuple(marshal.NewStr("a b", false), marshal.NewInt(1000))
	v := p.Merge(marshal.NewTuple(inner, marshal.NewFrozenSet(marshal.NewStr("a b", false))))
	if v.Items[0].Items[0] != s || v.Items[1].Items[0] != s {
		t.Error("Merge left an element of its own")
	}
	if p.Merge(marshal.NewTuple(marshal.NewStr("a b", false), marshal.NewInt(1000))) != inner {
		t.Error("Merge did not enter the inner tuple")
	}
	w := p.MergeOne(marshal.NewTuple(marshal.NewStr("a b", false)))
	if w.Items[0] == s {
		t.Error("MergeOne merged an element")
	}
}

// TestMergeFrozenSet: the frozenset that stands for others is the rebuilt one.
func TestMergeFrozenSet(t *testing.T) {
	p := newPool()
	v := marshal.NewFrozenSet(marshal.NewInt(1000))
	w := p.Merge(v)
	if w == v {
		t.Error("the frozenset was not rebuilt")
	}
	if p.Merge(marshal.NewFrozenSet(marshal.NewInt(1000))) != w || p.Merge(v) != w {
		t.Error("equal frozensets are not one")
	}
}

// TestCode: equal code objects are one whatever their qualified names.
func TestCode(t *testing.T) {
	code := func(qualname string) *marshal.Value {
		s := func(s string) *marshal.Value { return marshal.NewStr(s, true) }
		b := func(s string) *marshal.Value { return marshal.NewBytes(s) }
		return marshal.NewCode(&marshal.Code{
			Bytecode: b("ab"), Consts: marshal.NewTuple(), Names: marshal.NewTuple(), LocalsPlusNames: marshal.NewTuple(),
			LocalsPlusKinds: b(""), FileName: s("f"), Name: s("g"), QualName: s(qualname), LineTable: b("l"), ExceptionTable: b(""),
		})
	}
	p := newPool()
	a, other := code("a.g"), code("b.g")
	other.Code().FirstLineNo = 7
	if p.Merge(a) != p.Merge(code("b.g")) {
		t.Error("equal code objects are two")
	}
	if p.Merge(other) != other {
		t.Error("different code objects are one")
	}
}

func TestIntern(t *testing.T) {
	p := newPool()
	name := p.Name("spam")
	if p.Name("spam") != name || !name.Interned() {
		t.Error("a name is not one interned object")
	}
	v := marshal.NewStr("os.path", false)
	if w := p.Intern(v); w == v || !w.Interned() || v.Interned() {
		t.Error("a string that was interned at start-up was taken for a new one")
	}
	v = marshal.NewStr("eggs x", false)
	if p.Intern(v) != v || !v.Interned() {
		t.Error("a new string was not interned itself")
	}
	if a := p.Str("a"); p.Name("a") != a || !a.Interned() || p.Str("é") != p.Str("é") || !p.Str("é").Interned() {
		t.Error("one-character strings are not one interned object each")
	}
}

// TestStartup: the list and the set made of it give the same answers.
func TestStartup(t *testing.T) {
	for minor := 11; minor <= 15; minor++ {
		p, err := marshal.ProfileOf(false, 3, minor)
		if err != nil {
			t.Fatal(err)
		}
		s := StartupOf(p)
		words := append(p.StartupStrings(), "", "no such string", "zzzz")
		for round := range 2 {
			for i, w := range words {
				if got, want := s.has(hashText(w), w), i < len(words)-3 || p.AtStartup(w); got != want {
					t.Fatalf("3.%d, round %d: %q: %t", minor, round, w, got)
				}
			}
		}
		if len(words) < bisected || s.set == nil {
			t.Errorf("3.%d: %d strings, and no set was made", minor, len(words))
		}
	}
}

func TestInternConstants(t *testing.T) {
	p := newPool()
	name := p.Name("spam")
	set := marshal.NewFrozenSet(marshal.NewStr("spam", false), marshal.NewStr("x y", false))
	keep := marshal.NewFrozenSet(marshal.NewStr("x y", false), marshal.NewStr("fresh", false))
	inner := marshal.NewTuple(marshal.NewStr("spam", false))
	v := marshal.NewTuple(marshal.NewStr("a b", false), inner, set, keep)
	p.InternConstants(v)
	if v.Items[0].Interned() {
		t.Error("a string that looks like no name was interned")
	}
	if v.Items[1] != inner || inner.Items[0] != name {
		t.Error("the string in a tuple was not interned in place")
	}
	if v.Items[2] == set || v.Items[2].Items[0] != name {
		t.Error("a frozenset that got another string was not made anew")
	}
	if v.Items[3] != keep {
		t.Error("a frozenset that kept its strings was made anew")
	}
}

func TestLists(t *testing.T) {
	p := newPool()
	var u Unit
	for round := range 2 {
		for i := range 40 {
			if got := u.Names.Add(p.Name(string(rune('a' + i)))); got != i {
				t.Fatalf("round %d: name %d has index %d", round, i, got)
			}
		}
		for i := range 40 {
			if got := u.Names.Add(p.Name(string(rune('a' + i)))); got != i {
				t.Fatalf("round %d: name %d again has index %d", round, i, got)
			}
		}
		u.Reset()
		if _, ok := u.Names.Index(p.Name("a")); ok || u.Names.Len() != 0 {
			t.Fatal("Reset kept a name")
		}
	}
}

// What is merged before it is made is what Merge would have made of it.
func TestMergeBeforeMade(t *testing.T) {
	p := newPool()
	items := []*marshal.Value{p.Name("a b"), p.Int(1000)}
	v := p.MergeTuple(items)
	items[0] = nil
	if v.Items[0] != p.Name("a b") {
		t.Error("a tuple keeps the items that it was looked up by")
	}
	if p.MergeTuple([]*marshal.Value{marshal.NewStr("a b", false), marshal.NewInt(1000)}) != v || p.Merge(p.Copied(v.Items)) != v {
		t.Error("equal tuples are two")
	}
	if p.MergeTuple(nil) != p.Tuple() || p.MergeTuple([]*marshal.Value{p.Int(1000)}) == v {
		t.Error("different tuples are one")
	}
	data := []byte("ab")
	b := p.MergeBytes(data)
	data[0] = 'x'
	if b.Data != "ab" || p.MergeBytes([]byte("ab")) != b || p.Merge(marshal.NewBytes("ab")) != b || p.MergeBytes(nil) != p.Bytes("") {
		t.Errorf("bytes: %q", b.Data)
	}
	if c := p.Bytecode([]byte("ab")); c == b || c.Data != "ab" {
		t.Error("bytecode is not an object of its own")
	}
	if c, d := p.Bytecode([]byte("cd")), p.Merge(marshal.NewBytes("cd")); c == d || p.MergeBytes([]byte("cd")) != d {
		t.Error("bytecode is a constant, or no constant equals it")
	}
	set := marshal.NewFrozenSet(p.Int(1000), p.Name("s"))
	if w := p.Merge(set); w == set || p.Merge(set) != w || p.Merge(w) != w {
		t.Error("a frozenset stands for the one that was made of it")
	}
}
