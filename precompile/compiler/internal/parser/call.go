package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// call = primary '(' (arguments? | genexp) ')', at the bracket.
func (p *Parser) call(s start, fn ast.Expr) ast.Expr {
	bracket := p.begin()
	p.next()
	if p.take(token.RPar) {
		n := p.arena.Calls.New()
		*n = ast.Call{Pos: p.pos(s), Func: fn}
		return n
	}
	p.enter(bracketLevels)
	args, keywords := p.argumentList(bracket, true)
	p.level -= bracketLevels
	n := p.arena.Calls.New()
	*n = ast.Call{Pos: p.pos(s), Func: fn, Args: args, Keywords: keywords}
	return n
}

// arguments = arguments? ')', of a class
func (p *Parser) arguments() ([]ast.Expr, []ast.Keyword) { return p.argumentList(start{}, false) }

// argumentList reads arguments and the closing bracket. Positional ones come
// before keywords, except starred ones; behind two stars are only keywords.
// Where genexp, one argument may be a generator expression that shares the
// brackets, which begin at bracket.
func (p *Parser) argumentList(bracket start, genexp bool) ([]ast.Expr, []ast.Keyword) {
	base, kwBase := len(p.exprs), len(p.keywords)
	unpacked := false
	for p.tok.Kind != token.RPar {
		s := p.begin()
		switch {
		case p.tok.Kind == token.Star:
			if unpacked {
				p.fail()
			}
			p.exprs = append(p.exprs, p.starredArgument())
		case p.tok.Kind == token.DoubleStar:
			p.next()
			value := p.expression()
			p.keywords = append(p.keywords, ast.Keyword{Pos: p.pos(s), Value: value})
			unpacked = true
		case p.tok.Kind == token.Name && p.peek() == token.Equal:
			name := p.tok.Name
			p.next()
			p.next()
			value := p.expression()
			p.keywords = append(p.keywords, ast.Keyword{Pos: p.pos(s), Arg: name, Value: value})
		default:
			if len(p.keywords) > kwBase {
				p.fail()
			}
			p.exprs = append(p.exprs, p.namedExpression())
		}
		if p.tok.Kind == token.Comma {
			p.next()
			continue
		}
		if genexp && (p.tok.Kind == token.KwFor || p.tok.Kind == token.KwAsync) &&
			len(p.exprs) == base+1 && len(p.keywords) == kwBase {
			elt := p.exprs[base]
			gens := p.clauses(elt)
			p.want(token.RPar)
			n := p.arena.GeneratorExps.New()
			*n = ast.GeneratorExp{Pos: p.pos(bracket), Elt: elt, Generators: gens}
			p.exprs[base] = n
			return p.popExprs(base), nil
		}
		break
	}
	p.want(token.RPar)
	keywords := p.arena.Keywords.Copy(p.keywords[kwBase:])
	p.keywords = p.keywords[:kwBase]
	return p.popExprs(base), keywords
}
