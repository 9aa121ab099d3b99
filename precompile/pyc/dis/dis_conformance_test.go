//go:build conformance && unix

package dis

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestInstructions compares every code object of every module of the standard
// library, tests included, with what the interpreter's own dis gives.
func TestInstructions(t *testing.T) {
	for _, i := range interptest.Found() {
		v := i.Version
		if v.Implementation != pyc.CPython || v.Minor < opcode.MinMinor || v.Minor > opcode.MaxMinor {
			continue
		}
		t.Run(v.String(), func(t *testing.T) { compareStdlib(t, i) })
	}
}

func compareStdlib(t *testing.T, i interptest.Interpreter) {
	c, wait := ask(t, i, "", interptest.StdlibSources(t, i))
	result := compareStream(t, i.Version.Minor, c)
	wait()
	if result.instructions < 1000 {
		t.Error("hardly anything was compared")
	}
}

// ask runs testdata/instructions.py over files.
func ask(t *testing.T, i interptest.Interpreter, dir string, files []string) (out io.Reader, wait func()) {
	t.Helper()
	script, err := filepath.Abs("testdata/instructions.py")
	if err != nil {
		t.Fatal(err)
	}
	// Not isolated: up to 3.10 the order of a set in the marshalled code, and so
	// the goldens, depend on a hash seed that -I would not take.
	c := exec.Command(i.Path, "-B", "-s", script)
	c.Env = append(os.Environ(), "PYTHONHASHSEED=0", "PYTHONPATH=")
	c.Dir = dir
	c.Stdin = strings.NewReader(strings.Join(files, "\n"))
	c.Stderr = os.Stderr
	pipe, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return pipe, func() {
		t.Helper()
		if err := c.Wait(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestGoldens makes testdata/3.X.rows.gz anew, from the sources beside it and
// the newest interpreter of the series, and compares. A golden of another patch
// release is not compared: what it compiles to may differ.
func TestGoldens(t *testing.T) {
	for minor := opcode.MinMinor; minor <= opcode.MaxMinor; minor++ {
		t.Run(fmt.Sprintf("3.%d", minor), func(t *testing.T) {
			i := interptest.Find(t, fmt.Sprintf("3.%d", minor))
			var files []string
			for _, from := range []int{8, 10, 11, 12, 13, 14, 15} {
				if from <= minor {
					files = append(files, fmt.Sprintf("f3%02d.py", from))
				}
			}
			pipe, wait := ask(t, i, "testdata/sources", files)
			want, err := io.ReadAll(pipe)
			if err != nil {
				t.Fatal(err)
			}
			wait()
			path := goldenPath(minor)
			if *update {
				var b bytes.Buffer
				z, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
				z.Comment = "CPython " + i.Version.String()
				z.Write(want)
				z.Close()
				if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			python, got := golden(t, minor)
			if python != "CPython "+i.Version.String() {
				t.Skipf("the golden is of %s, this is %s", python, i.Version)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s is not what the interpreter gives", path)
			}
		})
	}
}

// TestHostile reads every truncation of some, and 100,000 mutations of many of
// the caches that the interpreters make of their standard libraries.
func TestHostile(t *testing.T) {
	all := map[string][]byte{}
	for _, i := range interptest.Found() {
		v := i.Version
		if v.Implementation != pyc.CPython || v.Minor < opcode.MinMinor || v.Minor > opcode.MaxMinor {
			continue
		}
		files := interptest.StdlibSources(t, i)
		var some []string
		for n := 0; n < len(files); n += 40 {
			some = append(some, files[n])
		}
		pipe, wait := ask(t, i, "", some)
		magic, _ := pyc.MagicOf(v)
		header := pyc.NewHeader(magic, pyc.CheckedHash, nil, pyc.SourceStamp{}).Append(nil)
		n := 0
		err := stream(pipe, func(code, _ []byte) error {
			n++
			name := fmt.Sprintf("%s/%d", v, n)
			all[name] = append(header[:len(header):len(header)], code...)
			if n%10 == 0 && len(code) < 50_000 {
				truncate(t, name, all[name], 1)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wait()
	}
	if len(all) == 0 {
		t.Skip("no interpreter")
	}
	mutations(t, all, 100_000)
}
