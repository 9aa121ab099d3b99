//go:build conformance && unix

package symtable

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// programs writes random programs that are all about scopes: few names, used for
// everything, in every construct that makes a scope or binds a name. Most are
// right; one construct in many is refused somewhere.
type programs struct {
	*rand.Rand
	f   *target.Features
	out strings.Builder
	// risk is how many times out of a hundred a construct is written that is
	// likely to be refused.
	risk int
}

func (p *programs) pick(of ...string) string { return of[p.IntN(len(of))] }

func (p *programs) one(in int) bool { return p.IntN(in) == 0 }

func (p *programs) risky() bool { return p.IntN(100) < p.risk }

func (p *programs) name() string {
	if p.one(12) {
		return p.pick("__class__", "__classdict__", "super", "__conditional_annotations__", "__debug__", "__type_params__")
	}
	return p.pick("a", "b", "c", "d", "__p", "__q", "T")
}

// target is a name to bind.
func (p *programs) target() string {
	if p.risky() {
		return p.pick("__debug__", "__class__", "__classdict__", "super")
	}
	return p.pick("a", "b", "c", "d", "__p", "__q", "T")
}

func (p *programs) program() string {
	p.out.Reset()
	if p.one(6) {
		fmt.Fprintf(&p.out, "from __future__ import %s\n", p.pick("annotations", "annotations", "generators", "annotations, division"))
	}
	for range 2 + p.IntN(5) {
		p.stmt(0, 4)
	}
	return p.out.String()
}

func (p *programs) line(indent int, format string, args ...any) {
	fmt.Fprintf(&p.out, "%s%s\n", strings.Repeat(" ", indent), fmt.Sprintf(format, args...))
}

func (p *programs) body(indent, depth int) {
	for range 1 + p.IntN(4) {
		p.stmt(indent+1, depth-1)
	}
}

func (p *programs) typeParams() string {
	if !p.f.TypeParams || !p.one(3) {
		return ""
	}
	var list []string
	for i := range 1 + p.IntN(2) {
		name := p.pick("T", "a", "b", "__p", "U"+strconv.Itoa(i))
		if p.risky() {
			name = p.pick("__classdict__", "T", "__debug__")
		}
		switch p.IntN(5) {
		case 0:
			name += ": " + p.expr(2)
		case 1:
			name += ": (" + p.expr(1) + ", " + p.expr(1) + ")"
		case 2:
			name = p.pick("*", "**") + name
		}
		if p.f.TypeParamDefaults && p.one(3) {
			name += " = " + p.expr(2)
		}
		list = append(list, name)
	}
	return "[" + strings.Join(list, ", ") + "]"
}

func (p *programs) params(annotated bool) string {
	var list []string
	seen := map[string]bool{}
	for i := range p.IntN(4) {
		name := p.pick("a", "b", "c", "__p", "self")
		if seen[name] && !p.risky() {
			continue
		}
		if p.risky() {
			name = p.pick("__debug__", "a", "__class__", "T")
		}
		seen[name] = true
		if annotated && p.one(3) {
			name += ": " + p.expr(2)
		}
		switch {
		case i == 1 && p.one(3):
			list = append(list, "*"+name)
			continue
		case i == 0 || p.one(2):
			name += "=" + p.expr(1)
		default:
			name += "=0"
		}
		list = append(list, name)
	}
	return strings.Join(list, ", ")
}

func (p *programs) stmt(in, depth int) {
	async := ""
	if p.one(4) {
		async = "async "
	}
	choice := p.IntN(26)
	if depth <= 0 && choice < 12 {
		choice = 12 + p.IntN(14)
	}
	switch choice {
	case 0, 1, 2:
		if p.one(4) {
			p.line(in, "@%s", p.expr(1))
		}
		returns := ""
		if p.one(4) {
			returns = " -> " + p.expr(2)
		}
		p.line(in, "%sdef %s%s(%s)%s:", async, p.target(), p.typeParams(), p.params(true), returns)
		p.body(in, depth)
	case 3, 4:
		if p.one(5) {
			p.line(in, "@%s", p.expr(1))
		}
		bases := ""
		if p.one(2) {
			bases = "(" + p.expr(2) + p.pick("", ", metaclass=a", ", *b", ", k=lambda: c") + ")"
		}
		p.line(in, "class %s%s%s:", p.pick("C", "_D", "__", "__E", "a"), p.typeParams(), bases)
		p.body(in, depth)
	case 5:
		if !p.risky() {
			async = ""
		}
		p.line(in, "%sfor %s in %s:", async, p.target(), p.expr(2))
		p.body(in, depth-1)
	case 6:
		p.line(in, "%s %s:", p.pick("if", "while"), p.expr(2))
		p.body(in, depth-1)
		if p.one(2) {
			p.line(in, "else:")
			p.body(in, depth-2)
		}
	case 7, 8:
		p.line(in, "try:")
		p.body(in, depth-1)
		p.line(in, "except %s as %s:", p.expr(1), p.target())
		p.body(in, depth-2)
		p.line(in, "else:")
		p.body(in, depth-2)
		p.line(in, "finally:")
		p.body(in, depth-2)
	case 9:
		if !p.risky() {
			async = ""
		}
		p.line(in, "%swith %s as %s:", async, p.expr(1), p.target())
		p.body(in, depth-1)
	case 10:
		p.line(in, "match %s:", p.expr(1))
		p.line(in, " case %s if %s:", p.pick("{'k': a, **b}", "[c, *d]", "C(x=a, y=__p)", "(a.b | 1) as b", "[*_]", "C(1, b)"), p.expr(1))
		p.body(in+1, depth-2)
	case 11:
		if p.f.TypeParams {
			p.line(in, "type %s%s = %s", p.target(), p.typeParams(), p.expr(3))
			return
		}
		p.line(in, "pass")
	case 12, 13, 14:
		p.line(in, "%s = %s", p.target(), p.expr(3))
	case 15:
		if p.risk < 4 {
			p.line(in, "%s", p.pick("a", "b", "__p"))
			return
		}
		p.line(in, "%s %s", p.pick("global", "nonlocal"), p.pick("a", "b", "d", "__p"))
	case 16:
		if p.risky() {
			p.line(in, "%s %s", p.pick("global", "nonlocal"), p.pick("a, b", "T", "c", "__class__", "__q"))
			return
		}
		p.line(in, "pass")
	case 17, 18:
		value := ""
		if p.one(2) {
			value = " = " + p.expr(2)
		}
		p.line(in, "%s: %s%s", p.pick(p.target(), p.target(), "(a)", "b.c", "d[a]", "b.__debug__"), p.expr(2), value)
	case 19:
		p.line(in, "%s", p.pick("import a", "import a.b", "import a.b as c", "from m import a, __p as b", "from .m import __q"))
	case 20:
		if p.risky() {
			risks := []string{
				"from m import *", "from __future__ import annotations", "from __future__ import braces", "import __debug__",
				"from .__future__ import nothing", "a = 1; from __future__ import division",
			}
			if p.f.LazyImports {
				risks = append(risks, "lazy import a", "lazy from m import b", "lazy from m import *")
			}
			p.line(in, "%s", p.pick(risks...))
			return
		}
		p.line(in, "del %s", p.target())
	case 21:
		p.line(in, "%s += %s", p.target(), p.expr(2))
	case 22:
		p.line(in, "%s %s", p.pick("return", "assert", "raise", "return"), p.expr(2))
	case 23:
		p.line(in, "%s", p.pick("a", "b", "super().a", "super", "__class__", "'text'", "a.__p"))
	default:
		p.line(in, "%s", p.expr(3))
	}
}

func (p *programs) clauses(depth int) string {
	var b strings.Builder
	for i := range 1 + p.IntN(2) {
		async := ""
		if p.one(12) && p.risk > 0 {
			async = "async "
		}
		fmt.Fprintf(&b, " %sfor %s in %s", async, p.pick(p.target(), p.target(), "(a, *b)", "x", "x"), p.expr(depth-1-i))
		if p.one(3) {
			fmt.Fprintf(&b, " if %s", p.expr(depth-1))
		}
	}
	return b.String()
}

func (p *programs) expr(depth int) string {
	if depth <= 0 {
		return p.name()
	}
	switch p.IntN(20) {
	case 0, 1:
		return "(lambda " + p.params(false) + ": " + p.expr(depth-1) + ")"
	case 2, 3:
		return "[" + p.expr(depth-1) + p.clauses(depth) + "]"
	case 4:
		return "{" + p.expr(depth-1) + p.clauses(depth) + "}"
	case 5:
		return "{" + p.expr(depth-1) + ": " + p.expr(depth-1) + p.clauses(depth) + "}"
	case 6, 7:
		return "(" + p.expr(depth-1) + p.clauses(depth) + ")"
	case 8:
		if p.risk < 3 {
			return p.name()
		}
		return "(" + p.target() + " := " + p.expr(depth-1) + ")"
	case 9:
		return p.name() + "(" + p.expr(depth-1) + p.pick("", ", *a", ", b=c", ", **d") + ")"
	case 10:
		return "(" + p.expr(depth-1) + ", " + p.expr(depth-1) + ")"
	case 11:
		if p.risky() || p.risk > 0 && p.one(6) {
			return p.pick("(yield)", "(yield a)", "(yield from b)", "(await a)", "(await b)", "f(__debug__=1)", "a.__debug__")
		}
		return "super()"
	case 12:
		return "f'{" + p.name() + "!r:>{" + p.name() + "}}'"
	case 13:
		return "(" + p.expr(depth-1) + " if " + p.name() + " else " + p.expr(depth-1) + ")"
	case 14:
		return p.name() + "." + p.pick("a", "__p") + "[" + p.expr(depth-1) + "]"
	case 15:
		return "(not " + p.expr(depth-1) + ")"
	default:
		return p.name()
	}
}

var quoted = regexp.MustCompile(`'[a-zA-Z_0-9]+'`)

// TestPrograms compares the tables and errors of random programs. It makes 1500
// for each release, or what PRECOMPILE_RANDOM says, from PRECOMPILE_SEED on.
func TestPrograms(t *testing.T) {
	count, seed := 1500, uint64(1)
	if s := os.Getenv("PRECOMPILE_RANDOM"); s != "" {
		count, _ = strconv.Atoi(s)
	}
	if s := os.Getenv("PRECOMPILE_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			o, w := newOracle(t, v), newWorker(v)
			tables, refused, unparsed, bad := 0, 0, 0, 0
			messages := map[string]int{}
			for i := range count {
				p := &programs{Rand: rand.New(rand.NewPCG(seed+uint64(i), 8)), f: w.f, risk: i % 8}
				text := p.program()
				if d := o.compare(t, w, []byte(text)); d != "" {
					t.Errorf("program %d: %s\n%s", seed+uint64(i), d, text)
					if bad++; bad == 5 {
						t.Fatal("and perhaps more")
					}
				}
				switch {
				case w.failed == nil:
					tables++
				case errors.Is(w.failed, errParse):
					unparsed++
				default:
					refused++
					messages[quoted.ReplaceAllString(strings.Split(errorText(w.failed), "\n")[1], "'…'")]++
				}
			}
			for _, m := range slices.Sorted(maps.Keys(messages)) {
				t.Logf("%5d %s", messages[m], m)
			}
			t.Logf("%d tables, %d errors, %d refused by the parser", tables, refused, unparsed)
			if tables < count/10 || refused < count/10 {
				t.Error("the programs are not of the kind that this test is for")
			}
		})
	}
}
