package fold

import (
	"math"
	"math/big"
)

// bigMath computes with floats of prec bits. Its methods return new numbers.
type bigMath struct{ prec uint }

func newBig() bigMath { return bigMath{256} }

func (n bigMath) of(x float64) *big.Float { return new(big.Float).SetPrec(n.prec).SetFloat64(x) }
func (n bigMath) int(x int64) *big.Float  { return new(big.Float).SetPrec(n.prec).SetInt64(x) }
func (n bigMath) new() *big.Float         { return new(big.Float).SetPrec(n.prec) }

func (n bigMath) add(x, y *big.Float) *big.Float { return n.new().Add(x, y) }
func (n bigMath) sub(x, y *big.Float) *big.Float { return n.new().Sub(x, y) }
func (n bigMath) mul(x, y *big.Float) *big.Float { return n.new().Mul(x, y) }
func (n bigMath) quo(x, y *big.Float) *big.Float { return n.new().Quo(x, y) }
func (n bigMath) sqrt(x *big.Float) *big.Float   { return n.new().Sqrt(x) }

// float rounds to the nearest float64, ties to even.
func (n bigMath) float(x *big.Float) float64 {
	f, _ := x.Float64()
	return f
}

// negligible reports whether adding term to sum changes nothing.
func (n bigMath) negligible(term, sum *big.Float) bool {
	return term.Sign() == 0 || sum.Sign() != 0 && sum.MantExp(nil)-term.MantExp(nil) > int(n.prec)
}

// odd sums x - x**3/3 + x**5/5 …, with alternating signs (the arc tangent) or
// without (the inverse hyperbolic tangent). |x| is less than 1/2.
func (n bigMath) odd(x *big.Float, alternate bool) *big.Float {
	square := n.mul(x, x)
	if alternate {
		square.Neg(square)
	}
	sum, power := n.new().Set(x), n.new().Set(x)
	for k := int64(3); ; k += 2 {
		power = n.mul(power, square)
		term := n.quo(power, n.int(k))
		if n.negligible(term, sum) {
			return sum
		}
		sum = n.add(sum, term)
	}
}

// pi is 16*atan(1/5) - 4*atan(1/239).
func (n bigMath) pi() *big.Float {
	inverse := func(x int64) *big.Float { return n.odd(n.quo(n.int(1), n.int(x)), true) }
	return n.sub(n.mul(n.int(16), inverse(5)), n.mul(n.int(4), inverse(239)))
}

// atan is the arc tangent of x >= 0.
func (n bigMath) atan(x *big.Float) *big.Float {
	if x.Cmp(n.int(1)) > 0 {
		return n.sub(n.quo(n.pi(), n.int(2)), n.atan(n.quo(n.int(1), x)))
	}
	// Halve the arc until the series is fast.
	halved := 0
	for ; x.Cmp(n.of(0.01)) > 0; halved++ {
		root := n.sqrt(n.add(n.int(1), n.mul(x, x)))
		x = n.quo(x, n.add(n.int(1), root))
	}
	arc := n.odd(x, true)
	return n.new().SetMantExp(arc, halved)
}

// log is the natural logarithm of x > 0.
func (n bigMath) log(x float64) *big.Float {
	mant, exp := math.Frexp(x)
	if mant < math.Sqrt2/2 {
		mant *= 2
		exp--
	}
	of := func(m *big.Float) *big.Float {
		t := n.quo(n.sub(m, n.int(1)), n.add(m, n.int(1)))
		return n.mul(n.int(2), n.odd(t, false))
	}
	sum := of(n.of(mant))
	if exp != 0 {
		sum = n.add(sum, n.mul(n.int(int64(exp)), of(n.int(2))))
	}
	return sum
}

// sinCos returns sine and cosine of x, which is finite and not 0.
func (n bigMath) sinCos(x float64) (sin, cos *big.Float) {
	// Enough bits of pi for the multiple of it that is taken off, and for what
	// is left, which can be close to 0.
	if _, exp := math.Frexp(x); exp > 0 {
		n.prec += uint(exp)
	}
	n.prec += 64
	half := n.quo(n.pi(), n.int(2))
	quarter := new(big.Int)
	n.add(n.quo(n.of(x), half), n.of(math.Copysign(0.5, x))).Int(quarter)
	rest := n.sub(n.of(x), n.mul(n.new().SetInt(quarter), half))

	square := n.mul(rest, rest)
	square.Neg(square)
	series := func(first *big.Float, k int64) *big.Float {
		sum, term := n.new().Set(first), n.new().Set(first)
		for ; ; k += 2 {
			term = n.quo(n.mul(term, square), n.int(k*(k+1)))
			if n.negligible(term, sum) {
				return sum
			}
			sum = n.add(sum, term)
		}
	}
	sin, cos = series(rest, 2), series(n.int(1), 1)
	switch new(big.Int).And(quarter, big.NewInt(3)).Int64() {
	case 1:
		sin, cos = cos, sin.Neg(sin)
	case 2:
		sin, cos = sin.Neg(sin), cos.Neg(cos)
	case 3:
		sin, cos = cos.Neg(cos), sin
	}
	return sin, cos
}
