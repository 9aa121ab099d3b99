package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/dis"
)

type inspectVerb struct {
	app        *app
	target     targetFlags
	output     outputFlags
	level      word
	stage      word
	dis        bool
	showCaches bool
	offsets    bool
	positions  bool
	codes      []string
	limit      int
}

// The words of --stage: what a compiler makes of a source, one after another.
const (
	stageTokens       = "tokens"
	stageAST          = "ast"
	stageSymtable     = "symtable"
	stageInstructions = "instructions"
	stageCFG          = "cfg"
	stageCode         = "code"
)

func newInspect(a *app) *cobra.Command {
	v := &inspectVerb{app: a}
	cmd := &cobra.Command{
		Use:   "inspect [flags] FILE…",
		Short: "Show what is in a cache: header, code objects, instructions",
		Long: "Show what is in .pyc files of CPython 3.8 to 3.15, read from the file alone: no Python is run, and nothing in the file is. " +
			"A .py file is compiled first, as compile does.\n\n" +
			"The header is shown with its flags in words, then each code object with its fields, and with --dis its instructions: what the version's own dis module gives of them, with labels for the targets of jumps, the lines, and the exception table. " +
			"Bytes that are no instruction of the version, and forms that only an interpreter's memory has, are named as such. " +
			"Of PyPy's caches the instructions are not decoded.",
		Example: "precompile inspect src/__pycache__/app.cpython-313.pyc\n" +
			"precompile inspect --dis --code 'App.run' src/app.py --python 3.14\n" +
			"precompile inspect --dis --color always app.pyc | less -R\n" +
			"precompile inspect --format json --dis app.pyc",
		ValidArgsFunction: completePaths,
		RunE:              v.main,
	}
	fs := cmd.Flags()
	fs.SortFlags = false
	v.level = newWord("0", "0", "1", "2")
	v.stage = newWord(stageCode, stageTokens, stageAST, stageSymtable, stageInstructions, stageCFG, stageCode)
	inGroup(fs, "What is shown", func() {
		fs.BoolVar(&v.dis, "dis", false, "the instructions of each code object as well")
		fs.BoolVar(&v.showCaches, "show-caches", false, "the inline caches under their instructions; implies --dis")
		fs.BoolVar(&v.offsets, "offsets", false, "the offset of each instruction; implies --dis")
		fs.BoolVar(&v.positions, "positions", false, "full source ranges, LINE:COL-ENDLINE:ENDCOL, instead of lines (3.11 and later); implies --dis")
		fs.StringArrayVar(&v.codes, "code", nil, "`NAME`: only the code objects that are called so, in full (\"App.run\") or by the last part; may be repeated")
		fs.IntVar(&v.limit, "limit", dis.DefaultLimit, "`N`: how many bytes of a constant are shown (default 200); 0 shows all")
		fs.Var(&v.stage, "stage", "`tokens|ast|symtable|instructions|cfg|code`: what the compiler makes of a .py on the way; code is --dis")
	})
	complete(cmd, "stage", false, v.stage.words...)
	v.target.register(cmd)
	inGroup(fs, "Target", func() {
		fs.VarP(&v.level, "optimize", "O", "`0|1|2`: the level at which a .py is compiled")
	})
	complete(cmd, "optimize", false, v.level.words...)
	v.output.registerPlain(cmd)
	return cmd
}

func (v *inspectVerb) check(args []string) error {
	switch {
	case len(args) == 0:
		return usagef("no FILE: name .pyc or .py files")
	case v.limit < 0:
		return usagef("--limit: %d is less than 0", v.limit)
	case len(v.target.python.versions) > 1:
		return usagef("--python: inspect compiles for one version, and %d are named", len(v.target.python.versions))
	case v.output.color.value == always && v.output.format.value != formatText:
		return usagef("--color always: --format %s has no colours", v.output.format.value)
	}
	if v.stage.value != stageCode {
		for _, path := range args {
			if !strings.HasSuffix(path, ".py") {
				return usagef("--stage %s: %s is not a .py file, and a cache has none of what came before its code", v.stage.value, diag.Name(path))
			}
		}
		switch {
		case v.output.format.value != formatText:
			return usagef("--stage %s: it is text; there is no --format %s of it", v.stage.value, v.output.format.value)
		case v.dis || v.showCaches || v.offsets || v.positions || len(v.codes) > 0:
			return usagef("--stage %s: --dis, --show-caches, --offsets, --positions and --code are about --stage code", v.stage.value)
		case v.target.kind() == precompile.CompilerCPython || v.target.interpreter.path != "":
			return usagef("--stage %s: only the embedded compiler shows its stages", v.stage.value)
		}
	}
	return v.target.check()
}

func (v *inspectVerb) main(cmd *cobra.Command, args []string) error {
	ctx, done := v.app.interruptible(cmd)
	defer done()
	if err := v.check(args); err != nil {
		return err
	}
	if v.stage.value != stageCode {
		return v.stages(ctx, args)
	}
	var ts *targets
	defer func() {
		if ts != nil {
			ts.Close()
		}
	}()
	o := dis.Options{
		Dis:        v.dis || v.showCaches || v.offsets || v.positions || cmd.Flags().Changed("stage"),
		ShowCaches: v.showCaches, Offsets: v.offsets, Positions: v.positions, Limit: v.limit,
		Color: v.output.colored(v.app, v.app.stdout),
	}
	if v.limit == 0 {
		o.Limit = -1
	}
	var reader dis.Reader
	if len(args) > 1 {
		// The memory of one file is used again for the next, so that a collection
		// finds little: let it come rarely.
		defer debug.SetGCPercent(debug.SetGCPercent(400))
	}
	text := v.output.format.value == formatText
	if !text {
		io.WriteString(v.app.stdout, "{\"schema_version\":1,\"kind\":\"inspect\",\"files\":[\n")
	}
	for i, path := range args {
		data, how, err := v.read(ctx, path, &ts)
		var usage *usageError
		if errors.As(err, &usage) || ctx.Err() != nil {
			return err
		}
		if err != nil {
			v.app.code = exitFailed
			v.app.complain(err)
		}
		var f *dis.File
		readErr := err
		if err == nil {
			if f, readErr = reader.Read(data); readErr != nil {
				v.app.code = exitFailed
				v.app.complain(fmt.Errorf("%s: %w", diag.Name(path), readErr))
			}
		}
		matched := false
		if len(v.codes) > 0 {
			o.Only = func(n dis.Node) bool {
				ok := v.wanted(n)
				matched = matched || ok
				return ok
			}
		}
		if text {
			if i > 0 {
				io.WriteString(v.app.stdout, "\n")
			}
			err = v.text(path, how, f, o)
		} else {
			if i > 0 {
				io.WriteString(v.app.stdout, ",")
			}
			err = dis.WriteJSON(v.app.stdout, path, f, readErr, o)
		}
		if err != nil {
			return err
		}
		if f != nil && f.Root != nil && len(v.codes) > 0 && !matched {
			v.app.code = exitFailed
			v.app.complain(fmt.Errorf("%s: no code object is called %s", diag.Name(path), diag.Line(strings.Join(v.codes, " or "))))
		}
	}
	if !text {
		io.WriteString(v.app.stdout, "]}\n")
	}
	return nil
}

func (v *inspectVerb) text(path, how string, f *dis.File, o dis.Options) error {
	head := diag.Name(path)
	if how != "" {
		head += " (" + how + ")"
	}
	if o.Color {
		head = "\x1b[1m" + head + "\x1b[0m"
	}
	fmt.Fprintln(v.app.stdout, head)
	if f == nil {
		return nil
	}
	return dis.WriteText(v.app.stdout, f, o)
}

// stages shows what the embedded compiler makes of sources on the way.
func (v *inspectVerb) stages(ctx context.Context, args []string) error {
	choice, err := v.target.choose(ctx, v.app)
	if err != nil {
		return err
	}
	if len(choice.Versions) != 1 {
		return usagef("inspect is about one version, and %s names %d: say which by --python", choice.By, len(choice.Versions))
	}
	version := choice.Versions[0]
	c, err := compiler.New(version)
	if err != nil {
		return usagef("--stage %s: the embedded compiler does not serve Python %s: %s", v.stage.value, version, err)
	}
	for i, path := range args {
		data, err := v.app.readFile(path)
		if err != nil {
			err = fmt.Errorf("%s: %s", diag.Name(path), cause(err))
		} else {
			if len(args) > 1 {
				if i > 0 {
					io.WriteString(v.app.stdout, "\n")
				}
				io.WriteString(v.app.stdout, diag.Name(path)+"\n")
			}
			var text []byte
			text, err = c.ShowStage(compiler.Stage(v.stage.value), data, path, int(v.level.value[0]-'0'))
			v.app.stdout.put(text)
			var d *diag.Diagnostic
			if errors.As(err, &d) {
				d.Path = path
			}
		}
		if err != nil {
			v.app.code = exitFailed
			v.app.complain(err)
		}
	}
	return nil
}

// wanted reports whether --code names n.
func (v *inspectVerb) wanted(n dis.Node) bool {
	for _, c := range v.codes {
		if n.Path == c || strings.HasSuffix(n.Path, "."+c) {
			return true
		}
	}
	return false
}

// read reads a cache, or compiles a source; how says by whom.
func (v *inspectVerb) read(ctx context.Context, path string, ts **targets) (data []byte, how string, err error) {
	if path == "-" {
		data, err = io.ReadAll(v.app.stdin)
	} else {
		data, err = v.app.readFile(path)
	}
	if err != nil {
		return nil, "", fmt.Errorf("%s: %s", diag.Name(path), cause(err))
	}
	if !strings.HasSuffix(path, ".py") {
		return data, "", nil
	}
	if *ts == nil {
		if *ts, err = v.target.open(ctx, v.app, 1); err != nil {
			return nil, "", err
		}
		if len((*ts).list) != 1 {
			return nil, "", usagef("inspect compiles for one version, and %s names %d: say which by --python", (*ts).by, len((*ts).list))
		}
	}
	c := (*ts).list[0].compiler
	r, err := c.Compile(ctx, backend.Request{Source: data, Filename: path, Optimize: int(v.level.value[0] - '0')})
	var d *diag.Diagnostic
	switch {
	case errors.As(err, &d):
		d.Path = path
		return nil, "", d
	case err != nil:
		return nil, "", fmt.Errorf("%s: %w", diag.Name(path), err)
	}
	info := c.Info()
	h := pyc.NewHeader(info.Magic, pyc.CheckedHash, data, pyc.SourceStamp{})
	return append(h.Append(nil), r.Code...), fmt.Sprintf("compiled for Python %s by %s", info.Target, info.Name), nil
}
