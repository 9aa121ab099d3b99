package main

import (
	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile/pyc/pycdiff"
)

type diffVerb struct {
	app     *app
	output  outputFlags
	equal   word
	context int
	all     bool
}

// The words of --equal.
const (
	equalBytes = "bytes"
	equalCode  = "code"
)

func newDiff(a *app) *cobra.Command {
	v := &diffVerb{app: a}
	cmd := &cobra.Command{
		Use:   "diff [flags] A B",
		Short: "Show how two caches differ, or the caches of folders, wheels or layers",
		Long: "Compare two .pyc files; or the .pyc files of two folders, wheels, zips or tars, by their names in these. No Python is run.\n\n" +
			"Of each two it is said whether the bytes differ; if so whether the headers do, and in what; whether the marshal form of equal code does, and how (see verify --help for the classes); or the code, then in which field of which code object first, with the instructions around the first that differs side by side.\n\n" +
			"The exit code is 0 where there is no difference, 1 where there is one.",
		Example: "precompile diff a.cpython-313.pyc b.cpython-313.pyc\n" +
			"precompile diff --equal code build1/site-packages build2/site-packages\n" +
			"precompile diff layer1.tar.gz layer2.tar.gz",
		ValidArgsFunction: completePaths,
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	v.equal = newWord(equalBytes, equalBytes, equalCode)
	inGroup(fs, "Comparison", func() {
		fs.Var(&v.equal, "equal", "`bytes|code`: what counts as no difference: the same bytes; or equal code objects, whatever the header and the marshal form")
		fs.IntVar(&v.context, "context", 3, "`N`: how many instructions are shown before and after those that differ (default 3)")
		fs.BoolVar(&v.all, "all", false, "list the caches that do not differ as well")
	})
	complete(cmd, "equal", false, v.equal.words...)
	v.output.registerPlain(cmd)
	return cmd
}

func (v *diffVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	switch {
	case len(args) != 2:
		return usagef("diff takes two paths, and got %d", len(args))
	case v.context < 0 || v.context > 1000:
		return usagef("--context: %d is not between 0 and 1000", v.context)
	}
	if err := v.output.checkPlain(); err != nil {
		return err
	}
	codeOnly := v.equal.value == equalCode
	r, err := pycdiff.Paths(ctx, args[0], args[1], pycdiff.Options{Context: v.context, All: v.all, CodeOnly: codeOnly && !v.all})
	if err != nil {
		return usagef("%s", err)
	}
	if !r.OK(codeOnly) {
		v.app.code = exitFailed
	}
	out := v.app.stdout
	return v.output.print(v.app, func() string { return r.Text(out.width(), v.output.colored(v.app, out)) }, r.JSON)
}
