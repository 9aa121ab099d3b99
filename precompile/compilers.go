package precompile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// CompilerChoice is which of the two compilers serves a target.
type CompilerChoice uint8

// The choices.
const (
	// CompilerAuto is the embedded compiler where it covers the target and no
	// interpreter was named, else CPython. It is decided once for a target;
	// no file falls back.
	CompilerAuto CompilerChoice = iota
	// CompilerEmbedded is the embedded compiler or none.
	CompilerEmbedded
	// CompilerCPython is a pool of CPython or PyPy subprocesses.
	CompilerCPython
)

var compilerNames = [...]string{"auto", "embedded", "cpython"}

// ParseCompilerChoice reads "auto", "embedded" or "cpython".
func ParseCompilerChoice(s string) (CompilerChoice, error) {
	return parseWord[CompilerChoice](s, "compiler", compilerNames[:])
}

// String returns the word that ParseCompilerChoice reads.
func (c CompilerChoice) String() string {
	if int(c) < len(compilerNames) {
		return compilerNames[c]
	}
	return fmt.Sprintf("CompilerChoice(%d)", uint8(c))
}

// CompilerOptions say which compiler a target gets.
type CompilerOptions struct {
	Compiler CompilerChoice
	// Target is what to compile for. Without a patch it is the one that the
	// compiler has: of an interpreter its own, of the embedded compiler the
	// newest. The zero Version takes what Interpreter is.
	Target pyc.Version
	// Interpreter is the path of a CPython or PyPy, or its name on PATH. Naming
	// one chooses CPython. Empty, one is found by version (cpython.Find).
	Interpreter string
	// Jobs is how many interpreters compile at once; 0 means the CPUs that this
	// process may use.
	Jobs int
	// Timeout is for one file in an interpreter; 0 means the pool's default, less
	// than 0 none.
	Timeout time.Duration
	// Getenv reads the environment variables that say where interpreters are;
	// nil means os.Getenv.
	Getenv func(string) string
}

// NotCoveredError says why the embedded compiler does not serve a target.
type NotCoveredError struct {
	Target pyc.Version
	Reason string
}

func (e *NotCoveredError) Error() string {
	return fmt.Sprintf("the embedded compiler does not cover Python %s: %s", e.Target, e.Reason)
}

// OpenCompiler opens the compiler for a target. The caller closes it. The error
// is an *OptionsError, a *NotCoveredError, a *cpython.NotFoundError, or says why
// an interpreter will not do. ctx bounds the opening alone.
func OpenCompiler(ctx context.Context, o CompilerOptions) (backend.Compiler, error) {
	noTarget := o.Target == pyc.Version{}
	switch {
	case o.Compiler > CompilerCPython:
		return nil, &OptionsError{fmt.Sprintf("%s is not a compiler", o.Compiler)}
	case o.Jobs < 0:
		return nil, &OptionsError{fmt.Sprintf("jobs: %d is negative", o.Jobs)}
	case o.Compiler == CompilerEmbedded && o.Interpreter != "":
		return nil, &OptionsError{"the embedded compiler does not go with an interpreter: it uses none"}
	case noTarget && o.Interpreter == "":
		return nil, &OptionsError{"neither a target nor an interpreter was given"}
	}
	if o.Compiler != CompilerCPython && o.Interpreter == "" {
		c, err := openEmbedded(o.Target)
		var notCovered *NotCoveredError
		if err == nil || o.Compiler == CompilerEmbedded || !errors.As(err, &notCovered) {
			return c, err
		}
	}
	path := o.Interpreter
	if path == "" {
		getenv := o.Getenv
		if getenv == nil {
			getenv = os.Getenv
		}
		found, err := cpython.Find(ctx, o.Target, cpython.Places(getenv))
		if err != nil {
			return nil, err
		}
		path = found.Path
	}
	pool, err := cpython.Open(ctx, cpython.Options{Interpreter: path, Target: o.Target, Jobs: o.Jobs, Timeout: o.Timeout})
	if err != nil {
		return nil, err // not pool: a nil *Pool is no nil Compiler
	}
	return pool, nil
}

// OpenCompilers opens one compiler for each of the options, all at once, and
// returns them in that order; or none, and the error of the first that could not
// be opened.
func OpenCompilers(ctx context.Context, options ...CompilerOptions) ([]backend.Compiler, error) {
	compilers := make([]backend.Compiler, len(options))
	errs := make([]error, len(options))
	var g errgroup.Group
	for i, o := range options {
		g.Go(func() error {
			compilers[i], errs[i] = OpenCompiler(ctx, o)
			return nil
		})
	}
	_ = g.Wait()
	for _, err := range errs {
		if err != nil {
			return nil, errors.Join(err, closeAll(compilers))
		}
	}
	return compilers, nil
}

func closeAll(compilers []backend.Compiler) error {
	var errs []error
	for _, c := range compilers {
		if c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

// openEmbedded opens the embedded compiler for a target. The error is a
// *NotCoveredError where it does not cover that target.
func openEmbedded(v pyc.Version) (backend.Compiler, error) {
	b, err := compiler.NewBackend(v)
	if err != nil {
		return nil, &NotCoveredError{v, err.Error()}
	}
	return b, nil
}
