package main

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/report"
)

type checkVerb struct {
	app       *app
	python    versionList
	selection selectionFlags
	run       runFlags
	output    outputFlags
}

func newCheck(a *app) *cobra.Command {
	v := &checkVerb{app: a}
	cmd := &cobra.Command{
		Use:               "check [flags] PATH…",
		Short:             "Check the syntax of sources for several Pythons at once",
		Long:              checkLong,
		Example:           checkExample,
		ValidArgsFunction: completePaths,
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	inGroup(fs, "Target", func() {
		fs.Var(&v.python, "python", "`VERSION,…`: the Pythons to check for, 3.11 to 3.15; without it all of them, each in its newest release")
	})
	complete(cmd, "python", true, "3.11", "3.12", "3.13", "3.14", "3.15")
	v.selection.register(fs)
	v.run.register(cmd)
	v.output.register(cmd)
	return cmd
}

func (v *checkVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	if err := v.output.check(); err != nil {
		return err
	}
	o := precompile.CheckOptions{IgnoreErrors: v.run.ignoreErrors, FailFast: v.run.failFast, Jobs: v.run.jobs.n}
	by := ""
	if len(v.python.versions) > 0 {
		by = "--python"
		for _, version := range v.python.versions {
			if version.Implementation != pyc.CPython {
				return usagef("--python: check knows the rules of CPython, and %s is none", version)
			}
			o.Targets = append(o.Targets, version)
		}
	}
	var err error
	if o.Selection, err = v.selection.selection(v.app, args); err != nil {
		return hintFolder(v.app, "check", args, err)
	}
	return perform(v.app, &v.output, func(progress func(precompile.Progress)) (*precompile.CheckReport, error) {
		o.Progress = progress
		return v.app.engine.check(ctx, o)
	}, func(r *precompile.CheckReport) outputs {
		m := report.Meta{Version: v.app.version.Version, TargetBy: by, Interrupted: v.app.interrupted.Load()}
		return outputs{
			text:   func(t report.Text) (out, errs []byte) { return t.Check(r, m) },
			github: func() []byte { return report.CheckGitHub(r, m) },
			json:   func() ([]byte, error) { return report.CheckJSON(r, m) },
			sarif:  func() ([]byte, error) { return report.CheckSARIF(r, m) },
		}
	})
}

var checkLong = strings.TrimSpace(`
Check sources against the rules of several Pythons at once, with no Python on
the machine: what each one's compiler would refuse or warn of, in its words and
at its place. Nothing is written.

A finding that not all of the Pythons have says which do. Warnings fail nothing;
the exit code is 1 if any Python would refuse any source.
`)

const checkExample = `precompile check ./src
precompile check --python 3.11,3.14 --format github ./src
git ls-files -z '*.py' | precompile check --files-from - --null`
