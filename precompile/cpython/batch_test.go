package cpython

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
)

// together compiles sources in one batch, in the order of the words: the one worker
// is kept busy until all of them wait.
func together(t *testing.T, p *Pool, ctxs []context.Context, words ...string) (codes []string, errs []error) {
	t.Helper()
	var wg sync.WaitGroup
	at := newGate(t)
	paused := make(chan struct{})
	wg.Go(func() {
		defer close(paused)
		if _, err := p.Compile(context.Background(), source("pause "+string(at))); err != nil {
			t.Error(err)
		}
	})
	at.reached(t) // so it leads, and takes none of the others along
	codes, errs = make([]string, len(words)), make([]error, len(words))
	for i, word := range words {
		ctx := context.Background()
		if i < len(ctxs) && ctxs[i] != nil {
			ctx = ctxs[i]
		}
		wg.Go(func() {
			r, err := p.Compile(ctx, source(word+" "))
			codes[i], errs[i] = string(r.Code), err
		})
		for p.queue.waits() < i+1 {
			select {
			case <-paused:
				t.Fatalf("the worker was let go when %d of %d files waited", i, len(words))
			case <-time.After(time.Millisecond):
			}
		}
	}
	at.open()
	wg.Wait()
	return codes, errs
}

// What goes wrong with one file of a batch costs none of the others, wherever in
// the batch it is.
func TestBatch(t *testing.T) {
	for _, c := range []struct {
		word     string
		kind     error
		attempts int
	}{
		{"good", nil, 0},
		{"once-crash", nil, 0},
		{"once-hang", nil, 0},
		{"crash", ErrCrashed, 3},
		{"hang", ErrTimeout, 2},
		{"garbage", ErrProtocol, 3},
		{"id", ErrProtocol, 3},
		{"short", ErrCrashed, 3},
	} {
		hangs := strings.HasSuffix(c.word, "hang")
		places := []int{0, batchFiles - 1}
		if hangs {
			places = []int{2} // it takes its time
		}
		for _, at := range places {
			t.Run(fmt.Sprint(c.word, at), func(t *testing.T) {
				t.Parallel()
				p := openFake(t, "good", func(o *Options) {
					o.Jobs = 1
					if hangs {
						o.Timeout = shortTimeout
					}
				})
				words := make([]string, batchFiles)
				for i := range words {
					words[i] = fmt.Sprint("good", i)
				}
				words[at] = c.word
				codes, errs := together(t, p, nil, words...)
				for i, err := range errs {
					var lost *WorkerError
					switch {
					case i == at && c.kind != nil:
						if !errors.Is(err, c.kind) || !errors.As(err, &lost) || lost.Attempts != c.attempts {
							t.Errorf("err = %v, want %v, %d times", err, c.kind, c.attempts)
						}
					case err != nil || !strings.HasSuffix(codes[i], "|"+words[i]+" "):
						t.Errorf("%s: %q, %v", words[i], codes[i], err)
					}
				}
			})
		}
	}
}

// Who goes leaves the others of the batch, which a worker is at by then.
func TestBatchIsLeft(t *testing.T) {
	for _, at := range []int{0, 3} {
		p := openFake(t, "good", func(o *Options) { o.Jobs = 1 })
		ctxs := make([]context.Context, 5)
		words := []string{"a", "b", "c", "d", "e"}
		ctx, cancel := context.WithCancel(context.Background())
		hangs := newGate(t)
		ctxs[at], words[at] = ctx, "hang "+string(hangs)
		go func() {
			defer cancel()
			hangs.reached(t)
		}()
		codes, errs := together(t, p, ctxs, words...)
		for i, err := range errs {
			if i == at {
				if !errors.Is(err, context.Canceled) {
					t.Errorf("err = %v, want that of the context", err)
				}
			} else if err != nil || !strings.HasSuffix(codes[i], "|"+words[i]+" ") {
				t.Errorf("%s: %q, %v", words[i], codes[i], err)
			}
		}
	}
}

// How much of the queue a batch takes.
func TestBatchSizes(t *testing.T) {
	for _, c := range []struct {
		jobs    int
		leader  int   // bytes
		waiting []int // bytes
		want    int   // files
	}{
		{1, 10, nil, 1},
		{1, 10, []int{10, 10}, 3},
		{2, 10, []int{10, 10, 10}, 2},
		{2, 10, []int{10}, 1},
		{4, 10, make([]int, 100), batchFiles},
		{1, batchBytes - 1, []int{1, 1}, 2},
		{1, batchBytes, []int{1, 1}, 1},
		{1, 1, []int{1, batchBytes, 1}, 2},
	} {
		q := newQueue(c.jobs)
		sized := func(n int) *call { return &call{req: backend.Request{Source: make([]byte, n)}} }
		for range c.jobs {
			q.enter(sized(c.leader))
		}
		for _, n := range c.waiting {
			if q.enter(sized(n)) {
				t.Fatal("no worker should be free")
			}
		}
		if got := len(q.batch(nil, sized(c.leader))); got != c.want || len(q.waiting) != len(c.waiting)+1-got {
			t.Errorf("%+v: a batch of %d; %d wait", c, got, len(q.waiting))
		}
	}
}
