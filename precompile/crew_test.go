package precompile

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestCrew(t *testing.T) {
	for _, jobs := range []int{0, 1, 2, 100} {
		var workers, done atomic.Int32
		c := newCrew(3, func(queue <-chan int) {
			workers.Add(1)
			for range queue {
				done.Add(1)
			}
		})
		for i := range jobs {
			if err := c.put(t.Context(), i); err != nil {
				t.Fatal(err)
			}
		}
		c.wait()
		if n := int(workers.Load()); n != min(jobs, 3) || int(done.Load()) != jobs {
			t.Errorf("%d jobs: %d done by %d workers", jobs, done.Load(), n)
		}
	}
}

// A full queue does not keep a run that is cancelled.
func TestCrewFull(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	gate := make(chan struct{})
	c := newCrew(1, func(queue <-chan int) {
		<-gate
		for range queue {
		}
	})
	for i := range queueSize {
		if err := c.put(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := c.put(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
	close(gate)
	c.wait()
}
