//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// asCommand has the test binary be the command, with a compiler that takes its
// time: signals and pipes need a process of their own. Its value is how long a
// compilation takes, "stubborn" one that does not heed its context and makes the file
// at-work, and "real" the real ones.
const asCommand = "PRECOMPILE_TEST_AS_COMMAND"

func TestMain(m *testing.M) {
	if pace := os.Getenv(asCommand); pace != "" {
		os.Exit(slowCommand(pace))
	}
	os.Exit(m.Run())
}

func slowCommand(pace string) int {
	a := newApp(os.Stdin, os.Stdout, os.Stderr)
	a.exits = true
	if pace == "real" {
		return a.run(os.Args[1:])
	}
	a.engine.open = func(_ context.Context, r compilerRequest) (backend.Compiler, error) {
		m, _ := pyc.MagicOf(r.Target)
		return slowCompiler{recorder{backend.Info{Name: "cpython", Target: r.Target, Magic: m, Detail: "/slow"}}, pace}, nil
	}
	return a.run(os.Args[1:])
}

type slowCompiler struct {
	recorder
	pace string
}

func (c slowCompiler) Compile(ctx context.Context, r backend.Request) (backend.Result, error) {
	if c.pace == "stubborn" {
		if err := os.WriteFile("at-work", nil, 0o644); err != nil {
			return backend.Result{}, err
		}
		time.Sleep(time.Minute)
	}
	d, err := time.ParseDuration(c.pace)
	if err != nil {
		return backend.Result{}, err
	}
	select {
	case <-time.After(d):
		return c.recorder.Compile(ctx, r)
	case <-ctx.Done():
		return backend.Result{}, ctx.Err()
	}
}

// process is the command as a process in a folder with many sources.
type process struct {
	*exec.Cmd
	out, err bytes.Buffer
}

func start(t *testing.T, pace string, args ...string) *process {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{Cmd: exec.Command(exe, args...)}
	p.Env = append(os.Environ(), asCommand+"="+pace, "PRECOMPILE_PYTHON=3.13", "GORACE=atexit_sleep_ms=0")
	p.Stdout, p.Stderr = &p.out, &p.err
	if err := p.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Process.Kill() })
	return p
}

func many(t *testing.T) {
	t.Helper()
	t.Chdir(t.TempDir())
	if err := os.Mkdir("src", 0o755); err != nil {
		t.Fatal(err)
	}
	for i := range 400 {
		if err := os.WriteFile(fmt.Sprintf("src/m%03d.py", i), []byte("x\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// until waits for something that takes a moment.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain for %s", what)
		}
	}
}

func caches() []string {
	m, _ := filepath.Glob("src/__pycache__/*.pyc")
	return m
}

// TestSignals: the first SIGINT or SIGTERM ends the run, with whole caches, no
// temporary file, a report of what was done, and 130.
func TestSignals(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		many(t)
		p := start(t, "100ms", "-j4", "src")
		until(t, "caches", func() bool { return len(caches()) > 8 })
		if err := p.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		err := p.Wait()
		if p.ProcessState.ExitCode() != exitInterrupted {
			t.Errorf("%v: %v, exit code %d\n%s%s", sig, err, p.ProcessState.ExitCode(), p.out.String(), p.err.String())
		}
		contains(t, "the output", p.out.String(), "interrupted after ")
		done := len(caches())
		if done == 400 {
			t.Errorf("%v: it went on to the end", sig)
		}
		if err := filepath.WalkDir("src", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			switch filepath.Ext(path) {
			case ".py":
			case ".pyc":
				b, err := os.ReadFile(path)
				if err != nil || !bytes.Contains(b, []byte(" -O0 ")) {
					t.Errorf("%v: %s is not whole: %v", sig, path, err)
				}
			default:
				t.Errorf("%v: %s is left", sig, path)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		contains(t, "the rerun", onSite().on(t, exitOK, "src"), fmt.Sprintf("%d compiled, %d unchanged", 400-done, done))
	}
}

// TestSecondSignalKills: who does not want to wait need not.
func TestSecondSignalKills(t *testing.T) {
	many(t)
	p := start(t, "stubborn", "-j1", "src")
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	until(t, "a compilation", func() bool { _, err := os.Stat("at-work"); return err == nil })
	for n := range 400 { // until the first is heeded and a second kills
		_ = p.Process.Signal(syscall.SIGINT)
		select {
		case err := <-ended:
			if n == 0 {
				t.Error("the first signal killed it")
			}
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
				t.Errorf("ended by %v\n%s", err, p.err.String())
			}
			return
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Error("it is not to be killed")
}

// TestBrokenPipe: `precompile … | head` is no crash, and the work is done.
func TestBrokenPipe(t *testing.T) {
	many(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-v", "src")
	cmd.Env = append(os.Environ(), asCommand+"=0s", "PRECOMPILE_PYTHON=3.13")
	var stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = w, &stderr
	if err := cmd.Run(); err != nil || stderr.Len() > 0 {
		t.Errorf("%v: %s", err, stderr.String())
	}
	if n := len(caches()); n != 400 {
		t.Errorf("%d caches", n)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full")
	}
	defer full.Close()
	cmd = exec.Command(exe, "src")
	cmd.Env = append(os.Environ(), asCommand+"=0s", "PRECOMPILE_PYTHON=3.13")
	stderr.Reset()
	cmd.Stdout, cmd.Stderr = full, &stderr
	_ = cmd.Run()
	if cmd.ProcessState.ExitCode() != exitInternal || !strings.Contains(stderr.String(), "standard output: ") {
		t.Errorf("a full disk: exit code %d, %s", cmd.ProcessState.ExitCode(), stderr.String())
	}
}
