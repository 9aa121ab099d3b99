package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rules-precompile/precompile/precompile/pyselect"
)

// appendixAnnotation is where a verb keeps what its help ends with: paragraphs
// and tables in Markdown.
const appendixAnnotation = "appendix"

// fact is a row of a table in help.
type fact struct{ name, meaning string }

// variables are the environment variables that the command heeds.
func variables() []fact {
	return []fact{
		{"PRECOMPILE_PYTHON", "the targets, where --python names none"},
		{memoVariable, "the folder that compile keeps results in, where --cache-dir names none"},
		{"VIRTUAL_ENV", "the virtual environment whose pyvenv.cfg may decide the target"},
		{"PYTHON_VERSION", "the version of the official container images, which may decide the target"},
		{"PATH", "where interpreters are looked for; PYENV_ROOT and UV_PYTHON_INSTALL_DIR say where pyenv and uv have theirs"},
		{"SOURCE_DATE_EPOCH", "the time of written files, in seconds since 1970, and the latest that a timestamp header records"},
		{"PYTHONPATH, PYTHONPYCACHEPREFIX, PYTHONDONTWRITEBYTECODE", "what explain takes for the interpreter's, where no flag says otherwise"},
		{"NO_COLOR, CLICOLOR_FORCE", "no colours, or colours even without a terminal, unless --color says otherwise"},
	}
}

// exitCodes are what the process ends with.
func exitCodes() []fact {
	return []fact{
		{fmt.Sprint(exitOK), "done"},
		{fmt.Sprint(exitFailed), "some files failed; or verify found what --allow does not; or diff a difference; or explain that the import raises"},
		{fmt.Sprint(exitUsage), "wrong usage, or no compiler for a target: nothing was written"},
		{fmt.Sprint(exitInternal), "an internal error, or the output could not be written"},
		{fmt.Sprint(exitInterrupted), "interrupted (SIGINT, SIGTERM): what was written is whole; a second signal kills"},
	}
}

func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "help [VERB]",
		Short:   "Print help for a verb",
		Long:    "Print help for a verb, or the list of verbs.",
		Example: "precompile help verify",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return verbNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			if len(args) == 0 {
				return root.Help()
			}
			if len(args) > 1 {
				return usagef("help takes one verb, and got %q as well", args[1])
			}
			for _, verb := range root.Commands() {
				if verb.Name() == args[0] && !verb.Hidden {
					return verb.Help()
				}
			}
			return usagef("help: no verb %q; %s", args[0], notOneOf(args[0], verbNames()))
		},
	}
}

// flagGroup is the flags under one heading.
type flagGroup struct {
	title string
	flags []*pflag.Flag
}

// flagGroups are a command's flags in the order in which they were defined.
func flagGroups(cmd *cobra.Command) []flagGroup {
	var groups []flagGroup
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		title := "Help"
		if g := f.Annotations[groupAnnotation]; len(g) > 0 {
			title = g[0]
		}
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.title == title })
		if i < 0 {
			i = len(groups)
			groups = append(groups, flagGroup{title: title})
		}
		groups[i].flags = append(groups[i].flags, f)
	})
	return groups
}

// flagSyntax is how a flag is written, "-j, --jobs N", and what it does. What
// stands between backquotes in the usage names the value; where it stands first,
// before a colon, it is no part of the text.
func flagSyntax(f *pflag.Flag) (syntax, usage string) {
	name, usage := pflag.UnquoteUsage(f)
	if strings.HasPrefix(f.Usage, "`") {
		usage = strings.TrimPrefix(usage, name+": ")
	}
	syntax = "--" + f.Name
	if f.Shorthand != "" {
		syntax = "-" + f.Shorthand + ", " + syntax
	}
	if f.Value.Type() != "bool" {
		syntax += " " + name
	}
	if _, ok := f.Value.(*word); ok {
		usage += " (default " + f.DefValue + ")"
	}
	return syntax, usage
}

// useLine is a command's synopsis.
func useLine(cmd *cobra.Command) string {
	if !cmd.HasParent() {
		return "precompile [compile] [flags] PATH…\n  precompile VERB [flags] …"
	}
	if cmd.Name() == defaultVerb {
		return "precompile [compile] [flags] PATH…"
	}
	line := "precompile " + cmd.Use
	if cmd.HasFlags() && !cmd.DisableFlagParsing && !strings.Contains(line, "[flags]") {
		line = "precompile " + cmd.Name() + " [flags]" + strings.TrimPrefix(cmd.Use, cmd.Name())
	}
	return line
}

// helpText is the help of a command for a terminal of so many columns; 0 means
// that there is none.
func helpText(cmd *cobra.Command, width int) string {
	if width == 0 {
		width = 80
	}
	width = min(max(width, 40), 100)
	var b strings.Builder
	section := func(title string) { b.WriteString("\n" + title + ":\n") }

	for i, p := range strings.Split(cmd.Long, "\n\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		wrap(&b, strings.Join(strings.Fields(p), " "), 0, 0, width)
	}
	section("Usage")
	b.WriteString("  " + useLine(cmd) + "\n")
	if !cmd.HasParent() {
		section("Verbs")
		var rows []fact
		for _, name := range verbNames() {
			verb, _, _ := cmd.Find([]string{name})
			rows = append(rows, fact{name, verb.Short})
		}
		table(&b, rows, width)
		b.WriteString("\nprecompile help VERB tells the flags of a verb.\n")
	}
	for _, g := range flagGroups(cmd) {
		if g.title == "Help" && cmd.HasParent() {
			continue
		}
		title := g.title
		if title == "Help" {
			title = "Flags"
		}
		section(title)
		for _, f := range g.flags {
			syntax, usage := flagSyntax(f)
			if f.Shorthand == "" {
				syntax = "    " + syntax
			}
			b.WriteString("  " + syntax)
			if room := 30 - 2 - uniseg.StringWidth(syntax); room > 0 {
				b.WriteString(strings.Repeat(" ", room))
				wrap(&b, usage, 30, 30, width)
			} else {
				b.WriteByte('\n')
				wrap(&b, usage, 0, 30, width)
			}
		}
	}
	if cmd.Example != "" {
		section("Examples")
		for line := range strings.Lines(cmd.Example) {
			b.WriteString("  " + strings.TrimRight(line, "\n") + "\n")
		}
	}
	if appendix := cmd.Annotations[appendixAnnotation]; appendix != "" {
		b.WriteByte('\n')
		appendixText(&b, appendix, width)
	}
	if !cmd.HasParent() || cmd.Annotations[appendixAnnotation] != "" {
		section("Environment")
		table(&b, variables(), width)
		section("Exit codes")
		table(&b, exitCodes(), width)
	}
	if !cmd.HasParent() {
		b.WriteString("\nSupported are " + pyselect.Supported() + ".\n")
	}
	return b.String()
}

// appendixText writes paragraphs as they are, and tables without their rules.
func appendixText(b *strings.Builder, markdown string, width int) {
	var rows []fact
	for line := range strings.Lines(markdown) {
		line = strings.TrimRight(line, "\n")
		cells := strings.Split(line, " | ")
		switch {
		case strings.HasPrefix(line, "|---"):
			rows = nil // what stood before was the heading
		case strings.HasPrefix(line, "| ") && len(cells) == 2:
			rows = append(rows, fact{strings.TrimPrefix(cells[0], "| "), strings.TrimSuffix(cells[1], " |")})
		case line != "":
			b.WriteString(line + "\n")
		}
	}
	table(b, rows, width)
}

// table writes rows of two columns.
func table(b *strings.Builder, rows []fact, width int) {
	first := 0
	for _, r := range rows {
		first = max(first, len(r.name))
	}
	first = min(first, 24)
	for _, r := range rows {
		b.WriteString("  " + r.name)
		if room := first - len(r.name); room >= 0 {
			b.WriteString(strings.Repeat(" ", room+2))
			wrap(b, r.meaning, first+4, first+4, width)
		} else {
			b.WriteByte('\n')
			wrap(b, r.meaning, 0, first+4, width)
		}
	}
}

// wrap writes text in lines of at most width columns. The cursor is at column
// at; lines are indented by indent.
func wrap(b *strings.Builder, text string, at, indent, width int) {
	column := at
	for i, w := range strings.Fields(text) {
		n := uniseg.StringWidth(w)
		switch {
		case i == 0:
			if column < indent {
				b.WriteString(strings.Repeat(" ", indent-column))
				column = indent
			}
		case column+1+n > width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w)
		column += n
	}
	b.WriteByte('\n')
}
