package report

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

func checked(t *testing.T) (*precompile.CheckReport, Meta) {
	t.Helper()
	var targets []pyc.Version
	for _, s := range []string{"3.11.7", "3.14.10"} {
		v, err := pyc.ParseVersion(s)
		if err != nil {
			t.Fatal(err)
		}
		targets = append(targets, v)
	}
	fault := func(d diag.Diagnostic, tolerated bool, of ...pyc.Version) precompile.CheckFinding {
		return precompile.CheckFinding{Diagnostic: d, Targets: of, Tolerated: tolerated}
	}
	return &precompile.CheckReport{
		Targets: targets, Sources: 1234, Elapsed: 1500 * time.Millisecond,
		Findings: []precompile.CheckFinding{
			fault(diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Path: "a.py", Line: 1, Col: 6, EndLine: 1, EndCol: 7, Text: "type X = int"}, false, targets[0]),
			fault(diag.Diagnostic{Severity: diag.Warning, Type: "SyntaxWarning", Message: "w", Path: "b.py", Line: 2}, false, targets...),
			fault(diag.Diagnostic{Type: "SyntaxError", Message: "x", Path: "c.py", Line: 3}, true, targets...),
		},
		Problems: []diag.Diagnostic{{Message: "cannot be read", Path: "d"}},
	}, Meta{Version: "1", TargetBy: "--python"}
}

func TestCheck(t *testing.T) {
	r, m := checked(t)
	out, errs := Text{}.Check(r, m)
	want := `1,234 files: 1 error, 1 warning, 1 problem, 1 tolerated (Python 3.11.7, 3.14.10 from --python, 1.5 s)
d: error: cannot be read
a.py:1:6: SyntaxError: invalid syntax [Python 3.11.7]
  1 | type X = int
    |      ^
b.py:2: SyntaxWarning: w
c.py:3: SyntaxError: x (tolerated)
`
	if d := cmp.Diff(want, string(out)+string(errs)); d != "" {
		t.Error(d)
	}
	if r.OK() {
		t.Error("a check with an error is OK")
	}
	if out, errs = (Text{Quiet: true}).Check(r, m); len(out) > 0 || strings.Contains(string(errs), "b.py") || strings.Contains(string(errs), "c.py") {
		t.Errorf("quiet: %s%s", out, errs)
	}
	if got := string(CheckGitHub(r, m)); !strings.Contains(got, "::error file=a.py,line=1,col=6,endColumn=7,title=SyntaxError::invalid syntax [Python 3.11.7]\n") ||
		!strings.Contains(got, "::warning file=c.py") {
		t.Error(got)
	}
	r.Findings, r.Problems = nil, nil
	if out, errs = (Text{}).Check(r, m); string(out) != "1,234 files: nothing found (Python 3.11.7, 3.14.10 from --python, 1.5 s)\n" || len(errs) > 0 {
		t.Errorf("%s%s", out, errs)
	}
}

func TestCheckJSON(t *testing.T) {
	r, m := checked(t)
	doc, err := CheckJSON(r, m)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, "check.schema.json", doc)
	if log, err := CheckSARIF(r, m); err != nil || !strings.Contains(string(log), "invalid syntax [Python 3.11.7]") {
		t.Errorf("%v\n%s", err, log)
	}
}
