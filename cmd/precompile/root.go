package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// verb is the name of a verb and what makes its command.
type verb struct {
	name string
	make func(*app) *cobra.Command
	// works says that it may take its time, and so asks for a context that signals end.
	works bool
}

// verbs are all verbs, the default first and the others by name, as help lists them.
func verbs() []verb {
	return []verb{
		{defaultVerb, newCompile, true},
		{"check", newCheck, true},
		{completionVerb, newCompletion, false},
		{"diff", newDiff, true},
		{"explain", newExplain, true},
		{helpVerb, newHelp, false},
		{"inspect", newInspect, true},
		{"verify", newVerify, true},
		{"version", newVersion, true},
		{workerVerb, newWorker, true},
	}
}

// newRoot makes the command with all its verbs. It has no work of its own.
func newRoot(a *app) *cobra.Command { return newRootFor(a, "") }

// newRootFor makes the command to run args that begin with word. Where that is a
// verb, it is the only one that is made: the flags of all take longer than a small
// file does to compile.
func newRootFor(a *app, word string) *cobra.Command {
	one := slices.Contains(verbNames(), word) && word != helpVerb && word != completionVerb
	root := &cobra.Command{
		Use:   "precompile",
		Short: "Compile Python sources to .pyc files that are the same on every machine, and check them",
		Long: "precompile compiles Python sources to .pyc files that are the same bytes on every machine, and proves afterwards that they are right.\n\n" +
			"The first word is the verb; without one it is compile. A folder or file that has the name of a verb is written with a ./ before it, or after --.",
		Example: "precompile ./src\n" +
			"precompile --python 3.13,3.14 -O 0,2 ./src\n" +
			"precompile verify ./src dist/app.whl",
		SilenceErrors:     true,
		SilenceUsage:      true,
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		ValidArgsFunction: completePaths,
		RunE:              func(cmd *cobra.Command, args []string) error { return errors.New("no verb") },
	}
	root.Flags().SortFlags = false
	root.Flags().Bool("version", false, "print the version")
	root.Flags().BoolP("help", "h", false, "help for precompile")
	if one {
		root.SetHelpCommand(&cobra.Command{Use: helpVerb, Hidden: true}) // in place of Cobra's
	}
	for _, v := range verbs() {
		if one && v.name != word {
			continue
		}
		verb := v.make(a)
		verb.Flags().SortFlags = false
		verb.Flags().BoolP("help", "h", false, "help for "+verb.Name())
		root.AddCommand(verb)
		if verb.Name() == helpVerb {
			root.SetHelpCommand(verb) // in place of Cobra's
		}
	}
	root.SetHelpFunc(func(cmd *cobra.Command, _ []string) { fmt.Fprint(a.stdout, helpText(cmd, a.stdout.width())) })
	root.SetFlagErrorFunc(flagError)
	return root
}

// route finds the verb, and puts compile before the arguments that name none.
//
// A verb stands first. Elsewhere its name is a path, but for one case: where
// only flags stand before it, both could be meant, and it is refused.
func (a *app) route(args []string) ([]string, error) {
	names := verbNames()
	switch first := args[0]; {
	case slices.Contains(names, first):
		return args, nil
	case first == "-h" || first == "--help":
		return args, nil
	case first == "--version":
		return append([]string{"version", "--short"}, args[1:]...), nil
	case first == cobra.ShellCompRequestCmd || first == cobra.ShellCompNoDescRequestCmd:
		if len(args) > 2 && !slices.Contains(names, args[1]) || len(args) == 2 && strings.HasPrefix(args[1], "-") {
			return slices.Insert(slices.Clone(args), 1, defaultVerb), nil
		}
		return args, nil
	case isWorkerCall(a, args):
		return append([]string{workerVerb}, args...), nil
	}

	if name := verbAfterFlags(a, args, names); name != "" {
		return nil, usagef("%q after flags could be the verb or a path: put the verb first, or write the path as ./%s", name, name)
	}
	if !strings.HasPrefix(args[0], "-") && !strings.ContainsAny(args[0], `./\*?[{`) {
		if near := nearest(args[0], names); near != "" {
			if _, err := a.lstat(args[0]); err != nil {
				return nil, usagef("there is no file or folder %q, and no such verb; did you mean %q?", args[0], near)
			}
		}
	}
	return append([]string{defaultVerb}, args...), nil
}

// verbNames lists the verbs, the default first.
func verbNames() []string {
	var names []string
	for _, v := range verbs() {
		names = append(names, v.name)
	}
	return names
}

// defaultVerb is what is meant where no verb is named. Help and completion are about
// all verbs.
const (
	defaultVerb    = "compile"
	helpVerb       = "help"
	completionVerb = "completion"
)

// verbAfterFlags is the first argument that is no flag, as compile reads them, if it
// is the name of a verb and comes before any "--"; else "".
func verbAfterFlags(a *app, args, names []string) string {
	isVerb := func(arg string) bool { return slices.Contains(names, arg) }
	if !slices.ContainsFunc(args, isVerb) {
		return "" // told without setting up the flags, which takes its time
	}
	fs := newCompile(a).Flags()
	fs.BoolP("help", "h", false, "")
	fs.SetInterspersed(false)
	if err := fs.Parse(args); err != nil || fs.NArg() == 0 || fs.ArgsLenAtDash() >= 0 || args[0] == "--" || !isVerb(fs.Arg(0)) {
		return ""
	}
	return fs.Arg(0)
}

// flagError words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return usagef("%s", err)
	}
	message := err.Error()
	if unknown.GetSpecifiedShortnames() == "" {
		var names []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
		if near := nearest(unknown.GetSpecifiedName(), names); near != "" {
			message += "; did you mean --" + near + "?"
		}
		if name := unknown.GetSpecifiedName(); name == memoFlag || name == memoSizeFlag {
			if why := noMemo[cmd.Name()]; why != "" {
				return usagef("--%s: %s", name, why)
			}
		}
	}
	return usagef("%s", message)
}

// nearest returns the word that s is a slip of, or "".
func nearest(s string, words []string) string {
	best, bestDistance := "", 3
	for _, w := range words {
		d := distance(s, w)
		if d > max(len(s), len(w))/3 {
			d = bestDistance
		}
		if len(s) >= 4 && strings.HasPrefix(w, s) {
			d = min(d, 1)
		}
		if d < bestDistance {
			best, bestDistance = w, d
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours between two words.
func distance(a, b string) int {
	rows := [3][]int{}
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
	}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, last, row := rows[0], rows[1], rows[2]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		rows[0], rows[1], rows[2] = last, row, before
	}
	return rows[1][len(b)]
}
