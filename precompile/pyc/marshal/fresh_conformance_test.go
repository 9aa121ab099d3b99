//go:build conformance && unix

package marshal_test

import (
	"bufio"
	"bytes"
	_ "embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// The releases whose fresh processes the defined form is measured against.
var freshReleases = []string{"3.11.7", "3.12.1", "3.13.0", "3.13.18", "3.14.10", "3.15.2"}

// The ledger of files whose defined form is not what a fresh process writes, one
// a line: release, path below the standard library, and the cause.
//
//go:embed testdata/ledger.txt
var ledger string

// The worker that the dumps come from. Over stdin it gets lines, each the path of
// a source, and answers with a 4-byte length, 0xffffffff for a source that does
// not compile, and the dump.
//
//go:embed testdata/worker.py
var workerScript string

// dumps starts a worker and calls each with the dump of every file, in order; the
// dump is nil for one that does not compile. mode is "lean" or "heavy".
func dumps(i interptest.Interpreter, mode, seed string, files []string, each func(n int, dump []byte)) error {
	cmd := i.Command("-c", workerScript, mode)
	cmd.Args = slices.DeleteFunc(cmd.Args, func(a string) bool { return a == "-I" }) // for the seed
	cmd.Env = append(os.Environ(), "PYTHONHASHSEED="+seed, "PYTHONWARNINGS=ignore")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	var g errgroup.Group
	g.Go(func() error {
		defer in.Close()
		_, err := io.WriteString(in, strings.Join(files, "\n")+"\n")
		return err
	})
	g.Go(func() error {
		r := bufio.NewReader(out)
		for n := range files {
			var size uint32
			if err := binary.Read(r, binary.LittleEndian, &size); err != nil {
				return fmt.Errorf("%s: %w", files[n], err)
			}
			if size == 0xffffffff {
				each(n, nil)
				continue
			}
			dump := make([]byte, size)
			if _, err := io.ReadFull(r, dump); err != nil {
				return fmt.Errorf("%s: %w", files[n], err)
			}
			each(n, dump)
		}
		return nil
	})
	return errors.Join(g.Wait(), cmd.Wait())
}

// collect is dumps into a list.
func collect(t testing.TB, i interptest.Interpreter, mode, seed string, files []string) [][]byte {
	t.Helper()
	out := make([][]byte, len(files))
	if err := dumps(i, mode, seed, files, func(n int, dump []byte) { out[n] = dump }); err != nil {
		t.Fatal(err)
	}
	return out
}

// fresh returns what a fresh process of python -m py_compile writes for each file
// after the header, nil for one that does not compile; two processes at a time.
func fresh(t *testing.T, i interptest.Interpreter, files []string) [][]byte {
	t.Helper()
	tmp := t.TempDir()
	prefix := filepath.Join(tmp, "prefix")
	compile := func(path string) ([]byte, error) {
		cmd := exec.Command(i.Path, "-W", "ignore", "-m", "py_compile", path)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + tmp, "LANG=C.UTF-8", "PYTHONPYCACHEPREFIX=" + prefix}
		var exit *exec.ExitError
		if out, err := cmd.CombinedOutput(); errors.As(err, &exit) && bytes.Contains(out, []byte("Error")) {
			return nil, nil // a source in error, as the worker must find too
		} else if err != nil {
			return nil, fmt.Errorf("%w: %s", err, out)
		}
		data, err := os.ReadFile(prefix + filepath.Join(filepath.Dir(path), pyc.CacheName(filepath.Base(path), i.Version.CacheTag(), 0)))
		if err != nil {
			return nil, err
		}
		return data[pyc.HeaderSize:], nil
	}
	// The first rounds write the caches of what py_compile imports, so that the
	// processes that count load them, as they do on any machine.
	warm := filepath.Join(tmp, "warm.py")
	if err := os.WriteFile(warm, nil, 0o666); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := compile(warm); err != nil {
			t.Fatal(err)
		}
	}
	out := make([][]byte, len(files))
	var g errgroup.Group
	g.SetLimit(2)
	for n, path := range files {
		g.Go(func() error {
			body, err := compile(path)
			out[n] = body
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	return out
}

// For every file of the standard library, the defined form of what a worker gave
// is what a fresh process writes, whether the worker had done nothing or much
// before.
func TestFreshProcess(t *testing.T) {
	for _, release := range freshReleases {
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			if i.Version.String() != release {
				t.Skipf("%s is %v", release, i.Version)
			}
			p := profileOf(t, i.Version)
			files := interptest.StdlibSources(t, i)
			want := fresh(t, i, files)
			known := map[string]string{}
			for line := range strings.Lines(ledger) {
				if f := strings.SplitN(strings.TrimSpace(line), " ", 3); len(f) == 3 && f[0] == release {
					known[f[1]] = f[2]
				}
			}
			differ := map[string]string{}
			var c marshal.Codec
			compared := 0
			check := func(order []string, mode string) {
				index := map[string]int{}
				for n, path := range files {
					index[path] = n
				}
				for k, dump := range collect(t, i, mode, "0", order) {
					n := index[order[k]]
					if (dump == nil) != (want[n] == nil) {
						t.Errorf("%s: compiles in a worker: %v, in a fresh process: %v", order[k], dump != nil, want[n] != nil)
						continue
					}
					if dump == nil {
						continue
					}
					compared++
					got, err := c.Canonical(dump, p)
					if err != nil {
						t.Errorf("%s: %v", order[k], err)
						continue
					}
					if !bytes.Equal(got, want[n]) {
						rel, _ := filepath.Rel(i.Stdlib, order[k])
						differ[filepath.ToSlash(rel)] = mode + " worker: " + explain(t, got, want[n], p)
					}
				}
			}
			check(files, "lean")
			backwards := slices.Clone(files)
			slices.Reverse(backwards)
			check(backwards, "heavy")
			for path, how := range differ {
				if known[path] == "" {
					t.Errorf("%s: %s", path, how)
				}
			}
			for path, cause := range known {
				if differ[path] == "" && os.Getenv("PRECOMPILE_SAMPLE") == "" {
					t.Errorf("%s is in the ledger (%s), and is as a fresh process writes it", path, cause)
				}
			}
			t.Logf("%d files, %d dumps compared, %d differ", len(files), compared, len(differ))
		})
	}
}

// For the interpreters whose own bytes depend on hash seeds and on what a process
// did before, the defined form does not: two seeds, two orders, a lean and a
// heavy worker. And the interpreter reads it back as an equal code object.
func TestOwnForm(t *testing.T) {
	for _, series := range []string{"3.8", "3.9", "3.10", "pypy3.11"} {
		t.Run(series, func(t *testing.T) {
			i := interptest.Find(t, series)
			p := profileOf(t, i.Version)
			files := interptest.StdlibSources(t, i)
			backwards := slices.Clone(files)
			slices.Reverse(backwards)
			lean := collect(t, i, "lean", "1", files)
			heavy := collect(t, i, "heavy", "2", backwards)
			slices.Reverse(heavy)
			var c marshal.Codec
			raw, bad := 0, 0
			pairs := filepath.Join(t.TempDir(), "pairs")
			out, err := os.Create(pairs)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			w := bufio.NewWriter(out)
			for n, path := range files {
				if lean[n] == nil || heavy[n] == nil {
					if lean[n] != nil || heavy[n] != nil {
						t.Errorf("%s compiles in one worker alone", path)
					}
					continue
				}
				a, err := c.Canonical(lean[n], p)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				b, err := c.Canonical(heavy[n], p)
				if err != nil {
					t.Errorf("%s: %v", path, err)
					continue
				}
				if !bytes.Equal(lean[n], heavy[n]) {
					raw++
				}
				if !bytes.Equal(a, b) {
					bad++
					t.Errorf("%s: %s", path, explain(t, a, b, p))
				}
				for _, s := range [][]byte{lean[n], a} {
					binary.Write(w, binary.LittleEndian, uint32(len(s)))
					w.Write(s)
				}
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			t.Logf("%d files: the workers' bytes differ in %d, the defined form in %d", len(files), raw, bad)
			cmd := i.Command("-c", equalScript, pairs)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("the interpreter finds the defined form unequal: %v\n%s", err, out)
			} else {
				t.Logf("%s pairs equal in the interpreter", bytes.TrimSpace(out))
			}
		})
	}
}

// equalScript reads pairs of dumps and compares the objects, type-strictly and
// with floats by their representation.
//
//go:embed testdata/equal.py
var equalScript string

// Every cache that an interpreter has of its standard library is read and written
// again as it is.
func TestRoundTripStdlib(t *testing.T) {
	for _, i := range interptest.Found() {
		if !i.Version.AtLeast(3, 8) {
			continue
		}
		t.Run(i.Version.String(), func(t *testing.T) {
			p := profileOf(t, i.Version)
			n := 0
			err := dumps(i, "lean", "0", interptest.StdlibSources(t, i), func(_ int, dump []byte) {
				if dump == nil {
					return
				}
				n++
				v, err := marshal.Unmarshal(dump, p)
				if err != nil {
					t.Error(err)
					return
				}
				if out, err := marshal.Append(nil, v, p); err != nil || !bytes.Equal(out, dump) {
					t.Errorf("%s: written differently: %v", v.Code().FileName.Data, err)
				}
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d dumps", n)
		})
	}
}

// The opcodes by which identifiers among the constants are known are the
// interpreters'.
func TestIdentifierOpcodes(t *testing.T) {
	for _, release := range freshReleases {
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			out, err := i.Command("-c", "import opcode\nprint(*[opcode.opmap.get(n, 0) for n in "+
				"('EXTENDED_ARG', 'LOAD_CONST', 'KW_NAMES', 'CALL_KW', 'IMPORT_NAME', 'MATCH_CLASS')])").Output()
			if err != nil {
				t.Fatal(err)
			}
			if got, want := fmt.Sprint(marshal.IdentifierOpcodes(i.Version.Minor)), "["+strings.TrimSpace(string(out))+"]"; got != want {
				t.Errorf("opcodes %s, the interpreter has %s", got, want)
			}
		})
	}
}

// The table of the strings that start-up interns is what the interpreters say.
func TestStartupTable(t *testing.T) {
	args := []string{filepath.Join("testdata", "startup.py")}
	for _, release := range freshReleases {
		i := interptest.Find(t, release)
		if i.Version.String() != release {
			t.Skipf("%s is %v", release, i.Version)
		}
		args = append(args, i.Path)
	}
	out, err := exec.Command(args[1], args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("startup.txt")
	if err != nil {
		t.Fatal(err)
	}
	was, now := map[string]bool{}, map[string]bool{}
	for line := range strings.Lines(string(have)) {
		was[line] = true
	}
	for line := range strings.Lines(string(out)) {
		now[line] = true
	}
	// From one run to the next a string or two differ that an object of start-up
	// held which may be gone; more means that the table is out of date.
	const tolerated = 10
	var differ []string
	for line := range was {
		if !now[line] {
			differ = append(differ, "-"+line)
		}
	}
	for line := range now {
		if !was[line] {
			differ = append(differ, "+"+line)
		}
	}
	slices.Sort(differ)
	if len(differ) > tolerated {
		t.Errorf("startup.txt differs from what startup.py says now in %d lines:\n%s", len(differ), strings.Join(differ[:tolerated], ""))
	}
	t.Logf("%d of %d lines differ: %q", len(differ), len(was), differ)
}

// The defined form of a whole standard library, dumped before the clock runs.
func BenchmarkCanonicalStdlib(b *testing.B) {
	for _, series := range []string{"3.10", "3.13", "3.14"} {
		b.Run(series, func(b *testing.B) {
			i := interptest.Find(b, series)
			p := profileOf(b, i.Version)
			files := interptest.StdlibSources(b, i)
			all := collect(b, i, "lean", "0", files)
			size := 0
			for _, dump := range all {
				size += len(dump)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			var c marshal.Codec
			for b.Loop() {
				for _, dump := range all {
					if dump == nil {
						continue
					}
					if _, err := c.Canonical(dump, p); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
