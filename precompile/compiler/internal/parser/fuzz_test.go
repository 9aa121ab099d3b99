package parser

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// accepts reports whether the grammar has the source, as the reporter's first pass
// finds it; known is false where it gave up.
func accepts(src *source.Source, f *target.Features, arena *ast.Arena) (ok, known bool) {
	var p Parser
	p.reset(src, f, arena)
	p.reporting = true
	r := newReporter(&p)
	r.lex.Init(src, arena.Names, f)
	_, ok = r.rule(r.g.rules["file"])
	return ok, !r.gaveUp
}

// checkBoth parses a source for one target and holds the parser against the
// grammar that the reporter walks: both accept it or neither.
func checkBoth(t testing.TB, p *Parser, arena *ast.Arena, data []byte, v target.Profile) {
	f := target.New(v)
	src, err := source.Decode(data, f)
	if err != nil {
		return
	}
	m, _, err := p.Parse(src, f, arena)
	if err == nil {
		checkPositions(t, m, data)
		ast.Dump(nil, m, arena.Names, f)
	}
	ok, known := accepts(src, f, ast.NewArena())
	if known && ok != (err == nil) && !p.overflowed {
		t.Errorf("%v: the grammar says %v, the parser %v:\n%s\n%q", v, ok, err, data, data)
	}
}

// checkPositions holds the extents of statements to sense.
func checkPositions(t testing.TB, m *ast.Module, data []byte) {
	var last ast.Pos
	for _, s := range m.Body {
		p := *s.Position()
		if p.Line < 1 || p.Col < 0 || p.EndLine < p.Line || p.EndLine == p.Line && p.EndCol <= p.Col {
			t.Errorf("a statement's extent is %v:\n%q", p, data)
		}
		if p.Line < last.EndLine || p.Line == last.EndLine && p.Col < last.EndCol {
			t.Errorf("a statement at %v begins before the last ends, at %v:\n%q", p, last, data)
		}
		last = p
	}
}

// FuzzParse looks for sources that make the parser panic, or on which the parser
// and the grammar that errors are worded by disagree.
func FuzzParse(f *testing.F) {
	for i := range seeds {
		f.Add([]byte(seeds[i]), uint8(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, version uint8) {
		if len(data) > 2000 {
			return
		}
		var p Parser
		known := target.Known()
		checkBoth(t, &p, ast.NewArena(), data, known[int(version)%len(known)])
	})
}

// seeds are small sources with about everything in them.
var seeds = []string{
	"x = 1\n", "def f(a, /, b=1, *c, d, e=2, **g) -> int:\n    return a\n", "class A(B, metaclass=C, *d, **e): pass\n",
	"if x: pass\nelif y: pass\nelse: pass\n", "for x, *y in z:\n    break\nelse:\n    continue\n", "while x: pass\nelse: pass\n",
	"try:\n    pass\nexcept A as b:\n    pass\nexcept (C, D): pass\nelse: pass\nfinally: pass\n", "try: pass\nexcept* A: pass\n",
	"with a as b, c: pass\nwith (a as b, c as d,): pass\nwith (a, b) as c: pass\n", "async def f():\n    async with a: await b\n    async for c in d: yield\n",
	"match x:\n    case 1 | -2 | 3+4j: pass\n    case [a, *_, b]: pass\n    case {'k': v, **rest}: pass\n    case A.B(x, y=z) as w if w: pass\n    case _: pass\n",
	"match = case = type = lazy = _ = 1\nmatch(x)\nmatch[x]\nmatch -x\n", "type X[T: int = str, *Ts = *a, **P] = Y\n", "lazy import a.b as c, d\nlazy from .a import (b as c, d,)\n",
	"from . import *\nfrom ..a import b\nimport a.b\n", "global a, b\nnonlocal c\ndel a, (b, [c]), d.e, f[g]\nassert a, b\nraise A from b\n",
	"x: int = 1\n(x): int\nx.y: int\nx = y = z\nx += yield\nx, *y = z\n", "lambda a, /, b=1, *c, d=2, **e: (yield)\n", "[x for x in y if z if w for a in b]\n{x: y for x in z}\n{x for x in y}\n(x async for x in y)\n",
	"[*x for x in y]\n{**x for x in y}\n(*x for x in y)\nf(*x for x in y)\n", "a if b else c or d and not e\na < b == c is not d not in e\n", "a | b ^ c & d << e + f * -g ** ~h @ i // j % k\n",
	"x[1:2:3, ..., *y, z:=1]\nx[:, ::]\n", "f(a, *b, c=d, **e)\nf(x for x in y)\nf(a := 1)\n", "{1: 2, **x}\n{1, *x}\n()\n(1,)\n[1, 2]\n",
	"f'a{x!r:>{y}}b{{c}}{z=}' rf\"\\d{x}\" 'y'\n", "f'''{\nx = }{y:{z}}\n'''\n", "t'a{x!r:>{y}}{z=}'\n", "b'a' b\"\\x00\"\nu'a'\nr'\\'\n'\\N{BULLET}\\u1234\\101'\n",
	"0x1f + 0o17 + 0b11 + 1_000 + 1.5e-3 + 2j + .5 + 1if x else 2\n", "x = \\\n  1\n\tif x:\n", "é = 𝐝𝐞𝐟 = 1\n", "@a.b(c)\n@d\ndef f(): pass\n", "x <> y\nfrom __future__ import barry_as_FLUFL\nx <> y\n",
	"if x:\n\ty\n        z\n", "# coding: latin-1\nx = '\xe9'\n", "\xef\xbb\xbfx = 1\r\ny = 2\rz = 3", "def f(*, a): pass\ndef g(a=1, b): pass\n", "x = (1 2)\nprint x\n",
}

// TestSeeds runs the fuzz test's seeds for every target.
func TestSeeds(t *testing.T) {
	var p Parser
	arena := ast.NewArena()
	for _, v := range target.Known() {
		for _, s := range seeds {
			checkBoth(t, &p, arena, []byte(s), v)
		}
	}
}
