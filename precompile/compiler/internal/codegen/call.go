package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

func (g *Generator) callExpr(e *ast.Call) {
	g.checkKeywords(locOf(e), e.Keywords)
	if g.methodCall(e) {
		return
	}
	end := g.label()
	g.checkCallee(e.Func)
	g.expr(e.Func)
	if g.f.GenexpCalls {
		g.genexpCall(e, end)
	}
	g.op(locOf(e.Func), opcode.PushNull)
	g.call(locOf(e), 0, e.Args, e.Keywords)
	g.place(end)
}

// methodCall emits a call of an attribute without making a bound method, if it can
// be one.
func (g *Generator) methodCall(e *ast.Call) bool {
	m, ok := e.Func.(*ast.Attribute)
	if !ok || m.Ctx != ast.Load || g.isImported(m.Value) {
		return false
	}
	kw := len(e.Keywords)
	n := len(e.Args) + kw
	if kw > 0 {
		n++
	}
	if n >= stackGuideline || !plainArgs(e.Args, e.Keywords) {
		return false
	}
	at := locOf(m)
	if call := g.superCall(m); call != nil {
		g.superArgs(call)
		low := 3
		if len(call.Args) == 0 {
			low = 1
		}
		g.attr(at, opcode.LoadSuperAttr, m.Attr, 2, low)
		at = g.attrLoc(at, m)
		g.op(at, opcode.Nop)
	} else {
		g.expr(m.Value)
		at = g.attrLoc(at, m)
		g.loadMethod(at, m.Attr)
	}
	g.exprs(e.Args)
	if kw > 0 {
		g.keywordValues(e.Keywords)
		g.keywordNames(at, e.Keywords)
		g.opArg(g.attrLoc(locOf(e), m), opcode.CallKw, len(e.Args)+kw)
	} else {
		g.opArg(g.attrLoc(locOf(e), m), opcode.Call, len(e.Args))
	}
	return true
}

// isImported reports whether e is a name that the module imports: then its
// attributes are rarely methods.
func (g *Generator) isImported(e ast.Expr) bool {
	name, ok := e.(*ast.NameExpr)
	return ok && g.in.Table.Top.Lookup(name.ID).Flags&symtable.DefImport != 0
}

// plainArgs reports whether no argument is unpacked.
func plainArgs(args []ast.Expr, keywords []ast.Keyword) bool {
	for _, a := range args {
		if _, ok := a.(*ast.Starred); ok {
			return false
		}
	}
	for i := range keywords {
		if keywords[i].Arg == ast.NoName {
			return false
		}
	}
	return true
}

func (g *Generator) keywordValues(keywords []ast.Keyword) {
	for i := range keywords {
		g.expr(keywords[i].Value)
	}
}

// keywordNames loads the tuple of the names.
func (g *Generator) keywordNames(at instr.Loc, keywords []ast.Keyword) {
	names := g.values[:0]
	for i := range keywords {
		names = append(names, g.objects.name(keywords[i].Arg))
	}
	g.values = names
	g.load(at, g.pool.Copied(names))
}

// checkKeywords refuses keyword arguments that are given twice, in a call at a
// location.
func (g *Generator) checkKeywords(at instr.Loc, keywords []ast.Keyword) {
	repeated := !distinct(keywords)
	for i := range keywords {
		k := &keywords[i]
		if k.Arg == ast.NoName {
			continue
		}
		here := locOf(k)
		if g.f.ErrorsAtLastVisit {
			here = at
		}
		g.forbid(here, k.Arg, ast.Store)
		for j := i + 1; repeated && j < len(keywords); j++ {
			if other := &keywords[j]; other.Arg == k.Arg {
				g.fail(locOf(other), "keyword argument repeated: "+g.names.Text(k.Arg))
			}
		}
	}
}

// distinct reports whether many keyword arguments are known to be different ones; of few
// it knows nothing.
func distinct(keywords []ast.Keyword) bool {
	if len(keywords) <= 32 {
		return false
	}
	seen := make(map[ast.Name]bool, len(keywords))
	for i := range keywords {
		arg := keywords[i].Arg
		if arg != ast.NoName && seen[arg] {
			return false
		}
		seen[arg] = true
	}
	return true
}

// call emits the arguments, after pushed ones that are on the stack, and the call.
func (g *Generator) call(at instr.Loc, pushed int, args []ast.Expr, keywords []ast.Keyword) {
	g.checkKeywords(at, keywords)
	n, kw := len(args), len(keywords)
	if n+kw*2 > stackGuideline || !plainArgs(args, keywords) {
		g.callUnpacked(at, pushed, args, keywords)
		return
	}
	g.exprs(args)
	if kw > 0 {
		g.keywordValues(keywords)
		g.keywordNames(at, keywords)
		g.opArg(at, opcode.CallKw, pushed+n+kw)
	} else {
		g.opArg(at, opcode.Call, pushed+n)
	}
}

// callUnpacked is call by a tuple and a dict.
func (g *Generator) callUnpacked(at instr.Loc, pushed int, args []ast.Expr, keywords []ast.Keyword) {
	star, ok := (*ast.Starred)(nil), false
	if pushed == 0 && len(args) == 1 {
		star, ok = args[0].(*ast.Starred)
	}
	if ok {
		g.expr(star.Value)
	} else {
		g.display(at, args, pushed, tupleDisplay)
	}
	have := false // a dict is on the stack
	seen := 0     // named arguments before the current one, not yet emitted
	flush := func(end int) {
		g.keywordPart(at, keywords[end-seen:end])
		if have {
			g.opArg(at, opcode.DictMerge, 1)
		}
		have, seen = true, 0
	}
	for i := range keywords {
		k := &keywords[i]
		if k.Arg != ast.NoName {
			seen++
			continue
		}
		if seen > 0 {
			flush(i)
		}
		if !have {
			g.opArg(at, opcode.BuildMap, 0)
			have = true
		}
		g.expr(k.Value)
		g.opArg(at, opcode.DictMerge, 1)
	}
	if seen > 0 {
		flush(len(keywords))
	}
	if !g.f.CallExTakesDict {
		arg := 0
		if len(keywords) > 0 {
			arg = 1
		}
		g.opArg(at, opcode.CallFunctionEx, arg)
		return
	}
	if len(keywords) == 0 {
		g.op(at, opcode.PushNull)
	}
	g.op(at, opcode.CallFunctionEx)
}

// keywordPart builds a dict of named arguments.
func (g *Generator) keywordPart(at instr.Loc, keywords []ast.Keyword) {
	n := len(keywords)
	big := n*2 > stackGuideline
	if g.f.ConstKeyMaps && n > 1 && !big {
		g.keywordValues(keywords)
		g.keywordNames(at, keywords)
		g.opArg(at, opcode.BuildConstKeyMap, n)
		return
	}
	if big {
		g.opArg(noLoc, opcode.BuildMap, 0)
	}
	for i := range keywords {
		g.loadIdent(at, keywords[i].Arg)
		g.expr(keywords[i].Value)
		if big {
			g.opArg(noLoc, opcode.MapAdd, 1)
		}
	}
	if !big {
		g.opArg(at, opcode.BuildMap, n)
	}
}

// genexpCall emits the loop that `any(x for …)`, and all and tuple likewise, come to
// when the name means the built-in function; the function is on the stack. Where
// it means another one the code goes on with the call.
func (g *Generator) genexpCall(e *ast.Call, end instr.Label) {
	name, ok := e.Func.(*ast.NameExpr)
	if !ok || len(e.Args) != 1 || len(e.Keywords) != 0 {
		return
	}
	gen, ok := e.Args[0].(*ast.GeneratorExp)
	if !ok || g.in.Table.Scope(gen.Scope).Coroutine {
		return
	}
	var common int
	var result bool // when the loop ends by itself
	switch g.names.Text(name.ID) {
	case "all":
		common, result = commonAll, true
	case "any":
		common, result = commonAny, false
	case "tuple":
		common = commonTuple
	default:
		return
	}
	at := locOf(name)
	skip := g.label()
	g.opArg(at, opcode.Copy, 1)
	g.opArg(at, opcode.LoadCommonConstant, common)
	g.compareOp(at, ast.Is)
	g.jump(at, opcode.PopJumpIfFalse, skip)
	g.op(at, opcode.PopTop)
	if common == commonTuple {
		g.opArg(at, opcode.BuildList, 0)
	}
	g.expr(gen)
	loop, cleanup := g.label(), g.label()
	g.place(loop)
	g.jump(at, opcode.ForIter, cleanup)
	if common == commonTuple {
		g.opArg(at, opcode.ListAppend, 2)
		g.jump(at, opcode.Jump, loop)
	} else {
		g.op(at, opcode.ToBool)
		g.jump(at, popJumpIf(result), loop)
	}
	g.popIter()
	if common != commonTuple {
		g.load(at, marshal.Bool(!result))
	}
	g.jump(at, opcode.Jump, end)
	g.place(cleanup)
	g.endFor()
	if common == commonTuple {
		g.opArg(at, opcode.CallIntrinsic1, intrinsicListToTuple)
	} else {
		g.load(at, marshal.Bool(result))
	}
	g.jump(at, opcode.Jump, end)
	g.place(skip)
}
