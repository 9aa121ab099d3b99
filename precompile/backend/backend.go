// Package backend is the contract between the engine and a compiler.
//
// Two compilers stand behind it: the pool of CPython (or PyPy) subprocesses in
// package cpython, and the embedded compiler. The engine, the verifier and the
// Bazel worker see only this interface; which of the two serves a target is
// decided once, when the target is opened, and never file by file.
//
// The contract is about bytes: Result.Code is final. A compiler returns what a
// fresh `python -m py_compile` of its target writes after the 16-byte header
// (for targets before 3.11 and for PyPy the canonical form of package marshal),
// whatever it compiled before, in whatever order, on whatever machine.
package backend

import (
	"context"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Compiler turns sources into marshalled code objects for one target. All
// methods may be called from many goroutines at once.
type Compiler interface {
	// Info describes the compiler. It does not change over its life.
	Info() Info
	// Compile compiles one source. The error is a *diag.Diagnostic (with an
	// empty Path) where the source is at fault; any other error means that the
	// compiler could not do its work on this file (a crash, a time-out, a lost
	// subprocess) or that ctx ended.
	Compile(ctx context.Context, req Request) (Result, error)
	// Close releases what the compiler holds, subprocesses included, and
	// returns when they are gone.
	Close() error
}

// Identified is a Compiler whose results can be kept for another run.
type Identified interface {
	Compiler
	// Identity is a text that no other compiler has whose results might differ, as
	// far as the program that runs is the same. It may read executables to make it.
	Identity() (string, error)
}

// Info says who compiles, and for what.
type Info struct {
	// Name is "embedded" or "cpython", the words of --compiler.
	Name string
	// Target is the release that the code objects are for, patch included.
	Target pyc.Version
	// Magic is the number that heads the target's caches. For PyPy it is the
	// interpreter's own: its cache tag does not change when its magic does.
	Magic pyc.Magic
	// Detail is what a person wants to know beyond that: the interpreter's
	// path, or the profile of the embedded compiler.
	Detail string
}

// Request is one source to compile.
type Request struct {
	// Source is the file's bytes as read from disk. The compiler does not keep
	// or change them.
	Source []byte
	// Filename is compiled in as co_filename, byte for byte; bytes that are not
	// UTF-8 become surrogate escapes, as os.fsdecode makes them.
	Filename string
	// Optimize is the level: 0, 1 or 2.
	Optimize int
	// Buffer is memory that the compiler may write Result.Code to, from its start
	// on, where its capacity is enough. It need not: Code tells.
	Buffer []byte
}

// Result is what one source compiled to.
type Result struct {
	// Code is the marshalled code object, ready to follow a header.
	Code []byte
	// Warnings are what the compiler remarked on (SyntaxWarning, …), in the
	// order in which it did, with empty Paths.
	Warnings []diag.Diagnostic
	// FromMemo reports that this was not compiled now but kept from before.
	FromMemo bool
}
