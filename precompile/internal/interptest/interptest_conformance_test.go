//go:build conformance

package interptest

import (
	"os"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestRequired fails where the machine lacks an interpreter that it must have.
func TestRequired(t *testing.T) {
	for _, i := range Found() {
		t.Logf("%s: %s, magic %s", i.Version, i.Path, i.Magic)
	}
	for _, want := range strings.Split(os.Getenv("PRECOMPILE_REQUIRE"), ",") {
		if want != "" {
			Find(t, want)
		}
	}
}

// TestMagic holds the table of magic numbers to the interpreters.
func TestMagic(t *testing.T) {
	for _, i := range Found() {
		if m, ok := pyc.MagicOf(i.Version); ok && m != i.Magic {
			t.Errorf("%s: MagicOf gives %s, the interpreter has %s", i.Version, m, i.Magic)
		}
	}
}
