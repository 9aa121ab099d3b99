package compiler

import (
	"cmp"
	"slices"
	"testing"
)

// Every release that is served has been measured, at every level, and no file of the
// standard library is another's.
func TestMeasurements(t *testing.T) {
	all := Measurements()
	if len(all) != len(Covered()) {
		t.Errorf("%d releases, want %d", len(all), len(Covered()))
	}
	for _, m := range all {
		if m.Interpreter == "" {
			t.Errorf("%s: no interpreter", m.Profile)
		}
		for level := range 3 {
			n := slices.IndexFunc(m.Measurements, func(r Measurement) bool { return r.Corpus == stdlibCorpus && r.Optimize == level })
			switch {
			case n < 0:
				t.Errorf("%s: not measured at -O%d", m.Profile, level)
			case m.Measurements[n].Files < 1000 || m.Measurements[n].Equal != m.Measurements[n].Files:
				t.Errorf("%s: %+v", m.Profile, m.Measurements[n])
			}
		}
		if !slices.IsSortedFunc(m.Measurements, compareRows) {
			t.Errorf("%s: the measurements are in no order", m.Profile)
		}
	}
}

const (
	stdlibCorpus   = "standard library"
	packagesCorpus = "installed packages"
	programsCorpus = "random programs"
)

// compareRows orders the measurements of a release.
func compareRows(a, b Measurement) int {
	order := []string{stdlibCorpus, packagesCorpus, programsCorpus}
	return cmp.Or(cmp.Compare(slices.Index(order, a.Corpus), slices.Index(order, b.Corpus)), cmp.Compare(a.Optimize, b.Optimize))
}
