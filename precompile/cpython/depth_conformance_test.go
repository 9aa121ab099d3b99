//go:build conformance && unix

package cpython

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestDepth: a source may nest as deep in a worker as under python -m py_compile,
// and no deeper. 3.14 and later measure the stack in bytes; there it is enough
// that both give up on what is far too deep.
func TestDepth(t *testing.T) {
	each(t, func(t *testing.T, i interptest.Interpreter, p *Pool) {
		if i.Version.AtLeast(3, 14) || i.Version.Implementation != 0 {
			t.Skip("this interpreter limits bytes of stack, not levels")
		}
		nested := func(n int) string { return "x" + strings.Repeat("+x", n) + "\n" }
		ours := func(n int) bool {
			_, err := p.Compile(context.Background(), backend.Request{Source: []byte(nested(n)), Filename: "a.py"})
			return err == nil
		}
		low, high := 100, 30000
		if !ours(low) || ours(high) {
			t.Fatalf("no limit between %d and %d levels", low, high)
		}
		for high-low > 1 {
			if m := (low + high) / 2; ours(m) {
				low = m
			} else {
				high = m
			}
		}
		file := filepath.Join(t.TempDir(), "a.py")
		theirs := func(n int) bool {
			if err := os.WriteFile(file, []byte(nested(n)), 0o644); err != nil {
				t.Fatal(err)
			}
			return i.Command("-m", "py_compile", file).Run() == nil
		}
		if !theirs(low) {
			t.Errorf("py_compile fails at %d levels, where a worker compiles", low)
		}
		if theirs(high) {
			t.Errorf("py_compile compiles %d levels, where a worker fails", high)
		}
	})
}
