package precompile

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// CheckOptions is what a check of sources is told.
type CheckOptions struct {
	Selection Selection
	// Targets are the releases of CPython to check for, from 3.11 on; empty means
	// the newest known of every series.
	Targets []pyc.Version
	// IgnoreErrors are globs (as Exclude's) of sources whose faults are reported
	// as tolerated and do not fail the check.
	IgnoreErrors []string
	// FailFast ends the check at the first fault that is not tolerated.
	FailFast bool
	// Jobs is how many sources are checked at once; 0 means the CPUs that this
	// process may use.
	Jobs int
	// Progress, where set, is told of each finished source, from many goroutines
	// but one call at a time.
	Progress func(Progress)
}

// CheckFinding is one fault or warning in a source.
type CheckFinding struct {
	diag.Diagnostic
	// Targets are the releases that have it, in the order of CheckReport.Targets.
	Targets []pyc.Version
	// Tolerated says that IgnoreErrors allows it.
	Tolerated bool
}

// CheckReport is the outcome of a check.
type CheckReport struct {
	// Targets are the releases whose rules were applied.
	Targets []pyc.Version
	// Sources is how many files were selected.
	Sources int
	// Findings are sorted by path and place, errors before warnings there.
	Findings []CheckFinding
	// Problems are faults that belong to no one source, as Report.Problems are.
	Problems []diag.Diagnostic
	Elapsed  time.Duration
}

// OK reports whether no source is refused but what is tolerated.
func (r *CheckReport) OK() bool {
	return len(r.Problems) == 0 && !slices.ContainsFunc(r.Findings, CheckFinding.fails)
}

func (f CheckFinding) fails() bool { return f.Severity == diag.Error && !f.Tolerated }

// Check looks for what each target's compiler would find wrong with sources,
// without a Python, and writes nothing. A source is read once for all targets.
//
// The error is an *OptionsError where the options make no sense together or a
// target is not known, and ctx's where ctx ended; the report then has what was
// found until then.
func Check(ctx context.Context, o CheckOptions) (*CheckReport, error) {
	start := time.Now()
	c, err := newChecker(o)
	if err != nil {
		return nil, err
	}
	workCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	c.stop = cancel
	jobs := o.Jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	workers := newCrew(jobs, func(queue <-chan source) {
		var buf []byte
		for s := range queue {
			if workCtx.Err() == nil {
				buf = shrink(c.source(s, buf))
			}
		}
	})
	walkErr := walk(workCtx, o.Selection, visitor{
		source: func(s source) error {
			c.mu.Lock()
			c.report.Sources++
			c.mu.Unlock()
			return workers.put(workCtx, s)
		},
		problem: c.problem,
	})
	workers.wait()
	var optErr *OptionsError
	if errors.As(walkErr, &optErr) {
		return nil, walkErr
	}
	r := &c.report
	slices.SortStableFunc(r.Findings, func(a, b CheckFinding) int { return diag.Compare(&a.Diagnostic, &b.Diagnostic) })
	slices.SortFunc(r.Problems, func(a, b diag.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	r.Elapsed = time.Since(start)
	if ctx.Err() != nil {
		return r, ctx.Err()
	}
	if walkErr != nil && workCtx.Err() == nil {
		return r, walkErr
	}
	return r, nil
}

// checker is one check.
type checker struct {
	o        CheckOptions
	checkers []*compiler.Checker
	ignore   globs
	stop     context.CancelFunc

	mu         sync.Mutex // guards what follows
	report     CheckReport
	done       int
	inProgress sync.Mutex // held while Progress is called
}

func newChecker(o CheckOptions) (*checker, error) {
	c := &checker{o: o}
	switch {
	case len(o.Selection.Paths) == 0 && o.Selection.Files == nil:
		return nil, &OptionsError{"no path was given"}
	case o.Jobs < 0:
		return nil, &OptionsError{"jobs: it is negative"}
	}
	targets := o.Targets
	if len(targets) == 0 {
		known := compiler.Checked() // oldest first
		for i, v := range known {
			if i+1 == len(known) || known[i+1].Minor != v.Minor {
				targets = append(targets, v)
			}
		}
	}
	for _, v := range targets {
		one, err := compiler.NewChecker(v)
		if err != nil {
			return nil, &OptionsError{(&NotCoveredError{v, err.Error()}).Error()}
		}
		profile, _ := one.Profile()
		if !slices.Contains(c.report.Targets, profile) {
			c.report.Targets = append(c.report.Targets, profile)
			c.checkers = append(c.checkers, one)
		}
	}
	var err error
	if c.ignore, err = newGlobs("ignore-errors", o.IgnoreErrors); err != nil {
		return nil, err
	}
	if _, err := newGlobs("include", o.Selection.Include); err != nil {
		return nil, err
	}
	if _, err := newGlobs("exclude", o.Selection.Exclude); err != nil {
		return nil, err
	}
	return c, nil
}

// source checks one source. It returns its buffer.
func (c *checker) source(s source, buf []byte) []byte {
	var findings []CheckFinding
	tolerated := c.ignore.matchBelow(s.rel)
	add := func(d diag.Diagnostic, v ...pyc.Version) {
		d.Path = s.path
		for i := range findings {
			if f := &findings[i]; f.Diagnostic == d {
				if !slices.Contains(f.Targets, v[0]) {
					f.Targets = append(f.Targets, v...)
				}
				return
			}
		}
		findings = append(findings, CheckFinding{Diagnostic: d, Targets: v, Tolerated: tolerated})
	}
	src, _, err := readSource(s.path, buf)
	if err != nil {
		add(diag.Diagnostic{Message: "cannot read the source: " + cause(err)})
	} else {
		for i, one := range c.checkers {
			warnings, err := one.Check(src)
			for _, d := range warnings {
				d.Severity = diag.Warning
				add(d, c.report.Targets[i])
			}
			var d *diag.Diagnostic
			switch {
			case errors.As(err, &d):
				add(*d, c.report.Targets[i])
			case err != nil:
				add(diag.Diagnostic{Message: err.Error()}, c.report.Targets[i])
			}
		}
	}
	failed := slices.ContainsFunc(findings, CheckFinding.fails)
	if c.o.Progress != nil {
		c.inProgress.Lock()
		defer c.inProgress.Unlock()
	}
	c.mu.Lock()
	c.done++
	p := Progress{Path: s.path, Done: c.done, Total: c.report.Sources, Failed: failed}
	c.report.Findings = append(c.report.Findings, findings...)
	c.mu.Unlock()
	if c.o.Progress != nil {
		c.o.Progress(p)
	}
	if failed && c.o.FailFast {
		c.stop()
	}
	return src
}

func (c *checker) problem(d diag.Diagnostic) {
	c.mu.Lock()
	c.report.Problems = append(c.report.Problems, d)
	c.mu.Unlock()
	if c.o.FailFast {
		c.stop()
	}
}
