package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// joinedStr is an f-string. One of many parts is joined from a list.
func (g *Generator) joinedStr(e *ast.JoinedStr) {
	at := locOf(e)
	n := len(e.Values)
	if n > stackGuideline {
		g.load(at, g.pool.Str(""))
		g.loadMethod(at, g.names.Intern("join"))
		g.opArg(at, opcode.BuildList, 0)
		for _, v := range e.Values {
			g.expr(v)
			g.opArg(at, opcode.ListAppend, 1)
		}
		g.opArg(at, opcode.Call, 1)
		return
	}
	g.exprs(e.Values)
	switch {
	case n > 1:
		g.opArg(at, opcode.BuildString, n)
	case n == 0:
		g.load(at, g.pool.Str(""))
	}
}

// conversionArg numbers conversions as CONVERT_VALUE does; 0 is none.
func conversionArg(c int8) int {
	switch c {
	case ast.ConvertStr:
		return 1
	case ast.ConvertRepr:
		return 2
	case ast.ConvertASCII:
		return 3
	}
	return 0
}

func (g *Generator) formattedValue(e *ast.FormattedValue) {
	g.expr(e.Value)
	at := locOf(e)
	if n := conversionArg(e.Conversion); n > 0 {
		g.opArg(at, opcode.ConvertValue, n)
	}
	if e.Spec != nil {
		g.expr(e.Spec)
		g.op(at, opcode.FormatWithSpec)
	} else {
		g.op(at, opcode.FormatSimple)
	}
}

// templateStr is a t-string: a tuple of strings, which begins and ends with one and
// has one between any two interpolations, and a tuple of these.
func (g *Generator) templateStr(e *ast.TemplateStr) {
	at := locOf(e)
	strings, interpolations := 0, 0
	empty := func(at instr.Loc) {
		g.load(at, g.pool.Str(""))
		strings++
	}
	lastInterpolated := true
	for _, v := range e.Values {
		if _, ok := v.(*ast.Interpolation); ok {
			if lastInterpolated {
				empty(at)
			}
			lastInterpolated = true
			continue
		}
		g.expr(v)
		strings++
		lastInterpolated = false
	}
	if lastInterpolated {
		empty(at)
	}
	g.opArg(at, opcode.BuildTuple, strings)
	for _, v := range e.Values {
		if _, ok := v.(*ast.Interpolation); ok {
			g.expr(v)
			interpolations++
		}
	}
	g.opArg(at, opcode.BuildTuple, interpolations)
	g.op(at, opcode.BuildTemplate)
}

func (g *Generator) interpolation(e *ast.Interpolation) {
	at := locOf(e)
	g.expr(e.Value)
	g.load(at, g.objects.value(e.Str))
	arg := 2
	if e.Spec != nil {
		arg++
		g.expr(e.Spec)
	}
	g.opArg(at, opcode.BuildInterpolation, arg|conversionArg(e.Conversion)<<2)
}
