package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/symtable"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// comp is a comprehension of any kind.
type comp struct {
	node       ast.Expr
	scope      int32
	kind       symtable.Comprehension
	name       ast.Name
	clauses    []ast.Comprehension
	elt, value ast.Expr // value is that of a dict's pair
}

func (g *Generator) comprehension(c comp) {
	at := locOf(c.node)
	scope := g.in.Table.Scope(c.scope)
	around := g.u.kind
	first := &c.clauses[0]
	generator := c.kind == symtable.GeneratorExpression
	var inlined inlinedState
	if scope.CompInlined {
		g.iterate(first)
		inlined = g.pushInlined(at, scope)
	} else {
		u := g.enter(entry{name: g.objects.name(c.name), kind: comprehensionUnit, scope: scope, line: at.Line})
		u.ArgCount = 1 // the iterator of the first clause
	}
	if !g.f.SymtableChecks && scope.Coroutine && !generator && around != asyncFunctionUnit && around != comprehensionUnit {
		g.fail(at, "asynchronous comprehension outside of an asynchronous function")
	}
	if !generator {
		build := opcode.BuildList
		switch c.kind {
		case symtable.SetComprehension:
			build = opcode.BuildSet
		case symtable.DictComprehension:
			build = opcode.BuildMap
		}
		g.opArg(at, build, 0)
		if scope.CompInlined {
			g.opArg(at, opcode.Swap, 2)
		}
	}
	g.clause(&c, at, 0, 0, scope.CompInlined)
	if scope.CompInlined {
		g.popInlined(at, inlined)
		return
	}
	if generator {
		g.wrapStopIteration()
	} else {
		g.op(at, opcode.ReturnValue)
	}
	code := g.complete(true)
	g.closure(at, code, g.leave(), 0)
	g.iterate(first)
	g.opArg(at, opcode.Call, 0)
	if scope.Coroutine && !generator {
		g.await(at, 0)
	}
}

// iterate pushes the iterator of a clause.
func (g *Generator) iterate(c *ast.Comprehension) {
	g.expr(c.Iter)
	if c.Async {
		g.op(locOf(c.Iter), opcode.GetAiter)
	} else {
		g.op(locOf(c.Iter), opcode.GetIter)
	}
}

// clause emits the loop of clause i, with those behind it inside. Depth counts the
// iterators between what is built and the top of the stack. Where the iterator is
// not on the stack it is the argument, or is made.
func (g *Generator) clause(c *comp, at instr.Loc, i, depth int, onStack bool) {
	if c.clauses[i].Async {
		g.asyncClause(c, at, i, depth, onStack)
		return
	}
	clause := &c.clauses[i]
	start, skip, anchor := g.label(), g.label(), g.label()
	loop := true
	if !onStack {
		if i == 0 {
			g.opArg(at, opcode.LoadFast, 0)
		} else if only := onlyElement(clause.Iter); only != nil {
			// `for y in [f(x)]` assigns.
			g.expr(only)
			loop = false
		} else {
			g.iterate(clause)
		}
	}
	if loop {
		depth++
		if g.f.ComprehensionsIterTwice {
			g.op(locOf(clause.Iter), opcode.GetIter)
		}
		g.place(start)
		g.jump(locOf(clause.Iter), opcode.ForIter, anchor)
	}
	g.expr(clause.Target)
	for _, test := range clause.Ifs {
		g.jumpIf(at, test, skip, false)
	}
	end := g.inner(c, at, i, depth)
	g.place(skip)
	if loop {
		g.jump(end, opcode.Jump, start)
		g.place(anchor)
		g.endFor()
	}
}

func (g *Generator) asyncClause(c *comp, at instr.Loc, i, depth int, onStack bool) {
	clause := &c.clauses[i]
	start, send, except, skip := g.label(), g.label(), g.label(), g.label()
	if !onStack {
		if i == 0 {
			g.opArg(at, opcode.LoadFast, 0)
		} else {
			g.iterate(clause)
		}
	}
	g.place(start)
	g.push(at, block{kind: asyncComprehension, start: start})
	g.jump(at, opcode.SetupFinally, except)
	g.asyncNext(at, send)
	g.expr(clause.Target)
	for _, test := range clause.Ifs {
		g.jumpIf(at, test, skip, false)
	}
	end := g.inner(c, at, i, depth+1)
	g.place(skip)
	g.jump(end, opcode.Jump, start)
	g.pop(asyncComprehension)
	g.place(except)
	g.endAsyncFor(at, send)
}

// inner emits what is inside clause i: the next clause, or the element. It returns
// the location of the jump back.
func (g *Generator) inner(c *comp, at instr.Loc, i, depth int) instr.Loc {
	end := locOf(c.elt)
	if i+1 < len(c.clauses) {
		g.clause(c, at, i+1, depth, false)
		return end
	}
	if star, ok := c.elt.(*ast.Starred); ok && g.f.UnpackInComprehensions {
		g.expr(star.Value)
		switch c.kind {
		case symtable.GeneratorExpression:
			g.yieldEach(end)
		case symtable.ListComprehension:
			g.opArg(end, opcode.ListExtend, depth+1)
		case symtable.SetComprehension:
			g.opArg(end, opcode.SetUpdate, depth+1)
		}
		return end
	}
	g.expr(c.elt)
	switch c.kind {
	case symtable.GeneratorExpression:
		g.yieldValue(end)
		g.op(end, opcode.PopTop)
	case symtable.ListComprehension:
		g.opArg(end, opcode.ListAppend, depth+1)
	case symtable.SetComprehension:
		g.opArg(end, opcode.SetAdd, depth+1)
	case symtable.DictComprehension:
		if c.value == nil { // `**elt`
			g.opArg(end, opcode.DictUpdate, depth+1)
			return end
		}
		g.expr(c.value)
		value := c.value.Position()
		end.EndLine, end.EndCol = value.EndLine, value.EndCol
		g.opArg(end, opcode.MapAdd, depth+1)
	}
	return end
}

// yieldEach yields the elements of the iterable on the stack.
func (g *Generator) yieldEach(at instr.Loc) {
	start, end := g.label(), g.label()
	g.op(at, opcode.GetIter)
	g.place(start)
	g.jump(at, opcode.ForIter, end)
	g.yieldValue(at)
	g.op(at, opcode.PopTop)
	g.jump(noLoc, opcode.Jump, start)
	g.place(end)
	g.endFor()
}

// onlyElement returns the element of a list or tuple of one.
func onlyElement(e ast.Expr) ast.Expr {
	var elts []ast.Expr
	switch e := e.(type) {
	case *ast.List:
		elts = e.Elts
	case *ast.Tuple:
		elts = e.Elts
	}
	if len(elts) != 1 {
		return nil
	}
	if _, ok := elts[0].(*ast.Starred); ok {
		return nil
	}
	return elts[0]
}

// pushedLocal is a name of the scope around whose value is on the stack while an
// inlined comprehension uses the name.
type pushedLocal = ast.Name

// inlinedState is what popInlined takes back: the heights of the generator's
// stacks of pushed locals, of symbols that were replaced, and of names that
// became fast locals.
type inlinedState struct {
	pushed, renamed, shown int
	cleanup                instr.Label
}

// pushInlined gives the scope around the names of a comprehension that becomes a
// part of it, and saves the values of those that it binds. Its iterator is on the
// stack, and stays on top.
func (g *Generator) pushInlined(at instr.Loc, comp *symtable.Scope) inlinedState {
	u := g.u
	state := inlinedState{pushed: len(g.pushed), renamed: len(g.renamed), shown: len(g.shown)}
	inClass := u.scope.Kind == symtable.ClassScope && u.inlined == 0
	g.restamp()
	u.inlined++
	isLocal := func(y *symtable.Symbol) bool {
		return y.Flags&symtable.DefLocal != 0 && y.Flags&symtable.DefNonlocal == 0
	}
	save := func(y *symtable.Symbol, outer symtable.Binding) {
		g.opArg(at, opcode.LoadFastAndClear, g.varName(y.Name))
		if y.Binding == symtable.Cell {
			// Both would be the same cell: the comprehension gets one of its own.
			if outer == symtable.Free {
				g.opArg(at, opcode.MakeCell, g.freeVar(y.Name))
			} else {
				g.opArg(at, opcode.MakeCell, g.cellVar(y.Name))
			}
		}
		g.pushed = append(g.pushed, y.Name)
	}
	for i := range comp.Symbols {
		y := &comp.Symbols[i]
		outer := u.scope.Lookup(y.Name)
		if inClass || y.Binding != outer.Binding && y.Binding != symtable.Free &&
			!(y.Binding == symtable.Cell && outer.Binding == symtable.Free) {
			u.scope.Put(*y)
			g.renamed = append(g.renamed, outer)
		}
		if !inClass && !isLocal(y) {
			continue
		}
		if !u.scope.FunctionLike() && !g.isHidden(y.Name) {
			g.setHidden(y.Name, true)
			g.shown = append(g.shown, y.Name)
		}
		if !g.f.InlinedLocalsAfterScopes {
			save(y, outer.Binding)
		}
	}
	if g.f.InlinedLocalsAfterScopes {
		for i := range comp.Symbols {
			if y := &comp.Symbols[i]; isLocal(y) {
				save(y, u.scope.Binding(y.Name))
			}
		}
	}
	if n := len(g.pushed) - state.pushed; n > 0 {
		g.opArg(at, opcode.Swap, n+1)
		state.cleanup = g.label()
		if g.f.InlinedBlocksCounted {
			g.push(at, block{kind: inlinedComprehension})
		}
		g.jump(at, opcode.SetupFinally, state.cleanup)
	}
	return state
}

// popInlined restores what pushInlined changed, after an exception too.
func (g *Generator) popInlined(at instr.Loc, state inlinedState) {
	u := g.u
	if saved := g.pushed[state.pushed:]; len(saved) > 0 {
		restore := func() {
			g.opArg(at, opcode.Swap, len(saved)+1)
			for i := len(saved) - 1; i >= 0; i-- {
				g.opArg(at, opcode.StoreFastMaybeNull, g.varName(saved[i]))
			}
		}
		g.op(noLoc, opcode.PopBlock)
		if g.f.InlinedBlocksCounted {
			g.pop(inlinedComprehension)
		}
		end := g.label()
		g.jump(noLoc, opcode.JumpNoInterrupt, end)
		g.place(state.cleanup)
		g.opArg(noLoc, opcode.Swap, 2)
		g.op(noLoc, opcode.PopTop)
		restore()
		g.opArg(noLoc, opcode.Reraise, 0)
		g.place(end)
		restore()
	}
	g.restamp()
	u.inlined--
	for _, y := range g.renamed[state.renamed:] {
		u.scope.Put(y)
	}
	for _, name := range g.shown[state.shown:] {
		g.setHidden(name, false)
	}
	g.pushed, g.renamed, g.shown = g.pushed[:state.pushed], g.renamed[:state.renamed], g.shown[:state.shown]
}

// setHidden makes a name a fast local, or one that was.
func (g *Generator) setHidden(name ast.Name, now bool) {
	u := g.u
	i := u.HiddenNames.Add(g.objects.name(name))
	if i == len(u.hidden) {
		u.hidden = append(u.hidden, now)
	}
	u.hidden[i] = now
}
