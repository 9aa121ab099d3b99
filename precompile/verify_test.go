package precompile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// stubCompiler makes real code objects that tell what went into them, so that
// the verifier's tests need no Python: a module with the source among its
// constants, the level, and a function of its own.
type stubCompiler struct {
	target pyc.Version
	calls  atomic.Int64
}

func (c *stubCompiler) Info() backend.Info {
	m, _ := pyc.MagicOf(c.target)
	return backend.Info{Name: "stub", Target: c.target, Magic: m}
}

func (c *stubCompiler) Close() error { return nil }

func (c *stubCompiler) Compile(_ context.Context, req backend.Request) (backend.Result, error) {
	c.calls.Add(1)
	switch {
	case bytes.HasPrefix(req.Source, []byte("syntax error")):
		return backend.Result{}, &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: 1, Col: 8}
	case bytes.HasPrefix(req.Source, []byte("crash")):
		return backend.Result{}, fmt.Errorf("the interpreter crashed: signal 11")
	case bytes.HasPrefix(req.Source, []byte("panic")):
		panic("index out of range")
	}
	return backend.Result{Code: stubCode(c.target, string(req.Source), req.Filename, req.Optimize)}, nil
}

func stubProfile(v pyc.Version) marshal.Profile {
	p, err := marshal.ProfileOf(v.Implementation == pyc.PyPy, v.Major, v.Minor)
	if err != nil {
		panic(err)
	}
	return p
}

func stubModule(v pyc.Version, source, filename string, level int) *marshal.Value {
	file := marshal.NewStr(filename, false)
	function := stubCodeObject(v, "f", file, marshal.NewTuple(marshal.None(), marshal.NewStr("inner of "+source, false)))
	return stubCodeObject(v, "<module>", file, marshal.NewTuple(
		marshal.NewStr(source, false), marshal.NewInt(int64(level)), function,
		marshal.NewFrozenSet(marshal.NewStr("a", true), marshal.NewStr("b", true))))
}

func stubCodeObject(v pyc.Version, name string, file, consts *marshal.Value) *marshal.Value {
	c := &marshal.Code{
		StackSize: 1, FirstLineNo: 1, Bytecode: marshal.NewBytes(stubBytecode), Consts: consts,
		Names: marshal.NewTuple(), FileName: file, Name: marshal.NewStr(name, true), LineTable: marshal.NewBytes("\xf0\x03\x01"),
	}
	if p := stubProfile(v); p.HasLocalsPlus() {
		c.LocalsPlusNames, c.LocalsPlusKinds = marshal.NewTuple(), marshal.NewBytes("")
		c.QualName, c.ExceptionTable = marshal.NewStr(name, true), marshal.NewBytes("")
	} else {
		c.VarNames, c.FreeVars, c.CellVars = marshal.NewTuple(), marshal.NewTuple(), marshal.NewTuple()
	}
	return marshal.NewCode(c)
}

func stubCode(v pyc.Version, source, filename string, level int) []byte {
	b, err := marshal.Append(nil, stubModule(v, source, filename, level), stubProfile(v))
	if err != nil {
		panic(err)
	}
	return b
}

var (
	v313 = pyc.Version{Major: 3, Minor: 13, Patch: pyc.AnyPatch}
	v312 = pyc.Version{Major: 3, Minor: 12, Patch: pyc.AnyPatch}
)

// stubBytecode is what every stub code object runs.
const stubBytecode = "\x95\x00g\x00"

// planted makes a cache of pkg/a.py with the header of one source and the code
// of another.
func planted(mode pyc.Mode, of, code string) string {
	return stubCache(v313, mode, of, "pkg/a.py", 0)[:pyc.HeaderSize] + stubCache(v313, mode, code, "pkg/a.py", 0)[pyc.HeaderSize:]
}

// stubTime is the modification time of every file that the tests lay out.
var stubTime = time.Date(2026, 3, 1, 12, 30, 17, 0, time.UTC)

// stubCache makes the whole file of a right cache.
func stubCache(v pyc.Version, mode pyc.Mode, source, filename string, level int) string {
	magic, _ := pyc.MagicOf(v)
	h := pyc.NewHeader(magic, mode, []byte(source), pyc.SourceStamp{MTime: stubTime, Size: int64(len(source))})
	return string(append(h.Append(nil), stubCode(v, source, filename, level)...))
}

// world is files by slash-separated path.
type world map[string]string

// with returns a copy of w in which one file is other than it was.
func (w world) with(name, content string) world {
	c := maps.Clone(w)
	c[name] = content
	return c
}

func (w world) without(name string) world {
	c := maps.Clone(w)
	delete(c, name)
	return c
}

func (w world) names() []string { return slices.Sorted(maps.Keys(w)) }

// cleanWorld is a package of three modules with right caches for 3.13.
func cleanWorld(mode pyc.Mode) world {
	w := world{"pkg/__init__.py": "", "pkg/a.py": "x = 1\n", "pkg/sub/b.py": "def f(): pass\n"}
	for _, name := range w.names() {
		dir, base := path.Split(name)
		w[dir+"__pycache__/"+pyc.CacheName(base, "cpython-313", 0)] = stubCache(v313, mode, w[name], name, 0)
	}
	return w
}

// media are the things that a world can be laid out as. Each returns the path
// to verify and what stands before a name in the report.
var media = map[string]func(t testing.TB, w world) (path, prefix string){
	"folder": func(t testing.TB, w world) (string, string) {
		dir := t.TempDir()
		layOut(t, dir, w)
		return dir, dir + "/"
	},
	"wheel": func(t testing.TB, w world) (string, string) { return laidOutIn(t, "w.whl", zipOf(t, w, "")) },
	"pex": func(t testing.TB, w world) (string, string) {
		return laidOutIn(t, "app", zipOf(t, w, "#!/usr/bin/env python3.13\n"))
	},
	"layer": func(t testing.TB, w world) (string, string) { return laidOutIn(t, "layer.tar", tarOf(t, w)) },
	"gzipped layer": func(t testing.TB, w world) (string, string) {
		return laidOutIn(t, "sha256-0123", gzipOf(t, tarOf(t, w)))
	},
}

func layOut(t testing.TB, dir string, w world) {
	t.Helper()
	for _, name := range w.names() {
		p := filepath.Join(dir, filepath.FromSlash(name))
		check(t, os.MkdirAll(filepath.Dir(p), 0o777))
		check(t, os.WriteFile(p, []byte(w[name]), 0o666))
		check(t, os.Chtimes(p, stubTime, stubTime))
	}
}

func laidOutIn(t testing.TB, name string, data []byte) (string, string) {
	t.Helper()
	p := filepath.Join(t.TempDir(), name)
	check(t, os.WriteFile(p, data, 0o666))
	return p, p + "!"
}

func zipOf(t testing.TB, w world, before string) []byte {
	t.Helper()
	var buf bytes.Buffer
	buf.WriteString(before)
	zw := zip.NewWriter(&buf)
	zw.SetOffset(int64(len(before)))
	for _, name := range w.names() {
		f, err := zw.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: stubTime})
		check(t, err)
		_, err = f.Write([]byte(w[name]))
		check(t, err)
	}
	check(t, zw.Close())
	return buf.Bytes()
}

func tarOf(t testing.TB, w world) []byte {
	t.Helper()
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	for _, name := range w.names() {
		check(t, tw.WriteHeader(&tar.Header{Name: "./" + name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(w[name])), ModTime: stubTime}))
		_, err := tw.Write([]byte(w[name]))
		check(t, err)
	}
	check(t, tw.Close())
	return buf.Bytes()
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	zw := gzip.NewWriter(&buf)
	_, err := zw.Write(data)
	check(t, err)
	check(t, zw.Close())
	return buf.Bytes()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// target313 is 3.13 with a compiler.
func target313() VerifyTarget {
	c := &stubCompiler{target: v313}
	return VerifyTarget{Version: v313, Magic: c.Info().Magic, Compiler: c}
}

func target312() VerifyTarget {
	c := &stubCompiler{target: v312}
	return VerifyTarget{Version: v312, Magic: c.Info().Magic, Compiler: c}
}

// verified runs a verification, and returns a line for each finding that is not
// plainly OK and for each problem: "verdict path: detail". Names are cut to
// what follows prefix.
func verified(t testing.TB, o VerifyOptions, prefix string) (*VerifyReport, []string) {
	t.Helper()
	if len(o.Targets) == 0 {
		o.Targets = []VerifyTarget{target313()}
	}
	r, err := Verify(context.Background(), o)
	check(t, err)
	lines := []string{}
	for i := range r.Findings {
		f := &r.Findings[i]
		name := f.Cache
		if name == "" {
			name = f.Source
		}
		if f.Verdict != VerdictOK || f.Detail != "" || !f.Allowed {
			lines = append(lines, fmt.Sprintf("%s %s: %s", f.Verdict, strings.TrimPrefix(name, prefix), f.Detail))
		}
		if want := f.Verdict == VerdictOK; f.Allowed != want && len(o.Allow)+len(o.IgnoreErrors) == 0 && f.Verdict != VerdictUnchecked {
			t.Errorf("%s %s: Allowed is %v", f.Verdict, name, f.Allowed)
		}
	}
	for _, d := range r.Problems {
		lines = append(lines, fmt.Sprintf("problem %s: %s", strings.TrimPrefix(d.Path, prefix), d.Message))
	}
	return r, lines
}

// expect compares lines; "…" in an expected line stands for anything.
func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	same := len(got) == len(want)
	for i := range want {
		start, end, open := strings.Cut(want[i], "…")
		same = same && i < len(got) && (got[i] == want[i] || open && strings.HasPrefix(got[i], start) && strings.HasSuffix(got[i], end))
	}
	if !same {
		t.Errorf("got:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// everyMedium runs a test for a world laid out as each of the media.
func everyMedium(t *testing.T, w world, test func(t *testing.T, path, prefix string)) {
	for name, lay := range media {
		t.Run(name, func(t *testing.T) {
			p, prefix := lay(t, w)
			test(t, p, prefix)
		})
	}
}

func TestVerifyClean(t *testing.T) {
	for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash, pyc.Timestamp} {
		t.Run(mode.String(), func(t *testing.T) {
			everyMedium(t, cleanWorld(mode), func(t *testing.T, path, prefix string) {
				r, got := verified(t, VerifyOptions{Selection: Selection{Paths: []string{path}}, Modes: []pyc.Mode{mode}}, prefix)
				expect(t, got)
				if !r.OK() || r.Sources != 3 || r.Count(VerdictOK) != 3 || !r.Rebuilt[0] {
					t.Errorf("OK %v, %d sources, %d ok, rebuilt %v; want true, 3, 3, [true]", r.OK(), r.Sources, r.Count(VerdictOK), r.Rebuilt)
				}
			})
		})
	}
}

const (
	cacheA = "pkg/__pycache__/a.cpython-313.pyc"
	cacheB = "pkg/sub/__pycache__/b.cpython-313.pyc"
)

// TestVerifyAttacks plants one wrong cache at a time in a clean world.
func TestVerifyAttacks(t *testing.T) {
	clean := cleanWorld(pyc.CheckedHash)
	cache := clean[cacheA]
	bytecode := strings.Index(cache, stubBytecode)
	for _, c := range []struct {
		name  string
		world world
		want  []string
	}{
		{"no cache", clean.without(cacheA), []string{"missing " + cacheA + ": no cache for 3.13 at level 0"}},
		{"no source", clean.without("pkg/a.py"), []string{"orphan " + cacheA + ": no source a.py"}},
		{"stale hash, unchecked", clean.with(cacheA, planted(pyc.UncheckedHash, "x = 0\n", "x = 1\n")), []string{
			"stale " + cacheA + ": source hash …; the code is what the source compiles to"}},
		{"time", clean.with(cacheA, cacheWithTime(stubTime.Add(time.Second), 6)), []string{
			"stale " + cacheA + ": source time 2026-03-01T12:30:18Z in the header, the source has 2026-03-01T12:30:17Z; the code is what the source compiles to"}},
		{"size", clean.with(cacheA, cacheWithTime(stubTime, 7)), []string{
			"stale " + cacheA + ": source size 7 in the header, the source has 6 bytes; the code is what the source compiles to"}},
		{"another magic", clean.with(cacheA, stubCache(v312, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 0)), []string{
			"wrong-magic " + cacheA + ": magic number 3531 (3.12), want 3571 (3.13)"}},
		{"no magic", clean.with(cacheA, "\x7fELF"+cache[4:]), []string{
			"wrong-magic " + cacheA + ": magic number 7f 45 4c 46 (not a magic number), want 3571 (3.13)"}},
		{"flags", clean.with(cacheA, cache[:4]+"\x02"+cache[5:]), []string{
			"corrupt " + cacheA + ": invalid flags in header: 0x2"}},
		{"an unknown flag", clean.with(cacheA, cache[:4]+"\x05"+cache[5:]), []string{
			"corrupt " + cacheA + ": invalid flags in header: 0x5"}},
		{"empty", clean.with(cacheA, ""), []string{"corrupt " + cacheA + ": truncated header: 0 bytes, want 16"}},
		{"half a magic", clean.with(cacheA, cache[:2]), []string{"corrupt " + cacheA + ": truncated header: 2 bytes, want 16"}},
		{"half a header", clean.with(cacheA, cache[:9]), []string{"corrupt " + cacheA + ": truncated header: 9 bytes, want 16"}},
		{"no body", clean.with(cacheA, cache[:16]), []string{"corrupt " + cacheA + ": …"}},
		{"half a body", clean.with(cacheA, cache[:bytecode+2]), []string{"corrupt " + cacheA + ": …"}},
		{"all but a byte", clean.with(cacheA, cache[:len(cache)-1]), []string{"corrupt " + cacheA + ": …"}},
		{"a byte more", clean.with(cacheA, cache+"\x00"), []string{"corrupt " + cacheA + ": …"}},
		{"not code", clean.with(cacheA, cache[:16]+"N"), []string{"corrupt " + cacheA + ": not a code object but None"}},
		{"nested beyond reason", clean.with(cacheA, cache[:16]+strings.Repeat(")\x01", 1<<20)), []string{"corrupt " + cacheA + ": …"}},
		{"a claim of 2 GB", clean.with(cacheA, cache[:16]+"s\xff\xff\xff\x7f"), []string{"corrupt " + cacheA + ": …"}},
		{"a name with NUL", clean.with(cacheA, stubCache(v313, pyc.CheckedHash, "x = 1\n", "a\x00b", 0)), []string{
			`mismatch ` + cacheA + `: co_filename "a\x00b": no compiler takes a name with a NUL in it`}},
		{"a name of the __pycache__ package's", clean.with("pkg/__pycache__/evil.pyc", cache), []string{
			"orphan pkg/__pycache__/evil.pyc: no import of a source looks for a cache of that name"}},
		{"a module without source", clean.with("pkg/evil.pyc", cache), []string{"orphan pkg/evil.pyc: no source evil.py"}},
		{"a right second cache beside the source", clean.with("pkg/a.pyc", cache), nil},
		{"Python 2's cache", clean.with("pkg/a.pyc", "\x03\xf3\r\n\x00\x00\x00\x00c"), []string{
			"unchecked pkg/a.pyc: its magic number 62211 (2.7) is not of a target asked for"}},
		{"Python 2's module without source", clean.with("pkg/old.pyc", "\x03\xf3\r\n\x00\x00\x00\x00c"), []string{
			"wrong-magic pkg/old.pyc: magic number 62211 (2.7) is not of a target asked for; no source old.py"}},
		{"a corrupt module without source", clean.with("pkg/old.pyc", cache[:20]), []string{"corrupt pkg/old.pyc: …"}},
		{"a level not asked for, right", clean.with("pkg/__pycache__/a.cpython-313.opt-1.pyc", stubCache(v313, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 1)), nil},
		{"a level of nobody's", clean.with("pkg/__pycache__/a.cpython-313.opt-x.pyc", cache), []string{
			`unchecked pkg/__pycache__/a.cpython-313.opt-x.pyc: no compiler has an optimise level "x"`}},
		{"another tag", clean.with("pkg/__pycache__/a.cpython-312.pyc", "whatever"), []string{
			`unchecked pkg/__pycache__/a.cpython-312.pyc: its tag "cpython-312" is not of a target asked for`}},
		{"another tag without source", clean.with("pkg/__pycache__/gone.cpython-312.pyc", "whatever"), []string{
			`unchecked pkg/__pycache__/gone.cpython-312.pyc: its tag "cpython-312" is not of a target asked for; no source gone.py`}},
		{"a source that does not compile", clean.with("pkg/a.py", "syntax error"), []string{
			"unverifiable " + cacheA + ": a cache whose source does not compile: line 1: SyntaxError: invalid syntax; source hash …"}},
		{"a compiler that fails", clean.with("pkg/a.py", "crash"), []string{
			"unverifiable " + cacheA + ": the compiler failed: the interpreter crashed: signal 11; source hash …"}},
		{"a compiler that panics", clean.with("pkg/a.py", "panic"), []string{
			"unverifiable " + cacheA + ": the compiler failed: the compiler panicked: index out of range; source hash …"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			everyMedium(t, c.world, func(t *testing.T, path, prefix string) {
				_, got := verified(t, VerifyOptions{Selection: Selection{Paths: []string{path}}}, prefix)
				expect(t, got, c.want...)
			})
		})
	}
}

func cacheWithTime(mtime time.Time, size int64) string {
	magic, _ := pyc.MagicOf(v313)
	h := pyc.NewHeader(magic, pyc.Timestamp, nil, pyc.SourceStamp{MTime: mtime, Size: size})
	return string(append(h.Append(nil), stubCode(v313, "x = 1\n", "pkg/a.py", 0)...))
}
