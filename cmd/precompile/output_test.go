package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rules-precompile/precompile/precompile"
)

func TestColor(t *testing.T) {
	for _, c := range []struct {
		flag string
		vars map[string]string
		want bool
	}{
		{auto, nil, false}, // the stream is no terminal
		{always, nil, true},
		{never, nil, false},
		{always, map[string]string{"NO_COLOR": "1"}, true}, // the flag decides
		{auto, map[string]string{"CLICOLOR_FORCE": "1"}, true},
		{auto, map[string]string{"CLICOLOR_FORCE": "0"}, false},
		{auto, map[string]string{"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}, false},
		{never, map[string]string{"CLICOLOR_FORCE": "1"}, false},
	} {
		w := newWorld()
		w.vars = c.vars
		f := outputFlags{color: newWord(c.flag)}
		if got := f.colored(w.app, w.stdout); got != c.want {
			t.Errorf("--color %s with %v: %t, want %t", c.flag, c.vars, got, c.want)
		}
	}
}

func TestProgressLines(t *testing.T) {
	var out bytes.Buffer
	now := time.Unix(0, 0)
	p := &progress{line: &stream{w: &out}, now: func() time.Time { return now }, last: now}
	for i := range 2000 {
		now = now.Add(20 * time.Millisecond)
		p.step(precompile.Progress{Path: "a\x1b.py", Done: i + 1, Total: 2000, Failed: i%1000 == 1})
	}
	want := "500 of 2,000 files, 1 failed\n1,000 of 2,000 files, 1 failed\n1,500 of 2,000 files, 2 failed\n2,000 of 2,000 files, 2 failed\n"
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// TestProgressBar holds that the bar draws, and leaves a clean line behind.
func TestProgressBar(t *testing.T) {
	var out bytes.Buffer
	p := &progress{bar: newBar(&stream{w: &out})}
	step := p.report()
	for i := range 100 {
		step(precompile.Progress{Done: i + 1, Total: 50 + i/2 + 1})
	}
	p.finish()
	if !strings.Contains(out.String(), "of 51 files") {
		t.Errorf("no count in %q", out.String())
	}
	if lines := strings.Split(out.String(), "\r"); strings.TrimSpace(strings.ReplaceAll(lines[len(lines)-1], "\x1b[2K", "")) != "" {
		t.Errorf("the bar stays: %q", lines[len(lines)-1])
	}
}

// TestBarText holds the bar to the width of the terminal.
func TestBarText(t *testing.T) {
	for _, c := range []struct {
		done, total, width int
		want               string
	}{
		{0, 10000, 80, "  0 % [>                                       ] 0 of 10,000 files"},
		{4200, 10000, 80, " 42 % [=========>             ] 4,200 of 10,000 files, 2,100 a second, 3 s left"},
		{10000, 10000, 80, "100 % [======================] 10,000 of 10,000 files, 5,000 a second, 0 s left"},
		{4200, 10000, 60, " 42 % 4,200 of 10,000 files, 2,100 a second, 3 s left"},
		{4200, 10000, 20, " 42 % 4,200 of 10,0"},
		{4200, 10000, 0, " 42 % [=========>             ] 4,200 of 10,000 files, 2,100 a second, 3 s left"},
	} {
		got := barText(c.done, c.total, 2*time.Second, c.width)
		if got != c.want || c.width > 0 && len(got) >= c.width {
			t.Errorf("%d of %d in %d columns:\ngot  %q\nwant %q", c.done, c.total, c.width, got, c.want)
		}
	}
}

// TestMachineFormatsAreAlone holds that nothing but the document is on the
// standard output, whatever else is asked for.
func TestMachineFormatsAreAlone(t *testing.T) {
	for _, args := range []string{"src --format json --progress always", "src --format sarif --progress always", "verify src --format json --progress always", "verify src --format sarif", "version --format json"} {
		w := newWorld()
		w.report.Caches = []precompile.CacheReport{{Source: "a.py", Status: precompile.Compiled}}
		w.must(t, exitOK, strings.Fields(args)...)
		d := json.NewDecoder(&w.out)
		var doc map[string]any
		if err := d.Decode(&doc); err != nil {
			t.Errorf("%s: %v", args, err)
		}
		if d.More() {
			t.Errorf("%s: something follows the document", args)
		}
	}
}

func TestVersion(t *testing.T) {
	w := newWorld()
	w.version.Commit = "0123456789abcdef"
	w.version.Dirty = true
	w.must(t, exitOK, "--version")
	if got, want := w.out.String(), "precompile 1.2.3 (0123456789ab, changed), go1.26, linux/amd64\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	w = newWorld()
	w.must(t, exitOK, "version")
	contains(t, "version", w.out.String(), "precompile 1.2.3, go1.26, linux/amd64\n", "targets: CPython 3.8 to 3.15",
		"  3.13.0    magic number 3571   3.13.0 (", "            standard library    -O0 1721 of 1721  -O1 1721 of 1721  -O2 1721 of 1721\n", "  3.14.10   magic number 3627   3.14.10 (",
		"  cpython   3.13.0        magic number 3571   /usr/bin/python3.13\n")
	w = newWorld()
	w.must(t, exitOK, "version", "--format", "json")
	s, err := jsonschema.NewCompiler().Compile("../../docs/schema/version.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(&w.out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%#v", err)
	}
}
