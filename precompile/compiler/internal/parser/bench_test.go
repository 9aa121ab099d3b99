package parser

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// BenchmarkParse parses every source under PRECOMPILE_BENCH (a standard library),
// from bytes to tree, with one arena as a worker has it. Without the variable it
// parses the sources of testdata.
func BenchmarkParse(b *testing.B) {
	dir := os.Getenv("PRECOMPILE_BENCH")
	if dir == "" {
		dir = "testdata"
	}
	f := target.New(target.Profile{Minor: 13, Patch: 18})
	var p Parser
	arena := ast.NewArena()
	var files [][]byte
	size := int64(0)
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(path, ".py") {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if src, err := source.Decode(data, f); err == nil {
			if _, ok := p.parse(src, f, arena); ok { // some files of a library are bad on purpose
				files = append(files, data)
				size += int64(len(data))
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		for _, data := range files {
			src, err := source.Decode(data, f)
			if err != nil {
				b.Fatal(err)
			}
			if _, _, err := p.Parse(src, f, arena); err != nil {
				b.Fatal(err)
			}
		}
	}
}
