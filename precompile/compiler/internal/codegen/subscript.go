package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) subscript(e *ast.Subscript) {
	at := locOf(e)
	if e.Ctx == ast.Load {
		g.checkSubscripted(e.Value)
		g.checkIndex(e.Value, e.Slice)
	}
	g.expr(e.Value)
	if slice := g.twoPartSlice(e.Slice); slice != nil && e.Ctx != ast.Del {
		g.sliceParts(slice)
		if e.Ctx == ast.Load {
			g.op(at, opcode.BinarySlice)
		} else {
			g.op(at, opcode.StoreSlice)
		}
		return
	}
	g.expr(e.Slice)
	switch e.Ctx {
	case ast.Load:
		g.binarySubscript(at)
	case ast.Store:
		g.op(at, opcode.StoreSubscr)
	case ast.Del:
		g.op(at, opcode.DeleteSubscr)
	}
}

// twoPartSlice returns e if it is a slice that BINARY_SLICE and STORE_SLICE take:
// without a step, and not a constant.
func (g *Generator) twoPartSlice(e ast.Expr) *ast.Slice {
	s, ok := e.(*ast.Slice)
	if !ok || s.Step != nil || g.constSlice(s) {
		return nil
	}
	return s
}

// constSlice reports whether a slice becomes a constant.
func (g *Generator) constSlice(s *ast.Slice) bool {
	if !g.f.ConstSlices {
		return false
	}
	for _, part := range [...]ast.Expr{s.Lower, s.Upper, s.Step} {
		if part == nil {
			continue
		}
		if _, ok := part.(*ast.Constant); !ok {
			return false
		}
	}
	return true
}

// sliceParts pushes the bounds of a slice.
func (g *Generator) sliceParts(s *ast.Slice) {
	for _, part := range [...]ast.Expr{s.Lower, s.Upper} {
		if part != nil {
			g.expr(part)
		} else {
			g.loadNone(locOf(s))
		}
	}
}

// slice makes a slice object.
func (g *Generator) slice(s *ast.Slice) {
	if g.constSlice(s) {
		part := func(e ast.Expr) *marshal.Value {
			if e == nil {
				return marshal.None()
			}
			return g.objects.value(e.(*ast.Constant).Value)
		}
		g.load(locOf(s), marshal.NewSlice(part(s.Lower), part(s.Upper), part(s.Step)))
		return
	}
	g.sliceParts(s)
	n := 2
	if s.Step != nil {
		g.expr(s.Step)
		n = 3
	}
	g.opArg(locOf(s), opcode.BuildSlice, n)
}
