// Package pyrepr writes Python values the way repr() of a given Python writes
// them.
//
// repr() of a str shows a character as itself where str.isprintable says so,
// which depends on the Unicode version of the interpreter: 3.8 escapes what
// 3.15 shows. The ranges in printable_gen.go come out of the interpreters
// themselves (printable.py); a conformance test compares them again.
package pyrepr
