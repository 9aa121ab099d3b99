package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// objects makes Python objects of what the tree has: constants once each, names
// once for a compilation.
type objects struct {
	pool  *instr.Pool
	arena *ast.Arena
	byID  []*marshal.Value // interned strings by ast.Name
}

func (o *objects) reset(arena *ast.Arena) {
	o.arena = arena
	clear(o.byID)
	o.byID = o.byID[:0]
}

// name returns the interned str of an identifier.
func (o *objects) name(id ast.Name) *marshal.Value {
	if int(id) >= len(o.byID) {
		n := o.arena.Names.Len()
		if n <= cap(o.byID) {
			o.byID = o.byID[:n]
		} else {
			grown := make([]*marshal.Value, n, n+n/2)
			copy(grown, o.byID)
			o.byID = grown
		}
	}
	v := &o.byID[id]
	if *v == nil {
		*v = o.pool.Name(o.arena.Names.Text(id))
	}
	return *v
}

// value returns the object that a constant is.
func (o *objects) value(c *ast.Const) *marshal.Value {
	switch c.Kind {
	case ast.None:
		return marshal.None()
	case ast.True:
		return marshal.Bool(true)
	case ast.False:
		return marshal.Bool(false)
	case ast.Ellipsis:
		return marshal.Ellipsis()
	}
	if c.Object != nil {
		return c.Object
	}
	var v *marshal.Value
	switch c.Kind {
	case ast.Int:
		v = o.pool.Int(c.Int)
	case ast.BigInt:
		v = marshal.NewBigInt(c.Big)
	case ast.Float:
		v = marshal.NewFloat(c.Real)
	case ast.Complex:
		v = marshal.NewComplex(c.Real, c.Imag)
	case ast.Str:
		v = o.pool.Str(c.Str)
	case ast.Bytes:
		v = o.pool.Bytes(c.Str)
	default:
		unreachable(c)
	}
	c.Object = v
	return v
}

// constant makes the constant of an object that folding gave.
func (o *objects) constant(v *marshal.Value) *ast.Const {
	switch v.Kind {
	case marshal.KindNone:
		return ast.ConstNone
	case marshal.KindTrue:
		return ast.ConstTrue
	case marshal.KindFalse:
		return ast.ConstFalse
	case marshal.KindEllipsis:
		return ast.ConstEllipsis
	}
	c := o.arena.Consts.New()
	*c = ast.Const{Object: v}
	switch v.Kind {
	case marshal.KindInt:
		if n, ok := v.Int(); ok {
			c.Kind, c.Int = ast.Int, n
		} else {
			c.Kind, c.Big = ast.BigInt, v.BigInt()
		}
	case marshal.KindFloat:
		c.Kind, c.Real = ast.Float, v.Float()
	case marshal.KindComplex:
		c.Kind = ast.Complex
		c.Real, c.Imag = v.Complex()
	case marshal.KindStr:
		c.Kind, c.Str = ast.Str, v.Data
	case marshal.KindBytes:
		c.Kind, c.Str = ast.Bytes, v.Data
	case marshal.KindTuple:
		c.Kind = ast.TupleOf
	case marshal.KindFrozenSet:
		c.Kind = ast.FrozenSet
	default:
		unreachable(v.Kind)
	}
	return c
}

// tuple returns a tuple of the values of constants.
func (o *objects) tuple(elts []ast.Expr) *marshal.Value {
	items := make([]*marshal.Value, len(elts))
	for i, e := range elts {
		items[i] = o.value(e.(*ast.Constant).Value)
	}
	return o.pool.Tuple(items...)
}

// allConst reports whether expressions are constants; a nil one is none.
func allConst(elts []ast.Expr) bool {
	for _, e := range elts {
		if _, ok := e.(*ast.Constant); !ok {
			return false
		}
	}
	return true
}
