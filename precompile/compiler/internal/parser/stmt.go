package parser

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

// statement = compound_stmt | simple_stmts
func (p *Parser) statement() {
	switch p.tok.Kind {
	case token.KwIf:
		p.stmts = append(p.stmts, p.ifStmt())
	case token.KwDef:
		p.stmts = append(p.stmts, p.function(p.begin(), false, nil))
	case token.KwClass:
		p.stmts = append(p.stmts, p.class(nil))
	case token.KwFor:
		p.stmts = append(p.stmts, p.forStmt(p.begin(), false))
	case token.KwWhile:
		p.stmts = append(p.stmts, p.whileStmt())
	case token.KwTry:
		p.stmts = append(p.stmts, p.tryStmt())
	case token.KwWith:
		p.stmts = append(p.stmts, p.withStmt(p.begin(), false))
	case token.KwAsync:
		p.stmts = append(p.stmts, p.asyncStmt())
	case token.At:
		p.stmts = append(p.stmts, p.decorated())
	default:
		if p.soft(ast.NameMatch) && startsExpr(p.peek()) {
			if s := p.matchStmt(); s != nil {
				p.stmts = append(p.stmts, s)
				return
			}
		}
		p.simpleStmts()
	}
}

// simpleStmts = simple_stmt (';' simple_stmt)* ';'? NEWLINE
func (p *Parser) simpleStmts() {
	for {
		p.stmts = append(p.stmts, p.simpleStmt())
		if p.tok.Kind != token.Semi {
			break
		}
		p.next()
		if p.tok.Kind == token.Newline {
			break
		}
	}
	if p.tok.Kind != token.Newline {
		p.fail()
	}
	p.nextSpace()
}

// simpleStmt = one statement of a line
func (p *Parser) simpleStmt() ast.Stmt {
	s := p.begin()
	switch p.tok.Kind {
	case token.KwReturn:
		p.next()
		var value ast.Expr
		if !p.endOfSimple() {
			value = p.starExpressions()
		}
		n := p.arena.Returns.New()
		*n = ast.Return{Pos: p.pos(s), Value: value}
		return n
	case token.KwImport:
		return p.importName(s, false)
	case token.KwFrom:
		return p.importFrom(s, false)
	case token.KwRaise:
		p.next()
		var exc, cause ast.Expr
		if !p.endOfSimple() {
			exc = p.expression()
			if p.take(token.KwFrom) {
				cause = p.expression()
			}
		}
		n := p.arena.Raises.New()
		*n = ast.Raise{Pos: p.pos(s), Exc: exc, Cause: cause}
		return n
	case token.KwPass:
		p.next()
		n := p.arena.Passes.New()
		n.Pos = p.pos(s)
		return n
	case token.KwBreak:
		p.next()
		n := p.arena.Breaks.New()
		n.Pos = p.pos(s)
		return n
	case token.KwContinue:
		p.next()
		n := p.arena.Continues.New()
		n.Pos = p.pos(s)
		return n
	case token.KwDel:
		return p.del(s)
	case token.KwAssert:
		p.next()
		test := p.expression()
		var msg ast.Expr
		if p.take(token.Comma) {
			msg = p.expression()
		}
		n := p.arena.Asserts.New()
		*n = ast.Assert{Pos: p.pos(s), Test: test, Msg: msg}
		return n
	case token.KwGlobal:
		names := p.nameList()
		n := p.arena.Globals.New()
		*n = ast.Global{Pos: p.pos(s), Names: names}
		return n
	case token.KwNonlocal:
		names := p.nameList()
		n := p.arena.Nonlocals.New()
		*n = ast.Nonlocal{Pos: p.pos(s), Names: names}
		return n
	case token.KwYield:
		value := p.yieldExpr()
		if p.tok.Kind == token.Equal {
			p.fail()
		}
		n := p.arena.ExprStmts.New()
		*n = ast.ExprStmt{Pos: p.pos(s), Value: value}
		return n
	case token.Name:
		switch p.tok.Name {
		case ast.NameType:
			if p.f.TypeParams && p.soft(ast.NameType) && p.peek() == token.Name {
				return p.typeAlias(s)
			}
		case ast.NameLazy:
			if p.f.LazyImports && p.soft(ast.NameLazy) {
				switch p.peek() {
				case token.KwImport:
					p.next()
					return p.importName(s, true)
				case token.KwFrom:
					p.next()
					return p.importFrom(s, true)
				}
			}
		}
	}
	return p.exprStmt(s)
}

// endOfSimple reports whether a simple statement ends here.
func (p *Parser) endOfSimple() bool { return p.tok.Kind == token.Newline || p.tok.Kind == token.Semi }

// exprStmt is an expression, or an assignment, which begins like one.
func (p *Parser) exprStmt(s start) ast.Stmt {
	named := p.tok.Kind == token.Name // not in brackets
	x := p.starExpressions()
	switch p.tok.Kind {
	case token.Newline, token.Semi:
		n := p.arena.ExprStmts.New()
		*n = ast.ExprStmt{Pos: p.pos(s), Value: x}
		return n
	case token.Equal:
		return p.assign(s, x)
	case token.Colon:
		return p.annAssign(s, x, named)
	}
	op, ok := augmented(p.tok.Kind)
	if !ok {
		p.fail()
	}
	p.single(x)
	p.next()
	value := p.annotatedRHS()
	n := p.arena.AugAssigns.New()
	*n = ast.AugAssign{Pos: p.pos(s), Op: op, Target: x, Value: value}
	return n
}

// assign = (star_targets '=')+ annotated_rhs, with the first target read.
func (p *Parser) assign(s start, x ast.Expr) ast.Stmt {
	base := len(p.exprs)
	for {
		p.store(x)
		p.exprs = append(p.exprs, x)
		p.next()
		if p.tok.Kind == token.KwYield {
			x = p.yieldExpr()
			if p.tok.Kind == token.Equal {
				p.fail()
			}
			break
		}
		x = p.starExpressions()
		if p.tok.Kind != token.Equal {
			break
		}
	}
	n := p.arena.Assigns.New()
	*n = ast.Assign{Pos: p.pos(s), Targets: p.popExprs(base), Value: x}
	return n
}

// annAssign = target ':' expression ('=' annotated_rhs)?, with the target read.
func (p *Parser) annAssign(s start, x ast.Expr, named bool) ast.Stmt {
	p.single(x)
	_, isName := x.(*ast.NameExpr)
	if beginsWithTarget(x, s) {
		p.fail()
	}
	p.next()
	annotation := p.expression()
	var value ast.Expr
	if p.take(token.Equal) {
		value = p.annotatedRHS()
	}
	n := p.arena.AnnAssigns.New()
	*n = ast.AnnAssign{Pos: p.pos(s), Simple: isName && named, Target: x, Annotation: annotation, Value: value}
	return n
}

// beginsWithTarget reports whether x, which begins at s, is more than a target in
// brackets that it begins with: `(a).b`. The grammar takes the brackets for all of
// the annotated target and has no second look, so such a target is refused, while
// `(f()).b` is not.
func beginsWithTarget(x ast.Expr, s start) bool {
	for inner := x; ; x = inner {
		if p := inner.Position(); p.Line != s.line || p.Col != s.col {
			return false // all of the target stands in the brackets
		}
		switch n := x.(type) {
		case *ast.Attribute:
			inner = n.Value
		case *ast.Subscript:
			inner = n.Value
		case *ast.Call:
			inner = n.Func
		default:
			return false
		}
		switch inner.(type) {
		case *ast.NameExpr, *ast.Attribute, *ast.Subscript:
			if p := inner.Position(); p.Line != s.line || p.Col != s.col {
				return true
			}
		}
	}
}

// annotatedRHS = yield_expr | star_expressions
func (p *Parser) annotatedRHS() ast.Expr {
	if p.tok.Kind == token.KwYield {
		return p.yieldExpr()
	}
	return p.starExpressions()
}

// single makes x a target that is one name, attribute or subscript.
func (p *Parser) single(x ast.Expr) {
	switch n := x.(type) {
	case *ast.NameExpr:
		n.Ctx = ast.Store
	case *ast.Attribute:
		n.Ctx = ast.Store
	case *ast.Subscript:
		n.Ctx = ast.Store
	default:
		p.fail()
	}
}

// store makes x a target.
func (p *Parser) store(x ast.Expr) { p.setTarget(x, ast.Store) }

// setTarget gives x and what it is made of the context of a target, or fails.
func (p *Parser) setTarget(x ast.Expr, ctx ast.Context) {
	switch n := x.(type) {
	case *ast.NameExpr:
		n.Ctx = ctx
	case *ast.Attribute:
		n.Ctx = ctx
	case *ast.Subscript:
		n.Ctx = ctx
	case *ast.Starred:
		if ctx == ast.Del {
			p.fail()
		}
		if _, twice := n.Value.(*ast.Starred); twice {
			p.fail()
		}
		n.Ctx = ctx
		p.setTarget(n.Value, ctx)
	case *ast.Tuple:
		n.Ctx = ctx
		for _, e := range n.Elts {
			p.setTarget(e, ctx)
		}
	case *ast.List:
		n.Ctx = ctx
		for _, e := range n.Elts {
			p.setTarget(e, ctx)
		}
	default:
		p.fail()
	}
}

func augmented(k token.Kind) (ast.Operator, bool) {
	switch k {
	case token.PlusEqual:
		return ast.Add, true
	case token.MinEqual:
		return ast.Sub, true
	case token.StarEqual:
		return ast.Mult, true
	case token.AtEqual:
		return ast.MatMult, true
	case token.SlashEqual:
		return ast.Div, true
	case token.PercentEqual:
		return ast.Mod, true
	case token.AmperEqual:
		return ast.BitAnd, true
	case token.VBarEqual:
		return ast.BitOr, true
	case token.CircumflexEqual:
		return ast.BitXor, true
	case token.LeftShiftEqual:
		return ast.LShift, true
	case token.RightShiftEqual:
		return ast.RShift, true
	case token.DoubleStarEqual:
		return ast.Pow, true
	case token.DoubleSlashEqual:
		return ast.FloorDiv, true
	}
	return 0, false
}

// del = 'del' del_target (',' del_target)* ','?
func (p *Parser) del(s start) ast.Stmt {
	p.next()
	base := len(p.exprs)
	for {
		x := p.primary(p.begin())
		p.setTarget(x, ast.Del)
		p.exprs = append(p.exprs, x)
		if !p.take(token.Comma) || p.endOfSimple() {
			break
		}
	}
	if !p.endOfSimple() {
		p.fail()
	}
	n := p.arena.Deletes.New()
	*n = ast.Delete{Pos: p.pos(s), Targets: p.popExprs(base)}
	return n
}

// nameList = keyword NAME (',' NAME)*
func (p *Parser) nameList() []ast.Name {
	p.next()
	base := len(p.names)
	p.names = append(p.names, p.wantName())
	for p.take(token.Comma) {
		p.names = append(p.names, p.wantName())
	}
	list := p.arena.NameList.Copy(p.names[base:])
	p.names = p.names[:base]
	return list
}

// importName = 'import' dotted_name ('as' NAME)? (',' …)*
func (p *Parser) importName(s start, lazy bool) ast.Stmt {
	p.next()
	base := len(p.aliases)
	for {
		at := p.begin()
		a := ast.Alias{Name: p.dottedName()}
		if p.take(token.KwAs) {
			a.AsName = p.wantName()
		}
		a.Pos = p.pos(at)
		p.aliases = append(p.aliases, a)
		if !p.take(token.Comma) {
			break
		}
	}
	n := p.arena.Imports.New()
	*n = ast.Import{Pos: p.pos(s), Lazy: lazy, Names: p.popAliases(base)}
	return n
}

// importFrom = 'from' ('.' | '...')* dotted_name? 'import' targets
func (p *Parser) importFrom(s start, lazy bool) ast.Stmt {
	p.next()
	level := int32(0)
	for {
		if p.tok.Kind == token.Dot {
			level++
		} else if p.tok.Kind == token.Ellipsis {
			level += 3
		} else {
			break
		}
		p.next()
	}
	module := ast.NoName
	dotEnd, name := start{p.endLine, p.endCol}, p.begin()
	if p.tok.Kind == token.Name || level == 0 {
		module = p.dottedName()
	}
	p.want(token.KwImport)
	base := len(p.aliases)
	switch p.tok.Kind {
	case token.Star:
		at := p.begin()
		p.next()
		p.aliases = append(p.aliases, ast.Alias{Pos: p.pos(at), Name: ast.NameStar})
	case token.LPar:
		p.next()
		for {
			p.fromAlias()
			if !p.take(token.Comma) || p.tok.Kind == token.RPar {
				break
			}
		}
		p.want(token.RPar)
	default:
		for {
			p.fromAlias()
			if !p.take(token.Comma) {
				break
			}
		}
	}
	n := p.arena.ImportFroms.New()
	*n = ast.ImportFrom{Pos: p.pos(s), Lazy: lazy, Module: module, Names: p.popAliases(base), Level: level}
	if module == ast.NameLazy && level > 0 && !lazy && dotEnd != name && p.f.RelativeLazyRemarked {
		p.warnRelativeLazy(name, int(level))
	}
	if module == ast.NameFuture && level == 0 {
		if lazy {
			p.fail()
		}
		p.future(n)
	}
	return n
}

// future notes the one future statement that changes the grammar.
func (p *Parser) future(n *ast.ImportFrom) {
	if !p.f.FutureFlufl {
		return
	}
	for i := range n.Names {
		if p.arena.Names.Text(n.Names[i].Name) == "barry_as_FLUFL" {
			p.flufl = true
		}
	}
}

// fromAlias = NAME ('as' NAME)?
func (p *Parser) fromAlias() {
	at := p.begin()
	a := ast.Alias{Name: p.wantName()}
	if p.take(token.KwAs) {
		a.AsName = p.wantName()
	}
	a.Pos = p.pos(at)
	p.aliases = append(p.aliases, a)
}

func (p *Parser) popAliases(base int) []ast.Alias {
	list := p.arena.Aliases.Copy(p.aliases[base:])
	p.aliases = p.aliases[:base]
	return list
}

// dottedName = NAME ('.' NAME)*, as one name.
func (p *Parser) dottedName() ast.Name {
	begin := p.tok.Start
	n := p.wantName()
	if p.tok.Kind != token.Dot {
		return n
	}
	end := begin
	joined := p.arena.Names.Text(n)
	buf := append(p.decoded[:0], joined...)
	for p.take(token.Dot) {
		end = p.tok.End
		buf = append(buf, '.')
		buf = append(buf, p.arena.Names.Text(p.wantName())...)
	}
	p.decoded = buf
	if s := p.text[begin:end]; s == string(buf) { // no spaces between: no copy
		return p.arena.Names.Intern(s)
	}
	return p.arena.Names.Intern(string(buf))
}

// typeAlias = "type" NAME type_params? '=' expression
func (p *Parser) typeAlias(s start) ast.Stmt {
	p.next()
	at := p.begin()
	id := p.wantName()
	name := p.arena.NameExprs.New()
	*name = ast.NameExpr{Pos: p.pos(at), ID: id, Ctx: ast.Store}
	params := p.typeParams()
	p.want(token.Equal)
	value := p.expression()
	n := p.arena.TypeAliases.New()
	*n = ast.TypeAlias{Pos: p.pos(s), Name: name, TypeParams: params, Value: value}
	return n
}

func (p *Parser) popExprs(base int) []ast.Expr {
	list := p.arena.Exprs.Copy(p.exprs[base:])
	p.exprs = p.exprs[:base]
	return list
}
