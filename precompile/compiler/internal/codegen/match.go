package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// patternState is the state of one case while its pattern is compiled. The code of a
// pattern takes the subject from the top of the stack. Names are stored only
// when the whole pattern has matched; until then their values wait on the stack,
// below what the pattern works with.
type patternState struct {
	// stores are the names whose values wait, in their order on the stack.
	stores []ast.Name
	// irrefutable says whether a pattern that always matches is allowed.
	irrefutable bool
	// fails are the places to jump to on failure: fails[n] takes n values off the
	// stack.
	fails []instr.Label
	// onTop is how many values on top of the stack have to stay there: names go
	// below, and on failure all of these are taken off.
	onTop int
}

func isWildcard(p ast.Pattern) bool {
	as, ok := p.(*ast.MatchAs)
	return ok && as.Name == ast.NoName // with a pattern it always has a name
}

func (g *Generator) match(s *ast.Match) {
	g.expr(s.Subject)
	end := g.label()
	cases := s.Cases
	last := &cases[len(cases)-1]
	hasDefault := isWildcard(last.Pattern) && len(cases) > 1
	if hasDefault {
		cases = cases[:len(cases)-1]
	}
	for i := range cases {
		c := &cases[i]
		at := locOf(c.Pattern)
		keep := i < len(cases)-1 // the subject is wanted again
		if keep {
			g.opArg(at, opcode.Copy, 1)
		}
		p := patternState{irrefutable: c.Guard != nil || i == len(s.Cases)-1}
		g.pattern(c.Pattern, &p)
		for _, name := range p.stores {
			g.nameOp(at, name, ast.Store)
		}
		if c.Guard != nil {
			g.ensureFails(&p, 0)
			g.jumpIf(at, c.Guard, p.fails[0], false)
		}
		switch {
		case keep && g.f.SubjectPoppedByBody:
			g.op(instr.NextLoc, opcode.PopTop)
		case keep:
			g.op(at, opcode.PopTop)
		}
		g.stmts(c.Body)
		g.jump(noLoc, opcode.Jump, end)
		// A failure has the line of the pattern, not of the body.
		g.placeFails(at, &p)
	}
	if hasDefault {
		at := locOf(last.Pattern)
		g.op(at, opcode.Nop) // the line of the case
		if last.Guard != nil {
			g.jumpIf(at, last.Guard, end, false)
		}
		g.stmts(last.Body)
	}
	g.place(end)
}

// ensureFails makes the places of failure up to that which takes n values off.
func (g *Generator) ensureFails(p *patternState, n int) {
	for len(p.fails) <= n {
		p.fails = append(p.fails, g.label())
	}
}

// failBy jumps, by an instruction that tests or not, to where the match fails.
func (g *Generator) failBy(at instr.Loc, p *patternState, op opcode.Op) {
	n := p.onTop + len(p.stores)
	g.ensureFails(p, n)
	g.jump(at, op, p.fails[n])
}

// placeFails emits the places of failure, each falling through into the next.
func (g *Generator) placeFails(at instr.Loc, p *patternState) {
	for n := len(p.fails) - 1; n >= 0; n-- {
		g.place(p.fails[n])
		if n > 0 {
			g.op(at, opcode.PopTop)
		}
	}
	p.fails = nil
}

// rotate brings the top of the stack below count-1 values.
func (g *Generator) rotate(at instr.Loc, count int) {
	for ; count > 1; count-- {
		g.opArg(at, opcode.Swap, count)
	}
}
