package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyselect"
	"github.com/rules-precompile/precompile/precompile/report"
)

// versionInfo is which build of the program this is.
type versionInfo struct {
	Version string // of the module, or "devel"
	Commit  string // "" where the build does not know
	Dirty   bool
	Go      string
	System  string // "linux/amd64"
}

// buildVersion reads what the Go tool recorded.
func buildVersion() versionInfo {
	v := versionInfo{Version: "devel", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if m := info.Main.Version; m != "" && m != "(devel)" {
		v.Version = strings.TrimPrefix(m, "v")
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Dirty = s.Value == "true"
		}
	}
	return v
}

func (v versionInfo) String() string {
	s := "precompile " + v.Version
	if v.Commit != "" {
		s += " (" + v.Commit[:min(12, len(v.Commit))]
		if v.Dirty {
			s += ", changed"
		}
		s += ")"
	}
	return s + ", " + v.Go + ", " + v.System
}

// versionDoc is the document of docs/schema/version.schema.json.
type versionDoc struct {
	SchemaVersion int               `json:"schema_version"`
	Kind          string            `json:"kind"`
	Tool          versionTool       `json:"tool"`
	Targets       []versionTarget   `json:"targets"`
	Profiles      []versionProfile  `json:"profiles"`
	Compilers     []versionCompiler `json:"compilers"`
}

type versionTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"`
	Go      string `json:"go"`
	System  string `json:"system"`
}

type versionTarget struct {
	Version  string `json:"version"`
	CacheTag string `json:"cache_tag"`
}

// versionProfile is a release whose code the embedded compiler emits.
type versionProfile struct {
	Version     string            `json:"version"`
	MagicNumber int               `json:"magic_number"`
	Interpreter string            `json:"interpreter"`
	Measured    []versionMeasured `json:"measured"`
}

type versionMeasured struct {
	Corpus   string `json:"corpus"`
	Optimize int    `json:"optimize"`
	Files    int    `json:"files"`
	Equal    int    `json:"equal"`
}

type versionCompiler struct {
	Name        string `json:"name"`
	Target      string `json:"target"`
	MagicNumber int    `json:"magic_number"`
	Detail      string `json:"detail"`
}

type versionVerb struct {
	app    *app
	format word
	short  bool
}

func newVersion(a *app) *cobra.Command {
	v := &versionVerb{app: a, format: newWord(formatText, formatText, formatJSON)}
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version, the targets, and the compilers on this machine",
		Long: "Print the version of the program, the Pythons that it compiles for, and which compilers are at hand: the embedded one by target, and of each series the interpreter that a run would find.\n\n" +
			"A profile is a release whose code the embedded compiler emits. With each stands the interpreter that it was measured against, and of how many files it wrote the same bytes as fresh processes of that interpreter, header and all: of its standard library with the tests, of the packages that one Python had installed, and of random programs. A release without a profile of its own is served by the nearest older one, and the summary of a run says so.",
		Example: "precompile version\n" +
			"precompile version --format json",
		Args:              noArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              v.main,
	}
	cmd.Flags().SortFlags = false
	inGroup(cmd.Flags(), "Output", func() {
		cmd.Flags().Var(&v.format, "format", "`text|json`: how it is written")
		cmd.Flags().BoolVar(&v.short, "short", false, "print the version alone, and look for no interpreter")
	})
	complete(cmd, "format", false, v.format.words...)
	return cmd
}

func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usagef("%s takes no arguments, and got %q", cmd.Name(), args[0])
	}
	return nil
}

func (v *versionVerb) main(cmd *cobra.Command, _ []string) error {
	a := v.app
	ctx, done := a.interruptible(cmd)
	defer done()
	if v.short {
		if v.format.value != formatText {
			return usagef("--short: --format %s has everything", v.format.value)
		}
		fmt.Fprintln(a.stdout, a.version)
		return nil
	}
	doc := versionDoc{
		SchemaVersion: report.SchemaVersion, Kind: "version",
		Tool:      versionTool{"precompile", a.version.Version, a.version.Commit, a.version.Dirty, a.version.Go, a.version.System},
		Compilers: []versionCompiler{},
	}
	for _, s := range pyselect.Series() {
		doc.Targets = append(doc.Targets, versionTarget{Version: s.String(), CacheTag: s.CacheTag()})
	}
	for _, m := range compiler.Measurements() {
		magic, _ := pyc.MagicOf(m.Profile)
		p := versionProfile{Version: m.Profile.String(), MagicNumber: int(magic.Number()), Interpreter: m.Interpreter}
		for _, r := range m.Measurements {
			p.Measured = append(p.Measured, versionMeasured(r))
		}
		doc.Profiles = append(doc.Profiles, p)
	}
	for _, i := range a.engine.compilers(ctx) {
		doc.Compilers = append(doc.Compilers, versionCompiler{i.Name, i.Target.String(), int(i.Magic.Number()), i.Detail})
	}
	if v.format.value == formatJSON {
		b, err := json.MarshalIndent(doc, "", "  ")
		if err != nil {
			return err
		}
		a.stdout.put(append(b, '\n'))
		return nil
	}
	fmt.Fprintln(a.stdout, a.version)
	fmt.Fprintf(a.stdout, "targets: %s\n", pyselect.Supported())
	fmt.Fprintln(a.stdout, "profiles of the embedded compiler, each with the interpreter it was measured against, and the files with equal bytes:")
	for _, p := range doc.Profiles {
		fmt.Fprintf(a.stdout, "  %-8s  magic number %-5d  %s\n", p.Version, p.MagicNumber, p.Interpreter)
		for i, m := range p.Measured {
			if i == 0 || p.Measured[i-1].Corpus != m.Corpus {
				fmt.Fprintf(a.stdout, "            %-18s", m.Corpus)
			}
			fmt.Fprintf(a.stdout, "  -O%d %d of %d", m.Optimize, m.Equal, m.Files)
			if i+1 == len(p.Measured) || p.Measured[i+1].Corpus != m.Corpus {
				fmt.Fprintln(a.stdout)
			}
		}
	}
	fmt.Fprintln(a.stdout, "compilers:")
	for _, c := range doc.Compilers {
		fmt.Fprintf(a.stdout, "  %-8s  %-12s  magic number %-5d  %s\n", c.Name, c.Target, c.MagicNumber, diag.Name(c.Detail))
	}
	if len(doc.Compilers) == 0 {
		fmt.Fprintln(a.stdout, "  none: no interpreter on PATH, in pyenv's or in uv's folders")
	}
	return nil
}
