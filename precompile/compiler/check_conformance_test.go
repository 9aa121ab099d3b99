//go:build conformance && unix

package compiler

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// judged are an interpreter's verdicts on sources, in order; see testdata/judge.py.
type judged struct {
	t     *testing.T
	lines *bufio.Scanner
}

// judge has an interpreter judge sources, which are what testdata/judge.py reads.
func judge(t *testing.T, i interptest.Interpreter, how string, sources io.Reader) *judged {
	t.Helper()
	cmd := i.Command("testdata/judge.py", how)
	cmd.Stdin, cmd.Stderr = sources, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(out))
	lines.Buffer(nil, 1<<22)
	return &judged{t, lines}
}

// next returns the verdict on the next source, in the form of verdict.
func (j *judged) next() (refusal, remarks string) {
	j.t.Helper()
	if !j.lines.Scan() {
		j.t.Fatal("the interpreter says too little")
	}
	var failure []any
	var warned [][3]any
	if err := json.Unmarshal(j.lines.Bytes(), &[]any{&failure, &warned}); err != nil {
		j.t.Fatal(err)
	}
	var d *diag.Diagnostic
	if failure != nil {
		n := func(i int) int { return int(failure[i].(float64)) }
		d = &diag.Diagnostic{Type: failure[0].(string), Message: failure[1].(string), Line: n(2), Col: n(3), EndLine: n(4), EndCol: n(5)}
	}
	var warnings []diag.Diagnostic
	for _, w := range warned {
		warnings = append(warnings, diag.Diagnostic{Type: w[0].(string), Message: w[1].(string), Line: int(w[2].(float64))})
	}
	return verdict(d, warnings)
}

// TestCheckStdlib checks every file of each known release's standard library, its
// tests included, by that release's rules, and compares with what it says itself: the
// same files are refused, in the same words and at the same places, and the same
// warnings come of the others. Thinned by PRECOMPILE_SAMPLE.
func TestCheckStdlib(t *testing.T) {
	for _, p := range target.Known() {
		release := p.Version().String()
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			kept := interptest.StdlibSources(t, i)
			paths := slices.DeleteFunc(interptest.AllSources(t, i.Stdlib), func(path string) bool {
				// What is bad on purpose is judged in any case.
				return !slices.Contains(kept, path) && !strings.Contains(filepath.Base(path), "bad")
			})
			answers := judge(t, i, "files", strings.NewReader(strings.Join(paths, "\n")+"\n"))
			checker, err := NewChecker(p.Version())
			if err != nil {
				t.Fatal(err)
			}
			w, err := newWorker(checker.c)
			if err != nil {
				t.Fatal(err)
			}
			refused, remarked, differ := 0, 0, 0
			for _, path := range paths {
				data, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				want, wantRemarks := answers.next()
				d, warnings := w.raw(t, data)
				got, gotRemarks := verdict(d, warnings)
				if want != "" {
					refused++
				}
				if wantRemarks != "" {
					remarked++
				}
				if got != want || want == "" && gotRemarks != wantRemarks {
					if differ++; differ <= 20 {
						t.Errorf("%s:\n got %s\n%swant %s\n%s", path, or(got), gotRemarks, or(want), wantRemarks)
					}
				}
			}
			t.Logf("%d files, %d refused, %d with warnings; %d differ", len(paths), refused, remarked, differ)
			if len(paths) == 0 || refused == 0 {
				t.Error("there is nothing to compare")
			}
		})
	}
}
