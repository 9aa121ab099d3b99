package marshal_test

import (
	"bytes"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// checkScan has the graph confirm what the scanner says yes to.
func checkScan(t *testing.T, data []byte, p marshal.Profile) (yes bool) {
	t.Helper()
	if !marshal.SeenFresh(data, p) {
		return false
	}
	if !p.FreshProcess() {
		t.Errorf("%v has no form of a fresh process", p)
	}
	want, err := marshal.CanonicalOfGraph(data, p)
	if err != nil || !bytes.Equal(want, data) {
		t.Errorf("%v: the scanner takes for the defined form what is not: %v, %s", p, err, explain(t, data, want, p))
	}
	return true
}

// The scanner knows what fresh processes write for what it is, but for sources
// that are made of what it leaves to the graph.
func TestScan(t *testing.T) {
	left := map[string]bool{"classes": true, "constants": true, "frozensets": true}
	seen := 0
	for _, g := range goldens(t) {
		yes := checkScan(t, g.data, g.profile)
		if yes {
			seen++
		}
		if g.kind == "fresh" && g.profile.FreshProcess() && !yes && !left[g.name] {
			t.Errorf("%s %s: it does not know the defined form", g.release, g.name)
		}
	}
	if seen < 10 {
		t.Errorf("it knows %d streams", seen)
	}
}

// Whatever one byte of a stream is changed to, the scanner is not fooled.
func TestScanChanged(t *testing.T) {
	yes := 0
	for _, g := range goldens(t) {
		if g.kind != "fresh" || len(g.data) > 1500 || !marshal.SeenFresh(g.data, g.profile) {
			continue
		}
		data := bytes.Clone(g.data)
		for i, b := range g.data {
			// A flag, an interned type code, the one for a long string, a length or a
			// reference off by one.
			for _, other := range []byte{b ^ 0x80, b ^ 0x20, b ^ ('z' ^ 'a'), b ^ ('z' ^ 'u'), b + 1, b - 1} {
				data[i] = other
				if checkScan(t, data, g.profile) {
					yes++
				}
			}
			data[i] = b
		}
		if t.Failed() {
			t.Fatalf("%s %s", g.release, g.name)
		}
	}
	t.Logf("%d changed streams were in the defined form", yes)
	if yes == 0 {
		t.Error("it said yes to nothing: letters of names could have changed")
	}
}

func FuzzScan(f *testing.F) {
	seed(f)
	for _, g := range goldens(f) {
		if g.kind == "fresh" && len(g.data) < 2000 {
			for n := byte(0); n < 10; n++ {
				if fuzzProfile(f, n) == g.profile {
					f.Add(n, g.data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, n byte, data []byte) { checkScan(t, data, fuzzProfile(t, n)) })
}
