package ast

import (
	"math/big"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// ConstKind is the Python type of a Const.
type ConstKind uint8

// The kinds of constant. A parser makes those up to Bytes; folding makes the
// others too.
const (
	None ConstKind = iota
	True
	False
	Ellipsis
	Int       // value in Int
	BigInt    // value in Big; never one that fits an int64
	Float     // value in Real
	Complex   // value in Real and Imag
	Str       // value in Str
	Bytes     // value in Str
	TupleOf   // items in Elts
	FrozenSet // items in Elts, in the order in which they were added
)

// Const is one constant object; its address is its identity. It is not changed
// once made.
type Const struct {
	Kind ConstKind
	// Str is the text of a Str, in UTF-8 extended by surrogates (each lone
	// surrogate as its own three bytes, as Python's surrogatepass has it), or the
	// bytes of a Bytes.
	Str        string
	Int        int64
	Real, Imag float64
	Big        *big.Int
	Elts       []*Const
	// Object is for the code generator's use: the object of the compilation that
	// the constant is. The parser leaves it nil.
	Object *marshal.Value
}

// The objects that exist once.
var (
	ConstNone     = &Const{Kind: None}
	ConstTrue     = &Const{Kind: True}
	ConstFalse    = &Const{Kind: False}
	ConstEllipsis = &Const{Kind: Ellipsis}
)
