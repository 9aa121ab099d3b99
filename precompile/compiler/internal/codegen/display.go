package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/fold"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// displayKind is how a display is built. A tuple that must be built piece by piece
// is a list until it is complete.
type displayKind struct {
	build, add, extend opcode.Op
	tuple              bool
}

var (
	listDisplay  = displayKind{opcode.BuildList, opcode.ListAppend, opcode.ListExtend, false}
	tupleDisplay = displayKind{opcode.BuildList, opcode.ListAppend, opcode.ListExtend, true}
	setDisplay   = displayKind{opcode.BuildSet, opcode.SetAdd, opcode.SetUpdate, false}
)

// sequence is a list or tuple in any context.
func (g *Generator) sequence(at instr.Loc, elts []ast.Expr, ctx ast.Context, kind displayKind) {
	switch ctx {
	case ast.Load:
		g.display(at, elts, 0, kind)
	case ast.Del:
		g.exprs(elts)
	case ast.Store:
		g.unpack(at, elts)
		for _, e := range elts {
			if star, ok := e.(*ast.Starred); ok {
				e = star.Value
			}
			g.expr(e)
		}
	}
}

// display builds a list, tuple or set of elements, after pushed others that are on
// the stack already.
func (g *Generator) display(at instr.Loc, elts []ast.Expr, pushed int, kind displayKind) {
	n := len(elts)
	if g.f.ConstDisplays && n > 2 && allConst(elts) {
		g.constDisplay(at, elts, pushed, kind)
		return
	}
	big := n+pushed > stackGuideline
	starred := false
	for _, e := range elts {
		if _, ok := e.(*ast.Starred); ok {
			starred = true
			break
		}
	}
	if !starred && !big {
		g.exprs(elts)
		build := kind.build
		if kind.tuple {
			build = opcode.BuildTuple
		}
		g.opArg(at, build, n+pushed)
		return
	}
	built := big
	if big {
		g.opArg(at, kind.build, pushed)
	}
	for i, e := range elts {
		if star, ok := e.(*ast.Starred); ok {
			if !built {
				g.opArg(at, kind.build, i+pushed)
				built = true
			}
			g.expr(star.Value)
			g.opArg(at, kind.extend, 1)
			continue
		}
		g.expr(e)
		if built {
			g.opArg(at, kind.add, 1)
		}
	}
	if kind.tuple {
		g.opArg(at, opcode.CallIntrinsic1, intrinsicListToTuple)
	}
}

// constDisplay is display for constants, which are one constant.
func (g *Generator) constDisplay(at instr.Loc, elts []ast.Expr, pushed int, kind displayKind) {
	folded := g.objects.tuple(elts)
	if kind.tuple && pushed == 0 {
		g.load(at, folded)
		return
	}
	if kind.add == opcode.SetAdd {
		folded = fold.FrozenSet(folded.Items)
	}
	g.opArg(at, kind.build, pushed)
	g.load(at, folded)
	g.opArg(at, kind.extend, 1)
	if kind.tuple {
		g.opArg(at, opcode.CallIntrinsic1, intrinsicListToTuple)
	}
}

// unpack takes a value apart for targets.
func (g *Generator) unpack(at instr.Loc, elts []ast.Expr) {
	starred := false
	for i, e := range elts {
		if _, ok := e.(*ast.Starred); !ok {
			continue
		}
		if starred {
			g.fail(at, "multiple starred expressions in assignment")
		}
		after := len(elts) - i - 1
		if i >= 1<<8 || after >= 1<<31>>8 {
			g.fail(at, "too many expressions in star-unpacking assignment")
		}
		g.opArg(at, opcode.UnpackEx, i+after<<8)
		starred = true
	}
	if !starred {
		g.opArg(at, opcode.UnpackSequence, len(elts))
	}
}

// dict builds a dict: runs of pairs, and mappings to be merged in between.
func (g *Generator) dict(e *ast.Dict) {
	at := locOf(e)
	have := false // a dict is on the stack
	pairs := 0    // before the current one, not yet emitted
	flush := func(begin, end int) {
		g.dictPart(e, begin, end)
		if have {
			g.opArg(at, opcode.DictUpdate, 1)
		}
		have, pairs = true, 0
	}
	for i, value := range e.Values {
		switch {
		case e.Keys[i] == nil:
			if pairs > 0 {
				flush(i-pairs, i)
			}
			if !have {
				g.opArg(at, opcode.BuildMap, 0)
				have = true
			}
			g.expr(value)
			g.opArg(at, opcode.DictUpdate, 1)
		case pairs*2 > stackGuideline:
			flush(i-pairs, i+1)
		default:
			pairs++
		}
	}
	if pairs > 0 {
		flush(len(e.Values)-pairs, len(e.Values))
	}
	if !have {
		g.opArg(at, opcode.BuildMap, 0)
	}
}

// dictPart builds a dict of the pairs from begin to end.
func (g *Generator) dictPart(e *ast.Dict, begin, end int) {
	at := locOf(e)
	n := end - begin
	big := n*2 > stackGuideline
	if g.f.ConstKeyMaps && n > 1 && !big && allConst(e.Keys[begin:end]) {
		g.exprs(e.Values[begin:end])
		g.load(at, g.objects.tuple(e.Keys[begin:end]))
		g.opArg(at, opcode.BuildConstKeyMap, n)
		return
	}
	if big {
		g.opArg(at, opcode.BuildMap, 0)
	}
	for i := begin; i < end; i++ {
		g.expr(e.Keys[i])
		g.expr(e.Values[i])
		if big {
			g.opArg(at, opcode.MapAdd, 1)
		}
	}
	if !big {
		g.opArg(at, opcode.BuildMap, n)
	}
}
