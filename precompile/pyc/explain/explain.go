package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Check is the value of --check-hash-based-pycs.
type Check string

// The values of --check-hash-based-pycs.
const (
	CheckDefault Check = "default" // caches say whether their hash is checked
	CheckAlways  Check = "always"
	CheckNever   Check = "never"
)

// Options are the interpreter that imports.
type Options struct {
	// Python is the version: CPython 3.8 to 3.15.
	Python pyc.Version
	// Path is sys.path. An empty entry is the current folder.
	Path []string
	// Optimize is the number of -O flags: 0, 1 or 2.
	Optimize int
	// CheckHash is --check-hash-based-pycs; empty is CheckDefault.
	CheckHash Check
	// CachePrefix is PYTHONPYCACHEPREFIX, or -X pycache_prefix; "" for none.
	CachePrefix string
	// DontWrite is PYTHONDONTWRITEBYTECODE, or -B.
	DontWrite bool
	// GOOS and GOARCH are the platform, which the names of extension modules
	// depend on; empty for this one.
	GOOS, GOARCH string
}

// Verdict is what comes of an import.
type Verdict string

// The verdicts.
const (
	LoadsCache     Verdict = "loads-cache"     // runs the code in the cache, or the source-less file
	Compiles       Verdict = "compiles"        // compiles the source
	LoadsExtension Verdict = "loads-extension" // loads a shared library
	Namespace      Verdict = "namespace"       // makes a namespace package of folders
	BuiltIn        Verdict = "built-in"        // is part of the interpreter
	Frozen         Verdict = "frozen"          // is frozen into the interpreter
	NotFound       Verdict = "not-found"       // raises ModuleNotFoundError
	Raises         Verdict = "raises"          // raises another exception
)

// Outcome is how a step went.
type Outcome string

// The outcomes.
const (
	Noted  Outcome = ""       // something to know
	Passed Outcome = "passed" // a check that holds, a candidate that is taken
	Failed Outcome = "failed" // a check that does not hold, a candidate that is not there
)

// Step is one thing that import looks at, in the order in which it does.
type Step struct {
	// What names the step: "built-in", "path-entry", "package", "module",
	// "cache-path", "cache", "magic", "header", "flags", "source-hash",
	// "source-mtime", "source-size", "body", "write", "note".
	What string
	// Detail says it in words.
	Detail string
	// Have and Want are the two values of a comparison: the cache's, and what
	// it is compared with.
	Have, Want string
	Outcome    Outcome
}

// Module is what importing one module does.
type Module struct {
	// Name is the module's full name.
	Name  string
	Steps []Step
	// Loader is the class that loads the module: "SourceFileLoader",
	// "SourcelessFileLoader", "ExtensionFileLoader", "NamespaceLoader",
	// "BuiltinImporter", "FrozenImporter"; "" where there is none.
	Loader string
	// File is the file that the loader is for.
	File string
	// SearchPath is the __path__ of a package.
	SearchPath []string
	// Cache is where the cache of a source is looked for.
	Cache   string
	Verdict Verdict
	// Exception is the class of the exception that is raised, "" for none, and
	// Message what it says.
	Exception, Message string
	// Reason says why, in a sentence without a full stop.
	Reason string
	// Writes: a cache is written, to Cache. WriteMode is its invalidation mode.
	Writes    bool
	WriteMode string
	// Unwritten is why no cache is written although the source is compiled.
	Unwritten string
}

// Result is what an import does: that of the parents first, the module's own
// last. It ends early with the parent that cannot be imported.
type Result struct{ Modules []Module }

// Last returns the module that the import ended with.
func (r *Result) Last() *Module { return &r.Modules[len(r.Modules)-1] }

// OK reports whether the import succeeds, as far as files decide it.
func (r *Result) OK() bool { return r.Last().Exception == "" }

// importer is the state of one explanation.
type importer struct {
	o       Options
	magic   pyc.Magic
	tag     string
	profile marshal.Profile
	m       *Module // being explained
}

func newImporter(o Options) (*importer, error) {
	v := o.Python
	magic, ok := pyc.MagicOf(v)
	if !ok || v.Implementation != pyc.CPython || v.Major != 3 || v.Minor < opcode.MinMinor || v.Minor > opcode.MaxMinor {
		return nil, fmt.Errorf("what an import does is known of CPython 3.%d to 3.%d, not of %s", opcode.MinMinor, opcode.MaxMinor, v)
	}
	if o.Optimize < 0 || o.Optimize > 2 {
		return nil, fmt.Errorf("there is no optimisation level %d", o.Optimize)
	}
	switch o.CheckHash {
	case "":
		o.CheckHash = CheckDefault
	case CheckDefault, CheckAlways, CheckNever:
	default:
		return nil, fmt.Errorf("%q is no way to check hash-based caches: want default, always or never", o.CheckHash)
	}
	if o.GOOS == "" {
		o.GOOS = runtime.GOOS
	}
	if o.GOARCH == "" {
		o.GOARCH = runtime.GOARCH
	}
	profile, err := marshal.ProfileOf(false, v.Major, v.Minor)
	if err != nil {
		return nil, err
	}
	return &importer{o: o, magic: magic, tag: v.CacheTag(), profile: profile}, nil
}

// Import explains `import name`. The error is about o or the name; that the
// module is not there is a Result.
func Import(name string, o Options) (*Result, error) {
	im, err := newImporter(o)
	if err != nil {
		return nil, err
	}
	for _, part := range strings.Split(name, ".") {
		if part == "" || strings.ContainsAny(part, "/\\\x00") {
			return nil, fmt.Errorf("%q is not the name of a module", name)
		}
	}
	r := &Result{}
	path := o.Path
	for end := 0; end < len(name); {
		next := strings.IndexByte(name[end+1:], '.')
		if next < 0 {
			next = len(name)
		} else {
			next += end + 1
		}
		r.Modules = append(r.Modules, Module{Name: name[:next]})
		im.m = &r.Modules[len(r.Modules)-1]
		if err := im.find(path, end == 0); err != nil {
			return nil, err
		}
		switch {
		case im.m.Exception != "" || next == len(name):
			return r, nil
		case im.m.SearchPath == nil:
			child := name[:next] + name[next:nextDot(name, next)]
			r.Modules = append(r.Modules, Module{
				Name: child, Verdict: NotFound, Exception: "ModuleNotFoundError",
				Message: fmt.Sprintf("No module named '%s'; '%s' is not a package", child, name[:next]),
				Reason:  name[:next] + " is not a package",
			})
			return r, nil
		}
		path, end = im.m.SearchPath, next
	}
	return r, nil
}

// nextDot returns where the component of name that starts with the dot at i ends.
func nextDot(name string, i int) int {
	if n := strings.IndexByte(name[i+1:], '.'); n >= 0 {
		return i + 1 + n
	}
	return len(name)
}

// File explains what an import that ends at a file does: a source, a cache
// beside its source or in __pycache__, or a source-less cache. Where the
// file's folder, searched for the module, gives another file, that is noted.
func File(path string, o Options) (*Result, error) {
	im, err := newImporter(o)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	if info, err := os.Stat(abs); err != nil {
		return nil, err
	} else if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder: name a file, or a module and its --path", path)
	}
	dir, base := filepath.Split(abs)
	dir = filepath.Clean(dir)
	r := &Result{Modules: make([]Module, 1)}
	im.m = &r.Modules[0]
	switch {
	case strings.HasSuffix(base, ".pyc") && filepath.Base(dir) == pyc.CacheDir:
		im.fromCache(abs, dir, base)
	case strings.HasSuffix(base, ".py"), strings.HasSuffix(base, ".pyc"):
		im.fromFile(abs, dir, base)
	default:
		return nil, fmt.Errorf("%s is neither a .py nor a .pyc file", path)
	}
	return r, nil
}

// fromFile explains a file that a finder of its folder could give.
func (im *importer) fromFile(path, dir, base string) {
	ext := filepath.Ext(base)
	stem := strings.TrimSuffix(base, ext)
	im.m.Name = stem
	folder := dir
	if stem == "__init__" {
		im.m.Name, folder = filepath.Base(dir), filepath.Dir(dir)
		im.m.SearchPath = []string{dir}
	}
	found := &Module{Name: im.m.Name}
	other := &importer{o: im.o, magic: im.magic, tag: im.tag, profile: im.profile, m: found}
	if spec := other.inFolder(folder); spec.file != path {
		switch {
		case spec.file != "":
			im.note("import %s with %s on the path does not come to this file, but to %s", im.m.Name, folder, spec.file)
		default:
			im.note("import %s with %s on the path does not come to this file", im.m.Name, folder)
		}
	}
	im.load(spec{file: path, loader: loaderOf(ext)})
}

// fromCache explains a file in a __pycache__ folder by its source.
func (im *importer) fromCache(path, dir, base string) {
	f, ok := pyc.ParseCacheName(base)
	if !ok {
		im.m.Name = strings.TrimSuffix(base, ".pyc")
		im.never(path, "no source has a cache of this name")
		return
	}
	im.m.Name = f.Stem
	source := filepath.Join(filepath.Dir(dir), f.Stem+".py")
	if f.Stem == "__init__" {
		im.m.Name = filepath.Base(filepath.Dir(dir))
	}
	if f.Tag != im.tag {
		im.never(path, fmt.Sprintf("it has the tag %s, and Python %s looks for %s", f.Tag, im.o.Python.Series(), im.tag))
		return
	}
	want := ""
	if im.o.Optimize > 0 {
		want = fmt.Sprint(im.o.Optimize)
	}
	if f.Optimize != want {
		im.never(path, fmt.Sprintf("it is of optimisation level %q, and -O %d looks for %q", f.Optimize, im.o.Optimize, want))
		return
	}
	if im.o.CachePrefix != "" {
		im.never(path, "with a cache prefix, caches are looked for under "+im.o.CachePrefix)
		return
	}
	if !isFile(source) {
		im.never(path, fmt.Sprintf("its source %s is not there: an orphan in %s", source, pyc.CacheDir))
		return
	}
	im.note("%s is looked at when %s is imported", path, source)
	im.fromFile(source, filepath.Dir(dir), f.Stem+".py")
}

// never is the verdict on a cache that no import looks at.
func (im *importer) never(path, why string) {
	im.m.Verdict = NotFound
	im.m.Reason = fmt.Sprintf("no import looks at %s: %s", path, why)
	im.m.Exception = "ModuleNotFoundError"
	im.m.Message = fmt.Sprintf("No module named '%s'", im.m.Name)
}

func (im *importer) step(what string, outcome Outcome, format string, args ...any) {
	im.m.Steps = append(im.m.Steps, Step{What: what, Outcome: outcome, Detail: fmt.Sprintf(format, args...)})
}

func (im *importer) note(format string, args ...any) { im.step("note", Noted, format, args...) }

// compare adds a comparison and returns whether it holds.
func (im *importer) compare(what, detail, have, want string, same bool) bool {
	outcome := Passed
	if !same {
		outcome = Failed
	}
	im.m.Steps = append(im.m.Steps, Step{What: what, Detail: detail, Have: have, Want: want, Outcome: outcome})
	return same
}

func (im *importer) raise(exception, message, reason string) {
	im.m.Verdict, im.m.Exception, im.m.Message, im.m.Reason = Raises, exception, message, reason
}
