// Package ast is the abstract syntax tree that the parser builds and that the
// symbol table and the code generator walk.
//
// # Model
//
// The nodes are those of CPython's ast module, all versions in one set, with
// its field names in Go's spelling. Where CPython has pairs that differ in one
// word, one node carries a flag: FunctionDef.Async, For.Async, With.Async,
// Try.Star. Walkers use a type switch over Expr, Stmt and Pattern, whose
// dynamic types are always pointers to the node types.
//
// What appears only inside one kind of parent is a value in a slice of that
// parent, not a node behind an interface: Arg, Keyword, Alias, WithItem,
// Comprehension, ExceptHandler, MatchCase, TypeParam. Take their addresses
// (&n.Handlers[i]); they do not move.
//
// # Positions
//
// Every node that has a position in CPython embeds Pos: lines from 1, columns
// in bytes of the line's UTF-8 from 0, the end exclusive. They are stored, not
// computed from offsets, because in 3.11 the nodes inside f-strings have
// positions that belong to no place in the source.
//
// # Names
//
// Identifiers are interned per file: a Name is a small integer into the file's
// Names, so that scopes can be slices. The names that the compiler asks for by
// name have the same number in every file (NameSuper, NameClass, …).
//
// # Constants
//
// A Const is one Python object, and its address is its identity. The parser
// makes one for each place where CPython's parser makes an object; later passes
// make new ones where CPython does and share them where CPython does. None,
// True, False and Ellipsis are single objects.
//
// # Memory
//
// All nodes live in an Arena, which a worker uses again for the next file. After
// Arena.Reset every node, name and constant of the file before is invalid.
package ast

// Pos is the extent of a node.
type Pos struct {
	Line, Col       int32 // 1-based line, 0-based column in bytes
	EndLine, EndCol int32 // exclusive
}

// Position returns the extent itself; embedded, it makes every node a Node.
func (p *Pos) Position() *Pos { return p }

// Node is anything with a position.
type Node interface{ Position() *Pos }

// Expr is an expression: one of the pointer types listed in expr.go.
type Expr interface {
	Node
	expr()
}

// Stmt is a statement: one of the pointer types listed in stmt.go.
type Stmt interface {
	Node
	stmt()
}

// Pattern is a pattern of a match statement: one of the pointer types listed in
// pattern.go.
type Pattern interface {
	Node
	pattern()
}

// Module is a whole file.
type Module struct {
	Body []Stmt
	// Scope is for the symbol table's use.
	Scope int32
}

// Context says what is done with a target expression.
type Context uint8

// The contexts.
const (
	Load Context = iota
	Store
	Del
)

// BoolOperator is an operator of BoolOp.
type BoolOperator uint8

// The Boolean operators.
const (
	And BoolOperator = iota
	Or
)

// Operator is an operator of BinOp and AugAssign.
type Operator uint8

// The binary operators, in the order of CPython's grammar of the tree.
const (
	Add Operator = iota
	Sub
	Mult
	MatMult
	Div
	Mod
	Pow
	LShift
	RShift
	BitOr
	BitXor
	BitAnd
	FloorDiv
)

// UnaryOperator is an operator of UnaryOp.
type UnaryOperator uint8

// The unary operators.
const (
	Invert UnaryOperator = iota
	Not
	UAdd
	USub
)

// CmpOperator is an operator of Compare.
type CmpOperator uint8

// The comparison operators.
const (
	Eq CmpOperator = iota
	NotEq
	Lt
	LtE
	Gt
	GtE
	Is
	IsNot
	In
	NotIn
)
