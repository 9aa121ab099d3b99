package precompile

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// nowhere is an environment without interpreters.
func nowhere(t *testing.T) func(string) string {
	dir := t.TempDir()
	return func(name string) string {
		if name == "PATH" {
			return dir
		}
		return map[string]string{"HOME": dir}[name]
	}
}

func TestOpenCompilerRefuses(t *testing.T) {
	v313 := pyc.Version{Major: 3, Minor: 13, Patch: pyc.AnyPatch}
	as := func(target any) func(error) bool {
		return func(err error) bool { return errors.As(err, target) }
	}
	for _, tt := range []struct {
		name string
		o    CompilerOptions
		is   func(error) bool
		want string
	}{
		{"nothing", CompilerOptions{}, as(new(*OptionsError)), "neither a target nor an interpreter"},
		{"no such choice", CompilerOptions{Compiler: 3, Target: v313}, as(new(*OptionsError)), "CompilerChoice(3)"},
		{"jobs", CompilerOptions{Jobs: -1, Target: v313}, as(new(*OptionsError)), "negative"},
		{"both", CompilerOptions{Compiler: CompilerEmbedded, Target: v313, Interpreter: "python3"}, as(new(*OptionsError)), "does not go with an interpreter"},
		{"embedded", CompilerOptions{Compiler: CompilerEmbedded, Target: pyc.Version{Implementation: pyc.PyPy, Major: 3, Minor: 11, Patch: pyc.AnyPatch}}, as(new(*NotCoveredError)), "does not cover Python pypy3.11"},
		{"none found", CompilerOptions{Compiler: CompilerCPython, Target: v313}, as(new(*cpython.NotFoundError)), "3.13"},
		{"no such file", CompilerOptions{Target: v313, Interpreter: filepath.Join(t.TempDir(), "python3")}, func(err error) bool { return err != nil }, "python3"},
		{"too old", CompilerOptions{Compiler: CompilerCPython, Target: pyc.Version{Major: 2, Minor: 7}}, func(err error) bool { return err != nil }, "2.7"},
	} {
		o := tt.o
		o.Getenv = nowhere(t)
		c, err := OpenCompiler(t.Context(), o)
		if c != nil || !tt.is(err) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, %v; want %q", tt.name, c, err, tt.want)
		}
		if cs, err := OpenCompilers(t.Context(), o, o); cs != nil || err == nil {
			t.Errorf("%s, twice: %v, %v", tt.name, cs, err)
		}
	}
}

func TestParseWords(t *testing.T) {
	for _, c := range []CompilerChoice{CompilerAuto, CompilerEmbedded, CompilerCPython} {
		if got, err := ParseCompilerChoice(c.String()); got != c || err != nil {
			t.Errorf("%s: %v, %v", c, got, err)
		}
	}
	for _, l := range []Layout{LayoutPycache, LayoutLegacy} {
		if got, err := ParseLayout(l.String()); got != l || err != nil {
			t.Errorf("%s: %v, %v", l, got, err)
		}
	}
	if _, err := ParseLayout("tree"); err == nil || err.Error() != `"tree" is not a layout: want one of ["pycache" "legacy"]` {
		t.Errorf("%v", err)
	}
	if _, err := ParseCompilerChoice(""); err == nil {
		t.Error("an empty word is a compiler")
	}
	if s := Layout(9).String(); s != "Layout(9)" {
		t.Errorf("Layout(9) is %q", s)
	}
}
