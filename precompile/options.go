package precompile

import (
	"fmt"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/memo"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Selection says which sources a run is about. Run and Verify share it.
type Selection struct {
	// Paths are folders, files, or doublestar globs, as the user wrote them. A
	// path that exists is never taken for a glob. Verify takes archives
	// (.whl, .zip, .pex, .tar, .tar.gz) as well.
	Paths []string
	// Files are source files named one by one (--files-from); no glob among
	// them is expanded and no filter applies to them. An empty list that is not
	// nil selects nothing without being an error.
	Files []string
	// Include and Exclude are doublestar globs. Without a slash they match a
	// file's or folder's own name, with one the slash-separated path below the
	// root that it was found under. Exclude wins. Include is a filter on files;
	// empty, it means "*.py".
	Include, Exclude []string
	// NoRecurse keeps to the files of the named folders themselves.
	NoRecurse bool
	// FollowSymlinks descends into links to folders, too, as long as they stay
	// inside the root; each real folder is visited once.
	FollowSymlinks bool
}

// Layout is where a cache is put.
type Layout uint8

// The layouts.
const (
	// LayoutPycache puts caches where imports look for them: __pycache__ beside
	// the source (PEP 3147), or below OutDir as with PYTHONPYCACHEPREFIX.
	LayoutPycache Layout = iota
	// LayoutLegacy puts a.pyc beside a.py, for source-less distribution. It
	// holds one target and one optimise level.
	LayoutLegacy
)

// ParseLayout reads "pycache" or "legacy".
func ParseLayout(s string) (Layout, error) { return parseWord[Layout](s, "layout", layoutNames[:]) }

// String returns the word that ParseLayout reads.
func (l Layout) String() string {
	if int(l) < len(layoutNames) {
		return layoutNames[l]
	}
	return fmt.Sprintf("Layout(%d)", uint8(l))
}

var layoutNames = [...]string{"pycache", "legacy"}

// Options is what a run of the compiler is told.
type Options struct {
	Selection Selection
	// Compilers has one entry a target, opened by OpenCompiler. Run does not
	// close them.
	Compilers []backend.Compiler
	// Optimize are the levels to compile at, each 0, 1 or 2; empty means 0.
	Optimize []int
	// Mode is the invalidation mode of the written headers.
	Mode   pyc.Mode
	Layout Layout
	// OutDir, where not empty, is the root of a mirrored tree: the cache of
	// /a/b.py goes to OutDir/a/b.cpython-313.pyc, as imports under
	// PYTHONPYCACHEPREFIX=OutDir look for it. With LayoutLegacy the tree is
	// OutDir plus the source's path below its selected root.
	OutDir string
	// DeleteSource removes each source whose cache is in place, at the end of a
	// run that was not cut short. Every cache is compiled or compared as with
	// Force, and brought to disk. It needs LayoutLegacy without OutDir, or nothing
	// could be imported afterwards.
	DeleteSource bool
	// StripPrefix is removed from, then PrependPrefix put before, a source's
	// path to make the co_filename compiled in. Without them it is the path as
	// given, as compileall has it.
	StripPrefix, PrependPrefix string
	// Force compiles what is up to date as well. What comes out is written if it
	// is not what is there.
	Force bool
	// Prune removes caches of the selected folders whose source is gone, of any
	// version and level, at the end of a run that was not cut short. In __pycache__
	// and in OutDir it takes nothing but files that are named as an import would
	// look for them. With LayoutLegacy it takes .pyc files of this run's target,
	// and so modules that are meant to be without source: not for trees that have
	// such. It does not go with DeleteSource.
	Prune bool
	// IgnoreErrors are globs (as Exclude's) of sources that need not compile:
	// where one cannot be read or compiled this is reported as tolerated and does
	// not fail the run. A cache that cannot be written does.
	IgnoreErrors []string
	// FailFast ends the run at the first fault that is not tolerated.
	FailFast bool
	// Memo, where set, is asked for what a source compiles to before a compiler
	// is, and keeps what that made. With Force it is not asked, and keeps. Each of
	// Compilers is then a backend.Identified. Run does not close it.
	Memo *memo.Memo
	// Jobs is how many sources are compiled at once; 0 means the CPUs that
	// this process may use.
	Jobs int
	// SourceDateEpoch, where set, is the modification time of written files and
	// the latest time that a timestamp header records
	// (https://reproducible-builds.org/specs/source-date-epoch/).
	SourceDateEpoch *time.Time
	// Progress, where set, is told of each finished source, from many
	// goroutines but one call at a time.
	Progress func(Progress)
}

// Progress is one step of a run.
type Progress struct {
	// Path is the source that was just finished.
	Path string
	// Done and Total count sources. Total grows while folders are still walked.
	Done, Total int
	// Failed reports whether a cache of this source could not be made.
	Failed bool
}

// Status is what became of one cache.
type Status string

// The statuses.
const (
	Compiled  Status = "compiled"  // written
	Unchanged Status = "unchanged" // up to date, or compiled to the bytes that were there
	Failed    Status = "failed"    // not written; the run fails
	Tolerated Status = "tolerated" // not written; IgnoreErrors allows it
)

// CacheReport is one source under one target and level.
type CacheReport struct {
	// Source is the path as given or found; Cache the file written or kept.
	Source, Cache string
	Target        pyc.Version
	Optimize      int
	Status        Status
	// Fault is why Status is Failed or Tolerated. Type is empty where the cause
	// is not in the source (an unreadable file, a lost compiler); then Message
	// says what went wrong.
	Fault *diag.Diagnostic
	// Warnings are the compiler's remarks. A source that was unchanged has none.
	Warnings []diag.Diagnostic
	// FromMemo reports that the code was not compiled but had from Options.Memo.
	FromMemo bool
}

// Report is the outcome of a run.
type Report struct {
	// Compilers describes each target's compiler, in the order given.
	Compilers []backend.Info
	// Caches has an entry for each source, target and level, sorted by source
	// path, then target in the order given, then level.
	Caches []CacheReport
	// Sources is how many files were selected.
	Sources int
	// Pruned and Cleaned are the caches without a source that Prune removed,
	// and the temporary files that a killed run had left; sorted.
	Pruned, Cleaned []string
	// Deleted are the sources removed by DeleteSource, sorted.
	Deleted []string
	// Problems are faults that belong to no one source: an unreadable folder, a
	// path that matches nothing, a cache that could not be pruned. They fail
	// the run. Sorted by path.
	Problems []diag.Diagnostic
	// Memo is what the use of Options.Memo came to; nil without one.
	Memo    *memo.Outcome
	Elapsed time.Duration
}

// Count returns how many caches have the given status.
func (r *Report) Count(s Status) int {
	n := 0
	for i := range r.Caches {
		if r.Caches[i].Status == s {
			n++
		}
	}
	return n
}

// OK reports whether nothing failed but what is tolerated.
func (r *Report) OK() bool { return len(r.Problems) == 0 && r.Count(Failed) == 0 }
