package dis

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// File is a .pyc, as far as it could be read.
type File struct {
	// Size is the length of the file in bytes.
	Size int
	// Magic is the first four bytes, Flags the second, as they are.
	Magic pyc.Magic
	Flags uint32
	// Header is the header; zero where it could not be made out.
	Header pyc.Header
	// HeaderOK is set when Header means something.
	HeaderOK bool
	// Version is the series that the magic number is of; KnownVersion whether
	// it is one whose code objects can be read.
	Version      pyc.Version
	KnownVersion bool
	// Root is the code object of the module, nil where it could not be read.
	Root *marshal.Value
}

// ErrVersion is wrapped by the errors of Read about caches of other Pythons
// than those that can be read.
var ErrVersion = errors.New("not of a Python whose caches can be read (CPython 3.8 to 3.15, PyPy 3.11)")

// pypy311 is the magic number of PyPy 8.0 for Python 3.11, as measured. PyPy
// does not publish a list.
const pypy311 = 432

// Reader reads one file after another and uses the memory of the one before
// again. The zero Reader is ready. It serves one goroutine at a time.
type Reader struct{ codec marshal.Codec }

// Read reads the bytes of a .pyc. The File says as much as could be made out,
// also where there is an error; it is nil only for what is shorter than a magic
// number. Errors wrap pyc.ErrTruncated, pyc.ErrFlags, ErrVersion, or are a
// *marshal.SyntaxError in a fmt-wrapped form.
func Read(data []byte) (*File, error) { return new(Reader).Read(data) }

// Read is the function of that name, but that the File's Root is good until the
// next call only.
func (r *Reader) Read(data []byte) (*File, error) {
	if len(data) < 4 {
		return nil, fmt.Errorf("%w: %d bytes", pyc.ErrTruncated, len(data))
	}
	f := &File{Size: len(data), Magic: pyc.Magic(data[:4])}
	v, known := pyc.VersionOf(f.Magic)
	if f.Magic.Valid() && f.Magic.Number() == pypy311 {
		v, known = pyc.Version{Implementation: pyc.PyPy, Major: 3, Minor: 11, Patch: pyc.AnyPatch}, true
	}
	f.Version = v
	if !f.Magic.Valid() {
		return f, fmt.Errorf("no .pyc: it does not start with a magic number, but with % x", f.Magic[:])
	}
	if len(data) >= 8 {
		f.Flags = binary.LittleEndian.Uint32(data[4:])
	}
	if !known {
		return f, fmt.Errorf("the magic number %s is %w", f.Magic, ErrVersion)
	}
	profile, err := marshal.ProfileOf(v.Implementation == pyc.PyPy, v.Major, v.Minor)
	if err != nil {
		return f, fmt.Errorf("the magic number %s is %w", f.Magic, ErrVersion)
	}
	f.KnownVersion = true
	f.Header, err = pyc.ParseHeader(data)
	if err != nil {
		return f, err
	}
	f.HeaderOK = true
	root, err := r.codec.Unmarshal(data[pyc.HeaderSize:], profile)
	if err != nil {
		return f, fmt.Errorf("after the header: %w", err)
	}
	if root.Kind != marshal.KindCode {
		return f, fmt.Errorf("what follows the header is of type %s, where a code object belongs", root.Kind)
	}
	f.Root = root
	return f, nil
}

// Disassembles reports whether the instructions of the file can be read: those
// of CPython 3.8 to 3.15.
func (f *File) Disassembles() bool {
	v := f.Version
	return f.KnownVersion && v.Implementation == pyc.CPython && v.Minor >= opcode.MinMinor && v.Minor <= opcode.MaxMinor
}
