package explain

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

var python313 = pyc.Version{Major: 3, Minor: 13, Patch: pyc.AnyPatch}

var stamp = time.Unix(1_700_000_000, 0)

// put writes a file with the time stamp.
func put(t *testing.T, path string, data []byte) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, stamp, stamp); err != nil {
		t.Fatal(err)
	}
	return path
}

// cacheOf makes a cache of source for 3.13.
func cacheOf(t *testing.T, mode pyc.Mode, source string) []byte {
	t.Helper()
	profile, err := marshal.ProfileOf(false, 3, 13)
	if err != nil {
		t.Fatal(err)
	}
	empty := marshal.NewTuple()
	code := marshal.NewCode(&marshal.Code{
		Bytecode: marshal.NewBytes(""), Consts: empty, Names: empty, LocalsPlusNames: empty, LocalsPlusKinds: marshal.NewBytes(""),
		FileName: marshal.NewStr("m.py", false), Name: marshal.NewStr("<module>", true), QualName: marshal.NewStr("<module>", true),
		LineTable: marshal.NewBytes(""), ExceptionTable: marshal.NewBytes(""),
	})
	magic, _ := pyc.MagicOf(python313)
	h := pyc.NewHeader(magic, mode, []byte(source), pyc.SourceStamp{MTime: stamp, Size: int64(len(source))})
	b, err := marshal.AppendCanonical(h.Append(nil), code, profile)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t *testing.T, name string, o Options) *Module {
	t.Helper()
	o.Python = python313
	r, err := Import(name, o)
	if err != nil {
		t.Fatal(err)
	}
	return r.Last()
}

func check(t *testing.T, m *Module, verdict Verdict, words ...string) {
	t.Helper()
	if m.Verdict != verdict {
		t.Errorf("%s: %s (%s), want %s", m.Name, m.Verdict, m.Words(), verdict)
	}
	for _, w := range words {
		if !strings.Contains(m.Words(), w) {
			t.Errorf("%s: %q does not say %q", m.Name, m.Words(), w)
		}
	}
}

// The whole matrix is compared with interpreters by the conformance test; these
// hold the outlines without one.
func TestCaches(t *testing.T) {
	dir := t.TempDir()
	source := put(t, filepath.Join(dir, "m.py"), []byte("x\n"))
	cache := pyc.CachePath(source, "cpython-313", 0)
	o := Options{Path: []string{dir}}

	check(t, run(t, "m", o), Compiles, "there is no cache", "writes "+cache+" (timestamp)")
	put(t, cache, cacheOf(t, pyc.Timestamp, "x\n"))
	check(t, run(t, "m", o), LoadsCache, "loads "+cache)
	put(t, cache, cacheOf(t, pyc.Timestamp, "xyz\n"))
	check(t, run(t, "m", o), Compiles, "another size")
	put(t, cache, cacheOf(t, pyc.CheckedHash, "y\n"))
	check(t, run(t, "m", o), Compiles, "another hash", "(checked-hash)")
	put(t, cache, cacheOf(t, pyc.UncheckedHash, "y\n"))
	check(t, run(t, "m", o), LoadsCache)
	o.CheckHash, o.DontWrite = CheckAlways, true
	check(t, run(t, "m", o), Compiles, "another hash", "writes no cache")
	o = Options{Path: []string{dir}}
	b := cacheOf(t, pyc.UncheckedHash, "x\n")
	put(t, cache, b[:len(b)-3])
	check(t, run(t, "m", o), Raises, "EOFError")
	put(t, cache, append([]byte{1, 2, 3, 4}, b[4:]...))
	check(t, run(t, "m", o), Compiles, "bad magic number")
	o.Optimize = 2
	check(t, run(t, "m", o), Compiles, "there is no cache")
	o.CachePrefix = filepath.Join(dir, "prefix")
	m := run(t, "m", o)
	if want := filepath.Join(dir, "prefix", dir, "m.cpython-313.opt-2.pyc"); m.Cache != want {
		t.Errorf("the cache is at %s, want %s", m.Cache, want)
	}
}

func TestFinders(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, filepath.Join(a, "n", "x.py"), nil)
	put(t, filepath.Join(b, "n", "y.py"), nil)
	put(t, filepath.Join(b, "m.py"), nil)
	put(t, filepath.Join(b, "m.pyc"), nil)
	put(t, filepath.Join(b, "p", "__init__.py"), nil)
	put(t, filepath.Join(b, "p.py"), nil)
	put(t, filepath.Join(b, "e.cpython-313-x86_64-linux-gnu.so"), nil)
	put(t, filepath.Join(b, "e.py"), nil)
	put(t, filepath.Join(a, "__pycache__", "gone.cpython-313.pyc"), nil)
	o := Options{Path: []string{a, b, filepath.Join(dir, "none")}, GOOS: "linux", GOARCH: "amd64"}
	check(t, run(t, "n", o), Namespace, filepath.Join(a, "n")+", "+filepath.Join(b, "n"))
	check(t, run(t, "n.y", o), Compiles)
	check(t, run(t, "m", o), Compiles, "m.py")
	check(t, run(t, "p", o), Compiles, "__init__.py")
	check(t, run(t, "e", o), LoadsExtension)
	check(t, run(t, "sys", o), BuiltIn)
	check(t, run(t, "os", o), Frozen)
	check(t, run(t, "gone", o), NotFound, "No module named 'gone'")
	check(t, run(t, "m.x", o), NotFound, "'m' is not a package")
	if text := (&Result{Modules: []Module{*run(t, "gone", o)}}).Text(false); !strings.Contains(text, "count only beside their source") {
		t.Errorf("the orphan is not told of:\n%s", text)
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	source := put(t, filepath.Join(dir, "m.py"), []byte("x\n"))
	cache := put(t, pyc.CachePath(source, "cpython-313", 0), cacheOf(t, pyc.CheckedHash, "x\n"))
	orphan := put(t, filepath.Join(dir, "__pycache__", "o.cpython-313.pyc"), nil)
	other := put(t, filepath.Join(dir, "__pycache__", "m.cpython-312.pyc"), nil)
	legacy := put(t, filepath.Join(dir, "m.pyc"), cacheOf(t, pyc.Timestamp, ""))
	for _, c := range []struct {
		path    string
		verdict Verdict
		words   string
	}{
		{source, LoadsCache, cache},
		{cache, LoadsCache, cache},
		{orphan, NotFound, "orphan"},
		{other, NotFound, "cpython-312"},
		{legacy, LoadsCache, "no source"},
	} {
		r, err := File(c.path, Options{Python: python313})
		if err != nil {
			t.Fatal(err)
		}
		check(t, r.Last(), c.verdict, c.words)
		if c.path == legacy && !strings.Contains(r.Text(false), "does not come to this file, but to "+source) {
			t.Errorf("it is not said that the source wins:\n%s", r.Text(false))
		}
		b, err := r.JSON()
		if err != nil || !json.Valid(b) {
			t.Errorf("JSON: %v\n%s", err, b)
		}
	}
	for _, path := range []string{dir, filepath.Join(dir, "none.py"), put(t, filepath.Join(dir, "x.txt"), nil)} {
		if _, err := File(path, Options{Python: python313}); err == nil {
			t.Errorf("%s is no error", path)
		}
	}
}

func TestOptionErrors(t *testing.T) {
	for _, o := range []Options{
		{Python: pyc.Version{Major: 3, Minor: 7}},
		{Python: pyc.Version{Major: 2, Minor: 7}},
		{Python: pyc.Version{Implementation: pyc.PyPy, Major: 3, Minor: 11}},
		{Python: python313, Optimize: 3},
		{Python: python313, CheckHash: "sometimes"},
	} {
		if _, err := Import("m", o); err == nil {
			t.Errorf("%+v is no error", o)
		}
	}
	for _, name := range []string{"", ".m", "m.", "a..b", "a/b"} {
		if r, err := Import(name, Options{Python: python313}); err == nil {
			t.Errorf("%q is no error: %v", name, r)
		}
	}
}
