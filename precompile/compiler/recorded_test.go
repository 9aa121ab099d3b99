package compiler

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// recordings is where the parser's recorded cases are; see testdata/record.py there.
const recordings = "internal/parser/testdata/errors"

// recordedCase is a source that CPython's own tests compile, and what CPython says
// of it.
type recordedCase struct {
	source   []byte
	err      *diag.Diagnostic // nil for an accepted source
	warnings []diag.Diagnostic
}

// readRecording reads the outcomes of the whole compilation from a recording.
func readRecording(t testing.TB, release string, minor int) []recordedCase {
	t.Helper()
	f, err := os.Open(filepath.Join(recordings, release+".json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	var data struct {
		Python  string
		Modules map[string][3]int // tests, failures, sources
		Cases   [][5]json.RawMessage
	}
	if err := json.NewDecoder(z).Decode(&data); err != nil {
		t.Fatal(err)
	}
	if data.Python != release {
		t.Fatalf("the recording of %s is of %s", release, data.Python)
	}
	for _, name := range strings.Fields(`test_syntax test_exceptions test_fstring test_string_literals test_grammar test_patma
		test_named_expressions test_positional_only_arg test_type_params test_tstring test_eof test_source_encoding
		test_unicode_identifiers`) {
		if since := map[string]int{"test_type_params": 12, "test_tstring": 14}[name]; minor >= since && data.Modules[name][2] == 0 {
			t.Errorf("%s: nothing was recorded of %s", release, name)
		}
	}
	var cases []recordedCase
	for _, c := range data.Cases {
		var text string
		var failure []any
		var warned [][3]any
		for i, v := range map[int]any{0: &text, 3: &failure, 4: &warned} {
			if err := json.Unmarshal(c[i], v); err != nil {
				t.Fatal(err)
			}
		}
		var r recordedCase
		for _, c := range text { // Latin-1
			r.source = append(r.source, byte(c))
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
	return cases
}

// verdict is what a compiler says of a source: an error in one line, and the
// warnings, one a line.
func verdict(err *diag.Diagnostic, warnings []diag.Diagnostic) (refusal, remarks string) {
	var b strings.Builder
	for _, w := range warnings {
		fmt.Fprintf(&b, "%d %s: %s\n", w.Line, w.Type, w.Message)
	}
	if err == nil {
		return "", b.String()
	}
	n := func(i int) int { return max(0, i) }
	return fmt.Sprintf("%d:%d-%d:%d %s: %s", err.Line, n(err.Col), n(err.EndLine), n(err.EndCol), err.Type, err.Message), b.String()
}

// raw compiles a source and returns the error as the stages have it, in whose
// columns CPython counts bytes once a source has a tree.
func (w *worker) raw(t testing.TB, data []byte) (*diag.Diagnostic, []diag.Diagnostic) {
	t.Helper()
	defer func() {
		if r := recover(); r != nil {
			t.Fatalf("%q: %v\n%s", data, r, debug.Stack())
		}
	}()
	var warnings []diag.Diagnostic
	src, err := source.Decode(data, w.f)
	if err == nil {
		_, warnings, err = w.generate(src, "<string>", 0)
	}
	var d *diag.Diagnostic
	if err != nil && !errors.As(err, &d) {
		t.Fatalf("%q: %v", data, err)
	}
	return d, warnings
}

// TestRecorded compiles every source that CPython's own tests feed to its compiler,
// for every known release, and compares with what that release says: refused or not
// without exception, and type, message, place and warnings but for the cases in
// testdata/recorded.txt, of which there may be 2 % of those that are refused. It goes
// through a Checker, and where there is a back end through a Compiler, too.
func TestRecorded(t *testing.T) {
	known := readDivergences(t)
	for _, p := range target.Known() {
		release := p.Version().String()
		t.Run(release, func(t *testing.T) {
			checker, err := NewChecker(p.Version())
			if err != nil {
				t.Fatal(err)
			}
			compilers := map[string]*Compiler{"check": checker.c}
			if target.Complete(p) {
				compilers["compile"] = forRelease(t, release)
			}
			cases := readRecording(t, release, p.Minor)
			for way, c := range compilers {
				w, err := newWorker(c)
				if err != nil {
					t.Fatal(err)
				}
				refused, differ := 0, 0
				for _, one := range cases {
					want, wantRemarks := verdict(one.err, one.warnings)
					err, warnings := w.raw(t, one.source)
					got, gotRemarks := verdict(err, warnings)
					if want != "" {
						refused++
					}
					same := got == want && (want != "" || gotRemarks == wantRemarks)
					switch listed := known.has(release, one.source); {
					case (got == "") != (want == ""):
						t.Errorf("%s: %q\n got %s\nwant %s", way, one.source, or(got), or(want))
					case same && listed:
						t.Errorf("%s: %q\nis in testdata/recorded.txt, and agrees: %s", way, one.source, or(got))
					case !same && !listed:
						t.Errorf("%s: %q\n got %s\n%swant %s\n%s", way, one.source, or(got), gotRemarks, or(want), wantRemarks)
					case !same:
						differ++
					}
				}
				t.Logf("%s: %d sources, %d of them refused; %d known divergences", way, len(cases), refused, differ)
				if 100*differ > 2*refused {
					t.Errorf("%s: %d of %d errors differ: more than 2 %%", way, differ, refused)
				}
			}
		})
	}
	for _, d := range known {
		if !d.used {
			t.Errorf("testdata/recorded.txt: no case is %s %q", d.release, d.source)
		}
	}
}

func or(refusal string) string {
	if refusal == "" {
		return "accepted"
	}
	return refusal
}

// divergence is a source on which the compiler is known to differ.
type divergence struct {
	release, source string
	used            bool
}

type divergences []*divergence

// readDivergences reads testdata/recorded.txt: comments, which are the reasons, and
// lines of a release ("*" for all) and a source in quotes.
func readDivergences(t testing.TB) divergences {
	t.Helper()
	data, err := os.ReadFile("testdata/recorded.txt")
	if err != nil {
		t.Fatal(err)
	}
	var list divergences
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		d := &divergence{}
		if _, err := fmt.Sscanf(line, "%s %q", &d.release, &d.source); err != nil {
			t.Fatalf("testdata/recorded.txt: %s: %v", line, err)
		}
		list = append(list, d)
	}
	return list
}

func (l divergences) has(release string, source []byte) bool {
	for _, d := range l {
		if (d.release == release || d.release == "*") && d.source == string(source) {
			d.used = true
			return true
		}
	}
	return false
}
