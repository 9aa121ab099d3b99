// Package symtable finds out what each name in a tree means.
//
// # Model
//
// Each module, class, function, lambda and comprehension is a Scope, and so are
// the things that are evaluated apart from what stands around them: the list of
// type parameters, the bound or default of one, the value of a `type` statement,
// and (from 3.14 on) annotations. A scope has Symbols: for each name in it the
// Flags that say how it occurs, and the Binding that says where it lives.
//
// Two passes make them, as in CPython, whose symtable.c of each release is the
// specification: a walk over the tree collects scopes and flags (stmt.go, expr.go,
// comprehension.go, annotation.go; scopes and flags are entered in table.go), then
// an analysis from the module inwards decides on bindings and inlines
// comprehensions (analyze.go). Both raise errors; the wording is in errors.go.
// future.go reads imports from __future__, mangle.go knows private names, dump.go
// shows a table.
//
// # From node to scope
//
// Nodes that have scopes hold their numbers, for Table.Scope:
//
//	Module.Scope, ClassDef.Scope, FunctionDef.Scope, Lambda.Scope
//	ListComp.Scope, SetComp.Scope, DictComp.Scope, GeneratorExp.Scope
//	TypeAlias.Scope                           its value
//	{FunctionDef,ClassDef,TypeAlias}.TypeScope  its type parameters; 0 without any
//	TypeParam.BoundScope, TypeParam.DefaultScope  0 without one
//
// The scope of annotations is reached from what is annotated: Scope.Annotations.
//
// # Order
//
// Symbols, Varnames and Children are in CPython's order, because the code
// generator numbers variables by it; see Scope.Symbols for the one exception.
//
// # Speed
//
// Names are small integers. A scope's symbols are a slice, searched from the
// front while it is short and by an index of numbers when it is long; sets of
// visible names are one array of bits. A worker's Table keeps all of this for the
// next file.
package symtable
