// Bench measures precompile against Python and uv, all of them in the same run:
//
//	go run ./bench                         everything below
//	go run ./bench core                    the embedded compiler on one core against compile() and marshal.dumps
//	go run ./bench small                   one small file: precompile against python -m py_compile
//	go run ./bench race                    whole commands: precompile, compileall and uv over the same files
//	go run ./bench race -python 3.14 -n 7
//	go run ./bench race -files DIR -copies 5    any folder, several times over
//	go run ./bench memory                  the peak memory of a run over 10,000 files
//	go run ./bench profile                 make cmd/precompile/default.pgo, the profile that builds are optimised by
//
// What is compared takes turns (A B C, A B C, …) from the same starting point, and
// what is printed is the median of each and the median of the ratios of one
// turn, so that a machine that slows down meanwhile slows all of them down.
//
// Core takes the processor time of one pass over the standard library of 3.13 and
// of 3.14, each in a process of its own that has read the sources before: source to
// marshalled bytes, nothing else. Small and race take the time on the clock of whole
// commands. uv's compile step has no command of its own: what is timed is the
// installation of the files, as a wheel, with --compile-bytecode, less the same
// installation without.
//
// The command is built as it is released, without cgo and with its profile. Profile
// can be looked at with go tool pprof -top cmd/precompile/default.pgo.
//
// Figures are printed, never judged.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// series are those that the embedded compiler is measured for.
var series = [...]string{"3.13", "3.14"}

func run(ctx context.Context, args []string) error {
	what := ""
	if len(args) > 0 && !strings.HasPrefix(args[0], "-") {
		what, args = args[0], args[1:]
	}
	if what == passCommand {
		return pass(args)
	}
	var (
		flags   = flag.NewFlagSet("bench", flag.ExitOnError)
		version = flags.String("python", "3.13", "race, small, memory: series `X.Y` of the interpreter, which must be on PATH or in pyenv")
		path    = flags.String("interpreter", "", "race, small, memory: `PATH` of the interpreter, instead of finding it")
		files   = flags.String("files", "", "race, memory: `DIR` with the files to compile (default: the interpreter's standard library)")
		copies  = flags.Int("copies", 1, "race: how many copies of the files to compile")
		n       = flags.Int("n", 5, "turns")
		jobs    = flags.Int("j", runtime.GOMAXPROCS(0), "race, memory: workers")
		extra   = flags.String("flags", "", "race: further flags for precompile, between blanks")
		uv      = flags.String("uv", "uv", "race: uv's `PATH`; empty: leave uv out")
		out     = flags.String("o", filepath.FromSlash(profilePath), "profile: `FILE` to write")
	)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("what is %q?", flags.Args())
	}
	dir, err := os.MkdirTemp("", "precompile-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{series: *version, dir: dir, extra: strings.Fields(*extra), jobs: *jobs, uv: *uv, files: *files}
	steps := map[string][]func() error{
		"core":    {func() error { return b.core(ctx, *n) }},
		"small":   {func() error { return b.small(ctx, 4**n) }},
		"race":    {func() error { return b.race(ctx, *copies, *n) }},
		"memory":  {func() error { return b.memory(ctx) }},
		"profile": {func() error { return profile(ctx, *out, *n) }},
	}
	for _, step := range []string{"core", "small", "race", "memory"} {
		steps[""] = append(steps[""], steps[step]...)
	}
	if steps[what] == nil {
		return fmt.Errorf("%q is nothing to measure: want core, small, race, memory or profile", what)
	}
	if what == "profile" {
		return steps[what][0]()
	}
	if err := b.build(ctx, *path); err != nil {
		return err
	}
	for _, step := range steps[what] {
		if err := step(); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}

// bench is what the measurements have in common.
type bench struct {
	series   string // "3.13"
	python   python
	embedded bool   // the embedded compiler covers the interpreter's release
	dir      string // scratch
	tool     string // the command under test
	self     string // this program, optimised by the profile as the command is
	uv       string // or empty
	extra    []string
	files    string // or empty
	venv     string
	tree     string // site-packages of venv: what everybody compiles
	jobs     int
}

// build builds the command and finds the interpreter.
func (b *bench) build(ctx context.Context, interpreter string) (err error) {
	if interpreter == "" {
		if interpreter, err = findPython(b.series); err != nil {
			return err
		}
	}
	if b.python, err = ask(ctx, interpreter); err != nil {
		return err
	}
	if b.files == "" {
		b.files = b.python.stdlib
	}
	b.tool, b.self = filepath.Join(b.dir, "precompile"), filepath.Join(b.dir, "bench")
	for _, args := range [][]string{
		{b.tool, "./cmd/precompile"}, {b.self, "-pgo", filepath.FromSlash(profilePath), "./bench"},
	} {
		if err := goBuild(ctx, args[0], args[1:]); err != nil {
			return err
		}
	}
	probe := exec.CommandContext(ctx, b.tool, "compile", "-q", "--compiler", "embedded", "--python", b.python.release, b.dir)
	_ = probe.Run()
	b.embedded = probe.ProcessState.ExitCode() != 2
	return ctx.Err()
}

// goBuild builds a program and puts it in its place as an installation does, by writing
// its bytes. The linker writes through a mapping, whose pages the kernel keeps one by
// one: a program in them takes a fifth longer to start until it is read from a disk.
func goBuild(ctx context.Context, place string, args []string) error {
	linked := place + ".linked"
	cmd := exec.CommandContext(ctx, "go", append([]string{"build", "-o", linked}, args...)...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%v (run this from the repository's root): %w\n%s", cmd.Args, err, out)
	}
	data, err := os.ReadFile(linked)
	if err != nil {
		return err
	}
	return errors.Join(os.WriteFile(place, data, 0o755), os.Remove(linked))
}
