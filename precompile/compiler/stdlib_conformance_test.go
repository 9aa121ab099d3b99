//go:build conformance && unix

package compiler

import (
	"errors"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// outcome is how one file of a corpus compared.
type outcome uint8

const (
	sameBytes outcome = iota
	sameCode          // equal code objects, in another form
	differs
	refusedByUs     // and not by the interpreter
	refusedByPython // and not by us
	refusedByBoth
	failed // an internal error
	numOutcomes
)

var outcomeNames = [...]string{
	"bytes equal", "code objects equal", "different", "refused by us alone", "refused by Python alone", "refused by both",
	"internal errors",
}

// result is an outcome and what a person needs to find its cause.
type result struct {
	outcome outcome
	cause   string // a class of causes
	detail  string
}

// TestStdlib compiles the standard library and its tests, and compares with what
// fresh processes of py_compile wrote, byte for byte.
func TestStdlib(t *testing.T) {
	eachLevel(t, func(t *testing.T, release string, level int) {
		i := interptest.Find(t, release)
		c, err := New(i.Version)
		if err != nil {
			t.Fatal(err)
		}
		corpus := interptest.Stdlib(t, i, level)
		results := make([]result, len(corpus.Files))
		var g errgroup.Group
		g.SetLimit(2)
		for n, f := range corpus.Files {
			g.Go(func() error {
				want, ok := corpus.Pyc(t, f)
				results[n] = compare(c, corpus.Source(t, f), corpus.Path(f), level, want, ok)
				return nil
			})
		}
		_ = g.Wait()
		report(t, corpus.Files, results)
		measure(t, i, stdlibCorpus, level, results)
	})
}

// compare compiles a source and compares with the cache that the interpreter wrote.
func compare(c *Compiler, src []byte, path string, level int, want []byte, ok bool) result {
	got, _, err := c.Compile(src, path, level)
	var d *diag.Diagnostic
	switch {
	case errors.As(err, &d):
		if !ok {
			return result{outcome: refusedByBoth}
		}
		return result{refusedByUs, d.Message, fmt.Sprintf("%d:%d %s", d.Line, d.Col, d.Message)}
	case err != nil:
		detail := err.Error()
		var internal *InternalError
		if errors.As(err, &internal) {
			detail += "\n" + string(internal.Stack)
		}
		return result{failed, err.Error()[strings.LastIndex(err.Error(), path)+len(path):], detail}
	case !ok:
		lines := strings.Split(strings.TrimSpace(string(want)), "\n")
		return result{refusedByPython, lines[len(lines)-1], string(want)}
	}
	p := c.format
	diff, err := marshal.Compare(want[16:], got, p)
	if err != nil {
		return result{failed, err.Error(), err.Error()}
	}
	switch diff.Verdict {
	case marshal.Equal:
		return result{}
	case marshal.CanonicalEqual:
		return result{sameCode, fmt.Sprint(diff.Classes), diff.String()}
	}
	return result{differs, digits.ReplaceAllString(diff.Field, "#"), diff.String()}
}

var digits = regexp.MustCompile(`[0-9]+`)

// report counts outcomes and shows the most frequent causes of those that are not
// as they should be, with an example each.
func report(t *testing.T, files []string, results []result) {
	t.Helper()
	var counts [numOutcomes]int
	type class struct {
		outcome outcome
		cause   string
	}
	examples := map[class][]int{}
	for i, r := range results {
		counts[r.outcome]++
		if r.outcome != sameBytes && r.outcome != refusedByBoth {
			k := class{r.outcome, r.cause}
			examples[k] = append(examples[k], i)
		}
	}
	var summary []string
	for o, n := range counts {
		if n > 0 {
			summary = append(summary, fmt.Sprintf("%d %s", n, outcomeNames[o]))
		}
	}
	t.Logf("%d files: %s", len(files), strings.Join(summary, ", "))
	classes := make([]class, 0, len(examples))
	for k := range examples {
		classes = append(classes, k)
	}
	sort.Slice(classes, func(i, j int) bool {
		a, b := classes[i], classes[j]
		if len(examples[a]) != len(examples[b]) {
			return len(examples[a]) > len(examples[b])
		}
		return a.cause < b.cause
	})
	for i, k := range classes {
		if i == 20 {
			t.Logf("… and %d more causes", len(classes)-i)
			break
		}
		at := examples[k][0]
		t.Logf("%4d %s: %s\n     %s: %s", len(examples[k]), outcomeNames[k.outcome], k.cause, files[at], results[at].detail)
	}
	if bad := len(files) - counts[sameBytes] - counts[refusedByBoth]; bad > 0 {
		t.Errorf("%d of %d files are not byte for byte", bad, len(files))
	}
}
