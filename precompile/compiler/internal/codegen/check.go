package codegen

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// typeName returns the name of the type that an expression surely has, or "".
func typeName(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Tuple:
		return "tuple"
	case *ast.List, *ast.ListComp:
		return "list"
	case *ast.Dict, *ast.DictComp:
		return "dict"
	case *ast.Set, *ast.SetComp:
		return "set"
	case *ast.GeneratorExp:
		return "generator"
	case *ast.Lambda:
		return "function"
	case *ast.TemplateStr, *ast.Interpolation:
		return "string.templatelib.Template"
	case *ast.JoinedStr, *ast.FormattedValue:
		return "str"
	case *ast.Constant:
		switch e.Value.Kind {
		case ast.None:
			return "NoneType"
		case ast.True, ast.False:
			return "bool"
		case ast.Ellipsis:
			return "ellipsis"
		case ast.Int, ast.BigInt:
			return "int"
		case ast.Float:
			return "float"
		case ast.Complex:
			return "complex"
		case ast.Str:
			return "str"
		case ast.Bytes:
			return "bytes"
		case ast.TupleOf:
			return "tuple"
		case ast.FrozenSet:
			return "frozenset"
		}
	}
	return ""
}

// alwaysTrue reports whether the test of an assert is a tuple that has elements.
func (g *Generator) alwaysTrue(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Tuple:
		return len(e.Elts) > 0
	case *ast.Constant:
		return e.Value.Kind == ast.TupleOf && len(g.objects.value(e.Value).Items) > 0
	}
	return false
}

// isLiteral reports whether `is` with an operand is suspicious.
func (g *Generator) isLiteral(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Tuple:
		return g.f.ConstFoldingInCFG && allConst(e.Elts)
	case *ast.Constant:
		return e.Value.Kind > ast.Ellipsis
	}
	return false
}

// checkCompare remarks on identity tests with literals.
func (g *Generator) checkCompare(e *ast.Compare) {
	left := e.Left
	for i, op := range e.Ops {
		right := e.Comparators[i]
		if op == ast.Is || op == ast.IsNot {
			literal := left
			if !g.isLiteral(left) {
				literal = right
			}
			if g.isLiteral(literal) {
				switch {
				case op == ast.Is && !g.f.LiteralTypeNamed:
					g.warn(locOf(e), `"is" with a literal. Did you mean "=="?`)
				case !g.f.LiteralTypeNamed:
					g.warn(locOf(e), `"is not" with a literal. Did you mean "!="?`)
				case op == ast.Is:
					g.warn(locOf(e), `"is" with '%s' literal. Did you mean "=="?`, typeName(literal))
				default:
					g.warn(locOf(e), `"is not" with '%s' literal. Did you mean "!="?`, typeName(literal))
				}
				return
			}
		}
		left = right
	}
}

// checkCallee remarks on calls of what cannot be called.
func (g *Generator) checkCallee(e ast.Expr) {
	if _, lambda := e.(*ast.Lambda); lambda {
		return
	}
	if name := typeName(e); name != "" {
		g.warn(locOf(e), "'%s' object is not callable; perhaps you missed a comma?", name)
	}
}

// checkSubscripted remarks on subscripts of what has none.
func (g *Generator) checkSubscripted(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Set, *ast.SetComp, *ast.GeneratorExp, *ast.TemplateStr, *ast.Interpolation, *ast.Lambda:
	case *ast.Constant:
		switch e.Value.Kind {
		case ast.Str, ast.Bytes, ast.TupleOf:
			return
		}
	default:
		return
	}
	g.warn(locOf(e), "'%s' object is not subscriptable; perhaps you missed a comma?", typeName(e))
}

// checkIndex remarks on indices of sequences that are no integers.
func (g *Generator) checkIndex(e, index ast.Expr) {
	name := typeName(index)
	if name == "" || name == "int" || name == "bool" {
		return
	}
	switch e := e.(type) {
	case *ast.Tuple, *ast.List, *ast.ListComp, *ast.JoinedStr, *ast.FormattedValue:
	case *ast.Constant:
		switch e.Value.Kind {
		case ast.Str, ast.Bytes, ast.TupleOf:
		default:
			return
		}
	default:
		return
	}
	g.warn(locOf(e), "%s indices must be integers or slices, not %s; perhaps you missed a comma?", typeName(e), name)
}
