package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// block = NEWLINE INDENT statements DEDENT | simple_stmts
func (p *Parser) block() []ast.Stmt {
	base := len(p.stmts)
	if p.tok.Kind != token.Newline {
		switch p.tok.Kind {
		case token.Indent, token.Dedent, token.EOF:
			p.fail()
		}
		p.simpleStmts()
	} else {
		p.nextSpace()
		if p.tok.Kind != token.Indent {
			p.fail()
		}
		p.nextSpace()
		p.enter(4)
		for {
			p.statement()
			if p.tok.Kind == token.Dedent {
				break
			}
			if p.tok.Kind == token.EOF {
				p.fail()
			}
		}
		p.level -= 4
		p.nextSpace()
	}
	list := p.arena.Stmts.Copy(p.stmts[base:])
	p.stmts = p.stmts[:base]
	return list
}

// orelse = ('else' ':' block)?
func (p *Parser) orelse() []ast.Stmt {
	if !p.take(token.KwElse) {
		return nil
	}
	p.want(token.Colon)
	return p.block()
}

// ifStmt = 'if' named_expression ':' block ('elif' …)* ('else' ':' block)?
//
// An elif is an If inside the one before, and all end together. The chain is read
// in a loop, so that its length does not matter to the stack.
func (p *Parser) ifStmt() ast.Stmt {
	first := p.arena.Ifs.New()
	n := first
	depth := p.level
	for {
		s := p.begin()
		p.next()
		test := p.namedExpression()
		p.want(token.Colon)
		body := p.block()
		*n = ast.If{Pos: ast.Pos{Line: s.line, Col: s.col}, Test: test, Body: body}
		if p.tok.Kind != token.KwElif {
			break
		}
		p.enter(1)
		elif := p.arena.Ifs.New()
		p.stmts = append(p.stmts, elif)
		n.Orelse = p.arena.Stmts.Copy(p.stmts[len(p.stmts)-1:])
		p.stmts = p.stmts[:len(p.stmts)-1]
		n = elif
	}
	n.Orelse = p.orelse()
	p.level = depth
	last := n
	for n = first; ; n = n.Orelse[0].(*ast.If) {
		n.EndLine, n.EndCol = p.endLine, p.endCol
		if n == last {
			return first
		}
	}
}

// whileStmt = 'while' named_expression ':' block else?
func (p *Parser) whileStmt() ast.Stmt {
	s := p.begin()
	p.next()
	test := p.namedExpression()
	p.want(token.Colon)
	body := p.block()
	orelse := p.orelse()
	n := p.arena.Whiles.New()
	*n = ast.While{Pos: p.pos(s), Test: test, Body: body, Orelse: orelse}
	return n
}

// forStmt = 'for' star_targets 'in' star_expressions ':' block else?
func (p *Parser) forStmt(s start, async bool) ast.Stmt {
	p.next()
	target := p.starTargets()
	p.want(token.KwIn)
	iter := p.starExpressions()
	p.mayFoldIter(iter)
	p.want(token.Colon)
	body := p.block()
	orelse := p.orelse()
	n := p.arena.Fors.New()
	*n = ast.For{Pos: p.pos(s), Async: async, Target: target, Iter: iter, Body: body, Orelse: orelse}
	return n
}

// starTargets = star_target (',' star_target)* ','?
func (p *Parser) starTargets() ast.Expr {
	s := p.begin()
	x := p.starTarget()
	if p.tok.Kind != token.Comma {
		return x
	}
	base := len(p.exprs)
	p.exprs = append(p.exprs, x)
	for p.take(token.Comma) {
		if p.tok.Kind == token.KwIn {
			break
		}
		p.exprs = append(p.exprs, p.starTarget())
	}
	n := p.arena.Tuples.New()
	*n = ast.Tuple{Pos: p.pos(s), Elts: p.popExprs(base), Ctx: ast.Store}
	return n
}

// starTarget = '*'? target_with_star_atom
func (p *Parser) starTarget() ast.Expr {
	s := p.begin()
	if p.take(token.Star) {
		x := p.primary(p.begin())
		p.store(x)
		n := p.arena.Starreds.New()
		*n = ast.Starred{Pos: p.pos(s), Value: x, Ctx: ast.Store}
		return n
	}
	x := p.primary(s)
	p.store(x)
	return x
}

// withStmt = 'with' items ':' block, the items in brackets or not.
func (p *Parser) withStmt(s start, async bool) ast.Stmt {
	p.next()
	base := len(p.items)
	if p.tok.Kind != token.LPar || !p.try(p.bracketedItems) {
		for {
			p.withItem()
			if !p.take(token.Comma) {
				break
			}
		}
		p.want(token.Colon)
	}
	items := p.arena.WithItems.Copy(p.items[base:])
	p.items = p.items[:base]
	body := p.block()
	n := p.arena.Withs.New()
	*n = ast.With{Pos: p.pos(s), Async: async, Items: items, Body: body}
	return n
}

// bracketedItems = '(' with_item (',' with_item)* ','? ')' ':'
func (p *Parser) bracketedItems() {
	p.next()
	for {
		p.withItem()
		if !p.take(token.Comma) || p.tok.Kind == token.RPar {
			break
		}
	}
	p.want(token.RPar)
	p.want(token.Colon)
}

// withItem = expression ('as' star_target)?
func (p *Parser) withItem() {
	item := ast.WithItem{Context: p.expression()}
	if p.take(token.KwAs) {
		item.Vars = p.starTarget()
		switch p.tok.Kind {
		case token.Comma, token.RPar, token.Colon:
		default:
			p.fail()
		}
	}
	p.items = append(p.items, item)
}

// tryStmt = 'try' ':' block (handlers else? finally? | finally)
func (p *Parser) tryStmt() ast.Stmt {
	s := p.begin()
	p.next()
	p.want(token.Colon)
	body := p.block()
	base := len(p.handlers)
	star := false
	for p.tok.Kind == token.KwExcept {
		starred := p.peek() == token.Star
		if len(p.handlers) == base {
			star = starred
		} else if star != starred {
			p.fail()
		}
		p.handler(star)
	}
	handlers := p.arena.ExceptHandlers.Copy(p.handlers[base:])
	p.handlers = p.handlers[:base]
	var orelse, final []ast.Stmt
	if len(handlers) > 0 {
		orelse = p.orelse()
	}
	if p.tok.Kind == token.KwFinally {
		p.next()
		p.want(token.Colon)
		final = p.block()
		p.rewrites++ // remarks on what leaves it
	} else if len(handlers) == 0 {
		p.fail()
	}
	n := p.arena.Tries.New()
	*n = ast.Try{Pos: p.pos(s), Star: star, Body: body, Handlers: handlers, Orelse: orelse, FinalBody: final}
	return n
}

// handler = 'except' '*'? (expression ('as' NAME)? | expressions)? ':' block
func (p *Parser) handler(star bool) {
	s := p.begin()
	p.next()
	if star {
		p.next()
	}
	var h ast.ExceptHandler
	if star || p.tok.Kind != token.Colon {
		at := p.begin()
		h.Type = p.expression()
		if p.take(token.KwAs) {
			h.Name = p.wantName()
		} else if p.tok.Kind == token.Comma && p.f.ExceptWithoutParentheses {
			h.Type = p.restOfTuple(at, h.Type, false)
		}
	}
	p.want(token.Colon)
	h.Body = p.block()
	h.Pos = p.pos(s)
	p.handlers = append(p.handlers, h)
}

// asyncStmt = 'async' (def | for | with)
func (p *Parser) asyncStmt() ast.Stmt {
	s := p.begin()
	p.next()
	switch p.tok.Kind {
	case token.KwDef:
		return p.function(s, true, nil)
	case token.KwFor:
		return p.forStmt(s, true)
	case token.KwWith:
		return p.withStmt(s, true)
	}
	p.fail()
	return nil
}

// decorated = ('@' named_expression NEWLINE)+ (class | def | async def)
func (p *Parser) decorated() ast.Stmt {
	base := len(p.exprs)
	for p.take(token.At) {
		p.exprs = append(p.exprs, p.namedExpression())
		if p.tok.Kind != token.Newline {
			p.fail()
		}
		p.nextSpace()
	}
	decorators := p.popExprs(base)
	switch p.tok.Kind {
	case token.KwDef:
		return p.function(p.begin(), false, decorators)
	case token.KwClass:
		return p.class(decorators)
	case token.KwAsync:
		s := p.begin()
		p.next()
		if p.tok.Kind == token.KwDef {
			return p.function(s, true, decorators)
		}
	}
	p.fail()
	return nil
}

// function = 'def' NAME type_params? '(' params? ')' ('->' expression)? ':' block
func (p *Parser) function(s start, async bool, decorators []ast.Expr) ast.Stmt {
	from, rewrites := p.tok.Start, p.rewrites
	p.next()
	name := p.wantName()
	params := p.typeParams()
	p.want(token.LPar)
	args := p.parameters(token.RPar)
	p.want(token.RPar)
	var returns ast.Expr
	if p.take(token.Arrow) {
		returns = p.expression()
	}
	p.want(token.Colon)
	body := p.block()
	n := p.arena.FunctionDefs.New()
	*n = ast.FunctionDef{
		Pos: p.pos(s), Name: name, Async: async, Args: args, Body: body,
		Decorators: decorators, Returns: returns, TypeParams: params,
		Plain: p.rewrites == rewrites && p.tok.Start-from <= ast.PlainSize,
	}
	return n
}

// class = 'class' NAME type_params? ('(' arguments? ')')? ':' block
func (p *Parser) class(decorators []ast.Expr) ast.Stmt {
	s := p.begin()
	p.next()
	name := p.wantName()
	params := p.typeParams()
	var bases []ast.Expr
	var keywords []ast.Keyword
	if p.take(token.LPar) {
		bases, keywords = p.arguments()
	}
	p.want(token.Colon)
	body := p.block()
	n := p.arena.ClassDefs.New()
	*n = ast.ClassDef{
		Pos: p.pos(s), Name: name, Bases: bases, Keywords: keywords, Body: body,
		Decorators: decorators, TypeParams: params,
	}
	return n
}

// typeParams = ('[' type_param (',' type_param)* ','? ']')?
func (p *Parser) typeParams() []ast.TypeParam {
	if p.tok.Kind != token.LSqb || !p.f.TypeParams {
		return nil
	}
	p.next()
	base := len(p.tparams)
	for {
		p.tparams = append(p.tparams, p.typeParam())
		if !p.take(token.Comma) || p.tok.Kind == token.RSqb {
			break
		}
	}
	p.want(token.RSqb)
	list := p.arena.TypeParams.Copy(p.tparams[base:])
	p.tparams = p.tparams[:base]
	return list
}

// typeParam = NAME (':' expression)? default? | '*' NAME default? | '**' NAME default?
func (p *Parser) typeParam() ast.TypeParam {
	s := p.begin()
	var t ast.TypeParam
	switch {
	case p.take(token.Star):
		t.Kind = ast.TypeVarTuple
	case p.take(token.DoubleStar):
		t.Kind = ast.ParamSpec
	}
	t.Name = p.wantName()
	if t.Kind == ast.TypeVar && p.take(token.Colon) {
		t.Bound = p.expression()
	}
	if p.f.TypeParamDefaults && p.take(token.Equal) {
		if t.Kind == ast.TypeVarTuple {
			t.Default = p.starExpression()
		} else {
			t.Default = p.expression()
		}
	}
	t.Pos = p.pos(s)
	return t
}
