package precompile

import (
	"context"

	"golang.org/x/sync/errgroup"
)

// queueSize is how many sources the walk may be ahead of the workers. It bounds
// memory, and Progress.Total tells that much of what is to come.
const queueSize = 1024

// crew is workers that take jobs off a bounded queue. They are started by the first
// jobs, one by each, so that a run over one file has one. put and wait are for one goroutine.
type crew[T any] struct {
	queue   chan T
	work    func(<-chan T)
	missing int // workers that are not started
	group   errgroup.Group
}

// newCrew is a crew of n workers at most; each runs work until the channel is closed.
func newCrew[T any](n int, work func(<-chan T)) *crew[T] {
	return &crew[T]{queue: make(chan T, queueSize), work: work, missing: n}
}

// put hands a job to whoever is free next. It waits while the queue is full, but not
// after ctx has ended, whose error it returns then.
func (c *crew[T]) put(ctx context.Context, job T) error {
	if c.missing > 0 {
		c.missing--
		c.group.Go(func() error {
			c.work(c.queue)
			return nil
		})
	}
	select {
	case c.queue <- job:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// wait returns when all jobs are done.
func (c *crew[T]) wait() {
	close(c.queue)
	_ = c.group.Wait() // work returns no error
}
