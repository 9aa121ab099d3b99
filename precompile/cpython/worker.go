package cpython

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
)

const (
	// After these many bytes of source a worker is replaced: after one such file,
	// or in all.
	largeSource = 8 << 20
	enoughBytes = 128 << 20
	// exitGrace is what a worker that closed its pipe gets to be gone, before it
	// is killed and its exit status is that of the kill.
	exitGrace = 20 * time.Millisecond
	// alarmSlack is how much later than the pool a worker's own alarm goes off.
	alarmSlack = 5 * time.Second
	// smallSource is what is copied behind the head of a request, to be written
	// in one call.
	smallSource = 256 << 10
)

// worker is an interpreter that has greeted.
type worker struct {
	*process
	greeting Interpreter
	next     uint32 // the id of the next request
	bytes    int64  // of source so far
	large    bool
	head     []byte
}

// startWorker starts an interpreter and waits for its greeting. The error is a
// *WorkerError or that of ctx.
func (p *Pool) startWorker(ctx context.Context) (*worker, error) {
	cmd := p.options.command()
	proc, err := startProcess(p.spawner, cmd, p.options.Stderr)
	if err != nil {
		return nil, notStarted(cmd.Path, err.Error(), "")
	}
	timed, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	w := &worker{process: proc}
	defer onEnd(proc.kill, timed, p.closing)()
	w.greeting, err = readGreeting(proc.r, cmd.Path)
	if err == nil {
		return w, nil
	}
	timedOut := timed.Err() != nil
	state := w.end(exitGrace)
	if err := p.ended(ctx); err != nil {
		return nil, err
	}
	detail := err.Error()
	switch {
	case timedOut:
		detail = fmt.Sprintf("no greeting within %s", startTimeout)
	case !errors.Is(err, errGarbled):
		detail = state
	}
	lost := notStarted(cmd.Path, detail, w.stderr.String())
	lost.signaled = !timedOut && signaled(cmd)
	return nil, lost
}

// onEnd calls f when one of the contexts ends, until the function that it
// returns is called.
func onEnd(f func(), contexts ...context.Context) (stop func()) {
	stops := make([]func() bool, len(contexts))
	for i, c := range contexts {
		stops[i] = context.AfterFunc(c, f)
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

// do sends one request and reads the body of the reply into buf. After an error
// the worker is of no more use and has to be ended.
func (w *worker) do(ctx, closing context.Context, req backend.Request, timeout time.Duration, buf []byte) ([]byte, error) {
	seconds := 0
	if timeout > 0 {
		timed, cancel := context.WithTimeoutCause(ctx, timeout, ErrTimeout)
		defer cancel()
		ctx = timed
		seconds = int((timeout + alarmSlack + time.Second - 1) / time.Second)
	}
	stop := onEnd(w.kill, ctx, closing)
	defer stop()
	id := w.next
	w.next++
	w.bytes += int64(len(req.Source))
	w.large = len(req.Source) >= largeSource

	r := request{id: id, optimize: req.Optimize, seconds: seconds, filename: req.Filename, source: req.Source}
	w.head = r.appendHead(w.head[:0])
	rest := req.Source
	if len(rest) <= smallSource {
		w.head = append(w.head, rest...)
		rest = nil
	}
	_, err := w.in.Write(w.head)
	if err == nil && len(rest) > 0 {
		_, err = w.in.Write(rest)
	}
	var body []byte
	if err == nil {
		limit := min(replySlack+replyFactor*int64(len(req.Source)), maxSource)
		body, err = readReply(w.r, id, limit, buf)
	}
	if err != nil {
		if context.Cause(ctx) == ErrTimeout {
			// However the end of the killed worker showed itself.
			err = ErrTimeout
		}
		return nil, err
	}
	stop()
	if ctx.Err() != nil || closing.Err() != nil {
		// The reply came through but the worker may be dead. Its file is not lost
		// if only the clock ran out; the caller asks whether ctx ended.
		w.large = true
	}
	return body, nil
}

// spent reports whether a worker should be replaced.
func (w *worker) spent() bool { return w.large || w.bytes >= enoughBytes }

// blame ends a worker after an error of do and says what it was.
func (w *worker) blame(err error, timeout time.Duration) *WorkerError {
	timedOut := errors.Is(err, ErrTimeout)
	grace := exitGrace
	if timedOut {
		grace = 0
	}
	state := w.end(grace)
	e := &WorkerError{Interpreter: w.greeting.Path, Stderr: w.stderr.String()}
	switch {
	case errors.Is(err, errGarbled):
		e.Kind, e.Detail = ErrProtocol, err.Error()
	case timedOut:
		e.Kind, e.Timeout = ErrTimeout, timeout
	default:
		e.Kind, e.Detail = ErrCrashed, state
	}
	return e
}
