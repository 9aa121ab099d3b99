// Package assemble makes a code object of a unit's finished instructions:
// bytecode with extended arguments and inline caches, the location table, the
// exception table, and the tuples of names and constants.
//
// The result is a graph of marshal.Values in which pointers are object identity,
// as CPython's own objects would be: tuples and tables go through the
// compilation's pool (instr.Pool), so that equal ones are one object, and
// constants that look like names are interned. Written by marshal.WriteRuleA it
// gives the bytes of a fresh interpreter.
//
// # Layout
//
// assemble.go has the code object, code.go jumps and bytecode, locations.go,
// exceptions.go and localsplus.go one table each.
//
// # Versions
//
// Tested on code objects of 3.11 to 3.15, taken apart and assembled again. What
// is missing for 3.12 is the start of resolveOffsets (lengths for the numbers of
// blocks, not for indices; 3 of 77,321 code objects show it).
//
// Bytes, caches and which instructions jump: the tables of package opcode. Small
// differences: booleans of target.Features. The encodings here are those of 3.11
// and later, which all share them; another one would be a sibling of
// locations.go or exceptions.go, chosen in New.
package assemble
