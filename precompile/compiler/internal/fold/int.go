package fold

import (
	"math"
	"math/big"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// The limits of folding (Python/ast_opt.c, Python/flowgraph.c): results that
// would be larger are left to be computed at run time.
const (
	maxIntBits    = 128
	maxCollection = 256  // elements of a repeated tuple
	maxString     = 4096 // characters of a repeated str, bytes of a bytes
	maxTotalItems = 1024 // elements of a repeated tuple with those of the tuples in it
)

// asInt returns the value of an int or bool, nil for others. It is the caller's.
func asInt(v *marshal.Value) *big.Int {
	switch v.Kind {
	case marshal.KindFalse:
		return new(big.Int)
	case marshal.KindTrue:
		return big.NewInt(1)
	case marshal.KindInt:
		return v.BigInt()
	}
	return nil
}

// asFloat converts a real number to float; it fails for an int that is too
// large.
func asFloat(v *marshal.Value) (float64, bool) {
	if v.Kind == marshal.KindFloat {
		return v.Float(), true
	}
	n, ok := v.Int()
	if !ok {
		if v.Kind == marshal.KindTrue {
			return 1, true
		}
		if v.Kind == marshal.KindFalse {
			return 0, true
		}
	}
	if ok && -1<<53 <= n && n <= 1<<53 {
		return float64(n), true
	}
	f, _ := new(big.Float).SetInt(asInt(v)).Float64() // rounds to nearest, ties to even
	return f, !math.IsInf(f, 0)
}

// floatToInt returns the value of an integral float.
func floatToInt(f float64) *big.Int {
	n, _ := new(big.Float).SetFloat64(f).Int(nil)
	return n
}

// intOp computes on ints, which it may change.
func (f Folder) intOp(op BinaryOp, a, b *big.Int) (*marshal.Value, bool) {
	r := new(big.Int)
	switch op {
	case Add:
		r.Add(a, b)
	case Subtract:
		r.Sub(a, b)
	case Multiply:
		if a.BitLen()+b.BitLen() > maxIntBits && a.Sign() != 0 && b.Sign() != 0 {
			return nil, false
		}
		r.Mul(a, b)
	case TrueDivide:
		return trueDivide(a, b)
	case FloorDivide, Remainder:
		if b.Sign() == 0 {
			return nil, false
		}
		m := new(big.Int)
		r.QuoRem(a, b, m)
		if m.Sign() != 0 && m.Sign() != b.Sign() {
			r.Sub(r, big.NewInt(1))
			m.Add(m, b)
		}
		if op == Remainder {
			r = m
		}
	case Power:
		switch {
		case b.Sign() < 0:
			x, ok1 := asFloat(marshal.NewBigInt(a))
			y, ok2 := asFloat(marshal.NewBigInt(b))
			if !ok1 || !ok2 {
				return nil, false
			}
			return f.floatPower(x, y)
		case a.Sign() == 0 && b.Sign() > 0:
			return marshal.NewInt(0), true
		case a.Sign() != 0 && b.Sign() > 0:
			if !b.IsUint64() || b.Uint64() == math.MaxUint64 || uint64(a.BitLen()) > maxIntBits/b.Uint64() {
				return nil, false
			}
		}
		r.Exp(a, b, nil)
	case LShift:
		if b.Sign() < 0 {
			return nil, false
		}
		if a.Sign() != 0 && b.Sign() != 0 {
			if !b.IsUint64() || b.Uint64() > maxIntBits || uint64(a.BitLen()) > maxIntBits-b.Uint64() {
				return nil, false
			}
			r.Lsh(a, uint(b.Uint64()))
		} else {
			r.Set(a)
		}
	case RShift:
		switch {
		case b.Sign() < 0:
			return nil, false
		case b.BitLen() <= 31:
			r.Rsh(a, uint(b.Uint64()))
		case a.Sign() < 0: // by more than there can be bits
			r.SetInt64(-1)
		}
	case And:
		r.And(a, b)
	case Or:
		r.Or(a, b)
	case Xor:
		r.Xor(a, b)
	default:
		return nil, false
	}
	return marshal.NewBigInt(r), true
}

// trueDivide returns the float nearest to a/b, ties to even.
func trueDivide(a, b *big.Int) (*marshal.Value, bool) {
	if b.Sign() == 0 {
		return nil, false
	}
	if a.Sign() == 0 {
		// The sign of zero: int has none, so that of the quotient of zero is the
		// divisor's.
		if b.Sign() < 0 {
			return marshal.NewFloat(math.Copysign(0, -1)), true
		}
		return marshal.NewFloat(0), true
	}
	f, _ := new(big.Rat).SetFrac(a, b).Float64()
	if math.IsInf(f, 0) {
		return nil, false
	}
	return marshal.NewFloat(f), true
}
