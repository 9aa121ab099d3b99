package fold

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// BinaryOp is an operator with two operands, numbered as the argument of
// BINARY_OP is.
type BinaryOp uint8

// The operators. MatrixMultiply folds nothing, as no constant has it.
const (
	Add BinaryOp = iota
	And
	FloorDivide
	LShift
	MatrixMultiply
	Multiply
	Remainder
	Or
	Power
	RShift
	Subtract
	TrueDivide
	Xor
	Subscript BinaryOp = 26 // an argument of BINARY_OP since 3.14
)

// UnaryOp is an operator with one operand.
type UnaryOp uint8

// The operators.
const (
	Negative UnaryOp = iota
	Positive
	Invert
	Not
)

// Folder folds constants as one target does. It is a value without state.
type Folder struct{ features *target.Features }

// New returns the Folder of a target.
func New(f *target.Features) Folder { return Folder{f} }

// Unary returns what op gives on a constant; ok is false where Python raises or
// does not fold.
func (f Folder) Unary(op UnaryOp, v *marshal.Value) (_ *marshal.Value, ok bool) {
	if op == Not {
		return marshal.Bool(!Truth(v)), true
	}
	switch v.Kind {
	case marshal.KindFalse, marshal.KindTrue, marshal.KindInt:
		n := asInt(v)
		switch op {
		case Negative:
			n.Neg(n)
		case Invert:
			if v.Kind != marshal.KindInt && !f.features.InvertBoolFolds {
				return nil, false
			}
			n.Not(n)
		}
		return marshal.NewBigInt(n), true
	case marshal.KindFloat:
		switch op {
		case Negative:
			return marshal.NewFloat(-v.Float()), true
		case Positive:
			return v, true
		}
	case marshal.KindComplex:
		re, im := v.Complex()
		switch op {
		case Negative:
			return marshal.NewComplex(-re, -im), true
		case Positive:
			return v, true
		}
	}
	return nil, false
}

// Binary returns what op gives on two constants; ok is false where Python
// raises, or where the result would exceed the limits of folding.
func (f Folder) Binary(op BinaryOp, v, w *marshal.Value) (_ *marshal.Value, ok bool) {
	switch {
	case op == Subscript:
		return subscript(v, w)
	case isNumber(v) && isNumber(w):
		return f.arithmetic(op, v, w)
	case op == Add:
		return concat(v, w)
	case op == Multiply:
		if isInt(v) {
			return repeat(w, v)
		}
		if isInt(w) {
			return repeat(v, w)
		}
	}
	return nil, false
}

func isInt(v *marshal.Value) bool {
	return v.Kind == marshal.KindInt || v.Kind == marshal.KindTrue || v.Kind == marshal.KindFalse
}

// arithmetic computes in the wider type of two numbers.
func (f Folder) arithmetic(op BinaryOp, v, w *marshal.Value) (*marshal.Value, bool) {
	switch {
	case v.Kind == marshal.KindComplex || w.Kind == marshal.KindComplex:
		return f.complexOp(op, v, w)
	case v.Kind == marshal.KindFloat || w.Kind == marshal.KindFloat:
		x, ok1 := asFloat(v)
		y, ok2 := asFloat(w)
		if !ok1 || !ok2 {
			return nil, false
		}
		return f.floatOp(op, x, y)
	case v.Kind != marshal.KindInt && w.Kind != marshal.KindInt:
		// Of two bools these three are bools.
		a, b := v.Kind == marshal.KindTrue, w.Kind == marshal.KindTrue
		switch op {
		case And:
			return marshal.Bool(a && b), true
		case Or:
			return marshal.Bool(a || b), true
		case Xor:
			return marshal.Bool(a != b), true
		}
	}
	return f.intOp(op, asInt(v), asInt(w))
}

func isNumber(v *marshal.Value) bool {
	return isInt(v) || v.Kind == marshal.KindFloat || v.Kind == marshal.KindComplex
}
