package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// Arguments of RESUME.
const (
	resumeAtStart        = 0
	resumeAtGenExprStart = 4
)

// resolveTargets finds the blocks that the labels in jumps and set-ups stand for.
func (g *graph) resolveTargets() {
	if g.has&kindTarget == 0 {
		return
	}
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindTarget == 0 {
			continue
		}
		code := g.targetsOf(b)
		for i := range code {
			n := &code[i]
			if g.kind[n.op]&kindTarget == 0 {
				continue
			}
			if n.arg < g.nextLabel {
				n.target = g.labels[n.arg]
			}
			// A label that no block has stands for whatever it stood for in a unit before.
			if n.target <= 0 || int(n.target) >= g.used || g.blocks[n.target].label != n.arg {
				panic(fmt.Sprintf("%v on line %d leads to no block", n.op, n.loc.Line))
			}
		}
	}
}

// markHandlers marks the blocks that exceptions lead to.
func (g *graph) markHandlers() {
	if g.has&kindSetup == 0 {
		return
	}
	for b := g.entry(); b != nil; b = b.next {
		if b.has&kindSetup == 0 {
			continue
		}
		for i := range b.code() {
			if n := &b.mem[i]; g.kind[n.op]&kindSetup != 0 {
				g.blocks[n.target].handler = true
			}
		}
	}
}

// labelExceptions gives each instruction the handler in force where it stands,
// removes POP_BLOCK, and marks the RESUMEs that only the handler of a generator
// protects, which lets the interpreter throw into them directly. Where nothing sets
// a handler up, no instruction has one, and this is as it was built.
func (g *graph) labelExceptions() {
	if g.has&kindSetup == 0 {
		return
	}
	todo := g.traverse()
	entry := g.entry()
	entry.visited = g.traversal
	entry.excepts = 0
	todo = append(todo, entry.id)
	for len(todo) > 0 {
		b := g.blocks[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		stack := b.excepts
		// Outside of all handlers instructions stay as they are, but for those that
		// open one.
		code := b.code()
		if stack == 0 && b.has&(kindSetup|kindPopBlock) == 0 {
			code = g.targetsOf(b)
		}
		lastYield := int32(-1) // depth of the handler stack at the last yield
		handler := g.excepts[stack].handler
		for i := range code {
			n := &code[i]
			k := g.kind[n.op]
			if k&(kindTarget|kindPopBlock|kindFrame) == 0 {
				n.except = handler
				continue
			}
			switch {
			case k&kindSetup != 0:
				todo = g.visitProtected(g.blocks[n.target], stack, todo)
				if n.op != opcode.SetupFinally {
					g.blocks[n.target].lasti = true
				}
				g.excepts = append(g.excepts, except{n.target, stack, g.excepts[stack].depth + 1})
				stack = int32(len(g.excepts) - 1)
				handler = n.target
			case k&kindPopBlock != 0:
				if stack == 0 {
					panic(fmt.Sprintf("POP_BLOCK on line %d closes nothing", n.loc.Line))
				}
				stack = g.excepts[stack].outer
				handler = g.excepts[stack].handler
				g.remove(b, n)
			case k&kindJump != 0:
				n.except = handler
				todo = g.visitProtected(g.blocks[n.target], stack, todo)
			case n.op == opcode.ReturnGenerator:
				n.except = 0 // there is no frame yet that could handle anything
			case n.op == opcode.YieldValue:
				n.except = handler
				lastYield = g.excepts[stack].depth
			case n.op == opcode.Resume:
				n.except = handler
				if n.arg == resumeAtStart || g.features.GeneratorPreamble && n.arg == resumeAtGenExprStart {
					break
				}
				if lastYield == 1 {
					n.arg |= g.resumeDepth1
				}
				lastYield = -1
			}
		}
		if b.next != nil && g.fallsThrough(b) {
			todo = g.visitProtected(b.next, stack, todo)
		}
	}
	g.work = todo
}

// visitProtected enters a block with a stack of handlers, and queues it if it was
// not entered before.
func (g *graph) visitProtected(b *block, stack int32, todo []blockID) []blockID {
	if b.visited == g.traversal {
		return todo
	}
	b.visited = g.traversal
	b.excepts = stack
	return append(todo, b.id)
}
