package cpython

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
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

// do sends the requests of a batch and reads the bodies of the replies. It
// returns how many it has; all, unless there is an error. After an error the
// worker is of no more use and has to be ended. timeout is for all of the batch.
func (w *worker) do(batch []*call, closing context.Context, timeout time.Duration) (answered int, err error) {
	var late atomic.Bool
	stops := make([]func() bool, 0, 4)
	seconds := 0
	if timeout > 0 {
		timer := time.AfterFunc(timeout, func() {
			late.Store(true)
			w.kill()
		})
		stops = append(stops, timer.Stop)
		seconds = int((timeout + alarmSlack + time.Second - 1) / time.Second)
	}
	stops = append(stops, context.AfterFunc(closing, w.kill))
	for i, c := range batch {
		if i == 0 || c.ctx.Done() != batch[0].ctx.Done() {
			stops = append(stops, context.AfterFunc(c.ctx, w.kill))
		}
	}
	first := w.next
	if err = w.send(batch, seconds); err == nil {
		for i, c := range batch {
			limit := min(replySlack+replyFactor*int64(len(c.req.Source)), maxSource)
			if c.body, err = readReply(w.r, first+uint32(i), limit, c.body); err != nil {
				break
			}
			answered++
		}
	}
	for _, stop := range stops {
		if !stop() {
			// The replies may have come through all the same, but the worker is dead.
			w.large = true
		}
	}
	if err != nil && late.Load() {
		err = ErrTimeout // however the end of the killed worker showed itself
	}
	return answered, err
}

// send writes the requests of a batch.
func (w *worker) send(batch []*call, seconds int) error {
	w.head, w.large = w.head[:0], false
	for i, c := range batch {
		source := c.req.Source
		w.bytes += int64(len(source))
		w.large = w.large || len(source) >= largeSource
		r := request{
			id: w.next, optimize: c.req.Optimize, seconds: seconds, more: len(batch) - 1 - i, filename: c.req.Filename, source: source,
		}
		w.next++
		w.head = r.appendHead(w.head)
		if len(source) <= smallSource {
			w.head = append(w.head, source...)
			continue
		}
		if _, err := w.in.Write(w.head); err != nil {
			return err
		}
		w.head = w.head[:0]
		if _, err := w.in.Write(source); err != nil {
			return err
		}
	}
	if len(w.head) == 0 {
		return nil
	}
	_, err := w.in.Write(w.head)
	return err
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
