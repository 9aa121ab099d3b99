package main

import (
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/report"
)

// outputFlags say how the outcome is told.
type outputFlags struct {
	format   word
	color    word
	progress word
	quiet    bool
	verbose  bool
	colorSet func() bool
}

// The words of --format.
const (
	formatText   = "text"
	formatJSON   = "json"
	formatSARIF  = "sarif"
	formatGitHub = "github"
)

// The words of --color and --progress.
const (
	auto   = "auto"
	always = "always"
	never  = "never"
)

func (f *outputFlags) register(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.format = newWord(formatText, formatText, formatJSON, formatSARIF, formatGitHub)
	f.color = newWord(auto, auto, always, never)
	f.progress = newWord(auto, auto, always, never)
	inGroup(fs, "Output", func() {
		fs.Var(&f.format, "format", "`text|json|sarif|github`: how the outcome is written: json is of docs/schema, sarif is SARIF 2.1.0, github are workflow annotations")
		fs.Var(&f.progress, "progress", "`auto|always|never`: show progress: auto is a bar on a terminal; always, without a terminal, is a line now and then")
		fs.Var(&f.color, "color", "`auto|always|never`: colour text: auto on a terminal, unless NO_COLOR is set")
		fs.BoolVarP(&f.quiet, "quiet", "q", false, "tell only what fails")
		fs.BoolVarP(&f.verbose, "verbose", "v", false, "tell of each file, and who compiles")
	})
	f.colorSet = func() bool { return fs.Changed("color") }
	complete(cmd, "format", false, f.format.words...)
	complete(cmd, "progress", false, f.progress.words...)
	complete(cmd, "color", false, f.color.words...)
}

// registerPlain registers the flags of verbs that only print: text or JSON.
func (f *outputFlags) registerPlain(cmd *cobra.Command) {
	fs := cmd.Flags()
	f.format = newWord(formatText, formatText, formatJSON)
	f.color = newWord(auto, auto, always, never)
	inGroup(fs, "Output", func() {
		fs.Var(&f.format, "format", "`text|json`: how the outcome is written: json is of docs/schema")
		fs.Var(&f.color, "color", "`auto|always|never`: colour text: auto on a terminal, unless NO_COLOR is set")
	})
	complete(cmd, "format", false, f.format.words...)
	complete(cmd, "color", false, f.color.words...)
}

// check refuses what cannot be meant together.
func (f *outputFlags) check() error {
	switch {
	case f.quiet && f.verbose:
		return usagef("--verbose: --quiet says the opposite")
	case f.quiet && f.progress.value == always:
		return usagef("--progress always: --quiet says the opposite")
	case f.verbose && f.format.value == formatJSON:
		return usagef("--verbose: --format json has each file in any case")
	case f.verbose && f.format.value != formatText:
		return usagef("--verbose: --format %s has no place for files without a finding", f.format.value)
	}
	return f.checkPlain()
}

// text is how text is written to a stream.
func (f *outputFlags) text(a *app, s *stream) report.Text {
	return report.Text{Style: diag.Style{Color: f.colored(a, s), Width: s.width()}, Quiet: f.quiet, Verbose: f.verbose}
}

// colored decides by the flag, then NO_COLOR (https://no-color.org), then
// CLICOLOR_FORCE (https://bixense.com/clicolors), then whether s is a terminal
// that can.
func (f *outputFlags) colored(a *app, s *stream) bool {
	switch {
	case f.color.value != auto:
		return f.color.value == always
	case a.getenv("NO_COLOR") != "":
		return false
	case a.getenv("CLICOLOR_FORCE") != "" && a.getenv("CLICOLOR_FORCE") != "0":
		return true
	}
	return s.terminal() && a.getenv("TERM") != "dumb" && enableEscapes(s.w)
}

// terminal reports whether the stream is shown to a person.
func (s *stream) terminal() bool {
	f, ok := s.w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// width is how many columns the stream's terminal has, or 0 where it is none.
func (s *stream) width() int {
	if !s.terminal() {
		return 0
	}
	w, _, err := term.GetSize(int(s.w.(*os.File).Fd()))
	if err != nil || w < 0 {
		return 0
	}
	return w
}

// outputs are the renderers of one report.
type outputs struct {
	text        func(report.Text) (out, errs []byte)
	github      func() []byte
	json, sarif func() ([]byte, error)
}

// write writes a report in the format asked for. Text is coloured by the stream
// that each part goes to.
func (f *outputFlags) write(a *app, o outputs) error {
	render := o.json
	switch f.format.value {
	case formatText:
		out, _ := o.text(f.text(a, a.stdout))
		_, errs := o.text(f.text(a, a.stderr))
		a.stderr.put(errs)
		a.stdout.put(out)
		return nil
	case formatGitHub:
		a.stdout.put(o.github())
		return nil
	case formatSARIF:
		render = o.sarif
	}
	doc, err := render()
	if err != nil {
		return err
	}
	a.stdout.put(doc)
	return nil
}
