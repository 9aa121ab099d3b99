package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (p *Preprocessor) exprs(list []ast.Expr) {
	for i := range list {
		p.optional(&list[i])
	}
}

func (p *Preprocessor) optional(e *ast.Expr) {
	if *e != nil {
		p.expr(e)
	}
}

// expr rewrites an expression, its parts first.
func (p *Preprocessor) expr(e *ast.Expr) {
	if n, ok := (*e).(*ast.NameExpr); ok && n.ID != ast.NameDebug && p.depth < maxDepth {
		return
	}
	if _, ok := (*e).(*ast.Constant); ok && p.depth < maxDepth {
		return
	}
	p.inner(e)
}

// inner rewrites an expression that has others in it, is __debug__, or too deep.
func (p *Preprocessor) inner(e *ast.Expr) {
	p.deepen()
	switch n := (*e).(type) {
	case *ast.NameExpr:
		if n.Ctx == ast.Load {
			p.replace(e, marshal.Bool(p.optimize == 0))
		}
	case *ast.Attribute:
		p.expr(&n.Value)
	case *ast.Call:
		p.expr(&n.Func)
		p.exprs(n.Args)
		p.keywords(n.Keywords)
	case *ast.BoolOp:
		p.exprs(n.Values)
	case *ast.BinOp:
		p.expr(&n.Left)
		p.expr(&n.Right)
		p.foldBinary(e, n)
	case *ast.UnaryOp:
		p.expr(&n.Operand)
		if !p.f.ConstFoldingInCFG {
			p.foldUnary(e, n)
		}
	case *ast.Compare:
		p.expr(&n.Left)
		p.exprs(n.Comparators)
		if last := len(n.Ops) - 1; n.Ops[last] == ast.In || n.Ops[last] == ast.NotIn {
			p.foldIter(&n.Comparators[last])
		}
	case *ast.Subscript:
		p.expr(&n.Value)
		p.expr(&n.Slice)
		p.foldSubscript(e, n)
	case *ast.Slice:
		p.optional(&n.Lower)
		p.optional(&n.Upper)
		p.optional(&n.Step)
	case *ast.Tuple:
		p.exprs(n.Elts)
		if n.Ctx == ast.Load && !p.f.ConstFoldingInCFG && allConst(n.Elts) {
			p.replace(e, p.objects.tuple(n.Elts))
		}
	case *ast.List:
		p.exprs(n.Elts)
	case *ast.Set:
		p.exprs(n.Elts)
	case *ast.Dict:
		p.exprs(n.Keys)
		p.exprs(n.Values)
	case *ast.Starred:
		p.expr(&n.Value)
	case *ast.NamedExpr:
		p.expr(&n.Value)
	case *ast.IfExp:
		p.expr(&n.Test)
		p.expr(&n.Body)
		p.expr(&n.Orelse)
	case *ast.Lambda:
		p.arguments(n.Args)
		p.expr(&n.Body)
	case *ast.ListComp:
		p.expr(&n.Elt)
		p.clauses(n.Generators)
	case *ast.SetComp:
		p.expr(&n.Elt)
		p.clauses(n.Generators)
	case *ast.GeneratorExp:
		p.expr(&n.Elt)
		p.clauses(n.Generators)
	case *ast.DictComp:
		p.expr(&n.Key)
		p.optional(&n.Value)
		p.clauses(n.Generators)
	case *ast.JoinedStr:
		p.exprs(n.Values)
	case *ast.TemplateStr:
		p.exprs(n.Values)
	case *ast.FormattedValue:
		p.expr(&n.Value)
		p.optional(&n.Spec)
	case *ast.Interpolation:
		p.expr(&n.Value)
		p.optional(&n.Spec)
	case *ast.Await:
		p.expr(&n.Value)
	case *ast.Yield:
		p.optional(&n.Value)
	case *ast.YieldFrom:
		p.expr(&n.Value)
	default:
		unreachable(n)
	}
	p.depth--
}

func (p *Preprocessor) clauses(clauses []ast.Comprehension) {
	for i := range clauses {
		c := &clauses[i]
		p.expr(&c.Target)
		p.expr(&c.Iter)
		p.exprs(c.Ifs)
		p.foldIter(&c.Iter)
	}
}

// replace puts a constant in the place of an expression.
func (p *Preprocessor) replace(e *ast.Expr, v *marshal.Value) {
	c := p.arena.Constants.New()
	*c = ast.Constant{Pos: *(*e).Position(), Value: p.objects.constant(v)}
	*e = c
}

var unaryFolds = [...]fold.UnaryOp{ast.Invert: fold.Invert, ast.Not: fold.Not, ast.UAdd: fold.Positive, ast.USub: fold.Negative}

var binaryFolds = [...]fold.BinaryOp{
	ast.Add: fold.Add, ast.Sub: fold.Subtract, ast.Mult: fold.Multiply, ast.MatMult: fold.MatrixMultiply, ast.Div: fold.TrueDivide,
	ast.Mod: fold.Remainder, ast.Pow: fold.Power, ast.LShift: fold.LShift, ast.RShift: fold.RShift, ast.BitOr: fold.Or,
	ast.BitXor: fold.Xor, ast.BitAnd: fold.And, ast.FloorDiv: fold.FloorDivide,
}

// foldUnary folds an operator on a constant, and `not` into a test that has an
// opposite. (== and < have none: a class may define them apart.)
func (p *Preprocessor) foldUnary(e *ast.Expr, n *ast.UnaryOp) {
	switch operand := n.Operand.(type) {
	case *ast.Constant:
		if v, ok := p.folder.Unary(unaryFolds[n.Op], p.objects.value(operand.Value)); ok {
			p.replace(e, v)
		}
	case *ast.Compare:
		if n.Op != ast.Not || len(operand.Ops) != 1 {
			return
		}
		switch op := &operand.Ops[0]; *op {
		case ast.Is:
			*op = ast.IsNot
		case ast.IsNot:
			*op = ast.Is
		case ast.In:
			*op = ast.NotIn
		case ast.NotIn:
			*op = ast.In
		default:
			return
		}
		*e = operand
	}
}

// foldBinary rewrites `'…' % (…)` as an f-string, and folds what is constant.
func (p *Preprocessor) foldBinary(e *ast.Expr, n *ast.BinOp) {
	left, ok := n.Left.(*ast.Constant)
	if !ok {
		return
	}
	if right, ok := n.Right.(*ast.Tuple); ok && n.Op == ast.Mod && left.Value.Kind == ast.Str && !hasStarred(right.Elts) {
		if parts, ok := p.format(left.Value.Str, right.Elts); ok {
			j := p.arena.JoinedStrs.New()
			*j = ast.JoinedStr{Pos: n.Pos, Values: parts}
			*e = j
		}
		return
	}
	if !p.f.ConstFoldingInCFG {
		p.foldArithmetic(e, n)
	}
}

func (p *Preprocessor) foldArithmetic(e *ast.Expr, n *ast.BinOp) {
	left, ok1 := n.Left.(*ast.Constant)
	right, ok2 := n.Right.(*ast.Constant)
	if !ok1 || !ok2 {
		return
	}
	if v, ok := p.folder.Binary(binaryFolds[n.Op], p.objects.value(left.Value), p.objects.value(right.Value)); ok {
		p.replace(e, v)
	}
}

func (p *Preprocessor) foldSubscript(e *ast.Expr, n *ast.Subscript) {
	if p.f.ConstFoldingInCFG || n.Ctx != ast.Load {
		return
	}
	value, ok1 := n.Value.(*ast.Constant)
	index, ok2 := n.Slice.(*ast.Constant)
	if !ok1 || !ok2 {
		return
	}
	if v, ok := p.folder.Binary(fold.Subscript, p.objects.value(value.Value), p.objects.value(index.Value)); ok {
		p.replace(e, v)
	}
}

// foldIter rewrites what is only iterated over or searched: a list becomes a
// tuple, and a set of constants a frozenset.
func (p *Preprocessor) foldIter(e *ast.Expr) {
	if p.f.ConstFoldingInCFG {
		return
	}
	switch n := (*e).(type) {
	case *ast.List:
		if hasStarred(n.Elts) {
			return
		}
		if allConst(n.Elts) {
			p.replace(e, p.objects.tuple(n.Elts))
			return
		}
		t := p.arena.Tuples.New()
		*t = ast.Tuple{Pos: n.Pos, Elts: n.Elts, Ctx: n.Ctx}
		*e = t
	case *ast.Set:
		if allConst(n.Elts) {
			p.replace(e, fold.FrozenSet(p.objects.tuple(n.Elts).Items))
		}
	}
}

func hasStarred(elts []ast.Expr) bool {
	for _, e := range elts {
		if _, ok := e.(*ast.Starred); ok {
			return true
		}
	}
	return false
}
