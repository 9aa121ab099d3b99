package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// exprStart marks the tokens that an expression, or a starred one, begins with.
var exprStart = func() (t [token.NumKinds]bool) {
	for _, k := range []token.Kind{
		token.Name, token.Number, token.String, token.FStringStart, token.TStringStart, token.Minus, token.Plus,
		token.Tilde, token.LPar, token.LSqb, token.LBrace, token.Ellipsis, token.KwFalse, token.KwNone, token.KwTrue,
		token.KwAwait, token.KwLambda, token.KwNot, token.Star,
	} {
		t[k] = true
	}
	return
}()

func startsExpr(k token.Kind) bool { return exprStart[k] }

// starExpressions = star_expression (',' star_expression)* ','?
func (p *Parser) starExpressions() ast.Expr {
	s := p.begin()
	x := p.starExpression()
	if p.tok.Kind != token.Comma {
		return x
	}
	return p.restOfTuple(s, x, true)
}

// restOfTuple reads on behind the first item of a tuple without brackets, whose
// items may be starred or not.
func (p *Parser) restOfTuple(s start, first ast.Expr, starred bool) ast.Expr {
	base := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.take(token.Comma) && exprStart[p.tok.Kind] {
		if starred {
			p.exprs = append(p.exprs, p.starExpression())
		} else {
			p.exprs = append(p.exprs, p.expression())
		}
	}
	elts := p.popExprs(base)
	p.mayFoldTuple(elts)
	n := p.arena.Tuples.New()
	*n = ast.Tuple{Pos: p.pos(s), Elts: elts}
	return n
}

// starExpression = '*' bitwise_or | expression
func (p *Parser) starExpression() ast.Expr {
	if p.tok.Kind == token.Star {
		return p.starred()
	}
	return p.expression()
}

// starred = '*' bitwise_or
func (p *Parser) starred() ast.Expr {
	s := p.begin()
	p.next()
	x := p.binary(1)
	n := p.arena.Starreds.New()
	*n = ast.Starred{Pos: p.pos(s), Value: x}
	return n
}

// starNamed = '*' bitwise_or | named_expression
func (p *Parser) starNamed() ast.Expr {
	if p.tok.Kind == token.Star {
		return p.starred()
	}
	return p.namedExpression()
}

// namedExpression = NAME ':=' expression | expression
func (p *Parser) namedExpression() ast.Expr {
	s := p.begin()
	x := p.expression()
	if p.tok.Kind != token.ColonEqual {
		return x
	}
	target, ok := x.(*ast.NameExpr)
	if !ok || target.Line != s.line || target.Col != s.col { // in brackets, it is no target
		p.fail()
	}
	target.Ctx = ast.Store
	p.next()
	value := p.expression()
	n := p.arena.NamedExprs.New()
	*n = ast.NamedExpr{Pos: p.pos(s), Target: target, Value: value}
	return n
}

// expression = disjunction ('if' disjunction 'else' expression)? | lambda
func (p *Parser) expression() ast.Expr {
	s := p.begin()
	switch p.tok.Kind {
	case token.KwLambda:
		return p.lambda()
	case token.KwNot, token.KwAwait, token.Plus, token.Minus, token.Tilde:
		return p.conditional(s, p.disjunction())
	}
	// Most expressions are a primary and nothing else: the rules between are looked
	// into only where a token follows that one of them goes on with.
	x := p.primary(s)
	if !exprGoesOn[p.tok.Kind] {
		return x
	}
	return p.continued(s, p.operated(s, p.powered(s, x), 1))
}

// exprGoesOn marks the tokens that an expression can go on with behind a primary.
var exprGoesOn = func() (t [token.NumKinds]bool) {
	for _, k := range []token.Kind{
		token.KwIf, token.KwOr, token.KwAnd, token.KwNot, token.KwIn, token.KwIs, token.DoubleStar,
		token.EqEqual, token.NotEqual, token.Less, token.LessEqual, token.Greater, token.GreaterEqual,
	} {
		t[k] = true
	}
	for k, b := range binaryOps {
		if b.prec > 0 {
			t[k] = true
		}
	}
	return
}()

// continued reads on behind a bitwise_or that began at s, to the end of the
// expression that it is the beginning of.
func (p *Parser) continued(s start, x ast.Expr) ast.Expr {
	return p.conditional(s, p.ors(s, p.ands(s, p.compared(s, x))))
}

// conditional reads ('if' disjunction 'else' expression)? behind x.
func (p *Parser) conditional(s start, x ast.Expr) ast.Expr {
	if p.tok.Kind != token.KwIf {
		return x
	}
	p.next()
	test := p.disjunction()
	p.want(token.KwElse)
	depth := p.level
	p.enter(1)
	if p.f.ConditionalIsRule {
		p.enter(1)
	}
	orelse := p.expression()
	p.level = depth
	n := p.arena.IfExps.New()
	*n = ast.IfExp{Pos: p.pos(s), Test: test, Body: x, Orelse: orelse}
	return n
}

// lambda = 'lambda' params? ':' expression
func (p *Parser) lambda() ast.Expr {
	s := p.begin()
	p.next()
	p.enter(2)
	args := p.parameters(token.Colon)
	p.want(token.Colon)
	body := p.expression()
	p.level -= 2
	n := p.arena.Lambdas.New()
	*n = ast.Lambda{Pos: p.pos(s), Args: args, Body: body}
	return n
}

// yieldExpr = 'yield' ('from' expression | star_expressions?)
func (p *Parser) yieldExpr() ast.Expr {
	s := p.begin()
	p.next()
	if p.take(token.KwFrom) {
		x := p.expression()
		n := p.arena.YieldFroms.New()
		*n = ast.YieldFrom{Pos: p.pos(s), Value: x}
		return n
	}
	var x ast.Expr
	if exprStart[p.tok.Kind] {
		x = p.starExpressions()
	}
	n := p.arena.Yields.New()
	*n = ast.Yield{Pos: p.pos(s), Value: x}
	return n
}

// disjunction = conjunction ('or' conjunction)*
func (p *Parser) disjunction() ast.Expr {
	s := p.begin()
	return p.ors(s, p.conjunction())
}

// ors reads ('or' conjunction)* behind x.
func (p *Parser) ors(s start, x ast.Expr) ast.Expr {
	if p.tok.Kind != token.KwOr {
		return x
	}
	base := len(p.exprs)
	p.exprs = append(p.exprs, x)
	for p.take(token.KwOr) {
		p.exprs = append(p.exprs, p.conjunction())
	}
	n := p.arena.BoolOps.New()
	*n = ast.BoolOp{Pos: p.pos(s), Op: ast.Or, Values: p.popExprs(base)}
	return n
}

// conjunction = inversion ('and' inversion)*
func (p *Parser) conjunction() ast.Expr {
	s := p.begin()
	return p.ands(s, p.inversion())
}

// ands reads ('and' inversion)* behind x.
func (p *Parser) ands(s start, x ast.Expr) ast.Expr {
	if p.tok.Kind != token.KwAnd {
		return x
	}
	base := len(p.exprs)
	p.exprs = append(p.exprs, x)
	for p.take(token.KwAnd) {
		p.exprs = append(p.exprs, p.inversion())
	}
	n := p.arena.BoolOps.New()
	*n = ast.BoolOp{Pos: p.pos(s), Op: ast.And, Values: p.popExprs(base)}
	return n
}

// inversion = 'not' inversion | comparison
func (p *Parser) inversion() ast.Expr {
	if p.tok.Kind != token.KwNot {
		return p.comparison()
	}
	s := p.begin()
	p.next()
	p.enter(1)
	x := p.inversion()
	p.level--
	p.mayFoldUnary(ast.Not, x)
	n := p.arena.UnaryOps.New()
	*n = ast.UnaryOp{Pos: p.pos(s), Op: ast.Not, Operand: x}
	return n
}

// comparison = bitwise_or (operator bitwise_or)*
func (p *Parser) comparison() ast.Expr {
	s := p.begin()
	return p.compared(s, p.binary(1))
}

// compared reads (operator bitwise_or)* behind x.
func (p *Parser) compared(s start, x ast.Expr) ast.Expr {
	op, ok := p.comparisonOperator()
	if !ok {
		return x
	}
	base, ops := len(p.exprs), len(p.cmpOps)
	for ok {
		p.cmpOps = append(p.cmpOps, op)
		p.exprs = append(p.exprs, p.binary(1))
		op, ok = p.comparisonOperator()
	}
	if last := p.cmpOps[len(p.cmpOps)-1]; last == ast.In || last == ast.NotIn {
		p.mayFoldIter(p.exprs[len(p.exprs)-1])
	}
	n := p.arena.Compares.New()
	*n = ast.Compare{Pos: p.pos(s), Left: x, Ops: p.arena.CmpOps.Copy(p.cmpOps[ops:]), Comparators: p.popExprs(base)}
	p.cmpOps = p.cmpOps[:ops]
	return n
}

// comparisonOperator moves past a comparison operator, if there is one.
func (p *Parser) comparisonOperator() (op ast.CmpOperator, ok bool) {
	switch p.tok.Kind {
	case token.EqEqual:
		op = ast.Eq
	case token.NotEqual:
		if (p.text[p.tok.Start] == '<') != p.flufl {
			p.fail()
		}
		op = ast.NotEq
	case token.Less:
		op = ast.Lt
	case token.LessEqual:
		op = ast.LtE
	case token.Greater:
		op = ast.Gt
	case token.GreaterEqual:
		op = ast.GtE
	case token.KwIn:
		op = ast.In
	case token.KwNot:
		if p.peek() != token.KwIn {
			return 0, false
		}
		p.next()
		op = ast.NotIn
	case token.KwIs:
		p.next()
		if p.take(token.KwNot) {
			return ast.IsNot, true
		}
		return ast.Is, true
	default:
		return 0, false
	}
	p.next()
	return op, true
}

// binaryOp is a binary operator and how tightly it binds.
type binaryOp struct {
	prec uint8
	op   ast.Operator
}

var binaryOps = [token.NumKinds]binaryOp{
	token.VBar:        {1, ast.BitOr},
	token.Circumflex:  {2, ast.BitXor},
	token.Amper:       {3, ast.BitAnd},
	token.LeftShift:   {4, ast.LShift},
	token.RightShift:  {4, ast.RShift},
	token.Plus:        {5, ast.Add},
	token.Minus:       {5, ast.Sub},
	token.Star:        {6, ast.Mult},
	token.Slash:       {6, ast.Div},
	token.DoubleSlash: {6, ast.FloorDiv},
	token.Percent:     {6, ast.Mod},
	token.At:          {6, ast.MatMult},
}

// binary reads operands joined by operators that bind at least as tightly as
// prec; with 1 it is bitwise_or.
func (p *Parser) binary(prec uint8) ast.Expr {
	s := p.begin()
	return p.operated(s, p.factor(), prec)
}

// operated reads on behind the first operand.
func (p *Parser) operated(s start, x ast.Expr, prec uint8) ast.Expr {
	for {
		b := binaryOps[p.tok.Kind]
		if b.prec < prec || b.prec == 0 {
			return x
		}
		p.next()
		y := p.binary(b.prec + 1)
		p.mayFoldBinary(b.op, x, y)
		n := p.arena.BinOps.New()
		*n = ast.BinOp{Pos: p.pos(s), Op: b.op, Left: x, Right: y}
		x = n
	}
}

// factor = ('+' | '-' | '~') factor | power
func (p *Parser) factor() ast.Expr {
	var op ast.UnaryOperator
	switch p.tok.Kind {
	case token.Plus:
		op = ast.UAdd
	case token.Minus:
		op = ast.USub
	case token.Tilde:
		op = ast.Invert
	default:
		return p.power()
	}
	s := p.begin()
	p.next()
	p.enter(1)
	x := p.factor()
	p.level--
	p.mayFoldUnary(op, x)
	n := p.arena.UnaryOps.New()
	*n = ast.UnaryOp{Pos: p.pos(s), Op: op, Operand: x}
	return n
}

// power = 'await'? primary ('**' factor)?
func (p *Parser) power() ast.Expr {
	s := p.begin()
	var x ast.Expr
	if p.tok.Kind == token.KwAwait {
		p.next()
		value := p.primary(p.begin())
		n := p.arena.Awaits.New()
		*n = ast.Await{Pos: p.pos(s), Value: value}
		x = n
	} else {
		x = p.primary(s)
	}
	return p.powered(s, x)
}

// powered reads ('**' factor)? behind x.
func (p *Parser) powered(s start, x ast.Expr) ast.Expr {
	if p.tok.Kind != token.DoubleStar {
		return x
	}
	p.next()
	p.enter(2)
	y := p.factor()
	p.level -= 2
	p.mayFoldBinary(ast.Pow, x, y)
	n := p.arena.BinOps.New()
	*n = ast.BinOp{Pos: p.pos(s), Op: ast.Pow, Left: x, Right: y}
	return n
}
