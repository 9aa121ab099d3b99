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
	out    io.Writer
	broken context.CancelFunc // ends everything once an answer cannot be written

	mu      sync.Mutex // guards what follows, and out
	codec   codec
	pending map[int32]context.CancelFunc // requests that are not answered; singleplex ones have 0
	failed  error                        // the first error in writing an answer
}

// Serve reads requests from r and writes answers to w until r ends, then waits
// for what is still under way and returns nil. It returns an error where the
// input stops within a message or cannot be read as requests, where an answer
// cannot be written, and ctx's where ctx ends; then, too, every request that
// was read has been answered, as far as w takes it. A read that is under way
// when ctx ends goes on until r returns.
func (s Server) Serve(ctx context.Context, r io.Reader, w io.Writer) error {
	ctx, cancelAll := context.WithCancel(ctx)
	defer cancelAll()
	st := &stream{Server: s, out: w, pending: map[int32]context.CancelFunc{}, broken: cancelAll}
	arrivals := make(chan arrival)
	go receive(ctx, r, st, arrivals)

	slots := make(chan struct{}, MaxPending)
	var running sync.WaitGroup
	var readErr error
	for readErr == nil && ctx.Err() == nil {
		var next arrival
		select {
		case next = <-arrivals:
		case <-ctx.Done():
			continue
		}
		req := next.request
		switch {
		case next.err != nil:
			// Half a message or garbage: nothing after it can be trusted.
			readErr = next.err
		case req.Cancel:
			st.cancel(req.RequestID)
		default:
			slots <- struct{}{}
			reqCtx, ok := st.begin(ctx, req.RequestID)
			if !ok {
				// Two answers with one id could not be told apart.
				<-slots
				s.log(fmt.Sprintf("request %d came again while it was under way; passed over", req.RequestID))
				continue
			}
			running.Go(func() {
				defer func() { <-slots }()
				st.run(reqCtx, req)
			})
		}
	}
	running.Wait()
	if err := st.err(); err != nil {
		return err // ctx ended by it
	}
	if readErr == io.EOF {
		readErr = nil
	}
	return errors.Join(readErr, ctx.Err())
}

// arrival is a request, or why there are no more.
type arrival struct {
	request WorkRequest
	err     error
}

// receive reads requests until there are no more or ctx ends.
func receive(ctx context.Context, r io.Reader, st *stream, to chan<- arrival) {
	in := bufio.NewReaderSize(r, 64<<10)
	c, err := detect(in)
	if err == nil {
		st.setCodec(c) // before any request, and so before any answer
	}
	for {
		var next arrival
		if next.err = err; err == nil {
			next.request, next.err = c.read(in)
		}
		if next.err != nil && next.err != io.EOF {
			next.err = fmt.Errorf("reading work requests: %w", next.err)
		}
		select {
		case to <- next:
		case <-ctx.Done():
			return
		}
		if next.err != nil {
			return
		}
	}
}

func (st *stream) setCodec(c codec) {
	st.mu.Lock()
	st.codec = c
	st.mu.Unlock()
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

// begin registers a request; ok is false if its id is under way.
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
	// Only now, when no file is touched any more, may the answer say so. A request
	// that was done before it noticed counts as done.
	if ctx.Err() != nil && code != 0 {
		resp = WorkResponse{RequestID: req.RequestID, WasCancelled: true}
	}
	st.pending[req.RequestID]()
	delete(st.pending, req.RequestID)
	if st.failed != nil {
		return
	}
	// One Write an answer: a reader never sees half of one interleaved.
	if _, err := st.out.Write(st.codec.append(nil, resp)); err != nil {
		st.failed = fmt.Errorf("writing a work response: %w", err)
		st.broken()
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
