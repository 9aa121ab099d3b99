package main

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/report"
)

type verifyVerb struct {
	app          *app
	target       targetFlags
	selection    selectionFlags
	layout       layoutFlags
	run          runFlags
	output       outputFlags
	invalidation wordList
	rebuild      bool
	noRebuild    bool
	allow        wordList
	requireAll   bool
}

func newVerify(a *app) *cobra.Command {
	v := &verifyVerb{app: a}
	cmd := &cobra.Command{
		Use:               "verify [flags] PATH…",
		Short:             "Check that caches are what their sources compile to",
		Long:              verifyLong,
		Example:           verifyExample,
		ValidArgsFunction: completePaths,
		Annotations:       map[string]string{appendixAnnotation: verifyAppendix()},
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	v.allow.words = verdictWords()
	v.invalidation.words = modeWords()
	inGroup(fs, "Policy", func() {
		fs.Var(&v.allow, "allow", "`VERDICT,…`: let caches with these verdicts pass; may be repeated")
		fs.BoolVar(&v.requireAll, "require-all", false, "fail where a cache in sight cannot be judged: one of another Python, of an excluded source, or in an archive inside an archive")
		fs.Var(&v.invalidation, "invalidation", "`MODE,…`: the invalidation modes that are right; by default all are")
		fs.BoolVar(&v.rebuild, "rebuild", false, "compile each source and compare; the default where a compiler is at hand")
		fs.BoolVar(&v.noRebuild, "no-rebuild", false, "look at headers and form only, and compile nothing")
	})
	complete(cmd, "allow", true, v.allow.words...)
	complete(cmd, "invalidation", true, v.invalidation.words...)
	v.target.register(cmd)
	v.layout.register(cmd)
	v.selection.register(fs)
	v.run.register(cmd)
	v.output.register(cmd)
	return cmd
}

// verdictWords are the verdicts that --allow takes: those that fail by default.
func verdictWords() []string {
	var out []string
	for _, v := range precompile.Verdicts() {
		if v != precompile.VerdictOK && v != precompile.VerdictUnchecked {
			out = append(out, string(v))
		}
	}
	return out
}

func (v *verifyVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	o, ts, err := v.options(ctx, args)
	if err != nil {
		return err
	}
	defer ts.Close()
	return perform(v.app, &v.output, func(progress func(precompile.Progress)) (*precompile.VerifyReport, error) {
		o.Progress = progress
		return v.app.engine.verify(ctx, o)
	}, func(r *precompile.VerifyReport) outputs { return v.outputs(r, ts, o.Modes) })
}

// check refuses flags that cannot be meant together.
func (v *verifyVerb) check() error {
	switch {
	case v.rebuild && v.noRebuild:
		return usagef("--no-rebuild: --rebuild says the opposite")
	case v.noRebuild && v.target.timeoutSet():
		return usagef("--timeout: with --no-rebuild nothing is compiled")
	case v.noRebuild && v.target.kind() != precompile.CompilerAuto:
		return usagef("--compiler: with --no-rebuild nothing is compiled")
	}
	return cmp.Or(v.output.check(), v.target.check(), v.layout.check(len(v.target.python.versions)))
}

// options reads the flags and opens the compilers, which the caller closes.
func (v *verifyVerb) options(ctx context.Context, args []string) (o precompile.VerifyOptions, ts *targets, err error) {
	if err = v.check(); err != nil {
		return o, nil, err
	}
	if o.SourceDateEpoch, err = v.app.epoch(); err != nil {
		return o, nil, err
	}
	if o.Selection, err = v.selection.selection(v.app, args); err != nil {
		return o, nil, hintFolder(v.app, "verify", args, err)
	}
	for _, w := range v.invalidation.values {
		mode, err := pyc.ParseMode(w)
		if err != nil {
			return o, nil, err
		}
		o.Modes = append(o.Modes, mode)
	}
	for _, w := range v.allow.values {
		o.Allow = append(o.Allow, precompile.Verdict(w))
	}
	o.RequireAll = v.requireAll
	o.Optimize = v.layout.optimize.or0()
	o.Layout, o.OutDir = v.layout.parsed(), v.layout.outDir.path
	o.StripPrefix, o.PrependPrefix = v.layout.strip, v.layout.prepend
	o.IgnoreErrors, o.FailFast, o.Jobs = v.run.ignoreErrors, v.run.failFast, v.run.jobs.n
	if ts, err = v.open(ctx, o.Jobs); err != nil {
		return o, nil, err
	}
	if err = v.layout.check(len(ts.list)); err != nil {
		ts.Close()
		return o, nil, err
	}
	for _, t := range ts.list {
		o.Targets = append(o.Targets, precompile.VerifyTarget{Version: t.version, Magic: t.magic, Compiler: t.compiler})
	}
	return o, ts, nil
}

// open decides the versions and, where caches are to be rebuilt, opens a
// compiler for each. Without --rebuild a target that has no compiler on this
// machine is verified without, and that is said; but an --interpreter or a
// --compiler that was asked for must work.
func (v *verifyVerb) open(ctx context.Context, jobs int) (*targets, error) {
	a := v.app
	if v.rebuild || v.target.interpreter.path != "" && !v.noRebuild || v.target.kind() != precompile.CompilerAuto {
		return v.target.open(ctx, a, jobs)
	}
	c, err := v.target.choose(ctx, a)
	if err != nil {
		return nil, err
	}
	ts := &targets{by: c.By}
	for _, version := range c.Versions {
		ts.list = append(ts.list, target{version: version})
	}
	if !v.noRebuild {
		compilers, errs := v.target.openAll(ctx, a, c, jobs)
		for i := range ts.list {
			t := &ts.list[i]
			if errs[i] == nil {
				t.compiler = compilers[i]
				t.version, t.magic = t.compiler.Info().Target, t.compiler.Info().Magic
			} else if ctx.Err() == nil {
				a.notef("the content of caches for Python %s is not compared with their sources: %s", t.version, errs[i])
			}
		}
		if ctx.Err() != nil {
			return nil, errors.Join(ctx.Err(), ts.Close())
		}
	}
	for i := range ts.list {
		if t := &ts.list[i]; t.compiler == nil {
			if t.magic, err = v.target.magicOf(ctx, a, c, t.version); err != nil {
				return nil, errors.Join(err, ts.Close())
			}
		}
	}
	return ts, nil
}

// outputs are how the report can be written.
func (v *verifyVerb) outputs(r *precompile.VerifyReport, ts *targets, modes []pyc.Mode) outputs {
	a := v.app
	m := report.Meta{
		Version: a.version.Version, TargetBy: ts.by, Modes: modes, Optimize: v.layout.optimize.or0(), Interrupted: a.interrupted.Load(),
	}
	return outputs{
		text:   func(t report.Text) (out, errs []byte) { return t.Verify(r, m) },
		github: func() []byte { return report.VerifyGitHub(r, m) },
		json:   func() ([]byte, error) { return report.VerifyJSON(r, m) },
		sarif:  func() ([]byte, error) { return report.VerifySARIF(r, m) },
	}
}

var verifyLong = strings.TrimSpace(`
Check caches against their sources: that each is there and can be read, that its
magic number, invalidation mode and stamp are right and, where a compiler is at
hand, that its code is what the source compiles to. Caches without a source are
found as well. Nothing is written, nothing of a cache is ever run, and nothing is
taken from a memo (PRECOMPILE_CACHE).

A PATH is a folder, a file, a glob, or an archive: .whl, .zip, .pex, .pyz, .egg,
.tar, .tar.gz, .tgz, and whatever is one by its content, as the layers of an
image are. Archives are read in place and never unpacked. The exit code is 0 if
every cache is ok or has a verdict that --allow names.
`)

const verifyExample = `precompile verify ./src
precompile verify --python 3.13 dist/app-1.0-py3-none-any.whl
precompile verify --rebuild --format sarif ./src > precompile.sarif
precompile verify --invalidation unchecked-hash,checked-hash layer.tar.gz
precompile verify --allow orphan,foreign-but-equal /usr/lib/python3.13`

func verifyAppendix() string {
	var b strings.Builder
	b.WriteString("Verdicts:\n\n| verdict | meaning |\n|---|---|\n")
	for _, v := range precompile.Verdicts() {
		b.WriteString("| " + string(v) + " | " + report.Meaning(v) + " |\n")
	}
	return b.String()
}
