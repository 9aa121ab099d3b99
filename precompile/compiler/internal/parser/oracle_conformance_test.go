//go:build conformance

package parser

import (
	"bufio"
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// oracle is a running interpreter that answers by testdata/oracle.py.
type oracle struct {
	interptest.Interpreter
	f   *target.Features
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
	return &oracle{i, target.New(version), in, bufio.NewReaderSize(out, 1<<20)}
}

func (o *oracle) ask(t testing.TB, what byte, src []byte) (status byte, text []byte) {
	t.Helper()
	head := binary.BigEndian.AppendUint32([]byte{what}, uint32(len(src)))
	if _, err := o.in.Write(append(head, src...)); err != nil {
		t.Fatal(err)
	}
	var answer [5]byte
	if _, err := io.ReadFull(o.out, answer[:]); err != nil {
		t.Fatal(err)
	}
	text = make([]byte, binary.BigEndian.Uint32(answer[1:]))
	if _, err := io.ReadFull(o.out, text); err != nil {
		t.Fatal(err)
	}
	return answer[0], text
}

// compare parses one source with both parsers and returns how they differ, "" for
// not at all.
func (o *oracle) compare(t testing.TB, p *Parser, arena *ast.Arena, src []byte) string {
	status, text := o.ask(t, 'h', src)
	dump, err := dumpOf(p, arena, src, o.f)
	switch {
	case status == 'x':
		return ""
	case status == 'e' && err == nil:
		return fmt.Sprintf("accepted; %s refuses it: %s", o.Version, text)
	case status == 'e':
		return ""
	case err != nil:
		return fmt.Sprintf("refused: %v", err)
	}
	sum := md5.Sum(dump)
	if hex.EncodeToString(sum[:]) == string(text) {
		return ""
	}
	_, want := o.ask(t, 'd', src)
	return firstDifference(dump, want)
}

// sample returns every n-th of paths, n from PRECOMPILE_SAMPLE.
func sample(paths []string) []string {
	n, _ := strconv.Atoi(os.Getenv("PRECOMPILE_SAMPLE"))
	if n < 2 {
		return paths
	}
	var out []string
	for i := 0; i < len(paths); i += n {
		out = append(out, paths[i])
	}
	return out
}

// sources lists the Python files under dir, in order, site-packages apart.
func sources(t testing.TB, dir string, sites bool) []string {
	var out []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "site-packages" || d.Name() == "dist-packages") && !sites:
			return filepath.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(path, ".py"):
			out = append(out, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return sample(out)
}

func compareFiles(t *testing.T, o *oracle, paths []string) {
	var p Parser
	arena := ast.NewArena()
	bad := 0
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := o.compare(t, &p, arena, src); d != "" {
			t.Errorf("%s: %s", path, d)
			if bad++; bad == 20 {
				t.Fatal("and perhaps more")
			}
		}
	}
	t.Logf("%d files", len(paths))
	if len(paths) == 0 {
		t.Error("there is nothing to compare")
	}
}

// TestStdlib compares the trees of every file of each known release's standard
// library, its tests included.
func TestStdlib(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			o := newOracle(t, v)
			compareFiles(t, o, sources(t, o.Stdlib, false))
		})
	}
}

// TestSitePackages compares the trees of what is installed for 3.11.
func TestSitePackages(t *testing.T) {
	o := newOracle(t, target.Profile{Minor: 11, Patch: 7})
	compareFiles(t, o, sources(t, filepath.Join(o.Stdlib, "site-packages"), true))
}

// TestPrograms compares the random programs that testdata/generate.py wrote below
// PRECOMPILE_PROGRAMS.
func TestPrograms(t *testing.T) {
	dir := os.Getenv("PRECOMPILE_PROGRAMS")
	if dir == "" {
		t.Skip("PRECOMPILE_PROGRAMS names no folder")
	}
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			programs, err := filepath.EvalSymlinks(filepath.Join(dir, v.String())) // releases may share a folder
			if err != nil {
				t.Skip(err)
			}
			compareFiles(t, newOracle(t, v), sources(t, programs, true))
		})
	}
}

// TestFiles compares the files and folders that PRECOMPILE_FILES lists.
func TestFiles(t *testing.T) {
	list := filepath.SplitList(os.Getenv("PRECOMPILE_FILES"))
	if len(list) == 0 {
		t.Skip("PRECOMPILE_FILES names nothing")
	}
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			o := newOracle(t, v)
			for _, path := range list {
				compareFiles(t, o, sources(t, path, true))
			}
		})
	}
}
