package main

import (
	"fmt"
	"time"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/report"
)

// progress shows how far a run is, on the standard error. The zero progress
// shows nothing.
type progress struct {
	bar *bar
	// now and line are of progress without a terminal: a line each interval.
	line   *stream
	now    func() time.Time
	last   time.Time
	failed int
}

// lineInterval is how often progress without a terminal writes a line.
const lineInterval = 10 * time.Second

// newProgress decides what is shown.
func (f *outputFlags) newProgress(a *app) *progress {
	terminal := a.stderr.terminal() && a.getenv("TERM") != "dumb"
	switch {
	case f.progress.value == never, f.quiet, f.progress.value == auto && !terminal:
		return &progress{}
	case terminal:
		return &progress{bar: newBar(a.stderr)}
	}
	return &progress{line: a.stderr, now: time.Now, last: time.Now()}
}

// report returns what the engine is to call, or nil.
func (p *progress) report() func(precompile.Progress) {
	switch {
	case p.bar != nil:
		return func(s precompile.Progress) { p.bar.set(s.Done, s.Total) }
	case p.line != nil:
		return p.step
	}
	return nil
}

// step writes a line if the last one is old enough.
func (p *progress) step(s precompile.Progress) {
	if s.Failed {
		p.failed++
	}
	now := p.now()
	if now.Sub(p.last) < lineInterval {
		return
	}
	p.last = now
	failed := ""
	if p.failed > 0 {
		failed = fmt.Sprintf(", %s failed", report.Grouped(p.failed))
	}
	fmt.Fprintf(p.line, "%s of %s files%s\n", report.Grouped(s.Done), report.Grouped(s.Total), failed)
}

// finish takes the bar away, so that what follows starts on a clean line.
func (p *progress) finish() {
	if p.bar != nil {
		p.bar.clear()
	}
}
