//go:build conformance

package worker

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// command builds the command.
func command(t *testing.T) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "precompile.exe")
	build := exec.Command("go", "build", "-o", exe, "github.com/rules-precompile/precompile/cmd/precompile")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	return exe
}

// started is a worker under test.
type started struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	errs    bytes.Buffer
}

func start(t *testing.T, exe string, args ...string) *started {
	t.Helper()
	s := &started{cmd: exec.Command(exe, args...)}
	s.cmd.Env = []string{"PATH=/nonexistent"} // nothing may be searched for
	s.cmd.Stderr = &s.errs
	var err error
	if s.in, err = s.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.answers = bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.cmd.Process.Kill() })
	return s
}

// peak is the worker's greatest resident size in MiB so far, or 0 where the
// system does not tell.
func (s *started) peak() int {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, _ := strconv.Atoi(strings.Fields(rest)[0])
			return kb >> 10
		}
	}
	return 0
}

const python = "3.13.0"

// TestProtocol speaks both encodings to the real command: thousands of
// multiplexed requests under way at once, in sandboxes and without, with faults,
// cancellations and lines of megabytes among them. Each is answered exactly
// once, caches are what one shot makes of the same sources, and memory does not
// grow with the stream.
func TestProtocol(t *testing.T) {
	const total = 10000
	interpreter := interptest.Find(t, python)
	exe := command(t)
	t.Chdir(t.TempDir())
	const sources = 40
	for i := range sources {
		text := fmt.Sprintf("def f%d(x):\n    return {'a', 'b', %d} | x\n", i, i)
		if i%10 == 9 {
			text = fmt.Sprintf("x = %d +* 2\n", i)
		}
		put(t, ".", map[string]string{fmt.Sprintf("s%d.py", i): text})
		put(t, "box/7", map[string]string{fmt.Sprintf("s%d.py", i): "inside = True\n" + text})
	}
	args := func(source int, out string) []string {
		return []string{
			"--invalidation_mode", "checked_hash", "--src", fmt.Sprintf("s%d.py", source), "--src_name", fmt.Sprintf("pkg/s%d.py", source),
			"--pyc", out, "--optimize", "0", "--python_version", "3.13", "--interpreter", interpreter.Path,
		}
	}
	// What one shot says and makes, in the sandbox and outside of it.
	type outcome struct {
		output string
		cache  []byte
	}
	var want [sources][2]outcome
	for i := range sources {
		for in, dir := range []string{".", "box/7"} {
			var text bytes.Buffer
			c := exec.Command(exe, append([]string{"worker"}, args(i, "want.pyc")...)...)
			c.Dir, c.Stderr, c.Env = dir, &text, []string{"PATH=/nonexistent"}
			err := c.Run()
			o := outcome{output: text.String()}
			if i%10 == 9 {
				if c.ProcessState.ExitCode() != ExitFailed || !strings.HasPrefix(o.output, fmt.Sprintf("s%d.py:%d:", i, 1+in)) {
					t.Fatalf("s%d.py: %v, %s", i, err, o.output)
				}
			} else {
				if err != nil {
					t.Fatalf("s%d.py: %v, %s", i, err, o.output)
				}
				o.cache, _ = os.ReadFile(filepath.Join(dir, "want.pyc"))
				_ = os.Remove(filepath.Join(dir, "want.pyc"))
			}
			want[i][in] = o
		}
	}
	each(t, func(t *testing.T, e encoding) {
		random := rand.New(rand.NewPCG(1, 2))
		// What each request is, by its id.
		type sent struct {
			source, in int
			out        string
			cancelled  bool
		}
		requests := make([]sent, total+1)
		for id := 1; id <= total; id++ {
			requests[id] = sent{random.IntN(sources), random.IntN(2), fmt.Sprintf("out/%s/%d.pyc", e.name, id), random.IntN(20) == 0}
		}
		s := start(t, exe, "--persistent_worker") // as rules_python starts it: without a verb
		begin := time.Now()
		written := make(chan error, 1)
		go func() {
			w := bufio.NewWriterSize(s.in, 1<<20)
			var buf []byte
			for id := 1; id <= total; id++ {
				r := requests[id]
				req := WorkRequest{RequestID: int32(id), Arguments: args(r.source, r.out)}
				if r.in == 1 {
					req.SandboxDir = "box/7"
				}
				if id%1000 == 0 {
					req.Arguments = append(req.Arguments, "--log_level", strings.Repeat("x", 4<<20))
				}
				buf = e.request(buf[:0], req)
				if r.cancelled {
					buf = e.request(buf, WorkRequest{RequestID: int32(id), Cancel: true})
				}
				if id%97 == 0 {
					buf = e.request(buf, WorkRequest{RequestID: int32(id - 90), Cancel: true}) // most are done by then
					requests[max(id-90, 1)].cancelled = true
				}
				if _, err := w.Write(buf); err != nil {
					written <- err
					return
				}
			}
			err := w.Flush()
			s.in.Close()
			written <- err
		}()
		answered := make([]*WorkResponse, total+1)
		n, cancelled, peak := 0, 0, 0
		for {
			a, err := e.response(s.answers)
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("after %d answers: %v; standard error: %s", n, err, s.errs.String())
			}
			if a.RequestID < 1 || a.RequestID > total || answered[a.RequestID] != nil {
				t.Fatalf("an answer nobody waits for: %v", a)
			}
			answered[a.RequestID] = &a
			n++
			if n%500 == 0 {
				peak = max(peak, s.peak())
			}
		}
		t.Logf("%d requests in %v, %d MiB at most", n, time.Since(begin).Round(time.Millisecond), peak)
		if runtime.GOOS == "linux" && (peak == 0 || peak > 400) {
			t.Errorf("the worker took %d MiB, want less than 400", peak)
		}
		if err := <-written; err != nil {
			t.Error(err)
		}
		if err := s.cmd.Wait(); err != nil {
			t.Errorf("the worker ended with %v: %s", err, s.errs.String())
		}
		if s.errs.Len() > 0 {
			t.Errorf("standard error: %s", s.errs.String())
		}
		for id := 1; id <= total; id++ {
			a, r := answered[id], requests[id]
			if a == nil {
				t.Fatalf("request %d was not answered", id)
			}
			place := r.out
			if r.in == 1 {
				place = "box/7/" + r.out
			}
			cache, err := os.ReadFile(place)
			if a.WasCancelled {
				cancelled++
				if !r.cancelled || err == nil {
					t.Fatalf("request %d: cancelled without need (%v), or its cache is there (%v)", id, !r.cancelled, err == nil)
				}
				continue
			}
			o := want[r.source][r.in]
			if a.Output != o.output || (a.ExitCode == 0) != (o.cache != nil) || !bytes.Equal(cache, o.cache) {
				t.Fatalf("request %d: exit code %d, output %q; want the output %q; the cache is equal: %v", id, a.ExitCode, a.Output, o.output, bytes.Equal(cache, o.cache))
			}
		}
		if cancelled == 0 {
			t.Error("no request was cancelled in time, of hundreds")
		}
		t.Logf("%d were cancelled in time", cancelled)
	})
}

// TestProtocolEnds tells how the real command ends: at half a message, at
// garbage, and where its input ends in the middle of work.
func TestProtocolEnds(t *testing.T) {
	interpreter := interptest.Find(t, python)
	exe := command(t)
	t.Chdir(t.TempDir())
	put(t, ".", map[string]string{"a.py": "a = 1\n"})
	each(t, func(t *testing.T, e encoding) {
		request := func(id int32) []byte {
			return e.request(nil, WorkRequest{RequestID: id, Arguments: []string{
				"--src", "a.py", "--src_name", "a.py", "--pyc", fmt.Sprintf("%d.pyc", id), "--python_version", "3.13", "--interpreter", interpreter.Path,
			}})
		}
		half := request(3)
		for name, tail := range map[string]string{"EOF": "", "half": string(half[:len(half)-3]), "garbage": "\x03\xff\xff\xff\n"} {
			s := start(t, exe, "worker", "--persistent_worker")
			go func() {
				_, _ = s.in.Write(append(append(request(1), request(2)...), tail...))
				s.in.Close()
			}()
			seen := map[int32]bool{}
			for {
				a, err := e.response(s.answers)
				if err == io.EOF {
					break
				}
				if err != nil || a.ExitCode != 0 || seen[a.RequestID] {
					t.Fatalf("%s: answer %v, %v", name, a, err)
				}
				seen[a.RequestID] = true
			}
			err := s.cmd.Wait()
			if len(seen) != 2 || (err == nil) != (tail == "") || (s.errs.Len() == 0) != (tail == "") {
				t.Errorf("%s: %d answers, %v, standard error %q", name, len(seen), err, s.errs.String())
			}
		}
	})
}
