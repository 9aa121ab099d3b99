package parser

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/token"
)

//go:embed grammar.txt
var grammarText string

//go:embed grammar_errors.txt
var grammarErrors string

// grammar is the rules of one version.
type grammar struct {
	rules map[string]*pegRule
	soft  []ast.Name // the soft keywords
}

type pegRule struct {
	id        int
	name      string
	memo      bool // results are remembered
	noMessage bool // …_without_invalid: no message rule inside it
	alts      []pegAlt
}

type pegAlt struct {
	items  []pegItem
	action pegAction
	// message says that it is nothing but a call of an invalid_… rule, and so is
	// tried in the second pass only. (Alternatives with such a call among others
	// are tried in both, as in CPython: what they word is found early.)
	message bool
}

type pegOp uint8

const (
	pegToken  pegOp = iota // kind
	pegSoft                // name
	pegCall                // rule
	pegGroup               // alts
	pegOpt                 // sub
	pegStar                // sub
	pegPlus                // sub
	pegGather              // sub, separated by sep
	pegAnd                 // sub
	pegNot                 // sub
	pegForce               // kind
	pegCut
	pegAnySoft // any soft keyword
)

type pegItem struct {
	op    pegOp
	kind  token.Kind
	name  ast.Name
	label string
	ref   string // of pegCall, until it is resolved
	rule  *pegRule
	sub   *pegItem
	sep   *pegItem
	alts  []pegAlt
}

type pegActionKind uint8

const (
	actNone  pegActionKind = iota
	actNode                // node of kind
	actPass                // the labelled result
	actRaise               // an error
	actFunc                // what the function makes of it
)

type pegAction struct {
	kind   pegActionKind
	node   nodeKind
	loop   bool // the node only if the last part has matched
	how    string
	labels []int // indices of items
	text   string
	fn     string
}

// grammars are made when first needed; sources without errors never do.
var grammars = func() (g [target.NumGrammars]func() *grammar) {
	for i := range g {
		g[i] = sync.OnceValue(func() *grammar { return readGrammar(11 + i) })
	}
	return
}()

func grammarOf(f *target.Features) *grammar { return grammars[f.Grammar]() }

// grammarReader reads the text of the grammar. It panics on a fault, which a test
// would have found.
type grammarReader struct {
	minor int
	toks  []string
	at    int
}

func readGrammar(minor int) *grammar {
	g := &grammar{rules: map[string]*pegRule{}, soft: []ast.Name{ast.NameUnderscore, ast.NameCase, ast.NameMatch}}
	if minor >= 12 {
		g.soft = append(g.soft, ast.NameType)
	}
	if minor >= 15 {
		g.soft = append(g.soft, ast.NameLazy)
	}
	var r *pegRule
	for line := range strings.Lines(grammarText + "\n" + grammarErrors) {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '|':
			p := grammarReader{minor: minor, toks: grammarTokens(line[1:])}
			if p.inVersion() {
				r.alts = append(r.alts, p.alternative())
				if p.at != len(p.toks) {
					panic("grammar: " + line)
				}
			}
		default:
			name, memo := strings.CutSuffix(strings.TrimSuffix(line, ":"), "*")
			r = &pegRule{
				id: len(g.rules), name: name, memo: memo,
				noMessage: strings.HasSuffix(name, "_without_invalid"),
			}
			g.rules[name] = r
		}
	}
	for _, r := range g.rules {
		g.resolve(r.alts)
	}
	return g
}

func (g *grammar) resolve(alts []pegAlt) {
	for i := range alts {
		for j := range alts[i].items {
			g.resolveItem(&alts[i].items[j])
		}
	}
}

func (g *grammar) resolveItem(it *pegItem) {
	if it.op == pegCall {
		if it.rule = g.rules[it.ref]; it.rule == nil {
			panic("grammar: no rule " + it.ref)
		}
	}
	if it.sub != nil {
		g.resolveItem(it.sub)
	}
	if it.sep != nil {
		g.resolveItem(it.sep)
	}
	g.resolve(it.alts)
}

// grammarTokens splits an alternative into its signs, words and strings.
func grammarTokens(s string) []string {
	var out []string
	for i := 0; i < len(s); {
		c := s[i]
		j := i + 1
		switch {
		case c == ' ':
			i++
			continue
		case c == '\'':
			j = i + 1 + strings.IndexByte(s[i+1:], '\'') + 1
		case c == '"':
			for s[j] != '"' {
				if s[j] == '\\' {
					j++
				}
				j++
			}
			j++
		case isWordByte(c):
			for j < len(s) && isWordByte(s[j]) {
				j++
			}
		case strings.HasPrefix(s[i:], "&&") || strings.HasPrefix(s[i:], "->") || strings.HasPrefix(s[i:], ">="):
			j = i + 2
		}
		out = append(out, s[i:j])
		i = j
	}
	return out
}

func isWordByte(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z'
}

func (p *grammarReader) peek() string {
	if p.at < len(p.toks) {
		return p.toks[p.at]
	}
	return ""
}

func (p *grammarReader) next() string {
	t := p.peek()
	p.at++
	return t
}

func (p *grammarReader) want(s string) {
	if t := p.next(); t != s {
		panic(fmt.Sprintf("grammar: %q where %q is due: %v", t, s, p.toks))
	}
}

// inVersion reads the marks of an alternative, and reports whether the version
// has it.
func (p *grammarReader) inVersion() bool {
	ok := true
	for {
		switch p.peek() {
		case ">=":
			p.next()
			n, _ := strconv.Atoi(p.next())
			ok = ok && p.minor >= n
		case "<":
			p.next()
			n, _ := strconv.Atoi(p.next())
			ok = ok && p.minor < n
		default:
			return ok
		}
	}
}

func (p *grammarReader) alternatives(end string) []pegAlt {
	var alts []pegAlt
	for {
		alts = append(alts, p.alternative())
		if p.peek() != "|" {
			break
		}
		p.next()
	}
	p.want(end)
	return alts
}

func (p *grammarReader) alternative() (a pegAlt) {
	defer func() {
		a.message = len(a.items) == 1 && a.items[0].op == pegCall && strings.HasPrefix(a.items[0].ref, "invalid_")
	}()
	labels := map[string]int{}
	for {
		switch t := p.peek(); t {
		case "", "|", ")", "]":
			return a
		case "->":
			p.next()
			a.action = p.result(labels)
			return a
		case "!":
			if n := p.toks[p.at+1]; raiseWords[n] {
				p.next()
				a.action = p.raise(labels)
				return a
			}
		}
		it := p.item()
		if it.label != "" {
			labels[it.label] = len(a.items)
		}
		a.items = append(a.items, it)
	}
}

// raiseWords are the words behind an exclamation mark that are no rules.
var raiseWords = map[string]bool{"at": true, "range": true, "from": true, "last": true, "next": true, "indent": true, "fn": true}

func (p *grammarReader) result(labels map[string]int) pegAction {
	if p.peek() == "$" {
		p.next()
		return pegAction{kind: actPass, labels: []int{labels[p.next()]}}
	}
	name := p.next()
	k, ok := nodeKinds[name]
	if !ok {
		panic("grammar: no kind " + name)
	}
	a := pegAction{kind: actNode, node: k, labels: labelled(labels)}
	if p.peek() == "?" {
		p.next()
		a.loop = true
	}
	return a
}

// labelled returns the items that have the labels a, b and c, in this order.
func labelled(labels map[string]int) []int {
	var out []int
	for _, l := range []string{"a", "b", "c"} {
		if i, ok := labels[l]; ok {
			out = append(out, i)
		}
	}
	return out
}

func (p *grammarReader) raise(labels map[string]int) pegAction {
	a := pegAction{kind: actRaise, how: p.next()}
	if a.how == "fn" {
		a.kind = actFunc
		a.fn = p.next()
		a.labels = make([]int, 0, 4)
		for _, l := range []string{"a", "b", "c", "d", "l"} {
			if i, ok := labels[l]; ok {
				a.labels = append(a.labels, i)
			}
		}
		return a
	}
	for p.peek() != "" && p.peek()[0] != '"' {
		i, ok := labels[p.next()]
		if !ok {
			panic(fmt.Sprintf("grammar: no such label: %v", p.toks))
		}
		a.labels = append(a.labels, i)
	}
	text, err := strconv.Unquote(p.next())
	if err != nil {
		panic(err)
	}
	// The names in braces become the numbers of their items.
	for name, i := range labels {
		text = strings.ReplaceAll(text, "{"+name+"}", fmt.Sprintf("{text %d}", i))
		for _, verb := range []string{"name", "line", "bound"} {
			text = strings.ReplaceAll(text, "{"+verb+" "+name+"}", fmt.Sprintf("{%s %d}", verb, i))
		}
	}
	a.text = text
	return a
}

func (p *grammarReader) item() pegItem {
	label := ""
	if p.at+1 < len(p.toks) && p.toks[p.at+1] == "=" {
		label = p.next()
		p.next()
	}
	it := p.prefixed()
	it.label = label
	return it
}

func (p *grammarReader) prefixed() pegItem {
	switch p.peek() {
	case "&&":
		p.next()
		it := p.atom()
		it.op = pegForce
		return it
	case "&", "!":
		op := pegAnd
		if p.next() == "!" {
			op = pegNot
		}
		sub := p.prefixed()
		return pegItem{op: op, sub: &sub}
	case "~":
		p.next()
		return pegItem{op: pegCut}
	}
	it := p.atom()
	if p.peek() == "." {
		p.next()
		sub := p.atom()
		p.want("+")
		return pegItem{op: pegGather, sub: &sub, sep: &it}
	}
	for {
		op := pegOpt
		switch p.peek() {
		case "?":
		case "*":
			op = pegStar
		case "+":
			op = pegPlus
		default:
			return it
		}
		p.next()
		sub := it
		it = pegItem{op: op, sub: &sub}
	}
}

func (p *grammarReader) atom() pegItem {
	switch t := p.next(); {
	case t == "(":
		return pegItem{op: pegGroup, alts: p.alternatives(")")}
	case t == "[":
		sub := pegItem{op: pegGroup, alts: p.alternatives("]")}
		if a := sub.alts; len(a) == 1 && len(a[0].items) == 1 && a[0].action.kind == actNone {
			sub = a[0].items[0]
		}
		return pegItem{op: pegOpt, sub: &sub}
	case t[0] == '\'':
		return pegItem{op: pegToken, kind: tokenSpelt(t[1 : len(t)-1])}
	case t[0] == '"':
		for i, s := range softSpelling {
			if s == t[1:len(t)-1] {
				return pegItem{op: pegSoft, name: i}
			}
		}
		panic("grammar: no soft keyword " + t)
	case t == "SOFT_KEYWORD":
		return pegItem{op: pegAnySoft}
	case t == strings.ToUpper(t):
		return pegItem{op: pegToken, kind: tokenNamed(t)}
	default:
		return pegItem{op: pegCall, ref: t}
	}
}

var softSpelling = map[ast.Name]string{
	ast.NameUnderscore: "_", ast.NameMatch: "match", ast.NameCase: "case", ast.NameType: "type", ast.NameLazy: "lazy",
}

func tokenSpelt(s string) token.Kind {
	for k := token.Plus; k < token.NumKinds; k++ {
		if k.String() == s {
			return k
		}
	}
	panic("grammar: no token " + s)
}

func tokenNamed(s string) token.Kind {
	if s == "EOF" {
		return token.EOF
	}
	for k := token.EOF; k < token.Plus; k++ {
		if k.String() == s {
			return k
		}
	}
	panic("grammar: no token " + s)
}
