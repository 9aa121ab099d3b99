package parser

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// recorded is one case of testdata/errors: a source that CPython's own tests feed
// to compile(), and what its parser makes of it.
type recorded struct {
	source   []byte
	err      *diag.Diagnostic // nil for an accepted source
	warnings []diag.Diagnostic
}

// readRecorded reads what testdata/record.py wrote.
func readRecorded(t testing.TB, path string) (python string, cases []recorded) {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Python string
		Cases  [][5]json.RawMessage
	}
	if err := json.NewDecoder(z).Decode(&data); err != nil {
		t.Fatal(err)
	}
	for _, c := range data.Cases {
		var text string
		var failure []any
		var warned [][3]any
		for i, v := range []any{&text, &failure, &warned} {
			if err := json.Unmarshal(c[i], v); err != nil {
				t.Fatal(err)
			}
		}
		var r recorded
		for _, c := range text { // Latin-1
			r.source = append(r.source, byte(c))
		}
		if failure != nil && failure[0] == "RecursionError" {
			failure = nil // of making Python's objects from the tree, which is there by then
		}
		if failure != nil {
			n := func(i int) int { return max(0, int(failure[i].(float64))) }
			r.err = &diag.Diagnostic{
				Type: failure[0].(string), Message: failure[1].(string), Line: n(2), Col: n(3), EndLine: n(4), EndCol: n(5),
			}
		}
		for _, w := range warned {
			r.warnings = append(r.warnings, diag.Diagnostic{
				Severity: diag.Warning, Type: w[0].(string), Message: w[1].(string), Line: int(w[2].(float64)),
			})
		}
		cases = append(cases, r)
	}
	return data.Python, cases
}

// placed is an error's type, message and place.
func placed(d *diag.Diagnostic) string {
	if d == nil {
		return "accepted"
	}
	return fmt.Sprintf("%d:%d-%d:%d %s: %s", d.Line, d.Col, d.EndLine, d.EndCol, d.Type, d.Message)
}

// outcome parses a source and returns its error.
func outcome(p *Parser, arena *ast.Arena, src []byte, f *target.Features) (*diag.Diagnostic, []diag.Diagnostic) {
	s, err := source.Decode(src, f)
	var warnings []diag.Diagnostic
	if err == nil {
		_, warnings, err = p.Parse(s, f, arena)
	}
	if err == nil {
		return nil, warnings
	}
	return err.(*diag.Diagnostic), warnings
}

// TestErrors compares with what CPython's parser said of the sources in its own
// tests: accepted or refused alike without exception, and worded and placed alike
// but for the cases in the ledger (testdata/errors/ledger.txt).
func TestErrors(t *testing.T) {
	files, _ := filepath.Glob("testdata/errors/*.json.gz")
	if len(files) == 0 {
		t.Fatal("no recorded cases")
	}
	ledger := readLedger(t)
	for _, path := range files {
		python, cases := readRecorded(t, path)
		t.Run(python, func(t *testing.T) {
			var v target.Profile
			fmt.Sscanf(python, "3.%d.%d", &v.Minor, &v.Patch)
			f := target.New(v)
			var p Parser
			arena := ast.NewArena()
			refused, differ := 0, 0
			for _, c := range cases {
				got, warnings := outcome(&p, arena, c.source, f)
				if c.err != nil {
					refused++
				}
				if (got == nil) != (c.err == nil) && !ledger.takes(python, c.source) {
					t.Errorf("%s\nsource:\n%s\n got %s\nwant %s", python, c.source, placed(got), placed(c.err))
					continue
				}
				if got == nil {
					if d := diffWarnings(warnings, c.warnings); d != "" {
						t.Errorf("%s\nsource:\n%s\n%s", python, c.source, d)
					}
				}
				if same := placed(got) == placed(c.err); same == ledger.takes(python, c.source) {
					if same {
						t.Errorf("%s\nsource:\n%s\nis in the ledger, and agrees", python, c.source)
						continue
					}
					t.Errorf("%s\nsource:\n%s\n got %s\nwant %s", python, c.source, placed(got), placed(c.err))
				} else if !same {
					differ++
				}
			}
			t.Logf("%d sources, %d refused, %d in the ledger", len(cases), refused, differ)
			if 100*differ > 2*refused {
				t.Errorf("the ledger has %d of %d errors: more than 2 %%", differ, refused)
			}
		})
	}
	for _, e := range ledger.entries {
		if !e.used {
			t.Errorf("no case is what the ledger says: %s %s", e.python, e.source)
		}
	}
}

// diffWarnings says how warnings differ.
func diffWarnings(got, want []diag.Diagnostic) string {
	for i := range max(len(got), len(want)) {
		var g, w string
		if i < len(got) {
			g = placed(&got[i])
		}
		if i < len(want) {
			w = placed(&want[i])
		}
		if g != w {
			return fmt.Sprintf("warning %d:\n got %s\nwant %s", i+1, g, w)
		}
	}
	return ""
}

// ledger is the list of known differences.
type ledger struct{ entries []*ledgerEntry }

type ledgerEntry struct {
	python, source string
	used           bool
}

// readLedger reads testdata/errors/ledger.txt: comments, which are the reasons,
// and lines of a version ("3.13.0", or "*" for all) and a source in quotes.
func readLedger(t *testing.T) *ledger {
	data, err := os.ReadFile("testdata/errors/ledger.txt")
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		var e ledgerEntry
		if _, err := fmt.Sscanf(line, "%s %q", &e.python, &e.source); err != nil {
			t.Fatalf("ledger: %s: %v", line, err)
		}
		l.entries = append(l.entries, &e)
	}
	return l
}

func (l *ledger) takes(python string, source []byte) bool {
	for _, e := range l.entries {
		if (e.python == python || e.python == "*") && e.source == string(source) {
			e.used = true
			return true
		}
	}
	return false
}
