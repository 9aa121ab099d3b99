package dis

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

func goldenPath(minor int) string { return fmt.Sprintf("testdata/3.%d.rows.gz", minor) }

// golden reads what testdata/instructions.py said of the sources beside it in
// an interpreter, whose release is the comment of the gzip header.
func golden(t testing.TB, minor int) (python string, b []byte) {
	t.Helper()
	f, err := os.Open(goldenPath(minor))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return z.Comment, b
}

// TestGoldenInstructions compares with what the interpreters' own dis gave for
// the sources in testdata.
func TestGoldenInstructions(t *testing.T) {
	for minor := opcode.MinMinor; minor <= opcode.MaxMinor; minor++ {
		t.Run(fmt.Sprintf("3.%d", minor), func(t *testing.T) {
			python, b := golden(t, minor)
			t.Log(python)
			if c := compareStream(t, minor, bytes.NewReader(b)); c.instructions < 1000 {
				t.Error("hardly anything was compared")
			}
		})
	}
}
