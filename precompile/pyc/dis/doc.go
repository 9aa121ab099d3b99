// Package dis reads the code objects of .pyc files: instructions, lines and
// positions, exception tables, of CPython 3.8 to 3.15, without a Python.
//
// # Model
//
// A File is a .pyc: its header and the code object of the module, as package
// marshal read it. Walk goes through the code objects of a File. A Code is one
// of them with the tables of its version at hand. Its Instructions are decoded
// one at a time as they are asked for, so that reading a file takes little more
// memory than its objects do; what an argument means is worked out by Arg when
// someone wants to see it.
//
// What is decoded is what that version's own dis.get_instructions gives, and a
// conformance test holds it to that over the standard libraries: names,
// arguments, jump targets, lines, positions, exception entries. Text and JSON
// are this package's own forms, alike for all versions: jump targets are labels
// in text, as dis prints them since 3.13.
//
// # Hostile input
//
// A .pyc is input from outside. Nothing here trusts an index, a length or a
// table: what points nowhere is named as such (ArgInvalid, "<200>"), never
// guessed. Time and memory are bounded by the size of the input: shared code
// objects are shown once, representations of constants have a limit.
package dis
