package cpython

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// The environment variables that make this test binary a worker without Python.
// A state file tells the first worker of a test from later ones.
const (
	fakeMode  = "PRECOMPILE_FAKE_WORKER"
	fakeState = "PRECOMPILE_FAKE_STATE"
)

func TestMain(m *testing.M) {
	if mode := os.Getenv(fakeMode); mode != "" {
		fakeWorker(mode)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

const goodGreeting = "precompile-worker 1 cpython 3 13 0 final cpython-313 f30d0d0a - 332e3133 2f62696e2f707974686f6e"

// fakeWorker greets and answers as worker.py does; what it does instead is its
// mode, or in a request the first word of the source:
//
//	crash      end without an answer
//	signal     kill itself
//	hang       sleep
//	pause      sleep until its gate is open, and answer
//	garbage    answer with bytes that are no frame
//	oversized  claim a reply of 2 GB
//	id         answer another request
//	short      claim more than is sent, and end
//	nobody     answer with an empty body
//	record     answer with a fault that ends early
//	fault      answer with a fault
//	remark     answer with a remark and code
//
// A word that starts with "once-" does so in a test's first worker alone. "hang"
// and "pause" may have a gate for a second word.
func fakeWorker(mode string) {
	state := os.Getenv(fakeState)
	first := false
	if state != "" {
		f, err := os.OpenFile(state, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if first = err == nil; first {
			f.Close()
		}
	}
	greeting := goodGreeting
	switch mode {
	case "wrong-series":
		greeting = strings.Replace(greeting, "3 13 0", "3 12 1", 1)
		greeting = strings.Replace(greeting, "f30d", "cb0d", 1)
	case "wrong-magic":
		greeting = strings.Replace(greeting, "f30d", "f20d", 1)
	case "free-threaded":
		greeting = strings.Replace(greeting, " - ", " free-threaded ", 1)
	case "pre-release":
		greeting = strings.Replace(greeting, "final", "candidate", 1)
	case "too-old":
		greeting = strings.Replace(greeting, "3 13 0", "3 7 16", 1)
	case "jython":
		greeting = strings.Replace(greeting, " cpython ", " jython ", 1)
	case "no-greeting":
		fmt.Println("Welcome to Python!")
		io.Copy(io.Discard, os.Stdin)
		return
	case "endless-greeting":
		for {
			if _, err := os.Stdout.WriteString(strings.Repeat("x", 4096)); err != nil {
				return
			}
		}
	case "no-start":
		fmt.Fprintln(os.Stderr, "cannot find my library")
		os.Exit(4)
	case "start-once":
		if !first {
			os.Exit(5)
		}
	case "changed-later":
		if !first {
			greeting = strings.Replace(greeting, "3 13 0", "3 13 1", 1)
		}
	case "killed-start", "killed-starts":
		if first || mode == "killed-starts" {
			killSelf()
		}
	case "mute":
		time.Sleep(time.Hour)
	case "slow-start":
		time.Sleep(300 * time.Millisecond)
	}
	fmt.Println(greeting)
	in := bufio.NewReader(os.Stdin)
	for {
		head := make([]byte, requestHead)
		if _, err := io.ReadFull(in, head); err != nil {
			return
		}
		if string(head[:4]) != requestMagic {
			os.Exit(6)
		}
		n := func(at int) uint32 { return binary.LittleEndian.Uint32(head[at:]) }
		filename := make([]byte, n(20))
		source := make([]byte, n(24))
		if _, err := io.ReadFull(in, filename); err != nil {
			return
		}
		if _, err := io.ReadFull(in, source); err != nil {
			return
		}
		word, rest, _ := strings.Cut(string(source[:min(len(source), 4096)]), " ")
		at := gate(strings.TrimSpace(rest))
		if later, once := strings.CutPrefix(word, "once-"); once {
			word = "ok"
			if first {
				word = later
			}
		}
		reply := func(id uint32, body string) {
			os.Stdout.WriteString(replyMagic)
			binary.Write(os.Stdout, binary.LittleEndian, []uint32{id, uint32(len(body))})
			os.Stdout.WriteString(body)
		}
		number := func(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }
		text := func(s string) string { return number(uint32(len(s))) + s }
		switch word {
		case "crash":
			fmt.Fprintln(os.Stderr, "Fatal Python error: of the test")
			os.Exit(7)
		case "signal":
			killSelf()
		case "hang":
			at.reach()
			time.Sleep(time.Hour)
		case "pause":
			at.reach()
			at.wait("open")
			reply(n(4), "C"+number(0)+"paused")
		case "garbage":
			os.Stdout.WriteString("Traceback (most recent call last)")
			time.Sleep(time.Hour)
		case "oversized":
			os.Stdout.WriteString(replyMagic)
			binary.Write(os.Stdout, binary.LittleEndian, []uint32{n(4), 0xfffffff0})
			time.Sleep(time.Hour)
		case "id":
			reply(n(4)+1, "C"+number(0)+"code")
		case "short":
			os.Stdout.WriteString(replyMagic)
			binary.Write(os.Stdout, binary.LittleEndian, []uint32{n(4), 1 << 20})
			os.Exit(0)
		case "nobody":
			reply(n(4), "")
		case "record":
			reply(n(4), "F"+number(1))
		case "fault":
			reply(n(4), "F"+number(3)+number(4)+number(3)+number(6)+text("SyntaxError")+text("invalid \xed\xa0\x80 syntax")+text("a b c"))
		case "remark":
			reply(n(4), "C"+number(1)+number(2)+number(0)+number(0)+number(0)+text("SyntaxWarning")+text("odd")+text("x is 1")+"code")
		case "pid":
			reply(n(4), "C"+number(0)+fmt.Sprint(os.Getpid()))
		default:
			reply(n(4), "C"+number(0)+fmt.Sprintf("%s|%d|%s", hex.EncodeToString(filename), int32(n(8)), source))
		}
	}
}

// gate is a folder by which a fake worker and its test wait for each other: the
// worker says that it is there, and the test that it may go on. Without a folder
// nobody waits.
type gate string

func newGate(t testing.TB) gate { return gate(t.TempDir()) }

func (g gate) mark(name string) {
	if g != "" {
		os.WriteFile(filepath.Join(string(g), name), nil, 0o600)
	}
}

func (g gate) reach() { g.mark("reached") }
func (g gate) open()  { g.mark("open") }

// wait reports whether somebody made the mark, in time for a machine that is busy.
func (g gate) wait(name string) bool {
	for deadline := time.Now().Add(time.Minute); g != ""; time.Sleep(time.Millisecond) {
		if _, err := os.Stat(filepath.Join(string(g), name)); err == nil {
			break
		}
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// reached waits until a worker is there.
func (g gate) reached(t testing.TB) {
	t.Helper()
	if !g.wait("reached") {
		t.Error("no worker came to the gate")
	}
}

func killSelf() {
	p, _ := os.FindProcess(os.Getpid())
	p.Kill()
	time.Sleep(time.Hour)
}

// fakeOptions makes workers of this test binary.
func fakeOptions(t testing.TB, mode string) Options {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	state := t.TempDir() + "/first"
	return Options{
		Jobs:    2,
		Timeout: 20 * time.Second,
		command: func() *exec.Cmd {
			cmd := exec.Command(exe)
			cmd.Env = append(os.Environ(), fakeMode+"="+mode, fakeState+"="+state)
			return cmd
		},
		canonical: func(dst, b []byte) ([]byte, error) { return append(dst, b...), nil },
	}
}

func openFake(t testing.TB, mode string, change func(*Options)) *Pool {
	t.Helper()
	o := fakeOptions(t, mode)
	if change != nil {
		change(&o)
	}
	p, err := Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.Close() })
	return p
}

func source(s string) backend.Request {
	return backend.Request{Source: []byte(s), Filename: "a.py"}
}

// waits is how many calls wait for a worker.
func (q *queue) waits() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)
}

// shortTimeout is for files that hang, where others must be done in that time, too,
// however busy the machine is.
const shortTimeout = 3 * time.Second

var v313 = pyc.Version{Major: 3, Minor: 13, Patch: pyc.AnyPatch}
