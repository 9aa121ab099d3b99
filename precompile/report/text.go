package report

import (
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Run writes a run as text. Faults and warnings are for the standard error, as
// a compiler's are; the files and the summary for the standard output.
func (t Text) Run(r *precompile.Report, m Meta) (out, errs []byte) {
	for _, it := range runItems(r) {
		fails := it.Severity == diag.Error && !it.tolerated
		if t.Quiet && !fails {
			continue
		}
		errs = t.appendItem(errs, it, suffix(r, &it))
	}
	if t.Quiet {
		return nil, errs
	}
	if d := memoFault(r); d != nil {
		errs = t.Style.Append(errs, d)
	}
	if t.Verbose {
		out = t.appendFiles(out, r, m)
	}
	out = append(out, RunSummary(r, m)...)
	return append(out, '\n'), errs
}

// appendItem writes what there is to say; suffix ends the message.
func (t Text) appendItem(errs []byte, it item, suffix string) []byte {
	d := &it.Diagnostic
	d.Message += suffix
	if it.tolerated && d.Severity == diag.Error {
		d.Severity, d.Message = diag.Warning, d.Message+" (tolerated)"
		d.Text = "" // known to be broken: one line will do
	}
	return t.Style.Append(errs, d)
}

// appendFiles appends who compiled for what, then a line a cache.
func (t Text) appendFiles(out []byte, r *precompile.Report, m Meta) []byte {
	for _, c := range r.Compilers {
		out = fmt.Appendf(out, "Python %s%s: %s, magic number %s\n", c.Target, decidedBy(m), compilerName(c), c.Magic)
	}
	for i := range r.Caches {
		c := &r.Caches[i]
		switch c.Status {
		case precompile.Compiled:
			how := "compiled"
			if c.FromMemo {
				how = "from memo"
			}
			out = fmt.Appendf(out, "%-10s %s -> %s\n", how, diag.Name(c.Source), diag.Name(c.Cache))
		case precompile.Unchanged:
			out = fmt.Appendf(out, "unchanged  %s: %s is up to date\n", diag.Name(c.Source), diag.Name(c.Cache))
		default:
			out = fmt.Appendf(out, "%-10s %s: %s is not written\n", c.Status, diag.Name(c.Source), diag.Name(c.Cache))
		}
	}
	for _, list := range []struct {
		what  string
		paths []string
	}{{"pruned", r.Pruned}, {"cleaned", r.Cleaned}, {"deleted", r.Deleted}} {
		for _, p := range list.paths {
			out = fmt.Appendf(out, "%-10s %s\n", list.what, diag.Name(p))
		}
	}
	if r.Memo != nil {
		for _, x := range r.Memo.Rejected {
			out = fmt.Appendf(out, "rejected   %s: %s\n", diag.Name(x.Path), diag.Line(x.Reason))
		}
		out = fmt.Appendf(out, "memo       %s: %s, %s, %s stored, %s rejected, %s removed\n", diag.Name(r.Memo.Dir),
			counted(r.Memo.Hits, "hit"), plural(r.Memo.Misses, "miss", "misses"), Grouped(r.Memo.Stored), Grouped(len(r.Memo.Rejected)), Grouped(r.Memo.Removed))
	}
	return out
}

// memoFault is the warning of a memo that does not keep everything, if it does
// not. It is about no source, so code scanning is not told.
func memoFault(r *precompile.Report) *diag.Diagnostic {
	if r.Memo == nil || r.Memo.Fault == nil {
		return nil
	}
	return &diag.Diagnostic{Severity: diag.Warning, Path: r.Memo.Dir, Message: "the memo does not keep everything: " + r.Memo.Fault.Error()}
}

// RunSummary is a run in one line, without its end:
//
//	1,726 files: 1,700 compiled, 20 unchanged, 6 failed (Python 3.13.0 from .python-version, CPython /usr/bin/python3.13, checked-hash, 1.9 s)
func RunSummary(r *precompile.Report, m Meta) string {
	var b strings.Builder
	if m.Interrupted {
		b.WriteString("interrupted after ")
	}
	b.WriteString(counted(r.Sources, "file"))
	if len(r.Caches) > r.Sources {
		b.WriteString(", " + counted(len(r.Caches), "cache"))
	}
	warnings := 0
	for i := range r.Caches {
		warnings += len(r.Caches[i].Warnings)
	}
	nonzero := func(n int, what string) string {
		if n == 0 {
			return ""
		}
		return Grouped(n) + " " + what
	}
	b.WriteString(": " + Grouped(r.Count(precompile.Compiled)) + " compiled")
	if r.Memo != nil {
		b.WriteString(" (" + Grouped(fromMemo(r)) + " from the memo)")
	}
	b.WriteString(", ")
	b.WriteString(joinNonEmpty(
		Grouped(r.Count(precompile.Unchanged))+" unchanged",
		nonzero(r.Count(precompile.Failed), "failed"),
		nonzero(r.Count(precompile.Tolerated), "tolerated"),
		some(warnings, "warning"),
		some(len(r.Problems), "problem"),
		nonzero(len(r.Pruned), "pruned"),
		nonzero(len(r.Deleted), "deleted"),
		nonzero(len(r.Cleaned), "cleaned"),
	))
	var compilers []string
	for _, c := range r.Compilers {
		compilers = append(compilers, compilerName(c))
	}
	versions := versionsOf(r.Compilers, func(c backend.Info) pyc.Version { return c.Target })
	if versions != "" {
		versions = "Python " + versions + decidedBy(m)
	}
	b.WriteString(" (" + joinNonEmpty(versions, strings.Join(compilers, ", "), modeWords(m.Modes), levelWords(m.Optimize), seconds(r.Elapsed)) + ")")
	return b.String()
}

// fromMemo counts the caches that were written and not compiled.
func fromMemo(r *precompile.Report) int {
	n := 0
	for i := range r.Caches {
		if r.Caches[i].FromMemo && r.Caches[i].Status == precompile.Compiled {
			n++
		}
	}
	return n
}

func some(n int, what string) string {
	if n == 0 {
		return ""
	}
	return counted(n, what)
}

func decidedBy(m Meta) string {
	if m.TargetBy == "" {
		return ""
	}
	return " from " + diag.Name(m.TargetBy)
}
