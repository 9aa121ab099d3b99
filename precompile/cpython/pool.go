package cpython

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// DefaultTimeout is how long one file may take.
const DefaultTimeout = 60 * time.Second

// Options is what a pool is made of.
type Options struct {
	// Interpreter is the path of a CPython or PyPy, or a name on PATH. Find finds
	// one by version.
	Interpreter string
	// Target is what the interpreter has to be; the zero Version takes any
	// supported one.
	Target pyc.Version
	// Jobs is how many interpreters compile at once; 0 means the CPUs that this
	// process may use.
	Jobs int
	// Timeout is for one file; 0 means DefaultTimeout, less than 0 none.
	Timeout time.Duration
	// Stderr, where not nil, gets what interpreters write to their standard
	// error, from several goroutines but one call at a time for each of them.
	// Its end is part of a WorkerError in any case.
	Stderr io.Writer

	// command makes a worker's command, in tests.
	command func() *exec.Cmd
	// canonical replaces marshal.Canonical, in tests.
	canonical func(dst, b []byte) ([]byte, error)
}

// Pool is a backend.Compiler.
type Pool struct {
	options Options
	info    backend.Info
	found   Interpreter
	spawner *spawner
	queue   *queue
	// closing ends what is under way.
	closing context.Context
	close   context.CancelFunc
	closed  sync.Once

	mu   sync.Mutex
	idle []*worker // the one used last is used first, and its memory is warm
}

var _ backend.Compiler = (*Pool)(nil)

// Open starts a first worker and checks by its greeting that the interpreter is
// what Options.Target asks for: version, magic number, a release, not
// free-threaded. ctx bounds Open alone.
func Open(ctx context.Context, o Options) (*Pool, error) {
	if o.Jobs <= 0 {
		o.Jobs = DefaultJobs()
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Target != (pyc.Version{}) {
		if err := Supported(o.Target); err != nil {
			return nil, err
		}
	}
	if o.command == nil {
		path, err := resolve(o.Interpreter)
		if err != nil {
			return nil, err
		}
		o.command = func() *exec.Cmd { return command(path) }
	}
	p := &Pool{options: o, spawner: newSpawner(), queue: newQueue(o.Jobs)}
	p.closing, p.close = context.WithCancel(context.Background())
	w, err := started(func() (*worker, error) { return p.startWorker(ctx) })
	if err != nil {
		p.Close()
		return nil, err
	}
	p.idle = append(p.idle, w)
	if err := p.adopt(w.greeting); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

// DefaultJobs is how many CPUs this process may use. Since Go 1.25 GOMAXPROCS
// heeds the affinity mask and, on Linux, the quota of the cgroup.
func DefaultJobs() int { return runtime.GOMAXPROCS(0) }

// adopt takes the interpreter for what it says it is, if that will do.
func (p *Pool) adopt(i Interpreter) error {
	if err := i.check(); err != nil {
		return err
	}
	if err := i.matches(p.options.Target); err != nil {
		return err
	}
	p.found = i
	p.info = backend.Info{Name: "cpython", Target: i.Version, Magic: i.Magic, Detail: i.Path}
	if p.options.canonical == nil {
		canonical, err := canonicalOf(i.Version)
		if err != nil {
			return err
		}
		p.options.canonical = canonical
	}
	return nil
}

// Info describes the interpreter.
func (p *Pool) Info() backend.Info { return p.info }

// Interpreter returns what the interpreter said of itself.
func (p *Pool) Interpreter() Interpreter { return p.found }

// Compile compiles one source; see backend.Compiler. It waits for a worker while
// all are busy. The error is a *diag.Diagnostic, a *WorkerError, ErrClosed, or
// that of ctx.
func (p *Pool) Compile(ctx context.Context, req backend.Request) (backend.Result, error) {
	if err := checkRequest(req); err != nil {
		return backend.Result{}, err
	}
	c, _ := calls.Get().(*call)
	if c == nil {
		c = &call{wake: make(chan struct{}, 1)}
	}
	c.ctx, c.req = ctx, req
	p.pass(c)
	defer c.recycle()
	if c.err != nil {
		return backend.Result{}, c.err
	}
	body := c.body
	code, remarks, fault, err := parseBody(body)
	switch {
	case err != nil:
		return backend.Result{}, &WorkerError{Kind: ErrProtocol, Interpreter: p.found.Path, Detail: err.Error(), Attempts: 1}
	case fault != nil:
		return backend.Result{}, fault
	}
	canonical, err := p.options.canonical(req.Buffer[:0], code)
	if err != nil {
		return backend.Result{}, &WorkerError{Kind: ErrProtocol, Interpreter: p.found.Path, Detail: err.Error(), Attempts: 1}
	}
	return backend.Result{Code: canonical, Warnings: remarks}, nil
}

// calls keeps calls with memory of up to replyKept bytes for bodies, which live
// until marshal has made its own form of them.
var calls sync.Pool

const replyKept = 256 << 10

func (c *call) recycle() {
	if cap(c.body) > replyKept {
		c.body = nil
	}
	*c = call{body: c.body[:0], wake: c.wake}
	calls.Put(c)
}

func checkRequest(req backend.Request) error {
	switch {
	case req.Optimize < 0 || req.Optimize > 2:
		return fmt.Errorf("optimise level %d: want 0, 1 or 2", req.Optimize)
	case len(req.Filename) > maxFilename:
		return fmt.Errorf("the file's name has %d bytes, more than the limit of %d", len(req.Filename), maxFilename)
	case strings.IndexByte(req.Filename, 0) >= 0:
		return errors.New("the file's name has a NUL byte, which Python does not take")
	case int64(len(req.Source)) > maxSource:
		return fmt.Errorf("the source has %d bytes, more than the limit of %d", len(req.Source), int64(maxSource))
	}
	return nil
}

// ended returns why work for ctx should stop.
func (p *Pool) ended(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.closing.Err() != nil {
		return ErrClosed
	}
	return nil
}

const (
	// attempts is how many workers a file is tried in, alone or, as far as time-outs
	// go, in a batch.
	attempts = 2
	// starts is how often a worker is started before that is given up: a file is
	// not to be lost because its second worker was killed before it saw it.
	starts = 3
)

// fresh starts a worker that is like the first.
func (p *Pool) fresh(ctx context.Context) (*worker, error) {
	for try := 1; ; try++ {
		w, err := p.startWorker(ctx)
		if err == nil {
			return w, p.same(w)
		}
		var lost *WorkerError
		if !errors.As(err, &lost) {
			return nil, err
		}
		if lost.Attempts = try; try == starts {
			return nil, lost
		}
	}
}

// same holds later workers to the greeting of the first: the file at the path
// may have been replaced meanwhile.
func (p *Pool) same(w *worker) error {
	if w.greeting == p.found {
		return nil
	}
	w.end(0)
	return fmt.Errorf("%s was Python %s when the run began and is now %s", p.found.Path, p.found.Version, w.greeting.Version)
}

func (p *Pool) take() *worker {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	w := p.idle[n-1]
	p.idle[n-1] = nil
	p.idle = p.idle[:n-1]
	return w
}

// give puts a worker back, or ends one that has grown.
func (p *Pool) give(w *worker) {
	if w.spent() {
		w.end(0)
		return
	}
	p.mu.Lock()
	p.idle = append(p.idle, w)
	p.mu.Unlock()
}

// Close kills what is under way and all workers, and returns when they are gone.
// Compile returns ErrClosed from then on.
func (p *Pool) Close() error {
	p.closed.Do(func() {
		p.close()
		p.queue.drain()
		var wg sync.WaitGroup
		for _, w := range p.idle {
			wg.Go(func() { w.end(0) })
		}
		p.idle = nil
		wg.Wait()
		p.spawner.close()
	})
	return nil
}
