package fold

import "math"

// polarPower is a ** b by the polar coordinates of a. ok is false where Python
// raises.
//
// The sines, cosines, arcs and logarithms in it are rounded to nearest, which
// glibc's are but for a part of a percent: a result may differ from the
// interpreter's in the last place. Such powers are as good as absent from
// programs: a negative or complex constant, raised to a fraction or a complex
// constant.
func (f Folder) polarPower(a, b cplx) (r cplx, ok bool) {
	switch {
	case b.re == 0 && b.im == 0:
		return cplx{1, 0}, true
	case a.re == 0 && a.im == 0:
		return cplx{}, !(b.im != 0 || b.re < 0)
	}
	abs := hypot(a.re, a.im)
	length := libmPow(abs, b.re)
	arc := atan2(a.im, a.re)
	phase := mul(arc, b.re)
	if b.im != 0 {
		if f.features.PowerDividesByExp {
			length = div(length, exp(mul(arc, b.im)))
		} else {
			length = mul(length, exp(mul(-arc, b.im)))
		}
		phase = add(phase, mul(b.im, log(abs)))
	}
	if math.IsInf(phase, 0) {
		return cplx{}, false // a domain error
	}
	sin, cos := sinCos(phase)
	r = cplx{mul(length, cos), mul(length, sin)}
	return r, !math.IsInf(r.re, 0) && !math.IsInf(r.im, 0)
}

// libmPow is C's pow for x >= 0, special values included.
func libmPow(x, y float64) float64 {
	switch {
	case y == 0 || x == 1:
		return 1
	case math.IsNaN(x) || math.IsNaN(y):
		return settle(math.NaN(), x, y)
	case x == 0 || math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Pow(x, y)
	}
	return pow(x, y)
}

func exp(x float64) float64 {
	switch {
	case math.IsNaN(x):
		return x
	case math.IsInf(x, 0):
		return math.Exp(x)
	}
	return twoExp(x, 0)
}

// The others are computed with more bits than can matter for rounding, and then
// rounded.

func hypot(x, y float64) float64 {
	switch {
	case math.IsInf(x, 0) || math.IsInf(y, 0):
		return math.Inf(1)
	case math.IsNaN(x) || math.IsNaN(y):
		return settle(math.NaN(), x, y)
	}
	n := newBig()
	return n.float(n.sqrt(n.add(n.mul(n.of(x), n.of(x)), n.mul(n.of(y), n.of(y)))))
}

func log(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) || x == 0 {
		return settle(math.Log(x), x, x)
	}
	n := newBig()
	return n.float(n.log(x))
}

func atan2(y, x float64) float64 {
	if math.IsNaN(x) || math.IsNaN(y) {
		return settle(math.NaN(), x, y)
	}
	if math.IsInf(x, 0) || math.IsInf(y, 0) || x == 0 || y == 0 {
		return math.Atan2(y, x) // multiples of a quarter of pi
	}
	n := newBig()
	arc := n.atan(n.quo(n.of(math.Abs(y)), n.of(math.Abs(x))))
	if x < 0 {
		arc = n.sub(n.pi(), arc)
	}
	return math.Copysign(n.float(arc), y)
}

func sinCos(x float64) (sin, cos float64) {
	switch {
	case math.IsNaN(x):
		return x, x
	case x == 0:
		return x, 1
	}
	n := newBig()
	s, c := n.sinCos(x)
	return n.float(s), n.float(c)
}
