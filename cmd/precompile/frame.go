package main

import "github.com/rules-precompile/precompile/precompile"

// outcome is the report of a verb that goes through many sources.
type outcome interface {
	comparable
	// OK reports whether nothing failed.
	OK() bool
}

// perform is the frame of such a verb: it has the library work with a progress bar
// shown, and tells the report. A report may come with an error, of a run that was
// stopped, or not come at all.
func perform[R outcome](a *app, f *outputFlags, work func(progress func(precompile.Progress)) (R, error), shown func(R) outputs) error {
	bar := f.newProgress(a)
	r, err := work(bar.report())
	bar.finish()
	var none R
	if r == none {
		return err
	}
	if e := f.write(a, shown(r)); e != nil {
		return e
	}
	if !r.OK() {
		a.code = exitFailed
	}
	return err
}

// print tells what a verb found that only prints.
func (f *outputFlags) print(a *app, text func() string, json func() ([]byte, error)) error {
	if f.format.value == formatText {
		a.stdout.put([]byte(text()))
		return nil
	}
	doc, err := json()
	if err != nil {
		return err
	}
	a.stdout.put(doc)
	return nil
}

// checkPlain is check for verbs that only print.
func (f *outputFlags) checkPlain() error {
	if f.color.value == always && f.format.value != formatText {
		return usagef("--color always: --format %s has no colours", f.format.value)
	}
	return nil
}
