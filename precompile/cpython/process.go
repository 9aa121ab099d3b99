package cpython

import (
	"bufio"
	_ "embed"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"
)

//go:embed worker.py
var workerScript string

// command is what runs worker.py in the interpreter at path.
func command(path string) *exec.Cmd {
	cmd := exec.Command(path, "-s", "-S", "-B", "-X", "utf8", "-c", workerScript)
	cmd.Env = environment(os.Environ())
	cmd.Dir = rootDir(path)
	return cmd
}

// environment is that of a worker: env without what steers a Python, and with
// what makes it fast. What is left is for wrappers, which may need PATH or
// LD_LIBRARY_PATH.
func environment(env []string) []string {
	out := make([]string, 0, len(env)+2)
	for _, kv := range env {
		name := strings.ToUpper(kv)
		if strings.HasPrefix(name, "PYTHON") || strings.HasPrefix(name, "PYPY") {
			continue
		}
		out = append(out, kv)
	}
	out = append(out, "PYTHONHASHSEED=0", "PYTHONSAFEPATH=1")
	return append(out, allocator(env)...)
}

// rootDir is a folder that no project is in.
func rootDir(path string) string {
	if v := filepath.VolumeName(path); v != "" {
		return v + string(filepath.Separator)
	}
	return string(filepath.Separator)
}

// spawner starts processes from one operating-system thread, which lives until
// close. Linux sends a parent-death signal when the thread that forked ends, and
// Go ends threads whose goroutine was locked to them.
type spawner struct {
	work chan func()
	done chan struct{}
}

func newSpawner() *spawner {
	s := &spawner{work: make(chan func()), done: make(chan struct{})}
	go func() {
		defer close(s.done)
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for f := range s.work {
			f()
		}
	}()
	return s
}

func (s *spawner) start(cmd *exec.Cmd) error {
	err := make(chan error, 1)
	s.work <- func() { err <- cmd.Start() }
	return <-err
}

// close ends the thread. No process may be left by then.
func (s *spawner) close() {
	close(s.work)
	<-s.done
}

// process is one interpreter with its two pipes. One goroutine owns it at a
// time; only kill may be called from others.
type process struct {
	cmd    *exec.Cmd
	in     *os.File // what the process reads
	out    *os.File // what the process writes
	r      *bufio.Reader
	stderr *tail

	mu     sync.Mutex
	waited bool
}

// pipeSize is what pipes are asked to hold, so that a typical reply is written
// in one go.
const pipeSize = 256 << 10

// startProcess starts cmd with pipes of ours. sink, where not nil, gets what it
// writes to its standard error.
func startProcess(s *spawner, cmd *exec.Cmd, sink io.Writer) (*process, error) {
	childIn, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, childOut, err := os.Pipe()
	if err != nil {
		childIn.Close()
		in.Close()
		return nil, err
	}
	p := &process{cmd: cmd, in: in, out: out, stderr: &tail{sink: sink}}
	growPipe(in)
	growPipe(out)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = childIn, childOut, p.stderr
	// What a wrapper left behind must not keep Wait from returning.
	cmd.WaitDelay = time.Second
	isolate(cmd)
	err = s.start(cmd)
	childIn.Close()
	childOut.Close()
	if err != nil {
		in.Close()
		out.Close()
		return nil, err
	}
	volunteer(cmd.Process.Pid)
	p.r = bufio.NewReaderSize(out, 64<<10)
	return p, nil
}

// kill ends the process and its group, and with it what the owner waits for.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.waited {
		killGroup(p.cmd.Process)
	}
	// Should a grandchild hold the other ends, reads and writes end all the same.
	past := time.Unix(1, 0)
	p.in.SetDeadline(past)
	p.out.SetDeadline(past)
}

// end kills what is left of the process and its group, reaps it, and says how it
// ended. grace is how long one that ends by itself may take to do so, where its
// exit status is of interest.
func (p *process) end(grace time.Duration) string {
	// The process is only reaped here, so until then its number is no one else's
	// and the group can be killed by it, dead leader or not.
	time.Sleep(grace)
	p.mu.Lock()
	if p.waited {
		p.mu.Unlock()
		return ""
	}
	killGroup(p.cmd.Process)
	p.waited = true
	p.mu.Unlock()
	p.in.Close()
	err := p.cmd.Wait()
	p.out.Close()
	if p.cmd.ProcessState == nil {
		return err.Error()
	}
	return p.cmd.ProcessState.String()
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	buf  []byte
	sink io.Writer
}

const tailSize = 2048

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sink != nil {
		t.sink.Write(b) // its failure is not the worker's
	}
	t.buf = append(t.buf, b...)
	if n := len(t.buf); n > tailSize {
		t.buf = append(t.buf[:0], t.buf[n-tailSize:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.ToValidUTF8(string(t.buf), "\uFFFD")
}
