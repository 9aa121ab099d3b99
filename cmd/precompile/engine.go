package main

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"sync"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyselect"
)

// engine is what the verbs have done by the library.
type engine struct {
	run      func(context.Context, precompile.Options) (*precompile.Report, error)
	verify   func(context.Context, precompile.VerifyOptions) (*precompile.VerifyReport, error)
	check    func(context.Context, precompile.CheckOptions) (*precompile.CheckReport, error)
	openMemo func(dir string, o memo.Options) (*memo.Memo, error)
	// open opens a compiler. Its error is for the user: which interpreters were
	// looked at, and why none will do.
	open func(context.Context, compilerRequest) (backend.Compiler, error)
	// probe asks an interpreter what it is. The path of the answer is that of the
	// interpreter itself, where it was asked through a shim.
	probe func(ctx context.Context, path string, s cpython.Search) (cpython.Interpreter, error)
	// compilers lists what could compile on this machine: the embedded compiler
	// for each series that it covers, and one interpreter a series.
	compilers func(context.Context) []backend.Info
}

// compilerRequest is what a compiler is opened for.
type compilerRequest struct {
	precompile.CompilerOptions
	// prefer is an interpreter to take, if it serves the target, before any is
	// searched for: that of a virtual environment.
	prefer string
}

// realEngine is the library.
func realEngine() engine {
	return engine{
		run:      precompile.Run,
		verify:   precompile.Verify,
		check:    precompile.Check,
		openMemo: memo.Open,
		open: func(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
			c, err := openCompiler(ctx, r)
			if err == nil && c.Info().Name == "cpython" {
				collectSeldom(os.Getenv, poolPercent)
			}
			return c, err
		},
		probe: cpython.Identify,
		compilers: func(ctx context.Context) []backend.Info {
			return append(embeddedTargets(ctx), findInterpreters(ctx, cpython.Places(os.Getenv))...)
		},
	}
}

// openCompiler is precompile.OpenCompiler for a user's words: an interpreter
// that is named by a shim is the one that the shim leads to.
func openCompiler(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
	o := r.CompilerOptions
	if o.Interpreter != "" {
		s := cpython.Places(o.Getenv)
		if path, err := exec.LookPath(o.Interpreter); err == nil && s.IsShim(path) {
			i, err := cpython.Identify(ctx, path, s)
			if err != nil {
				return nil, err
			}
			o.Interpreter = i.Path
		}
		return precompile.OpenCompiler(ctx, o)
	}
	if r.prefer == "" || o.Compiler == precompile.CompilerEmbedded {
		return precompile.OpenCompiler(ctx, o)
	}
	if o.Compiler == precompile.CompilerAuto {
		embedded := o
		embedded.Compiler = precompile.CompilerEmbedded
		c, err := precompile.OpenCompiler(ctx, embedded)
		var notCovered *precompile.NotCoveredError
		if err == nil || !errors.As(err, &notCovered) {
			return c, err
		}
	}
	o.Compiler, o.Interpreter = precompile.CompilerCPython, r.prefer
	if c, err := precompile.OpenCompiler(ctx, o); err == nil || ctx.Err() != nil {
		return c, err
	}
	o.Interpreter = ""
	return precompile.OpenCompiler(ctx, o)
}

// embeddedTargets lists what the embedded compiler covers.
func embeddedTargets(ctx context.Context) []backend.Info {
	var out []backend.Info
	for _, v := range pyselect.Series() {
		c, err := precompile.OpenCompiler(ctx, precompile.CompilerOptions{Compiler: precompile.CompilerEmbedded, Target: v})
		if err == nil {
			out = append(out, c.Info())
			c.Close()
		}
	}
	return out
}

// findInterpreters looks for all series at once: each candidate is started to
// be asked for its version, which takes its time.
func findInterpreters(ctx context.Context, s cpython.Search) []backend.Info {
	series := pyselect.Series()
	found := make([]*cpython.Interpreter, len(series))
	var wg sync.WaitGroup
	for n, v := range series {
		wg.Go(func() {
			if i, err := cpython.Find(ctx, v, s); err == nil {
				found[n] = &i
			}
		})
	}
	wg.Wait()
	var out []backend.Info
	for _, i := range found {
		if i != nil {
			out = append(out, backend.Info{Name: "cpython", Target: i.Version, Magic: i.Magic, Detail: i.Path})
		}
	}
	return out
}
