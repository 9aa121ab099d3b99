package worker

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
)

// MaxPending bounds the multiplexed requests that are held at once. Reading
// pauses at the bound, so that memory does not grow with the stream; Bazel's own
// bound (--worker_max_multiplex_instances) is far below it.
const MaxPending = 256

// Handler carries out one request. It returns when it no longer touches any
// file, also when ctx ends. A panic in it fails that request alone.
type Handler func(ctx context.Context, req WorkRequest) (exitCode int, output string)

// Server speaks the worker protocol.
type Server struct {
	// Handle carries out the requests.
	Handle Handler
	// Log, where set, is told of what stdout has no place for. One line a call.
	Log func(line string)
}

// stream is the state of one Serve call.
type stream struct {
	Server
	codec codec
	out   io.Writer

	mu      sync.Mutex                   // guards what follows, and out
	pending map[int32]context.CancelFunc // requests with an id that are not answered
	failed  error                        // the first error in writing an answer
}

// Serve reads requests from r and writes answers to w until r ends, then waits
// for what is still under way and returns nil. It returns an error where the
// input stops within a message or cannot be read as requests, where an answer
// cannot be written, and ctx's where ctx ends; then, too, every request that
// was read has been answered, as far as w takes it.
func (s Server) Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	ctx, cancelAll := context.WithCancel(ctx)
	defer cancelAll()
	in := bufio.NewReaderSize(r, 64<<10)
	c, err := detect(in)
	if err == io.EOF {
		return nil
	}
	if err != nil {
		return err
	}
	st := &stream{Server: s, codec: c, out: w, pending: map[int32]context.CancelFunc{}}
	slots := make(chan struct{}, MaxPending)
	var running sync.WaitGroup
	var readErr error
	for ctx.Err() == nil && st.err() == nil {
		req, err := c.read(in)
		if err == io.EOF {
			break
		}
		if err != nil {
			// Half a message or garbage: nothing after it can be trusted.
			readErr = fmt.Errorf("reading work requests: %w", err)
			break
		}
		switch {
		case req.Cancel:
			st.cancel(req.RequestID)
		case req.RequestID == 0:
			// Singleplex: the next request comes after this answer.
			st.run(ctx, req)
		default:
			slots <- struct{}{}
			running.Add(1)
			reqCtx, ok := st.begin(ctx, req.RequestID)
			if !ok {
				// Two answers with one id could not be told apart.
				running.Done()
				<-slots
				s.log(fmt.Sprintf("request %d came again while it was under way; passed over", req.RequestID))
				continue
			}
			go func() {
				defer running.Done()
				defer func() { <-slots }()
				st.run(reqCtx, req)
			}()
		}
	}
	running.Wait()
	return errors.Join(readErr, st.err(), ctx.Err())
}

func (s Server) log(line string) {
	if s.Log != nil {
		s.Log(line)
	}
}

func (st *stream) err() error {
	st.mu.Lock()
	defer st.mu.Unlock()
	return st.failed
}

// begin registers a multiplexed request; ok is false if its id is under way.
func (st *stream) begin(ctx context.Context, id int32) (_ context.Context, ok bool) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if _, dup := st.pending[id]; dup {
		return nil, false
	}
	ctx, cancel := context.WithCancel(ctx)
	st.pending[id] = cancel
	return ctx, true
}

// cancel ends a request that is under way. One that is already answered, or was
// never heard of, is passed over: the answer and the cancellation crossed.
func (st *stream) cancel(id int32) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if cancel, ok := st.pending[id]; ok {
		cancel()
	}
}

// run carries out one request and writes its answer, whatever happens.
func (st *stream) run(ctx context.Context, req WorkRequest) {
	resp := WorkResponse{RequestID: req.RequestID}
	code, output := st.handle(ctx, req)
	resp.ExitCode, resp.Output = int32(code), output

	st.mu.Lock()
	defer st.mu.Unlock()
	if cancel, ok := st.pending[req.RequestID]; ok && req.RequestID != 0 {
		// Only now, when no file is touched any more, may the answer say so. A
		// request that was done before it noticed counts as done.
		if ctx.Err() != nil && code != 0 {
			resp = WorkResponse{RequestID: req.RequestID, WasCancelled: true}
		}
		delete(st.pending, req.RequestID)
		cancel()
	}
	// One Write an answer: a reader never sees half of one interleaved.
	if _, err := st.out.Write(st.codec.append(nil, resp)); err != nil && st.failed == nil {
		st.failed = fmt.Errorf("writing a work response: %w", err)
	}
}

func (st *stream) handle(ctx context.Context, req WorkRequest) (code int, output string) {
	defer func() {
		if p := recover(); p != nil {
			st.log(fmt.Sprintf("request %d: panic: %v\n%s", req.RequestID, p, debug.Stack()))
			code, output = 3, fmt.Sprintf("precompile: internal error: %v\n", p)
		}
	}()
	return st.Handle(ctx, req)
}
