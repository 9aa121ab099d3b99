package precompile

import (
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Verdict is what Verify found of one cache.
type Verdict string

// The verdicts, best first; a cache gets the worst that applies, and Detail
// tells of the others.
//
// What an import does decides between Stale and Mismatch. Under checked-hash and
// timestamp a stale cache is not run, so that it is stale whatever its code; its
// Detail says whether the code is the source's all the same. Under
// unchecked-hash it is run, so that other code is a mismatch whatever the stamp,
// and allowing Stale lets no planted code pass.
const (
	// Unchecked: a cache that was seen and not looked into, because nothing asked
	// for can judge it: another interpreter's tag, an excluded source, an archive
	// inside a folder or an archive. It fails with RequireAll only.
	VerdictUnchecked Verdict = "unchecked"
	// OK: present, readable, of the right magic and mode, its stamp that of the
	// source, and (where rebuilt) the bytes that the source compiles to.
	VerdictOK Verdict = "ok"
	// ForeignButEqual: the same code in another marshal form; Classes names how.
	VerdictForeign Verdict = "foreign-but-equal"
	// Missing: the source has no cache for a target and level asked for.
	VerdictMissing Verdict = "missing"
	// Orphan: a cache without a source.
	VerdictOrphan Verdict = "orphan"
	// Stale: the hash, or time or size, in the header is not the source's.
	VerdictStale Verdict = "stale"
	// WrongMode: another invalidation mode than the policy asks for.
	VerdictWrongMode Verdict = "wrong-mode"
	// WrongMagic: not a cache of the version that its name or the run says.
	VerdictWrongMagic Verdict = "wrong-magic"
	// Corrupt: a truncated or unreadable header or body.
	VerdictCorrupt Verdict = "corrupt"
	// Mismatch: the code is not what the source compiles to.
	VerdictMismatch Verdict = "mismatch"
	// Unverifiable: the source cannot be read or does not compile, or the
	// compiler failed, so that the cache's content cannot be judged. No source
	// that does not compile has a cache of its own making.
	VerdictUnverifiable Verdict = "unverifiable"
)

// Verdicts returns all verdicts, the best first.
func Verdicts() []Verdict {
	return []Verdict{
		VerdictUnchecked, VerdictOK, VerdictForeign, VerdictMissing, VerdictOrphan, VerdictStale, VerdictWrongMode,
		VerdictWrongMagic, VerdictCorrupt, VerdictMismatch, VerdictUnverifiable,
	}
}

// VerifyTarget is one version whose caches are checked.
type VerifyTarget struct {
	Version pyc.Version
	Magic   pyc.Magic
	// Compiler rebuilds the caches; nil means that content is not compared.
	Compiler backend.Compiler
}

// VerifyOptions is what a verification is told.
type VerifyOptions struct {
	// Selection names folders, files, globs, and archives: .whl, .zip, .pex,
	// .tar, .tar.gz (and .tgz, .pyz, .egg), which are read in place and never
	// unpacked. A file of another name is recognised by its content, as the blobs
	// of an OCI image are. A path may also be a cache or a __pycache__ folder;
	// then only these caches are judged, and none is missed.
	//
	// Folders are also searched for caches without a source; globs and single
	// files name sources only. Inside an archive all folders count, hidden ones
	// and node_modules too (a .pex has its code in .deps), Include and Exclude
	// apply to paths in it, and NoRecurse does not.
	Selection Selection
	Targets   []VerifyTarget
	// Optimize are the levels whose caches must be there; empty means 0.
	Optimize []int
	// Modes are the invalidation modes that are right; empty means all.
	Modes []pyc.Mode
	// Layout and OutDir say where a cache must be, as they told Run. Caches in
	// the other layout's place are judged as well where they lie beside the
	// source, since imports may find them: a.pyc is run once a.py is gone.
	// Archives have no OutDir.
	Layout Layout
	OutDir string
	// StripPrefix and PrependPrefix make the co_filename that must have been
	// compiled in. Both empty means that the name in the cache is taken as it
	// is: who built the cache chose it.
	StripPrefix, PrependPrefix string
	// Allow are the verdicts, besides VerdictOK, that do not fail.
	Allow []Verdict
	// RequireAll makes VerdictUnchecked fail: every cache in sight must have been
	// judged.
	RequireAll bool
	// IgnoreErrors are globs of sources that need not compile: where one does
	// not, its Missing caches are tolerated. A cache that is there all the same
	// cannot have come from it, and is not.
	IgnoreErrors []string
	// FailFast ends the verification at the first finding that is not allowed.
	// The report has what was found until then.
	FailFast bool
	// Jobs is how many sources are worked on at once; 0 means the CPUs that
	// this process may use.
	Jobs int
	// SourceDateEpoch clamps the times that timestamp headers are compared with.
	SourceDateEpoch *time.Time
	// Progress, where set, is told of each finished source, from many
	// goroutines but one call at a time.
	Progress func(Progress)
}

// Finding is the verdict on one cache.
type Finding struct {
	// Source and Cache are paths; inside an archive they have the form
	// "dist/a.whl!pkg/a.py". Either is empty where there is none.
	Source, Cache string
	// Target is the zero Version, and Optimize -1, where nothing tells which is
	// meant: of an archive, or of a cache with a name or magic of its own.
	Target   pyc.Version
	Optimize int
	Verdict  Verdict
	// Allowed reports whether the policy lets it pass.
	Allowed bool
	// Classes are the ways in which a foreign form differs: unused-flag,
	// interned-bit, shared-or-duplicated, set-order, …; sorted.
	Classes []string
	// Detail says in one line what was found: the two values compared, the
	// first differing field and its code object, or the cause. It is empty where
	// there is nothing to say of an OK.
	Detail string
	// Fault is the source's own, where Verdict is Unverifiable, or Missing and
	// tolerated.
	Fault *diag.Diagnostic
}

// VerifyReport is the outcome of a verification.
type VerifyReport struct {
	Targets []VerifyTarget
	// Rebuilt reports, target by target, whether content was compared.
	Rebuilt []bool
	// Findings has one entry for each cache looked at or missed, sorted by
	// source (or cache) path, target and level.
	Findings []Finding
	Sources  int
	// Problems are faults that belong to no one cache. They fail the run.
	Problems []diag.Diagnostic
	Elapsed  time.Duration
}

// Count returns how many findings have the given verdict.
func (r *VerifyReport) Count(v Verdict) int {
	n := 0
	for i := range r.Findings {
		if r.Findings[i].Verdict == v {
			n++
		}
	}
	return n
}

// OK reports whether every finding is allowed and there was no problem.
func (r *VerifyReport) OK() bool {
	if len(r.Problems) > 0 {
		return false
	}
	for i := range r.Findings {
		if !r.Findings[i].Allowed {
			return false
		}
	}
	return true
}
