package compiler

import (
	"runtime/debug"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Checker finds what a target's compiler would find wrong with a source, without
// making code. It goes through the stages of a Compiler up to pseudo-instructions,
// and so needs no back end for its target. Its methods may be called from many
// goroutines at once.
type Checker struct{ c *Compiler }

// NewChecker makes a Checker for a release of CPython, or for the newest release
// that is known of a series, from 3.11 on.
func NewChecker(v pyc.Version) (*Checker, error) {
	p, exact, err := target.For(v)
	if err != nil {
		return nil, err
	}
	format, err := marshal.ProfileOf(false, 3, p.Minor)
	if err != nil {
		return nil, err
	}
	f := target.New(p)
	return &Checker{&Compiler{
		exact: exact, features: f, format: format, objects: instr.PoolOptionsFor(f, format), checking: true,
	}}, nil
}

// Checked returns the releases whose rules are known, oldest first.
func Checked() []pyc.Version {
	var out []pyc.Version
	for _, p := range target.Known() {
		out = append(out, p.Version())
	}
	return out
}

// Profile returns the release whose rules are applied, and whether that is the one
// that was asked for.
func (c *Checker) Profile() (v pyc.Version, exact bool) { return c.c.Profile() }

// Check returns the warnings on a source, and the error that Compile would return
// at level 0: a *diag.Diagnostic where the source is at fault, and an
// *InternalError where the compiler is.
func (c *Checker) Check(source []byte) (warnings []diag.Diagnostic, err error) {
	w, _ := c.c.workers.Get().(*worker)
	if w == nil {
		if w, err = newWorker(c.c); err != nil {
			return nil, err
		}
	}
	defer func() {
		if r := recover(); r != nil {
			// The worker's memory is in an unknown state: it is not used again.
			err = &InternalError{Filename: "a source", Cause: r, Stack: debug.Stack()}
			return
		}
		c.c.workers.Put(w)
	}()
	_, warnings, err = w.compile(nil, source, "", 0)
	return warnings, err
}
