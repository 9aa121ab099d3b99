package fold

import "math"

// pow is x**y for finite x > 0 other than 1 and finite y other than 0, with the
// very bits that glibc's pow gives on an x86-64 that has fused multiply-add.
//
// No correctly rounded pow would do: glibc's is within 0.52 units of the last
// place, so it sometimes gives the neighbour of the nearest float. What it
// computes is
//
//	exp(y*log(x))
//
// with the logarithm in two floats, so that their product with y is right to
// about 68 bits. A sum of products has one of them fused, as the compiler fused
// it there. Infinity means overflow.
func pow(x, y float64) float64 {
	ix := math.Float64bits(x)
	exponent := func(f float64) uint64 { return math.Float64bits(f) >> 52 & 0x7ff }
	switch {
	case exponent(y) < 0x3be: // |y| < 2**-65
		if x > 1 {
			return 1 + y
		}
		return 1 - y
	case exponent(y) >= 0x43e: // |y| >= 2**63
		if (x > 1) == (y > 0) {
			return math.Inf(1)
		}
		return 0
	}
	if exponent(x) == 0 { // subnormal
		ix = math.Float64bits(x*0x1p52) - 52<<52
	}
	hi, lo := twoLog(ix)
	ehi := float64(y * hi)
	elo := math.FMA(y, lo, math.FMA(y, hi, -ehi))
	return twoExp(ehi, elo)
}

const (
	ln2Hi = 0x1.62e42fefa3800p-1 // with trailing zeros, so that k*ln2Hi is exact
	ln2Lo = 0x1.ef35793c76730p-45

	// log(1+r)-r, but for the term of r**2 in multiples of that of degree one
	// less.
	logA0 = -0.5
	logA1 = 0x1.555555555556p-2 * -2
	logA2 = -0x1.0000000000006p-2 * -2
	logA3 = 0x1.999999959554ep-3 * 4
	logA4 = -0x1.555555529a47ap-3 * 4
	logA5 = 0x1.2495b9b4845e9p-3 * -8
	logA6 = -0x1.0002b8b263fc3p-3 * -8

	// exp(r)-1-r
	expC2 = 0x1.ffffffffffdbdp-2
	expC3 = 0x1.555555555543cp-3
	expC4 = 0x1.55555cf172b91p-5
	expC5 = 0x1.1111167a4d017p-7

	inverseLn2N = 0x1.71547652b82fep7 // 128/ln 2
	negLn2HiN   = -0x1.62e42fefa0000p-8
	negLn2LoN   = -0x1.cf79abc9e3b3ap-47
	expShift    = 0x1.8p52
)

// twoLog returns the logarithm of the float with the given bits as a sum.
func twoLog(ix uint64) (hi, lo float64) {
	tmp := ix - 0x3fe6955500000000
	t := &logTable[tmp>>45%128]
	k := float64(int64(tmp) >> 52)
	z := math.Float64frombits(ix - tmp&(0xfff<<52))

	r := math.FMA(z, t.inverse, -1)
	t1 := math.FMA(k, ln2Hi, t.log)
	t2 := t1 + r
	lo1 := math.FMA(k, ln2Lo, t.tail)
	lo2 := t1 - t2 + r
	ar := float64(logA0 * r)
	ar2 := float64(r * ar)
	ar3 := float64(r * ar2)
	hi = t2 + ar2
	lo3 := math.FMA(ar, r, -ar2)
	lo4 := t2 - hi + ar2
	p := math.FMA(ar2, math.FMA(ar2, math.FMA(r, logA6, logA5), math.FMA(r, logA4, logA3)), math.FMA(r, logA2, logA1))
	lo = math.FMA(ar3, p, lo1+lo2+lo3+lo4)
	y := hi + lo
	return y, hi - y + lo
}

// twoExp returns exp(x+tail), for |tail| < 2**-8 |x| or so.
func twoExp(x, tail float64) float64 {
	special := false
	switch exponent := math.Float64bits(x) >> 52 & 0x7ff; {
	case exponent < 0x3c9: // |x| < 2**-54
		return 1 + x
	case exponent >= 0x409: // |x| >= 1024
		if x < 0 {
			return 0
		}
		return math.Inf(1)
	case exponent >= 0x408: // |x| >= 512
		special = true
	}
	kd := math.FMA(inverseLn2N, x, expShift)
	ki := math.Float64bits(kd)
	kd -= expShift
	r := math.FMA(kd, negLn2LoN, math.FMA(kd, negLn2HiN, x))
	r += tail
	t := &expTable[ki%128]
	bits := t.bits + ki<<45
	r2 := float64(r * r)
	tmp := math.FMA(r2, math.FMA(r, expC3, expC2), t.tail+r)
	tmp = math.FMA(float64(r2*r2), math.FMA(r, expC5, expC4), tmp)
	if special {
		return scaledExp(tmp, bits, ki)
	}
	scale := math.Float64frombits(bits)
	return math.FMA(scale, tmp, scale)
}

// scaledExp is the last step where the result's exponent may be out of range.
func scaledExp(tmp float64, bits, ki uint64) float64 {
	if ki&0x80000000 == 0 {
		scale := math.Float64frombits(bits - 1009<<52)
		return 0x1p1009 * math.FMA(scale, tmp, scale)
	}
	scale := math.Float64frombits(bits + 1022<<52)
	product := float64(scale * tmp) // used twice, so not fused
	y := scale + product
	if y < 1 {
		// The result is subnormal: round once, to its precision.
		lo := scale - y + product
		hi := 1 + y
		lo = 1 - hi + y + lo
		y = hi + lo - 1
	}
	return 0x1p-1022 * y
}
