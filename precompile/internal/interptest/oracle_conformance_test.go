//go:build conformance && unix

package interptest

import "testing"

// TestOracle makes the corpora that the other conformance tests share, and says
// how large they are.
func TestOracle(t *testing.T) {
	for _, want := range []string{"3.11.7", "3.12.1", "3.13.0", "3.13.18", "3.14.10", "3.15.2"} {
		t.Run(want, func(t *testing.T) {
			c := Stdlib(t, Find(t, want), 0)
			rejected := 0
			for _, f := range c.Files {
				if _, ok := c.Pyc(t, f); !ok {
					rejected++
				}
			}
			t.Logf("%d files, %d of them rejected", len(c.Files), rejected)
			if len(c.Files) == rejected {
				t.Error("the corpus is empty")
			}
		})
	}
}
