//go:build conformance

package precompile

import (
	"archive/zip"
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// opened opens the pool of an interpreter for a test.
func opened(t testing.TB, i interptest.Interpreter) VerifyTarget {
	t.Helper()
	pool, err := cpython.Open(context.Background(), cpython.Options{Interpreter: i.Path, Target: i.Version})
	check(t, err)
	t.Cleanup(func() { check(t, pool.Close()) })
	return VerifyTarget{Version: pool.Info().Target, Magic: pool.Info().Magic, Compiler: pool}
}

// supported are the interpreters found that can be a target.
func supported() []interptest.Interpreter {
	return slices.DeleteFunc(interptest.Found(), func(i interptest.Interpreter) bool { return cpython.Supported(i.Version) != nil })
}

// sample returns n sources of an interpreter's standard library that compile
// (its tests hold some that do not), always the same ones.
func sample(t testing.TB, i interptest.Interpreter, n int) world {
	t.Helper()
	var names []string
	check(t, filepath.WalkDir(i.Stdlib, func(p string, d fs.DirEntry, err error) error {
		rel, relErr := filepath.Rel(i.Stdlib, p)
		check(t, relErr)
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{"test", "tests", "lib2to3", "site-packages", "dist-packages", "idlelib"}, d.Name()):
			return filepath.SkipDir
		case d.Type().IsRegular() && strings.HasSuffix(p, ".py"):
			names = append(names, filepath.ToSlash(rel))
		}
		return nil
	}))
	slices.Sort(names)
	r := rand.New(rand.NewPCG(1, 2))
	r.Shuffle(len(names), func(a, b int) { names[a], names[b] = names[b], names[a] })
	w := world{}
	for _, name := range names[:min(n, len(names))] {
		data, err := os.ReadFile(filepath.Join(i.Stdlib, name))
		check(t, err)
		w["lib/"+name] = string(data)
	}
	return w
}

// precompiled adds to a world the caches that Run makes of it.
func precompiled(t testing.TB, w world, target VerifyTarget, o Options) world {
	t.Helper()
	dir := t.TempDir()
	layOut(t, dir, w)
	t.Chdir(dir)
	o.Selection.Paths = []string{"lib"}
	o.Compilers = append(o.Compilers, target.Compiler)
	r, err := Run(context.Background(), o)
	check(t, err)
	if !r.OK() {
		t.Fatalf("the sample does not compile: %+v, %+v", r.Problems, r.Caches)
	}
	return readBack(t, dir)
}

// readBack returns the files of a folder.
func readBack(t testing.TB, dir string) world {
	t.Helper()
	w := world{}
	check(t, filepath.WalkDir(dir, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			data, readErr := os.ReadFile(p)
			check(t, readErr)
			rel, relErr := filepath.Rel(dir, p)
			check(t, relErr)
			w[filepath.ToSlash(rel)] = string(data)
		}
		return err
	}))
	return w
}

// TestVerifyOwnCaches passes what Run made, for every interpreter, in every
// medium, and holds an audit to the cost of compiling.
func TestVerifyOwnCaches(t *testing.T) {
	for _, i := range supported() {
		t.Run(i.Version.String(), func(t *testing.T) {
			target := opened(t, i)
			source := sample(t, i, 50)
			start := time.Now()
			w := precompiled(t, source, target, Options{Mode: pyc.UncheckedHash, Optimize: []int{0, 2}})
			t.Logf("compiled in %v", time.Since(start))
			everyMedium(t, w, func(t *testing.T, path, prefix string) {
				r, got := verified(t, VerifyOptions{Selection: Selection{Paths: []string{path}}, Targets: []VerifyTarget{target}, Optimize: []int{0, 2}}, prefix)
				expect(t, got)
				if r.Sources != len(source) || r.Count(VerdictOK) != 2*len(source) {
					t.Errorf("%d sources, %d ok; want %d, %d", r.Sources, r.Count(VerdictOK), len(source), 2*len(source))
				}
				t.Logf("verified in %v", r.Elapsed)
			})
		})
	}
}

// TestVerifyCompileall judges what each interpreter's own compileall made, in
// one process and with three modes. The forms may differ, the code may not.
func TestVerifyCompileall(t *testing.T) {
	for _, i := range supported() {
		t.Run(i.Version.String(), func(t *testing.T) {
			target := opened(t, i)
			for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.Timestamp} {
				dir := t.TempDir()
				layOut(t, dir, sample(t, i, 100))
				cmd := i.Command("-m", "compileall", "-q", "-j1", "--invalidation-mode", mode.String(), "lib")
				cmd.Dir = dir
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("compileall: %v\n%s", err, out)
				}
				r, err := Verify(context.Background(), VerifyOptions{
					Selection: Selection{Paths: []string{dir}}, Targets: []VerifyTarget{target}, Modes: []pyc.Mode{mode}})
				check(t, err)
				classes := map[string]int{}
				for _, f := range r.Findings {
					switch f.Verdict {
					case VerdictOK:
					case VerdictForeign:
						for _, c := range f.Classes {
							classes[c]++
						}
					default:
						t.Errorf("%s %s: %s", f.Verdict, f.Cache, f.Detail)
					}
				}
				t.Logf("%s: %d ok, %d in another form: %v", mode, r.Count(VerdictOK), r.Count(VerdictForeign), classes)
			}
		})
	}
}

// TestVerifyFindsEach has every way in which a cache goes wrong found, for three
// interpreters whose formats differ most.
func TestVerifyFindsEach(t *testing.T) {
	for _, want := range []string{"3.9", "3.13", "3.15"} {
		t.Run(want, func(t *testing.T) {
			i := interptest.Find(t, want)
			target := opened(t, i)
			other := interptest.Find(t, "3.11")
			clean := precompiled(t, sample(t, i, 12), target, Options{Mode: pyc.UncheckedHash})
			var caches []string
			for _, name := range clean.names() {
				if isCacheName(name) && len(clean[name]) > 600 {
					caches = append(caches, name)
				}
			}
			victim, donor := caches[0], caches[1]
			file, ok := pyc.ParseCacheName(path.Base(victim))
			if !ok {
				t.Fatalf("%s is not the name of a cache", victim)
			}
			source := path.Join(path.Dir(path.Dir(victim)), file.Stem+".py")
			cache, body := clean[victim], clean[donor][pyc.HeaderSize:]
			for _, c := range []struct {
				name    string
				world   world
				verdict Verdict
			}{
				{"planted", clean.with(victim, cache[:pyc.HeaderSize]+body), VerdictMismatch},
				{"stale hash", clean.with(victim, cache[:8]+"\x00\x00\x00\x00\x00\x00\x00\x00"+cache[16:]), VerdictStale},
				{"wrong magic", clean.with(victim, string(other.Magic[:])+cache[4:]), VerdictWrongMagic},
				{"truncated header", clean.with(victim, cache[:15]), VerdictCorrupt},
				{"truncated body", clean.with(victim, cache[:len(cache)/2]), VerdictCorrupt},
				{"empty", clean.with(victim, ""), VerdictCorrupt},
				{"orphan", clean.without(source), VerdictOrphan},
				{"missing", clean.without(victim), VerdictMissing},
			} {
				t.Run(c.name, func(t *testing.T) {
					everyMedium(t, c.world, func(t *testing.T, p, prefix string) {
						r, _ := verified(t, VerifyOptions{Selection: Selection{Paths: []string{p}}, Targets: []VerifyTarget{target}}, prefix)
						if r.Count(c.verdict) != 1 || r.Count(VerdictOK) != len(r.Findings)-1 || r.OK() {
							t.Errorf("%d findings of %q, %d of %d ok", r.Count(c.verdict), c.verdict, r.Count(VerdictOK), len(r.Findings))
						}
						for _, f := range r.Findings {
							if f.Verdict == c.verdict && f.Cache != prefix+victim {
								t.Errorf("%s is %s, want %s", f.Cache, f.Verdict, victim)
							}
						}
					})
				})
			}
			t.Run("flipped bytes", func(t *testing.T) { testFlips(t, clean, victim, target) })
		})
	}
}

// testFlips changes bits all over the body of a cache. None may pass; one that
// only changes the form may be foreign. The name that is compiled in is laid
// down, or a changed one would be as good as any.
func testFlips(t *testing.T, clean world, victim string, target VerifyTarget) {
	cache := clean[victim]
	r := rand.New(rand.NewPCG(3, 4))
	counts := map[Verdict]int{}
	dir := t.TempDir()
	layOut(t, dir, clean)
	for range 150 {
		at := pyc.HeaderSize + r.IntN(len(cache)-pyc.HeaderSize)
		bit := byte(1) << r.IntN(8)
		layOut(t, dir, world{victim: cache[:at] + string([]byte{cache[at] ^ bit}) + cache[at+1:]})
		rep, err := Verify(context.Background(), VerifyOptions{
			Selection: Selection{Paths: []string{filepath.Join(dir, victim)}}, Targets: []VerifyTarget{target}, StripPrefix: dir})
		check(t, err)
		f := rep.Findings[0]
		counts[f.Verdict]++
		if v := f.Verdict; v != VerdictMismatch && v != VerdictCorrupt && v != VerdictForeign {
			t.Errorf("byte %d, bit %#x: %s %s", at, bit, v, f.Detail)
		}
	}
	t.Logf("%v", counts)
}

// TestVerifyRealWheel judges a wheel that somebody else made, first as it is,
// without a cache, and then with caches of its own.
func TestVerifyRealWheel(t *testing.T) {
	i := interptest.Find(t, "3.13.0")
	target := opened(t, i)
	wheels, err := filepath.Glob(filepath.Join(i.Stdlib, "ensurepip", "_bundled", "pip-*.whl"))
	check(t, err)
	if len(wheels) != 1 {
		t.Fatalf("ensurepip of %s has the wheels %q, want one of pip", i.Version, wheels)
	}
	o := VerifyOptions{Selection: Selection{Paths: wheels}, Targets: []VerifyTarget{target}}
	r, _ := verified(t, o, "")
	if r.Sources < 300 || r.Count(VerdictMissing) != r.Sources || len(r.Findings) != r.Sources || len(r.Problems) > 0 {
		t.Errorf("%d sources, %d missing, %d findings, problems %v", r.Sources, r.Count(VerdictMissing), len(r.Findings), r.Problems)
	}
	zr, err := zip.OpenReader(wheels[0])
	check(t, err)
	defer zr.Close()
	w := world{}
	for _, f := range zr.File {
		data, err := fs.ReadFile(zr, f.Name)
		check(t, err)
		w["lib/"+f.Name] = string(data)
	}
	w = precompiled(t, w, target, Options{StripPrefix: "lib"})
	for _, name := range w.names() {
		w[strings.TrimPrefix(name, "lib/")] = w[name]
		delete(w, name)
	}
	path, prefix := media["wheel"](t, w)
	// Installers unpack it anywhere; the names are as in the wheel.
	o.Selection.Paths, o.Modes = []string{path}, []pyc.Mode{pyc.CheckedHash}
	again, got := verified(t, o, prefix)
	expect(t, got)
	if again.Count(VerdictOK) != r.Sources {
		t.Errorf("%d ok of %d", again.Count(VerdictOK), r.Sources)
	}
	t.Logf("%d files verified in %v", again.Sources, again.Elapsed)
}

// BenchmarkVerify compares an audit of 2,000 files with their compiling.
func BenchmarkVerify(b *testing.B) {
	i := interptest.Find(b, "3.13")
	target := opened(b, i)
	lib := sample(b, i, 500)
	w := world{}
	for copies := 0; len(w) < 2000; copies++ {
		for name, content := range lib {
			w[fmt.Sprintf("copy%d/%s", copies, name)] = content
		}
	}
	dir := b.TempDir()
	layOut(b, dir, w)
	b.Run(fmt.Sprintf("compile-%d", len(w)), func(b *testing.B) {
		for b.Loop() {
			r, err := Run(context.Background(), Options{
				Selection: Selection{Paths: []string{dir}}, Compilers: []backend.Compiler{target.Compiler}, Force: true})
			check(b, err)
			if !r.OK() {
				b.Fatal("not all compile")
			}
		}
	})
	b.Run(fmt.Sprintf("verify-%d", len(w)), func(b *testing.B) {
		for b.Loop() {
			r, err := Verify(context.Background(), VerifyOptions{Selection: Selection{Paths: []string{dir}}, Targets: []VerifyTarget{target}})
			check(b, err)
			if !r.OK() || r.Count(VerdictOK) != len(w) {
				b.Fatal("not all are right")
			}
		}
	})
	b.Run(fmt.Sprintf("headers-%d", len(w)), func(b *testing.B) {
		for b.Loop() {
			_, err := Verify(context.Background(), VerifyOptions{
				Selection: Selection{Paths: []string{dir}}, Targets: []VerifyTarget{{Version: target.Version, Magic: target.Magic}}})
			check(b, err)
		}
	})
}
