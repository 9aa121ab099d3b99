package pyselect

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Supported words the versions that can be compiled for. What a single compiler
// covers is less, and its own affair.
func Supported() string { return cpython.SupportedSeries }

// Series lists the supported series, CPython's first, each oldest first.
func Series() []pyc.Version {
	var out []pyc.Version
	for _, impl := range []pyc.Implementation{pyc.CPython, pyc.PyPy} {
		for minor := range 100 {
			v := pyc.Version{Implementation: impl, Major: 3, Minor: minor, Patch: pyc.AnyPatch}
			if cpython.Supports(v) {
				out = append(out, v)
			}
		}
	}
	return out
}

// Check returns an error that lists what is supported if v is not.
func Check(v pyc.Version) error {
	if !cpython.Supports(v) {
		return fmt.Errorf("Python %s is not supported: want %s", v, Supported())
	}
	return nil
}

// notPython are the implementations and distributions that pyenv and uv know by
// name and whose caches this program does not write, or whose number is their
// own and not Python's.
var notPython = []string{
	"anaconda", "activepython", "cinder", "graalpy", "ironpython", "jython", "mambaforge", "micropython", "miniconda",
	"miniforge", "nogil", "pyodide", "pyston", "stackless",
}

// Parse reads one name of a Python: what --python takes (3.13, 3.13.1,
// pypy3.11, cpython3.12) and what pyenv and uv write besides
// (pypy3.11-7.3.15, cpython-3.13.1-linux-x86_64-gnu, pypy@3.11). The version is
// one that is supported.
func Parse(s string) (pyc.Version, error) {
	v, err := parse(s)
	if err != nil {
		return pyc.Version{}, err
	}
	return v, Check(v)
}

func parse(s string) (pyc.Version, error) {
	v := pyc.Version{Patch: pyc.AnyPatch}
	const longest = 80 // the longest that uv writes have some 50
	if len(s) > longest {
		return v, badVersion(s[:longest/2] + "…")
	}
	rest := s
	if letters := prefix(s, isLetter); letters > 0 {
		name, tail := strings.ToLower(s[:letters]), s[letters:]
		if slices.ContainsFunc(notPython, func(other string) bool { return strings.HasPrefix(name, other) }) {
			return v, fmt.Errorf("%q is not supported: want %s", s, Supported())
		}
		switch name {
		case "python", "cpython", "cp":
		case "pypy", "pp":
			v.Implementation = pyc.PyPy
		default:
			return v, badVersion(s)
		}
		rest = strings.TrimLeft(tail, "-@")
		if len(tail)-len(rest) > 1 {
			return v, badVersion(s)
		}
	}
	if strings.ContainsAny(rest, "<>=~!*, ") {
		return v, fmt.Errorf("%q is a range: name one version, such as 3.13", s)
	}
	// What follows is the number of PyPy itself, or uv's platform.
	free := false
	if number, tail, ok := strings.Cut(rest, "-"); ok && tail != "dev" {
		rest = number
		if tail == "" {
			return v, badVersion(s)
		}
		if v.Implementation == pyc.PyPy && strings.HasPrefix(tail, "nightly") {
			return v, fmt.Errorf("%q is a pre-release, whose bytecode may still change: name a release", s)
		}
	}
	if number, build, ok := strings.Cut(rest, "+"); ok {
		if rest, free = number, strings.HasPrefix(build, "freethreaded"); !free {
			return v, fmt.Errorf("%q is a special build (%s): name the release, such as %s", s, build, number)
		}
	}
	r, ok := readRelease(rest)
	if !ok {
		return v, badVersion(s)
	}
	var err error
	for i, field := range []*int{&v.Major, &v.Minor, &v.Patch} {
		if r.numbers[i] == "" {
			continue
		}
		if *field, err = strconv.Atoi(r.numbers[i]); err != nil || *field > 999 || r.numbers[i] != strconv.Itoa(*field) {
			return v, badVersion(s)
		}
	}
	switch {
	case r.numbers[1] == "" && v.Major != 3:
		return v, badVersion(s)
	case r.numbers[1] == "":
		return v, fmt.Errorf("%q leaves the minor version open: name it, such as 3.13", s)
	case r.pre:
		return v, fmt.Errorf("%q is a pre-release, whose bytecode may still change: name a release", s)
	case free || r.free:
		return v, fmt.Errorf("%q is a free-threaded build, whose compiler is not emulated byte for byte: it loads the caches of %s as well", s, v)
	}
	return v, nil
}

// release is the number of a Python with what may follow it: a pre-release (a1, b1,
// c1, rc1, dev, .dev1, pyenv's -dev), and the t of a free-threaded build.
type release struct {
	numbers   [3]string // major, minor, patch; "" where it is not there
	pre, free bool
}

// readRelease reads all of s, if it is a release. It is written by hand, since it
// reads a flag of nearly every run, and regular expressions would take their time in
// each start of the program.
func readRelease(s string) (r release, ok bool) {
	for i := range r.numbers {
		rest := s
		if i > 0 {
			if rest, ok = strings.CutPrefix(s, "."); !ok {
				break
			}
		}
		digits := prefix(rest, isDigit)
		if digits == 0 {
			break // a .dev1, if it is anything
		}
		r.numbers[i], s = rest[:digits], rest[digits:]
	}
	if r.numbers[0] == "" {
		return r, false
	}
	for _, mark := range []struct {
		text           string
		digits, needed bool // they may follow, they must
	}{{"a", true, true}, {"b", true, true}, {"rc", true, true}, {"c", true, true}, {"dev", true, false}, {".dev", true, false}, {"-dev", false, false}} {
		rest, is := strings.CutPrefix(s, mark.text)
		digits := 0
		if mark.digits {
			digits = prefix(rest, isDigit)
		}
		if is && (digits > 0 || !mark.needed) {
			r.pre, s = true, rest[digits:]
			break
		}
	}
	s, r.free = strings.CutPrefix(s, "t")
	return r, s == ""
}

// prefix counts the bytes that s begins with and that are of a kind.
func prefix(s string, is func(byte) bool) int {
	n := 0
	for n < len(s) && is(s[n]) {
		n++
	}
	return n
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func badVersion(s string) error {
	return fmt.Errorf("%q is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11", s)
}

// ParseList reads what --python and PRECOMPILE_PYTHON take: names between
// commas or spaces. A name that comes twice counts once; two that would share
// their caches are an error.
func ParseList(s string) ([]pyc.Version, error) {
	var out []pyc.Version
	for _, name := range strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' }) {
		v, err := Parse(name)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("no version: want a form like 3.13, 3.13.0 or pypy3.11")
	}
	return Merge(out)
}

// Merge drops versions that come twice and refuses two of one series: their
// caches have one name.
func Merge(vs []pyc.Version) ([]pyc.Version, error) {
	var out []pyc.Version
	for _, v := range vs {
		same := slices.IndexFunc(out, func(w pyc.Version) bool { return w.Series() == v.Series() })
		switch {
		case same < 0:
			out = append(out, v)
		case out[same] != v:
			return nil, fmt.Errorf("%s and %s cannot be compiled in one run: both have caches named %s", out[same], v, v.CacheTag())
		}
	}
	return out, nil
}
