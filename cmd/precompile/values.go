package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyselect"
)

// word is a flag that takes one of a few words.
type word struct {
	value string
	words []string
}

func newWord(value string, words ...string) word { return word{value, words} }

func (w *word) String() string { return w.value }
func (w *word) Type() string   { return "word" }
func (w *word) Set(s string) error {
	if !slices.Contains(w.words, s) {
		return notOneOf(s, w.words)
	}
	w.value = s
	return nil
}

func notOneOf(s string, words []string) error {
	hint := ""
	if near := nearest(s, words); near != "" {
		hint = fmt.Sprintf("; did you mean %q?", near)
	}
	return fmt.Errorf("want %s%s", oneOf(words), hint)
}

// oneOf is "a, b or c".
func oneOf(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

// wordList is a flag that takes words between commas, and may be repeated.
type wordList struct {
	values []string
	words  []string
}

func (w *wordList) String() string { return strings.Join(w.values, ",") }
func (w *wordList) Type() string   { return "words" }
func (w *wordList) Set(s string) error {
	for _, v := range strings.Split(s, ",") {
		if !slices.Contains(w.words, v) {
			return notOneOf(v, w.words)
		}
		if !slices.Contains(w.values, v) {
			w.values = append(w.values, v)
		}
	}
	return nil
}

// versionList is --python.
type versionList struct{ versions []pyc.Version }

func (l *versionList) String() string {
	var out []string
	for _, v := range l.versions {
		out = append(out, v.String())
	}
	return strings.Join(out, ",")
}
func (l *versionList) Type() string { return "versions" }
func (l *versionList) Set(s string) error {
	vs, err := pyselect.ParseList(s)
	if err == nil {
		l.versions, err = pyselect.Merge(append(l.versions, vs...))
	}
	return err
}

// levelList is -O.
type levelList struct{ levels []int }

func (l *levelList) String() string {
	var out []string
	for _, n := range l.levels {
		out = append(out, strconv.Itoa(n))
	}
	return strings.Join(out, ",")
}
func (l *levelList) Type() string { return "levels" }
func (l *levelList) Set(s string) error {
	for _, f := range strings.Split(s, ",") {
		switch f {
		case "0", "1", "2":
			if n := int(f[0] - '0'); !slices.Contains(l.levels, n) {
				l.levels = append(l.levels, n)
			}
		case "O": // python's -OO
			return fmt.Errorf("want levels such as 0,1,2; python's -OO is -O 2 here")
		default:
			return fmt.Errorf("want levels such as 0,1,2")
		}
	}
	slices.Sort(l.levels)
	return nil
}

// or0 returns the levels, or level 0 where none was named.
func (l *levelList) or0() []int {
	if len(l.levels) == 0 {
		return []int{0}
	}
	return l.levels
}

// count is -j.
type count struct{ n int }

func (c *count) String() string {
	if c.n == 0 {
		return ""
	}
	return strconv.Itoa(c.n)
}
func (c *count) Type() string { return "count" }
func (c *count) Set(s string) error {
	if s == "auto" {
		c.n = 0
		return nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return fmt.Errorf("want a number, or 0 for the CPUs that this process may use")
	}
	const most = 4096
	if n > most {
		return fmt.Errorf("more than %d", most)
	}
	c.n = n
	return nil
}

// interval is --timeout: a duration, or seconds as a bare number.
type interval struct{ d time.Duration }

func (i *interval) String() string {
	if i.d == 0 {
		return ""
	}
	return i.d.String()
}
func (i *interval) Type() string { return "duration" }
func (i *interval) Set(s string) error {
	d, err := time.ParseDuration(s)
	if err != nil {
		d, err = time.ParseDuration(s + "s")
	}
	if err != nil || d < 0 {
		return fmt.Errorf("want a duration such as 90s or 2m, or 0 for none")
	}
	i.d = d
	return nil
}

// givenPath is a flag that takes a path, which must not be empty: an empty one
// comes from an unset variable, and would mean the current folder.
type givenPath struct{ path string }

func (p *givenPath) String() string { return p.path }
func (p *givenPath) Type() string   { return "path" }
func (p *givenPath) Set(s string) error {
	if s == "" {
		return fmt.Errorf("an empty path")
	}
	p.path = s
	return nil
}

// complete registers the words of a flag's value for shell completion.
func complete(cmd *cobra.Command, flag string, list bool, words ...string) {
	err := cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		if !list {
			return words, cobra.ShellCompDirectiveNoFileComp
		}
		done := typed[:strings.LastIndexByte(typed, ',')+1]
		var out []string
		for _, w := range words {
			if !slices.Contains(strings.Split(done, ","), w) {
				out = append(out, done+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	})
	if err != nil {
		panic(err) // the flag is not there: a fault of this program
	}
}

// completePaths leaves positional arguments to the shell's own completion.
func completePaths(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveDefault
}

// groupAnnotation is where a flag keeps the heading that help shows it under.
const groupAnnotation = "group"

// inGroup has the flags that define adds shown under one heading.
func inGroup(fs *pflag.FlagSet, title string, define func()) {
	fs.SortFlags = false // new ones are visited last
	before, n := 0, 0
	fs.VisitAll(func(*pflag.Flag) { before++ })
	define()
	heading := map[string][]string{groupAnnotation: {title}} // of all of them: nothing else annotates flags
	fs.VisitAll(func(f *pflag.Flag) {
		if n++; n > before {
			f.Annotations = heading
		}
	})
}
