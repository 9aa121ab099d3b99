package fold

import (
	"math"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// quietNaN is C's NAN; what x86-64 makes of inf - inf and the like is the same
// with a sign.
var (
	quietNaN = math.Float64frombits(0x7ff8000000000000)
	madeNaN  = math.Float64frombits(0xfff8000000000000)
)

// settle gives a NaN that an operation on x and y made the bits that it has on
// x86-64, where other processors differ: those of the operand that is one, or
// else those of madeNaN.
func settle(r, x, y float64) float64 {
	if !math.IsNaN(r) {
		return r
	}
	if math.IsNaN(x) {
		return x
	}
	if math.IsNaN(y) {
		return y
	}
	return madeNaN
}

// The operations, each rounded by itself: the conversions keep Go from fusing
// a product and a sum.

func add(x, y float64) float64 { return settle(float64(x+y), x, y) }
func sub(x, y float64) float64 { return settle(float64(x-y), x, y) }
func mul(x, y float64) float64 { return settle(float64(x*y), x, y) }
func div(x, y float64) float64 { return settle(float64(x/y), x, y) }

// floatOp computes on floats.
func (f Folder) floatOp(op BinaryOp, x, y float64) (*marshal.Value, bool) {
	var r float64
	switch op {
	case Add:
		r = add(x, y)
	case Subtract:
		r = sub(x, y)
	case Multiply:
		r = mul(x, y)
	case TrueDivide:
		if y == 0 {
			return nil, false
		}
		r = div(x, y)
	case FloorDivide:
		if y == 0 {
			return nil, false
		}
		r = settle(floorDivide(x, y), x, y)
	case Remainder:
		if y == 0 {
			return nil, false
		}
		r = settle(remainder(x, y), x, y)
	case Power:
		return f.floatPower(x, y)
	default:
		return nil, false
	}
	return marshal.NewFloat(r), true
}

// floorDivide is x // y for floats. The quotient is computed from the exact
// remainder, so that it is right where x / y is rounded up to an integer.
func floorDivide(x, y float64) float64 {
	mod := math.Mod(x, y)
	div := (x - mod) / y
	if mod != 0 && (y < 0) != (mod < 0) {
		div--
	}
	if div == 0 {
		return math.Copysign(0, x/y)
	}
	floor := math.Floor(div)
	if div-floor > 0.5 {
		floor++
	}
	return floor
}

// remainder is x % y for floats; it has the sign of y.
func remainder(x, y float64) float64 {
	mod := math.Mod(x, y)
	switch {
	case mod == 0:
		return math.Copysign(0, y)
	case (y < 0) != (mod < 0):
		return mod + y
	}
	return mod
}

func oddInteger(y float64) bool { return math.Mod(math.Abs(y), 2) == 1 }

// floatPower is x ** y for floats: complex where x is negative and y is not an
// integer.
func (f Folder) floatPower(x, y float64) (*marshal.Value, bool) {
	switch {
	case y == 0:
		return marshal.NewFloat(1), true
	case math.IsNaN(x):
		return marshal.NewFloat(x), true
	case math.IsNaN(y):
		if x == 1 {
			y = 1
		}
		return marshal.NewFloat(y), true
	case math.IsInf(y, 0):
		switch x = math.Abs(x); {
		case x == 1:
			return marshal.NewFloat(1), true
		case (y > 0) == (x > 1):
			return marshal.NewFloat(math.Inf(1)), true
		}
		return marshal.NewFloat(0), true
	case math.IsInf(x, 0), x == 0:
		if x == 0 && y < 0 {
			return nil, false
		}
		if y < 0 {
			x = 1 / x
		}
		if !oddInteger(y) {
			x = math.Abs(x)
		}
		return marshal.NewFloat(x), true
	}
	negate := false
	if x < 0 {
		if y != math.Floor(y) {
			return f.complexPower(x, 0, y, 0)
		}
		x, negate = -x, oddInteger(y)
	}
	r := 1.0
	if x != 1 {
		r = pow(x, y)
	}
	if math.IsInf(r, 0) {
		return nil, false
	}
	if negate {
		r = -r
	}
	return marshal.NewFloat(r), true
}
