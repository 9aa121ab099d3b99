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
	byLabel := grow(&g.labels, int(g.maxLabel()+1))
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		if b.label >= 0 {
			byLabel[b.label] = b.id
		}
	}
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		code := g.targetsOf(b)
		for i := range code {
			n := &code[i]
			if g.kind[n.op]&kindTarget == 0 {
				continue
			}
			if int(n.arg) >= len(byLabel) || byLabel[n.arg] == 0 {
				panic(fmt.Sprintf("%v on line %d leads to no block", n.op, n.loc.Line))
			}
			n.target = byLabel[n.arg]
		}
	}
}

// markHandlers marks the blocks that exceptions lead to.
func (g *graph) markHandlers() {
	if g.has&kindSetup == 0 {
		return
	}
	for b := g.entry(); b != nil; b = g.blocks[b.next] {
		if !b.setups {
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
	todo := g.unvisit()
	entry := g.entry()
	entry.visited = true
	entry.excepts = 0
	todo = append(todo, entry.id)
	visit := func(id blockID, stack int32) {
		if b := g.blocks[id]; !b.visited {
			b.visited = true
			b.excepts = stack
			todo = append(todo, id)
		}
	}
	for len(todo) > 0 {
		b := g.blocks[todo[len(todo)-1]]
		todo = todo[:len(todo)-1]
		stack := b.excepts
		lastYield := int32(-1) // depth of the handler stack at the last yield
		for i := range b.code() {
			n := &b.mem[i]
			switch {
			case g.kind[n.op]&kindSetup != 0:
				visit(n.target, stack)
				if n.op != opcode.SetupFinally {
					g.blocks[n.target].lasti = true
				}
				g.excepts = append(g.excepts, except{n.target, stack, g.excepts[stack].depth + 1})
				stack = int32(len(g.excepts) - 1)
			case n.op == opcode.PopBlock:
				if stack == 0 {
					panic(fmt.Sprintf("POP_BLOCK on line %d closes nothing", n.loc.Line))
				}
				stack = g.excepts[stack].outer
				n.setOp(opcode.Nop)
			case g.kind[n.op]&kindJump != 0:
				n.except = g.excepts[stack].handler
				visit(n.target, stack)
			case n.op == opcode.ReturnGenerator:
				n.except = 0 // there is no frame yet that could handle anything
			case n.op == opcode.YieldValue:
				n.except = g.excepts[stack].handler
				lastYield = g.excepts[stack].depth
			case n.op == opcode.Resume:
				n.except = g.excepts[stack].handler
				if n.arg == resumeAtStart || g.features.GeneratorPreamble && n.arg == resumeAtGenExprStart {
					break
				}
				if lastYield == 1 {
					n.arg |= g.resumeDepth1
				}
				lastYield = -1
			default:
				n.except = g.excepts[stack].handler
			}
		}
		if b.next != 0 && g.fallsThrough(b) {
			visit(b.next, stack)
		}
	}
	g.work = todo
}
