//go:build unix

package memo

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asWriter has the test binary be one of several processes that use a folder.
const asWriter = "PRECOMPILE_TEST_MEMO"

func TestMain(m *testing.M) {
	if dir := os.Getenv(asWriter); dir != "" {
		os.Exit(writer(dir))
	}
	os.Exit(m.Run())
}

// writer goes over the same sources again and again, in an order of its own.
func writer(dir string) int {
	m, err := Open(dir, Options{MaxBytes: 64 * 8192})
	if err != nil {
		fmt.Println(err)
		return 1
	}
	m.patience = time.Minute // who does not get the lock leaves the folder larger than it should be
	c := &fake{identity: "one", pad: 5000}
	for round := range 6 {
		s := m.Begin(false)
		r, err := s.Compiler(c)
		if err != nil {
			fmt.Println(err)
			return 1
		}
		for i := range 100 {
			req := request(fmt.Sprintf("source %d", (i*(7+2*round)+os.Getpid())%100))
			res, err := r.Compile(context.Background(), req)
			if want := c.made(req); err != nil || !bytes.Equal(res.Code, want.Code) {
				fmt.Printf("%s: %.40q, %v\n", req.Source, res.Code, err)
				return 1
			}
		}
		if o := s.End(); o.Fault != nil || len(o.Rejected) > 0 {
			fmt.Printf("%+v\n", o)
			return 1
		}
	}
	return 0
}

// TestProcesses has several processes write, read and remove the same entries.
func TestProcesses(t *testing.T) {
	dir := t.TempDir()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var running []*exec.Cmd
	var outputs [4]bytes.Buffer
	for i := range outputs {
		cmd := exec.Command(exe)
		cmd.Env = append(os.Environ(), asWriter+"="+dir)
		cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		running = append(running, cmd)
	}
	for i, cmd := range running {
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, outputs[i].String())
		}
	}
	if n := total(t, dir); n == 0 || n > 64*8192 {
		t.Errorf("%d bytes are left, the bound is %d", n, 64*8192)
	}
	for _, path := range entries(t, dir) {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := parseEntry(data, key(data[bodyStart:])); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", ".precompile-*")); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}

// TestPipe: the opening of a planted pipe does not wait for its other end.
func TestPipe(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{})
	c := &fake{}
	compile(t, m, c, request("a"))
	for _, path := range []string{entries(t, dir)[0], filepath.Join(dir, lockName), filepath.Join(dir, sizeName)} {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Mkfifo(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan Outcome)
	go func() { done <- compile(t, m, c, request("a")) }()
	select {
	case o := <-done:
		if o.Misses != 1 || len(o.Rejected) != 1 || !strings.Contains(o.Rejected[0].Reason, "not a regular file") {
			t.Errorf("%+v", o)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it waits")
	}
}

// info is a file of a user.
type info struct {
	os.FileInfo
	mode os.FileMode
	uid  uint32
}

func (i info) Mode() os.FileMode { return i.mode }
func (i info) Sys() any          { return &syscall.Stat_t{Uid: i.uid} }

// TestOwners: where everyone may write, files of strangers are not used.
func TestOwners(t *testing.T) {
	self, owner, stranger := uint32(os.Geteuid()), uint32(4001), uint32(4002)
	for _, c := range []struct {
		dir, file os.FileMode
		uid       uint32
		ok        bool
	}{
		{0o755, 0o644, stranger, true}, // the owner of the folder let it in
		{0o775, 0o644, stranger, true},
		{0o755, 0o666, owner, false},
		{0o777, 0o644, self, true},
		{0o777, 0o644, owner, true},
		{0o777, 0o644, 0, true},
		{0o777, 0o644, stranger, false},
		{0o777, 0o646, self, false},
	} {
		a := accessOf(info{mode: c.dir | os.ModeDir, uid: owner})
		if err := a.check(info{mode: c.file, uid: c.uid}); (err == nil) != c.ok {
			t.Errorf("a folder of mode %o, a file of mode %o of user %d: %v", c.dir, c.file, c.uid, err)
		}
	}
	// Whatever the umask, what is made is not for everyone to write.
	old := syscall.Umask(0)
	defer syscall.Umask(old)
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	compile(t, open(t, dir, Options{}), &fake{}, request("a"))
	for _, path := range append(entries(t, dir), filepath.Dir(entries(t, dir)[0]), filepath.Join(dir, sizeName), filepath.Join(dir, lockName)) {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm()&0o002 != 0 {
			t.Errorf("%s: mode %v, %v", path, info.Mode(), err)
		}
	}
}

// TestReadOnly: a folder that cannot be written gives what it has, and what it
// does not keep is told once.
func TestReadOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "memo")
	c := &fake{identity: "one"}
	compile(t, open(t, dir, Options{}), c, numbered(0, 3)...)
	for _, d := range append(shards(t, dir), dir, filepath.Dir(dir), filepath.Dir(filepath.Dir(dir))) {
		if err := os.Chmod(d, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(d, 0o755) })
	}
	defer unprivileged(t)()
	m := open(t, dir, Options{})
	want(t, "what is there", compile(t, m, c, numbered(0, 3)...), 3, 0, 0, 0)
	o := compile(t, m, c, numbered(0, 30)...)
	if o.Hits != 3 || o.Misses != 27 || o.Stored != 0 || o.Fault == nil || o.Fault.Error() != "cannot write to it: permission denied" {
		t.Errorf("%+v", o)
	}
	if _, err := Open(filepath.Join(dir, "sub"), Options{}); err == nil {
		t.Error("a folder that cannot be made is opened")
	}
}

func shards(t *testing.T, dir string) []string {
	t.Helper()
	out, err := filepath.Glob(filepath.Join(dir, "[0-9a-f][0-9a-f]"))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// unprivileged takes root's rights over files from the calling goroutine, until
// the function that it returns is called.
func unprivileged(t *testing.T) (undo func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		return func() {}
	}
	runtime.LockOSThread()
	setFSUID(t, 65534)
	return func() {
		setFSUID(t, 0)
		runtime.UnlockOSThread()
	}
}
