package parser

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// dumpOf parses a source and dumps its tree.
func dumpOf(p *Parser, arena *ast.Arena, src []byte, f *target.Features) ([]byte, error) {
	s, err := source.Decode(src, f)
	if err != nil {
		return nil, err
	}
	m, _, err := p.Parse(s, f, arena)
	if err != nil {
		return nil, err
	}
	return ast.Dump(nil, m, arena.Names, f), nil
}

// firstDifference shows where two dumps part.
func firstDifference(got, want []byte) string {
	i := 0
	for i < len(got) && i < len(want) && got[i] == want[i] {
		i++
	}
	around := func(b []byte) []byte { return b[max(0, i-400):min(len(b), i+160)] }
	return fmt.Sprintf("dumps part at byte %d\n got …%s\nwant …%s", i, around(got), around(want))
}

// TestGolden compares the trees of the sources in testdata/golden with those that
// the known releases make of them (written by testdata/golden.py).
func TestGolden(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			file, err := os.Open(filepath.Join("testdata/golden", v.String()+".txt.gz"))
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			z, err := gzip.NewReader(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := bufio.NewScanner(z)
			lines.Buffer(nil, 1<<20)
			if !lines.Scan() || lines.Text() != "python "+v.String() {
				t.Fatalf("the file is %s's", lines.Text())
			}
			var p Parser
			arena := ast.NewArena()
			n := 0
			for lines.Scan() {
				name, want, _ := strings.Cut(lines.Text(), "\t")
				data, err := os.ReadFile(filepath.Join("testdata/golden", name))
				if err != nil {
					t.Fatal(err)
				}
				got, err := dumpOf(&p, arena, data, target.New(v))
				switch {
				case want == "!" && err == nil:
					t.Errorf("%s: accepted; it is to be refused", name)
				case want != "!" && err != nil:
					t.Errorf("%s: %v", name, err)
				case want != "!" && !bytes.Equal(got, []byte(want)):
					t.Errorf("%s: %s", name, firstDifference(got, []byte(want)))
				}
				n++
			}
			if files, _ := filepath.Glob("testdata/golden/*.py"); n != len(files) || n == 0 {
				t.Errorf("%d dumps of %d sources: run testdata/golden.py again", n, len(files))
			}
		})
	}
}
