package fold

import (
	"math"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// cplx is a complex number. Go's complex128 has not CPython's operations.
type cplx struct{ re, im float64 }

// complexOp computes on two numbers of which one is complex.
func (f Folder) complexOp(op BinaryOp, v, w *marshal.Value) (*marshal.Value, bool) {
	a, ok1 := asComplex(v)
	b, ok2 := asComplex(w)
	if !ok1 || !ok2 {
		return nil, false
	}
	// Since 3.14 a real operand has no imaginary part, not one of zero.
	realA := f.features.MixedComplex && v.Kind != marshal.KindComplex
	realB := f.features.MixedComplex && w.Kind != marshal.KindComplex
	var r cplx
	switch op {
	case Add:
		switch {
		case realA:
			r = cplx{add(a.re, b.re), b.im}
		case realB:
			r = cplx{add(a.re, b.re), a.im}
		default:
			r = cplx{add(a.re, b.re), add(a.im, b.im)}
		}
	case Subtract:
		switch {
		case realA:
			r = cplx{sub(a.re, b.re), -b.im}
		case realB:
			r = cplx{sub(a.re, b.re), a.im}
		default:
			r = cplx{sub(a.re, b.re), sub(a.im, b.im)}
		}
	case Multiply:
		switch {
		case realA:
			r = cplx{mul(b.re, a.re), mul(b.im, a.re)}
		case realB:
			r = cplx{mul(a.re, b.re), mul(a.im, b.re)}
		default:
			r = f.product(a, b)
		}
	case TrueDivide:
		if b.re == 0 && b.im == 0 {
			return nil, false
		}
		switch {
		case realA:
			r = realQuotient(a.re, b)
		case realB:
			r = cplx{div(a.re, b.re), div(a.im, b.re)}
		default:
			r = f.quotient(a, b)
		}
	case Power:
		return f.complexPower(a.re, a.im, b.re, b.im)
	default:
		return nil, false
	}
	return marshal.NewComplex(r.re, r.im), true
}

func asComplex(v *marshal.Value) (cplx, bool) {
	if v.Kind == marshal.KindComplex {
		re, im := v.Complex()
		return cplx{re, im}, true
	}
	re, ok := asFloat(v)
	return cplx{re, 0}, ok
}

// product multiplies; since 3.14 it recovers infinities (C11, annex G.5.1).
func (f Folder) product(z, w cplx) cplx {
	a, b, c, d := z.re, z.im, w.re, w.im
	ac, bd, ad, bc := mul(a, c), mul(b, d), mul(a, d), mul(b, c)
	r := cplx{sub(ac, bd), add(ad, bc)}
	if !f.features.MixedComplex || !math.IsNaN(r.re) || !math.IsNaN(r.im) {
		return r
	}
	again := false
	if math.IsInf(a, 0) || math.IsInf(b, 0) {
		a, b, c, d = box(a), box(b), denan(c), denan(d)
		again = true
	}
	if math.IsInf(c, 0) || math.IsInf(d, 0) {
		c, d, a, b = box(c), box(d), denan(a), denan(b)
		again = true
	}
	if !again && (math.IsInf(ac, 0) || math.IsInf(bd, 0) || math.IsInf(ad, 0) || math.IsInf(bc, 0)) {
		a, b, c, d = denan(a), denan(b), denan(c), denan(d)
		again = true
	}
	if again {
		r.re = mul(math.Inf(1), sub(mul(a, c), mul(b, d)))
		r.im = mul(math.Inf(1), add(mul(a, d), mul(b, c)))
	}
	return r
}

// box gives an infinity the size 1, and everything else that of 0.
func box(x float64) float64 {
	if math.IsInf(x, 0) {
		return math.Copysign(1, x)
	}
	return math.Copysign(0, x)
}

// denan makes a NaN a zero.
func denan(x float64) float64 {
	if math.IsNaN(x) {
		return math.Copysign(0, x)
	}
	return x
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// quotient divides by Smith's method; since 3.14 it recovers infinities and
// zeros (C11, annex G.5.2). b is not zero.
func (f Folder) quotient(a, b cplx) (r cplx) {
	absRe, absIm := math.Abs(b.re), math.Abs(b.im)
	switch {
	case absRe >= absIm:
		ratio := div(b.im, b.re)
		denom := add(b.re, mul(b.im, ratio))
		r = cplx{div(add(a.re, mul(a.im, ratio)), denom), div(sub(a.im, mul(a.re, ratio)), denom)}
	case absIm >= absRe:
		ratio := div(b.re, b.im)
		denom := add(mul(b.re, ratio), b.im)
		r = cplx{div(add(mul(a.re, ratio), a.im), denom), div(sub(mul(a.im, ratio), a.re), denom)}
	default:
		r = cplx{quietNaN, quietNaN}
	}
	if !f.features.MixedComplex || !math.IsNaN(r.re) || !math.IsNaN(r.im) {
		return r
	}
	switch {
	case (math.IsInf(a.re, 0) || math.IsInf(a.im, 0)) && finite(b.re) && finite(b.im):
		x, y := box(a.re), box(a.im)
		r.re = mul(math.Inf(1), add(mul(x, b.re), mul(y, b.im)))
		r.im = mul(math.Inf(1), sub(mul(y, b.re), mul(x, b.im)))
	case (math.IsInf(absRe, 0) || math.IsInf(absIm, 0)) && finite(a.re) && finite(a.im):
		x, y := box(b.re), box(b.im)
		r.re = mul(0, add(mul(a.re, x), mul(a.im, y)))
		r.im = mul(0, sub(mul(a.im, x), mul(a.re, y)))
	}
	return r
}

// realQuotient divides a real number by a complex one, which is not zero.
func realQuotient(a float64, b cplx) (r cplx) {
	absRe, absIm := math.Abs(b.re), math.Abs(b.im)
	switch {
	case absRe >= absIm:
		ratio := div(b.im, b.re)
		denom := add(b.re, mul(b.im, ratio))
		r = cplx{div(a, denom), div(mul(-a, ratio), denom)}
	case absIm >= absRe:
		ratio := div(b.re, b.im)
		denom := add(mul(b.re, ratio), b.im)
		r = cplx{div(mul(a, ratio), denom), div(-a, denom)}
	default:
		r = cplx{quietNaN, quietNaN}
	}
	if math.IsNaN(r.re) && math.IsNaN(r.im) && finite(a) && (math.IsInf(absRe, 0) || math.IsInf(absIm, 0)) {
		x, y := box(b.re), box(b.im)
		r.re = mul(0, mul(a, x))
		r.im = mul(0, mul(-a, y))
	}
	return r
}

// complexPower is a ** b: by repeated multiplication for small integral
// exponents, else by polar coordinates.
func (f Folder) complexPower(aRe, aIm, bRe, bIm float64) (*marshal.Value, bool) {
	a, b := cplx{aRe, aIm}, cplx{bRe, bIm}
	var r cplx
	if b.im == 0 && b.re == math.Floor(b.re) && math.Abs(b.re) <= 100 {
		n := int(math.Abs(b.re))
		r = cplx{1, 0}
		for p := a; n > 0; n >>= 1 {
			if n&1 != 0 {
				r = f.product(r, p)
			}
			p = f.product(p, p)
		}
		if b.re <= 0 {
			if r.re == 0 && r.im == 0 {
				return nil, false
			}
			r = f.quotient(cplx{1, 0}, r)
		}
		// What overflows is an error.
		if math.IsInf(r.re, 0) || math.IsInf(r.im, 0) {
			return nil, false
		}
	} else {
		var ok bool
		if r, ok = f.polarPower(a, b); !ok {
			return nil, false
		}
	}
	return marshal.NewComplex(r.re, r.im), true
}
