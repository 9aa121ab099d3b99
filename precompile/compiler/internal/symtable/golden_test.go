package symtable

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

const separator = "---\n"

func cases(t testing.TB) []string {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(string(data), separator)
}

// golden returns what a release made of the cases, by testdata/generate.py.
func golden(t testing.TB, v target.Profile) []string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "golden", v.String()+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(data), "\n")
	if !strings.Contains(head, "Python "+v.String()+".") {
		t.Fatalf("the golden of %s says %q", v, head)
	}
	return strings.Split(rest, separator)
}

// outcome is what this package makes of a case, in the form of the goldens.
func (w *worker) outcome(text string) string {
	if err := w.build([]byte(text)); err != nil {
		return "error\n" + errorText(err) + "\n"
	}
	return w.text()
}

// TestGolden compares tables and errors with those that interpreters made of the
// same cases.
func TestGolden(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			w, all, want := newWorker(v), cases(t), golden(t, v)
			if len(all) != len(want) {
				t.Fatalf("%d cases, and %d in the golden: run testdata/generate.py", len(all), len(want))
			}
			for i, text := range all {
				if got := w.outcome(text); got != want[i] {
					t.Errorf("case %d: %s\n%s", i+1, firstDifference(got, want[i]), text)
				}
			}
		})
	}
}

// TestReuse makes the tables of all cases with one worker in another order, to
// see that nothing of one file is left in the next.
func TestReuse(t *testing.T) {
	for _, v := range target.Known() {
		w, all, want := newWorker(v), cases(t), golden(t, v)
		for step := 1; step < 8; step += 2 {
			for i := range all {
				i = (i*step + len(all) - 1) % len(all)
				if got := w.outcome(all[i]); got != want[i] {
					t.Fatalf("%s, step %d, case %d: %s", v, step, i+1, firstDifference(got, want[i]))
				}
			}
		}
	}
}
