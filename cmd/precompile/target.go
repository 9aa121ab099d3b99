package main

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyselect"
)

// targetFlags say for which Pythons, and who compiles.
type targetFlags struct {
	python      versionList
	compiler    word
	interpreter givenPath
	timeout     interval
	timeoutSet  func() bool
}

func (f *targetFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.compiler = newWord(precompile.CompilerAuto.String(), precompile.CompilerAuto.String(), precompile.CompilerEmbedded.String(), precompile.CompilerCPython.String())
	inGroup(fs, "Target", func() {
		fs.Var(&f.python, "python", "`VERSION,…`: the Pythons that caches are for: 3.13, 3.13.0, pypy3.11. Without it the first of these decides: PRECOMPILE_PYTHON, the nearest .python-version, the pyvenv.cfg of VIRTUAL_ENV, PYTHON_VERSION, the python3 on PATH")
		fs.Var(&f.compiler, "compiler", "`auto|embedded|cpython`: who compiles: auto is the embedded compiler where it covers the target, else CPython. It is decided once a target, never file by file")
		fs.Var(&f.interpreter, "interpreter", "`PATH`: the CPython or PyPy to use, a path or a name on PATH; without --python its version is the target. Otherwise one is found by version on PATH, in pyenv's and in uv's folders")
		fs.Var(&f.timeout, "timeout", "`DURATION`: how long an interpreter may take over one file (60s by default, 0 for no limit)")
	})
	f.timeoutSet = func() bool { return fs.Changed("timeout") }
	var series []string
	for _, v := range pyselect.Series() {
		series = append(series, v.String())
	}
	complete(cmd, "python", true, series...)
	complete(cmd, "compiler", false, f.compiler.words...)
}

// target is one Python that the run is for.
type target struct {
	version pyc.Version
	magic   pyc.Magic
	// compiler is nil where none is needed.
	compiler backend.Compiler
}

// targets are all of them.
type targets struct {
	list []target
	// by is what decided the versions.
	by string
}

// Close closes the compilers.
func (ts *targets) Close() error {
	var errs []error
	for _, t := range ts.list {
		if t.compiler != nil {
			errs = append(errs, t.compiler.Close())
		}
	}
	return errors.Join(errs...)
}

func (ts *targets) compilers() []backend.Compiler {
	var out []backend.Compiler
	for _, t := range ts.list {
		out = append(out, t.compiler)
	}
	return out
}

// check refuses what cannot be meant together.
func (f *targetFlags) check() error {
	switch {
	case f.kind() == precompile.CompilerEmbedded && f.interpreter.path != "":
		return usagef("--interpreter: the embedded compiler uses none; leave one of --interpreter and --compiler embedded out")
	case f.kind() == precompile.CompilerEmbedded && f.timeoutSet():
		return usagef("--timeout: it is for interpreters, and --compiler embedded uses none")
	case f.interpreter.path != "" && len(f.python.versions) > 1:
		return usagef("--interpreter: an interpreter compiles for its own version only, and --python names %d", len(f.python.versions))
	}
	return nil
}

// choose decides the versions.
func (f *targetFlags) choose(ctx context.Context, a *app) (pyselect.Choice, error) {
	if len(f.python.versions) > 0 {
		return pyselect.Choice{Versions: f.python.versions, By: "--python"}, nil
	}
	dir, err := a.getwd()
	if err != nil {
		return pyselect.Choice{}, err
	}
	env := pyselect.Env{
		Getenv: a.getenv, Dir: dir, ReadFile: a.readFile, LookPath: a.lookPath,
		Ask: func(ctx context.Context, path string) (pyc.Version, string, error) {
			i, err := a.engine.probe(ctx, path, cpython.Places(a.getenv))
			return i.Version, i.Path, err
		},
	}
	var c pyselect.Choice
	if f.interpreter.path != "" {
		c, err = pyselect.OfInterpreter(ctx, env, f.interpreter.path)
	} else {
		c, err = pyselect.Default(ctx, env)
	}
	if err != nil && ctx.Err() == nil {
		by := ""
		if c.By == "--interpreter" {
			by = c.By + ": "
		}
		return c, usagef("%s%s", by, err)
	}
	c.By = shortPath(c.By, dir)
	return c, err
}

// shortPath is a path in the current folder as one would write it.
func shortPath(path, dir string) string {
	if filepath.Dir(path) == dir {
		return filepath.Base(path)
	}
	return path
}

// kind is --compiler.
func (f *targetFlags) kind() precompile.CompilerChoice {
	k, err := precompile.ParseCompilerChoice(f.compiler.value)
	if err != nil {
		panic(err) // the flag takes no other word
	}
	return k
}

// request is what a compiler for one version is asked to be.
func (f *targetFlags) request(a *app, c pyselect.Choice, v pyc.Version, jobs int) compilerRequest {
	o := precompile.CompilerOptions{Compiler: f.kind(), Target: v, Interpreter: f.interpreter.path, Jobs: jobs, Getenv: a.getenv}
	if f.timeoutSet() {
		if o.Timeout = f.timeout.d; o.Timeout == 0 {
			o.Timeout = -1
		}
	}
	return compilerRequest{o, c.Interpreter}
}

// open decides the versions and opens a compiler for each.
func (f *targetFlags) open(ctx context.Context, a *app, jobs int) (*targets, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	if ts := f.openNamed(ctx, a, jobs); ts != nil {
		return ts, nil
	}
	c, err := f.choose(ctx, a)
	if err != nil {
		return nil, err
	}
	ts := &targets{by: c.By}
	var failed error
	compilers, errs := f.openAll(ctx, a, c, jobs)
	for i, v := range c.Versions {
		switch {
		case errs[i] == nil:
			ts.list = append(ts.list, target{v, compilers[i].Info().Magic, compilers[i]})
		case failed == nil:
			failed = f.noCompiler(ctx, c, v, errs[i])
		}
	}
	if failed != nil {
		return nil, errors.Join(failed, ts.Close())
	}
	return ts, nil
}

// openNamed opens the interpreter that is named and alone decides the version: what
// it says of itself as a compiler does for both, so that it is started once. Where
// that is not so, or fails, it returns nil, and the steps one by one say why.
func (f *targetFlags) openNamed(ctx context.Context, a *app, jobs int) *targets {
	if f.interpreter.path == "" || len(f.python.versions) > 0 {
		return nil
	}
	c, err := a.engine.open(ctx, f.request(a, pyselect.Choice{}, pyc.Version{}, jobs))
	if err != nil {
		return nil
	}
	info := c.Info()
	if pyselect.Check(info.Target) != nil {
		c.Close()
		return nil
	}
	return &targets{list: []target{{info.Target, info.Magic, c}}, by: "--interpreter"}
}

// openAll opens a compiler for each version, all at once: starting interpreters
// is mostly waiting. The first needs no goroutine, and often it is the only one.
func (f *targetFlags) openAll(ctx context.Context, a *app, c pyselect.Choice, jobs int) ([]backend.Compiler, []error) {
	compilers := make([]backend.Compiler, len(c.Versions))
	errs := make([]error, len(c.Versions))
	open := func(i int) { compilers[i], errs[i] = a.engine.open(ctx, f.request(a, c, c.Versions[i], jobs)) }
	var wg sync.WaitGroup
	for i := 1; i < len(c.Versions); i++ {
		wg.Go(func() { open(i) })
	}
	if len(c.Versions) > 0 {
		open(0)
	}
	wg.Wait()
	return compilers, errs
}

// noCompiler words why a target cannot be compiled for.
func (f *targetFlags) noCompiler(ctx context.Context, c pyselect.Choice, v pyc.Version, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	why := "Python " + v.String()
	if !slices.Contains([]string{"--python", "--interpreter"}, c.By) {
		why += " (from " + diag.Name(c.By) + ")"
	}
	return usagef("%s: %s", why, err)
}

// magicOf is the magic number of a target that is not compiled for.
func (f *targetFlags) magicOf(ctx context.Context, a *app, c pyselect.Choice, v pyc.Version) (pyc.Magic, error) {
	if m, known := pyc.MagicOf(v); known {
		return m, nil
	}
	if c.Interpreter != "" {
		i, err := a.engine.probe(ctx, c.Interpreter, cpython.Places(a.getenv))
		if err == nil && i.Version.Matches(v) {
			return i.Magic, nil
		}
	}
	return pyc.Magic{}, usagef("Python %s: its magic number is only known to its interpreter; name it by --interpreter", v)
}
