package report

import (
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// verdictMeanings describe each verdict in a sentence.
var verdictMeanings = map[precompile.Verdict]string{
	precompile.VerdictUnchecked:    "The cache was seen, and nothing that was asked for can judge it.",
	precompile.VerdictOK:           "The cache is what its source compiles to.",
	precompile.VerdictForeign:      "The cache has the source's code in another marshal form than this program writes.",
	precompile.VerdictMissing:      "The source has no cache.",
	precompile.VerdictOrphan:       "The cache has no source.",
	precompile.VerdictStale:        "The hash, or time and size, in the cache is not the source's.",
	precompile.VerdictWrongMode:    "The cache has another invalidation mode than is allowed.",
	precompile.VerdictWrongMagic:   "The cache is not of the version that its name or the run says.",
	precompile.VerdictCorrupt:      "The cache is truncated or cannot be read.",
	precompile.VerdictMismatch:     "The code in the cache is not what the source compiles to.",
	precompile.VerdictUnverifiable: "The source does not compile or cannot be read, so that the cache cannot be judged.",
}

// Meaning describes a verdict in a sentence.
func Meaning(v precompile.Verdict) string { return verdictMeanings[v] }

// subject is the path that a finding is about.
func subject(f *precompile.Finding) string {
	if f.Cache != "" {
		return f.Cache
	}
	return f.Source
}

// finding words a finding on one line, without its path.
func finding(f *precompile.Finding) string {
	s := string(f.Verdict)
	if len(f.Classes) > 0 {
		s += " (" + strings.Join(f.Classes, ", ") + ")"
	}
	if f.Detail != "" {
		s += ": " + diag.Line(f.Detail)
	}
	if f.Fault != nil {
		fault := *f.Fault
		fault.Path = f.Source
		s += ": " + fault.Error()
	}
	return s
}

// Verify writes a verification as text. The findings are its result, so they
// are for the standard output; problems are for the standard error.
func (t Text) Verify(r *precompile.VerifyReport, m Meta) (out, errs []byte) {
	for i := range r.Problems {
		errs = t.Style.Append(errs, &r.Problems[i])
	}
	if t.Verbose {
		for i, target := range r.Targets {
			out = fmt.Appendf(out, "Python %s%s: magic number %s, %s\n", target.Version, decidedBy(m), target.Magic, compared(r, i))
		}
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == precompile.VerdictOK {
			if t.Verbose {
				out = fmt.Appendf(out, "%s: ok\n", diag.Name(subject(f)))
			}
			continue
		}
		if f.Allowed && !t.Verbose {
			continue
		}
		out = t.appendFinding(out, f)
	}
	if !t.Quiet {
		out = append(append(out, VerifySummary(r, m)...), '\n')
	}
	return out, errs
}

func (t Text) appendFinding(out []byte, f *precompile.Finding) []byte {
	d := diag.Diagnostic{Path: subject(f), Type: string(f.Verdict), Message: f.Detail}
	if len(f.Classes) > 0 {
		d.Type += " (" + strings.Join(f.Classes, ", ") + ")"
	}
	if f.Allowed {
		d.Severity = diag.Warning
		d.Message = strings.TrimSpace(d.Message + " (allowed)")
	}
	out = t.Style.Append(out, &d)
	if f.Fault != nil {
		fault := *f.Fault
		if fault.Path == "" {
			fault.Path = f.Source
		}
		out = t.Style.Append(out, &fault)
	}
	return out
}

// compared says whether the content of a target's caches was compared.
func compared(r *precompile.VerifyReport, target int) string {
	if target < len(r.Rebuilt) && r.Rebuilt[target] && r.Targets[target].Compiler != nil {
		return "content compared with " + compilerName(r.Targets[target].Compiler.Info())
	}
	return "content not compared"
}

// VerifySummary is a verification in one line, without its end:
//
//	1,726 files, 1,730 caches: 1,720 ok, 6 stale, 4 orphan allowed (Python 3.13.0 from --python, content compared with CPython /usr/bin/python3.13, 1.9 s)
func VerifySummary(r *precompile.VerifyReport, m Meta) string {
	var b strings.Builder
	if m.Interrupted {
		b.WriteString("interrupted after ")
	}
	b.WriteString(counted(r.Sources, "file") + ", " + counted(len(r.Findings), "cache") + ": ")
	counts := []string{Grouped(r.Count(precompile.VerdictOK)) + " ok"}
	for _, v := range precompile.Verdicts() {
		if v == precompile.VerdictOK {
			continue
		}
		failed, allowed := 0, 0
		for i := range r.Findings {
			if r.Findings[i].Verdict == v {
				if r.Findings[i].Allowed {
					allowed++
				} else {
					failed++
				}
			}
		}
		if failed > 0 {
			counts = append(counts, Grouped(failed)+" "+string(v))
		}
		if allowed > 0 {
			counts = append(counts, Grouped(allowed)+" "+string(v)+" allowed")
		}
	}
	counts = append(counts, some(len(r.Problems), "problem"))
	b.WriteString(joinNonEmpty(counts...))

	versions := versionsOf(r.Targets, func(t precompile.VerifyTarget) pyc.Version { return t.Version })
	if versions != "" {
		versions = "Python " + versions + decidedBy(m)
	}
	var how []string
	for i := range r.Targets {
		if c := compared(r, i); len(how) == 0 || how[len(how)-1] != c {
			how = append(how, c)
		}
	}
	modes := modeWords(m.Modes)
	if modes != "" {
		modes += " only"
	}
	b.WriteString(" (" + joinNonEmpty(versions, strings.Join(how, ", "), modes, levelWords(m.Optimize), seconds(r.Elapsed)) + ")")
	return b.String()
}
