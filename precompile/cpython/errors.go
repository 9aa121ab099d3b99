package cpython

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// The ways in which a worker fails, for errors.Is on what Compile returns.
var (
	// ErrTimeout: the file took longer than Options.Timeout.
	ErrTimeout = errors.New("timed out")
	// ErrCrashed: the interpreter ended while it was at the file.
	ErrCrashed = errors.New("interpreter crashed")
	// ErrProtocol: the interpreter sent what no worker sends.
	ErrProtocol = errors.New("interpreter sent garbage")
	// ErrStart: no interpreter could be started for the file.
	ErrStart = errors.New("interpreter did not start")
	// ErrClosed: the pool was closed.
	ErrClosed = errors.New("compiler is closed")
)

// WorkerError says why a file could not be compiled that may be a good one.
type WorkerError struct {
	// Kind is ErrTimeout, ErrCrashed, ErrProtocol or ErrStart.
	Kind error
	// Interpreter is its path.
	Interpreter string
	// Detail is what the system says: "signal: segmentation fault".
	Detail string
	// Attempts is how many workers were tried.
	Attempts int
	// Timeout is the limit, where Kind is ErrTimeout.
	Timeout time.Duration
	// Stderr is the end of what the interpreter wrote there.
	Stderr string
	// signaled: another process, or the system, ended it by a signal.
	signaled bool
}

// Error is one line, but for what the interpreter wrote.
func (e *WorkerError) Error() string {
	var b strings.Builder
	switch e.Kind {
	case ErrTimeout:
		fmt.Fprintf(&b, "%s took longer than %s", e.Interpreter, e.Timeout)
	case ErrCrashed:
		fmt.Fprintf(&b, "%s crashed (%s)", e.Interpreter, e.Detail)
	case ErrProtocol:
		fmt.Fprintf(&b, "%s sent what is no answer (%s)", e.Interpreter, e.Detail)
	default:
		fmt.Fprintf(&b, "%s did not start as a worker (%s)", e.Interpreter, e.Detail)
	}
	if e.Attempts > 1 {
		fmt.Fprintf(&b, ", %d times", e.Attempts)
	}
	if s := strings.TrimSpace(e.Stderr); s != "" {
		fmt.Fprintf(&b, "; it wrote: %s", s)
	}
	return b.String()
}

// Unwrap returns Kind.
func (e *WorkerError) Unwrap() error { return e.Kind }
