package precompile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Run compiles what the options select and returns what became of each source.
//
// The error is an *OptionsError where the options make no sense together;
// nothing was written then, and there is no Report. It is ctx's where ctx ended;
// the Report then has the sources that were finished until then. Every cache is
// whole then, too, and nothing is pruned or deleted that was not yet.
// Faults in sources, and files that cannot be read or written, are no error:
// they stand in the Report, and Report.OK tells.
//
// A cache is up to date if its first 16 bytes are those that this run would
// write (magic number, mode, and the source's hash, or its time and size) and
// there follows something that starts as a code object does. Whether the rest
// is whole and right is not looked at; that is what Verify does. With Force or
// DeleteSource every source is compiled, and what is there is kept only if it is
// equal byte for byte.
//
// Caches are written to a temporary file in their folder and renamed into
// place. Where a cache's place is taken by a link, a folder or a device, the
// source fails and the place stays as it is: a link may lead to what others use.
//
// Sources are compiled while folders are still walked; each is read once for all
// targets and levels. With FailFast the first fault stops the rest,
// so that what a Report has beside that fault depends on chance.
func Run(ctx context.Context, o Options) (*Report, error) { return run(ctx, o, atomicfile.OS) }

// engine is one run.
type engine struct {
	o       Options
	names   naming
	infos   []backend.Info // of o.Compilers
	tags    []string       // cache tags, of o.Compilers
	levels  []int          // sorted
	ignore  globs
	writer  *atomicfile.Writer
	session *memo.Session      // nil without a memo
	stop    context.CancelFunc // ends the run, for FailFast

	mu         sync.Mutex // guards what follows
	done       int
	total      int
	blocks     [][]CacheReport // one a finished source
	problems   []diag.Diagnostic
	cleaned    []string
	deletable  []deletable
	inProgress sync.Mutex // held while Progress is called, so that calls come one at a time
}

// job is one source for a worker.
type job struct {
	source source
	fault  string // why the source cannot be compiled, known beforehand
	dir    *cacheDir
}

// cacheDir is a folder that the caches of sources go to. What killed runs left
// in it is removed before anything of this run is there.
type cacheDir struct {
	path  string
	clean sync.Once
	// empty: there was no cache in it before this run, so none need be looked at.
	empty bool
}

func run(ctx context.Context, o Options, sys atomicfile.System) (*Report, error) {
	start := time.Now()
	e, err := newEngine(o, sys)
	if err != nil {
		return nil, err
	}
	workCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	e.stop = cancel
	if err := e.remember(); err != nil {
		return nil, err
	}

	jobs := o.Jobs
	if jobs == 0 {
		jobs = runtime.GOMAXPROCS(0)
	}
	if slices.ContainsFunc(e.infos, func(i backend.Info) bool { return i.Name == "cpython" }) {
		// Interpreters are processes of their own: somebody has to read and write
		// files while all of them compile.
		jobs = cpython.Callers(jobs)
	}
	workers := newCrew(jobs, func(queue <-chan job) {
		w := worker{engine: e}
		for j := range queue {
			if workCtx.Err() == nil {
				w.do(workCtx, j)
			}
		}
	})
	feed := feeder{engine: e, workers: workers, places: map[string]string{}, dirs: map[string]*cacheDir{}}
	if o.Prune {
		feed.prune = newPruner(e)
	}
	walkErr := feed.walk(workCtx)
	workers.wait()
	e.writer.RemoveUnused()

	var optErr *OptionsError
	if errors.As(walkErr, &optErr) {
		return nil, walkErr
	}
	if ctx.Err() != nil {
		return e.report(start, nil, nil), ctx.Err()
	}
	if walkErr != nil && workCtx.Err() == nil {
		return e.report(start, nil, nil), walkErr
	}
	var deleted, pruned []string
	if workCtx.Err() == nil {
		deleted = e.deleteSources(ctx)
		if feed.prune != nil {
			pruned = feed.prune.run(ctx, feed.places)
		}
	}
	return e.report(start, pruned, deleted), ctx.Err()
}

// remember puts the memo before the compilers.
func (e *engine) remember() error {
	if e.o.Memo == nil {
		return nil
	}
	e.session = e.o.Memo.Begin(e.o.Force)
	compilers := make([]backend.Compiler, len(e.o.Compilers))
	for i, c := range e.o.Compilers {
		var err error
		if compilers[i], err = e.session.Compiler(c); err != nil {
			return &OptionsError{err.Error()}
		}
	}
	e.o.Compilers = compilers
	return nil
}

// newEngine checks the options.
func newEngine(o Options, sys atomicfile.System) (*engine, error) {
	refuse := func(format string, args ...any) (*engine, error) {
		return nil, &OptionsError{fmt.Sprintf(format, args...)}
	}
	e := &engine{
		o:      o,
		names:  naming{layout: o.Layout, outDir: o.OutDir, strip: o.StripPrefix, prepend: o.PrependPrefix},
		writer: atomicfile.NewWriter(sys),
	}
	switch {
	case len(o.Selection.Paths) == 0 && o.Selection.Files == nil:
		return refuse("no path was given")
	case len(o.Compilers) == 0:
		return refuse("no target was given")
	case o.Jobs < 0:
		return refuse("jobs: %d is negative", o.Jobs)
	case o.Mode > pyc.Timestamp:
		return refuse("%s is not an invalidation mode", o.Mode)
	case o.Layout > LayoutLegacy:
		return refuse("%d is not a layout", o.Layout)
	case o.DeleteSource && o.Layout != LayoutLegacy:
		return refuse("deleting sources needs the legacy layout: a cache in __pycache__ is not imported without its source")
	case o.DeleteSource && o.OutDir != "":
		return refuse("deleting sources does not go with an output folder: nothing would be left beside the deleted ones")
	case o.DeleteSource && o.Prune:
		return refuse("deleting sources does not go with pruning: the next run would remove every cache that this one makes")
	}
	e.levels = slices.Clone(o.Optimize)
	if len(e.levels) == 0 {
		e.levels = []int{0}
	}
	slices.Sort(e.levels)
	e.levels = slices.Compact(e.levels)
	for _, l := range e.levels {
		if l < 0 || l > 2 {
			return refuse("optimize: %d is not a level: want 0, 1 or 2", l)
		}
	}
	if n := len(o.Compilers) * len(e.levels); o.Layout == LayoutLegacy && n > 1 {
		return refuse("the legacy layout has room for one target and one optimise level, not %d: a.pyc names neither", n)
	}
	byTag := map[string]pyc.Version{}
	for i, c := range o.Compilers {
		if c == nil {
			return refuse("target %d has no compiler", i+1)
		}
		info := c.Info()
		if !info.Magic.Valid() {
			return refuse("the compiler for %s has no magic number: % x", info.Target, info.Magic[:])
		}
		tag := info.Target.CacheTag()
		if other, dup := byTag[tag]; dup {
			return refuse("targets %s and %s would write the same caches (%s)", other, info.Target, pyc.CacheName("a.py", tag, e.levels[0]))
		}
		byTag[tag] = info.Target
		e.infos, e.tags = append(e.infos, info), append(e.tags, tag)
	}
	var err error
	if e.ignore, err = newGlobs("ignore-errors", o.IgnoreErrors); err != nil {
		return nil, err
	}
	if _, err := newGlobs("include", o.Selection.Include); err != nil {
		return nil, err
	}
	if _, err := newGlobs("exclude", o.Selection.Exclude); err != nil {
		return nil, err
	}
	if o.OutDir != "" {
		if info, err := os.Stat(o.OutDir); err == nil && !info.IsDir() {
			return refuse("the output folder %q is a file", o.OutDir)
		}
	}
	return e, nil
}

// feeder hands what the walk finds to the workers. It is used from the goroutine
// of the walk alone.
type feeder struct {
	*engine
	workers *crew[job]
	places  map[string]string // absolute cache paths, and the first source that has each
	dirs    map[string]*cacheDir
	prune   *pruner // nil without Prune
}

func (f *feeder) walk(ctx context.Context) error {
	v := visitor{
		source:  func(s source) error { return f.source(ctx, s) },
		problem: f.problem,
	}
	if f.prune != nil {
		v.folder = f.prune.folder
	}
	return walk(ctx, f.o.Selection, v)
}

func (f *feeder) source(ctx context.Context, s source) error {
	j := job{source: s}
	// Two sources may have one cache: a.py and a.pyw, or the a.py of two roots
	// whose caches go to one output folder. The first in the order of the walk
	// gets it.
	absolute := source{path: s.abs, rel: s.rel, abs: s.abs}
	place := f.names.cachePath(absolute, f.tags[0], f.levels[0])
	if first, taken := f.places[place]; taken {
		j.fault = fmt.Sprintf("its cache would be that of %q", first)
	} else {
		f.places[place] = s.path
	}
	dir := f.names.cacheDir(absolute)
	if j.dir = f.dirs[dir]; j.dir == nil {
		j.dir = &cacheDir{path: filepath.Clean(f.names.cacheDir(s))}
		f.dirs[dir] = j.dir
	}
	f.mu.Lock()
	f.total++
	f.mu.Unlock()
	return f.workers.put(ctx, j)
}

// problem notes a fault that belongs to no one source.
func (e *engine) problem(d diag.Diagnostic) {
	e.mu.Lock()
	e.problems = append(e.problems, d)
	e.mu.Unlock()
	if e.o.FailFast {
		e.stop()
	}
}

// finish notes what became of a source.
func (e *engine) finish(path string, caches []CacheReport) {
	failed := false
	for i := range caches {
		failed = failed || caches[i].Status == Failed || caches[i].Status == Tolerated
	}
	if e.o.Progress != nil {
		e.inProgress.Lock()
		defer e.inProgress.Unlock()
	}
	e.mu.Lock()
	e.done++
	p := Progress{Path: path, Done: e.done, Total: e.total, Failed: failed}
	e.blocks = append(e.blocks, caches)
	e.mu.Unlock()
	if e.o.Progress != nil {
		e.o.Progress(p)
	}
}

// report makes the Report of what was noted.
func (e *engine) report(start time.Time, pruned, deleted []string) *Report {
	r := &Report{
		Compilers: e.infos, Sources: e.total, Pruned: pruned, Cleaned: e.cleaned, Deleted: deleted, Problems: e.problems,
	}
	// Within a block the order is right already.
	slices.SortFunc(e.blocks, func(a, b []CacheReport) int { return cmp.Compare(a[0].Source, b[0].Source) })
	n := 0
	for _, b := range e.blocks {
		n += len(b)
	}
	r.Caches = make([]CacheReport, 0, n)
	for _, b := range e.blocks {
		r.Caches = append(r.Caches, b...)
	}
	slices.Sort(r.Cleaned)
	slices.SortFunc(r.Problems, func(a, b diag.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	if e.session != nil {
		r.Memo = new(e.session.End())
	}
	r.Elapsed = time.Since(start)
	return r
}

// deletable is a source whose cache is in place, as it was when it was read.
type deletable struct {
	path, cache string
	info        fileInfo
}

// sync brings the cache to disk and then its name, so that not even a loss of
// power leaves neither source nor cache.
func (d deletable) sync(folders map[string]bool) error {
	f, err := os.OpenFile(d.cache, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	dir := filepath.Dir(d.cache)
	if folders[dir] {
		return nil
	}
	folders[dir] = true
	if f, err = os.Open(dir); err != nil {
		return err
	}
	defer f.Close()
	err = f.Sync()
	if runtime.GOOS == "windows" || errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil // file systems that do not sync folders
	}
	return err
}

// deleteSources removes the sources that were compiled. It comes last, since
// one source may be a link to another.
func (e *engine) deleteSources(ctx context.Context) []string {
	slices.SortFunc(e.deletable, func(a, b deletable) int { return cmp.Compare(a.path, b.path) })
	var deleted []string
	synced := map[string]bool{} // folders
	// A link first, so that what it leads to can still be compared.
	for _, links := range []bool{true, false} {
		for _, d := range e.deletable {
			if ctx.Err() != nil {
				return deleted
			}
			at, err := os.Lstat(d.path)
			isLink := err == nil && at.Mode()&fs.ModeSymlink != 0
			if isLink != links || errors.Is(err, fs.ErrNotExist) {
				continue // of the other round
			}
			var info fileInfo
			if err == nil {
				info, err = statFile(d.path)
			}
			switch {
			case err != nil:
			case !info.same(d.info):
				err = errors.New("it changed after it was compiled")
			default:
				if err = d.sync(synced); err == nil {
					err = os.Remove(d.path)
				}
			}
			if err != nil {
				e.problem(diag.Diagnostic{Path: d.path, Message: "cannot delete the source: " + cause(err)})
				continue
			}
			deleted = append(deleted, d.path)
		}
	}
	slices.Sort(deleted)
	return deleted
}
