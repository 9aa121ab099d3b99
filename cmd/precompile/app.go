package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// The exit codes. help.go documents them.
const (
	exitOK          = 0
	exitFailed      = 1 // some files failed, or verify found something
	exitUsage       = 2 // a flag, a variable, or no compiler for the target
	exitInternal    = 3
	exitInterrupted = 130 // 128 + SIGINT, as shells have it; of SIGTERM as well
)

// app is the world that a verb runs in. Everything that a verb reads of it
// beside the sources goes through here, so that tests can give it another.
type app struct {
	stdin          io.Reader
	stdout, stderr *stream
	getenv         func(string) string
	lookPath       func(string) (string, error)
	readFile       func(string) ([]byte, error)
	lstat          func(string) (fs.FileInfo, error)
	getwd          func() (string, error)
	engine         engine
	version        versionInfo
	// self is the path by which the program was started.
	self string

	// exits says that the process ends with the run, so that the signals that it
	// catches need not be given back: that takes longer than a small file.
	exits bool
	// early catches signals from before the verb is ready to heed them, or is nil.
	early *catcher

	// code is what the verb that ran wants the exit code to be.
	code int
	// interrupted is set by the first signal.
	interrupted atomic.Bool
}

func newApp(stdin io.Reader, stdout, stderr io.Writer) *app {
	return &app{
		stdin: stdin, stdout: &stream{w: stdout}, stderr: &stream{w: stderr},
		getenv: os.Getenv, lookPath: exec.LookPath, readFile: os.ReadFile, lstat: os.Lstat, getwd: os.Getwd,
		engine: realEngine(), version: buildVersion(), self: os.Args[0],
	}
}

// usageError is a fault of the command line or the environment: nothing was
// done, and the exit code is exitUsage.
type usageError struct {
	message string
	// verb is what --help of is suggested.
	verb string
}

func (e *usageError) Error() string { return e.message }

func usagef(format string, args ...any) error {
	return &usageError{message: fmt.Sprintf(format, args...)}
}

// run is the program.
func (a *app) run(args []string) (code int) {
	defer a.catchBrokenPipes()()
	defer func() {
		if r := recover(); r != nil {
			fmt.Fprintf(a.stderr, "precompile: internal error: %v\n%s", r, debug.Stack())
			code = exitInternal
		}
	}()
	return a.exitCode(a.execute(args))
}

func (a *app) execute(args []string) error {
	if len(args) == 0 {
		fmt.Fprint(a.stderr, helpText(newRoot(a), a.stderr.width()))
		a.code = exitUsage
		return nil
	}
	args, err := a.route(args)
	if err != nil {
		return err
	}
	if a.exits && slices.ContainsFunc(verbs(), func(v verb) bool { return v.works && v.name == args[0] }) {
		a.early = catchInterrupts()
	}
	root := newRootFor(a, args[0])
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteC()
	var usage *usageError
	if errors.As(err, &usage) && usage.verb == "" && cmd != root {
		usage.verb = cmd.Name()
	}
	return err
}

// exitCode reports the error that ended the run, if any, and says how the
// process ends.
func (a *app) exitCode(err error) int {
	var (
		usage   *usageError
		options *precompile.OptionsError
	)
	switch {
	case a.interrupted.Load():
		return exitInterrupted
	case errors.As(err, &usage):
		a.complain(err)
		verb := ""
		if usage.verb != "" {
			verb = " " + usage.verb
		}
		fmt.Fprintf(a.stderr, "Run 'precompile%s --help' for usage.\n", verb)
		return exitUsage
	case errors.As(err, &options):
		a.complain(err)
		return exitUsage
	case err != nil:
		a.complain(err)
		return exitInternal
	case a.stdout.failed() != nil:
		a.complain(fmt.Errorf("standard output: %w", a.stdout.failed()))
		return exitInternal
	}
	return a.code
}

// complain writes an error for a person: its lines, each safe to show.
func (a *app) complain(err error) {
	fmt.Fprintf(a.stderr, "precompile: %s\n", diagLines(err.Error()))
}

// notef writes a remark to the standard error.
func (a *app) notef(format string, args ...any) {
	fmt.Fprintf(a.stderr, "precompile: %s\n", diagLines(fmt.Sprintf(format, args...)))
}

// interruptible returns a context that ends with the first SIGINT or SIGTERM.
// The second has its usual effect, for those who do not want to wait until
// temporary files are gone.
func (a *app) interruptible(cmd *cobra.Command) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(cmd.Context())
	c := a.early
	if c == nil {
		c = catchInterrupts()
	}
	<-c.ready
	finished := make(chan struct{})
	go func() {
		select {
		case <-c.signals:
			signal.Stop(c.signals)
			a.interrupted.Store(true)
			cancel()
		case <-finished:
		}
	}()
	if a.exits {
		return ctx, cancel
	}
	return ctx, func() {
		close(finished)
		signal.Stop(c.signals)
		cancel()
	}
}

// catcher catches the signals that ask the program to end.
type catcher struct {
	signals chan os.Signal
	ready   chan struct{} // closed once they are caught
}

// catchInterrupts starts to catch them. The runtime makes a thread for them, and hands each
// over to it, which takes longer than a small file: the caller has other things to do
// before it must wait.
func catchInterrupts() *catcher {
	c := &catcher{make(chan os.Signal, 1), make(chan struct{})}
	go func() {
		signal.Notify(c.signals, os.Interrupt, syscall.SIGTERM)
		close(c.ready)
	}()
	return c
}

// catchBrokenPipes turns the signal that ends a process whose reader has gone
// into an error of the write, so that what was begun is finished and the exit
// code is that of the work. Being caught, it is no matter to child processes. Where
// no output is a pipe there is nothing to catch, and some time to save.
func (a *app) catchBrokenPipes() (undo func()) {
	if !a.stdout.mayBreak() && !a.stderr.mayBreak() {
		return func() {}
	}
	pipes := make(chan os.Signal, 1)
	signal.Notify(pipes, syscall.SIGPIPE)
	if a.exits {
		return func() {}
	}
	return func() { signal.Stop(pipes) }
}

// stream is an output. After a failed write it swallows what comes: a reader
// that has gone is no fault, any other failure is told at the end.
type stream struct {
	w   io.Writer
	err error
}

func (s *stream) Write(b []byte) (int, error) {
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
	return len(b), nil
}

// mayBreak reports whether a write may be told that the reader has gone.
func (s *stream) mayBreak() bool {
	f, ok := s.w.(*os.File)
	if !ok {
		return true
	}
	info, err := f.Stat()
	return err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) != 0
}

// put writes b.
func (s *stream) put(b []byte) { _, _ = s.Write(b) }

// failed is the failure to be told.
func (s *stream) failed() error {
	if s.err == nil || errors.Is(s.err, syscall.EPIPE) || errors.Is(s.err, io.ErrClosedPipe) {
		return nil
	}
	return s.err
}

// diagLines escapes each line by itself: some errors have several.
func diagLines(s string) string {
	out := make([]byte, 0, len(s))
	start := 0
	for i := range len(s) {
		if s[i] == '\n' {
			out = append(append(out, diag.Line(s[start:i])...), '\n')
			start = i + 1
		}
	}
	return string(append(out, diag.Line(s[start:])...))
}
