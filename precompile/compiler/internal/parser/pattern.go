package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// matchStmt = "match" subject ':' NEWLINE INDENT case_block+ DEDENT; nil where
// match is a name. Behind `match subject:` and a line end nothing else fits.
func (p *Parser) matchStmt() ast.Stmt {
	s := p.begin()
	var subject ast.Expr
	if !p.try(func() {
		p.next()
		subject = p.subject()
		p.want(token.Colon)
		if p.tok.Kind != token.Newline {
			p.fail()
		}
	}) {
		return nil
	}
	p.nextSpace()
	if p.tok.Kind != token.Indent {
		p.fail()
	}
	p.nextSpace()
	p.enter(4)
	base := len(p.cases)
	for p.soft(ast.NameCase) {
		p.next()
		var c ast.MatchCase
		c.Pattern = p.openPattern()
		if p.take(token.KwIf) {
			c.Guard = p.namedExpression()
		}
		p.want(token.Colon)
		c.Body = p.block()
		p.cases = append(p.cases, c)
	}
	if len(p.cases) == base || p.tok.Kind != token.Dedent {
		p.fail()
	}
	p.nextSpace()
	p.level -= 4
	cases := p.arena.MatchCases.Copy(p.cases[base:])
	p.cases = p.cases[:base]
	p.rewrites++
	n := p.arena.Matches.New()
	*n = ast.Match{Pos: p.pos(s), Subject: subject, Cases: cases}
	return n
}

// subject = star_named (',' star_named)* ','? | named_expression
func (p *Parser) subject() ast.Expr {
	s := p.begin()
	x := p.starNamed()
	if p.tok.Kind != token.Comma {
		if _, starred := x.(*ast.Starred); starred {
			p.fail()
		}
		return x
	}
	base := len(p.exprs)
	p.exprs = append(p.exprs, x)
	for p.take(token.Comma) && exprStart[p.tok.Kind] {
		p.exprs = append(p.exprs, p.starNamed())
	}
	n := p.arena.Tuples.New()
	*n = ast.Tuple{Pos: p.pos(s), Elts: p.popExprs(base)}
	return n
}

func (p *Parser) popPatterns(base int) []ast.Pattern {
	list := p.arena.Patterns.Copy(p.patterns[base:])
	p.patterns = p.patterns[:base]
	return list
}

// openPattern = open_sequence_pattern | pattern
func (p *Parser) openPattern() ast.Pattern {
	s := p.begin()
	x := p.maybeStarPattern()
	if p.tok.Kind != token.Comma {
		if _, star := x.(*ast.MatchStar); star {
			p.fail()
		}
		return x
	}
	base := len(p.patterns)
	p.patterns = append(p.patterns, x)
	for p.take(token.Comma) && p.tok.Kind != token.Colon && p.tok.Kind != token.KwIf {
		p.patterns = append(p.patterns, p.maybeStarPattern())
	}
	n := p.arena.MatchSequences.New()
	*n = ast.MatchSequence{Pos: p.pos(s), Patterns: p.popPatterns(base)}
	return n
}

// maybeStarPattern = '*' ("_" | capture) | pattern
func (p *Parser) maybeStarPattern() ast.Pattern {
	if p.tok.Kind != token.Star {
		return p.pattern()
	}
	s := p.begin()
	p.next()
	name := ast.NoName
	if p.soft(ast.NameUnderscore) {
		p.next()
	} else {
		name = p.captureTarget()
	}
	n := p.arena.MatchStars.New()
	*n = ast.MatchStar{Pos: p.pos(s), Name: name}
	return n
}

// captureTarget = !"_" NAME !('.' | '(' | '=')
func (p *Parser) captureTarget() ast.Name {
	if p.soft(ast.NameUnderscore) {
		p.fail()
	}
	name := p.wantName()
	switch p.tok.Kind {
	case token.Dot, token.LPar, token.Equal:
		p.fail()
	}
	return name
}

// pattern = closed ('|' closed)* ('as' capture)?
func (p *Parser) pattern() ast.Pattern {
	s := p.begin()
	p.enter(4)
	x := p.closedPattern()
	if p.tok.Kind == token.VBar {
		base := len(p.patterns)
		p.patterns = append(p.patterns, x)
		for p.take(token.VBar) {
			p.patterns = append(p.patterns, p.closedPattern())
		}
		n := p.arena.MatchOrs.New()
		*n = ast.MatchOr{Pos: p.pos(s), Patterns: p.popPatterns(base)}
		x = n
	}
	if p.take(token.KwAs) {
		name := p.captureTarget()
		n := p.arena.MatchAses.New()
		*n = ast.MatchAs{Pos: p.pos(s), Pattern: x, Name: name}
		x = n
	}
	p.level -= 4
	return x
}

// closedPattern reads a pattern that needs no brackets among others.
func (p *Parser) closedPattern() ast.Pattern {
	s := p.begin()
	switch p.tok.Kind {
	case token.Number, token.Minus, token.Plus:
		return p.matchValue(s, p.patternNumber())
	case token.String, token.FStringStart, token.TStringStart:
		return p.matchValue(s, p.strings(s))
	case token.KwNone:
		return p.matchSingleton(s, ast.ConstNone)
	case token.KwTrue:
		return p.matchSingleton(s, ast.ConstTrue)
	case token.KwFalse:
		return p.matchSingleton(s, ast.ConstFalse)
	case token.Name:
		return p.namePattern(s)
	case token.LPar:
		return p.groupPattern(s)
	case token.LSqb:
		p.next()
		list := p.sequencePatterns(token.RSqb)
		p.want(token.RSqb)
		n := p.arena.MatchSequences.New()
		*n = ast.MatchSequence{Pos: p.pos(s), Patterns: list}
		return n
	case token.LBrace:
		return p.mappingPattern(s)
	}
	p.fail()
	return nil
}

func (p *Parser) matchValue(s start, x ast.Expr) ast.Pattern {
	n := p.arena.MatchValues.New()
	*n = ast.MatchValue{Pos: p.pos(s), Value: x}
	return n
}

func (p *Parser) matchSingleton(s start, c *ast.Const) ast.Pattern {
	p.next()
	n := p.arena.MatchSingletons.New()
	*n = ast.MatchSingleton{Pos: p.pos(s), Value: c}
	return n
}

// patternNumber = sign? NUMBER | sign? real ('+' | '-') imaginary
func (p *Parser) patternNumber() ast.Expr {
	s := p.begin()
	var x ast.Expr
	switch sign := p.tok.Kind; sign {
	case token.Minus, token.Plus:
		op := ast.USub
		if sign == token.Plus {
			if !p.f.UnaryPlusInPatterns {
				p.fail()
			}
			op = ast.UAdd
		}
		p.next()
		x = p.wantNumber()
		n := p.arena.UnaryOps.New()
		*n = ast.UnaryOp{Pos: p.pos(s), Op: op, Operand: x}
		x = n
	default:
		x = p.wantNumber()
	}
	op := ast.Add
	switch p.tok.Kind {
	case token.Plus:
	case token.Minus:
		op = ast.Sub
	default:
		return x
	}
	real := x
	if u, ok := real.(*ast.UnaryOp); ok {
		real = u.Operand
	}
	if real.(*ast.Constant).Value.Kind == ast.Complex {
		p.fail()
	}
	p.next()
	y := p.wantNumber()
	if y.(*ast.Constant).Value.Kind != ast.Complex {
		p.fail()
	}
	n := p.arena.BinOps.New()
	*n = ast.BinOp{Pos: p.pos(s), Op: op, Left: x, Right: y}
	return n
}

func (p *Parser) wantNumber() ast.Expr {
	if p.tok.Kind != token.Number {
		p.fail()
	}
	return p.number(p.begin())
}

// namePattern reads a wildcard, a capture, a dotted value, or a class.
func (p *Parser) namePattern(s start) ast.Pattern {
	wildcard := p.soft(ast.NameUnderscore)
	id := p.wantName()
	if wildcard {
		id = ast.NoName
	}
	if k := p.tok.Kind; wildcard || k != token.Dot && k != token.LPar {
		if k == token.Equal {
			p.fail()
		}
		n := p.arena.MatchAses.New()
		*n = ast.MatchAs{Pos: p.pos(s), Name: id}
		return n
	}
	name := p.arena.NameExprs.New()
	*name = ast.NameExpr{Pos: p.pos(s), ID: id}
	x := p.attributes(s, name)
	if p.tok.Kind == token.LPar {
		return p.classPattern(s, x)
	}
	if p.tok.Kind == token.Equal {
		p.fail()
	}
	return p.matchValue(s, x)
}

// attributes reads ('.' NAME)* behind x.
func (p *Parser) attributes(s start, x ast.Expr) ast.Expr {
	for p.take(token.Dot) {
		attr := p.wantName()
		n := p.arena.Attributes.New()
		*n = ast.Attribute{Pos: p.pos(s), Value: x, Attr: attr}
		x = n
	}
	return x
}

// groupPattern = '(' pattern ')' | '(' open_sequence? ')'
func (p *Parser) groupPattern(s start) ast.Pattern {
	p.next()
	var list []ast.Pattern
	if p.tok.Kind != token.RPar {
		x := p.maybeStarPattern()
		if _, star := x.(*ast.MatchStar); !star && p.take(token.RPar) {
			return x
		}
		base := len(p.patterns)
		p.patterns = append(p.patterns, x)
		p.want(token.Comma)
		if p.tok.Kind != token.RPar {
			p.sequenceTail(token.RPar)
		}
		list = p.popPatterns(base)
	}
	p.want(token.RPar)
	n := p.arena.MatchSequences.New()
	*n = ast.MatchSequence{Pos: p.pos(s), Patterns: list}
	return n
}

// sequencePatterns = (maybe_star (',' maybe_star)* ','?)?
func (p *Parser) sequencePatterns(end token.Kind) []ast.Pattern {
	base := len(p.patterns)
	if p.tok.Kind != end {
		p.sequenceTail(end)
	}
	return p.popPatterns(base)
}

func (p *Parser) sequenceTail(end token.Kind) {
	for {
		p.patterns = append(p.patterns, p.maybeStarPattern())
		if !p.take(token.Comma) || p.tok.Kind == end {
			return
		}
	}
}

// mappingPattern = '{' (key ':' pattern ',' …)* ('**' capture)? ','? '}'
func (p *Parser) mappingPattern(s start) ast.Pattern {
	p.next()
	rest := ast.NoName
	keys, base := len(p.exprs), len(p.patterns)
	for p.tok.Kind != token.RBrace {
		if p.take(token.DoubleStar) {
			rest = p.captureTarget()
			p.take(token.Comma)
			break
		}
		p.exprs = append(p.exprs, p.mappingKey())
		p.want(token.Colon)
		p.patterns = append(p.patterns, p.pattern())
		if !p.take(token.Comma) {
			break
		}
	}
	p.want(token.RBrace)
	n := p.arena.MatchMappings.New()
	*n = ast.MatchMapping{Pos: p.pos(s), Keys: p.popExprs(keys), Patterns: p.popPatterns(base), Rest: rest}
	return n
}

// mappingKey = literal | dotted name
func (p *Parser) mappingKey() ast.Expr {
	s := p.begin()
	switch p.tok.Kind {
	case token.Number, token.Minus, token.Plus:
		return p.patternNumber()
	case token.String, token.FStringStart, token.TStringStart:
		return p.strings(s)
	case token.KwNone:
		return p.constant(s, ast.ConstNone)
	case token.KwTrue:
		return p.constant(s, ast.ConstTrue)
	case token.KwFalse:
		return p.constant(s, ast.ConstFalse)
	}
	id := p.wantName()
	if p.tok.Kind != token.Dot {
		p.fail()
	}
	name := p.arena.NameExprs.New()
	*name = ast.NameExpr{Pos: p.pos(s), ID: id}
	return p.attributes(s, name)
}

// classPattern = name_or_attr '(' positional* keyword* ')'
func (p *Parser) classPattern(s start, cls ast.Expr) ast.Pattern {
	p.next()
	base, names := len(p.patterns), len(p.names)
	var positional []ast.Pattern
	keywords := false
	for p.tok.Kind != token.RPar {
		if p.tok.Kind == token.Name && p.peek() == token.Equal {
			if !keywords {
				positional = p.popPatterns(base)
				keywords = true
			}
			p.names = append(p.names, p.tok.Name)
			p.next()
			p.next()
		} else if keywords {
			p.fail()
		}
		p.patterns = append(p.patterns, p.pattern())
		if !p.take(token.Comma) {
			break
		}
	}
	p.want(token.RPar)
	var kwPatterns []ast.Pattern
	if keywords {
		kwPatterns = p.popPatterns(base)
	} else {
		positional = p.popPatterns(base)
	}
	n := p.arena.MatchClasses.New()
	*n = ast.MatchClass{
		Pos: p.pos(s), Cls: cls, Patterns: positional,
		KwdAttrs: p.arena.NameList.Copy(p.names[names:]), KwdPatterns: kwPatterns,
	}
	p.names = p.names[:names]
	return n
}
