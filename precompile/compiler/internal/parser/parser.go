// Package parser makes the syntax tree of a source.
//
// # Model
//
// CPython's parser is generated from a grammar of ordered alternatives with
// memory. Here the same language is read by recursive descent with one token of
// look-ahead in nearly all places. Targets are parsed as expressions and turned
// into targets when the sign after them is seen. Only two constructs need to be
// tried and taken back: a parenthesised `with`, and `match` as a soft keyword.
//
// A source that this parser refuses is read again by the reporter (package
// parser's errors*.go and peg*.go), which follows CPython's grammar rule by rule,
// with the rules that exist only for messages, and words the error. So nothing on
// the way of a correct source formats a message or keeps what only an error needs.
//
// # Positions
//
// A node begins where the first token of its grammar rule begins, which for
// `(a).b` is the bracket although the node of a begins behind it; and ends where
// the last token ends that its rule has read, line ends and dedents apart.
//
// # Layout
//
// parser.go: state, tokens, entry. stmt.go, compound.go: statements. expr.go,
// atom.go, call.go, params.go: expressions. pattern.go: match. string.go: string
// literals; fstring.go and fstring311.go: the two designs of f-strings. number.go.
// plain.go: what the preprocessor may pass over.
//
// # Versions
//
// What the language is differs by named booleans of target.Features, asked for
// where the difference lies; the order in which errors are looked for, by marks in
// the grammar's text (grammar.txt, grammar_errors.txt). The f-strings of 3.11 are
// a file of their own, because they are parsed as sources of their own.
package parser

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// Parser parses one source after another; a worker has one. Its zero value is
// ready. The trees live in the arena that is passed to Parse.
type Parser struct {
	src   *source.Source
	text  string
	f     *target.Features
	arena *ast.Arena
	lex   lexer.Lexer

	// The tokens read ahead. tok is toks[at]; while marks is not zero, tokens
	// before at are kept for going back.
	toks  []token.Token
	at    int
	tok   *token.Token
	marks int
	// Where the last token that is no line end, indent or dedent ended.
	endLine, endCol int32

	overflowed bool
	level      int // of grammar rules inside each other, as CPython counts them

	rewrites int // what the preprocessor may rewrite, so far: see plain.go

	flufl  bool // `<>` is the inequality sign
	warned []warning
	// decoded is where string literals are put together.
	decoded []byte

	// Lists under construction, used as stacks.
	exprs    []ast.Expr
	exprs2   []ast.Expr
	stmts    []ast.Stmt
	patterns []ast.Pattern
	names    []ast.Name
	cmpOps   []ast.CmpOperator
	keywords []ast.Keyword
	args     []ast.Arg
	aliases  []ast.Alias
	items    []ast.WithItem
	handlers []ast.ExceptHandler
	comps    []ast.Comprehension
	cases    []ast.MatchCase
	tparams  []ast.TypeParam
	pieces   []piece

	// Of the parser of a replacement field in 3.11: the line on which the field
	// begins, and how far tokens that end there are to be moved.
	startLine, startCol int32
	sub                 *Parser
	counted             counted311

	// strErr is what was wrong with a literal when the parser failed in one, and
	// reporting that a reporter asks: only then are replacement fields of 3.11
	// reported on.
	strErr    stringError
	reporting bool
	// Where the statement of the file begins that is being parsed, and the one
	// before it.
	stmtStart, lastStmt uint32
}

// failure is what the parser panics with where the source has no tree. It says
// nothing: the reporter finds out again what is wrong.
type failure struct{}

func (p *Parser) fail() { panic(failure{}) }

// Parse returns the tree of a source. The arena is reset first, and the tree is
// valid until it is reset again.
//
// The warnings are those that CPython issues while it parses, in its order, with
// empty Paths. The error is a *diag.Diagnostic with an empty Path.
func (p *Parser) Parse(src *source.Source, f *target.Features, arena *ast.Arena) (*ast.Module, []diag.Diagnostic, error) {
	arena.Reset()
	m, ok := p.parse(src, f, arena)
	if !ok {
		return nil, p.warnings(), p.report(src, f)
	}
	return m, p.warnings(), nil
}

// parse is the pass without messages.
func (p *Parser) parse(src *source.Source, f *target.Features, arena *ast.Arena) (m *ast.Module, ok bool) {
	p.reset(src, f, arena)
	defer func() {
		if r := recover(); r != nil {
			if _, expected := r.(failure); !expected {
				panic(r)
			}
			m, ok = nil, false
		}
	}()
	return p.module(), true
}

func (p *Parser) reset(src *source.Source, f *target.Features, arena *ast.Arena) {
	p.src, p.text, p.f, p.arena = src, src.Text, f, arena
	p.lex.Init(src, arena.Names, f)
	if p.startLine != 0 {
		p.lex.StartAt(p.startLine)
	}
	p.toks = p.toks[:0]
	p.at, p.marks, p.level = 0, 0, 0
	p.overflowed, p.reporting = false, false
	p.rewrites = 0
	p.lastStmt, p.stmtStart = 0, 0
	p.endLine, p.endCol = 1, 0
	p.flufl = false
	p.counted = counted311{}
	p.warned = p.warned[:0]
	p.unwind(stacks{})
	p.fill()
	p.tok = &p.toks[0]
}

// batch is how many tokens are read at once, at most: the lexer runs well in a
// row, and a longer row leaves the cache.
const batch = 64

// fill reads more tokens, up to the end of the line. The lexer's end, by an error
// too, is a token that no rule accepts.
func (p *Parser) fill() {
	if p.marks == 0 && p.at > 0 {
		n := copy(p.toks, p.toks[p.at:])
		p.toks = p.toks[:n]
		p.at = 0
	}
	from := len(p.toks)
	p.toks = slices.Grow(p.toks, batch)[:from+batch]
	n := from + p.lex.Read(p.toks[from:])
	p.toks = p.toks[:n]
	if e := p.lex.Err; e != nil {
		p.toks = append(p.toks, token.Token{
			Kind: token.Unknown, Start: uint32(e.LineStart), End: uint32(e.Pos),
			Pos: ast.Pos{Line: e.Line, Col: int32(e.Pos - e.LineStart), EndLine: e.Line, EndCol: int32(e.Pos - e.LineStart)},
		})
	}
	if p.startLine != 0 {
		p.move(p.toks[from:n])
	}
}

// move gives tokens of a replacement field in 3.11 their places in the file.
func (p *Parser) move(toks []token.Token) {
	for i := range toks {
		if t := &toks[i]; t.EndLine == p.startLine {
			t.Col += p.startCol
			t.EndCol += p.startCol
		}
	}
}

// next moves on to the next token.
func (p *Parser) next() {
	p.endLine, p.endCol = p.tok.EndLine, p.tok.EndCol
	p.at++
	if p.at == len(p.toks) {
		p.fill()
	}
	p.tok = &p.toks[p.at]
}

// nextSpace is next for a token that is no part of any node's extent.
func (p *Parser) nextSpace() {
	p.at++
	if p.at == len(p.toks) {
		p.fill()
	}
	p.tok = &p.toks[p.at]
}

// peek returns the kind of the token after the current one.
func (p *Parser) peek() token.Kind {
	if p.at+1 == len(p.toks) {
		p.fill()
		p.tok = &p.toks[p.at]
	}
	return p.toks[p.at+1].Kind
}

// take moves on if the current token is of kind k, and reports whether it was.
func (p *Parser) take(k token.Kind) bool {
	if p.tok.Kind != k {
		return false
	}
	p.next()
	return true
}

// want moves past a token of kind k, or fails.
func (p *Parser) want(k token.Kind) {
	if p.tok.Kind != k {
		p.fail()
	}
	p.next()
}

// wantName moves past an identifier and returns it.
func (p *Parser) wantName() ast.Name {
	if p.tok.Kind != token.Name {
		p.fail()
	}
	n := p.tok.Name
	p.next()
	return n
}

// soft reports whether the current token is the soft keyword n. Soft keywords
// are known by their spelling, before normalisation.
func (p *Parser) soft(n ast.Name) bool {
	return p.tok.Kind == token.Name && p.tok.Name == n && int(p.tok.End-p.tok.Start) == len(p.arena.Names.Text(n))
}

// start is where a node begins.
type start struct{ line, col int32 }

func (p *Parser) begin() start { return start{p.tok.Line, p.tok.Col} }

// pos is the extent from s to the end of the last token.
func (p *Parser) pos(s start) ast.Pos {
	return ast.Pos{Line: s.line, Col: s.col, EndLine: p.endLine, EndCol: p.endCol}
}

// stacks are the heights of the lists under construction.
type stacks struct {
	exprs, exprs2, stmts, patterns, names, cmpOps, keywords, args, aliases, items, handlers, comps, cases, tparams, pieces int
}

func (p *Parser) heights() stacks {
	return stacks{
		len(p.exprs), len(p.exprs2), len(p.stmts), len(p.patterns), len(p.names), len(p.cmpOps), len(p.keywords), len(p.args),
		len(p.aliases), len(p.items), len(p.handlers), len(p.comps), len(p.cases), len(p.tparams), len(p.pieces),
	}
}

func (p *Parser) unwind(s stacks) {
	p.exprs, p.exprs2, p.stmts, p.patterns = p.exprs[:s.exprs], p.exprs2[:s.exprs2], p.stmts[:s.stmts], p.patterns[:s.patterns]
	p.names, p.cmpOps, p.keywords, p.args = p.names[:s.names], p.cmpOps[:s.cmpOps], p.keywords[:s.keywords], p.args[:s.args]
	p.aliases, p.items, p.handlers, p.comps = p.aliases[:s.aliases], p.items[:s.items], p.handlers[:s.handlers], p.comps[:s.comps]
	p.cases, p.tparams, p.pieces = p.cases[:s.cases], p.tparams[:s.tparams], p.pieces[:s.pieces]
}

// try runs a parse that may fail, and takes it back if it does.
func (p *Parser) try(parse func()) (ok bool) {
	at, level, endLine, endCol := p.at, p.level, p.endLine, p.endCol
	heights, warned := p.heights(), len(p.warned)
	if p.marks == 0 { // keep the tokens from here on
		p.toks = append(p.toks[:0], p.toks[p.at:]...)
		at, p.at = 0, 0
		p.tok = &p.toks[0]
	}
	p.marks++
	defer func() {
		p.marks--
		if r := recover(); r != nil {
			if _, expected := r.(failure); !expected {
				panic(r)
			}
			p.at, p.level, p.endLine, p.endCol = at, level, endLine, endCol
			p.tok = &p.toks[at]
			p.unwind(heights)
			p.warned = p.warned[:warned]
			ok = false
		}
	}()
	parse()
	return true
}

// maxLevel bounds how deep grammar rules may lie inside each other. It is
// CPython's MAXSTACK; enter counts about as many rules as CPython enters.
const maxLevel = 6000

// enter counts n more rules, and fails where there are too many.
func (p *Parser) enter(n int) {
	p.level += n
	if p.level > maxLevel {
		p.overflowed = true
		p.fail()
	}
}

// module = statements? EOF
func (p *Parser) module() *ast.Module {
	m := &ast.Module{}
	for p.tok.Kind != token.EOF {
		p.lastStmt, p.stmtStart = p.stmtStart, p.tok.Start
		p.statement()
	}
	m.Body = p.arena.Stmts.Copy(p.stmts)
	p.stmts = p.stmts[:0]
	return m
}
