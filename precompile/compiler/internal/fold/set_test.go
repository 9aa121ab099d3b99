package fold

import (
	"math"
	"math/big"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// TestFrozenSet: groups of constants of which a set keeps the first.
func TestFrozenSet(t *testing.T) {
	i, f, c := marshal.NewInt, marshal.NewFloat, marshal.NewComplex
	tup := func(v ...*marshal.Value) *marshal.Value { return marshal.NewTuple(v...) }
	nan := f(math.NaN())
	big := marshal.NewBigInt(new(big.Int).Lsh(big.NewInt(1), 70))
	for _, group := range [][]*marshal.Value{
		{i(1), marshal.Bool(true), f(1), c(1, 0)},
		{f(0), f(math.Copysign(0, -1)), i(0), marshal.Bool(false), c(0, math.Copysign(0, -1))},
		{f(1.5), c(1.5, 0)},
		{big, f(math.Ldexp(1, 70))},
		{nan, nan},
		{marshal.NewStr("a", false), marshal.NewStr("a", true)},
		{tup(i(1), i(2)), tup(f(1), marshal.NewInt(2))},
		{marshal.NewFrozenSet(i(1), i(2)), marshal.NewFrozenSet(f(2), i(1))},
		{marshal.None(), marshal.None()},
	} {
		if set := FrozenSet(group); len(set.Items) != 1 || set.Items[0] != group[0] {
			t.Errorf("%v and its like give %d elements", show(group[0]), len(set.Items))
		}
	}
	apart := []*marshal.Value{
		i(1), f(1.5), c(1, 1), c(1, 2), marshal.NewStr("a", false), marshal.NewBytes("a"), tup(), tup(i(1)), tup(tup(i(1))),
		marshal.None(), marshal.Ellipsis(), nan, f(math.NaN()), f(math.Inf(1)), f(math.Inf(-1)), i(-1), marshal.NewStr("", false),
		marshal.NewFrozenSet(i(1)), tup(marshal.NewStr("ab", false)), tup(marshal.NewStr("a", false), marshal.NewStr("b", false)),
	}
	if set := FrozenSet(apart); len(set.Items) != len(apart) {
		t.Errorf("%d different constants give %d elements", len(apart), len(set.Items))
	}
}
