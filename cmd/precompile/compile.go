package main

import (
	"cmp"
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/report"
)

type compileVerb struct {
	app          *app
	target       targetFlags
	selection    selectionFlags
	layout       layoutFlags
	run          runFlags
	memo         memoFlags
	output       outputFlags
	invalidation word
	deleteSource bool
	force        bool
	prune        bool
}

func newCompile(a *app) *cobra.Command {
	v := &compileVerb{app: a}
	cmd := &cobra.Command{
		Use:               "compile [flags] PATH…",
		Short:             "Compile sources to .pyc files",
		Long:              compileLong,
		Example:           compileExample,
		ValidArgsFunction: completePaths,
		Annotations:       map[string]string{appendixAnnotation: compileAppendix},
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	v.target.register(cmd)
	v.invalidation = newWord(pyc.CheckedHash.String(), modeWords()...)
	inGroup(fs, "Caches", func() {
		fs.Var(&v.invalidation, "invalidation", "`MODE`: how an import checks a cache, checked-hash, unchecked-hash or timestamp: by the source's hash, not at all, or by the source's time and size (PEP 552). The first two give the same bytes on every machine")
	})
	v.layout.register(cmd)
	inGroup(fs, "Caches", func() {
		fs.BoolVar(&v.deleteSource, "delete-source", false, "remove each source once its cache is in place; with --layout legacy and without --out-dir only")
		fs.BoolVar(&v.force, "force", false, "compile what is up to date as well")
		fs.BoolVar(&v.prune, "prune", false, "remove caches from the named folders whose source is gone")
	})
	complete(cmd, "invalidation", false, v.invalidation.words...)
	v.selection.register(fs)
	v.run.register(cmd)
	v.memo.register(cmd)
	v.output.register(cmd)
	return cmd
}

func modeWords() []string {
	return []string{pyc.CheckedHash.String(), pyc.UncheckedHash.String(), pyc.Timestamp.String()}
}

func (v *compileVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	o, ts, err := v.options(ctx, args)
	if err != nil {
		return err
	}
	defer ts.Close()
	defer closeMemo(o.Memo)
	return perform(v.app, &v.output, func(progress func(precompile.Progress)) (*precompile.Report, error) {
		o.Progress = progress
		return v.app.engine.run(ctx, o)
	}, func(r *precompile.Report) outputs { return v.outputs(r, ts, o.Mode) })
}

// check refuses flags that cannot be meant together.
func (v *compileVerb) check(args []string) error {
	legacy := v.layout.parsed() == precompile.LayoutLegacy
	switch {
	case v.deleteSource && !legacy:
		return usagef("--delete-source: nothing could be imported from __pycache__ without the sources; use --layout legacy")
	case v.deleteSource && v.layout.outDir.path != "":
		return usagef("--delete-source: with --out-dir the caches are not where the sources were, so nothing could be imported")
	case v.prune && legacy:
		return usagef("--prune: a cache without a source is what --layout legacy is for")
	case v.prune && len(args) == 0:
		return usagef("--prune: it needs a folder to look through, and there is no PATH")
	}
	return cmp.Or(v.output.check(), v.target.check(), v.layout.check(len(v.target.python.versions)))
}

// options reads the flags and opens the compilers, which the caller closes.
func (v *compileVerb) options(ctx context.Context, args []string) (o precompile.Options, ts *targets, err error) {
	if err = v.check(args); err != nil {
		return o, nil, err
	}
	if o.SourceDateEpoch, err = v.app.epoch(); err != nil {
		return o, nil, err
	}
	if o.Selection, err = v.selection.selection(v.app, args); err != nil {
		return o, nil, hintFolder(v.app, defaultVerb, args, err)
	}
	if o.Mode, err = pyc.ParseMode(v.invalidation.value); err != nil {
		return o, nil, err
	}
	o.Optimize = v.layout.optimize.or0()
	o.Layout, o.OutDir = v.layout.parsed(), v.layout.outDir.path
	o.StripPrefix, o.PrependPrefix = v.layout.strip, v.layout.prepend
	o.DeleteSource, o.Force, o.Prune = v.deleteSource, v.force, v.prune
	o.IgnoreErrors, o.FailFast, o.Jobs = v.run.ignoreErrors, v.run.failFast, v.run.jobs.n
	if ts, err = v.target.open(ctx, v.app, o.Jobs); err != nil {
		return o, nil, err
	}
	if err = v.layout.check(len(ts.list)); err != nil {
		ts.Close()
		return o, nil, err
	}
	o.Compilers = ts.compilers()
	if o.Memo, err = v.memo.open(v.app); err != nil {
		ts.Close()
		return o, nil, err
	}
	return o, ts, nil
}

// outputs are how the report can be written.
func (v *compileVerb) outputs(r *precompile.Report, ts *targets, mode pyc.Mode) outputs {
	a := v.app
	m := report.Meta{
		Version: a.version.Version, TargetBy: ts.by, Modes: []pyc.Mode{mode}, Optimize: v.layout.optimize.or0(),
		Interrupted: a.interrupted.Load(),
	}
	return outputs{
		text:   func(t report.Text) (out, errs []byte) { return t.Run(r, m) },
		github: func() []byte { return report.RunGitHub(r, m) },
		json:   func() ([]byte, error) { return report.RunJSON(r, m) },
		sarif:  func() ([]byte, error) { return report.RunSARIF(r, m) },
	}
}

var compileLong = strings.TrimSpace(`
Compile Python sources to .pyc files. A PATH is a folder, a file, or a glob in
which ** spans folders; below a folder every *.py is compiled, but for what is
in hidden folders, __pycache__ and node_modules. Links are not followed out of
the folder that was named.

A cache whose header already says what this run would write is left alone, and
one whose bytes would not change is not written again. The rest is written to a
temporary file and renamed into place, with the permissions of the source.

With --cache-dir, what is to be compiled is looked for among what was compiled
before, in any folder and by any run: the key is a digest of the source, the name
that is compiled in, the level, the compiler and this program.

Every source is tried. Faults are told at the end, sorted by path, and the exit
code is then 1. A warning of the compiler is shown and fails nothing.
`)

const compileExample = `precompile ./src                                   # the target that .python-version names
precompile --python 3.13 /usr/lib/python3/dist-packages
precompile --python 3.13,3.14 -O 0,2 ./src
precompile 'src/**/[!_]*.py' --exclude tests
precompile --cache-dir ~/.cache/precompile ./src     # compile each content once
git ls-files -z '*.py' | precompile --files-from - --null
precompile --invalidation unchecked-hash --strip-prefix build/root --prepend-prefix / build/root/app
precompile --layout legacy --delete-source ./dist    # ship without sources`

// compileAppendix is for those who come from compileall.
const compileAppendix = `From compileall:

| compileall | precompile |
|---|---|
| -l | --no-recurse |
| -r N | --exclude with N + 2 stars: --exclude '*/*/*' is -r 1 |
| -f | --force |
| -q, -qq | -q |
| -b | --layout legacy |
| -s DIR, -p DIR | --strip-prefix DIR, --prepend-prefix DIR |
| -d DIR | --strip-prefix PATH --prepend-prefix DIR |
| -x REGEX | --exclude GLOB |
| -i FILE | --files-from FILE |
| -j N | -j N; also for files that are named one by one |
| -o LEVEL | -O LEVEL, or -O 0,1,2 |
| -e DIR | the default: links do not lead out of the folder that was named |
| --hardlink-dupes | none: each level is a file of its own |
| --invalidation-mode MODE | --invalidation MODE; the default is checked-hash, and a cache in another mode is written anew |
`
