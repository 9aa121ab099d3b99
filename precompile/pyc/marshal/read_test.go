package marshal_test

import (
	"bytes"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func profile(t testing.TB, pypy bool, minor int) marshal.Profile {
	t.Helper()
	p, err := marshal.ProfileOf(pypy, 3, minor)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestProfileOf(t *testing.T) {
	for _, bad := range [][2]int{{2, 7}, {3, 7}, {3, 16}} {
		if _, err := marshal.ProfileOf(false, bad[0], bad[1]); err == nil {
			t.Errorf("a profile of CPython %v", bad)
		}
	}
	if _, err := marshal.ProfileOf(true, 3, 9); err == nil {
		t.Error("a profile of PyPy 3.9")
	}
}

// A list that holds itself is read, written as it was, and hangs nothing.
func TestRecursiveList(t *testing.T) {
	in := []byte("\xdb\x02\x00\x00\x00r\x00\x00\x00\x00N")
	p := profile(t, false, 13)
	v, err := marshal.Unmarshal(in, p)
	if err != nil {
		t.Fatal(err)
	}
	if v.Items[0] != v {
		t.Fatal("the list does not hold itself")
	}
	out, err := marshal.Append(nil, v, p)
	if err != nil || !bytes.Equal(in, out) {
		t.Fatalf("Append = %q, %v", out, err)
	}
}
