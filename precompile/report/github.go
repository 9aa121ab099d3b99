package report

import (
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// RunGitHub writes a run as workflow commands that GitHub shows as annotations
// of the changed lines, and the summary as a line of the log.
//
// https://docs.github.com/actions/reference/workflow-commands-for-github-actions
func RunGitHub(r *precompile.Report, m Meta) []byte {
	var out []byte
	for _, it := range runItems(r) {
		out = appendItem(out, it, suffix(r, &it))
	}
	if d := memoFault(r); d != nil {
		out = appendAnnotation(out, d.Severity.String(), d)
	}
	return append(append(out, RunSummary(r, m)...), '\n')
}

// VerifyGitHub writes a verification as workflow commands.
func VerifyGitHub(r *precompile.VerifyReport, m Meta) []byte {
	var out []byte
	for i := range r.Problems {
		out = appendAnnotation(out, "error", &r.Problems[i])
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		if f.Verdict == precompile.VerdictOK || f.Verdict == precompile.VerdictUnchecked && f.Allowed {
			continue // nothing was found
		}
		level := "error"
		if f.Allowed {
			level = "notice"
		}
		// An annotation is shown at a file of the repository, which caches and
		// archives seldom are; so the source, where there is one.
		path := f.Source
		if path == "" {
			path = f.Cache
		}
		var d diag.Diagnostic
		if f.Fault != nil {
			d = *f.Fault
		}
		d.Path, d.Type, d.Message = path, string(f.Verdict), diag.Name(subject(f))+": "+finding(f)
		out = appendAnnotation(out, level, &d)
	}
	return append(append(out, VerifySummary(r, m)...), '\n')
}

// appendItem writes what there is to say; suffix ends the message.
func appendItem(dst []byte, it item, suffix string) []byte {
	d := &it.Diagnostic
	d.Message += suffix
	level := d.Severity.String()
	if it.tolerated && d.Severity == diag.Error {
		level = "warning"
		d.Message += " (tolerated)"
	}
	return appendAnnotation(dst, level, d)
}

func appendAnnotation(dst []byte, level string, d *diag.Diagnostic) []byte {
	dst = append(append(dst, "::"...), level...)
	sep := byte(' ')
	property := func(name, value string) {
		if value != "" {
			dst = append(dst, sep)
			dst = append(append(append(dst, name...), '='), escapeProperty(value)...)
			sep = ','
		}
	}
	file, _ := splitArchive(d.Path)
	property("file", utf8Only(strings.TrimPrefix(file, "./")))
	if d.Line > 0 {
		property("line", strconv.Itoa(d.Line))
		if d.EndLine > d.Line {
			property("endLine", strconv.Itoa(d.EndLine))
		}
		if d.Col > 0 {
			property("col", strconv.Itoa(d.Col))
			// Columns of several lines are refused.
			if d.EndCol > d.Col && d.EndLine <= d.Line {
				property("endColumn", strconv.Itoa(d.EndCol))
			}
		}
	}
	property("title", d.Type)
	dst = append(dst, "::"...)
	message := d.Message
	if message == "" {
		message = d.Type
	}
	return append(append(dst, escapeData(utf8Only(message))...), '\n')
}

var (
	dataEscaper     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	propertyEscaper = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func escapeData(s string) string     { return dataEscaper.Replace(controlFree(s)) }
func escapeProperty(s string) string { return propertyEscaper.Replace(controlFree(s)) }

// controlFree escapes control characters other than line ends, which the
// workflow's own escapes carry: the log is shown in terminals, too.
func controlFree(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexAny(s, "\r\n")
		if i < 0 {
			b.WriteString(diag.Line(s))
			return b.String()
		}
		b.WriteString(diag.Line(s[:i]))
		b.WriteByte(s[i])
		s = s[i+1:]
	}
}
