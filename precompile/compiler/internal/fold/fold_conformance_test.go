//go:build conformance

package fold

import (
	"bytes"
	"go/format"
	"os"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestFoldLive compares with the interpreters at hand over all pairs of
// constants with something to them, and many random numbers.
func TestFoldLive(t *testing.T) {
	for _, p := range target.Known() {
		t.Run(p.String(), func(t *testing.T) {
			cmd := interptest.Find(t, p.String()).Command("testdata/cases.py", "7", "2", "20000")
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			cases, folded, excused := checkCases(t, p, bytes.NewReader(out))
			t.Logf("%d cases, %d folded, %d excused", cases, folded, excused)
		})
	}
}

// TestPowTable makes the tables of pow again.
func TestPowTable(t *testing.T) {
	interp := interptest.Find(t, "3.13")
	out, err := interp.Command("testdata/powtable.py").Output()
	if err != nil {
		t.Fatal(err)
	}
	want, err := format.Source(out)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("pow_table.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("pow_table.go is not what testdata/powtable.py prints")
	}
}
