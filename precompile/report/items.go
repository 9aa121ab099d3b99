package report

import (
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// item is one thing to say about a source in a run: a fault or a warning, with
// the targets that it was found for. One source compiled at several levels and
// for several targets mostly has the same fault in each.
type item struct {
	diag.Diagnostic
	targets []pyc.Version
	// tolerated says that the run does not fail for it.
	tolerated bool
}

// runItems collects what there is to say of a run, sorted by path and position.
func runItems(r *precompile.Report) []item {
	var items []item
	for i := range r.Caches {
		c := &r.Caches[i]
		if c.Fault != nil {
			d := *c.Fault
			if d.Path == "" {
				d.Path = c.Source
			}
			items = append(items, item{d, []pyc.Version{c.Target}, c.Status == precompile.Tolerated})
		}
		for _, d := range c.Warnings {
			d.Severity = diag.Warning
			if d.Path == "" {
				d.Path = c.Source
			}
			items = append(items, item{d, []pyc.Version{c.Target}, true})
		}
	}
	for _, d := range r.Problems {
		items = append(items, item{Diagnostic: d})
	}
	slices.SortStableFunc(items, func(a, b item) int { return diag.Compare(&a.Diagnostic, &b.Diagnostic) })

	out := items[:0]
	for _, it := range items {
		if n := len(out); n > 0 && out[n-1].Diagnostic == it.Diagnostic && out[n-1].tolerated == it.tolerated {
			for _, t := range it.targets {
				if !slices.Contains(out[n-1].targets, t) {
					out[n-1].targets = append(out[n-1].targets, t)
				}
			}
			continue
		}
		out = append(out, it)
	}
	return out
}

// versions is "3.13, 3.14".
func (it *item) versions() string {
	var out []string
	for _, t := range it.targets {
		out = append(out, t.String())
	}
	return strings.Join(out, ", ")
}
