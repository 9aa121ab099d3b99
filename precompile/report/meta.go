package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Meta is what a report is about beyond what the engine tells.
type Meta struct {
	// Version is that of this program.
	Version string
	// TargetBy names what decided the targets: "--python", ".python-version", …
	TargetBy string
	// Modes are the invalidation mode of a run, or those that a verification
	// accepts, where it does not accept all.
	Modes []pyc.Mode
	// Optimize are the levels.
	Optimize []int
	// Interrupted reports whether the run was ended by a signal, so that the
	// report is of a part.
	Interrupted bool
}

// Text is how text is written.
type Text struct {
	Style diag.Style
	// Quiet leaves out all but what fails the run; Verbose adds each file.
	Quiet, Verbose bool
}

// Grouped writes a count with commas between thousands, as a report's text has it.
func Grouped(n int) string {
	s := strconv.Itoa(n)
	start := 0
	if n < 0 {
		start = 1
	}
	for i := len(s) - 3; i > start; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// counted is "1 file", "1,700 files".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return Grouped(n) + " " + what + "s"
}

// plural is "1 miss", "1,700 misses".
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Grouped(n) + " " + many
}

// seconds writes a duration to two figures or so: 0.04 s, 1.9 s, 75 s.
func seconds(d time.Duration) string {
	s := d.Seconds()
	switch {
	case s < 0.1:
		return fmt.Sprintf("%.2f s", s)
	case s < 60:
		return fmt.Sprintf("%.1f s", s)
	}
	return fmt.Sprintf("%.0f s", s)
}

// compilerName is a compiler as the summary names it.
func compilerName(c backend.Info) string {
	name := c.Name
	switch {
	case name == "cpython" && c.Target.Implementation == pyc.PyPy:
		name = "PyPy"
	case name == "cpython":
		name = "CPython"
	}
	if c.Detail != "" {
		name += " " + diag.Name(c.Detail)
	}
	return name
}

func versionsOf[T any](list []T, version func(T) pyc.Version) string {
	var out []string
	for _, x := range list {
		out = append(out, version(x).String())
	}
	return strings.Join(out, ", ")
}

func modeWords(modes []pyc.Mode) string {
	var out []string
	for _, m := range modes {
		out = append(out, m.String())
	}
	return strings.Join(out, " or ")
}

// levelWords names the levels where they are not just 0.
func levelWords(levels []int) string {
	if len(levels) == 0 || len(levels) == 1 && levels[0] == 0 {
		return ""
	}
	var out []string
	for _, n := range levels {
		out = append(out, strconv.Itoa(n))
	}
	return "-O " + strings.Join(out, ",")
}

// joinNonEmpty joins with ", " what is there.
func joinNonEmpty(parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, ", ")
}
