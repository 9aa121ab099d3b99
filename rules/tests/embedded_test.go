package rules_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler"
)

// TestEmbedded holds the series that the rules take no interpreter for to those
// that the embedded compiler covers, and the guide's sentence to both.
func TestEmbedded(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "private", "compile.bzl"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^EMBEDDED = \[(.*)\]$`).FindSubmatch(text)
	if m == nil {
		t.Fatal("private/compile.bzl has no EMBEDDED on one line")
	}
	var want, quoted []string
	for _, v := range compiler.Covered() {
		if s := v.Series(); !slices.Contains(want, s) {
			want, quoted = append(want, s), append(quoted, `"`+s+`"`)
		}
	}
	if got := string(m[1]); got != strings.Join(quoted, ", ") {
		t.Errorf("private/compile.bzl: EMBEDDED is %s, the compiler covers %s", got, strings.Join(quoted, ", "))
	}
	guide, err := os.ReadFile(filepath.Join("..", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	sentence := "it covers " + strings.Join(want[:len(want)-1], ", ") + " and " + want[len(want)-1] + ")"
	if !strings.Contains(string(guide), sentence) {
		t.Errorf("README.md does not say (%s", sentence)
	}
}
