package main

import (
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
)

// layoutFlags say where caches are and what is compiled into them.
type layoutFlags struct {
	layout         word
	outDir         givenPath
	strip, prepend string
	optimize       levelList
}

func (f *layoutFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.layout = newWord("pycache", "pycache", "legacy")
	inGroup(fs, "Caches", func() {
		fs.VarP(&f.optimize, "optimize", "O", "`0,1,2`: optimise levels: 1 drops asserts, 2 docstrings as well; .opt-1 and .opt-2 stand in the names (PEP 488). Default 0")
		fs.Var(&f.layout, "layout", "`pycache|legacy`: where caches are: __pycache__ folders (PEP 3147), or a.pyc beside a.py for source-less distribution, which holds one target and level")
		fs.Var(&f.outDir, "out-dir", "have caches below `DIR` instead of beside the sources: with --layout pycache a mirror of the file system, as PYTHONPYCACHEPREFIX=DIR looks for them; with legacy a mirror of the named folders")
		fs.StringVar(&f.strip, "strip-prefix", "", "take the folder `PREFIX` off the path that is compiled in (co_filename); by default it is the path as given")
		fs.StringVar(&f.prepend, "prepend-prefix", "", "put the folder `PREFIX` before the path that is compiled in, after --strip-prefix")
	})
	complete(cmd, "optimize", true, "0", "1", "2")
	complete(cmd, "layout", false, f.layout.words...)
}

func (f *layoutFlags) parsed() precompile.Layout {
	l, err := precompile.ParseLayout(f.layout.value)
	if err != nil {
		panic(err) // the flag takes no other word
	}
	return l
}

// check refuses what the layout cannot hold.
func (f *layoutFlags) check(targets int) error {
	if f.parsed() != precompile.LayoutLegacy {
		return nil
	}
	switch {
	case len(f.optimize.or0()) > 1:
		return usagef("--layout legacy: a.pyc holds one optimise level, and -O names %d", len(f.optimize.levels))
	case targets > 1:
		return usagef("--layout legacy: a.pyc holds one target, and there are %d", targets)
	}
	return nil
}

// runFlags say how the work is done.
type runFlags struct {
	jobs         count
	ignoreErrors []string
	failFast     bool
}

func (f *runFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	inGroup(fs, "Run", func() {
		fs.VarP(&f.jobs, "jobs", "j", "work on `N` files at once (default: the CPUs that this process may use)")
		fs.StringArrayVar(&f.ignoreErrors, "ignore-errors", nil, "tolerate faults of the sources that match `GLOB`; may be repeated")
		fs.BoolVar(&f.failFast, "fail-fast", false, "stop at the first fault")
	})
}

// epoch reads SOURCE_DATE_EPOCH.
func (a *app) epoch() (*time.Time, error) {
	const name = "SOURCE_DATE_EPOCH"
	s := a.getenv(name)
	if s == "" {
		return nil, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 || s != strconv.FormatInt(n, 10) {
		return nil, usagef("%s is %q: want seconds since 1970, in digits alone", name, s)
	}
	// The year 9999: file systems and archives go no further.
	const latest = 253402300799
	if n > latest {
		return nil, usagef("%s is %s: that is after the year 9999", name, s)
	}
	t := time.Unix(n, 0).UTC()
	return &t, nil
}
