package codegen

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) pattern(n ast.Pattern, p *patternState) {
	g.lastPattern = n
	switch n := n.(type) {
	case *ast.MatchValue:
		g.matchValue(n, p)
	case *ast.MatchSingleton:
		at := locOf(n)
		g.load(at, g.objects.value(n.Value))
		g.compareOp(at, ast.Is)
		g.failBy(at, p, opcode.PopJumpIfFalse)
	case *ast.MatchSequence:
		g.matchSequence(n, p)
	case *ast.MatchMapping:
		g.matchMapping(n, p)
	case *ast.MatchClass:
		g.matchClass(n, p)
	case *ast.MatchStar:
		g.capture(locOf(n), n.Name, p)
	case *ast.MatchAs:
		g.matchAs(n, p)
	case *ast.MatchOr:
		g.matchOr(n, p)
	default:
		unreachable(n)
	}
}

// subpattern is pattern inside another, where what always matches is allowed.
func (g *Generator) subpattern(n ast.Pattern, p *patternState) {
	was := p.irrefutable
	p.irrefutable = true
	g.pattern(n, p)
	p.irrefutable = was
}

// quoted is repr of a name.
func (g *Generator) quoted(name ast.Name) string {
	return string(pyrepr.AppendStr(nil, g.names.Text(name), g.f.Profile.Minor))
}

// failHere is fail for the errors that are found after a visit of patterns inside
// the one at a location.
func (g *Generator) failHere(at instr.Loc, message string) {
	if g.f.ErrorsAtLastVisit {
		at = locOf(g.lastPattern)
	}
	g.fail(at, message)
}

func (g *Generator) failDuplicate(at instr.Loc, name ast.Name) {
	g.failHere(at, "multiple assignments to name "+g.quoted(name)+" in pattern")
}

// capture sets the subject aside for a name; without one it is thrown away.
func (g *Generator) capture(at instr.Loc, name ast.Name, p *patternState) {
	if name == ast.NoName {
		g.op(at, opcode.PopTop)
		return
	}
	here := at
	if g.f.ErrorsAtLastVisit {
		here = locOf(g.lastPattern)
	}
	g.forbid(here, name, ast.Store)
	if slices.Contains(p.stores, name) {
		g.failDuplicate(at, name)
	}
	g.rotate(at, p.onTop+len(p.stores)+1)
	p.stores = append(p.stores, name)
}

func (g *Generator) matchValue(n *ast.MatchValue, p *patternState) {
	at := locOf(n)
	switch n.Value.(type) {
	case *ast.Constant, *ast.Attribute:
	default:
		g.fail(at, "patterns may only match literals and attribute lookups")
	}
	g.expr(n.Value)
	g.compareOp(at, ast.Eq)
	g.op(at, opcode.ToBool)
	g.failBy(at, p, opcode.PopJumpIfFalse)
}

func (g *Generator) matchAs(n *ast.MatchAs, p *patternState) {
	at := locOf(n)
	if n.Pattern == nil {
		if !p.irrefutable {
			if n.Name != ast.NoName {
				g.fail(at, "name capture "+g.quoted(n.Name)+" makes remaining patterns unreachable")
			}
			g.fail(at, "wildcard makes remaining patterns unreachable")
		}
		g.capture(at, n.Name, p)
		return
	}
	p.onTop++
	g.opArg(at, opcode.Copy, 1)
	g.pattern(n.Pattern, p)
	p.onTop--
	g.capture(at, n.Name, p)
}

func (g *Generator) matchSequence(n *ast.MatchSequence, p *patternState) {
	at := locOf(n)
	size := len(n.Patterns)
	star, starWildcard, onlyWildcards := -1, false, true
	for i, sub := range n.Patterns {
		if s, ok := sub.(*ast.MatchStar); ok {
			if star >= 0 {
				g.fail(at, "multiple starred names in sequence pattern")
			}
			star, starWildcard = i, s.Name == ast.NoName
			onlyWildcards = onlyWildcards && starWildcard
			continue
		}
		onlyWildcards = onlyWildcards && isWildcard(sub)
	}
	p.onTop++
	g.op(at, opcode.MatchSequence)
	g.failBy(at, p, opcode.PopJumpIfFalse)
	if star < 0 {
		g.checkLength(at, size, ast.Eq, p)
	} else if size > 1 {
		g.checkLength(at, size-1, ast.GtE, p)
	}
	p.onTop--
	switch {
	case onlyWildcards:
		g.op(at, opcode.PopTop)
	case starWildcard:
		g.matchBySubscript(at, n.Patterns, star, p)
	default:
		g.matchByUnpacking(at, n.Patterns, p)
	}
}

// checkLength fails unless the subject's length compares with size.
func (g *Generator) checkLength(at instr.Loc, size int, op ast.CmpOperator, p *patternState) {
	g.op(at, opcode.GetLen)
	g.loadInt(at, size)
	g.compareOp(at, op)
	g.failBy(at, p, opcode.PopJumpIfFalse)
}

func (g *Generator) matchByUnpacking(at instr.Loc, patterns []ast.Pattern, p *patternState) {
	size := len(patterns)
	starred := false
	for i, sub := range patterns {
		if _, ok := sub.(*ast.MatchStar); !ok {
			continue
		}
		after := size - i - 1
		if i >= 1<<8 || after >= 1<<31>>8 {
			g.fail(at, "too many expressions in star-unpacking sequence pattern")
		}
		g.opArg(at, opcode.UnpackEx, i+after<<8)
		starred = true
	}
	if !starred {
		g.opArg(at, opcode.UnpackSequence, size)
	}
	p.onTop += size
	for _, sub := range patterns {
		p.onTop--
		g.subpattern(sub, p)
	}
}

// matchBySubscript is matchByUnpacking where a starred wildcard saves unpacking
// most of the subject.
func (g *Generator) matchBySubscript(at instr.Loc, patterns []ast.Pattern, star int, p *patternState) {
	p.onTop++
	for i, sub := range patterns {
		if i == star || isWildcard(sub) {
			continue
		}
		g.opArg(at, opcode.Copy, 1)
		if i < star {
			g.loadInt(at, i)
		} else {
			// The subject need not take negative indices.
			g.op(at, opcode.GetLen)
			g.loadInt(at, len(patterns)-i)
			g.opArg(at, opcode.BinaryOp, binaryArg[ast.Sub])
		}
		g.binarySubscript(at)
		g.subpattern(sub, p)
	}
	p.onTop--
	g.op(at, opcode.PopTop)
}

func (g *Generator) matchClass(n *ast.MatchClass, p *patternState) {
	at := locOf(n)
	for i, attr := range n.KwdAttrs {
		g.forbid(locOf(n.KwdPatterns[i]), attr, ast.Store)
		for j := i + 1; j < len(n.KwdAttrs); j++ {
			if n.KwdAttrs[j] == attr {
				g.fail(locOf(n.KwdPatterns[j]), "attribute name repeated in class pattern: "+g.names.Text(attr))
			}
		}
	}
	g.expr(n.Cls)
	names := make([]*marshal.Value, len(n.KwdAttrs))
	for i, attr := range n.KwdAttrs {
		names[i] = g.objects.name(attr)
	}
	g.load(at, g.pool.Tuple(names...))
	g.opArg(at, opcode.MatchClass, len(n.Patterns))
	g.failUnlessTuple(at, p, 1)
	size := len(n.Patterns) + len(n.KwdAttrs)
	g.opArg(at, opcode.UnpackSequence, size)
	p.onTop += size - 1
	for i := range size {
		p.onTop--
		var sub ast.Pattern
		if i < len(n.Patterns) {
			sub = n.Patterns[i]
		} else {
			sub = n.KwdPatterns[i-len(n.Patterns)]
		}
		if isWildcard(sub) {
			g.op(at, opcode.PopTop)
			continue
		}
		g.subpattern(sub, p)
	}
}

// failUnlessTuple fails where None came of a match, not a tuple of values; pushed
// counts what the match has pushed.
func (g *Generator) failUnlessTuple(at instr.Loc, p *patternState, pushed int) {
	p.onTop += pushed
	g.opArg(at, opcode.Copy, 1)
	g.loadNone(at)
	g.opArg(at, opcode.IsOp, 1)
	g.failBy(at, p, opcode.PopJumpIfFalse)
}

func (g *Generator) matchMapping(n *ast.MatchMapping, p *patternState) {
	at := locOf(n)
	size := len(n.Keys)
	p.onTop++
	g.op(at, opcode.MatchMapping)
	g.failBy(at, p, opcode.PopJumpIfFalse)
	if size == 0 && n.Rest == ast.NoName {
		p.onTop--
		g.op(at, opcode.PopTop)
		return
	}
	if size > 0 {
		g.checkLength(at, size, ast.GtE, p)
	}
	g.mappingKeys(at, n.Keys)
	g.opArg(at, opcode.BuildTuple, size)
	g.op(at, opcode.MatchKeys)
	g.failUnlessTuple(at, p, 2)
	g.opArg(at, opcode.UnpackSequence, size)
	p.onTop += size - 1
	for _, sub := range n.Patterns {
		p.onTop--
		g.subpattern(sub, p)
	}
	p.onTop -= 2
	if n.Rest == ast.NoName {
		g.op(at, opcode.PopTop)
		g.op(at, opcode.PopTop)
		return
	}
	// subject keys → a dict of the subject without the keys
	g.opArg(at, opcode.BuildMap, 0)
	g.opArg(at, opcode.Swap, 3)
	g.opArg(at, opcode.DictUpdate, 2)
	g.opArg(at, opcode.UnpackSequence, size)
	for ; size > 0; size-- {
		g.opArg(at, opcode.Copy, 1+size)
		g.opArg(at, opcode.Swap, 2)
		g.op(at, opcode.DeleteSubscr)
	}
	g.capture(at, n.Rest, p)
}

// mappingKeys evaluates the keys, and refuses those that are the same.
func (g *Generator) mappingKeys(at instr.Loc, keys []ast.Expr) {
	var seen fold.Set
	for _, key := range keys {
		switch key := key.(type) {
		case *ast.Constant:
			if !seen.Add(g.objects.value(key.Value)) {
				g.fail(at, "mapping pattern checks duplicate key ("+string(ast.AppendConstRepr(nil, key.Value, g.f.Profile.Minor))+")")
			}
		case *ast.Attribute:
		default:
			g.fail(at, "mapping pattern keys may only match literals and attribute lookups")
		}
		g.expr(key)
	}
}

// matchOr tries alternatives on a copy of the subject. All bind the same names; the
// first one's order is the one that the others are brought into.
func (g *Generator) matchOr(n *ast.MatchOr, p *patternState) {
	at := locOf(n)
	end := g.label()
	outer := *p
	var control []ast.Name
	for i, alt := range n.Patterns {
		here := locOf(alt)
		*p = patternState{irrefutable: i == len(n.Patterns)-1 && outer.irrefutable}
		g.opArg(here, opcode.Copy, 1)
		g.pattern(alt, p)
		if i == 0 {
			control = slices.Clone(p.stores)
		} else {
			g.reorder(at, here, control, p)
		}
		g.jump(here, opcode.Jump, end)
		g.placeFails(here, p)
	}
	*p = outer
	g.op(at, opcode.PopTop)
	g.failBy(at, p, opcode.Jump)

	g.place(end)
	// Between the new values and their place are the others, the copy of the
	// subject, what has to stay on top, and the values set aside before.
	n2 := len(control) + 1 + p.onTop + len(p.stores)
	for _, name := range control {
		g.rotate(at, n2)
		if slices.Contains(p.stores, name) {
			g.failDuplicate(at, name)
		}
		p.stores = append(p.stores, name)
	}
	g.op(at, opcode.PopTop)
}

// reorder brings the values that an alternative set aside into the order of the
// first alternative.
func (g *Generator) reorder(at, here instr.Loc, control []ast.Name, p *patternState) {
	const different = "alternative patterns bind different names"
	if len(p.stores) != len(control) {
		g.failHere(at, different)
	}
	for want := len(control) - 1; want >= 0; want-- {
		is := slices.Index(p.stores, control[want])
		if is < 0 {
			g.failHere(at, different)
		}
		if is == want {
			continue
		}
		count := is + 1
		rotated := slices.Clone(p.stores[:count])
		rest := slices.Clone(p.stores[count:])
		p.stores = slices.Insert(rest, want-is, rotated...)
		for ; count > 0; count-- {
			g.rotate(here, want+1)
		}
	}
}
