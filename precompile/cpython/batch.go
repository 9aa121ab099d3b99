package cpython

import (
	"context"
	"slices"
	"sync"

	"github.com/rules-precompile/precompile/precompile/backend"
)

// What is sent to a worker in one go. A batch costs one exchange: of small files
// that is more than their compilation would bear. What is larger than the rest
// of a batch has room for goes alone, so that a batch is done in some
// hundredths of a second.
const (
	batchFiles = 8
	batchBytes = 128 << 10 // of sources
)

// Callers is how many goroutines to call Compile from, so that as many workers as
// there are jobs have the batches that suit them: while one is compiled, the files
// of the next are read and those of the last written. Each caller holds memory, so
// where jobs are many the batches are of half that length.
func Callers(jobs int) int { return batchFiles * (jobs + min(jobs, 4)) }

// call is one source on its way through a worker. It belongs to the goroutine
// of Compile while it is in no batch.
type call struct {
	ctx  context.Context
	req  backend.Request
	body []byte // memory for the reply, and then its body
	err  error
	// wake is told once that the call is to lead a batch or, where done is set,
	// that it is through.
	wake chan struct{}
	done bool
}

func (c *call) finish() {
	c.done = true
	c.wake <- struct{}{}
}

// queue deals out the workers to calls. A call that gets one leads a batch: it
// takes others that wait along, and wakes them when their replies are there. So
// there is no goroutine beside those of the callers, and batches are only as long
// as the queue is, one file each where callers are few.
type queue struct {
	mu      sync.Mutex
	jobs    int
	free    int     // of jobs; none while calls wait
	waiting []*call // the first to come first
	drained sync.Cond
}

func newQueue(jobs int) *queue {
	q := &queue{jobs: jobs, free: jobs}
	q.drained.L = &q.mu
	return q
}

// enter has a call wait, or tells it to lead at once.
func (q *queue) enter(c *call) (leads bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.free > 0 {
		q.free--
		return true
	}
	q.waiting = append(q.waiting, c)
	return false
}

// leave takes back a call, unless it leads or is in a batch and will be woken.
func (q *queue) leave(c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	i := slices.Index(q.waiting, c)
	if i < 0 {
		return false
	}
	q.waiting = slices.Delete(q.waiting, i, i+1)
	return true
}

// batch appends the leading call and those that it takes along: its share of
// what waits, so that other workers get theirs.
func (q *queue) batch(batch []*call, c *call) []*call {
	q.mu.Lock()
	defer q.mu.Unlock()
	batch = append(batch, c)
	size := len(c.req.Source)
	share := min(len(q.waiting)/q.jobs, batchFiles-1)
	n := 0
	for n < share {
		if size += len(q.waiting[n].req.Source); size > batchBytes {
			break
		}
		n++
	}
	batch = append(batch, q.waiting[:n]...)
	q.waiting = slices.Delete(q.waiting, 0, n)
	return batch
}

// release gives a worker to the call that has waited longest.
func (q *queue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) > 0 {
		q.waiting[0].wake <- struct{}{}
		q.waiting = slices.Delete(q.waiting, 0, 1)
		return
	}
	if q.free++; q.free == q.jobs {
		q.drained.Broadcast()
	}
}

// drain waits until no worker is in use.
func (q *queue) drain() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.free < q.jobs {
		q.drained.Wait()
	}
}

// pass brings a call through a worker: its own batch, or another's.
func (p *Pool) pass(c *call) {
	if !p.queue.enter(c) {
		select {
		case <-c.wake:
		case <-c.ctx.Done():
			if p.queue.leave(c) {
				c.err = c.ctx.Err()
				return
			}
			<-c.wake
		case <-p.closing.Done():
			if p.queue.leave(c) {
				c.err = ErrClosed
				return
			}
			<-c.wake
		}
		if c.done {
			return
		}
	}
	var room [batchFiles]*call
	batch := room[:0]
	defer func() { // come what may: others wait for it
		p.queue.release()
		for _, other := range batch {
			if other != c {
				other.finish()
			}
		}
	}()
	// Close may have come first and ctx be over: a select among several takes any.
	if c.err = p.ended(c.ctx); c.err == nil {
		batch = p.queue.batch(batch, c)
		p.exchange(batch)
	}
}

// exchange has the calls of a batch answered by a worker. Where that is lost,
// each of those that it did not answer is compiled alone: the worker writes its
// replies when it has them all, so nobody can tell which it was at.
func (p *Pool) exchange(batch []*call) {
	w := p.take()
	for w == nil {
		var err error
		if w, err = p.fresh(batch[0].ctx); err == nil {
			break
		}
		w = nil
		if ended := p.ended(batch[0].ctx); ended == nil {
			for _, c := range batch {
				c.err = err
			}
			return
		}
		batch[0].err = p.ended(batch[0].ctx) // and its start with it
		if batch = batch[1:]; len(batch) == 0 {
			return
		}
	}
	answered, err := w.do(batch, p.closing, p.options.Timeout)
	if err == nil {
		p.give(w)
		return
	}
	rest := batch[answered:]
	ended := false
	for _, c := range rest {
		c.err = p.ended(c.ctx)
		ended = ended || c.err != nil
	}
	var lost *WorkerError
	tries := attempts
	if ended {
		w.end(0) // because of that, and of nobody's fault
	} else {
		lost = w.blame(err, p.options.Timeout)
		lost.Attempts = 1
		if len(batch) == 1 || lost.Kind == ErrTimeout {
			tries--
		}
	}
	for _, c := range rest {
		if c.err == nil {
			c.err = p.alone(c, lost, tries)
		}
	}
}

// alone has a call answered by one worker after another. The last of them has
// just started. lost is the loss before, if there was one.
func (p *Pool) alone(c *call, lost *WorkerError, tries int) error {
	for ; tries > 0; tries-- {
		var w *worker
		if tries > 1 {
			w = p.take()
		}
		var err error
		if w == nil {
			if w, err = p.fresh(c.ctx); err != nil {
				return err
			}
		}
		if _, err = w.do([]*call{c}, p.closing, p.options.Timeout); err == nil {
			p.give(w)
			return nil
		}
		if ended := p.ended(c.ctx); ended != nil {
			w.end(0)
			return ended
		}
		before := lost
		lost = w.blame(err, p.options.Timeout)
		if lost.Attempts = 1; before != nil {
			lost.Attempts += before.Attempts
		}
	}
	return lost
}
