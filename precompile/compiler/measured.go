package compiler

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Measurement is how the compiler's output compared, over one corpus at one optimise
// level, with what fresh processes of an interpreter wrote.
type Measurement struct {
	// Corpus is "standard library" (the interpreter's own, with its tests), "installed
	// packages" (the site-packages of one Python) or "random programs".
	Corpus   string
	Optimize int
	// Files is how many of the corpus the interpreter compiles.
	Files int
	// Equal is how many of them have the same bytes, header and all.
	Equal int
}

// Measured is what a release was measured against, and what came of it.
type Measured struct {
	Profile pyc.Version
	// Interpreter is its sys.version, in one line.
	Interpreter  string
	Measurements []Measurement
}

// Measurements returns the measurements of each release that Covered names, in its
// order. They are made by this package's conformance tests, which compare again.
func Measurements() []Measured {
	var out []Measured
	for _, v := range Covered() {
		m := Measured{Profile: v}
		if n := slices.IndexFunc(measured[:], func(r Measured) bool { return r.Profile == v }); n >= 0 {
			m = measured[n]
			m.Measurements = slices.Clone(m.Measurements)
		}
		out = append(out, m)
	}
	return out
}
