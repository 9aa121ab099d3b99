package worker

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// The exit codes of a request.
const (
	ExitOK       = 0
	ExitFailed   = 1 // a source does not compile, a file cannot be read or written
	ExitUsage    = 2 // wrong arguments, or no compiler for the version
	ExitInternal = 3
)

// Options is what an Executor is made of.
type Options struct {
	// Open opens compilers; nil means precompile.OpenCompiler.
	Open func(context.Context, precompile.CompilerOptions) (backend.Compiler, error)
	// Interpreters are for requests that name none, by version or series.
	Interpreters map[string]string
	// Args stand before the arguments of every request.
	Args []string
	// Jobs is how many files are worked on at once, in all requests together;
	// 0 means the CPUs that this process may use.
	Jobs int
}

// Executor carries out requests. Its methods may be called from many goroutines
// at once.
type Executor struct {
	o         Options
	compilers compilers
	// slots bounds the files that are held in memory. There are a few more than
	// compile at once, so that an interpreter never waits for a file to be read
	// or written.
	slots chan struct{}
}

// NewExecutor returns an Executor without any compiler yet.
func NewExecutor(o Options) *Executor {
	if o.Open == nil {
		o.Open = precompile.OpenCompiler
	}
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	return &Executor{
		o: o, slots: make(chan struct{}, o.Jobs+2),
		compilers: compilers{open: o.Open, jobs: o.Jobs, opened: map[compilerKey]*opening{}},
	}
}

// Close closes the compilers. No request may be under way.
func (e *Executor) Close() error { return e.compilers.close() }

// Handle carries out a request; it is a Handler. All sources are tried, and the
// output has their faults in the order of the arguments, then the warnings. If
// anything failed, no cache is left.
func (e *Executor) Handle(ctx context.Context, w WorkRequest) (exitCode int, output string) {
	in := func(p string) string {
		if w.SandboxDir == "" || filepath.IsAbs(p) {
			return p
		}
		return filepath.Join(w.SandboxDir, p)
	}
	req, err := ParseRequest(slices.Concat(e.o.Args, w.Arguments), in)
	if err != nil {
		return ExitUsage, complaint(err)
	}
	for _, g := range req.IgnoreErrors {
		if !doublestar.ValidatePattern(g) {
			return ExitUsage, complaint(badRequest("--ignore_errors: %q is not a glob", g))
		}
	}
	if req.Interpreter == "" && req.Compiler != precompile.CompilerEmbedded {
		req.Interpreter = e.o.Interpreters[req.Version.String()]
		if req.Interpreter == "" {
			req.Interpreter = e.o.Interpreters[req.Version.Series()]
		}
	}
	compiler, err := e.compilers.get(ctx, compilerKey{req.Compiler, req.Version, req.Interpreter})
	if err != nil {
		return ExitUsage, complaint(err)
	}
	j := &job{Executor: e, req: req, in: in, compiler: compiler, info: compiler.Info(), writer: atomicfile.NewWriter(atomicfile.OS)}
	return j.run(ctx)
}

func complaint(err error) string { return "precompile: " + diag.Line(err.Error()) + "\n" }

// job is one request under way.
type job struct {
	*Executor
	req      *Request
	in       func(string) string // from a path of the request to one of this process
	compiler backend.Compiler
	info     backend.Info
	writer   *atomicfile.Writer
}

// result is what became of one file.
type result struct {
	fault    *diag.Diagnostic
	ignored  bool // the fault does not count
	warnings []diag.Diagnostic
	wrote    string
}

// task is one file to make.
type task struct {
	File
	copied bool // Pyc is a copy of Src
}

func (j *job) run(ctx context.Context) (exitCode int, output string) {
	var files []task
	for _, f := range j.req.Files {
		files = append(files, task{File: f})
	}
	var faults []diag.Diagnostic
	for _, t := range j.req.Trees {
		found, err := j.files(t)
		if err != nil {
			faults = append(faults, *err)
		}
		files = append(files, found...)
		// An empty folder of sources has an empty one of caches.
		if err := os.MkdirAll(j.in(t.Out), 0o777); err != nil {
			faults = append(faults, diag.Diagnostic{Path: t.Out, Message: "cannot make the folder: " + cause(err)})
		}
	}
	results := make([]result, len(files))
	var g errgroup.Group
	g.SetLimit(cap(j.slots))
	for i, f := range files {
		g.Go(func() error {
			results[i] = j.guarded(ctx, f)
			return nil
		})
	}
	_ = g.Wait()

	var warnings []diag.Diagnostic
	for _, r := range results {
		if r.fault != nil {
			if r.ignored {
				r.fault.Severity = diag.Warning
				warnings = append(warnings, *r.fault)
			} else {
				faults = append(faults, *r.fault)
			}
		}
		warnings = append(warnings, r.warnings...)
	}
	if j.req.Quiet {
		warnings = nil
	}
	// Asked once: a cancellation that arrives further down has crossed with the answer.
	cancelled := ctx.Err() != nil
	if len(faults) > 0 || cancelled {
		exitCode = ExitFailed
		for _, r := range results {
			if r.wrote != "" {
				_ = os.Remove(r.wrote)
			}
		}
	}
	j.writer.RemoveUnused()
	var text []byte
	for _, d := range slices.Concat(faults, warnings) {
		text = diag.Style{}.Append(text, &d)
	}
	if cancelled && len(faults) == 0 {
		text = append(text, "precompile: the request was cancelled\n"...)
	}
	return exitCode, string(text)
}

// guarded is file, within the bound on files and with its panics turned into
// faults: a goroutine that panics would end the process.
func (j *job) guarded(ctx context.Context, f task) (r result) {
	select {
	case j.slots <- struct{}{}:
		defer func() { <-j.slots }()
	case <-ctx.Done():
		return result{}
	}
	if ctx.Err() != nil {
		return result{}
	}
	defer func() {
		if p := recover(); p != nil {
			r.fault = &diag.Diagnostic{Path: f.Src, Message: fmt.Sprintf("internal error: %v", p)}
		}
	}()
	return j.file(ctx, f)
}

// file makes one cache.
func (j *job) file(ctx context.Context, f task) (r result) {
	fail := func(format string, args ...any) result {
		r.fault = &diag.Diagnostic{Path: f.Src, Message: fmt.Sprintf(format, args...)}
		return r
	}
	source, err := os.ReadFile(j.in(f.Src))
	if err != nil {
		return fail("cannot read the source: %s", cause(err))
	}
	if f.copied {
		if err := j.copyFile(f, source); err != nil {
			return fail("cannot copy it to %q: %s", f.Pyc, cause(err))
		}
		r.wrote = j.in(f.Pyc)
		return r
	}
	res, err := j.compiler.Compile(ctx, backend.Request{Source: source, Filename: f.Name, Optimize: j.req.Optimize})
	if ctx.Err() != nil {
		return r
	}
	var d *diag.Diagnostic
	var out []byte
	switch {
	case errors.As(err, &d):
		fault := *d
		fault.Path = f.Src
		r.fault = &fault
		if r.ignored = j.ignores(f.Name); !r.ignored {
			return r
		}
	case err != nil:
		return fail("%s", err)
	case len(res.Code) == 0:
		return fail("internal error: the %s compiler returned no code", j.info.Name)
	default:
		out = pyc.NewHeader(j.info.Magic, j.req.Mode, source, pyc.SourceStamp{}).Append(make([]byte, 0, pyc.HeaderSize+len(res.Code)))
		out = append(out, res.Code...)
	}
	for _, w := range res.Warnings {
		w.Path = f.Src
		r.warnings = append(r.warnings, w)
	}
	place := j.in(f.Pyc)
	if err := j.writer.Write(place, out, atomicfile.Options{Perm: 0o666}); err != nil {
		r.ignored = false
		return fail("cannot write the cache %q: %s", f.Pyc, cause(err))
	}
	r.wrote = place
	return r
}

// copyFile writes what was read of a file in another place, executable if it was.
func (j *job) copyFile(f task, content []byte) error {
	info, err := os.Stat(j.in(f.Src))
	if err != nil {
		return err
	}
	return j.writer.Write(j.in(f.Pyc), content, atomicfile.Options{Perm: 0o666 | info.Mode().Perm()&0o111})
}

func (j *job) ignores(name string) bool {
	for _, g := range j.req.IgnoreErrors {
		if ok, _ := doublestar.Match(g, name); ok {
			return true
		}
	}
	return false
}

// maxTreeDepth bounds the folders in each other.
const maxTreeDepth = 1000

// files lists the sources of a folder, and what is copied of it, sorted by name within each. Links are
// followed, since in a sandbox every file is one, but not in circles.
func (j *job) files(t Tree) ([]task, *diag.Diagnostic) {
	var out []task
	tag := j.info.Target.CacheTag()
	var walk func(rel string, above []fs.FileInfo) *diag.Diagnostic
	walk = func(rel string, above []fs.FileInfo) *diag.Diagnostic {
		dir := path.Join(filepath.ToSlash(t.Dir), rel)
		info, err := os.Stat(j.in(dir))
		switch {
		case err != nil:
			return &diag.Diagnostic{Path: dir, Message: "cannot read the folder: " + cause(err)}
		case len(above) == maxTreeDepth:
			return &diag.Diagnostic{Path: dir, Message: fmt.Sprintf("more than %d folders in each other", maxTreeDepth)}
		case slices.ContainsFunc(above, func(up fs.FileInfo) bool { return os.SameFile(up, info) }):
			return &diag.Diagnostic{Path: dir, Message: "a link that leads to a folder above it"}
		}
		above = append(above, info)
		entries, err := os.ReadDir(j.in(dir))
		if err != nil {
			return &diag.Diagnostic{Path: dir, Message: "cannot read the folder: " + cause(err)}
		}
		for _, e := range entries {
			sub := path.Join(rel, e.Name())
			mode := e.Type()
			if mode&fs.ModeSymlink != 0 {
				info, err := os.Stat(j.in(path.Join(dir, e.Name())))
				if err != nil {
					if !strings.HasSuffix(e.Name(), ".py") {
						continue
					}
					return &diag.Diagnostic{Path: path.Join(dir, e.Name()), Message: "cannot read the source: " + cause(err)}
				}
				mode = info.Mode().Type()
			}
			switch {
			case mode.IsDir():
				if e.Name() == pyc.CacheDir {
					continue
				}
				if err := walk(sub, above); err != nil {
					return err
				}
			case !mode.IsRegular():
			case !strings.HasSuffix(e.Name(), ".py"):
				if t.Copy != CopyNone {
					out = append(out, copied(t, dir, sub))
				}
			default:
				if t.Copy == CopyAll {
					out = append(out, copied(t, dir, sub))
				}
				cache := path.Join(path.Dir(sub), pyc.CacheDir, pyc.CacheName(e.Name(), tag, j.req.Optimize))
				if t.Layout == precompile.LayoutLegacy {
					cache = strings.TrimSuffix(sub, ".py") + ".pyc"
				}
				out = append(out, task{File: File{path.Join(dir, e.Name()), t.Name + "/" + sub, path.Join(filepath.ToSlash(t.Out), cache)}})
			}
		}
		return nil
	}
	err := walk("", nil)
	return out, err
}

func copied(t Tree, dir, rel string) task {
	return task{File{path.Join(dir, path.Base(rel)), t.Name + "/" + rel, path.Join(filepath.ToSlash(t.Out), rel)}, true}
}

// compilerKey is what tells compilers apart.
type compilerKey struct {
	choice      precompile.CompilerChoice
	version     pyc.Version
	interpreter string
}

// compilers opens each compiler once and keeps it. One that could not be opened
// is tried again by the next request.
type compilers struct {
	open func(context.Context, precompile.CompilerOptions) (backend.Compiler, error)
	jobs int

	mu     sync.Mutex
	opened map[compilerKey]*opening
}

// opening is a compiler that is open, or about to be.
type opening struct {
	done     chan struct{} // closed when what follows is known
	compiler backend.Compiler
	err      error
}

// get returns the compiler for a key. It is opened for all requests that wait
// for it: the end of one does not stop that.
func (c *compilers) get(ctx context.Context, k compilerKey) (backend.Compiler, error) {
	c.mu.Lock()
	o := c.opened[k]
	if o == nil {
		o = &opening{done: make(chan struct{})}
		c.opened[k] = o
		go func() {
			defer close(o.done)
			o.compiler, o.err = c.openGuarded(k)
			if o.err != nil {
				c.mu.Lock()
				delete(c.opened, k)
				c.mu.Unlock()
			}
		}()
	}
	c.mu.Unlock()
	select {
	case <-o.done:
		return o.compiler, o.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *compilers) openGuarded(k compilerKey) (compiler backend.Compiler, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: %v", p)
		}
	}()
	return c.openOne(k)
}

// openOne opens the embedded compiler or, where that does not cover the version,
// the interpreter that was named. The machine is not searched for one: what an
// action makes must not depend on what is installed.
func (c *compilers) openOne(k compilerKey) (backend.Compiler, error) {
	ctx := context.Background()
	if k.choice != precompile.CompilerCPython {
		compiler, err := c.open(ctx, precompile.CompilerOptions{Compiler: precompile.CompilerEmbedded, Target: k.version, Jobs: c.jobs})
		var notCovered *precompile.NotCoveredError
		switch {
		case err == nil, !errors.As(err, &notCovered), k.choice == precompile.CompilerEmbedded:
			return compiler, err
		case k.interpreter == "":
			return nil, fmt.Errorf("no compiler for Python %s: %w, and no interpreter was named (--interpreter; in Bazel the toolchain's interpreters)", k.version, err)
		}
	}
	return c.open(ctx, precompile.CompilerOptions{
		Compiler: precompile.CompilerCPython, Target: k.version, Interpreter: k.interpreter, Jobs: c.jobs,
	})
}

func (c *compilers) close() error {
	c.mu.Lock()
	opened := c.opened
	c.opened = map[compilerKey]*opening{}
	c.mu.Unlock()
	var errs []error
	for _, o := range opened {
		<-o.done
		if o.compiler != nil {
			errs = append(errs, o.compiler.Close())
		}
	}
	return errors.Join(errs...)
}

// cause words an error of the file system without the path, which is told
// already.
func cause(err error) string {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err.Error()
	}
	return err.Error()
}
