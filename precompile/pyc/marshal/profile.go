package marshal

import "fmt"

// Profile is what one series of Python needs of the wire format and of the
// defined form. Profiles are values: compare them with ==, copy them freely.
// The zero Profile is that of no Python and is refused by every function.
type Profile struct {
	pypy  bool
	major uint8
	minor uint8
	// version is the format version that the series' marshal module writes
	// (marshal.version): 4 to 3.13, 5 in 3.14, 6 in 3.15.
	version uint8
	// layout is the order of a code object's fields on the wire.
	layout codeLayout
}

// codeLayout names the orders of a code object's fields.
type codeLayout uint8

const (
	noLayout codeLayout = iota
	// layoutVarnames is 3.8 to 3.10: argcount, posonlyargcount, kwonlyargcount,
	// nlocals, stacksize, flags, code, consts, names, varnames, freevars,
	// cellvars, filename, name, firstlineno, lnotab or linetable.
	layoutVarnames
	// layoutLocalsPlus is 3.11 and later: argcount, posonlyargcount,
	// kwonlyargcount, stacksize, flags, code, consts, names, localsplusnames,
	// localspluskinds, filename, name, qualname, firstlineno, linetable,
	// exceptiontable.
	layoutLocalsPlus
	// layoutPyPy is PyPy 3.11's (8.0): that of 3.8 to 3.10 with a qualname after
	// the name and an exceptiontable at the end. PyPy 3.10 has layoutVarnames.
	layoutPyPy
)

// ProfileOf returns the profile of a series: CPython 3.8 to 3.15, or PyPy of the
// language versions 3.10 and 3.11.
func ProfileOf(pypy bool, major, minor int) (Profile, error) {
	name := "CPython"
	if pypy {
		name = "PyPy"
	}
	p := Profile{pypy: pypy, major: uint8(major), minor: uint8(minor), version: 4}
	switch {
	case major != 3 || !pypy && (minor < 8 || minor > 15) || pypy && (minor < 10 || minor > 11):
		return Profile{}, fmt.Errorf("marshal: the format of %s %d.%d is not known: CPython 3.8 to 3.15 and PyPy 3.10 and 3.11 are", name, major, minor)
	case pypy && minor >= 11:
		p.layout = layoutPyPy
	case minor < 11:
		p.layout = layoutVarnames
	default:
		p.layout = layoutLocalsPlus
		if minor >= 14 {
			p.version = uint8(minor - 9)
		}
	}
	return p, nil
}

// Valid reports whether p came from ProfileOf.
func (p Profile) Valid() bool { return p.layout != noLayout }

// Version is the format version that the series writes: 4, 5 or 6.
func (p Profile) Version() int { return int(p.version) }

// FreshProcess reports whether the series' defined form is the bytes of a
// fresh-process py_compile (CPython 3.11 and later). For the others it is the
// package's own canonical form.
func (p Profile) FreshProcess() bool { return p.layout == layoutLocalsPlus }

// HasLocalsPlus reports whether code objects of the series have
// localsplusnames and localspluskinds (CPython 3.11 and later) instead of
// varnames, freevars and cellvars.
func (p Profile) HasLocalsPlus() bool { return p.layout == layoutLocalsPlus }

// HasQualname reports whether code objects of the series have a qualname.
func (p Profile) HasQualname() bool { return p.layout != layoutVarnames }

// String returns "CPython 3.13" or "PyPy 3.11".
func (p Profile) String() string {
	switch {
	case !p.Valid():
		return "no profile"
	case p.pypy:
		return fmt.Sprintf("PyPy %d.%d", p.major, p.minor)
	}
	return fmt.Sprintf("CPython %d.%d", p.major, p.minor)
}
