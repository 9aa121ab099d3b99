// Package codegen turns a syntax tree and its symbol table into
// pseudo-instructions, unit by unit, as CPython's compiler does.
//
// # Model
//
// A Preprocessor rewrites the tree first (constants, format strings, docstrings);
// the symbol table is built of what it leaves. A Generator then walks the tree. For
// each scope that becomes a code object it keeps a unit: instructions, constants,
// names, and the frame blocks that a jump out of them has to unwind. A unit that is
// complete goes to the back end (Options.Finish), which returns its code object;
// the unit around loads that as a constant. So the back end sees the units inside
// out, as CPython's does, and the pool of constants fills in CPython's order.
//
// The order of CPython is the specification: the order in which constants and
// names are first used is the order of co_consts and co_names, and every
// instruction has the location that CPython's has, artificial ones included.
//
// Errors of this phase ('return' outside of a function, and the like) end the walk
// by a panic with a failure, which Generate turns into its error. Warnings
// are collected in the order in which CPython issues them.
//
// # Layout
//
//	codegen.go        the Generator, the Preprocessor's sibling: entry, errors
//	unit.go           units, entering and leaving scopes, qualified names
//	emit.go           adding instructions
//	names.go          loads and stores of names
//	const.go          constants of the tree as objects
//	block.go          frame blocks and unwinding
//	body.go           module and class bodies, docstrings, annotations
//	function.go class.go typeparam.go    definitions
//	stmt.go import.go control.go try.go with.go match.go pattern.go    statements
//	expr.go jump.go display.go subscript.go call.go comprehension.go fstring.go    expressions
//	check.go          the remarks (SyntaxWarnings) on suspicious expressions
//	unparse.go        annotations as strings
//	preprocess*.go    the pass before the symbol table
//
// # Versions
//
// A behaviour that differs is a boolean of target.Features. What instructions a
// construct needs where a version has others (a with statement, a loop's end) is
// decided at that place by a feature that is named for the construct. What the
// back end decides (superinstructions, borrowed loads, folding from 3.14 on) is not
// known here.
package codegen
