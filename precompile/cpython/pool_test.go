package cpython

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

func TestCompilePassesTheRequestOn(t *testing.T) {
	p := openFake(t, "good", nil)
	name := "dir/\xff\u00e9\n.py"
	for optimize := range 3 {
		got, err := p.Compile(context.Background(), backend.Request{Source: []byte("x = 1\n"), Filename: name, Optimize: optimize})
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("%s|%d|x = 1\n", hex.EncodeToString([]byte(name)), optimize)
		if string(got.Code) != want {
			t.Errorf("the worker saw %q, want %q", got.Code, want)
		}
	}
	info := p.Info()
	if info.Name != "cpython" || info.Target.String() != "3.13.0" || info.Magic.Number() != 3571 {
		t.Errorf("Info() = %+v", info)
	}
}

func TestSourcesOfEverySize(t *testing.T) {
	p := openFake(t, "good", nil)
	for _, n := range []int{0, 1, smallSource - 1, smallSource, smallSource + 1, 5 << 20, largeSource + 1} {
		src := bytes.Repeat([]byte("y"), n)
		got, err := p.Compile(context.Background(), backend.Request{Source: src, Filename: "f"})
		if err != nil {
			t.Fatalf("%d bytes: %v", n, err)
		}
		if want := "66|0|" + string(src); string(got.Code) != want {
			t.Errorf("%d bytes: got %d bytes back, want %d", n, len(got.Code), len(want))
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	p := openFake(t, "good", nil)
	for _, req := range []backend.Request{
		{Filename: "a\x00.py"},
		{Filename: "a.py", Optimize: 3},
		{Filename: "a.py", Optimize: -1},
		{Filename: strings.Repeat("a", maxFilename+1)},
	} {
		if _, err := p.Compile(context.Background(), req); err == nil {
			t.Errorf("%.20q at level %d was accepted", req.Filename, req.Optimize)
		}
	}
}

func TestFaultsAndRemarks(t *testing.T) {
	p := openFake(t, "good", nil)
	_, err := p.Compile(context.Background(), source("fault "))
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		t.Fatalf("err = %v, want a diagnostic", err)
	}
	want := diag.Diagnostic{Type: "SyntaxError", Message: "invalid \uFFFD syntax", Line: 3, Col: 4, EndLine: 3, EndCol: 6, Text: "a b c"}
	if *d != want {
		t.Errorf("fault = %+v, want %+v", *d, want)
	}
	r, err := p.Compile(context.Background(), source("remark "))
	if err != nil {
		t.Fatal(err)
	}
	remark := diag.Diagnostic{Severity: diag.Warning, Type: "SyntaxWarning", Message: "odd", Line: 2, Text: "x is 1"}
	if string(r.Code) != "code" || len(r.Warnings) != 1 || r.Warnings[0] != remark {
		t.Errorf("result = %q, %+v", r.Code, r.Warnings)
	}
}

// TestLostWorkers has one worker lost in each way there is: a second one must
// serve the file, a second loss must cost that file, and the next must compile.
func TestLostWorkers(t *testing.T) {
	for _, c := range []struct {
		word string
		kind error
		says string
	}{
		{"crash", ErrCrashed, "exit status 7"},
		{"signal", ErrCrashed, "signal: killed"},
		{"hang", ErrTimeout, "took longer than"},
		{"garbage", ErrProtocol, "starts with"},
		{"oversized", ErrProtocol, "more than the limit"},
		{"id", ErrProtocol, "answers request"},
		{"short", ErrCrashed, "exit status 0"},
	} {
		t.Run(c.word, func(t *testing.T) {
			t.Parallel()
			p := openFake(t, "good", func(o *Options) {
				if c.kind == ErrTimeout {
					o.Timeout = shortTimeout
				}
			})
			if _, err := p.Compile(context.Background(), source("once-"+c.word+" ")); err != nil {
				t.Errorf("no second worker served the file: %v", err)
			}
			_, err := p.Compile(context.Background(), source(c.word+" "))
			var lost *WorkerError
			if !errors.Is(err, c.kind) || !errors.As(err, &lost) || lost.Attempts != 2 || !strings.Contains(err.Error(), c.says) {
				t.Errorf("err = %v, want %v twice, with %q", err, c.kind, c.says)
			}
			if c.word == "crash" && !strings.Contains(err.Error(), "Fatal Python error: of the test") {
				t.Errorf("err = %v, without what the interpreter wrote", err)
			}
			if _, err := p.Compile(context.Background(), source("good ")); err != nil {
				t.Errorf("the next file: %v", err)
			}
		})
	}
}

func TestUnreadableBodies(t *testing.T) {
	p := openFake(t, "good", nil)
	for _, word := range []string{"nobody", "record"} {
		if _, err := p.Compile(context.Background(), source(word+" ")); !errors.Is(err, ErrProtocol) {
			t.Errorf("%s: err = %v, want ErrProtocol", word, err)
		}
	}
	if _, err := p.Compile(context.Background(), source("good ")); err != nil {
		t.Error(err)
	}
}

func TestOpenRefuses(t *testing.T) {
	for _, c := range []struct{ mode, says string }{
		{"wrong-series", "is Python 3.12.1, not 3.13"},
		{"wrong-magic", "magic number"},
		{"free-threaded", "gh-129724"},
		{"pre-release", "pre-release"},
		{"too-old", SupportedSeries},
		{"jython", SupportedSeries},
		{"no-greeting", "greeted with \"Welcome to Python!\""},
		{"endless-greeting", "greeted with"},
		{"no-start", "cannot find my library"},
	} {
		t.Run(c.mode, func(t *testing.T) {
			t.Parallel()
			o := fakeOptions(t, c.mode)
			o.Target = v313
			p, err := Open(context.Background(), o)
			if err == nil {
				p.Close()
				t.Fatal("Open accepted it")
			}
			if !strings.Contains(err.Error(), c.says) {
				t.Errorf("err = %v, want one with %q", err, c.says)
			}
		})
	}
	for _, v := range []pyc.Version{{Major: 2, Minor: 7}, {Major: 3, Minor: 7}, {Major: 3, Minor: 16}, {Implementation: pyc.PyPy, Major: 3, Minor: 9}} {
		if _, err := Open(context.Background(), Options{Interpreter: "python", Target: v}); err == nil || !strings.Contains(err.Error(), SupportedSeries) {
			t.Errorf("target %s: err = %v", v, err)
		}
	}
	if _, err := Open(context.Background(), Options{Interpreter: "/nowhere/python"}); err == nil || !strings.Contains(err.Error(), "/nowhere/python") {
		t.Errorf("missing interpreter: err = %v", err)
	}
}

func TestSlowStart(t *testing.T) { openFake(t, "slow-start", nil) }

// TestStartIsKilled: a first interpreter that a signal ends is no reason to give
// up, but one that is ended each time is.
func TestStartIsKilled(t *testing.T) {
	openFake(t, "killed-start", nil)
	var lost *WorkerError
	if _, err := Open(context.Background(), fakeOptions(t, "killed-starts")); !errors.As(err, &lost) || lost.Attempts != starts {
		t.Errorf("err = %v, want a WorkerError after %d starts", err, starts)
	}
}

func TestOpenIsCancelled(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	if _, err := Open(ctx, fakeOptions(t, "mute")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("err = %v", err)
	}
	if d := time.Since(began); d > startTimeout/2 {
		t.Errorf("Open took %s to notice", d)
	}
}

func TestInterpreterVanishes(t *testing.T) {
	p := openFake(t, "start-once", nil)
	if _, err := p.Compile(context.Background(), source("crash ")); !errors.Is(err, ErrStart) {
		t.Errorf("err = %v, want ErrStart", err)
	}
}

func TestInterpreterIsReplaced(t *testing.T) {
	p := openFake(t, "changed-later", nil)
	if _, err := p.Compile(context.Background(), source("crash ")); err == nil || !strings.Contains(err.Error(), "is now 3.13.1") {
		t.Errorf("err = %v", err)
	}
}

func TestCancel(t *testing.T) {
	p := openFake(t, "good", nil)
	ctx, cancel := context.WithCancel(context.Background())
	// One more than there are workers: cancelling has to reach the queue.
	var wg sync.WaitGroup
	hang := func(at gate) {
		wg.Go(func() {
			if _, err := p.Compile(ctx, source("hang "+string(at))); !errors.Is(err, context.Canceled) {
				t.Errorf("err = %v, want context.Canceled", err)
			}
		})
	}
	for range p.options.Jobs {
		at := newGate(t)
		hang(at)
		at.reached(t)
	}
	hang("")
	for p.queue.waits() == 0 {
		time.Sleep(time.Millisecond)
	}
	began := time.Now()
	cancel()
	wg.Wait()
	if d := time.Since(began); d > p.options.Timeout/2 {
		t.Errorf("it took %s", d)
	}
	if _, err := p.Compile(context.Background(), source("good ")); err != nil {
		t.Errorf("the pool is of no more use: %v", err)
	}
	if _, err := p.Compile(ctx, source("good ")); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// TestCloseLeavesNothing closes a pool with one worker idle and one at work.
func TestCloseLeavesNothing(t *testing.T) {
	p := openFake(t, "good", nil)
	pids := map[string]bool{}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			r, err := p.Compile(context.Background(), source("pid "))
			if err != nil {
				t.Error(err)
			}
			mu.Lock()
			pids[string(r.Code)] = true
			mu.Unlock()
		})
	}
	wg.Wait()
	if len(pids) > p.options.Jobs {
		t.Errorf("%d workers, want at most %d", len(pids), p.options.Jobs)
	}
	var hung error
	at := newGate(t)
	wg.Go(func() { _, hung = p.Compile(context.Background(), source("hang "+string(at))) })
	at.reached(t)
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if !errors.Is(hung, ErrClosed) {
		t.Errorf("the file under way: err = %v, want ErrClosed", hung)
	}
	if _, err := p.Compile(context.Background(), source("good ")); !errors.Is(err, ErrClosed) {
		t.Errorf("after Close: err = %v, want ErrClosed", err)
	}
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if runtime.GOOS == "linux" {
		// No process and no zombie has the number of a worker.
		for pid := range pids {
			if _, err := os.Stat("/proc/" + pid); err == nil {
				t.Errorf("worker %s is still there", pid)
			}
		}
	}
}

// TestKilledWorkers kills workers while files are compiled; only who is killed
// twice over one file may lose it.
func TestKilledWorkers(t *testing.T) {
	p := openFake(t, "good", nil)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 20 {
				r, err := p.Compile(context.Background(), source("pid "))
				if err != nil {
					if !errors.Is(err, ErrCrashed) {
						t.Error(err)
					}
					continue
				}
				if i%3 == 0 {
					var pid int
					fmt.Sscan(string(r.Code), &pid)
					if victim, err := os.FindProcess(pid); err == nil && pid > 1 {
						victim.Kill()
					}
				}
			}
		})
	}
	wg.Wait()
	if _, err := p.Compile(context.Background(), source("good ")); err != nil && !errors.Is(err, ErrCrashed) {
		t.Error(err)
	}
}

func TestWorkersAreReplaced(t *testing.T) {
	p := openFake(t, "good", func(o *Options) { o.Jobs = 1 })
	pid := func() string {
		r, err := p.Compile(context.Background(), source("pid "))
		if err != nil {
			t.Fatal(err)
		}
		return string(r.Code)
	}
	before := pid()
	if again := pid(); again != before {
		t.Errorf("worker %s was replaced by %s for nothing", before, again)
	}
	if _, err := p.Compile(context.Background(), backend.Request{Source: make([]byte, largeSource), Filename: "a"}); err != nil {
		t.Fatal(err)
	}
	if after := pid(); after == before {
		t.Error("a worker was kept after a large file")
	}
}

func TestStderrSink(t *testing.T) {
	var sink lockedBuffer
	p := openFake(t, "good", func(o *Options) { o.Stderr = &sink })
	p.Compile(context.Background(), source("crash "))
	p.Close()
	if n := strings.Count(sink.String(), "Fatal Python error: of the test"); n != 2 {
		t.Errorf("the sink has the line %d times, want 2: %q", n, sink.String())
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func TestEnvironment(t *testing.T) {
	got := environment([]string{"PATH=/bin", "PYTHONPATH=/evil", "pythonhome=/evil", "PYPYLOG=x", "PYTHONHASHSEED=7", "HOME=/h"})
	want := append([]string{"PATH=/bin", "HOME=/h", "PYTHONHASHSEED=0", "PYTHONSAFEPATH=1"}, allocator(nil)...)
	if !slices.Equal(got, want) {
		t.Errorf("environment = %q, want %q", got, want)
	}
}

// What the user set stays.
func TestAllocator(t *testing.T) {
	for _, c := range []struct {
		env  []string
		want string // of GLIBC_TUNABLES
	}{
		{nil, "glibc.malloc.hugetlb=1"},
		{[]string{"GLIBC_TUNABLES="}, "glibc.malloc.hugetlb=1"},
		{[]string{"GLIBC_TUNABLES=glibc.malloc.check=3"}, "glibc.malloc.check=3:glibc.malloc.hugetlb=1"},
		{[]string{"GLIBC_TUNABLES=glibc.malloc.hugetlb=2", "MALLOC_TOP_PAD_=0"}, "glibc.malloc.hugetlb=2"},
	} {
		env := append(slices.Clone(c.env), allocator(c.env)...)
		if got, _ := lookup(env, "GLIBC_TUNABLES"); got != c.want {
			t.Errorf("with %q GLIBC_TUNABLES is %q, want %q", c.env, got, c.want)
		}
		for _, kv := range c.env {
			if name, value, _ := strings.Cut(kv, "="); name != "GLIBC_TUNABLES" {
				if got, _ := lookup(env, name); got != value {
					t.Errorf("with %q %s is %q", c.env, name, got)
				}
			}
		}
	}
}
