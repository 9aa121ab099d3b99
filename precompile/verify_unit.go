package precompile

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// maxVerifyFile is the size in bytes above which a source or cache is not read;
// archives have their own limit.
const maxVerifyFile = 256 << 20

// verifySource is a source as it was read.
type verifySource struct {
	data  []byte
	mtime time.Time
	// exact tells whether mtime is known to the second and in UTC.
	exact bool
}

// verdictRank orders verdicts, the worst last, as they are declared.
var verdictRank = func() map[Verdict]int {
	rank := map[Verdict]int{}
	for i, v := range Verdicts() {
		rank[v] = i
	}
	return rank
}()

// observation is one thing that is wrong with a cache.
type observation struct {
	verdict Verdict
	detail  string
}

// judgement is what is known of one cache while it is judged.
type judgement struct {
	Finding
	seen []observation
}

func (j *judgement) note(verdict Verdict, format string, args ...any) {
	j.seen = append(j.seen, observation{verdict, fmt.Sprintf(format, args...)})
}

// finding settles the verdict: the worst of what was noted, with the detail of
// all, the worst first.
func (j *judgement) finding() Finding {
	slices.SortStableFunc(j.seen, func(a, b observation) int {
		return cmp.Compare(verdictRank[b.verdict], verdictRank[a.verdict])
	})
	f := j.Finding
	f.Verdict = VerdictOK
	for i, o := range j.seen {
		if i == 0 {
			f.Verdict, f.Detail = o.verdict, o.detail
		} else {
			f.Detail += "; " + o.detail
		}
	}
	// Names and messages come from the outside; the detail is one line.
	f.Detail = diag.Line(f.Detail)
	if f.Verdict != VerdictForeign {
		f.Classes = nil
	}
	return f
}

// unitState is a unit while it is judged: the source, read once if at all, and
// what it compiled to.
type unitState struct {
	*verifyUnit
	loaded   bool
	src      verifySource
	srcErr   error
	compiled map[compileKey]compileResult
	room     *scratch
	size     int // of the cache: what the source compiles to should have it, too
}

// scratch is memory for a source, a cache and what the source compiles to, which
// the next unit uses again. What archives hand out is their own, and never in it.
type scratch struct{ src, cache, code []byte }

// load reads the source, if there is one.
func (s *unitState) load() {
	if !s.loaded && s.source != "" {
		s.src, s.srcErr = s.read(&s.room.src)
	}
	s.loaded = true
}

type compileKey struct {
	target, level int
	filename      string
}

type compileResult struct {
	code []byte
	err  error
}

// judgeUnit judges the caches of one unit. The error is that of ctx.
func (v *verifier) judgeUnit(ctx context.Context, u *verifyUnit) ([]Finding, error) {
	room, ok := v.rooms.Get().(*scratch)
	if !ok {
		room = new(scratch)
	}
	defer v.rooms.Put(room)
	s := &unitState{verifyUnit: u, compiled: map[compileKey]compileResult{}, room: room}
	out := make([]Finding, 0, len(u.caches))
	for i := range u.caches {
		f, err := v.judgeCache(ctx, s, &u.caches[i])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (v *verifier) judgeCache(ctx context.Context, s *unitState, c *verifyCache) (Finding, error) {
	j := &judgement{Finding: Finding{Source: s.source, Cache: c.name, Optimize: c.level}}
	if c.target >= 0 {
		j.Target = v.opts.Targets[c.target].Version
	}
	if c.unchecked != "" {
		j.note(VerdictUnchecked, "%s", c.unchecked)
		if c.orphan != "" {
			j.note(VerdictUnchecked, "%s", c.orphan)
		}
		return j.finding(), nil
	}
	if c.missing {
		return v.judgeMissing(ctx, s, c, j)
	}
	if c.orphan != "" {
		j.note(VerdictOrphan, "%s", c.orphan)
	}
	s.load()
	data, err := c.read(&s.room.cache)
	s.size = len(data)
	if err != nil {
		j.note(VerdictCorrupt, "cannot be read: %s", cause(err))
		return j.finding(), nil
	}
	header, ok := v.judgeHeader(s, c, j, data)
	if !ok {
		return j.finding(), nil
	}
	err = v.judgeBody(ctx, s, c, j, header, data[pyc.HeaderSize:])
	return j.finding(), err
}

// judgeMissing is for a cache that is not there. Where IgnoreErrors has the
// source, it may be missing if nothing could be made of the source.
func (v *verifier) judgeMissing(ctx context.Context, s *unitState, c *verifyCache, j *judgement) (Finding, error) {
	j.note(VerdictMissing, "no cache for %s at level %d", j.Target, c.level)
	if s.tolerated {
		s.load()
		err := s.srcErr
		if err == nil {
			var ctxErr error
			if _, err, ctxErr = v.compile(ctx, s, c.target, c.level, cmp.Or(s.filename, s.source)); ctxErr != nil {
				return Finding{}, ctxErr
			}
		}
		if err != nil {
			j.Allowed = true
			j.Fault = s.fault(err)
			j.seen[0].detail += "; tolerated, since the source does not compile"
		} else if v.opts.Targets[c.target].Compiler == nil {
			j.Allowed = true
			j.seen[0].detail += "; tolerated, since no compiler tells whether the source compiles"
		}
	}
	return j.finding(), nil
}

// judgeHeader looks at magic, mode and stamp. ok is false where the rest of the
// file cannot be read by what the header says. It settles the target of a cache
// whose name has none.
func (v *verifier) judgeHeader(s *unitState, c *verifyCache, j *judgement, data []byte) (h pyc.Header, ok bool) {
	if c.target < 0 {
		if len(data) < len(pyc.Magic{}) {
			j.note(VerdictCorrupt, "truncated header: %d bytes, want %d", len(data), pyc.HeaderSize)
			return h, false
		}
		magic := pyc.Magic(data[:4])
		c.target = slices.IndexFunc(v.opts.Targets, func(t VerifyTarget) bool { return t.Magic == magic })
		switch {
		case c.target >= 0:
			j.Target = v.opts.Targets[c.target].Version
		case c.orphan != "":
			j.note(VerdictWrongMagic, "magic number %s is not of a target asked for", magic)
			return h, false
		default:
			j.note(VerdictUnchecked, "its magic number %s is not of a target asked for", magic)
			return h, false
		}
	}
	if len(data) < pyc.HeaderSize {
		j.note(VerdictCorrupt, "truncated header: %d bytes, want %d", len(data), pyc.HeaderSize)
		return h, false
	}
	if magic, want := pyc.Magic(data[:4]), v.opts.Targets[c.target].Magic; magic != want {
		j.note(VerdictWrongMagic, "magic number %s, want %s", magic, want)
		return h, false
	}
	h, err := pyc.ParseHeader(data)
	if err != nil {
		j.note(VerdictCorrupt, "%v", err)
		return h, false
	}
	if len(v.opts.Modes) > 0 && !slices.Contains(v.opts.Modes, h.Mode) {
		j.note(VerdictWrongMode, "mode %s, want %s", h.Mode, wordList(v.opts.Modes))
	}
	if s.source != "" && s.srcErr == nil {
		v.judgeStamp(s, j, h)
	}
	return h, true
}

// judgeStamp compares what the header says of the source.
func (v *verifier) judgeStamp(s *unitState, j *judgement, h pyc.Header) {
	if h.Mode != pyc.Timestamp {
		if want := pyc.SourceHash(h.Magic, s.src.data); h.Hash != want {
			j.note(VerdictStale, "source hash %x in the header, the source has %x", h.Hash, want)
		}
		return
	}
	if size := uint32(len(s.src.data)); h.Size != size {
		j.note(VerdictStale, "source size %d in the header, the source has %d bytes", h.Size, size)
	}
	mtime := s.src.mtime
	if e := v.opts.SourceDateEpoch; e != nil && mtime.After(*e) {
		mtime = *e
	}
	stamp := pyc.SourceStamp{MTime: mtime, Size: int64(len(s.src.data))}
	if want := pyc.NewHeader(h.Magic, pyc.Timestamp, nil, stamp).MTime; !sameTime(h.MTime, want, s.src.exact) {
		j.note(VerdictStale, "source time %s in the header, the source has %s", stampTime(h.MTime), stampTime(want))
	}
}

// sameTime reports whether a header's time can be a source's. Where the source
// has a zip's local time, any zone will do, at two seconds' distance: zones are
// whole quarters of an hour off UTC, within 14 hours.
func sameTime(header, source uint32, exact bool) bool {
	if exact || header == source {
		return header == source
	}
	const quarter, zones, step = 900, 14 * 3600, 2
	diff := int64(header) - int64(source)
	if diff < -zones-step || diff > zones+step {
		return false
	}
	off := ((diff % quarter) + quarter) % quarter
	return off <= step || off >= quarter-step
}

func stampTime(t uint32) string { return time.Unix(int64(t), 0).UTC().Format(time.RFC3339) }

// judgeBody looks at the code object.
func (v *verifier) judgeBody(ctx context.Context, s *unitState, c *verifyCache, j *judgement, h pyc.Header, body []byte) error {
	profile := v.profiles[c.target]
	target := v.opts.Targets[c.target]
	rebuild := target.Compiler != nil && s.source != ""
	if rebuild && s.srcErr == nil && c.level >= 0 {
		// Where the name is known, or is there to be guessed, the bytes can speak
		// before anything is read.
		if guess, ok := v.guess(s, body); ok {
			code, _, ctxErr := v.compile(ctx, s, c.target, c.level, guess)
			if ctxErr != nil {
				return ctxErr
			}
			if code != nil && bytes.Equal(code, body) {
				j.settle(h, comparison{verdict: VerdictOK})
				return nil
			}
		}
	}
	name, err := rootFilename(body, profile)
	if err != nil {
		j.note(VerdictCorrupt, "%v", err)
		return nil
	}
	switch {
	case s.source == "":
		return nil
	case s.srcErr != nil:
		j.note(VerdictUnverifiable, "the source cannot be read: %s", cause(s.srcErr))
		j.Fault = s.fault(s.srcErr)
		return nil
	case !rebuild:
		return nil
	case s.filenameErr != nil:
		j.note(VerdictUnverifiable, "%v", s.filenameErr)
		j.Fault = s.fault(s.filenameErr)
		return nil
	}
	filename := s.filename
	if !s.named {
		v.learn(s.path, name)
		if filename, err = fileSystemName(name); err != nil {
			j.note(VerdictMismatch, "co_filename %s: %v", quoteShort(name), err)
			return nil
		}
	}
	levels := []int{c.level}
	if c.level < 0 {
		levels = append([]int(nil), v.levels...)
		for l := range 3 {
			if !slices.Contains(levels, l) {
				levels = append(levels, l)
			}
		}
	}
	var first comparison
	for i, level := range levels {
		code, err, ctxErr := v.compile(ctx, s, c.target, level, filename)
		if ctxErr != nil {
			return ctxErr
		}
		if err != nil {
			j.note(VerdictUnverifiable, "%s", unverifiable(err))
			j.Fault = s.fault(err)
			return nil
		}
		got, err := compareCode(body, code, profile)
		if err != nil {
			j.note(VerdictUnverifiable, "%v", err)
			j.Fault = s.fault(err)
			return nil
		}
		if i == 0 {
			first = got
		}
		if got.verdict != VerdictMismatch {
			j.Optimize = level
			first = got
			break
		}
	}
	if c.level < 0 && j.Optimize < 0 {
		j.Optimize = levels[0]
	}
	j.settle(h, first)
	return nil
}

// prefixes say how the paths of sources and the names in their caches differ:
// at their start, as a rule, and all in the same way.
type prefixes struct{ path, name string }

// guess returns the co_filename that a cache of s probably has. A wrong guess
// costs a second compilation, so that the name must occur in the body. ok is
// false where there is none.
func (v *verifier) guess(s *unitState, body []byte) (name string, ok bool) {
	if s.named {
		return s.filename, s.filenameErr == nil
	}
	name = s.path
	if p := v.learned.Load(); p != nil {
		rest, found := strings.CutPrefix(s.path, p.path)
		if !found {
			return "", false
		}
		name = p.name + rest
	}
	return name, bytes.Contains(body, []byte(name))
}

// learn takes from one cache how the names in others will be.
func (v *verifier) learn(path, name string) {
	same := 0
	for same < min(len(path), len(name)) && path[len(path)-1-same] == name[len(name)-1-same] {
		same++
	}
	v.learned.Store(&prefixes{path[:len(path)-same], name[:len(name)-same]})
}

// settle notes the result of a comparison. A cache that is known to be stale
// and is not run as such stays so, whatever its code; see Verdict.
func (j *judgement) settle(h pyc.Header, c comparison) {
	stale := slices.ContainsFunc(j.seen, func(o observation) bool { return o.verdict == VerdictStale })
	j.Classes = c.classes
	switch {
	case !stale, c.verdict == VerdictMismatch && h.Mode == pyc.UncheckedHash:
		if c.verdict != VerdictOK {
			j.note(c.verdict, "%s", c.detail)
		}
	case c.verdict == VerdictMismatch:
		j.note(VerdictStale, "the code is not what the source compiles to: %s", c.detail)
	default:
		j.note(VerdictStale, "the code is what the source compiles to")
	}
}

// compile returns what the unit's source compiles to, compiling it at most once
// for each target, level and name. err is the source's or the compiler's fault,
// ctxErr that of ctx. Without a compiler the code is nil.
func (v *verifier) compile(ctx context.Context, s *unitState, target, level int, filename string) (code []byte, err, ctxErr error) {
	key := compileKey{target, level, filename}
	done, ok := s.compiled[key]
	if !ok {
		c := v.opts.Targets[target].Compiler
		if c == nil {
			return nil, nil, nil
		}
		req := backend.Request{Source: s.src.data, Filename: filename, Optimize: level}
		if len(s.compiled) == 0 { // the unit's next result may not be written over this one
			s.room.code = slices.Grow(s.room.code[:0], min(s.size, keepBuffer))
			req.Buffer = s.room.code
		}
		done = askCompiler(ctx, c, req)
		if ctx.Err() != nil {
			return nil, nil, ctx.Err()
		}
		s.compiled[key] = done
	}
	return done.code, done.err, nil
}

// askCompiler compiles, and makes a fault of the file of a compiler's panic.
func askCompiler(ctx context.Context, c backend.Compiler, req backend.Request) (res compileResult) {
	defer func() {
		if p := recover(); p != nil {
			res = compileResult{err: fmt.Errorf("the compiler panicked: %v", p)}
		}
	}()
	r, err := c.Compile(ctx, req)
	if err == nil && len(r.Code) == 0 {
		err = errors.New("the compiler returned no code")
	}
	return compileResult{r.Code, err}
}

// fault makes of an error the diagnostic of the unit's source.
func (s *unitState) fault(err error) *diag.Diagnostic {
	var d *diag.Diagnostic
	if errors.As(err, &d) {
		at := *d
		at.Path = s.source
		return &at
	}
	return &diag.Diagnostic{Path: s.source, Message: cause(err)}
}

// unverifiable says in a line why a source has no code to compare with.
func unverifiable(err error) string {
	var d *diag.Diagnostic
	if !errors.As(err, &d) {
		return "the compiler failed: " + cause(err)
	}
	at := ""
	if d.Line > 0 {
		at = fmt.Sprintf("line %d: ", d.Line)
	}
	return fmt.Sprintf("a cache whose source does not compile: %s%s: %s", at, d.Type, d.Message)
}

// wordList words a list of modes: "checked-hash or timestamp".
func wordList(modes []pyc.Mode) string {
	s := ""
	for i, m := range modes {
		switch {
		case i == 0:
		case i == len(modes)-1:
			s += " or "
		default:
			s += ", "
		}
		s += m.String()
	}
	return s
}

// quoteShort quotes a text of unknown origin for a message.
func quoteShort(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
