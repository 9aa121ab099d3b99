package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/worker"
)

// workerVerb is the name of the verb for build systems.
const workerVerb = "worker"

// persistentFlag is what Bazel starts a persistent worker with.
const persistentFlag = "--persistent_worker"

func newWorker(a *app) *cobra.Command {
	return &cobra.Command{
		Use:               "worker ARGUMENT… | @FILE | " + persistentFlag,
		Short:             "Compile as an action of Bazel, also as a persistent worker",
		Long:              workerLong,
		Example:           workerExample,
		ValidArgsFunction: completePaths,
		Annotations:       map[string]string{appendixAnnotation: workerAppendix()},
		// The arguments are a protocol's: flags in any order, files of them, and
		// whatever a build adds to the start of a worker.
		DisableFlagParsing: true,
		RunE:               func(cmd *cobra.Command, args []string) error { return runWorker(a, cmd, args) },
	}
}

func runWorker(a *app, cmd *cobra.Command, args []string) error {
	if slices.Contains(args, "--help") || slices.Contains(args, "-h") {
		return cmd.Help()
	}
	if len(args) == 0 {
		return usagef("worker: no arguments: name sources by --src, --src_name and --pyc, or a file of arguments by @FILE")
	}
	if manifest, ok := strings.CutPrefix(args[0], "--verify="); ok && len(args) == 1 {
		ctx, done := a.interruptible(cmd)
		defer done()
		return a.verifyManifest(ctx, manifest)
	}
	interpreters, err := a.runfilesInterpreters()
	if err != nil {
		return err
	}
	ctx, done := a.interruptible(cmd)
	defer done()
	o := worker.Options{
		Interpreters: interpreters,
		Open: func(ctx context.Context, o precompile.CompilerOptions) (backend.Compiler, error) {
			o.Getenv = a.getenv
			return a.engine.open(ctx, compilerRequest{CompilerOptions: o})
		},
	}
	if !slices.Contains(args, persistentFlag) {
		e := worker.NewExecutor(o)
		defer e.Close()
		code, output := e.Handle(ctx, worker.WorkRequest{Arguments: args})
		fmt.Fprint(a.stderr, output)
		a.code = code
		return nil
	}
	// What else stands on a worker's command line (--worker_extra_flag) is meant
	// for each of its requests.
	o.Args = slices.DeleteFunc(slices.Clone(args), func(s string) bool { return s == persistentFlag })
	e := worker.NewExecutor(o)
	defer e.Close()
	s := worker.Server{Handle: e.Handle, Log: func(line string) { a.notef("%s", line) }}
	if err := s.Serve(ctx, a.stdin, a.stdout.w); err != nil && ctx.Err() == nil {
		return err
	}
	return nil
}

// interpretersFile lies at the root of the runfiles of a build tool that the
// rules made of this program. It has a line for each interpreter: the version,
// a tab, and a path that is absolute or below the same root.
const interpretersFile = "precompile.interpreters"

func (a *app) runfilesInterpreters() (map[string]string, error) {
	if a.self == "" {
		return nil, nil
	}
	root := a.self + ".runfiles"
	path := filepath.Join(root, interpretersFile)
	if _, err := a.lstat(path); err != nil {
		return nil, nil
	}
	text, err := a.readFile(path)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for line := range strings.Lines(string(text)) {
		version, interpreter, ok := strings.Cut(strings.TrimRight(line, "\n"), "\t")
		if !ok {
			return nil, fmt.Errorf("%s: %s is not a version and a path", diag.Name(path), line)
		}
		if !filepath.IsAbs(interpreter) {
			interpreter = filepath.Join(root, filepath.FromSlash(interpreter))
		}
		out[version] = interpreter
	}
	return out, nil
}

// isWorkerCall reports whether the arguments are those that rules_python calls
// its precompiler with, which has no verbs.
func isWorkerCall(a *app, args []string) bool {
	if slices.Contains(args, persistentFlag) {
		return true
	}
	if !strings.HasPrefix(args[0], "@") || len(args) != 1 {
		return false
	}
	_, err := a.lstat(args[0])
	return err != nil // else it is a file or folder with such a name
}

var workerLong = strings.TrimSpace(`
Compile the sources that the arguments name, to the caches that they name. It is
what build rules call; by hand, precompile compile is the better tool.

The arguments are those of rules_python's precompiler and a few more. @FILE
stands for arguments, one a line. With --persistent_worker, requests of Bazel's
worker protocol come on the standard input, as JSON or as proto, and answers go
to the standard output; arguments beside it are added to every request. Called
with --persistent_worker or a single @FILE, the program needs no verb.

An interpreter is used only if one is named, and the machine is not searched for
one. PRECOMPILE_CACHE is not heeded: a build tool keeps results itself, and an
action may depend on nothing but its inputs. If a source does not compile, no
cache of its request is left.

--verify=MANIFEST, alone, is what the rule pyc_verify_test runs: each cache that
the manifest names is verified against its source.
`)

const workerExample = `precompile worker --python_version 3.13 --optimize 0 --invalidation_mode checked_hash --src a.py --src_name pkg/a.py --pyc out/a.cpython-313.pyc
precompile worker @bazel-out/k8-fastbuild/bin/pkg/lib.params
precompile worker --persistent_worker`

func workerAppendix() string {
	var b strings.Builder
	b.WriteString("Arguments:\n\n| argument | meaning |\n|---|---|\n")
	for _, a := range worker.Arguments() {
		name := "--" + a.Name
		if a.Value != "" {
			name += " " + a.Value
		}
		b.WriteString("| " + name + " | " + a.Help + " |\n")
	}
	return b.String()
}
