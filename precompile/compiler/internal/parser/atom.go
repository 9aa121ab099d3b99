package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// primary = atom ('.' NAME | '(' arguments? ')' | '[' slices ']')*
func (p *Parser) primary(s start) ast.Expr {
	var x ast.Expr
	if p.tok.Kind == token.Name { // more often than all others together
		x = p.nameAtom(s)
	} else {
		x = p.atom(s)
	}
	for {
		switch p.tok.Kind {
		case token.Dot:
			p.next()
			attr := p.wantName()
			n := p.arena.Attributes.New()
			*n = ast.Attribute{Pos: p.pos(s), Value: x, Attr: attr}
			x = n
		case token.LPar:
			x = p.call(s, x)
		case token.LSqb:
			p.next()
			p.enter(bracketLevels)
			slice := p.slices()
			p.level -= bracketLevels
			p.want(token.RSqb)
			p.mayFoldSubscript(x)
			n := p.arena.Subscripts.New()
			*n = ast.Subscript{Pos: p.pos(s), Value: x, Slice: slice}
			x = n
		default:
			return x
		}
	}
}

// atom reads a name, a literal, or something in brackets.
func (p *Parser) atom(s start) ast.Expr {
	switch p.tok.Kind {
	case token.Name:
		return p.nameAtom(s)
	case token.Number:
		return p.number(s)
	case token.String, token.FStringStart, token.TStringStart:
		return p.strings(s)
	case token.LPar, token.LSqb, token.LBrace:
		return p.bracketed(s)
	case token.KwNone:
		return p.constant(s, ast.ConstNone)
	case token.KwTrue:
		return p.constant(s, ast.ConstTrue)
	case token.KwFalse:
		return p.constant(s, ast.ConstFalse)
	case token.Ellipsis:
		return p.constant(s, ast.ConstEllipsis)
	}
	p.fail()
	return nil
}

// nameAtom = NAME
func (p *Parser) nameAtom(s start) ast.Expr {
	id := p.tok.Name
	if id == ast.NameDebug {
		p.rewrites++
	}
	p.next()
	n := p.arena.NameExprs.New()
	*n = ast.NameExpr{Pos: p.pos(s), ID: id}
	return n
}

// constant moves past a token that is a constant.
func (p *Parser) constant(s start, c *ast.Const) ast.Expr {
	p.next()
	n := p.arena.Constants.New()
	*n = ast.Constant{Pos: p.pos(s), Value: c}
	return n
}

// bracketLevels is how many rules CPython enters from one bracket to an
// expression inside it.
const bracketLevels = 26

// bracketed reads what begins with a bracket. Where it fails, try sets the level back.
func (p *Parser) bracketed(s start) (x ast.Expr) {
	kind := p.tok.Kind
	p.next()
	p.enter(bracketLevels)
	switch kind {
	case token.LPar:
		x = p.parenthesised(s)
	case token.LSqb:
		x = p.list(s)
	default:
		x = p.braces(s)
	}
	p.level -= bracketLevels
	return x
}

// parenthesised = '(' (tuple | group | genexp) ')', behind the bracket.
func (p *Parser) parenthesised(s start) ast.Expr {
	var x ast.Expr
	switch p.tok.Kind {
	case token.RPar:
		p.next()
		p.mayFoldTuple(nil)
		n := p.arena.Tuples.New()
		*n = ast.Tuple{Pos: p.pos(s)}
		return n
	case token.KwYield:
		x = p.yieldExpr()
		p.want(token.RPar)
		return x
	case token.Star:
		if p.f.UnpackInComprehensions {
			x = p.starredElement()
		} else {
			x = p.starred()
		}
	default:
		x = p.namedExpression()
	}
	switch p.tok.Kind {
	case token.RPar:
		if _, starred := x.(*ast.Starred); starred {
			p.fail()
		}
		p.next()
		return x
	case token.Comma:
		elts := p.elements(x, token.RPar)
		p.mayFoldTuple(elts)
		n := p.arena.Tuples.New()
		*n = ast.Tuple{Pos: p.pos(s), Elts: elts}
		return n
	}
	gens := p.clauses(x)
	p.want(token.RPar)
	n := p.arena.GeneratorExps.New()
	*n = ast.GeneratorExp{Pos: p.pos(s), Elt: x, Generators: gens}
	return n
}

// starredElement = '*' bitwise_or, or where a clause follows '*' expression
func (p *Parser) starredElement() ast.Expr {
	s := p.begin()
	p.next()
	x := p.unpacked(token.RPar)
	n := p.arena.Starreds.New()
	*n = ast.Starred{Pos: p.pos(s), Value: x}
	return n
}

// unpacked reads what is unpacked in a display or a comprehension, which end with
// end. In a display it is a bitwise_or; where it is more than that, a clause must
// follow.
func (p *Parser) unpacked(end token.Kind) ast.Expr {
	s := p.begin()
	if k := p.tok.Kind; k == token.KwLambda || k == token.KwNot {
		return p.clausesNext(p.expression())
	}
	x := p.binary(1)
	switch p.tok.Kind {
	case token.Comma, end:
		return x
	}
	return p.clausesNext(p.continued(s, x))
}

// clausesNext returns x if a clause follows it, and fails if not.
func (p *Parser) clausesNext(x ast.Expr) ast.Expr {
	if p.tok.Kind != token.KwFor && p.tok.Kind != token.KwAsync {
		p.fail()
	}
	return x
}

// starredArgument = '*' expression
func (p *Parser) starredArgument() ast.Expr {
	s := p.begin()
	p.next()
	x := p.expression()
	n := p.arena.Starreds.New()
	*n = ast.Starred{Pos: p.pos(s), Value: x}
	return n
}

// elements reads the rest of a display behind its first item, and its bracket.
func (p *Parser) elements(first ast.Expr, end token.Kind) []ast.Expr {
	base := len(p.exprs)
	p.exprs = append(p.exprs, first)
	for p.take(token.Comma) && p.tok.Kind != end {
		p.exprs = append(p.exprs, p.starNamed())
	}
	p.want(end)
	return p.popExprs(base)
}

// list = '[' (elements? | comprehension) ']', behind the bracket.
func (p *Parser) list(s start) ast.Expr {
	if p.take(token.RSqb) {
		n := p.arena.Lists.New()
		*n = ast.List{Pos: p.pos(s)}
		return n
	}
	x := p.starNamed()
	if p.tok.Kind == token.KwFor || p.tok.Kind == token.KwAsync {
		gens := p.clauses(x)
		p.want(token.RSqb)
		n := p.arena.ListComps.New()
		*n = ast.ListComp{Pos: p.pos(s), Elt: x, Generators: gens}
		return n
	}
	elts := p.elements(x, token.RSqb)
	n := p.arena.Lists.New()
	*n = ast.List{Pos: p.pos(s), Elts: elts}
	return n
}

// braces = '{' (set | dict | comprehension) '}', behind the bracket.
func (p *Parser) braces(s start) ast.Expr {
	switch p.tok.Kind {
	case token.RBrace:
		p.next()
		n := p.arena.Dicts.New()
		*n = ast.Dict{Pos: p.pos(s)}
		return n
	case token.DoubleStar:
		return p.dict(s, nil)
	}
	at := p.begin()
	x := p.starNamed()
	switch p.tok.Kind {
	case token.Colon:
		switch n := x.(type) {
		case *ast.Starred:
			p.fail()
		case *ast.NamedExpr:
			if n.Line == at.line && n.Col == at.col {
				p.fail() // it is a key only in brackets
			}
		}
		return p.dict(s, x)
	case token.KwFor, token.KwAsync:
		gens := p.clauses(x)
		p.want(token.RBrace)
		n := p.arena.SetComps.New()
		*n = ast.SetComp{Pos: p.pos(s), Elt: x, Generators: gens}
		return n
	}
	elts := p.elements(x, token.RBrace)
	n := p.arena.Sets.New()
	*n = ast.Set{Pos: p.pos(s), Elts: elts}
	return n
}

// dict reads a dictionary or its comprehension; key is the first key, already
// read, or nil at two stars.
func (p *Parser) dict(s start, key ast.Expr) ast.Expr {
	base, base2 := len(p.exprs), len(p.exprs2)
	for first := true; ; first = false {
		if key == nil && p.take(token.DoubleStar) {
			var value ast.Expr
			if first && p.f.UnpackInComprehensions {
				value = p.unpacked(token.RBrace)
				if p.tok.Kind == token.KwFor || p.tok.Kind == token.KwAsync {
					gens := p.clauses(value)
					p.want(token.RBrace)
					n := p.arena.DictComps.New()
					*n = ast.DictComp{Pos: p.pos(s), Key: value, Generators: gens}
					return n
				}
			} else {
				value = p.binary(1)
			}
			p.exprs = append(p.exprs, nil)
			p.exprs2 = append(p.exprs2, value)
		} else {
			if key == nil {
				key = p.expression()
			}
			p.want(token.Colon)
			value := p.expression()
			if first && (p.tok.Kind == token.KwFor || p.tok.Kind == token.KwAsync) {
				gens := p.clauses(key)
				p.want(token.RBrace)
				n := p.arena.DictComps.New()
				*n = ast.DictComp{Pos: p.pos(s), Key: key, Value: value, Generators: gens}
				return n
			}
			p.exprs = append(p.exprs, key)
			p.exprs2 = append(p.exprs2, value)
		}
		key = nil
		if !p.take(token.Comma) || p.tok.Kind == token.RBrace {
			break
		}
	}
	p.want(token.RBrace)
	values := p.arena.Exprs.Copy(p.exprs2[base2:])
	p.exprs2 = p.exprs2[:base2]
	n := p.arena.Dicts.New()
	*n = ast.Dict{Pos: p.pos(s), Keys: p.popExprs(base), Values: values}
	return n
}

// clauses = ('async'? 'for' star_targets 'in' disjunction ('if' disjunction)*)+
//
// elt is what they follow: a starred element is not for every version.
func (p *Parser) clauses(elt ast.Expr) []ast.Comprehension {
	if _, starred := elt.(*ast.Starred); starred && !p.f.UnpackInComprehensions {
		p.fail()
	}
	base := len(p.comps)
	for {
		var c ast.Comprehension
		if p.tok.Kind == token.KwAsync {
			p.next()
			c.Async = true
		} else if p.tok.Kind != token.KwFor {
			break
		}
		p.want(token.KwFor)
		c.Target = p.starTargets()
		p.want(token.KwIn)
		c.Iter = p.disjunction()
		p.mayFoldIter(c.Iter)
		ifs := len(p.exprs)
		for p.take(token.KwIf) {
			p.exprs = append(p.exprs, p.disjunction())
		}
		c.Ifs = p.popExprs(ifs)
		p.comps = append(p.comps, c)
	}
	if len(p.comps) == base {
		p.fail()
	}
	list := p.arena.Comprehensions.Copy(p.comps[base:])
	p.comps = p.comps[:base]
	return list
}

// slices = slice | (slice | '*' expression) (',' …)* ','?
func (p *Parser) slices() ast.Expr {
	s := p.begin()
	x := p.slice()
	if _, starred := x.(*ast.Starred); !starred && p.tok.Kind != token.Comma {
		return x
	}
	base := len(p.exprs)
	p.exprs = append(p.exprs, x)
	for p.take(token.Comma) && p.tok.Kind != token.RSqb {
		p.exprs = append(p.exprs, p.slice())
	}
	elts := p.popExprs(base)
	p.mayFoldTuple(elts)
	n := p.arena.Tuples.New()
	*n = ast.Tuple{Pos: p.pos(s), Elts: elts}
	return n
}

// slice = expression? ':' expression? (':' expression?)? | named_expression | '*' expression
func (p *Parser) slice() ast.Expr {
	if p.tok.Kind == token.Star {
		return p.starredArgument()
	}
	s := p.begin()
	var lower, upper, step ast.Expr
	if p.tok.Kind != token.Colon {
		lower = p.namedExpression()
		if p.tok.Kind != token.Colon {
			return lower
		}
		if n, ok := lower.(*ast.NamedExpr); ok && n.Line == s.line && n.Col == s.col {
			p.fail()
		}
	}
	p.next()
	if exprStart[p.tok.Kind] {
		upper = p.expression()
	}
	if p.take(token.Colon) && exprStart[p.tok.Kind] {
		step = p.expression()
	}
	n := p.arena.Slices.New()
	*n = ast.Slice{Pos: p.pos(s), Lower: lower, Upper: upper, Step: step}
	return n
}
