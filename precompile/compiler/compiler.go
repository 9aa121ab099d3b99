package compiler

import (
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Compiler compiles for one target. Its methods may be called from many goroutines
// at once.
type Compiler struct {
	exact    bool
	checking bool // for a Checker: there is no back end
	features *target.Features
	format   marshal.Profile
	objects  instr.PoolOptions
	workers  sync.Pool // of *worker
}

// New makes a Compiler for a release of CPython, or for the newest release that
// the compiler knows of a series. A release that it was not measured against is
// served by the nearest older one; Profile says which. The error says that no
// release of the series is known.
func New(v pyc.Version) (*Compiler, error) {
	p, exact, err := target.For(v)
	if err != nil {
		return nil, err
	}
	if !target.Complete(p) {
		return nil, fmt.Errorf("it covers %s", coveredList())
	}
	format, err := marshal.ProfileOf(false, 3, p.Minor)
	if err != nil {
		return nil, err
	}
	f := target.New(p)
	c := &Compiler{exact: exact, features: f, format: format, objects: instr.PoolOptionsFor(f, format)}
	w, err := newWorker(c)
	if err != nil {
		return nil, err
	}
	c.workers.Put(w)
	return c, nil
}

// Profile returns the release whose code the Compiler emits, and whether that is
// the one that was asked for.
func (c *Compiler) Profile() (v pyc.Version, exact bool) {
	return c.features.Profile.Version(), c.exact
}

// Covered returns the releases that the compiler serves exactly, oldest first.
func Covered() []pyc.Version {
	var out []pyc.Version
	for _, p := range target.Known() {
		if target.Complete(p) {
			out = append(out, p.Version())
		}
	}
	return out
}

func coveredList() string {
	var names []string
	for _, v := range Covered() {
		names = append(names, v.String())
	}
	return strings.Join(names, ", ")
}

// Compile returns the marshalled code object of a source, and the warnings in the
// order in which CPython issues them. Filename becomes co_filename; bytes in it that
// are not UTF-8 become surrogate escapes. Optimize is the level: 0, 1 or 2.
//
// The error is a *diag.Diagnostic where the source is at fault, and an
// *InternalError where the compiler is. Warnings come with an error, too.
func (c *Compiler) Compile(source []byte, filename string, optimize int) (code []byte, warnings []diag.Diagnostic, err error) {
	return c.compile(nil, source, filename, optimize)
}

// compile is Compile, which writes to room where that is large enough.
func (c *Compiler) compile(room, source []byte, filename string, optimize int) (code []byte, warnings []diag.Diagnostic, err error) {
	if optimize < 0 || optimize > 2 {
		return nil, nil, fmt.Errorf("%d is no optimization level", optimize)
	}
	w, _ := c.workers.Get().(*worker)
	if w == nil {
		if w, err = newWorker(c); err != nil {
			return nil, nil, err
		}
	}
	defer func() {
		if r := recover(); r != nil {
			// The worker's memory is in an unknown state: it is not used again.
			code, err = nil, &InternalError{Filename: filename, Cause: r, Stack: debug.Stack()}
			return
		}
		c.workers.Put(w)
	}()
	return w.compile(room, source, fileName(filename), optimize)
}

// InternalError is a fault of the compiler.
type InternalError struct {
	Filename string
	Cause    any    // what was panicked with
	Stack    []byte // of the panic, as text
}

// Error names the file and the cause.
func (e *InternalError) Error() string {
	return fmt.Sprintf("internal error of the embedded compiler on %s: %v", e.Filename, e.Cause)
}

// fileName returns a file name as Python decodes it: bytes that are no UTF-8 become
// lone surrogates.
func fileName(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	var out []byte
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if r == utf8.RuneError && n == 1 {
			// U+DC00 plus the byte, in three bytes of its own.
			b := s[0]
			out = append(out, 0xED, 0xB0|b>>6, 0x80|b&0x3F)
		} else {
			out = append(out, s[:n]...)
		}
		s = s[n:]
	}
	return string(out)
}
