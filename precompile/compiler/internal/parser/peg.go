package parser

import (
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/lexer"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
	"github.com/rules-precompile/precompile/precompile/diag"
)

// reporter walks a source that the parser has refused along CPython's grammar,
// to find the error that CPython reports: the first one raised. It walks twice,
// like CPython: without the rules that exist for messages, which tells how far the
// source makes sense, and with them.
//
// What matters for the outcome is kept as it is there: the order of alternatives,
// which results are remembered, and when each token is read, because many errors
// lie at the last token read.
type reporter struct {
	p *Parser
	g *grammar

	lex  *lexer.Lexer
	toks []token.Token
	mark int

	messages bool // the second pass
	level    int  // of rules inside each other
	steps    int
	vals     []*node // results of the items of the alternatives under way
	memo     [][]memoEntry
	nodes    ast.Slab[node]

	err    *diag.Diagnostic
	lexErr bool // err came from the lexer
	gaveUp bool

	// In a replacement field of 3.11, whose source begins in the midst of a line.
	field               bool
	startLine, startCol int32
}

type memoEntry struct {
	rule *pegRule
	node *node
	end  int
	ok   bool
}

// maxSteps bounds the work on one error. CPython's grammar is exponential in a few
// corners; there the error stays a plain one.
const maxSteps = 5_000_000

// maxReport bounds the tokens of the statement that an error lies in, and with
// them the memory of what is remembered.
const maxReport = 150_000

// node is what a rule made: enough of a syntax tree to word errors.
type node struct {
	kind        nodeKind
	tok         token.Kind // of a nodeToken
	first, last int32      // tokens
	kids        []*node
}

type nodeKind uint8

const (
	nodeSeq nodeKind = iota
	nodeToken
	nodeName
	nodeLiteral
	nodeNone
	nodeTrue
	nodeFalse
	nodeEllipsis
	nodeLast // of the kind of its last part
	nodeAttribute
	nodeSubscript
	nodeStarred
	nodeList
	nodeTuple
	nodeLambda
	nodeCall
	nodeOp
	nodeGenExp
	nodeYield
	nodeAwait
	nodeListComp
	nodeSetComp
	nodeDictComp
	nodeDict
	nodeSet
	nodeFString
	nodeTString
	nodeCompare
	nodeIfExp
	nodeNamedExpr
	nodeStar
	nodeArgs
	nodeKw
	nodeKwUnpack
	nodeClause
)

var nodeKinds = map[string]nodeKind{
	"Last": nodeLast, "Attribute": nodeAttribute, "Subscript": nodeSubscript, "Starred": nodeStarred, "List": nodeList,
	"Tuple": nodeTuple, "Lambda": nodeLambda, "Call": nodeCall, "Op": nodeOp, "GenExp": nodeGenExp, "Yield": nodeYield,
	"Await": nodeAwait, "ListComp": nodeListComp, "SetComp": nodeSetComp, "DictComp": nodeDictComp, "Dict": nodeDict,
	"Set": nodeSet, "TString": nodeTString, "Compare": nodeCompare, "IfExp": nodeIfExp, "NamedExpr": nodeNamedExpr,
	"Star": nodeStar, "Args": nodeArgs, "Kw": nodeKw, "KwUnpack": nodeKwUnpack, "Clause": nodeClause,
}

// exprNames are the words by which messages name expressions.
var exprNames = map[nodeKind]string{
	nodeAttribute: "attribute", nodeSubscript: "subscript", nodeStarred: "starred", nodeName: "name", nodeList: "list",
	nodeTuple: "tuple", nodeLambda: "lambda", nodeCall: "function call", nodeOp: "expression",
	nodeGenExp: "generator expression", nodeYield: "yield expression", nodeAwait: "await expression",
	nodeListComp: "list comprehension", nodeSetComp: "set comprehension", nodeDictComp: "dict comprehension",
	nodeDict: "dict literal", nodeSet: "set display", nodeFString: "f-string expression",
	nodeTString: "t-string expression", nodeNone: "None", nodeTrue: "True", nodeFalse: "False",
	nodeEllipsis: "ellipsis", nodeLiteral: "literal", nodeCompare: "comparison", nodeIfExp: "conditional expression",
	nodeNamedExpr: "named expression",
}

// have makes sure that the token at mark was read.
func (r *reporter) have() bool {
	if r.mark < len(r.toks) {
		return true
	}
	if r.err != nil || r.gaveUp {
		return false
	}
	if len(r.toks) > maxReport {
		r.gaveUp = true
		return false
	}
	var t token.Token
	ok := r.lex.Next(&t)
	if !ok {
		t = r.errorToken()
	}
	if t.Kind == token.NotEqual && !r.p.flufl && r.p.f.NotEqualHint && r.p.text[t.Start] == '<' {
		// Only the future statement makes one sign of the two.
		t.Kind = token.Less
		t.End--
		t.EndCol--
		r.lex.Back(1)
	}
	if r.field && t.EndLine == r.startLine && t.Col >= 0 {
		t.Col += r.startCol
		t.EndCol += r.startCol
	}
	r.toks = append(r.toks, t)
	r.memo = append(r.memo, nil)
	if !ok {
		r.raiseLexer(r.lex.Err)
		return false
	}
	return true
}

// errorToken is what stands for the place at which the lexer stopped.
func (r *reporter) errorToken() token.Token {
	e := r.lex.Err
	return token.Token{
		Kind: token.Unknown, Start: uint32(e.Pos), End: uint32(e.Pos),
		Pos: ast.Pos{Line: e.Line, Col: -1, EndLine: e.Line, EndCol: -1},
	}
}

// rule tries a rule at the current token.
func (r *reporter) rule(rule *pegRule) (*node, bool) {
	if r.err != nil || r.gaveUp {
		return nil, false
	}
	if rule.memo {
		if r.mark < len(r.memo) {
			for i := range r.memo[r.mark] {
				if e := &r.memo[r.mark][i]; e.rule == rule {
					r.mark = e.end
					return e.node, e.ok
				}
			}
		}
	}
	if r.steps++; r.steps > maxSteps {
		r.gaveUp = true
		return nil, false
	}
	if r.level++; r.level > maxLevel {
		r.overflow()
		return nil, false
	}
	start := r.mark
	if !r.have() {
		r.level--
		return nil, false
	}
	messages := r.messages
	if rule.noMessage {
		r.messages = false
	}
	n, ok := r.alternatives(rule.alts)
	r.messages = messages
	r.level--
	if rule.memo && r.err == nil {
		r.memo[start] = append(r.memo[start], memoEntry{rule, n, r.mark, ok})
	}
	return n, ok
}

// alternatives tries alternatives in order; where none fits, the mark stays.
func (r *reporter) alternatives(alts []pegAlt) (*node, bool) {
	start := r.mark
	for i := range alts {
		if alts[i].message && !r.messages {
			continue
		}
		n, ok, cut := r.alternative(&alts[i])
		if ok {
			return n, true
		}
		r.mark = start
		if r.err != nil || r.gaveUp || cut {
			break
		}
	}
	return nil, false
}

func (r *reporter) alternative(a *pegAlt) (n *node, ok, cut bool) {
	start, base := r.mark, len(r.vals)
	defer func() { r.vals = r.vals[:base] }()
	for i := range a.items {
		it := &a.items[i]
		if it.op == pegCut {
			cut = true
			r.vals = append(r.vals, nil)
			continue
		}
		v, ok := r.item(it)
		if !ok {
			return nil, false, cut
		}
		r.vals = append(r.vals, v)
	}
	vals := r.vals[base:]
	switch a.action.kind {
	case actPass:
		return vals[a.action.labels[0]], true, cut
	case actRaise:
		r.raise(&a.action, vals)
		return nil, false, cut
	case actFunc:
		n, ok = r.function(a.action.fn, &a.action, vals, start)
		return n, ok && r.err == nil, cut
	case actNode:
		if a.action.loop && len(vals[len(vals)-1].kids) == 0 {
			return vals[0], true, cut
		}
		n = r.node(a.action.node, start)
		if len(a.action.labels) > 0 {
			for _, l := range a.action.labels {
				n.kids = append(n.kids, vals[l])
			}
		} else {
			n.kids = append(n.kids, vals...)
		}
		if n.kind == nodeLast {
			suffixes := vals[len(vals)-1].kids
			n.kind = suffixes[len(suffixes)-1].kind
		}
		return n, true, cut
	}
	only := -1
	for i := range a.items {
		switch a.items[i].op {
		case pegAnd, pegNot, pegCut:
			continue
		}
		if only >= 0 {
			n = r.node(nodeSeq, start)
			n.kids = append(n.kids, vals...)
			return n, true, cut
		}
		only = i
	}
	if only < 0 {
		return nil, true, cut
	}
	return vals[only], true, cut
}

// node makes a node of the tokens from start to the last one read.
func (r *reporter) node(kind nodeKind, start int) *node {
	n := r.nodes.New()
	last := r.mark - 1
	for last > start {
		switch r.toks[last].Kind {
		case token.Newline, token.Indent, token.Dedent, token.EOF:
			last--
			continue
		}
		break
	}
	*n = node{kind: kind, first: int32(start), last: int32(last)}
	return n
}

func (r *reporter) item(it *pegItem) (*node, bool) {
	switch it.op {
	case pegToken:
		if !r.have() || r.toks[r.mark].Kind != it.kind {
			return nil, false
		}
		return r.takeToken()
	case pegSoft:
		if !r.have() || !r.isSoft(r.mark, it.name) {
			return nil, false
		}
		return r.takeToken()
	case pegAnySoft:
		if !r.have() {
			return nil, false
		}
		// Some releases compare no more characters than the name has, so that
		// the beginning of a soft keyword counts as one.
		t := &r.toks[r.mark]
		if t.Kind != token.Name {
			return nil, false
		}
		for _, n := range r.g.soft {
			if r.isSoft(r.mark, n) || r.p.f.SoftKeywordBeginnings && strings.HasPrefix(softSpelling[n], r.p.text[t.Start:t.End]) {
				return r.takeToken()
			}
		}
		return nil, false
	case pegCall:
		return r.rule(it.rule)
	case pegGroup:
		return r.alternatives(it.alts)
	case pegOpt:
		start := r.mark
		n, ok := r.item(it.sub)
		if !ok {
			r.mark = start
			return nil, r.err == nil && !r.gaveUp
		}
		return n, true
	case pegStar, pegPlus:
		return r.loop(it.sub, nil, it.op == pegPlus)
	case pegGather:
		return r.loop(it.sub, it.sep, true)
	case pegAnd, pegNot:
		start := r.mark
		_, ok := r.item(it.sub)
		r.mark = start
		if r.err != nil || r.gaveUp {
			return nil, false
		}
		return nil, ok == (it.op == pegAnd)
	case pegForce:
		if !r.have() {
			return nil, false
		}
		if r.toks[r.mark].Kind != it.kind {
			t := &r.toks[r.mark]
			r.raiseKnown("SyntaxError", t.Line, t.Col, t.EndLine, t.EndCol, "expected '"+it.kind.String()+"'")
			return nil, false
		}
		return r.takeToken()
	}
	panic("parser: an item of no kind")
}

func (r *reporter) loop(sub, sep *pegItem, some bool) (*node, bool) {
	start := r.mark
	var kids []*node
	for {
		at := r.mark
		if sep != nil && len(kids) > 0 {
			if _, ok := r.item(sep); !ok {
				r.mark = at
				break
			}
		}
		n, ok := r.item(sub)
		if !ok || r.mark == at {
			r.mark = at
			break
		}
		kids = append(kids, n)
	}
	if r.err != nil || r.gaveUp || some && len(kids) == 0 {
		return nil, false
	}
	n := r.node(nodeSeq, start)
	n.kids = kids
	return n, true
}

func (r *reporter) isSoft(at int, name ast.Name) bool {
	t := &r.toks[at]
	return t.Kind == token.Name && t.Name == name && int(t.End-t.Start) == len(r.p.arena.Names.Text(name))
}

// takeToken moves past the current token.
func (r *reporter) takeToken() (*node, bool) {
	t := &r.toks[r.mark]
	kind := nodeToken
	switch t.Kind {
	case token.Name:
		kind = nodeName
	case token.Number:
		kind = nodeLiteral
		if !r.checkNumber(t) {
			return nil, false
		}
	case token.KwNone:
		kind = nodeNone
	case token.KwTrue:
		kind = nodeTrue
	case token.KwFalse:
		kind = nodeFalse
	case token.Ellipsis:
		kind = nodeEllipsis
	}
	r.mark++
	n := r.node(kind, r.mark-1)
	n.first, n.last = int32(r.mark-1), int32(r.mark-1)
	n.tok = t.Kind
	return n, true
}

// flatten appends the expressions in a list of expressions and commas.
func flatten(out []*node, n *node) []*node {
	switch {
	case n == nil || n.kind == nodeToken:
		return out
	case n.kind == nodeSeq:
		for _, k := range n.kids {
			out = flatten(out, k)
		}
		return out
	}
	return append(out, n)
}
