//go:build conformance

package pyrepr

import (
	"encoding/json"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestPrintable compares every character with str.isprintable.
func TestPrintable(t *testing.T) {
	for _, i := range interptest.Found() {
		v := i.Version
		if v.Implementation != pyc.CPython || v.Minor < 8 || v.Minor > 15 {
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			out, err := i.Command("printable.py").Output()
			if err != nil {
				t.Fatal(err)
			}
			var answer struct{ Ranges [][2]rune }
			if err := json.Unmarshal(out, &answer); err != nil {
				t.Fatal(err)
			}
			next, wrong := 0, 0
			for r := rune(0); r <= 0x10ffff; r++ {
				for next < len(answer.Ranges) && answer.Ranges[next][1] < r {
					next++
				}
				want := next < len(answer.Ranges) && answer.Ranges[next][0] <= r
				if got := Printable(r, v.Minor); got != want {
					if wrong++; wrong <= 5 {
						t.Errorf("U+%04X: printable is %v, want %v", r, got, want)
					}
				}
			}
			t.Logf("1114112 characters, %d wrong", wrong)
		})
	}
}
