package ast

import (
	"strconv"

	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// AppendConstRepr appends repr of a constant as CPython 3.minor writes it.
func AppendConstRepr(b []byte, c *Const, minor int) []byte {
	switch c.Kind {
	case None:
		return append(b, "None"...)
	case True:
		return append(b, "True"...)
	case False:
		return append(b, "False"...)
	case Ellipsis:
		return append(b, "Ellipsis"...)
	case Int:
		return strconv.AppendInt(b, c.Int, 10)
	case BigInt:
		return c.Big.Append(b, 10)
	case Float:
		return pyrepr.AppendFloat(b, c.Real)
	case Complex:
		return pyrepr.AppendComplex(b, c.Real, c.Imag)
	case Str:
		return pyrepr.AppendStr(b, c.Str, minor)
	case Bytes:
		return pyrepr.AppendBytes(b, c.Str)
	}
	if c.Kind == FrozenSet {
		b = append(b, "frozenset({"...)
	} else {
		b = append(b, '(')
	}
	for i, e := range c.Elts {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = AppendConstRepr(b, e, minor)
	}
	if c.Kind == FrozenSet {
		return append(b, "})"...)
	}
	if len(c.Elts) == 1 {
		b = append(b, ',')
	}
	return append(b, ')')
}
