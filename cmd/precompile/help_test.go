package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rules-precompile/precompile/precompile/pyselect"
)

var update = flag.Bool("update", false, "write docs/cli.md and the golden files of testdata")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not what the command says; go test ./cmd/precompile -update writes it (-file +command):\n%s", path, diff)
	}
}

// TestDocs holds docs/cli.md to the command: it is made of the same flags,
// texts and tables as --help.
func TestDocs(t *testing.T) {
	golden(t, filepath.Join("..", "..", "docs", "cli.md"), docs(newRoot(newWorld().app)))
}

// docs is the command's reference in Markdown.
func docs(root *cobra.Command) string {
	var b strings.Builder
	b.WriteString("# precompile: the command\n\n")
	b.WriteString("<!-- Made by go test ./cmd/precompile -update. DO NOT EDIT. -->\n\n")
	b.WriteString(root.Long + "\n\n")
	b.WriteString("```\n" + strings.ReplaceAll(useLine(root), "\n  ", "\n") + "\n```\n\n")
	b.WriteString("| verb | |\n|---|---|\n")
	for _, name := range verbNames() {
		fmt.Fprintf(&b, "| [%s](#precompile-%s) | %s |\n", name, name, find(root, name).Short)
	}
	for _, name := range verbNames() {
		docsVerb(&b, find(root, name))
	}
	b.WriteString("\n## Environment\n\n| variable | meaning |\n|---|---|\n")
	for _, f := range variables() {
		fmt.Fprintf(&b, "| %s | %s |\n", f.name, f.meaning)
	}
	b.WriteString("\n## Exit codes\n\n| code | meaning |\n|---|---|\n")
	for _, f := range exitCodes() {
		fmt.Fprintf(&b, "| %s | %s |\n", f.name, f.meaning)
	}
	b.WriteString("\n## Targets\n\nSupported are " + pyselect.Supported() + ".\n")
	return b.String()
}

func docsVerb(b *strings.Builder, cmd *cobra.Command) {
	plain := strings.NewReplacer("*", "\\*", "__", "\\_\\_")
	fmt.Fprintf(b, "\n## precompile %s\n\n```\n%s\n```\n\n%s\n", cmd.Name(), useLine(cmd), plain.Replace(cmd.Long))
	cell := strings.NewReplacer("|", "\\|", "\n", " ")
	for _, g := range flagGroups(cmd) {
		if g.title == "Help" {
			continue
		}
		fmt.Fprintf(b, "\n### %s\n\n| flag | meaning |\n|---|---|\n", g.title)
		for _, f := range g.flags {
			syntax, usage := flagSyntax(f)
			fmt.Fprintf(b, "| `%s` | %s |\n", cell.Replace(syntax), plain.Replace(cell.Replace(usage)))
		}
	}
	if cmd.Example != "" {
		fmt.Fprintf(b, "\n### Examples\n\n```\n%s\n```\n", cmd.Example)
	}
	if a := cmd.Annotations[appendixAnnotation]; a != "" {
		title, table, _ := strings.Cut(a, ":\n\n")
		fmt.Fprintf(b, "\n### %s\n\n%s", title, strings.ReplaceAll(table, "'*/*/*'", "`'*/*/*'`"))
	}
}

func TestHelp(t *testing.T) {
	for _, c := range []struct{ name, args string }{
		{"root", "--help"}, {"root", "help"}, {"root", "-h"},
		{"compile", "help compile"}, {"compile", "compile --help"}, {"compile", "src -h"}, {"compile", "compile -q --help"},
		{"verify", "verify --help"}, {"worker", "worker --help"}, {"version", "help version"}, {"completion", "completion -h"}, {"help", "help help"},
	} {
		w := newWorld()
		w.must(t, exitOK, strings.Fields(c.args)...)
		golden(t, filepath.Join("testdata", "help-"+c.name+".txt"), w.out.String())
		for line := range strings.Lines(w.out.String()) {
			// Examples are to be copied, and so not broken.
			if n := len([]rune(strings.TrimRight(line, "\n"))); n > 80 && !strings.HasPrefix(strings.TrimSpace(line), "precompile") {
				t.Errorf("%s: %d columns: %s", c.args, n, line)
			}
		}
		if w.err.Len() > 0 {
			t.Errorf("%s: standard error: %s", c.args, w.err.String())
		}
	}
}

// TestFlagsAreDocumented holds each flag to what its readers need.
func TestFlagsAreDocumented(t *testing.T) {
	root := newRoot(newWorld().app)
	for _, name := range verbNames() {
		cmd := find(root, name)
		if cmd.Long == "" || cmd.Short == "" || cmd.Example == "" {
			t.Errorf("%s: no description or example", name)
		}
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if f.Name == "help" {
				return
			}
			if len(f.Annotations[groupAnnotation]) == 0 {
				t.Errorf("%s: --%s is in no group", name, f.Name)
			}
			if f.Value.Type() != "bool" && strings.Count(f.Usage, "`") != 2 && f.Name != "strip-prefix" {
				t.Errorf("%s: --%s does not name its value", name, f.Name)
			}
		})
	}
}

func TestCompletion(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string // words between spaces, all of which are offered
		not  string
	}{
		{[]string{""}, "compile verify version completion help", "no-help"},
		{[]string{"ver"}, "verify version", "compile"},
		{[]string{"--py"}, "--python", ""},
		{[]string{"--python", ""}, "3.8 3.13 3.15 pypy3.11", ""},
		{[]string{"--python", "3.13,"}, "3.13,3.14", "3.13,3.13"},
		{[]string{"compile", "--layout", ""}, "pycache legacy", ""},
		{[]string{"src", "--invalidation", ""}, "checked-hash unchecked-hash timestamp", ""},
		{[]string{"-O", ""}, "0 1 2", ""},
		{[]string{"--compiler", ""}, "auto embedded cpython", ""},
		{[]string{"verify", "--allow", "stale,"}, "stale,orphan stale,missing", "stale,stale"},
		{[]string{"verify", "--invalidation", ""}, "checked-hash", ""},
		{[]string{"verify", "--format", ""}, "text json sarif github", ""},
		{[]string{"--color", ""}, "auto always never", ""},
		{[]string{"--progress", ""}, "auto always never", ""},
		{[]string{"version", "--format", ""}, "text json", ""},
		{[]string{"help", ""}, "verify compile", ""},
		{[]string{"completion", ""}, "bash zsh fish powershell", ""},
	} {
		w := newWorld()
		w.must(t, exitOK, append([]string{"__completeNoDesc"}, c.args...)...)
		got := strings.Fields(w.out.String())
		for _, word := range strings.Fields(c.want) {
			if !slices.Contains(got, word) {
				t.Errorf("%q: %q is not offered: %q", c.args, word, got)
			}
		}
		if c.not != "" && slices.Contains(got, c.not) {
			t.Errorf("%q: %q is offered", c.args, c.not)
		}
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		w := newWorld()
		w.must(t, exitOK, "completion", shell)
		contains(t, shell, w.out.String(), "precompile", "__complete")
	}
}
