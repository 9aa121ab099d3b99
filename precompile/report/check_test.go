package report

import (
	"strings"
	"testing"
	"time"

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
	golden(t, "check.txt", append(out, errs...))
	if r.OK() {
		t.Error("a check with an error is OK")
	}
	if out, errs = (Text{Quiet: true}).Check(r, m); len(out) > 0 || strings.Contains(string(errs), "b.py") || strings.Contains(string(errs), "c.py") {
		t.Errorf("quiet: %s%s", out, errs)
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
	golden(t, "check.json", doc)
}

func TestCheckSARIF(t *testing.T) {
	r, m := checked(t)
	log, err := CheckSARIF(r, m)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "check.sarif", log)
}

func TestCheckGitHub(t *testing.T) {
	r, m := checked(t)
	golden(t, "check.github.txt", CheckGitHub(r, m))
}
