package tablegen

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "rewrite package opcode's generated files")

// TestGenerated holds package opcode's generated files to the facts.
func TestGenerated(t *testing.T) {
	const pkg = "../.."
	files, err := Generate(os.DirFS(filepath.Join(pkg, "facts")))
	if err != nil {
		t.Fatal(err)
	}
	have, err := filepath.Glob(filepath.Join(pkg, "*_gen.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range have {
		if files[filepath.Base(path)] != nil {
			continue
		}
		if !*update {
			t.Errorf("%s: nothing generates it", path)
		} else if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	for name, want := range files {
		path := filepath.Join(pkg, name)
		if *update {
			if err := os.WriteFile(path, want, 0o666); err != nil {
				t.Fatal(err)
			}
			continue
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the facts give: run go generate in precompile/internal/opcode", path)
		}
	}
}
