package worker

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Request is what one list of arguments asks for.
type Request struct {
	// Version is the Python to compile for. Without a patch it is the one that
	// the compiler has.
	Version pyc.Version
	// Optimize is the level: 0, 1 or 2.
	Optimize int
	// Mode is CheckedHash or UncheckedHash.
	Mode pyc.Mode
	// Compiler is who compiles; see --compiler in ParseRequest.
	Compiler precompile.CompilerChoice
	// Interpreter is for a version that the embedded compiler does not cover.
	Interpreter string
	// Quiet keeps the compiler's warnings to itself.
	Quiet bool
	// IgnoreErrors are doublestar globs of names (File.Name) that need not
	// compile.
	IgnoreErrors []string
	Files        []File
	Trees        []Tree
}

// File is one source and its cache.
type File struct {
	// Src is the source's path, Name what is compiled in as co_filename, and Pyc
	// the path of the cache.
	Src, Name, Pyc string
}

// Tree is a folder whose files the caller cannot name. Each *.py below Dir gets
// a cache in the same place below Out.
type Tree struct {
	Dir    string
	Name   string // what stands for Dir in a co_filename
	Out    string
	Layout precompile.Layout
	Copy   Copy
}

// Copy says which other files of a folder lie beside its caches.
type Copy uint8

// The choices.
const (
	CopyNone Copy = iota
	CopyData      // all but the sources
	CopyAll       // the sources as well, so that the folder of caches can stand in for it
)

var copyNames = []string{"none", "data", "all"}

// requestError is a fault of the arguments.
type requestError struct{ message string }

func (e *requestError) Error() string { return e.message }

func badRequest(format string, args ...any) error {
	return &requestError{fmt.Sprintf(format, args...)}
}

// argument is one that a request may have. Each takes a value unless set is
// without.
type argument struct {
	// Value names the value in help; empty: there is none.
	Value, Help string
	set         func(*builder, string) error
}

// builder is a Request in the making. What comes in groups is collected by
// columns, as rules_python has it: all --src, --src_name and --pyc in any order.
type builder struct {
	Request
	srcs, names, pycs                          []string
	trees, treeNames, layouts, copies, treeOut []string
	seen                                       map[string]string // of the arguments that say one thing
}

// once refuses two values for one thing.
func (b *builder) once(name, value string) error {
	if old, dup := b.seen[name]; dup && old != value {
		return badRequest("--%s is both %q and %q", name, old, value)
	}
	b.seen[name] = value
	return nil
}

func list(to func(*builder) *[]string) func(*builder, string) error {
	return func(b *builder, v string) error {
		p := to(b)
		*p = append(*p, v)
		return nil
	}
}

func passOver(*builder, string) error { return nil }

// Argument documents one argument of a request.
type Argument struct{ Name, Value, Help string }

// Arguments lists what ParseRequest reads.
func Arguments() []Argument {
	var out []Argument
	for _, name := range argumentOrder() {
		a := arguments()[name]
		out = append(out, Argument{name, a.Value, a.Help})
	}
	return out
}

func argumentOrder() []string {
	return []string{
		"python_version", "optimize", "invalidation_mode", "src", "src_name", "pyc",
		"tree", "tree_name", "tree_layout", "tree_copy", "tree_out",
		"interpreter", "compiler", "ignore_errors", "quiet", "log_level", "worker_impl",
	}
}

func arguments() map[string]argument {
	return map[string]argument{
		"python_version": {"VERSION", "the Python to compile for: 3.13, 3.13.0, pypy3.11", func(b *builder, v string) (err error) {
			b.Version, err = pyc.ParseVersion(v)
			return err
		}},
		"optimize": {"LEVEL", "0, 1 or 2; -1 is 0", func(b *builder, v string) error {
			level := slices.Index([]string{"0", "1", "2"}, v)
			if v == "-1" {
				level = 0
			}
			if level < 0 {
				return badRequest("--optimize: %q is not a level: want 0, 1 or 2", v)
			}
			b.Optimize = level
			return nil
		}},
		"invalidation_mode": {"MODE", "checked_hash or unchecked_hash", func(b *builder, v string) (err error) {
			b.Mode, err = pyc.ParseMode(strings.ReplaceAll(strings.ToLower(v), "_", "-"))
			if err == nil && b.Mode == pyc.Timestamp {
				err = badRequest("--invalidation_mode: a build action has no times to record: want checked_hash or unchecked_hash")
			}
			return err
		}},
		"src":         {"PATH", "a source; repeated together with --src_name and --pyc", list(func(b *builder) *[]string { return &b.srcs })},
		"src_name":    {"NAME", "the name that is compiled into it (co_filename)", list(func(b *builder) *[]string { return &b.names })},
		"pyc":         {"PATH", "its cache", list(func(b *builder) *[]string { return &b.pycs })},
		"tree":        {"PATH", "a folder of sources; repeated together with the next four", list(func(b *builder) *[]string { return &b.trees })},
		"tree_name":   {"NAME", "what stands for the folder in the names that are compiled in", list(func(b *builder) *[]string { return &b.treeNames })},
		"tree_layout": {"LAYOUT", "pycache or legacy", list(func(b *builder) *[]string { return &b.layouts })},
		"tree_copy":   {"WORD", "what lies beside its caches: none, data (every file but sources) or all", list(func(b *builder) *[]string { return &b.copies })},
		"tree_out":    {"PATH", "the folder that mirrors it, of caches", list(func(b *builder) *[]string { return &b.treeOut })},
		"interpreter": {"PATH", "the CPython or PyPy for a version that the embedded compiler does not cover; none is searched for", func(b *builder, v string) error {
			b.Interpreter = v
			return b.once("interpreter", v)
		}},
		"compiler": {"WORD", "auto (the embedded compiler where it covers the version, else the interpreter), embedded or cpython", func(b *builder, v string) (err error) {
			b.Compiler, err = precompile.ParseCompilerChoice(v)
			return err
		}},
		"ignore_errors": {"GLOB", "sources whose name matches need not compile: their caches are then empty files, which imports pass over; may be repeated", list(func(b *builder) *[]string { return &b.IgnoreErrors })},
		"quiet":         {"", "show no warnings of the compiler", func(b *builder, _ string) error { b.Quiet = true; return nil }},
		"log_level":     {"WORD", "passed over; rules_python may give it", passOver},
		"worker_impl":   {"WORD", "passed over; rules_python may give it", passOver},
	}
}

// single are the arguments that say one thing: another value later on is a
// fault, the same one again is not.
func single(name string) bool {
	switch name {
	case "python_version", "optimize", "invalidation_mode", "compiler", "interpreter":
		return true
	}
	return false
}

// maxArgument bounds a parameter file, in bytes.
const maxParams = 256 << 20

// ParseRequest reads a list of arguments, those of Arguments. An argument @FILE
// stands for the lines of FILE, one argument each, without any quoting. open
// turns the paths of parameter files into those to read.
func ParseRequest(args []string, open func(string) string) (*Request, error) {
	b := &builder{seen: map[string]string{}}
	if err := b.read(args, open, 0); err != nil {
		return nil, err
	}
	return b.finish()
}

func (b *builder) read(args []string, open func(string) string, depth int) error {
	known := arguments()
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if file, ok := strings.CutPrefix(arg, "@"); ok {
			lines, err := readParams(file, open, depth)
			if err != nil {
				return err
			}
			if err := b.read(lines, open, depth+1); err != nil {
				return err
			}
			continue
		}
		name, ok := strings.CutPrefix(arg, "--")
		if !ok {
			return badRequest("%q is not an argument of a request: want --src and the like", arg)
		}
		name, value, joined := strings.Cut(name, "=")
		a, ok := known[name]
		switch {
		case !ok:
			return badRequest("--%s is not an argument of a request", name)
		case a.Value == "" && joined:
			return badRequest("--%s takes no value", name)
		case a.Value != "" && !joined:
			if i++; i == len(args) {
				return badRequest("--%s lacks its value", name)
			}
			value = args[i]
		}
		if single(name) {
			if err := b.once(name, value); err != nil {
				return err
			}
		}
		if err := a.set(b, value); err != nil {
			var bad *requestError
			if errors.As(err, &bad) {
				return err
			}
			return badRequest("--%s: %s", name, err)
		}
	}
	return nil
}

func readParams(file string, open func(string) string, depth int) ([]string, error) {
	if depth > 8 {
		return nil, badRequest("@%s: parameter files name each other too deeply", file)
	}
	path := open(file)
	if info, err := os.Stat(path); err == nil && info.Size() > maxParams {
		return nil, badRequest("@%s: it has %d bytes, more than the limit of %d", file, info.Size(), maxParams)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, badRequest("@%s: cannot read the parameter file: %s", file, cause(err))
	}
	var lines []string
	for line := range bytes.Lines(text) {
		lines = append(lines, string(bytes.TrimSuffix(line, []byte("\n"))))
	}
	return lines, nil
}

// finish pairs the columns up.
func (b *builder) finish() (*Request, error) {
	r := &b.Request
	if (r.Version == pyc.Version{}) {
		return nil, badRequest("--python_version is missing: which Python are the caches for?")
	}
	if len(b.srcs) != len(b.names) || len(b.srcs) != len(b.pycs) {
		return nil, badRequest("there are %d --src, %d --src_name and %d --pyc: each source needs all three", len(b.srcs), len(b.names), len(b.pycs))
	}
	n := len(b.trees)
	if n != len(b.treeNames) || n != len(b.layouts) || n != len(b.copies) || n != len(b.treeOut) {
		return nil, badRequest("there are %d --tree, %d --tree_name, %d --tree_layout, %d --tree_copy and %d --tree_out: each folder needs all five",
			n, len(b.treeNames), len(b.layouts), len(b.copies), len(b.treeOut))
	}
	if r.Compiler == precompile.CompilerCPython && r.Interpreter == "" {
		return nil, badRequest("--compiler cpython needs --interpreter: a build action searches for none")
	}
	if r.Compiler == precompile.CompilerEmbedded {
		r.Interpreter = ""
	}
	taken := map[string]string{}
	for i, src := range b.srcs {
		f := File{src, b.names[i], b.pycs[i]}
		if f.Src == "" || f.Name == "" || f.Pyc == "" {
			return nil, badRequest("a source, its name or its cache is an empty word: %q, %q, %q", f.Src, f.Name, f.Pyc)
		}
		place := filepath.Clean(f.Pyc)
		if other, dup := taken[place]; dup {
			return nil, badRequest("%s and %s have the same cache, %s", other, src, f.Pyc)
		}
		taken[place] = src
		r.Files = append(r.Files, f)
	}
	for i, dir := range b.trees {
		t := Tree{Dir: dir, Name: b.treeNames[i], Out: b.treeOut[i]}
		var err error
		if t.Layout, err = precompile.ParseLayout(b.layouts[i]); err != nil {
			return nil, badRequest("--tree_layout: %s", err)
		}
		word := slices.Index(copyNames, b.copies[i])
		if word < 0 {
			return nil, badRequest("--tree_copy: %q is none of none, data and all", b.copies[i])
		}
		t.Copy = Copy(word)
		if t.Dir == "" || t.Name == "" || t.Out == "" {
			return nil, badRequest("a folder, its name or its caches' folder is an empty word: %q, %q, %q", t.Dir, t.Name, t.Out)
		}
		place := filepath.Clean(t.Out)
		if other, dup := taken[place]; dup {
			return nil, badRequest("%s and %s have the same place for caches, %s", other, dir, t.Out)
		}
		taken[place] = dir
		r.Trees = append(r.Trees, t)
	}
	return r, nil
}
