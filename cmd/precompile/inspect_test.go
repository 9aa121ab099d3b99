package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// cacheOf is a cache that CPython 3.minor made: the first of package dis's
// goldens, under a checked-hash header.
func cacheOf(t *testing.T, minor int) []byte {
	t.Helper()
	f, err := os.Open(fmt.Sprintf("../../precompile/pyc/dis/testdata/3.%d.rows.gz", minor))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(z)
	var n, rows int
	if _, err := fmt.Fscanf(r, "%d %d\n", &n, &rows); err != nil {
		t.Fatal(err)
	}
	m, _ := pyc.MagicOf(pyc.Version{Major: 3, Minor: minor})
	b := append(pyc.NewHeader(m, pyc.CheckedHash, nil, pyc.SourceStamp{}).Append(nil), make([]byte, n)...)
	if _, err := io.ReadFull(r, b[pyc.HeaderSize:]); err != nil {
		t.Fatal(err)
	}
	return b
}

// conforms holds what was printed to a schema of docs/schema.
func conforms(t *testing.T, kind string, out *bytes.Buffer) {
	t.Helper()
	s, err := jsonschema.NewCompiler().Compile("../../docs/schema/" + kind + ".schema.json")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := jsonschema.UnmarshalJSON(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Validate(doc); err != nil {
		t.Errorf("%s: %#v", kind, err)
	}
}

func TestInspect(t *testing.T) {
	for _, minor := range []int{8, 10, 11, 13, 15} {
		w := newWorld()
		w.files["a.pyc"] = string(cacheOf(t, minor))
		w.must(t, exitOK, "inspect", "a.pyc")
		contains(t, "inspect", w.out.String(), "a.pyc\n", fmt.Sprintf("(3.%d)\n", minor), "0x3: checked hash", "code Outer.method\n")
		if strings.Contains(w.out.String(), "LOAD_CONST") {
			t.Error("instructions are shown without --dis")
		}
		w.out.Reset()
		w.must(t, exitOK, "inspect", "--dis", "--offsets", "--show-caches", "--code", "method", "a.pyc")
		contains(t, "inspect --dis", w.out.String(), "code Outer.method\n", "LOAD_GLOBAL", "(self)")
		if strings.Contains(w.out.String(), "code <module>") {
			t.Error("--code shows other code objects")
		}
		w.out.Reset()
		w.must(t, exitOK, "inspect", "--format", "json", "--show-caches", "a.pyc", "a.pyc")
		conforms(t, "inspect", &w.out)
	}
}

// goldenCompiler gives one code object for every source, and a syntax error for
// an empty one.
type goldenCompiler struct {
	backend.Compiler
	code []byte
}

func (c goldenCompiler) Compile(_ context.Context, r backend.Request) (backend.Result, error) {
	if len(r.Source) == 0 {
		return backend.Result{}, &diag.Diagnostic{Severity: diag.Error, Type: "SyntaxError", Message: "made up"}
	}
	return backend.Result{Code: c.code}, nil
}

func TestInspectSource(t *testing.T) {
	w := newWorld()
	w.files["a.py"], w.files["b.py"], w.files["empty.py"] = "x", "y", ""
	open := w.engine.open
	w.engine.open = func(ctx context.Context, r compilerRequest) (backend.Compiler, error) {
		c, err := open(ctx, r)
		return goldenCompiler{c, cacheOf(t, 13)[pyc.HeaderSize:]}, err
	}
	w.must(t, exitOK, "inspect", "--stage", "code", "a.py", "b.py")
	contains(t, "inspect", w.out.String(), "a.py (compiled for Python 3.13.0 by cpython)\n", "LOAD_CONST")
	if len(w.opened) != 1 || w.closed != 1 {
		t.Errorf("%d compilers were opened and %d closed", len(w.opened), w.closed)
	}
	w.must(t, exitFailed, "inspect", "empty.py")
	contains(t, "a source that does not compile", w.err.String(), "empty.py", "made up")
	w = newWorld()
	w.must(t, exitUsage, "inspect", "--stage", "tokens", "a.pyc")
	contains(t, "--stage", w.err.String(), "a.pyc is not a .py file")
}

func TestStages(t *testing.T) {
	for stage, want := range map[string][]string{
		"tokens":       {"1:0-1:1\tNAME\t\"x\"\n", "ENDMARKER"},
		"ast":          {"Module(body=[Assign(targets=[Name(id='x', ctx=Store(), lineno=1, col_offset=0, end_lineno=1, end_col_offset=1)]"},
		"symtable":     {"module top", "f: DEF_LOCAL", "function f 2:", "parameters: a", "a: DEF_PARAM|USE LOCAL"},
		"instructions": {"<module>, line 1\n", "LOAD_CONST", "\n\n<module>"},
		"cfg":          {"f, line 2, stack ", " block 0, to 1 or 2\n", "POP_JUMP_IF_FALSE to block 2", " block 2, from 0\n", "RETURN_VALUE"},
	} {
		w := newWorld()
		w.files["a.py"], w.files["bad.py"] = "x = 1\ndef f(a):\n    if a: return a\n", "x = (\n"
		w.must(t, exitOK, "inspect", "--stage", stage, "--python", "3.13", "a.py")
		contains(t, stage, w.out.String(), want...)
		w.must(t, exitFailed, "inspect", "--stage", stage, "--python", "3.13", "bad.py")
		contains(t, stage, w.err.String(), "bad.py", "'(' was never closed")
	}
	for _, args := range [][]string{
		{"--python", "3.9", "a.py"}, {"--dis", "a.py"}, {"--format", "json", "a.py"}, {"--compiler", "cpython", "a.py"},
		{"--python", "3.13", "a.pyc"},
	} {
		newWorld().must(t, exitUsage, append([]string{"inspect", "--stage", "ast"}, args...)...)
	}
}

func TestInspectFaults(t *testing.T) {
	w := newWorld()
	good := string(cacheOf(t, 13))
	w.files["cut.pyc"], w.files["old.pyc"], w.files["none.pyc"] = good[:len(good)-1], "\x42\x0d\r\n"+good[4:], "text"
	w.must(t, exitFailed, "inspect", "cut.pyc", "old.pyc", "none.pyc", "gone.pyc")
	contains(t, "errors", w.err.String(), "cut.pyc: after the header: ", "old.pyc: the magic number 3394 (3.7)", "none.pyc: no .pyc", "gone.pyc: file does not exist")
	contains(t, "what can be read", w.out.String(), "0x3: checked hash", "3394 (3.7)")
	w.out.Reset()
	w.must(t, exitFailed, "inspect", "--format", "json", "cut.pyc", "old.pyc", "none.pyc", "gone.pyc")
	conforms(t, "inspect", &w.out)
	w = newWorld()
	w.files["a.pyc"] = good
	w.must(t, exitFailed, "inspect", "--code", "nope", "a.pyc")
	contains(t, "--code", w.err.String(), "a.pyc: no code object is called nope")
	for _, args := range [][]string{
		{"inspect"}, {"inspect", "--limit", "-1", "a.pyc"}, {"inspect", "--python", "3.12,3.13", "a.py"},
		{"inspect", "--format", "json", "--color", "always", "a.pyc"},
	} {
		newWorld().must(t, exitUsage, args...)
	}
}

func TestDiff(t *testing.T) {
	dir := t.TempDir()
	put := func(name string, b []byte) string {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, b, 0o666); err != nil {
			t.Fatal(err)
		}
		return p
	}
	a, b := put("a.pyc", cacheOf(t, 13)), put("b.pyc", cacheOf(t, 12))
	header := cacheOf(t, 13)
	header[4] = 1
	c := put("c.pyc", header)
	w := newWorld()
	w.must(t, exitOK, "diff", a, a)
	contains(t, "diff", w.out.String(), "the same bytes\n")
	w = newWorld()
	w.must(t, exitFailed, "diff", a, c)
	contains(t, "diff", w.out.String(), "under another header\n", "invalidation mode: checked-hash, unchecked-hash")
	w = newWorld()
	w.must(t, exitOK, "diff", "--equal", "code", a, c)
	w = newWorld()
	w.must(t, exitFailed, "diff", "--equal", "code", a, b)
	contains(t, "diff", w.out.String(), "the code differs: the version: Python 3.13 and Python 3.12")
	w = newWorld()
	w.must(t, exitFailed, "diff", "--format", "json", a, c)
	conforms(t, "diff", &w.out)
	w = newWorld()
	w.must(t, exitOK, "diff", dir, dir)
	contains(t, "diff", w.out.String(), "3 caches: 3 the same bytes\n")
	w = newWorld()
	w.must(t, exitOK, "diff", "--all", "--format", "json", dir, dir)
	conforms(t, "diff", &w.out)
	for _, args := range [][]string{
		{"diff"}, {"diff", a}, {"diff", a, b, c}, {"diff", a, dir}, {"diff", a, filepath.Join(dir, "gone")}, {"diff", "--context", "-1", a, a},
	} {
		newWorld().must(t, exitUsage, args...)
	}
}

func TestExplain(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "m.py")
	if err := os.WriteFile(source, []byte("x\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	w := newWorld()
	w.must(t, exitOK, "explain", "--python", "3.13", "--path", dir, "m")
	contains(t, "explain", w.out.String(), "import m\n", "= compiles "+source+": there is no cache to load; writes ")
	w = newWorld()
	w.vars["PYTHONPATH"], w.vars["PYTHONDONTWRITEBYTECODE"], w.vars["PYTHONPYCACHEPREFIX"] = dir, "1", "/prefix"
	w.must(t, exitOK, "explain", "m")
	contains(t, "explain", w.out.String(), "under the cache prefix", "the interpreter is told not to write caches")
	w = newWorld()
	w.must(t, exitFailed, "explain", "--path", dir, "gone")
	contains(t, "explain", w.out.String(), "raises ModuleNotFoundError: No module named 'gone'")
	w = newWorld()
	w.must(t, exitOK, "explain", "--format", "json", "--python", "3.9", source)
	conforms(t, "explain", &w.out)
	for _, args := range [][]string{
		{"explain"}, {"explain", "a", "b"}, {"explain", "--python", "3.7", "m"}, {"explain", "--python", "3.12,3.13", "m"},
		{"explain", "--python", "pypy3.11", "m"}, {"explain", "a/none.py"}, {"explain", "a..b"},
	} {
		newWorld().must(t, exitUsage, args...)
	}
}
