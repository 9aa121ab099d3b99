package report

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// The parts of SARIF 2.1.0 that are written
// (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html).
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool        sarifTool                `json:"tool"`
		Invocations []sarifInvocation        `json:"invocations"`
		Bases       map[string]sarifArtifact `json:"originalUriBaseIds"`
		ColumnKind  string                   `json:"columnKind"`
		Results     []sarifResult            `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name           string      `json:"name"`
		Version        string      `json:"version,omitempty"`
		InformationURI string      `json:"informationUri"`
		Rules          []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifInvocation struct {
		Successful bool `json:"executionSuccessful"`
	}
	sarifResult struct {
		RuleID       string             `json:"ruleId"`
		RuleIndex    int                `json:"ruleIndex"`
		Level        string             `json:"level"`
		Message      sarifText          `json:"message"`
		Locations    []sarifLocation    `json:"locations,omitempty"`
		Suppressions []sarifSuppression `json:"suppressions,omitempty"`
	}
	sarifSuppression struct {
		Kind          string `json:"kind"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical sarifPhysical  `json:"physicalLocation"`
		Logical  []sarifLogical `json:"logicalLocations,omitempty"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI         string     `json:"uri,omitempty"`
		BaseID      string     `json:"uriBaseId,omitempty"`
		Description *sarifText `json:"description,omitempty"`
	}
	sarifLogical struct {
		FullyQualifiedName string `json:"fullyQualifiedName"`
		Kind               string `json:"kind"`
	}
	sarifRegion struct {
		StartLine   int        `json:"startLine"`
		StartColumn int        `json:"startColumn,omitempty"`
		EndLine     int        `json:"endLine,omitempty"`
		EndColumn   int        `json:"endColumn,omitempty"`
		Snippet     *sarifText `json:"snippet,omitempty"`
	}
)

const (
	sarifSchema = "https://json.schemastore.org/sarif-2.1.0.json"
	homepage    = "https://github.com/rules-precompile/precompile"
	// sourceRoot is the base that relative paths are below; code scanning takes
	// it for the root of the repository.
	sourceRoot = "%SRCROOT%"
	// problemRule is of faults that are not Python's.
	problemRule = "problem"
)

// sarif collects results and the rules that they are of.
type sarif struct {
	rules   []sarifRule
	results []sarifResult
}

func (s *sarif) rule(id, description string) int {
	i := slices.IndexFunc(s.rules, func(r sarifRule) bool { return r.ID == id })
	if i < 0 {
		i = len(s.rules)
		s.rules = append(s.rules, sarifRule{ID: id, ShortDescription: sarifText{description}})
	}
	return i
}

// item adds what there is to say; suffix ends the message.
func (s *sarif) item(it *item, suffix string) {
	s.diagnostic(&it.Diagnostic, suffix)
	if it.tolerated && it.Severity == diag.Error {
		s.suppress("tolerated by --ignore-errors")
	}
}

// RunSARIF writes a run as a SARIF log.
func RunSARIF(r *precompile.Report, m Meta) ([]byte, error) {
	var s sarif
	for _, it := range runItems(r) {
		s.item(&it, suffix(r, &it))
	}
	return s.log(m, !m.Interrupted)
}

func suffix(r *precompile.Report, it *item) string {
	if len(r.Compilers) > 1 && len(it.targets) > 0 {
		return " [Python " + it.versions() + "]"
	}
	return ""
}

// VerifySARIF writes a verification as a SARIF log.
func VerifySARIF(r *precompile.VerifyReport, m Meta) ([]byte, error) {
	var s sarif
	for _, v := range precompile.Verdicts() {
		if v != precompile.VerdictOK {
			s.rule(string(v), verdictMeanings[v])
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == precompile.VerdictOK || f.Verdict == precompile.VerdictUnchecked && f.Allowed {
			continue // nothing was found
		}
		res := sarifResult{
			RuleID: string(f.Verdict), RuleIndex: s.rule(string(f.Verdict), ""), Level: "error",
			Message: sarifText{utf8Only(finding(f))}, Locations: location(subject(f), nil),
		}
		s.results = append(s.results, res)
		if f.Allowed {
			s.suppress("allowed by --allow or --ignore-errors")
		}
	}
	for i := range r.Problems {
		s.diagnostic(&r.Problems[i], "")
	}
	return s.log(m, !m.Interrupted)
}

func (s *sarif) diagnostic(d *diag.Diagnostic, suffix string) {
	id, description := d.Type, "Python's compiler raises "+d.Type+"."
	if d.Severity == diag.Warning {
		description = "Python's compiler warns with " + d.Type + "."
	}
	if id == "" {
		id, description = problemRule, "A file or folder could not be worked on."
	}
	message := utf8Only(diag.Line(d.Message)) + suffix
	if d.Type != "" {
		message = d.Type + ": " + message
	}
	s.results = append(s.results, sarifResult{
		RuleID: id, RuleIndex: s.rule(id, description), Level: d.Severity.String(),
		Message: sarifText{message}, Locations: location(d.Path, region(d)),
	})
}

// suppress marks the last result as one that does not count.
func (s *sarif) suppress(why string) {
	s.results[len(s.results)-1].Suppressions = []sarifSuppression{{Kind: "external", Justification: why}}
}

func (s *sarif) log(m Meta, successful bool) ([]byte, error) {
	run := sarifRun{
		Tool:        sarifTool{sarifDriver{Name: "precompile", Version: m.Version, InformationURI: homepage, Rules: s.rules}},
		Invocations: []sarifInvocation{{successful}},
		Bases:       map[string]sarifArtifact{sourceRoot: {Description: &sarifText{"The folder that precompile was run in."}}},
		ColumnKind:  "unicodeCodePoints",
		Results:     s.results,
	}
	if run.Results == nil {
		run.Results = []sarifResult{}
	}
	if run.Tool.Driver.Rules == nil {
		run.Tool.Driver.Rules = []sarifRule{}
	}
	return marshal(sarifLog{Schema: sarifSchema, Version: "2.1.0", Runs: []sarifRun{run}})
}

// location places a result at a path, which may be one inside an archive
// ("dist/a.whl!pkg/a.py"): then the archive is the file, and the member a
// logical location in it.
func location(path string, r *sarifRegion) []sarifLocation {
	if path == "" {
		return nil
	}
	file, member := splitArchive(path)
	loc := sarifLocation{Physical: sarifPhysical{Artifact: artifact(file)}}
	if member == "" {
		loc.Physical.Region = r
	} else {
		loc.Logical = []sarifLogical{{FullyQualifiedName: utf8Only(member), Kind: "resource"}}
	}
	return []sarifLocation{loc}
}

// splitArchive splits "dist/a.whl!pkg/a.py". A plain path has no member.
func splitArchive(path string) (file, member string) {
	for i := range len(path) {
		if path[i] != '!' {
			continue
		}
		lower := strings.ToLower(path[:i])
		for _, ext := range []string{".whl", ".zip", ".pex", ".pyz", ".egg", ".tar", ".tar.gz", ".tgz"} {
			if strings.HasSuffix(lower, ext) {
				return path[:i], path[i+1:]
			}
		}
	}
	return path, ""
}

// artifact is a path as a URI: an absolute one with the file scheme, a relative
// one below sourceRoot. Every byte that is not unreserved (RFC 3986) is
// percent-encoded, so names that are not UTF-8 survive as well.
func artifact(path string) sarifArtifact {
	slashed := filepath.ToSlash(filepath.Clean(path))
	const unreserved = "-._~/"
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(slashed) {
		switch c := slashed[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte(unreserved, c) >= 0:
			b.WriteByte(c)
		default:
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	if filepath.IsAbs(path) {
		return sarifArtifact{URI: "file://" + strings.Repeat("/", 1-min(1, strings.Count(slashed[:1], "/"))) + b.String()}
	}
	return sarifArtifact{URI: b.String(), BaseID: sourceRoot}
}

func region(d *diag.Diagnostic) *sarifRegion {
	if d.Line <= 0 {
		return nil
	}
	r := &sarifRegion{StartLine: d.Line, StartColumn: max(d.Col, 0)}
	switch {
	case d.EndLine > d.Line:
		r.EndLine, r.EndColumn = d.EndLine, max(d.EndCol, 0)
	case d.Col > 0 && d.EndCol > d.Col:
		r.EndColumn = d.EndCol
	}
	if d.Text != "" && len(d.Text) <= maxText {
		r.Snippet = &sarifText{utf8Only(d.Text)}
	}
	return r
}
