package report

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// SchemaVersion is the version of the JSON documents. It changes when a field
// is removed or means something else; a reader must accept fields that it does
// not know.
const SchemaVersion = 1

// head is what every document starts with.
type head struct {
	SchemaVersion int     `json:"schema_version"`
	Kind          string  `json:"kind"`
	Tool          toolDoc `json:"tool"`
}

type toolDoc struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// targetDoc is one Python that a run is for.
type targetDoc struct {
	Version        string `json:"version"`
	Implementation string `json:"implementation"`
	CacheTag       string `json:"cache_tag"`
	MagicNumber    int    `json:"magic_number"`
	DecidedBy      string `json:"decided_by"`
	// Compiler is nil for a verification that compares no content.
	Compiler *compilerDoc `json:"compiler"`
}

type compilerDoc struct {
	Name   string `json:"name"`
	Detail string `json:"detail"`
}

func newTarget(v pyc.Version, magic pyc.Magic, m Meta) targetDoc {
	return targetDoc{
		Version: v.String(), Implementation: v.Implementation.String(), CacheTag: v.CacheTag(),
		MagicNumber: int(magic.Number()), DecidedBy: utf8Only(m.TargetBy),
	}
}

func newCompiler(c backend.Info) *compilerDoc {
	return &compilerDoc{Name: c.Name, Detail: utf8Only(c.Detail)}
}

// diagDoc is a diag.Diagnostic. Positions that are not known are left out.
type diagDoc struct {
	Severity   string `json:"severity"`
	Type       string `json:"type,omitempty"`
	Message    string `json:"message"`
	Path       string `json:"path,omitempty"`
	PathBase64 string `json:"path_base64,omitempty"`
	Line       int    `json:"line,omitempty"`
	Column     int    `json:"column,omitempty"`
	EndLine    int    `json:"end_line,omitempty"`
	EndColumn  int    `json:"end_column,omitempty"`
	Text       string `json:"text,omitempty"`
}

// maxText bounds the source line in a document, in bytes: a minified file has
// its whole content on one line.
const maxText = 1000

func newDiag(d *diag.Diagnostic) diagDoc {
	text := d.Text
	if len(text) > maxText {
		text = ""
	}
	return diagDoc{
		Severity: d.Severity.String(), Type: d.Type, Message: utf8Only(d.Message),
		Path: utf8Only(d.Path), PathBase64: raw(d.Path),
		Line: max(d.Line, 0), Column: max(d.Col, 0), EndLine: max(d.EndLine, 0), EndColumn: max(d.EndCol, 0), Text: utf8Only(text),
	}
}

func newDiags(ds []diag.Diagnostic) []diagDoc {
	out := make([]diagDoc, 0, len(ds))
	for i := range ds {
		out = append(out, newDiag(&ds[i]))
	}
	return out
}

// utf8Only is s as JSON can have it, and raw its bytes where that loses any.
func utf8Only(s string) string {
	return strings.ToValidUTF8(s, string(utf8.RuneError))
}

func raw(s string) string {
	if utf8.ValidString(s) {
		return ""
	}
	return base64.StdEncoding.EncodeToString([]byte(s))
}

func utf8List(list []string) []string {
	out := make([]string, 0, len(list))
	for _, s := range list {
		out = append(out, utf8Only(s))
	}
	return out
}

type compileDoc struct {
	head
	Targets      []targetDoc    `json:"targets"`
	Invalidation string         `json:"invalidation"`
	Optimize     []int          `json:"optimize"`
	Summary      compileSummary `json:"summary"`
	Caches       []cacheDoc     `json:"caches"`
	Problems     []diagDoc      `json:"problems"`
	Pruned       []string       `json:"pruned"`
	Cleaned      []string       `json:"cleaned"`
	Deleted      []string       `json:"deleted"`
	Memo         *memoDoc       `json:"memo"`
	Elapsed      float64        `json:"elapsed_seconds"`
}

type compileSummary struct {
	OK          bool `json:"ok"`
	Interrupted bool `json:"interrupted"`
	Files       int  `json:"files"`
	Caches      int  `json:"caches"`
	Compiled    int  `json:"compiled"`
	FromMemo    int  `json:"from_memo"`
	Unchanged   int  `json:"unchanged"`
	Failed      int  `json:"failed"`
	Tolerated   int  `json:"tolerated"`
	Warnings    int  `json:"warnings"`
	Problems    int  `json:"problems"`
}

// memoDoc is a memo.Outcome.
type memoDoc struct {
	Directory       string        `json:"directory"`
	DirectoryBase64 string        `json:"directory_base64,omitempty"`
	Hits            int           `json:"hits"`
	Misses          int           `json:"misses"`
	Stored          int           `json:"stored"`
	Removed         int           `json:"removed"`
	Rejected        []rejectedDoc `json:"rejected"`
	Fault           *diagDoc      `json:"fault,omitempty"`
}

type rejectedDoc struct {
	Path       string `json:"path"`
	PathBase64 string `json:"path_base64,omitempty"`
	Reason     string `json:"reason"`
}

func newMemo(r *precompile.Report) *memoDoc {
	m := r.Memo
	if m == nil {
		return nil
	}
	doc := &memoDoc{
		Directory: utf8Only(m.Dir), DirectoryBase64: raw(m.Dir), Hits: m.Hits, Misses: m.Misses, Stored: m.Stored, Removed: m.Removed,
		Rejected: []rejectedDoc{},
	}
	for _, x := range m.Rejected {
		doc.Rejected = append(doc.Rejected, rejectedDoc{utf8Only(x.Path), raw(x.Path), utf8Only(x.Reason)})
	}
	if d := memoFault(r); d != nil {
		doc.Fault = new(newDiag(d))
	}
	return doc
}

type cacheDoc struct {
	Source       string    `json:"source"`
	SourceBase64 string    `json:"source_base64,omitempty"`
	Cache        string    `json:"cache"`
	CacheBase64  string    `json:"cache_base64,omitempty"`
	Target       string    `json:"target"`
	Optimize     int       `json:"optimize"`
	Status       string    `json:"status"`
	FromMemo     bool      `json:"from_memo,omitempty"`
	Fault        *diagDoc  `json:"fault,omitempty"`
	Warnings     []diagDoc `json:"warnings,omitempty"`
}

// RunJSON writes a run as the document of docs/schema/compile.schema.json.
func RunJSON(r *precompile.Report, m Meta) ([]byte, error) {
	doc := compileDoc{
		head:     newHead("compile", m),
		Targets:  []targetDoc{},
		Optimize: levels(m),
		Summary: compileSummary{
			OK: r.OK() && !m.Interrupted, Interrupted: m.Interrupted, Files: r.Sources, Caches: len(r.Caches),
			Compiled: r.Count(precompile.Compiled), FromMemo: fromMemo(r), Unchanged: r.Count(precompile.Unchanged),
			Failed: r.Count(precompile.Failed), Tolerated: r.Count(precompile.Tolerated), Problems: len(r.Problems),
		},
		Caches:   make([]cacheDoc, 0, len(r.Caches)),
		Problems: newDiags(r.Problems),
		Pruned:   utf8List(r.Pruned), Cleaned: utf8List(r.Cleaned), Deleted: utf8List(r.Deleted), Memo: newMemo(r),
		Elapsed: elapsed(r.Elapsed),
	}
	if len(m.Modes) > 0 {
		doc.Invalidation = m.Modes[0].String()
	}
	for _, c := range r.Compilers {
		t := newTarget(c.Target, c.Magic, m)
		t.Compiler = newCompiler(c)
		doc.Targets = append(doc.Targets, t)
	}
	for i := range r.Caches {
		c := &r.Caches[i]
		entry := cacheDoc{
			Source: utf8Only(c.Source), SourceBase64: raw(c.Source), Cache: utf8Only(c.Cache), CacheBase64: raw(c.Cache),
			Target: c.Target.String(), Optimize: c.Optimize, Status: string(c.Status),
			FromMemo: c.FromMemo && c.Status == precompile.Compiled,
		}
		if c.Fault != nil {
			d := newDiag(c.Fault)
			entry.Fault = &d
		}
		for j := range c.Warnings {
			entry.Warnings = append(entry.Warnings, newDiag(&c.Warnings[j]))
		}
		doc.Summary.Warnings += len(c.Warnings)
		doc.Caches = append(doc.Caches, entry)
	}
	return marshal(doc)
}

type verifyDoc struct {
	head
	Targets      []targetDoc   `json:"targets"`
	Invalidation []string      `json:"invalidation"`
	Optimize     []int         `json:"optimize"`
	Summary      verifySummary `json:"summary"`
	Findings     []findingDoc  `json:"findings"`
	Problems     []diagDoc     `json:"problems"`
	Elapsed      float64       `json:"elapsed_seconds"`
}

type verifySummary struct {
	OK          bool           `json:"ok"`
	Interrupted bool           `json:"interrupted"`
	Files       int            `json:"files"`
	Caches      int            `json:"caches"`
	Verdicts    map[string]int `json:"verdicts"`
	Allowed     int            `json:"allowed"`
	Problems    int            `json:"problems"`
}

type findingDoc struct {
	Source       string   `json:"source,omitempty"`
	SourceBase64 string   `json:"source_base64,omitempty"`
	Cache        string   `json:"cache,omitempty"`
	CacheBase64  string   `json:"cache_base64,omitempty"`
	Target       string   `json:"target,omitempty"`
	Optimize     *int     `json:"optimize,omitempty"`
	Verdict      string   `json:"verdict"`
	Allowed      bool     `json:"allowed"`
	Classes      []string `json:"classes,omitempty"`
	Detail       string   `json:"detail,omitempty"`
	Fault        *diagDoc `json:"fault,omitempty"`
}

// VerifyJSON writes a verification as the document of
// docs/schema/verify.schema.json.
func VerifyJSON(r *precompile.VerifyReport, m Meta) ([]byte, error) {
	doc := verifyDoc{
		head:         newHead("verify", m),
		Targets:      []targetDoc{},
		Invalidation: []string{},
		Optimize:     levels(m),
		Summary: verifySummary{
			OK: r.OK() && !m.Interrupted, Interrupted: m.Interrupted, Files: r.Sources, Caches: len(r.Findings),
			Verdicts: map[string]int{}, Problems: len(r.Problems),
		},
		Findings: make([]findingDoc, 0, len(r.Findings)),
		Problems: newDiags(r.Problems),
		Elapsed:  elapsed(r.Elapsed),
	}
	for _, mode := range m.Modes {
		doc.Invalidation = append(doc.Invalidation, mode.String())
	}
	for i, target := range r.Targets {
		t := newTarget(target.Version, target.Magic, m)
		if i < len(r.Rebuilt) && r.Rebuilt[i] && target.Compiler != nil {
			t.Compiler = newCompiler(target.Compiler.Info())
		}
		doc.Targets = append(doc.Targets, t)
	}
	for _, v := range precompile.Verdicts() {
		doc.Summary.Verdicts[string(v)] = r.Count(v)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		entry := findingDoc{
			Source: utf8Only(f.Source), SourceBase64: raw(f.Source), Cache: utf8Only(f.Cache), CacheBase64: raw(f.Cache),
			Verdict: string(f.Verdict), Allowed: f.Allowed,
			Classes: f.Classes, Detail: utf8Only(f.Detail),
		}
		if f.Target != (pyc.Version{}) {
			entry.Target = f.Target.String()
		}
		if f.Optimize >= 0 {
			entry.Optimize = &f.Optimize
		}
		if f.Verdict != precompile.VerdictOK && f.Allowed {
			doc.Summary.Allowed++
		}
		if f.Fault != nil {
			d := newDiag(f.Fault)
			entry.Fault = &d
		}
		doc.Findings = append(doc.Findings, entry)
	}
	return marshal(doc)
}

func newHead(kind string, m Meta) head {
	return head{SchemaVersion: SchemaVersion, Kind: kind, Tool: toolDoc{Name: "precompile", Version: m.Version}}
}

func levels(m Meta) []int {
	if len(m.Optimize) == 0 {
		return []int{0}
	}
	return m.Optimize
}

// elapsed rounds to milliseconds: more would only look exact.
func elapsed(d time.Duration) float64 { return math.Round(d.Seconds()*1000) / 1000 }

// marshal writes a document with its line end, indented: it is read by people as
// often as by programs.
func marshal(doc any) ([]byte, error) {
	b, err := json.MarshalIndent(doc, "", "  ")
	return append(b, '\n'), err
}
