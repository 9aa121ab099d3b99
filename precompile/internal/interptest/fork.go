//go:build unix

package interptest

import (
	"bufio"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

//go:embed fork.py
var forkScript string

// Forker compiles many files, each as a fresh `python -m py_compile` does, without
// the cost of a process's start: an interpreter that has come to the point
// where py_compile looks for its files, and that forks there for each of them.
//
// TestForker holds it to fresh processes. It serves one goroutine.
type Forker struct {
	i      Interpreter
	level  int
	folder string // where the caches are written
	in     io.WriteCloser
	out    *bufio.Reader
}

// NewForker starts one for an optimise level; it ends with the test.
func NewForker(t testing.TB, i Interpreter, level int) *Forker {
	t.Helper()
	f := &Forker{i: i, level: level, folder: t.TempDir()}
	args := []string{"-c", forkScript, f.folder}
	if level > 0 {
		args = append([]string{"-" + strings.Repeat("O", level)}, args...)
	}
	cmd := exec.Command(i.Path, args...)
	freshProcess(cmd)
	var err error
	if f.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	f.out = bufio.NewReader(out)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.in.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("the forker of %s: %v", i.Version, err)
		}
	})
	return f
}

// Compile compiles the source at a full path. It returns the whole cache, header
// included; ok is false where the interpreter rejected the source, and then b is
// what it said. The error is the Forker's own, and the end of it.
func (f *Forker) Compile(path string) (b []byte, ok bool, err error) {
	if !filepath.IsAbs(path) || strings.ContainsRune(path, '\n') {
		return nil, false, fmt.Errorf("%q is no full path of one line", path)
	}
	if _, err := io.WriteString(f.in, path+"\n"); err != nil {
		return nil, false, err
	}
	said, err := f.out.ReadString(0)
	if err != nil {
		return nil, false, fmt.Errorf("%s: the forker of %s: %w", path, f.i.Version, err)
	}
	said = said[:len(said)-1]
	line, err := f.out.ReadString('\n')
	if err != nil {
		return nil, false, err
	}
	// The form of PYTHONPYCACHEPREFIX: no __pycache__.
	cache := filepath.Join(f.folder, filepath.Dir(path), pyc.CacheName(filepath.Base(path), f.i.Version.CacheTag(), f.level))
	b, err = os.ReadFile(cache)
	switch status, _ := strconv.Atoi(strings.TrimSpace(line)); {
	case err == nil && status == 0:
		return b, true, os.Remove(cache)
	case errors.Is(err, os.ErrNotExist) && status == 1:
		return []byte(said), false, nil
	default:
		return nil, false, fmt.Errorf("%s: py_compile of %s ended with %s and left no cache\n%s", path, f.i.Version, strings.TrimSpace(line), said)
	}
}
