//go:build conformance

package unidata

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestGenerated runs the generator again, with the interpreters of the known
// targets, and compares.
func TestGenerated(t *testing.T) {
	dir := t.TempDir()
	args := []string{filepath.Join(dir, "generate.py")}
	for _, v := range []string{"3.11", "3.12", "3.13", "3.14", "3.15"} {
		args = append(args, interptest.Find(t, v).Path)
	}
	for _, name := range []string{"generate.py", "aliases.txt"} {
		copyFile(t, name, filepath.Join(dir, name))
	}
	if out, err := exec.Command(args[1], args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, name := range []string{"names.bin", "tables_gen.go"} {
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		// The first line names the patch releases.
		if name == "tables_gen.go" {
			_, got, _ = bytes.Cut(got, []byte("\n"))
			_, want, _ = bytes.Cut(want, []byte("\n"))
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what generate.py makes", name)
		}
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	data, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, data, 0o644); err != nil {
		t.Fatal(err)
	}
}
