package cpython

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Interpreter is what an interpreter says of itself.
type Interpreter struct {
	// Path is the executable, absolute.
	Path    string
	Version pyc.Version
	Magic   pyc.Magic
	// CacheTag is sys.implementation.cache_tag: "cpython-313".
	CacheTag string
	// Debug: a Py_DEBUG build, which compiles to the same code, slowly.
	Debug bool

	// executable is sys.executable: where a shim leads to.
	executable string
	// build is sys.version: the release, when and by which C compiler it was built.
	build string
	// level is "final" for a release.
	level        string
	freeThreaded bool
	name         string
}

// SupportedSeries is the list of targets, for messages.
const SupportedSeries = "CPython 3.8 to 3.15 and PyPy 3.10 and 3.11"

// Supported returns an error that lists the supported series where v is none.
func Supported(v pyc.Version) error {
	if Supports(v) {
		return nil
	}
	return fmt.Errorf("Python %s is not supported: %s are", v, SupportedSeries)
}

// Supports reports whether Supported has nothing to say, and makes no words.
func Supports(v pyc.Version) bool {
	if v.Major != 3 {
		return false
	}
	switch v.Implementation {
	case pyc.CPython:
		return 8 <= v.Minor && v.Minor <= 15
	case pyc.PyPy:
		return v.Minor == 10 || v.Minor == 11
	}
	return false
}

// check says why an interpreter cannot serve, with reasons a person can act on.
func (i *Interpreter) check() error {
	if i.name != "cpython" && i.name != "pypy" {
		return fmt.Errorf("%s is %s, which is not supported: %s are", i.Path, i.name, SupportedSeries)
	}
	if err := Supported(i.Version); err != nil {
		return fmt.Errorf("%s: %w", i.Path, err)
	}
	if i.freeThreaded {
		return fmt.Errorf("%s is a free-threaded build of Python %s: the code that it compiles is not the same from run to run (gh-129724); use the ordinary build, whose caches it reads", i.Path, i.Version)
	}
	if i.level != "final" {
		return fmt.Errorf("%s is a pre-release of Python %s (%s): its caches are not those of the release", i.Path, i.Version, i.level)
	}
	if !i.Magic.Valid() {
		return fmt.Errorf("%s does not say which magic number its caches have", i.Path)
	}
	if m, known := pyc.MagicOf(i.Version); known && m != i.Magic {
		return fmt.Errorf("%s says that it is Python %s, but its magic number is %s where the release has %s", i.Path, i.Version, i.Magic, m)
	}
	return nil
}

// matches says why an interpreter is not the one that a target asks for.
func (i *Interpreter) matches(want pyc.Version) error {
	if want == (pyc.Version{}) || i.Version.Matches(want) {
		return nil
	}
	return fmt.Errorf("%s is Python %s, not %s", i.Path, i.Version, want)
}

// greetingMagic opens the line that a worker sends first:
//
//	precompile-worker 1 cpython 3 13 0 final cpython-313 f30d0d0a - 332e3133… 2f7573…
//
// that is: implementation, version in four words, cache tag, magic number in hex,
// traits between commas, sys.version and sys.executable in hex.
const (
	greetingMagic = "precompile-worker"
	greetingWords = 12
	greetingMax   = 16 << 10 // a path is 4096 bytes at most, and hex doubles it
	// startTimeout is for the interpreter's own start: milliseconds, but for
	// emulated processors and cold network disks.
	startTimeout = 60 * time.Second
)

func parseGreeting(line, path string) (Interpreter, error) {
	words := strings.Fields(line)
	if len(words) != greetingWords || words[0] != greetingMagic || words[1] != "1" {
		return Interpreter{}, fmt.Errorf("%w: it greeted with %.80q", errGarbled, line)
	}
	i := Interpreter{Path: path, name: words[2], level: words[6], CacheTag: words[7]}
	if i.name == "pypy" {
		i.Version.Implementation = pyc.PyPy
	}
	for k, field := range []*int{&i.Version.Major, &i.Version.Minor, &i.Version.Patch} {
		n, err := strconv.Atoi(words[3+k])
		if err != nil || n < 0 {
			return Interpreter{}, fmt.Errorf("%w: it greeted with version %q", errGarbled, words[3+k])
		}
		*field = n
	}
	if magic, err := hex.DecodeString(words[8]); err == nil && len(magic) == len(i.Magic) {
		copy(i.Magic[:], magic)
	}
	traits := strings.Split(words[9], ",")
	i.freeThreaded = slices.Contains(traits, "free-threaded")
	i.Debug = slices.Contains(traits, "debug")
	if build, err := hex.DecodeString(words[10]); err == nil {
		i.build = string(build)
	}
	if exe, err := hex.DecodeString(words[11]); err == nil {
		i.executable = string(exe)
	}
	return i, nil
}

// readGreeting reads the first line. What wrappers print before it is no
// greeting: frames could not be told from it.
func readGreeting(r *bufio.Reader, path string) (Interpreter, error) {
	var line []byte
	for {
		chunk, err := r.ReadSlice('\n')
		line = append(line, chunk...)
		if len(line) > greetingMax {
			return Interpreter{}, fmt.Errorf("%w: it greeted with %.80q", errGarbled, line)
		}
		switch {
		case err == nil:
			return parseGreeting(strings.TrimSpace(string(line)), path)
		case errors.Is(err, bufio.ErrBufferFull):
		default:
			return Interpreter{}, err
		}
	}
}

// Probe starts the interpreter at path once and returns what it says it is. The
// path may be a name to look up on PATH. The error says why it cannot be a
// compiler: it does not start, is of an unsupported version, a pre-release or a
// free-threaded build.
func Probe(ctx context.Context, path string) (Interpreter, error) {
	path, err := resolve(path)
	if err != nil {
		return Interpreter{}, err
	}
	i, err := started(func() (Interpreter, error) { return probe(ctx, command(path)) })
	if err != nil {
		return Interpreter{}, err
	}
	if err := i.check(); err != nil {
		return Interpreter{}, err
	}
	return i, nil
}

// resolve makes the path of an interpreter absolute. Links are kept: an
// interpreter finds its home, and a virtual environment, from the name that it
// was started by.
func resolve(path string) (string, error) {
	found, err := exec.LookPath(path)
	if err != nil && !errors.Is(err, exec.ErrDot) {
		var e *exec.Error
		if errors.As(err, &e) {
			err = e.Err
		}
		return "", fmt.Errorf("no interpreter at %s: %w", path, err)
	}
	return filepath.Abs(found)
}

// probe runs cmd as a worker that gets no requests.
func probe(ctx context.Context, cmd *exec.Cmd) (Interpreter, error) {
	var out bytes.Buffer
	stderr := &tail{}
	cmd.Stdout, cmd.Stderr = &limited{w: &out, n: greetingMax}, stderr
	cmd.WaitDelay = time.Second
	isolate(cmd)
	s := newSpawner()
	defer s.close()
	if err := s.start(cmd); err != nil {
		return Interpreter{}, notStarted(cmd.Path, err.Error(), "")
	}
	timed, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	waited := make(chan struct{})
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		select {
		case <-timed.Done():
			killGroup(cmd.Process)
		case <-waited:
		}
	}()
	err := cmd.Wait()
	close(waited)
	<-killed
	if ctx.Err() != nil {
		return Interpreter{}, ctx.Err()
	}
	i, parseErr := readGreeting(bufio.NewReader(&out), cmd.Path)
	if parseErr == nil {
		return i, nil
	}
	detail := cmd.ProcessState.String()
	if timed.Err() != nil {
		detail = fmt.Sprintf("no greeting within %s", startTimeout)
	} else if err == nil {
		detail = "it sent no greeting"
		if errors.Is(parseErr, errGarbled) {
			detail = parseErr.Error()
		}
	}
	lost := notStarted(cmd.Path, detail, stderr.String())
	lost.signaled = timed.Err() == nil && signaled(cmd)
	return Interpreter{}, lost
}

// signaled reports whether a process that was waited for ended by a signal.
func signaled(cmd *exec.Cmd) bool {
	return cmd.ProcessState != nil && !cmd.ProcessState.Success() && cmd.ProcessState.ExitCode() == -1
}

// started starts an interpreter anew, as often as starts says, where a signal
// ended it: by that it says nothing of itself.
func started[T any](start func() (T, error)) (T, error) {
	for try := 1; ; try++ {
		v, err := start()
		var lost *WorkerError
		if !errors.As(err, &lost) || !lost.signaled {
			return v, err
		}
		if lost.Attempts = try; try == starts {
			return v, err
		}
	}
}

// notStarted is the error of an interpreter that did not greet.
func notStarted(path, detail, stderr string) *WorkerError {
	if strings.HasPrefix(stderr, "-X is reserved") {
		detail, stderr = "it is a Python 2; supported are "+SupportedSeries, ""
	}
	return &WorkerError{Kind: ErrStart, Interpreter: path, Detail: detail, Attempts: 1, Stderr: stderr}
}

// limited passes on the first n bytes.
type limited struct {
	w *bytes.Buffer
	n int
}

func (l *limited) Write(b []byte) (int, error) {
	l.w.Write(b[:min(len(b), max(0, l.n-l.w.Len()))])
	return len(b), nil
}
