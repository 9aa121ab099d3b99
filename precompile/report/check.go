package report

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// checkItems are the findings of a check, problems first.
func checkItems(r *precompile.CheckReport) []item {
	var items []item
	for _, d := range r.Problems {
		items = append(items, item{Diagnostic: d})
	}
	for _, f := range r.Findings {
		items = append(items, item{f.Diagnostic, f.Targets, f.Tolerated || f.Severity == diag.Warning})
	}
	return items
}

// checkSuffix says which targets have a finding, where not all do.
func checkSuffix(r *precompile.CheckReport, it *item) string {
	if len(it.targets) == 0 || len(it.targets) == len(r.Targets) {
		return ""
	}
	return " [Python " + it.versions() + "]"
}

// Check writes a check as text: findings for the standard error, the summary for
// the standard output.
func (t Text) Check(r *precompile.CheckReport, m Meta) (out, errs []byte) {
	for _, it := range checkItems(r) {
		fails := it.Severity == diag.Error && !it.tolerated
		if t.Quiet && !fails {
			continue
		}
		errs = t.appendItem(errs, it, checkSuffix(r, &it))
	}
	if t.Quiet {
		return nil, errs
	}
	return append([]byte(CheckSummary(r, m)), '\n'), errs
}

// CheckSummary is a check in one line, without its end:
//
//	1,726 files: 6 errors, 2 warnings (Python 3.11.7, 3.14.10 from --python, 1.9 s)
func CheckSummary(r *precompile.CheckReport, m Meta) string {
	var b strings.Builder
	if m.Interrupted {
		b.WriteString("interrupted after ")
	}
	b.WriteString(counted(r.Sources, "file") + ": ")
	errors, tolerated, warnings := 0, 0, 0
	for _, f := range r.Findings {
		switch {
		case f.Severity == diag.Warning:
			warnings++
		case f.Tolerated:
			tolerated++
		default:
			errors++
		}
	}
	found := joinNonEmpty(some(errors, "error"), some(warnings, "warning"), some(len(r.Problems), "problem"))
	if tolerated > 0 {
		found = joinNonEmpty(found, Grouped(tolerated)+" tolerated")
	}
	if found == "" {
		found = "nothing found"
	}
	versions := versionsOf(r.Targets, func(v pyc.Version) pyc.Version { return v })
	b.WriteString(found + " (" + joinNonEmpty("Python "+versions+decidedBy(m), seconds(r.Elapsed)) + ")")
	return b.String()
}

// CheckGitHub writes a check as workflow commands.
func CheckGitHub(r *precompile.CheckReport, m Meta) []byte {
	var out []byte
	for _, it := range checkItems(r) {
		out = appendItem(out, it, checkSuffix(r, &it))
	}
	return append(append(out, CheckSummary(r, m)...), '\n')
}

// CheckSARIF writes a check as a SARIF log.
func CheckSARIF(r *precompile.CheckReport, m Meta) ([]byte, error) {
	var s sarif
	for _, it := range checkItems(r) {
		s.item(&it, checkSuffix(r, &it))
	}
	return s.log(m, !m.Interrupted)
}

type checkDoc struct {
	head
	DecidedBy   string            `json:"decided_by"`
	Targets     []string          `json:"targets"`
	OK          bool              `json:"ok"`
	Interrupted bool              `json:"interrupted"`
	Files       int               `json:"files"`
	Findings    []checkFindingDoc `json:"findings"`
	Problems    []diagDoc         `json:"problems"`
	Seconds     float64           `json:"elapsed_seconds"`
}

type checkFindingDoc struct {
	diagDoc
	Targets   []string `json:"targets"`
	Tolerated bool     `json:"tolerated"`
}

// CheckJSON writes a check as the document of docs/schema/check.schema.json.
func CheckJSON(r *precompile.CheckReport, m Meta) ([]byte, error) {
	names := func(versions []pyc.Version) []string {
		out := make([]string, 0, len(versions))
		for _, v := range versions {
			out = append(out, v.String())
		}
		return out
	}
	doc := checkDoc{
		head:      newHead("check", m),
		DecidedBy: utf8Only(m.TargetBy), Targets: names(r.Targets), OK: r.OK() && !m.Interrupted, Interrupted: m.Interrupted,
		Files: r.Sources, Findings: []checkFindingDoc{}, Problems: newDiags(r.Problems), Seconds: r.Elapsed.Seconds(),
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		doc.Findings = append(doc.Findings, checkFindingDoc{newDiag(&f.Diagnostic), names(f.Targets), f.Tolerated})
	}
	return marshal(doc)
}
