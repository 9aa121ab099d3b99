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
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/parser"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
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

// worker makes tables for one target.
type worker struct {
	f      *target.Features
	parser parser.Parser
	arena  *ast.Arena
	table  Table
	failed error // of the last build
}

func newWorker(p target.Profile) *worker {
	return &worker{f: target.New(p), arena: ast.NewArena()}
}

// errParse is what build returns where the parser refuses a source.
var errParse = errors.New("the parser refuses it")

func (w *worker) build(src []byte) (err error) {
	defer func() { w.failed = err }()
	s, err := source.Decode(src, w.f)
	if err != nil {
		return errors.Join(errParse, err)
	}
	m, _, err := w.parser.Parse(s, w.f, w.arena)
	if err != nil {
		return errors.Join(errParse, err)
	}
	future, err := FutureOf(m, w.arena.Names, w.f)
	if err != nil {
		return err
	}
	return w.table.Build(m, future, w.arena.Names, w.f)
}

// text shows a table as testdata/oracle.py does.
func (w *worker) text() string {
	var b strings.Builder
	w.show(&b, w.table.Top, 0)
	return b.String()
}

func (w *worker) show(b *strings.Builder, s *Scope, depth int) {
	names := w.arena.Names
	pad := strings.Repeat("  ", depth)
	nested := 0
	if s.Nested {
		nested = 1
	}
	fmt.Fprintf(b, "%s%s %s line %d nested %d\n%s  (", pad, s.Kind, names.Text(s.Name), s.Pos.Line, nested, pad)
	for i, v := range s.Varnames {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(names.Text(v))
	}
	b.WriteString(")\n")
	var last []Symbol
	line := func(sym Symbol) {
		fmt.Fprintf(b, "%s  %d %d %s\n", pad, sym.Flags, sym.Binding, names.Text(sym.Name))
	}
	for _, sym := range s.Symbols {
		if sym.Flags&^DefFreeClass != 0 {
			line(sym)
		} else {
			last = append(last, sym)
		}
	}
	slices.SortFunc(last, func(a, b Symbol) int { return strings.Compare(names.Text(a.Name), names.Text(b.Name)) })
	for _, sym := range last {
		line(sym)
	}
	for _, child := range s.Children {
		w.show(b, child, depth+1)
	}
}

// errorText shows an error as testdata/oracle.py does.
func errorText(err error) string {
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		return err.Error()
	}
	return fmt.Sprintf("%s\n%s\n%d\n%d\n%d\n%d", d.Type, d.Message, d.Line, d.Col, d.EndLine, d.EndCol)
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

// firstDifference shows the first line in which two tables differ, and the scope
// that it is in.
func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	scope := ""
	for i := 0; i < len(g) && i < len(w); i++ {
		if g[i] != w[i] {
			return fmt.Sprintf("tables part at line %d, in %s\n got %s\nwant %s", i+1, scope, g[i], w[i])
		}
		if strings.Contains(w[i], " line ") {
			scope = w[i]
		}
	}
	return fmt.Sprintf("tables have %d and %d lines", len(g), len(w))
}

// sources returns the Python files below a folder, in order; with PRECOMPILE_SAMPLE
// only every n-th.
func sources(t testing.TB, dir string) []string {
	n, _ := strconv.Atoi(os.Getenv("PRECOMPILE_SAMPLE"))
	var out []string
	seen := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "site-packages" || d.Name() == "dist-packages"):
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
			o, w := newOracle(t, v), newWorker(v)
			paths := sources(t, o.Stdlib)
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
		})
	}
}
