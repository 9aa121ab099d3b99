//go:build conformance

package explain

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestImport compares Import with what `python -v` does, over every state that
// a cache can be in, the layouts that decide between finders, the three levels,
// the three ways to check hashes, with a cache prefix and without, and without
// writing. PRECOMPILE_SAMPLE leaves out every second series.
func TestImport(t *testing.T) {
	all := []string{"3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"}
	if os.Getenv("PRECOMPILE_SAMPLE") != "" {
		all = []string{"3.9", "3.11", "3.13", "3.15"}
	}
	for _, series := range all {
		t.Run(series, func(t *testing.T) {
			i := interptest.Find(t, series)
			code := compiled(t, i)
			cases, wrong := 0, 0
			for level := range 3 {
				for _, check := range []Check{CheckDefault, CheckAlways, CheckNever} {
					for _, prefix := range []bool{false, true} {
						for _, dontWrite := range []bool{false, true} {
							if dontWrite && (prefix || level == 1) {
								continue
							}
							o := Options{Python: i.Version, Optimize: level, CheckHash: check, DontWrite: dontWrite}
							if prefix {
								o.CachePrefix = t.TempDir()
							}
							n, w := runMatrix(t, i, o, code)
							cases, wrong = cases+n, wrong+w
						}
					}
				}
			}
			t.Logf("%s: %d imports, %d differ", i.Version, cases, wrong)
		})
	}
}

const sourceText = "x = 1\n"

// compiled returns the marshalled code object of sourceText.
func compiled(t *testing.T, i interptest.Interpreter) []byte {
	t.Helper()
	out, err := i.Command("-c", "import marshal,sys;sys.stdout.buffer.write(marshal.dumps(compile('x = 1\\n','m.py','exec')))").Output()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// world builds the files of one case.
type world struct {
	t     *testing.T
	o     Options
	magic pyc.Magic
	code  []byte
	dir   string
	name  string
	path  []string
	// caches are the files whose rewriting is watched.
	caches []string
}

var sourceTime = time.Unix(1_700_000_000, 0)

func (w *world) write(path string, data []byte) string {
	w.t.Helper()
	full := filepath.Join(w.dir, path)
	if filepath.IsAbs(path) {
		full = path
	}
	if err := os.MkdirAll(filepath.Dir(full), 0o777); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(full, data, 0o666); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Chtimes(full, sourceTime, sourceTime); err != nil {
		w.t.Fatal(err)
	}
	return full
}

func (w *world) source(path string) string { return w.write(path, []byte(sourceText)) }

// cache writes the cache of the source at path.
func (w *world) cache(path string, data []byte) {
	w.t.Helper()
	im := importer{o: w.o, tag: w.o.Python.CacheTag()}
	w.write(im.cachePath(filepath.Join(w.dir, path)), data)
}

// good makes the bytes of a cache of sourceText that is right.
func (w *world) good(mode pyc.Mode) []byte {
	h := pyc.NewHeader(w.magic, mode, []byte(sourceText), pyc.SourceStamp{MTime: sourceTime, Size: int64(len(sourceText))})
	return append(h.Append(nil), w.code...)
}

// edited is good with some bytes from offset at replaced.
func (w *world) edited(mode pyc.Mode, at int, bytes ...byte) []byte {
	b := w.good(mode)
	copy(b[at:], bytes)
	return b
}

// headers are the states of a cache: what it holds, whether beside a source or
// alone.
var headers = map[string]func(w *world) []byte{
	"fresh":                func(w *world) []byte { return w.good(pyc.Timestamp) },
	"newer-source":         func(w *world) []byte { return w.edited(pyc.Timestamp, 8, 1, 2, 3, 4) },
	"other-size":           func(w *world) []byte { return w.edited(pyc.Timestamp, 12, 99) },
	"checked":              func(w *world) []byte { return w.good(pyc.CheckedHash) },
	"checked-wrong":        func(w *world) []byte { return w.edited(pyc.CheckedHash, 8, 1, 2, 3) },
	"unchecked":            func(w *world) []byte { return w.good(pyc.UncheckedHash) },
	"unchecked-stale":      func(w *world) []byte { return w.edited(pyc.UncheckedHash, 8, 1, 2, 3) },
	"wrong-magic":          func(w *world) []byte { return w.edited(pyc.Timestamp, 0, 0x42, 0x0c) },
	"no-magic":             func(w *world) []byte { return w.edited(pyc.Timestamp, 0, 0, 0, 0, 0) },
	"wrong-magic-checked":  func(w *world) []byte { return w.edited(pyc.CheckedHash, 0, 0x42, 0x0c) },
	"empty":                func(w *world) []byte { return nil },
	"two-bytes":            func(w *world) []byte { return w.good(pyc.Timestamp)[:2] },
	"magic-only":           func(w *world) []byte { return w.good(pyc.Timestamp)[:4] },
	"truncated-header":     func(w *world) []byte { return w.good(pyc.CheckedHash)[:15] },
	"header-only":          func(w *world) []byte { return w.good(pyc.Timestamp)[:16] },
	"truncated-body":       func(w *world) []byte { b := w.good(pyc.Timestamp); return b[:len(b)-10] },
	"truncated-early":      func(w *world) []byte { return w.good(pyc.CheckedHash)[:20] },
	"truncated-unchecked":  func(w *world) []byte { b := w.good(pyc.UncheckedHash); return b[:len(b)/2] },
	"garbage-body":         func(w *world) []byte { return w.edited(pyc.Timestamp, 16, 0x7e) },
	"not-code":             func(w *world) []byte { return append(w.good(pyc.Timestamp)[:16], 'i', 1, 0, 0, 0) },
	"trailing-bytes":       func(w *world) []byte { return append(w.good(pyc.Timestamp), "more"...) },
	"flags-4":              func(w *world) []byte { return w.edited(pyc.Timestamp, 4, 4) },
	"flags-7":              func(w *world) []byte { return w.edited(pyc.CheckedHash, 4, 7) },
	"flags-high":           func(w *world) []byte { return w.edited(pyc.CheckedHash, 7, 0x80) },
	"flags-2":              func(w *world) []byte { return w.edited(pyc.Timestamp, 4, 2) },
	"flags-2-stale":        func(w *world) []byte { return w.edited(pyc.CheckedHash, 4, 2) },
	"stale-truncated-body": func(w *world) []byte { return w.edited(pyc.Timestamp, 8, 1)[:30] },
}

// layouts are the cases that are about finders.
var layouts = map[string]func(w *world){
	"no-cache":       func(w *world) { w.source("m.py") },
	"nothing":        func(w *world) { w.source("other.py") },
	"no-such-folder": func(w *world) { w.path = []string{filepath.Join(w.dir, "gone")} },
	"path-is-a-file": func(w *world) { w.path = []string{w.source("m.py")} },
	"cache-is-folder": func(w *world) {
		w.source("m.py")
		im := importer{o: w.o, tag: w.o.Python.CacheTag()}
		os.MkdirAll(im.cachePath(filepath.Join(w.dir, "m.py")), 0o777)
	},
	"pycache-is-file": func(w *world) {
		if w.o.CachePrefix == "" {
			w.write(pyc.CacheDir, nil)
		}
		w.source("m.py")
	},
	"other-level": func(w *world) {
		w.source("m.py")
		other := *w
		other.o.Optimize = (w.o.Optimize + 1) % 3
		other.cache("m.py", w.good(pyc.Timestamp))
	},
	"cache-beside-though-prefix": func(w *world) {
		w.source("m.py")
		other := *w
		other.o.CachePrefix = ""
		other.cache("m.py", w.good(pyc.Timestamp))
	},
	"orphan": func(w *world) { w.cache("m.py", w.good(pyc.UncheckedHash)) },
	"orphan-package": func(w *world) {
		w.cache("m/__init__.py", w.good(pyc.UncheckedHash))
		w.source("m/sub.py")
	},
	"legacy-beside":     func(w *world) { w.source("m.py"); w.write("m.pyc", w.good(pyc.Timestamp)) },
	"legacy-beside-bad": func(w *world) { w.source("m.py"); w.write("m.pyc", []byte("x")) },
	"rounded-time": func(w *world) {
		full := w.source("m.py")
		at := time.Unix(1_699_999_999, 999_999_950)
		os.Chtimes(full, at, at)
		w.cache("m.py", w.good(pyc.Timestamp))
	},
	"old-time": func(w *world) {
		full := w.source("m.py")
		at := time.Unix(-10, 500)
		os.Chtimes(full, at, at)
		w.cache("m.py", w.edited(pyc.Timestamp, 8, 0xf6, 0xff, 0xff, 0xff))
	},
	"namespace":        func(w *world) { w.source("m/sub.py") },
	"namespace-module": func(w *world) { w.name = "m.sub"; w.source("m/sub.py") },
	"namespace-two": func(w *world) {
		w.path = []string{filepath.Join(w.dir, "a"), filepath.Join(w.dir, "b")}
		w.source("a/m/x.py")
		w.source("b/m/y.py")
	},
	"namespace-two-module": func(w *world) {
		w.name = "m.y"
		w.path = []string{filepath.Join(w.dir, "a"), filepath.Join(w.dir, "b")}
		w.source("a/m/x.py")
		w.source("b/m/y.py")
	},
	"namespace-then-module": func(w *world) {
		w.path = []string{filepath.Join(w.dir, "a"), filepath.Join(w.dir, "b")}
		w.source("a/m/x.py")
		w.source("b/m.py")
	},
	"namespace-and-module": func(w *world) { w.source("m/x.py"); w.source("m.py") },
	"package-and-module":   func(w *world) { w.source("m/__init__.py"); w.source("m.py"); w.write("m.pyc", nil) },
	"package-cached": func(w *world) {
		w.source("m/__init__.py")
		w.cache("m/__init__.py", w.good(pyc.CheckedHash))
	},
	"package-sourceless": func(w *world) { w.write("m/__init__.pyc", w.good(pyc.Timestamp)) },
	"package-both":       func(w *world) { w.write("m/__init__.pyc", []byte("bad")); w.source("m/__init__.py") },
	"submodule": func(w *world) {
		w.name = "m.n.o"
		w.source("m/__init__.py")
		w.source("m/n/__init__.py")
		w.source("m/n/o.py")
	},
	"submodule-missing":  func(w *world) { w.name = "m.n"; w.source("m/__init__.py") },
	"parent-is-module":   func(w *world) { w.name = "m.n"; w.source("m.py") },
	"parent-broken":      func(w *world) { w.name = "m.n"; w.write("m/__init__.pyc", []byte("x")); w.source("m/n.py") },
	"folder-like-module": func(w *world) { w.source("m.py/x.py") },
	"second-entry": func(w *world) {
		w.path = []string{filepath.Join(w.dir, "a"), w.dir}
		w.source("m.py")
		w.source("a/z.py")
	},
	"first-entry": func(w *world) {
		w.path = []string{filepath.Join(w.dir, "a"), w.dir}
		w.source("m.py")
		w.source("a/m.py")
	},
	"built-in": func(w *world) { w.name = "gc"; w.source("gc.py") },
	"broken-link": func(w *world) {
		os.Symlink("gone.py", filepath.Join(w.dir, "m.py"))
		w.write("m.pyc", w.good(pyc.Timestamp))
	},
	"linked": func(w *world) {
		w.source("real.py")
		os.Symlink("real.py", filepath.Join(w.dir, "m.py"))
		w.cache("m.py", w.good(pyc.Timestamp))
	},
	"extension-and-source": func(w *world) { w.extension("") },
	"extension-package":    func(w *world) { w.extension("package") },
}

// extension puts one of the interpreter's extension modules beside a source of
// the same name.
func (w *world) extension(kind string) {
	im := importer{o: w.o, tag: w.o.Python.CacheTag()}
	im.o.GOOS, im.o.GOARCH = "linux", "amd64"
	suffix := im.suffixes()[0]
	i := interptest.Find(w.t, w.o.Python.String())
	for _, name := range []string{"_queue", "_contextvars", "_zoneinfo", "_uuid", "_curses", "_ssl"} {
		b, err := os.ReadFile(filepath.Join(i.Stdlib, "lib-dynload", name+suffix))
		if err != nil {
			continue
		}
		w.name = name
		w.write(name+suffix, b)
		w.source(name + ".py")
		if kind == "package" { // a package of the name comes before the extension
			w.source(name + "/__init__.py")
		}
		return
	}
	w.t.Errorf("no extension module to copy in %s", i.Stdlib)
}

func cases(w world) []world {
	var out []world
	add := func(name string, build func(*world)) {
		c := w
		c.dir = filepath.Join(w.dir, name)
		c.name, c.path = "m", []string{c.dir}
		if err := os.MkdirAll(c.dir, 0o777); err != nil {
			w.t.Fatal(err)
		}
		build(&c)
		out = append(out, c)
	}
	for _, name := range sorted(headers) {
		add("cache-"+name, func(c *world) { c.source("m.py"); c.cache("m.py", headers[name](c)) })
		add("alone-"+name, func(c *world) { c.write("m.pyc", headers[name](c)) })
	}
	for _, name := range sorted(layouts) {
		add("layout-"+name, layouts[name])
	}
	return out
}

func sorted[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// answer is what testdata/importer.py says of one import.
type answer struct {
	Loader, File, Exception, Message string
	Search                           []string
}

func runMatrix(t *testing.T, i interptest.Interpreter, o Options, code []byte) (n, wrong int) {
	t.Helper()
	all := cases(world{t: t, o: o, magic: i.Magic, code: code, dir: t.TempDir()})
	args := []string{"-v", "-s", "-E", "--check-hash-based-pycs", string(o.CheckHash)}
	for range o.Optimize {
		args = append(args, "-O")
	}
	if o.DontWrite {
		args = append(args, "-B")
	}
	if o.CachePrefix != "" {
		args = append(args, "-X", "pycache_prefix="+o.CachePrefix)
	}
	var in bytes.Buffer
	var expected []*Result
	for _, c := range all {
		name := c.name
		o.Path = c.path
		r, err := Import(name, o)
		if err != nil {
			t.Fatalf("%s: %v", c.dir, err)
		}
		expected = append(expected, r)
		line, _ := json.Marshal(map[string]any{"name": name, "path": c.path})
		in.Write(append(line, '\n'))
	}
	script, err := filepath.Abs("testdata/importer.py")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(i.Path, append(args, script)...)
	cmd.Stdin = &in
	var out, log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &log
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, log.String())
	}
	answers := json.NewDecoder(&out)
	rest := log.String()
	for k, c := range all {
		var a answer
		if err := answers.Decode(&a); err != nil {
			t.Fatalf("%s: %v", c.dir, err)
		}
		_, after, _ := strings.Cut(rest, "=== begin "+c.name+"\n")
		lines, after, ok := strings.Cut(after, "=== end "+c.name+"\n")
		if !ok {
			t.Fatalf("%s: the log has no such import", c.dir)
		}
		rest = after
		n++
		if d := c.differs(expected[k], a, lines); d != "" {
			wrong++
			if wrong <= 5 {
				t.Errorf("%s, -O %d, %s, prefix %t, -B %t: %s", filepath.Base(c.dir), o.Optimize, o.CheckHash, o.CachePrefix != "", o.DontWrite, d)
			}
		}
	}
	return n, wrong
}

// differs says how what was expected differs from what the interpreter did.
func (w *world) differs(r *Result, a answer, log string) string {
	m := r.Last()
	if m.Exception != a.Exception {
		return fmt.Sprintf("raises %q (%s), the interpreter %q: %s", m.Exception, m.Reason, a.Exception, a.Message)
	}
	if m.Exception != "" && m.Verdict == NotFound && m.Message != a.Message {
		return fmt.Sprintf("says %q, the interpreter %q", m.Message, a.Message)
	}
	if m.Exception == "" {
		if m.Loader != a.Loader {
			return fmt.Sprintf("loader %q, the interpreter has %q", m.Loader, a.Loader)
		}
		if m.File != a.File {
			return fmt.Sprintf("file %q, the interpreter has %q", m.File, a.File)
		}
		if !slices.Equal(m.SearchPath, a.Search) {
			return fmt.Sprintf("__path__ %q, the interpreter has %q", m.SearchPath, a.Search)
		}
	}
	for k := range r.Modules {
		m := &r.Modules[k]
		if m.Loader != sourceLoader {
			continue
		}
		matches := strings.Contains(log, "# "+m.Cache+" matches "+m.File)
		loads := m.Verdict == LoadsCache || m.Exception != "" && m.failed("body")
		if loads != matches {
			return fmt.Sprintf("%s: the cache is taken: %t, the interpreter: %t", m.Name, loads, matches)
		}
		if compiled := strings.Contains(log, "# code object from "+m.File+"\n"); compiled != (m.Verdict == Compiles) {
			return fmt.Sprintf("%s: the source is compiled: %t, the interpreter: %t", m.Name, m.Verdict == Compiles, compiled)
		}
		created := strings.Contains(log, "# created '"+m.Cache+"'")
		if m.Writes != created {
			return fmt.Sprintf("%s: a cache is written: %t, the interpreter: %t (%s)", m.Name, m.Writes, created, m.Unwritten)
		}
		if !created {
			continue
		}
		b, err := os.ReadFile(m.Cache)
		if err != nil {
			return err.Error()
		}
		h, err := pyc.ParseHeader(b)
		if err != nil {
			return err.Error()
		}
		if h.Mode.String() != m.WriteMode {
			return fmt.Sprintf("%s: what is written is %s, the interpreter's is %s", m.Name, m.WriteMode, h.Mode)
		}
	}
	return ""
}

func (m *Module) failed(what string) bool {
	return slices.ContainsFunc(m.Steps, func(s Step) bool { return s.What == what && s.Outcome == Failed })
}

// TestNames holds the lists of built-in and frozen modules and of the endings
// of extension modules to the interpreters. Builds may have more of the first
// and fewer of the last than are listed.
func TestNames(t *testing.T) {
	for _, i := range interptest.Found() {
		v := i.Version
		if v.Implementation != pyc.CPython || v.Minor < 8 || v.Minor > 15 {
			continue
		}
		t.Run(v.String(), func(t *testing.T) {
			out, err := i.Command("-c", `import sys,_imp,json
names = json.loads(sys.argv[1])
frozen = [n for n in names if _imp.is_frozen(n)]
print(json.dumps([sys.builtin_module_names, frozen, _imp.extension_suffixes(), sys.platform]))`, frozenNames()).Output()
			if err != nil {
				t.Fatal(err)
			}
			var builtins, frozens, suffixes []string
			var platform string
			if err := json.Unmarshal(out, &[]any{&builtins, &frozens, &suffixes, &platform}); err != nil {
				t.Fatal(err)
			}
			for _, b := range builtin {
				if isBuiltin(b.name, v.Minor) && !slices.Contains(builtins, b.name) {
					t.Errorf("%s is not built in", b.name)
				}
			}
			for _, f := range frozen {
				if is := slices.Contains(frozens, f.name); is != isFrozen(f.name, v.Minor) {
					t.Errorf("%s: frozen is %t", f.name, is)
				}
			}
			if platform != "linux" {
				return
			}
			im, err := newImporter(Options{Python: v})
			if err != nil {
				t.Fatal(err)
			}
			next := 0
			for _, s := range im.suffixes() {
				if next < len(suffixes) && suffixes[next] == s {
					next++
				}
			}
			if next < len(suffixes) {
				t.Errorf("the endings are %q, those of the interpreter are %q", im.suffixes(), suffixes)
			}
		})
	}
}

func frozenNames() string {
	var out []string
	for _, f := range frozen {
		out = append(out, f.name)
	}
	b, _ := json.Marshal(out)
	return string(b)
}
