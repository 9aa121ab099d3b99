//go:build conformance && unix

package cpython

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// each runs a test with a pool of every supported interpreter on the machine.
func each(t *testing.T, f func(*testing.T, interptest.Interpreter, *Pool)) {
	t.Helper()
	n := 0
	for _, i := range interptest.Found() {
		if Supported(i.Version) != nil {
			continue
		}
		n++
		t.Run(i.Version.String(), func(t *testing.T) {
			f(t, i, openReal(t, i, Options{Jobs: 2}))
		})
	}
	if n == 0 {
		t.Skip("no interpreter on this machine")
	}
}

func openReal(t testing.TB, i interptest.Interpreter, o Options) *Pool {
	t.Helper()
	o.Interpreter, o.Target = i.Path, i.Version
	p, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

// newest is the newest CPython on the machine: for tests of the pool, not of what
// interpreters do.
func newest(t *testing.T) interptest.Interpreter {
	t.Helper()
	all := interptest.Found()
	for k := len(all) - 1; k >= 0; k-- {
		if v := all[k].Version; Supported(v) == nil && v.Implementation == pyc.CPython {
			return all[k]
		}
	}
	t.Skip("no CPython on this machine")
	return interptest.Interpreter{}
}

func TestInfo(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		info := p.Info()
		if info.Target != i.Version || info.Magic != i.Magic || info.Detail != i.Path {
			t.Errorf("Info() = %+v, want %+v", info, i)
		}
		if tag := p.Interpreter().CacheTag; tag != i.Version.CacheTag() {
			t.Errorf("cache tag %q, want %q", tag, i.Version.CacheTag())
		}
		found, err := Probe(context.Background(), i.Path)
		if err != nil || found != p.Interpreter() {
			t.Errorf("Probe = %+v, %v; want %+v", found, err, p.Interpreter())
		}
	})
}

// TestUnsupported: Python 3.7 and older say what they are.
func TestUnsupported(t *testing.T) {
	for _, i := range interptest.Found() {
		if Supported(i.Version) == nil {
			continue
		}
		_, err := Open(context.Background(), Options{Interpreter: i.Path})
		if err == nil || !strings.Contains(err.Error(), SupportedSeries) || !strings.Contains(err.Error(), i.Version.String()) {
			t.Errorf("%s: err = %v", i.Version, err)
		}
	}
}

// TestIsolation opens a pool where everything is set for a Python to run what
// lies about: the working folder and PYTHONPATH have modules that interpreters
// import when they start, and each leaves a mark.
func TestIsolation(t *testing.T) {
	dir := t.TempDir()
	mark := filepath.Join(dir, "mark")
	evil := "open(" + strconv.Quote(mark) + ", 'a').write(__name__ + '\\n')\n"
	for _, name := range []string{"linecache", "warnings", "io", "os", "site", "sitecustomize", "usercustomize", "marshal", "re", "tokenize", "traceback", "codecs", "encodings/__init__", "importlib/__init__"} {
		file := filepath.Join(dir, name+".py")
		os.MkdirAll(filepath.Dir(file), 0o755)
		if err := os.WriteFile(file, []byte(evil), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for k, v := range map[string]string{
		"PYTHONPATH": dir, "PYTHONSTARTUP": filepath.Join(dir, "io.py"), "PYTHONHOME": dir, "PYTHONWARNINGS": "error",
		"PYTHONOPTIMIZE": "2", "PYTHONINSPECT": "1", "PYTHONNODEBUGRANGES": "1", "PYTHONUSERBASE": dir, "PYTHONVERBOSE": "1",
	} {
		t.Setenv(k, v)
	}
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		r, err := p.Compile(context.Background(), backend.Request{Source: []byte("'doc'\nassert x is 1\nopen('mark', 'w')\n" + evil), Filename: "linecache.py"})
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Warnings) != 1 || r.Warnings[0].Type != "SyntaxWarning" || r.Warnings[0].Line != 2 || r.Warnings[0].Text != "assert x is 1" {
			t.Errorf("warnings = %+v", r.Warnings)
		}
		if _, err := p.Compile(context.Background(), backend.Request{Source: []byte("# coding: koi8-r\nx = (\n"), Filename: "a.py"}); err == nil {
			t.Error("a fault was not found")
		}
		if b, err := os.ReadFile(mark); err == nil {
			t.Errorf("these ran: %q", b)
			os.Remove(mark)
		}
	})
}

// TestWorkerState asks a worker's interpreter itself what it is like.
func TestWorkerState(t *testing.T) {
	for _, i := range interptest.Found() {
		if Supported(i.Version) != nil {
			continue
		}
		cmd := command(i.Path)
		// The same command, with a script that looks instead of serving.
		cmd.Args[len(cmd.Args)-1] = strings.Split(workerScript, "def greeting()")[0] +
			"import os\nprint(sys.flags.hash_randomization, sys.flags.utf8_mode, sys.flags.no_site, sys.flags.no_user_site, sys.flags.dont_write_bytecode, sys.flags.optimize, '' in sys.path, os.getcwd() in sys.path, os.getcwd())"
		out, err := cmd.CombinedOutput()
		if want := "0 1 1 1 1 0 False False /\n"; err != nil || string(out) != want {
			t.Errorf("%s: %q, err = %v; want %q", i.Version, out, err, want)
		}
	}
}

// TestMatchesPyCompile compiles a sample of each standard library (60 files, or
// what PRECOMPILE_SAMPLE says), many files in a worker, and wants of each what a fresh process made of it, to the byte.
func TestMatchesPyCompile(t *testing.T) {
	if os.Getenv("PRECOMPILE_SAMPLE") == "" {
		t.Setenv("PRECOMPILE_SAMPLE", "60")
	}
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		if !i.Version.AtLeast(3, 11) || i.Version.Implementation == pyc.PyPy {
			t.Skip("here the form is package marshal's own")
		}
		corpus := interptest.Stdlib(t, i, 0)
		var reqs []backend.Request
		files := map[string]string{}
		for _, f := range corpus.Files {
			files[corpus.Path(f)] = f
			reqs = append(reqs, backend.Request{Source: corpus.Source(t, f), Filename: corpus.Path(f)})
		}
		var mu sync.Mutex
		differ := 0
		compileAll(t, p, reqs, func(req backend.Request, r backend.Result, err error) {
			mu.Lock()
			defer mu.Unlock()
			want, ok := corpus.Pyc(t, files[req.Filename])
			if ok != (err == nil) {
				t.Errorf("%s: err = %v; py_compile compiled it: %v", req.Filename, err, ok)
			} else if ok && !bytes.Equal(r.Code, want[pyc.HeaderSize:]) {
				differ++
				t.Logf("%s: %d bytes, want %d, not the same", req.Filename, len(r.Code), len(want))
			}
		})
		// What depends on what a process did before is package marshal's to tell;
		// its own tests keep the ledger.
		if differ > len(reqs)/50 {
			t.Errorf("%d of %d files differ from what a fresh process makes of them", differ, len(reqs))
		}
	})
}

// TestOrderAndJobs: whatever a worker did before, the bytes are the same.
func TestOrderAndJobs(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, two *Pool) {
		reqs := sources(t, filepath.Join(i.Stdlib, "json"))
		reqs = append(reqs, sources(t, filepath.Join(i.Stdlib, "importlib"))...)
		reqs = append(reqs, sources(t, filepath.Join(i.Stdlib, "asyncio"))...)
		collect := func(p *Pool, reqs []backend.Request) map[string]string {
			var mu sync.Mutex
			out := map[string]string{}
			compileAll(t, p, reqs, func(req backend.Request, r backend.Result, err error) {
				if err != nil {
					t.Errorf("%s: %v", req.Filename, err)
				}
				mu.Lock()
				out[req.Filename] = string(r.Code)
				mu.Unlock()
			})
			return out
		}
		forward := collect(openReal(t, i, Options{Jobs: 1}), reqs)
		backward := make([]backend.Request, len(reqs))
		for k, r := range reqs {
			backward[len(reqs)-1-k] = r
		}
		for _, others := range []map[string]string{collect(two, backward), collect(two, reqs)} {
			for name, code := range others {
				if code != forward[name] {
					t.Errorf("%s: other bytes in another order", name)
				}
			}
		}
		if len(forward) < 40 {
			t.Errorf("only %d files", len(forward))
		}
	})
}

// endless is a source that takes a while, 20 s and more: who waits for it, waits
// longer than soon.
func endless() []byte { return bytes.Repeat([]byte("x = y + f(z)\n"), 20<<20/13) }

// soon is when something has come to pass that takes no time, on a busy machine.
const soon = 10 * time.Second

// childrenTime is the processor time of the processes that were started here and
// have ended.
func childrenTime(t *testing.T) time.Duration {
	t.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestHang: a file that takes too long is given up, twice.
func TestHang(t *testing.T) {
	p := openReal(t, newest(t), Options{Jobs: 1, Timeout: 700 * time.Millisecond})
	before := childrenTime(t)
	_, err := p.Compile(context.Background(), backend.Request{Source: endless(), Filename: "a.py"})
	var lost *WorkerError
	if !errors.Is(err, ErrTimeout) || !errors.As(err, &lost) || lost.Attempts != 2 {
		t.Errorf("err = %v, want a time-out, twice", err)
	}
	// By their own alarms they would end as well, but after 6 s each. What they did
	// until then says when that was, however long they had to wait for a processor.
	if d := childrenTime(t) - before; d > alarmSlack {
		t.Errorf("the workers were at it for %s", d)
	}
	p.options.Timeout = DefaultTimeout // a small file, too, may take 700 ms
	if _, err := p.Compile(context.Background(), source("x = 1\n")); err != nil {
		t.Errorf("the next file: %v", err)
	}
}

// TestCancelWhileCompiling: compile() is not waited for.
func TestCancelWhileCompiling(t *testing.T) {
	p := openReal(t, newest(t), Options{Jobs: 1})
	src := endless()
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := p.Compile(ctx, backend.Request{Source: src, Filename: "a.py"})
	if !errors.Is(err, context.DeadlineExceeded) || time.Since(began) > soon {
		t.Errorf("err = %v after %s", err, time.Since(began))
	}
}

// TestKillWhileCompiling kills every worker again and again. A file is only lost
// when two workers died over it alone, or three before they were there, and then
// the others of its batch with it; what is not lost is right. So kills pay for
// losses, on any machine. And when it is over, nothing is lost any more.
func TestKillWhileCompiling(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("finds workers in /proc")
	}
	i := newest(t)
	// Where workers die faster than they start, nothing else would be tested: the
	// pace is the machine's.
	began := time.Now()
	p := openReal(t, i, Options{Jobs: 2})
	if _, err := p.Compile(context.Background(), source("x = 1\n")); err != nil {
		t.Fatal(err)
	}
	pace := max(40*time.Millisecond, 2*time.Since(began))
	reqs := sources(t, filepath.Join(i.Stdlib, "asyncio"))
	want := map[string]string{}
	var mu sync.Mutex
	compileAll(t, p, reqs, func(req backend.Request, r backend.Result, err error) {
		if err != nil {
			t.Errorf("%s: %v", req.Filename, err)
		}
		mu.Lock()
		want[req.Filename] = string(r.Code)
		mu.Unlock()
	})
	stop := make(chan struct{})
	var killer sync.WaitGroup
	var kills atomic.Int64
	killer.Go(func() {
		for {
			select {
			case <-stop:
				return
			case <-time.After(pace):
			}
			if pids := p.workers(); len(pids) > 0 && syscall.Kill(pids[int(kills.Load())%len(pids)], syscall.SIGKILL) == nil {
				kills.Add(1)
			}
		}
	})
	crashed, done := 0, 0
	unstarted := map[*WorkerError]int{} // one for all of a batch
	for round := 0; round < 5 || kills.Load() < 30; round++ {
		var wg sync.WaitGroup
		for _, req := range reqs {
			wg.Go(func() {
				r, err := p.Compile(context.Background(), req)
				mu.Lock()
				defer mu.Unlock()
				done++
				var lost *WorkerError
				switch {
				case errors.As(err, &lost) && lost.Kind == ErrCrashed:
					crashed++
				case errors.As(err, &lost) && lost.Kind == ErrStart:
					unstarted[lost]++
				case err != nil:
					t.Errorf("%s: %v", req.Filename, err)
				case string(r.Code) != want[req.Filename]:
					t.Errorf("%s: other bytes", req.Filename)
				}
			})
		}
		wg.Wait()
	}
	close(stop)
	killer.Wait()
	t.Logf("%d kills, one in %s, over %d files: %d lost, and %d times a start", kills.Load(), pace, done, crashed, len(unstarted))
	if int64(2*crashed+3*len(unstarted)) > kills.Load() {
		t.Errorf("%d kills lost %d files, and %d times a start", kills.Load(), crashed, len(unstarted))
	}
	for _, n := range unstarted {
		if n > batchFiles {
			t.Errorf("a start lost %d files", n)
		}
	}
	compileAll(t, p, reqs, func(req backend.Request, r backend.Result, err error) {
		if err != nil || string(r.Code) != want[req.Filename] {
			t.Errorf("%s, when it was over: %d bytes, %v", req.Filename, len(r.Code), err)
		}
	})
}

// workers are the processes that have this one for a parent and run worker.py.
func (p *Pool) workers() []int {
	var out []int
	entries, _ := filepath.Glob("/proc/self/task/*/children")
	for _, file := range entries {
		b, _ := os.ReadFile(file)
		for _, f := range strings.Fields(string(b)) {
			pid, _ := strconv.Atoi(f)
			if line, _ := os.ReadFile("/proc/" + f + "/cmdline"); bytes.Contains(line, []byte("PcQ1")) {
				out = append(out, pid)
			}
		}
	}
	return out
}

// TestParentDies kills a process that has a pool with a worker at work: the
// worker must not outlive it.
func TestParentDies(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("finds workers in /proc")
	}
	if path := os.Getenv("PRECOMPILE_DOOMED_PARENT"); path != "" {
		p, err := Open(context.Background(), Options{Interpreter: path, Jobs: 2})
		if err != nil {
			t.Fatal(err)
		}
		// Both take a while, or one worker would do for both.
		go p.Compile(context.Background(), backend.Request{Source: endless(), Filename: "b.py"})
		p.Compile(context.Background(), backend.Request{Source: endless(), Filename: "a.py"})
		t.Fatal("it should have been killed by now")
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(exe, "-test.run", "^TestParentDies$")
	cmd.Env = append(os.Environ(), "PRECOMPILE_DOOMED_PARENT="+newest(t).Path)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var workers []int
	for began := time.Now(); len(workers) < 2 && time.Since(began) < time.Minute; time.Sleep(20 * time.Millisecond) {
		workers = interptest.Children(cmd.Process.Pid)
	}
	// With that many bytes they have read their files, and are at work.
	for began := time.Now(); slices.ContainsFunc(workers, func(pid int) bool { return resident(pid) < 100<<20 }); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > time.Minute {
			t.Error("a worker is idle")
			break
		}
	}
	cmd.Process.Kill()
	cmd.Wait()
	if len(workers) < 2 {
		t.Fatalf("the parent had %d workers, want 2", len(workers))
	}
	deadline := time.Now().Add(soon)
	for _, pid := range workers {
		for {
			line, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
			if err != nil || len(line) == 0 { // gone, or a zombie that init has not seen
				break
			}
			if time.Now().After(deadline) {
				syscall.Kill(pid, syscall.SIGKILL)
				t.Fatalf("worker %d outlives its parent", pid)
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// resident is how much memory a process has, in bytes.
func resident(pid int) int {
	b, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	var size, pages int
	fmt.Sscan(string(b), &size, &pages)
	return pages * os.Getpagesize()
}

// TestAlarm: where the system sends no parent-death signal, a worker that is
// stuck in compile() still ends by its own alarm.
func TestAlarm(t *testing.T) {
	i := newest(t)
	cmd := command(i.Path)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	r := request{id: 1, seconds: 1, filename: "a.py", source: endless()}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		in.Write(r.appendHead(nil))
		in.Write(r.source)
		// The pipe stays open: nobody tells the worker that it is alone.
	}()
	cmd.Wait()
	if s := cmd.ProcessState.String(); s != "signal: alarm clock" || time.Since(began) > soon {
		t.Errorf("it ended with %q after %s", s, time.Since(began))
	}
	in.Close()
}

// TestFiftyMegabytes: a large file passes through, and the worker after it is a
// new one.
func TestFiftyMegabytes(t *testing.T) {
	i := newest(t)
	p := openReal(t, i, Options{Jobs: 1})
	src := append(bytes.Repeat([]byte("# a comment of some fifty characters, and no more\n"), 1<<20), "x = 1\ny = (\n"...)
	_, err := p.Compile(context.Background(), backend.Request{Source: src, Filename: "a.py"})
	if err == nil || !strings.Contains(err.Error(), "was never closed") {
		t.Errorf("err = %v", err)
	}
	if r, err := p.Compile(context.Background(), backend.Request{Source: src[:len(src)-6], Filename: "a.py"}); err != nil || len(r.Code) == 0 {
		t.Errorf("err = %v", err)
	}
}

func TestFindReal(t *testing.T) {
	dir := t.TempDir()
	i := newest(t)
	link := filepath.Join(dir, "python3")
	// A link to a wrapper works as long as the wrapper does not look at its name.
	if err := os.Symlink(i.Path, link); err != nil {
		t.Fatal(err)
	}
	found, err := Find(context.Background(), i.Version, Search{Path: []string{dir}})
	if err != nil || found.Version != i.Version || found.Path != link {
		t.Errorf("found %+v, err = %v", found, err)
	}
}
