// Package opcode is what each CPython from 3.8 to 3.15 knows of its
// instructions: numbers, names, kinds of argument, inline caches, stack
// effects, and the names that some arguments index.
//
// # Model
//
// Op is one enumeration over all versions. It has every instruction that a
// .pyc can hold, the specialised and instrumented forms that exist in memory
// only, and the instructions that only a compiler uses on its way to code
// (SETUP_FINALLY, JUMP, …). A name means one Op in whichever versions it
// occurs. What differs by version is data: a Table maps bytes to Ops and back
// and answers for the properties. There is no inheritance between tables, as
// releases renumber at will.
//
// # Where the tables come from
//
// facts/dump.py runs in an interpreter and prints what it knows; facts/3.X.json
// is that output, checked in. Package tablegen turns these files into the Go
// source of this package (files named *_gen.go). Its test fails where the two
// disagree, and rewrites them when run as go generate does. A conformance test
// runs dump.py in the interpreters at hand and compares.
package opcode

//go:generate go test ./internal/tablegen -update
