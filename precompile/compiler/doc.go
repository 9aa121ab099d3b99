// Package compiler is the embedded compiler: it turns a Python source into the
// bytes that a fresh `python -m py_compile` of the target writes behind the header,
// without a Python.
//
// # Model
//
// A Compiler serves one target, which is a release: 3.13.0 and 3.13.18 share a magic
// number and emit different code. It has workers, each with its own scratch memory,
// as many as are used at once. A source goes through these stages, each a package
// below internal:
//
//	source      bytes to text
//	lexer, parser    text to tree; the warnings and errors of the parser
//	codegen     the tree's preprocessing
//	symtable    scopes
//	codegen     tree to pseudo-instructions, unit by unit; for each unit:
//	flowgraph   pseudo-instructions to instructions
//	assemble    instructions to a code object
//	marshal     the code objects to bytes, with the references of a fresh process
//
// A fault of the source is a *diag.Diagnostic. A fault of the compiler is an
// *InternalError, never a crash of the program: it names the file, and the worker
// that failed is thrown away.
//
// Time and memory are bounded by the size of the source. Where CPython's output grows
// much faster than that, with the captures of one pattern or the depth of nested finally
// clauses, more than some four million instructions are refused, as a MemoryError.
//
// # Versions
//
// Where a difference between versions goes is said in package target. No stage asks
// for a version: a small behaviour is a boolean of target.Features, instructions are
// tables of package opcode, the order of passes is a list in package flowgraph, a
// whole encoding is a sibling file.
package compiler
