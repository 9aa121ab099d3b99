package pyc

import (
	"fmt"
	"strconv"
	"strings"
)

// Implementation tells the two Pythons whose caches are told apart by tag.
type Implementation uint8

// The implementations.
const (
	CPython Implementation = iota
	PyPy
)

// String returns the name that sys.implementation.name has.
func (i Implementation) String() string {
	if i == PyPy {
		return "pypy"
	}
	return "cpython"
}

// AnyPatch stands in Version.Patch where no patch release was named.
const AnyPatch = -1

// Version names a Python release, or with Patch == AnyPatch a series. A compile
// target is a release: 3.13.0 and 3.13.18 share a magic number and differ in
// the code that they emit. For PyPy it is the language version that counts
// (3.11), not the number of PyPy itself (7.3).
type Version struct {
	Implementation Implementation
	Major, Minor   int
	Patch          int
}

// ParseVersion reads the words that --python takes: "3.13", "3.13.0",
// "pypy3.11", "cpython3.12".
func ParseVersion(s string) (Version, error) {
	v := Version{Patch: AnyPatch}
	rest := s
	switch {
	case strings.HasPrefix(rest, "pypy"):
		v.Implementation, rest = PyPy, strings.TrimPrefix(rest[len("pypy"):], "-")
	case strings.HasPrefix(rest, "cpython"):
		rest = strings.TrimPrefix(rest[len("cpython"):], "-")
	}
	parts := strings.Split(rest, ".")
	if len(parts) < 2 || len(parts) > 3 {
		return Version{}, fmt.Errorf("%q is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11", s)
	}
	fields := []*int{&v.Major, &v.Minor, &v.Patch}
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || n < 0 || n > 999 || p != strconv.Itoa(n) {
			return Version{}, fmt.Errorf("%q is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11", s)
		}
		*fields[i] = n
	}
	return v, nil
}

// String returns the form that ParseVersion reads.
func (v Version) String() string {
	s := v.Series()
	if v.Patch != AnyPatch {
		s += "." + strconv.Itoa(v.Patch)
	}
	return s
}

// Series returns the version without its patch: "3.13", "pypy3.11".
func (v Version) Series() string {
	s := strconv.Itoa(v.Major) + "." + strconv.Itoa(v.Minor)
	if v.Implementation == PyPy {
		s = "pypy" + s
	}
	return s
}

// CacheTag returns what stands between the stem and ".pyc" in a PEP 3147 cache
// name (sys.implementation.cache_tag): "cpython-313", "pypy311".
func (v Version) CacheTag() string {
	n := strconv.Itoa(v.Major) + strconv.Itoa(v.Minor)
	if v.Implementation == PyPy {
		return "pypy" + n
	}
	return "cpython-" + n
}

// Compare orders versions by implementation, then number; AnyPatch comes before
// every patch. The result is -1, 0 or +1.
func (v Version) Compare(w Version) int {
	for _, d := range [...]int{
		int(v.Implementation) - int(w.Implementation), v.Major - w.Major, v.Minor - w.Minor, v.Patch - w.Patch,
	} {
		switch {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
	}
	return 0
}

// AtLeast reports whether v is major.minor of its implementation, or newer.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// Matches reports whether a release v serves the request want: the same
// implementation and series, and the same patch where want names one.
func (v Version) Matches(want Version) bool {
	return v.Implementation == want.Implementation && v.Major == want.Major && v.Minor == want.Minor &&
		(want.Patch == AnyPatch || v.Patch == want.Patch)
}
