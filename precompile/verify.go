package precompile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/archive"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Verify judges caches against their sources. It writes nothing, runs no
// Python code and has no interpreter unmarshal anything; a Compiler of package
// cpython compiles sources, no more.
//
// The work comes in units: one source with the caches that are, or should be,
// its own, or one cache without a source. A folder's units are found by the
// walk that Run has (verify_tree.go), an archive's in its table of contents
// (verify_archive.go), both paired by name alike (verify_pair.go) and judged
// alike, Jobs at a time (verify_unit.go). Each source is compiled once for each
// target and level that it has caches of, so that an audit costs what compiling
// costs.
//
// The error is an *OptionsError, or that of ctx; then the report has what was
// found until then. Everything else is in the report.
func Verify(ctx context.Context, o VerifyOptions) (*VerifyReport, error) {
	start := time.Now()
	v, err := newVerifier(o)
	if err != nil {
		return nil, err
	}
	err = v.run(ctx)
	report := v.report()
	report.Elapsed = time.Since(start)
	if errors.Is(err, errFailFast) {
		err = nil
	}
	return report, err
}

// errFailFast ends a verification after the first fault.
var errFailFast = errors.New("a finding is not allowed")

// verifier is one verification under way.
type verifier struct {
	opts     VerifyOptions
	naming   naming
	levels   []int // asked for
	profiles []marshal.Profile
	tags     []string       // of targets
	byTag    map[string]int // index of a target
	ignore   globs
	include  globs // for archives; the walk has its own
	exclude  globs
	allow    map[Verdict]bool
	jobs     int
	// limits and fetchAtOnce are for archives.
	limits      archive.Limits
	fetchAtOnce int64

	learned atomic.Pointer[prefixes]
	rooms   sync.Pool // of *scratch

	mu       sync.Mutex
	findings []Finding
	problems []diag.Diagnostic
	sources  int
	done     int
	stopped  bool // by FailFast
}

func newVerifier(o VerifyOptions) (*verifier, error) {
	v := &verifier{
		opts:   o,
		naming: naming{layout: o.Layout, outDir: o.OutDir, strip: o.StripPrefix, prepend: o.PrependPrefix},
		levels: slices.Clone(o.Optimize),
		byTag:  map[string]int{},
		allow:  map[Verdict]bool{VerdictOK: true, VerdictUnchecked: !o.RequireAll},
		jobs:   o.Jobs,
		limits: archive.DefaultLimits(), fetchAtOnce: fetchAtOnce,
	}
	if len(v.levels) == 0 {
		v.levels = []int{0}
	}
	slices.Sort(v.levels)
	v.levels = slices.Compact(v.levels)
	if v.jobs <= 0 {
		v.jobs = runtime.GOMAXPROCS(0)
	}
	for _, l := range v.levels {
		if l < 0 || l > 2 {
			return nil, &OptionsError{fmt.Sprintf("optimize level %d: want 0, 1 or 2", l)}
		}
	}
	if len(o.Targets) == 0 {
		return nil, &OptionsError{"no target: at least one Python version is needed to verify caches of"}
	}
	for i, t := range o.Targets {
		tag := t.Version.CacheTag()
		if j, twice := v.byTag[tag]; twice {
			return nil, &OptionsError{fmt.Sprintf("targets %s and %s have caches of one name (%s)", o.Targets[j].Version, t.Version, tag)}
		}
		v.byTag[tag] = i
		v.tags = append(v.tags, tag)
		if !t.Magic.Valid() {
			return nil, &OptionsError{fmt.Sprintf("target %s: magic number %s", t.Version, t.Magic)}
		}
		if t.Compiler != nil {
			if info := t.Compiler.Info(); info.Magic != t.Magic {
				return nil, &OptionsError{fmt.Sprintf("target %s has magic number %s, its compiler %s", t.Version, t.Magic, info.Magic)}
			}
		}
		p, err := marshal.ProfileOf(t.Version.Implementation == pyc.PyPy, t.Version.Major, t.Version.Minor)
		if err != nil {
			return nil, &OptionsError{fmt.Sprintf("target %s: %v", t.Version, err)}
		}
		v.profiles = append(v.profiles, p)
	}
	if o.Layout == LayoutLegacy && len(o.Targets)*len(v.levels) > 1 {
		return nil, &OptionsError{"the legacy layout holds one target and one optimise level"}
	}
	for _, verdict := range o.Allow {
		if !slices.Contains(Verdicts(), verdict) {
			return nil, &OptionsError{fmt.Sprintf("%q is not a verdict: want one of %q", verdict, Verdicts())}
		}
		v.allow[verdict] = true
	}
	include := o.Selection.Include
	if len(include) == 0 {
		include = []string{"*.py"}
	}
	var err error
	if v.include, err = newGlobs("include", include); err != nil {
		return nil, err
	}
	if v.exclude, err = newGlobs("exclude", o.Selection.Exclude); err != nil {
		return nil, err
	}
	if v.ignore, err = newGlobs("ignore-errors", o.IgnoreErrors); err != nil {
		return nil, err
	}
	return v, nil
}

func (v *verifier) run(ctx context.Context) error {
	paths, err := v.sort(ctx)
	if err != nil {
		return err
	}
	units, err := v.tree(ctx, paths)
	if err != nil {
		return err
	}
	if err := v.judgeAll(ctx, units); err != nil {
		return err
	}
	for _, a := range paths.archives {
		if err := v.archive(ctx, a); err != nil {
			return err
		}
	}
	if v.sources == 0 && len(v.findings) == 0 && len(v.problems) == 0 {
		for _, p := range v.opts.Selection.Paths {
			v.problem(p, "nothing to verify: no source and no cache is here")
		}
		if len(v.opts.Selection.Paths) == 0 {
			v.problem("", "nothing to verify: no path was given")
		}
	}
	return nil
}

// announce counts sources before they are judged, for Progress.
func (v *verifier) announce(units []*verifyUnit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, u := range units {
		if u.source != "" {
			v.sources++
		}
	}
}

// judgeAll judges units, v.jobs at a time.
func (v *verifier) judgeAll(ctx context.Context, units []*verifyUnit) error {
	v.announce(units)
	return v.judge(ctx, units)
}

func (v *verifier) judge(ctx context.Context, units []*verifyUnit) error {
	g, inner := errgroup.WithContext(ctx)
	g.SetLimit(v.jobs)
	for _, u := range units {
		if inner.Err() != nil {
			break
		}
		g.Go(func() error {
			findings, err := v.judgeUnit(inner, u)
			if err != nil {
				return err
			}
			return v.record(u, findings)
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	return ctx.Err()
}

// record adds what was found of a unit.
func (v *verifier) record(u *verifyUnit, findings []Finding) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.stopped {
		return errFailFast // so the report does not tell how fast the others were
	}
	failed := false
	for i := range findings {
		f := &findings[i]
		f.Allowed = f.Allowed || v.allow[f.Verdict]
		failed = failed || !f.Allowed
	}
	v.findings = append(v.findings, findings...)
	if u.source != "" {
		v.done++
		if v.opts.Progress != nil {
			v.opts.Progress(Progress{Path: u.source, Done: v.done, Total: v.sources, Failed: failed})
		}
	}
	if v.stopped = failed && v.opts.FailFast; v.stopped {
		return errFailFast
	}
	return nil
}

func (v *verifier) problem(path, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.problems = append(v.problems, diag.Diagnostic{Path: path, Message: fmt.Sprintf(format, args...)})
}

// unchecked adds the finding of a file that is passed over.
func (v *verifier) unchecked(path, why string) error {
	return v.record(&verifyUnit{}, []Finding{{Cache: path, Optimize: -1, Verdict: VerdictUnchecked, Detail: why}})
}

// report puts together what was found, in its order.
func (v *verifier) report() *VerifyReport {
	r := &VerifyReport{Targets: v.opts.Targets, Findings: v.findings, Problems: v.problems, Sources: v.sources}
	order := map[pyc.Version]int{}
	for i, t := range v.opts.Targets {
		r.Rebuilt = append(r.Rebuilt, t.Compiler != nil)
		order[t.Version] = i
	}
	key := func(f *Finding) string { return cmp.Or(f.Source, f.Cache) }
	slices.SortStableFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(
			strings.Compare(key(&a), key(&b)),
			cmp.Compare(order[a.Target], order[b.Target]),
			cmp.Compare(a.Optimize, b.Optimize),
			strings.Compare(a.Cache, b.Cache),
			strings.Compare(a.Detail, b.Detail))
	})
	slices.SortStableFunc(r.Problems, func(a, b diag.Diagnostic) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Message, b.Message))
	})
	return r
}
