package memo

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
)

// Session is the use of a Memo by one run.
type Session struct {
	m       *Memo
	refresh bool

	hits, misses, stored atomic.Int64
	pending              atomic.Int64 // bytes that are not in DIR/size yet
	failures             atomic.Int64 // of writes

	mu       sync.Mutex
	rejected []Rejected
	fault    error
	removed  int
}

// Outcome is what a session came to.
type Outcome struct {
	// Dir is the folder, absolute.
	Dir string
	// Hits and Misses count what was found and what had to be compiled. Stored is
	// how many of these are kept now: what does not compile is not.
	Hits, Misses, Stored int
	// Rejected are the entries that were found and not used, sorted by path.
	Rejected []Rejected
	// Removed is how many entries went to keep to the bound.
	Removed int
	// Fault is the first reason why something was not kept, or the bound is not
	// kept to; nil if all was well.
	Fault error
}

// Rejected is an entry that was not used.
type Rejected struct {
	// Path is its file; Reason what is wrong with it.
	Path, Reason string
}

// Begin starts a session. With refresh every source is compiled, and what it
// compiles to kept.
func (m *Memo) Begin(refresh bool) *Session {
	return &Session{m: m, refresh: refresh}
}

// Compiler returns c with a memory: it compiles only what the folder does not
// have. Closing it closes c. The error says that c does not tell which compiler
// it is, or cannot.
func (s *Session) Compiler(c backend.Compiler) (backend.Compiler, error) {
	named, ok := c.(backend.Identified)
	if !ok {
		return nil, fmt.Errorf("the %s compiler for Python %s does not say which one it is, so what it makes cannot be kept", c.Info().Name, c.Info().Target)
	}
	r := &remembering{Compiler: c, s: s}
	r.prefix = sync.OnceValues(func() ([sha256.Size]byte, error) {
		program, err := s.m.program()
		if err != nil {
			return program, fmt.Errorf("cannot tell which build of the program this is: %w", err)
		}
		identity, err := named.Identity()
		if err != nil {
			return program, fmt.Errorf("cannot tell which compiler this is: %w", err)
		}
		return prefix(program, identity), nil
	})
	go r.prefix() // it reads executables, while the run looks for sources
	return r, nil
}

// remembering is a compiler with a memory.
type remembering struct {
	backend.Compiler
	s      *Session
	prefix func() ([sha256.Size]byte, error)
}

// Compile compiles one source, or has it from the folder.
func (r *remembering) Compile(ctx context.Context, req backend.Request) (backend.Result, error) {
	if err := ctx.Err(); err != nil {
		return backend.Result{}, err
	}
	p, err := r.prefix()
	if err != nil {
		r.s.fail(err)
		return r.Compiler.Compile(ctx, req)
	}
	k := newKey(p, req)
	if !r.s.refresh {
		if res, ok := r.s.lookup(k); ok {
			r.s.hits.Add(1)
			return res, nil
		}
	}
	r.s.misses.Add(1)
	res, err := r.Compiler.Compile(ctx, req)
	if err == nil {
		r.s.store(k, res)
	}
	return res, err
}

// lookup reads an entry. What is there and not right is noted.
func (s *Session) lookup(k key) (backend.Result, bool) {
	name := k.name()
	data, err := s.m.read(name)
	if err == nil {
		var res backend.Result
		if res, err = parseEntry(data, k); err == nil {
			return res, true
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return backend.Result{}, false
	}
	s.mu.Lock()
	s.rejected = append(s.rejected, Rejected{filepath.Join(s.m.dir, filepath.FromSlash(name)), cause(err).Error()})
	s.mu.Unlock()
	return backend.Result{}, false
}

// tooManyFailures is how many writes fail before no more are tried: a full disk
// does not get better, a folder in the place of one entry is no reason to stop.
const tooManyFailures = 8

var buffers sync.Pool // of *[]byte

// keepBuffer is the size up to which a buffer is kept for the next entry.
const keepBuffer = 1 << 20

// store writes an entry.
func (s *Session) store(k key, res backend.Result) {
	if s.failures.Load() >= tooManyFailures {
		return
	}
	buf, _ := buffers.Get().(*[]byte)
	if buf == nil {
		buf = new([]byte)
	}
	data, ok := appendEntry((*buf)[:0], k, res)
	if ok {
		err := s.m.writer.Write(filepath.FromSlash(k.name()), data, atomicfile.Options{Perm: entryPerm})
		if err != nil {
			s.failures.Add(1)
			s.fail(fmt.Errorf("cannot write to it: %w", cause(err)))
		} else {
			s.stored.Add(1)
			if s.pending.Add(blocks(int64(len(data)))) > s.m.max/16 {
				s.settle(false)
			}
		}
	}
	if cap(data) <= keepBuffer {
		*buf = data
		buffers.Put(buf)
	}
}

// cause is an error without the path, which may be one of a temporary file.
func cause(err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Err
	case errors.As(err, &link):
		return link.Err
	}
	return err
}

// fail notes the first reason why something could not be done.
func (s *Session) fail(err error) {
	s.mu.Lock()
	if s.fault == nil {
		s.fault = err
	}
	s.mu.Unlock()
}

// End accounts for what was kept, removes entries if there are too many, and says
// what the session came to. Its compilers are not to be used any more.
func (s *Session) End() Outcome {
	s.m.writer.RemoveUnused()
	s.settle(true)
	slices.SortFunc(s.rejected, func(a, b Rejected) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
	return Outcome{
		Dir: s.m.dir, Hits: int(s.hits.Load()), Misses: int(s.misses.Load()), Stored: int(s.stored.Load()),
		Rejected: s.rejected, Removed: s.removed, Fault: s.fault,
	}
}
