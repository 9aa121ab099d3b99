//go:build conformance

package symtable

import (
	"bufio"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// oracle is a running interpreter that answers by testdata/oracle.py.
type oracle struct {
	interptest.Interpreter
	in  io.WriteCloser
	out *bufio.Reader
}

func newOracle(t testing.TB, version target.Profile) *oracle {
	i := interptest.Find(t, version.String())
	cmd := i.Command("testdata/oracle.py")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	return &oracle{i, in, bufio.NewReaderSize(out, 1<<20)}
}

func (o *oracle) ask(t testing.TB, what byte, src []byte) (status byte, text string) {
	t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{what}, uint32(len(src)))
	if _, err := o.in.Write(append(head, src...)); err != nil {
		t.Fatal(err)
	}
	var answer [5]byte
	if _, err := io.ReadFull(o.out, answer[:]); err != nil {
		t.Fatal(err)
	}
	data := make([]byte, binary.BigEndian.Uint32(answer[1:]))
	if _, err := io.ReadFull(o.out, data); err != nil {
		t.Fatal(err)
	}
	return answer[0], string(data)
}

// compare makes one source's table both ways and returns how they differ, "" for
// not at all. What the parser finds wrong is not compared.
func (o *oracle) compare(t testing.TB, w *worker, src []byte) string {
	status, text := o.ask(t, 'h', src)
	err := w.build(src)
	switch {
	case status == 'e' && err == nil:
		return fmt.Sprintf("accepted; %s refuses it: %q", o.Version, text)
	case status == 'e' && errors.Is(err, errParse):
		return ""
	case status == 'e':
		if got := errorText(err); got != text {
			return fmt.Sprintf("error\n got %q\nwant %q", got, text)
		}
		return ""
	case err != nil:
		return fmt.Sprintf("refused: %q", errorText(err))
	}
	got := w.text()
	sum := md5.Sum([]byte(got))
	if hex.EncodeToString(sum[:]) == text {
		return ""
	}
	_, want := o.ask(t, 't', src)
	return firstDifference(got, want)
}

// sources returns the Python files below a folder, in order, site-packages apart
// unless they are asked for; with PRECOMPILE_SAMPLE only every n-th.
func sources(t testing.TB, dir string, sites bool) []string {
	n, _ := strconv.Atoi(os.Getenv("PRECOMPILE_SAMPLE"))
	var out []string
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && !sites && (d.Name() == "site-packages" || d.Name() == "dist-packages"):
			return filepath.SkipDir
		case strings.HasSuffix(path, ".py"):
			if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
				return nil // a folder, or a link into what is not installed
			}
			if seen++; n < 2 || seen%n == 0 {
				out = append(out, path)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestStdlib compares the tables of every file of each known release's standard
// library, its tests included.
func TestStdlib(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			o := newOracle(t, v)
			o.compareFiles(t, v, sources(t, o.Stdlib, false))
		})
	}
}

// TestSitePackages compares the tables of what is installed for 3.11.
func TestSitePackages(t *testing.T) {
	v := target.Profile{Minor: 11, Patch: 7}
	o := newOracle(t, v)
	o.compareFiles(t, v, sources(t, filepath.Join(o.Stdlib, "site-packages"), true))
}

// TestGenerated compares the tables of the random programs below PRECOMPILE_PROGRAMS,
// which the parser's testdata/generate.py writes.
func TestGenerated(t *testing.T) {
	dir := os.Getenv("PRECOMPILE_PROGRAMS")
	if dir == "" {
		t.Skip("PRECOMPILE_PROGRAMS names no folder")
	}
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			programs, err := filepath.EvalSymlinks(filepath.Join(dir, v.String()))
			if err != nil {
				t.Skip(err)
			}
			newOracle(t, v).compareFiles(t, v, sources(t, programs, true))
		})
	}
}

func (o *oracle) compareFiles(t *testing.T, v target.Profile, paths []string) {
	t.Helper()
	w := newWorker(v)
	bad, scopes, symbols, refused := 0, 0, 0, 0
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := o.compare(t, w, src); d != "" {
			t.Errorf("%s: %s", path, d)
			if bad++; bad == 20 {
				t.Fatal("and perhaps more")
			}
		}
		if w.failed != nil {
			refused++
			continue
		}
		for id := 1; id <= w.table.Len(); id++ {
			scopes++
			symbols += len(w.table.Scope(int32(id)).Symbols)
		}
	}
	t.Logf("%d files, %d refused, %d scopes, %d symbols", len(paths), refused, scopes, symbols)
	if len(paths) == 0 {
		t.Error("there is nothing to compare")
	}
}

// TestGoldens makes the goldens again.
func TestGoldens(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			o, all, want := newOracle(t, v), cases(t), golden(t, v)
			for i, text := range all {
				status, got := o.ask(t, 't', []byte(text))
				if status == 'e' {
					got = "error\n" + got + "\n"
				}
				if got != want[i] {
					t.Errorf("case %d: the golden is not what %s says: run testdata/generate.py\n%s", i+1, v, firstDifference(want[i], got))
				}
			}
		})
	}
}
