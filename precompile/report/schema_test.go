package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rules-precompile/precompile/precompile"
)

// validate checks a document against a schema of docs/schema, and that it says
// nothing that the schema does not describe.
func validate(t *testing.T, schema string, doc []byte) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile(filepath.Join("..", "..", "docs", "schema", schema))
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(v); err != nil {
		t.Errorf("%s: %#v", schema, err)
	}
	for _, name := range undescribed(s, v, "") {
		t.Errorf("%s does not describe %s", schema, name)
	}
}

// undescribed lists the fields of v that s has no property for.
func undescribed(s *jsonschema.Schema, v any, at string) []string {
	if s == nil {
		return nil
	}
	if s.Ref != nil {
		return undescribed(s.Ref, v, at)
	}
	for _, alternative := range s.OneOf {
		if alternative.Validate(v) == nil {
			return undescribed(alternative, v, at)
		}
	}
	var out []string
	switch v := v.(type) {
	case map[string]any:
		for name, field := range v {
			p, ok := s.Properties[name]
			if !ok {
				out = append(out, at+"."+name)
				continue
			}
			out = append(out, undescribed(p, field, at+"."+name)...)
		}
	case []any:
		items, _ := s.Items2020, 0
		for i, e := range v {
			out = append(out, undescribed(items, e, fmt.Sprintf("%s[%d]", at, i))...)
		}
	}
	return out
}

func TestJSONIsOfTheSchema(t *testing.T) {
	r, m := aRun()
	doc, err := RunJSON(r, m)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, "compile.schema.json", doc)
	empty, err := RunJSON(&precompile.Report{}, m)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, "compile.schema.json", empty)

	v, m := aVerification()
	if doc, err = VerifyJSON(v, m); err != nil {
		t.Fatal(err)
	}
	validate(t, "verify.schema.json", doc)
	if doc, err = VerifyJSON(&precompile.VerifyReport{}, Meta{}); err != nil {
		t.Fatal(err)
	}
	validate(t, "verify.schema.json", doc)
}

func TestJSON(t *testing.T) {
	unixOnly(t)
	r, m := aRun()
	doc, err := RunJSON(r, m)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "run.json", doc)
	v, m := aVerification()
	if doc, err = VerifyJSON(v, m); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify.json", doc)
}

func TestSARIF(t *testing.T) {
	unixOnly(t)
	r, m := aRun()
	doc, err := RunSARIF(r, m)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "run.sarif", doc)
	checkSARIF(t, doc)
	v, m := aVerification()
	if doc, err = VerifySARIF(v, m); err != nil {
		t.Fatal(err)
	}
	golden(t, "verify.sarif", doc)
	checkSARIF(t, doc)
	if doc, err = RunSARIF(&precompile.Report{}, Meta{}); err != nil {
		t.Fatal(err)
	}
	checkSARIF(t, doc)
}

// checkSARIF holds what the specification demands of the parts that are
// written, and what GitHub's code scanning demands on top.
func checkSARIF(t *testing.T, doc []byte) {
	t.Helper()
	var log struct {
		Schema  string `json:"$schema"`
		Version string
		Runs    []struct {
			Tool struct {
				Driver struct {
					Name  string
					Rules []struct {
						ID               string
						ShortDescription struct{ Text string }
					}
				}
			}
			OriginalURIBaseIDs map[string]any `json:"originalUriBaseIds"`
			ColumnKind         string
			Results            *[]struct {
				RuleID    string
				RuleIndex *int
				Level     string
				Message   struct{ Text string }
				Locations []struct {
					PhysicalLocation struct {
						ArtifactLocation struct{ URI, URIBaseID string }
						Region           *struct{ StartLine, StartColumn, EndLine, EndColumn int }
					}
				}
			}
		}
	}
	if err := json.Unmarshal(doc, &log); err != nil {
		t.Fatal(err)
	}
	if log.Version != "2.1.0" || len(log.Runs) != 1 || log.Runs[0].Results == nil {
		t.Fatalf("version %q, %d runs, results %v", log.Version, len(log.Runs), log.Runs[0].Results)
	}
	run := log.Runs[0]
	if run.Tool.Driver.Name == "" || run.ColumnKind != "unicodeCodePoints" {
		t.Errorf("driver %q, column kind %q", run.Tool.Driver.Name, run.ColumnKind)
	}
	ids := map[string]bool{}
	for _, r := range run.Tool.Driver.Rules {
		if r.ID == "" || r.ShortDescription.Text == "" || ids[r.ID] {
			t.Errorf("rule %q (%q) is empty or comes twice", r.ID, r.ShortDescription.Text)
		}
		ids[r.ID] = true
	}
	for i, r := range *run.Results {
		if r.Message.Text == "" || r.RuleIndex == nil || *r.RuleIndex >= len(run.Tool.Driver.Rules) || run.Tool.Driver.Rules[*r.RuleIndex].ID != r.RuleID {
			t.Errorf("result %d: message %q, rule %q at %v", i, r.Message.Text, r.RuleID, r.RuleIndex)
		}
		if r.Level != "error" && r.Level != "warning" {
			t.Errorf("result %d: level %q", i, r.Level)
		}
		for _, l := range r.Locations {
			a := l.PhysicalLocation.ArtifactLocation
			u, err := url.Parse(a.URI)
			if err != nil || strings.ContainsAny(a.URI, " \n\\!?#") {
				t.Errorf("result %d: %q is no URI: %v", i, a.URI, err)
			} else if u.IsAbs() == (a.URIBaseID != "") {
				t.Errorf("result %d: %q with base %q", i, a.URI, a.URIBaseID)
			}
			if _, ok := run.OriginalURIBaseIDs[a.URIBaseID]; a.URIBaseID != "" && !ok {
				t.Errorf("result %d: base %q is not described", i, a.URIBaseID)
			}
			if g := l.PhysicalLocation.Region; g != nil {
				end := g.EndLine
				if end == 0 {
					end = g.StartLine
				}
				if g.StartLine < 1 || end < g.StartLine || end == g.StartLine && g.EndColumn != 0 && g.EndColumn < g.StartColumn {
					t.Errorf("result %d: region %+v", i, *g)
				}
			}
		}
	}
}

func TestArtifact(t *testing.T) {
	unixOnly(t)
	for path, want := range map[string]string{
		"./src/a b.py":  "src/a%20b.py",
		"a:b.py":        "a%3Ab.py",
		"../é%.py":      "../%C3%A9%25.py",
		"caf\xe9.py":    "caf%E9.py",
		"/src/a#?.py":   "file:///src/a%23%3F.py",
		"a\nb.py":       "a%0Ab.py",
		"src//x/../y~1": "src/y~1",
	} {
		a := artifact(path)
		if a.URI != want {
			t.Errorf("artifact(%q) = %s, want %s", path, a.URI, want)
		}
		if u, err := url.Parse(a.URI); err != nil || u.Path != filepath.Clean(path) {
			t.Errorf("%s does not read back as %q: %v", a.URI, filepath.Clean(path), err)
		}
	}
}

func TestSplitArchive(t *testing.T) {
	for path, want := range map[string][2]string{
		"dist/a.whl!pkg/a.py": {"dist/a.whl", "pkg/a.py"},
		"l.tar.gz!a!b.py":     {"l.tar.gz", "a!b.py"},
		"what!.py":            {"what!.py", ""},
		"a.WHL!b":             {"a.WHL", "b"},
	} {
		if f, m := splitArchive(path); f != want[0] || m != want[1] {
			t.Errorf("splitArchive(%q) = %q, %q", path, f, m)
		}
	}
}
