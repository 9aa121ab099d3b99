package main

import (
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc/explain"
	"github.com/rules-precompile/precompile/precompile/pyselect"
)

type explainVerb struct {
	app       *app
	target    targetFlags
	output    outputFlags
	path      []string
	level     word
	check     word
	prefix    givenPath
	dontWrite bool
}

func newExplain(a *app) *cobra.Command {
	v := &explainVerb{app: a}
	cmd := &cobra.Command{
		Use:   "explain [flags] MODULE|FILE",
		Short: "Say what importing a module would do, and why: load the cache, compile, or raise",
		Long: "Go through what CPython 3.8 to 3.15 does to import a module, without running it: which entry of the path has the module, as package, extension module, source or source-less cache; where its cache is looked for; each field of the cache's header with what it is compared with; and what comes of it: the cache is loaded, the source compiled and perhaps written back, or an exception raised.\n\n" +
			"For a FILE, a .py or .pyc, it is said what an import that comes to the file does, and whether one by name does come to it.\n\n" +
			"Only the path that is named is searched: not the standard library, site-packages or .pth files. What code does to imports (hooks, sys.path, __path__) is not known, nor whether a source compiles.\n\n" +
			"The exit code is 0 where the import succeeds as far as files decide it, 1 where it raises.",
		Example: "precompile explain --python 3.13 --path src app.models\n" +
			"precompile explain --python 3.13 src/__pycache__/app.cpython-313.pyc\n" +
			"precompile explain --python 3.12 --check-hash-based-pycs always --path /srv/app main",
		ValidArgsFunction: completePaths,
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	v.level = newWord("0", "0", "1", "2")
	v.check = newWord(string(explain.CheckDefault), string(explain.CheckDefault), string(explain.CheckAlways), string(explain.CheckNever))
	inGroup(fs, "Interpreter", func() {
		fs.Var(&v.target.python, "python", "`VERSION`: the Python that imports; without it, the one that compile would take")
		fs.StringArrayVar(&v.path, "path", nil, "`DIR`: an entry of sys.path; may be repeated. By default the current folder, then those of PYTHONPATH")
		fs.VarP(&v.level, "optimize", "O", "`0|1|2`: the number of the interpreter's -O flags")
		fs.Var(&v.check, "check-hash-based-pycs", "`default|always|never`: the interpreter's flag of this name")
		fs.Var(&v.prefix, "cache-prefix", "`DIR`: the root of a tree of caches, as PYTHONPYCACHEPREFIX and -X pycache_prefix name it")
		fs.BoolVarP(&v.dontWrite, "dont-write", "B", false, "the interpreter writes no caches, as its -B and PYTHONDONTWRITEBYTECODE say")
	})
	var series []string
	for _, s := range pyselect.Series() {
		series = append(series, s.String())
	}
	complete(cmd, "python", false, series...)
	complete(cmd, "optimize", false, v.level.words...)
	complete(cmd, "check-hash-based-pycs", false, v.check.words...)
	v.output.registerPlain(cmd)
	return cmd
}

func (v *explainVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	switch {
	case len(args) != 1:
		return usagef("explain takes one module or file, and got %d", len(args))
	case len(v.target.python.versions) > 1:
		return usagef("--python: explain is about one Python, and %d are named", len(v.target.python.versions))
	}
	if err := v.output.checkPlain(); err != nil {
		return err
	}
	c, err := v.target.choose(ctx, v.app)
	if err != nil {
		return err
	}
	if len(c.Versions) != 1 {
		return usagef("explain is about one Python, and %s names %d: say which by --python", diag.Name(c.By), len(c.Versions))
	}
	o := explain.Options{
		Python: c.Versions[0], Path: v.path, Optimize: int(v.level.value[0] - '0'), CheckHash: explain.Check(v.check.value),
		CachePrefix: v.prefix.path, DontWrite: v.dontWrite || v.app.getenv("PYTHONDONTWRITEBYTECODE") != "",
	}
	if o.CachePrefix == "" {
		o.CachePrefix = v.app.getenv("PYTHONPYCACHEPREFIX")
	}
	if len(o.Path) == 0 {
		o.Path = []string{""}
		for _, dir := range filepath.SplitList(v.app.getenv("PYTHONPATH")) {
			if dir != "" {
				o.Path = append(o.Path, dir)
			}
		}
	}
	var r *explain.Result
	if v.isFile(args[0]) {
		r, err = explain.File(args[0], o)
	} else {
		r, err = explain.Import(args[0], o)
	}
	if err != nil {
		return usagef("%s", err)
	}
	if !r.OK() {
		v.app.code = exitFailed
	}
	return v.output.print(v.app, func() string { return r.Text(v.output.colored(v.app, v.app.stdout)) }, r.JSON)
}

// isFile tells a path from the name of a module: "a.py" is a path if there is
// such a file.
func (v *explainVerb) isFile(arg string) bool {
	if strings.ContainsAny(arg, `/\`) {
		return true
	}
	if !strings.HasSuffix(arg, ".py") && !strings.HasSuffix(arg, ".pyc") {
		return false
	}
	_, err := v.app.lstat(arg)
	return err == nil
}
