package precompile

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/archive"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// stubbed lays a world out in a folder that becomes the current one, and
// returns nothing: names are as in the world.
func stubbed(t *testing.T, w world) {
	t.Helper()
	dir := t.TempDir()
	layOut(t, dir, w)
	t.Chdir(dir)
}

func in(paths ...string) VerifyOptions { return VerifyOptions{Selection: Selection{Paths: paths}} }

func TestVerifyOptionsErrors(t *testing.T) {
	t313 := target313()
	for _, c := range []struct {
		o    VerifyOptions
		want string
	}{
		{VerifyOptions{}, "no target"},
		{VerifyOptions{Targets: []VerifyTarget{t313, t313}}, "caches of one name (cpython-313)"},
		{VerifyOptions{Targets: []VerifyTarget{{Version: v313}}}, "magic number 00 00 00 00"},
		{VerifyOptions{Targets: []VerifyTarget{{Version: v313, Magic: target312().Magic, Compiler: t313.Compiler}}}, "its compiler 3571"},
		{VerifyOptions{Targets: []VerifyTarget{{Version: pyc.Version{Major: 3, Minor: 7}, Magic: t313.Magic}}}, "not known"},
		{VerifyOptions{Targets: []VerifyTarget{t313}, Optimize: []int{3}}, "optimize level 3"},
		{VerifyOptions{Targets: []VerifyTarget{t313}, Optimize: []int{0, 1}, Layout: LayoutLegacy}, "legacy layout holds one"},
		{VerifyOptions{Targets: []VerifyTarget{t313}, Allow: []Verdict{"fine"}}, `"fine" is not a verdict`},
		{VerifyOptions{Targets: []VerifyTarget{t313}, IgnoreErrors: []string{"["}}, "ignore-errors"},
		{VerifyOptions{Targets: []VerifyTarget{t313}, Selection: Selection{Include: []string{"["}}}, "include"},
		{VerifyOptions{Targets: []VerifyTarget{t313}, Selection: Selection{Exclude: []string{"["}}}, "exclude"},
	} {
		r, err := Verify(context.Background(), c.o)
		var oe *OptionsError
		if r != nil || !errors.As(err, &oe) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, error %v; want an OptionsError with %q", r, err, c.want)
		}
	}
}

func TestVerifyModes(t *testing.T) {
	stubbed(t, cleanWorld(pyc.UncheckedHash))
	o := in("pkg/sub")
	o.Modes = []pyc.Mode{pyc.CheckedHash, pyc.Timestamp}
	_, got := verified(t, o, "")
	expect(t, got, "wrong-mode "+cacheB+": mode unchecked-hash, want checked-hash or timestamp")
}

func TestVerifyWithoutCompiler(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash)
	stubbed(t, w.with(cacheB, w[cacheB][:40]))
	o := in("pkg")
	o.Targets = []VerifyTarget{{Version: v313, Magic: target313().Magic}}
	r, got := verified(t, o, "")
	expect(t, got, "corrupt "+cacheB+": …")
	if r.Rebuilt[0] {
		t.Error("Rebuilt, without a compiler")
	}
}

func TestVerifyLevelsAndTargets(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash).with("pkg/__pycache__/a.cpython-312.opt-2.pyc", stubCache(v312, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 2))
	stubbed(t, w)
	o := in("pkg/a.py")
	o.Optimize = []int{2, 0, 2}
	o.Targets = []VerifyTarget{target313(), target312()}
	r, got := verified(t, o, "")
	expect(t, got,
		"missing pkg/__pycache__/a.cpython-313.opt-2.pyc: no cache for 3.13 at level 2",
		"missing pkg/__pycache__/a.cpython-312.pyc: no cache for 3.12 at level 0")
	if n := r.Count(VerdictOK); n != 2 {
		t.Errorf("%d are ok, want 2", n)
	}
}

// TestVerifyCompilesOnce holds an audit to the cost of compiling.
func TestVerifyCompilesOnce(t *testing.T) {
	for name, lay := range media {
		w := cleanWorld(pyc.CheckedHash)
		w["pkg/a.pyc"] = w[cacheA]
		w["pkg/__pycache__/a.cpython-313.opt-1.pyc"] = stubCache(v313, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 1)
		path, prefix := lay(t, w)
		target := target313()
		o := in(path)
		o.Targets = []VerifyTarget{target}
		_, got := verified(t, o, prefix)
		expect(t, got)
		if n := target.Compiler.(*stubCompiler).calls.Load(); n != 4 {
			t.Errorf("%s: compiled %d times for three sources, one of them at two levels", name, n)
		}
	}
}

func TestVerifyAllow(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash).without(cacheA).without("pkg/sub/b.py")
	stubbed(t, w)
	for _, c := range []struct {
		allow []Verdict
		ok    bool
	}{
		{nil, false}, {[]Verdict{VerdictMissing}, false}, {[]Verdict{VerdictMissing, VerdictOrphan}, true},
	} {
		o := in("pkg")
		o.Allow = c.allow
		r, got := verified(t, o, "")
		expect(t, got, "missing "+cacheA+": …", "orphan "+cacheB+": no source b.py")
		if r.OK() != c.ok {
			t.Errorf("allowing %v: OK is %v", c.allow, r.OK())
		}
	}
}

func TestVerifyRequireAll(t *testing.T) {
	stubbed(t, cleanWorld(pyc.CheckedHash).with("pkg/__pycache__/a.cpython-38.pyc", "?").with("pkg/z.whl", "?"))
	o := in("pkg")
	r, got := verified(t, o, "")
	want := []string{
		`unchecked pkg/__pycache__/a.cpython-38.pyc: its tag "cpython-38" is not of a target asked for`,
		"unchecked pkg/z.whl: an archive inside a folder; it is opened where it is named itself"}
	expect(t, got, want...)
	if !r.OK() {
		t.Error("unchecked caches fail by themselves")
	}
	o.RequireAll = true
	r, got = verified(t, o, "")
	expect(t, got, want...)
	if r.OK() {
		t.Error("RequireAll lets unchecked caches pass")
	}
}

func TestVerifyIgnoreErrors(t *testing.T) {
	w := world{"a/bad.py": "syntax error", "a/good.py": "x", "b/bad.py": "syntax error"}
	// No source that does not compile has a cache, so this one is planted.
	w["a/planted.py"] = "syntax error again"
	w["a/__pycache__/planted.cpython-313.pyc"] = stubCache(v313, pyc.UncheckedHash, w["a/planted.py"], "a/planted.py", 0)
	stubbed(t, w)
	o := in(".")
	o.IgnoreErrors = []string{"a/*"}
	r, got := verified(t, o, "./")
	expect(t, got,
		"missing a/__pycache__/bad.cpython-313.pyc: no cache for 3.13 at level 0; tolerated, since the source does not compile",
		"missing a/__pycache__/good.cpython-313.pyc: no cache for 3.13 at level 0",
		"unverifiable a/__pycache__/planted.cpython-313.pyc: a cache whose source does not compile: …",
		"missing b/__pycache__/bad.cpython-313.pyc: no cache for 3.13 at level 0")
	allowed := []bool{}
	for _, f := range r.Findings {
		allowed = append(allowed, f.Allowed)
	}
	if want := []bool{true, false, false, false}; !reflect.DeepEqual(allowed, want) {
		t.Errorf("allowed: %v, want %v", allowed, want)
	}
	if f := r.Findings[0].Fault; f == nil || f.Line != 1 || f.Path != "./a/bad.py" {
		t.Errorf("the fault is %+v", f)
	}
}

func TestVerifyFailFast(t *testing.T) {
	w := world{}
	for i := range 200 {
		w[fmt.Sprintf("p/m%03d.py", i)] = "x"
	}
	stubbed(t, w)
	o := in("p")
	o.FailFast = true
	r, _ := verified(t, o, "")
	if n := len(r.Findings); n != 1 || r.OK() {
		t.Errorf("%d findings, OK %v", n, r.OK())
	}
}

func TestVerifyCancelled(t *testing.T) {
	stubbed(t, cleanWorld(pyc.CheckedHash))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	o := in("pkg")
	o.Targets = []VerifyTarget{target313()}
	if r, err := Verify(ctx, o); !errors.Is(err, context.Canceled) || r == nil {
		t.Errorf("report %v, error %v; want a report and context.Canceled", r, err)
	}
}

func TestVerifyProgress(t *testing.T) {
	everyMedium(t, cleanWorld(pyc.CheckedHash).without(cacheA), func(t *testing.T, path, prefix string) {
		o := in(path)
		var done, failed int
		o.Progress = func(p Progress) {
			if done++; p.Done != done || p.Total != 3 {
				t.Errorf("%d of %d, want %d of 3", p.Done, p.Total, done)
			}
			if p.Failed {
				failed++
			}
		}
		verified(t, o, prefix)
		if done != 3 || failed != 1 {
			t.Errorf("%d done, %d failed; want 3 and 1", done, failed)
		}
	})
}

// TestVerifyDeterministic compares whole reports of one and of many jobs.
func TestVerifyDeterministic(t *testing.T) {
	w := world{}
	for i := range 120 {
		name := fmt.Sprintf("p%d/m%03d.py", i%7, i)
		w[name] = fmt.Sprint("x = ", i)
		dir, base := filepath.Split(name)
		cache := stubCache(v313, pyc.CheckedHash, w[name], name, 0)
		switch i % 5 {
		case 0:
			cache = cache[:30]
		case 1:
			delete(w, name)
		case 2:
			continue
		}
		w[dir+"__pycache__/"+pyc.CacheName(base, "cpython-313", 0)] = cache
	}
	everyMedium(t, w, func(t *testing.T, path, prefix string) {
		var first []Finding
		for _, jobs := range []int{1, 2, 16} {
			o := in(path)
			o.Jobs = jobs
			r, _ := verified(t, o, prefix)
			if first == nil {
				first = r.Findings
			}
			if !reflect.DeepEqual(r.Findings, first) {
				t.Errorf("%d jobs find something else than one", jobs)
			}
		}
	})
}

func TestVerifySelection(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash)
	w["pkg/__pycache__/gone.cpython-313.pyc"] = w[cacheA]
	w["pkg/.hidden/c.py"] = "c"
	w["pkg/tool.pyw"] = "tool"
	stubbed(t, w)
	all := []string{"orphan pkg/__pycache__/gone.cpython-313.pyc: no source gone.py"}
	for _, c := range []struct {
		name    string
		sel     Selection
		sources int
		want    []string
	}{
		{"a folder", Selection{Paths: []string{"pkg"}}, 3, all},
		{"a file", Selection{Paths: []string{"pkg/a.py"}}, 1, nil},
		{"a glob", Selection{Paths: []string{"pkg/**/*.py"}}, 3, nil},
		{"a list", Selection{Files: []string{"pkg/a.py"}}, 1, nil},
		{"no recursion", Selection{Paths: []string{"pkg"}, NoRecurse: true}, 2, all},
		{"an excluded source", Selection{Paths: []string{"pkg"}, Exclude: []string{"a.py", "sub"}}, 1, []string{
			"unchecked " + cacheA + ": its source is not selected", all[0]}},
		{"other names", Selection{Paths: []string{"pkg"}, Include: []string{"*.pyw"}, Exclude: []string{"sub"}}, 1, []string{
			"unchecked pkg/__pycache__/__init__.cpython-313.pyc: its source is not selected",
			"unchecked " + cacheA + ": its source is not selected", all[0],
			"missing pkg/__pycache__/tool.cpython-313.pyc: no cache for 3.13 at level 0"}},
		{"a cache", Selection{Paths: []string{cacheA}}, 1, nil},
		{"an orphan", Selection{Paths: []string{"pkg/__pycache__/gone.cpython-313.pyc"}}, 0, all},
		{"a cache folder", Selection{Paths: []string{"pkg/__pycache__"}}, 2, all},
		{"a cache and its source", Selection{Paths: []string{cacheA, "pkg/a.py"}}, 1, nil},
		{"nothing there", Selection{Paths: []string{"none"}}, 0, []string{"problem none: no such file or directory"}},
		{"nothing in it", Selection{Paths: []string{"pkg"}, Exclude: []string{"*"}}, 0, []string{
			"unchecked pkg/__pycache__/__init__.cpython-313.pyc: its source is not selected", "unchecked " + cacheA + ": its source is not selected", all[0]}},
		{"no path", Selection{}, 0, []string{"problem : nothing to verify: no path was given"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, got := verified(t, VerifyOptions{Selection: c.sel}, "")
			expect(t, got, c.want...)
			if r.Sources != c.sources {
				t.Errorf("%d sources, want %d", r.Sources, c.sources)
			}
		})
	}
}

// TestVerifyOddNames has sources of names whose caches importlib calls oddly.
func TestVerifyOddNames(t *testing.T) {
	w := world{"a.b.py": "x", "script": "y", ".py": "z"}
	for name, cache := range map[string]string{"a.b.py": "a.b.cpython-313.pyc", "script": "scriptcpython-313.pyc", ".py": "py.cpython-313.pyc"} {
		w["__pycache__/"+cache] = stubCache(v313, pyc.CheckedHash, w[name], name, 0)
	}
	stubbed(t, w)
	sel := Selection{Paths: []string{"."}, Include: []string{"*"}, Exclude: []string{"*.pyc"}}
	r, got := verified(t, VerifyOptions{Selection: sel}, "./")
	expect(t, got)
	if n := r.Count(VerdictOK); n != 3 {
		t.Errorf("%d are ok, want 3", n)
	}
	// Two sources of one cache cannot both be right.
	stubbed(t, world{"a.py": "x", "a.pyw": "y", "__pycache__/a.cpython-313.pyc": stubCache(v313, pyc.CheckedHash, "x", "a.py", 0)})
	r, _ = verified(t, VerifyOptions{Selection: Selection{Paths: []string{"."}, Include: []string{"*.py", "*.pyw"}}}, "./")
	if r.Sources != 2 || r.Count(VerdictOK) != 1 || r.OK() {
		t.Errorf("%+v", r.Findings)
	}
}

func TestVerifyNothing(t *testing.T) {
	stubbed(t, world{"empty/readme": "", "w.zip": string(zipOf(t, world{"readme": ""}, ""))})
	for _, p := range []string{"empty", "w.zip"} {
		r, got := verified(t, in(p), "")
		expect(t, got, "problem "+p+": nothing to verify: no source and no cache is here")
		if r.OK() {
			t.Error("nothing was verified, and that is OK")
		}
	}
}

func TestVerifyGlobOfArchives(t *testing.T) {
	good := string(zipOf(t, cleanWorld(pyc.CheckedHash), ""))
	stubbed(t, world{"dist/a.whl": good, "dist/b.whl": "no zip", "dist/c.txt": ""})
	r, got := verified(t, in("dist/*.whl"), "")
	expect(t, got, "problem dist/b.whl: not a valid zip")
	if r.Sources != 3 {
		t.Errorf("%d sources, want 3", r.Sources)
	}
	_, got = verified(t, in("none/*.whl"), "")
	expect(t, got, "problem none/*.whl: matches nothing: none/: …")
}

// TestVerifyLegacy has the caches beside the sources, and without sources.
func TestVerifyLegacy(t *testing.T) {
	w := world{"a.py": "x", "sub/b.py": "y"}
	w["a.pyc"] = stubCache(v313, pyc.CheckedHash, "x", "a.py", 1)
	w["gone.pyc"] = stubCache(v313, pyc.CheckedHash, "x", "gone.py", 1)
	w["old.pyc"] = stubCache(v312, pyc.CheckedHash, "x", "old.py", 1)
	everyMedium(t, w, func(t *testing.T, path, prefix string) {
		o := in(path)
		o.Layout, o.Optimize = LayoutLegacy, []int{1}
		_, got := verified(t, o, prefix)
		expect(t, got,
			"orphan gone.pyc: no source gone.py",
			"wrong-magic old.pyc: magic number 3531 (3.12), want 3571 (3.13); no source old.py",
			"missing sub/b.pyc: no cache for 3.13 at level 1")
	})
}

// TestVerifyOutDir has the caches in a mirrored tree, with leftovers in it.
func TestVerifyOutDir(t *testing.T) {
	w := world{"src/a.py": "x", "src/sub/b.py": "y", "src/skip/c.py": "z"}
	stubbed(t, w)
	cwd, err := os.Getwd()
	check(t, err)
	out := "out" + cwd + "/src/"
	layOut(t, ".", world{
		out + "a.cpython-313.pyc":             stubCache(v313, pyc.CheckedHash, "x", "src/a.py", 0),
		out + "gone.cpython-313.pyc":          stubCache(v313, pyc.CheckedHash, "x", "src/gone.py", 0),
		out + "old/deep/m.cpython-313.pyc":    stubCache(v313, pyc.CheckedHash, "x", "src/m.py", 0),
		out + "skip/c.cpython-313.pyc":        "not looked at",
		"src/__pycache__/a.cpython-313.pyc":   "whatever",
		"src/evil.pyc":                        stubCache(v313, pyc.CheckedHash, "x", "src/gone.py", 0),
		out + "node_modules/x.cpython-39.pyc": "",
	})
	o := in("src")
	o.OutDir, o.Selection.Exclude = "out", []string{"skip"}
	_, got := verified(t, o, "")
	expect(t, got,
		"orphan "+out+"gone.cpython-313.pyc: no source gone.py",
		"orphan "+out+"old/deep/m.cpython-313.pyc: no source m.py",
		"unchecked src/__pycache__/a.cpython-313.pyc: its cache is asked for below out",
		"orphan src/evil.pyc: no source evil.py",
		"missing "+out+"sub/b.cpython-313.pyc: no cache for 3.13 at level 0")
}

func TestVerifyOutDirLegacy(t *testing.T) {
	stubbed(t, world{"one/a.py": "x", "two/sub/b.py": "y", "out/a.pyc": stubCache(v313, pyc.CheckedHash, "x", "one/a.py", 0),
		"out/sub/b.pyc": stubCache(v313, pyc.CheckedHash, "y", "two/sub/b.py", 0), "out/sub/gone.pyc": "", "out/more/m.pyc": ""})
	o := in("one", "two")
	o.OutDir, o.Layout = "out", LayoutLegacy
	_, got := verified(t, o, "")
	expect(t, got,
		"corrupt out/more/m.pyc: truncated header: 0 bytes, want 16; no source m.py",
		"corrupt out/sub/gone.pyc: truncated header: 0 bytes, want 16; no source gone.py")
	// The tree may lie in the root that is walked.
	o = in(".")
	o.OutDir, o.Selection.Exclude = "out", []string{"two"}
	r, got := verified(t, o, "")
	if r.Count(VerdictOrphan) != 0 || r.Count(VerdictMissing) != 1 {
		t.Errorf("got %q", got)
	}
}

// TestVerifyTimeOfArchives has timestamp caches in zips that know times to two
// seconds and in no zone.
func TestVerifyTimeOfArchives(t *testing.T) {
	for _, c := range []struct {
		name  string
		mtime time.Time
		want  []string
	}{
		{"UTC", stubTime, nil},
		{"another zone", stubTime.Add(5*time.Hour + 45*time.Minute), nil},
		{"no zone", stubTime.Add(7 * time.Minute), []string{"stale " + "a.pyc: source time 2026-03-01T12:37:17Z in the header, the source has 2026-03-01T12:30:16Z; …"}},
		{"too far", stubTime.Add(15 * time.Hour), []string{"stale " + "a.pyc: source time …"}},
	} {
		var buf bytes.Buffer
		zw := zip.NewWriter(&buf)
		for name, content := range map[string]string{"a.py": "x = 1\n", "a.pyc": cacheWithTime(c.mtime, 6)} {
			h := &zip.FileHeader{Name: name}
			h.ModifiedDate, h.ModifiedTime = 46<<9|3<<5|1, 12<<11|30<<5|17/2
			f, err := zw.CreateHeader(h)
			check(t, err)
			_, err = f.Write([]byte(content))
			check(t, err)
		}
		check(t, zw.Close())
		path, prefix := laidOutIn(t, "a.zip", buf.Bytes())
		o := in(path)
		o.Layout = LayoutLegacy
		_, got := verified(t, o, prefix)
		expect(t, got, c.want...)
	}
}

func TestVerifySourceDateEpoch(t *testing.T) {
	epoch := stubTime.Add(-time.Hour)
	stubbed(t, world{"a.py": "x = 1\n", "a.pyc": cacheWithTime(epoch, 6)})
	o := in("a.py")
	o.Layout, o.SourceDateEpoch = LayoutLegacy, &epoch
	_, got := verified(t, o, "")
	expect(t, got)
	o.SourceDateEpoch = nil
	_, got = verified(t, o, "")
	expect(t, got, "stale a.pyc: source time 2026-03-01T11:30:17Z in the header, the source has 2026-03-01T12:30:17Z; …")
}

// TestVerifyTarLinks has sources and caches that are links in a layer.
func TestVerifyTarLinks(t *testing.T) {
	var buf bytes.Buffer
	tw := tar.NewWriter(&buf)
	cache := stubCache(v313, pyc.CheckedHash, "x", "real.py", 0)
	for _, m := range []struct{ name, link, content string }{
		{name: "a.py", link: "lib/real.py"}, {name: "lib/real.py", content: "x"}, {name: "__pycache__/a.cpython-313.pyc", content: cache},
		{name: "b.py", link: "/nowhere.py"}, {name: "__pycache__/b.cpython-313.pyc", content: cache},
		{name: "c.py", content: "x"}, {name: "__pycache__/c.cpython-313.pyc", link: "../../c"},
		{name: "lib/__pycache__/real.cpython-313.pyc", link: "../../__pycache__/a.cpython-313.pyc"},
		{name: ".wh.d.py"}, {name: "__pycache__/d.cpython-313.pyc", content: cache},
	} {
		h := &tar.Header{Name: m.name, Linkname: m.link, Size: int64(len(m.content)), Typeflag: tar.TypeReg, ModTime: stubTime}
		if m.link != "" {
			h.Typeflag = tar.TypeSymlink
		}
		check(t, tw.WriteHeader(h))
		_, err := tw.Write([]byte(m.content))
		check(t, err)
	}
	check(t, tw.Close())
	path, prefix := laidOutIn(t, "layer.tar", buf.Bytes())
	_, got := verified(t, in(path), prefix)
	expect(t, got,
		"orphan __pycache__/d.cpython-313.pyc: no source d.py",
		`unverifiable __pycache__/b.cpython-313.pyc: the source cannot be read: the link leads to "nowhere.py", which is not a file in the archive`,
		"corrupt __pycache__/c.cpython-313.pyc: cannot be read: the link leads out of the archive")
}

// TestVerifyTarInPieces reads a layer in many passes.
func TestVerifyTarInPieces(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash).without(cacheB)
	path, prefix := laidOutIn(t, "layer.tar.gz", gzipOf(t, tarOf(t, w)))
	v, err := newVerifier(VerifyOptions{Targets: []VerifyTarget{target313()}, Selection: Selection{Paths: []string{path}}})
	check(t, err)
	v.fetchAtOnce = 1
	check(t, v.run(context.Background()))
	r := v.report()
	if r.Count(VerdictOK) != 2 || r.Count(VerdictMissing) != 1 || r.Findings[2].Cache != prefix+cacheB {
		t.Errorf("%+v", r.Findings)
	}
}

// TestVerifyArchiveProblems has what is wrong with an archive fail the run,
// whatever the policy allows.
func TestVerifyArchiveProblems(t *testing.T) {
	w := cleanWorld(pyc.CheckedHash).with("../evil.py", "x").with("inner.whl", "x")
	everyMedium(t, w, func(t *testing.T, path, prefix string) {
		if strings.HasSuffix(prefix, "/") {
			return // a folder cannot hold such a name
		}
		if strings.HasSuffix(path, ".tar") {
			// ./../evil.py
			prefix = path + "!"
		}
		o := in(path)
		o.Allow = Verdicts()
		r, got := verified(t, o, prefix)
		expect(t, got, "unchecked inner.whl: an archive inside an archive", `problem …../evil.py: a name with "..", which leads out of the archive or is not the name that it seems`)
		if r.OK() {
			t.Error("a name that leads out is allowed")
		}
	})
	stubbed(t, world{"a.tar.zst": "\x28\xb5\x2f\xfd....", "b.tar.gz": "text that is long enough"})
	_, got := verified(t, in("a.tar.zst", "b.tar.gz"), "")
	expect(t, got, "problem a.tar.zst: zstd-compressed data: "+archive.ErrUnsupported.Error(), "problem b.tar.gz: not valid gzip data")
}

func TestVerifyBombs(t *testing.T) {
	zeros := strings.Repeat("\x00", 3<<20)
	w := world{"a.py": zeros, "__pycache__/a.cpython-313.pyc": stubCache(v313, pyc.CheckedHash, "x", "a.py", 0)}
	for _, data := range []struct {
		name string
		data []byte
		want []string
	}{
		{"a.whl", zipOf(t, w, ""), []string{"unverifiable __pycache__/a.cpython-313.pyc: the source cannot be read: the entry has 3145728 bytes; the limit is 1048576"}},
		{"a.tgz", gzipOf(t, tarOf(t, w)), []string{"problem : the archive unpacks to more than 2097152 bytes, which is the limit for one of its size"}},
	} {
		path, prefix := laidOutIn(t, data.name, data.data)
		v, err := newVerifier(VerifyOptions{Targets: []VerifyTarget{target313()}, Selection: Selection{Paths: []string{path}}})
		check(t, err)
		v.limits = archive.Limits{Entries: 10, Names: 1000, Entry: 1 << 20, Total: 2 << 20, Ratio: 10}
		check(t, v.run(context.Background()))
		var got []string
		r := v.report()
		for _, f := range r.Findings {
			got = append(got, fmt.Sprintf("%s %s: %s", f.Verdict, strings.TrimPrefix(f.Cache, prefix), f.Detail))
		}
		for _, d := range r.Problems {
			got = append(got, fmt.Sprintf("problem %s: %s", strings.TrimPrefix(d.Path, path), d.Message))
		}
		expect(t, got, data.want...)
	}
}

func TestVerifyOddFiles(t *testing.T) {
	stubbed(t, cleanWorld(pyc.CheckedHash))
	if runtime.GOOS == "windows" {
		t.Skip("no links without rights")
	}
	check(t, os.Remove(cacheA))
	check(t, os.Mkdir(cacheA, 0o777))
	check(t, os.Remove(cacheB))
	check(t, os.Symlink("/dev/zero", cacheB))
	_, got := verified(t, in("pkg"), "")
	expect(t, got, "missing "+cacheA+": …", "corrupt "+cacheB+": cannot be read: it is not a regular file")
}

// TestVerifyPrefixes has the name that was compiled in laid down.
func TestVerifyPrefixes(t *testing.T) {
	w := world{"src/a.py": "x"}
	w["src/__pycache__/a.cpython-313.pyc"] = stubCache(v313, pyc.CheckedHash, "x", "/app/a.py", 0)
	stubbed(t, w)
	o := in("src")
	o.StripPrefix, o.PrependPrefix = "src", "/app"
	_, got := verified(t, o, "")
	expect(t, got)
	o.StripPrefix = "lib"
	_, got = verified(t, o, "")
	expect(t, got, `unverifiable src/__pycache__/a.cpython-313.pyc: the path does not start with "lib", which is to be stripped from it`)
}

func TestFileSystemName(t *testing.T) {
	for _, c := range []struct{ in, want, err string }{
		{"a/b.py", "a/b.py", ""},
		{"\u00e9\ud55c.py", "\u00e9\ud55c.py", ""},
		{"a\xed\xb3\xa9.py", "a\xe9.py", ""},
		{"a\xed\xa0\x80.py", "", "the surrogate U+D800 in it comes from no file name"},
		{"a\xed\xb1\xbf.py", "", "the surrogate U+DC7F in it comes from no file name"},
	} {
		got, err := fileSystemName(c.in)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q: %q, %v; want %q, %s", c.in, got, err, c.want, c.err)
		}
	}
}
