package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// ref is an abstract reference on the stack.
type ref struct {
	by    int32 // index of the instruction in the block that pushed it, or unknown
	local int32 // the local that it was loaded from, or notLocal
}

const (
	unknown  = -1
	notLocal = -1
)

// borrowLocals turns LOAD_FAST into LOAD_FAST_BORROW where the reference that
// it pushes is consumed within the block, before its local is changed, and is
// not stored as a local itself. Each block is executed on abstract references;
// of those that are on the stack on entry nothing is known.
func (g *graph) borrowLocals() {
	if g.has&(kindLocal|kindCell) == 0 { // LOAD_CLOSURE is a LOAD_FAST by now
		return
	}
	work := g.traverse()
	entry := g.entry()
	entry.depth = 0
	work = g.visit(entry, work)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]

		if b.has&kindLocal == 0 {
			// Nothing here can be borrowed, so that only the way on counts.
			code := b.code()
			for i := b.firstTarget(); i < len(code); i++ {
				if n := &code[i]; g.kind[n.op]&kindTarget != 0 {
					work = g.visit(g.blocks[n.target], work)
				}
			}
			if b.next != nil && g.fallsThrough(b) && (b.n > 0 || g.features.EmptyBlocksPassed) {
				work = g.visit(b.next, work)
			}
			continue
		}
		owned := grow(&g.marks, int(b.n)) // by instruction: what it pushes must be owned
		loads := g.loads[:0]              // the instructions that may borrow
		refs := g.refs[:0]
		for range b.depth {
			refs = append(refs, ref{unknown, notLocal})
		}
		pop := func() ref {
			r := refs[len(refs)-1]
			refs = refs[:len(refs)-1]
			return r
		}
		kill := func(local int32) {
			for _, r := range refs {
				if r.local == local {
					owned[r.by] = 1
				}
			}
		}
		store := func(local int32) {
			r := pop()
			kill(local)
			if r.by != unknown {
				owned[r.by] = 1
			}
		}
		code := b.code()
		for i := range code {
			n := &code[i]
			by := ref{int32(i), notLocal}
			if u := &g.uses[n.op]; u.plain {
				refs = refs[:len(refs)-int(u.popped.Of(n.arg))]
				for range u.pushed.Of(n.arg) {
					refs = append(refs, by)
				}
				continue
			}
			switch n.op {
			case opcode.DeleteFast:
				kill(n.arg)
			case opcode.LoadFast:
				loads = append(loads, int32(i))
				refs = append(refs, ref{int32(i), n.arg})
			case opcode.LoadFastAndClear:
				kill(n.arg)
				refs = append(refs, ref{int32(i), n.arg})
			case opcode.LoadFastLoadFast:
				loads = append(loads, int32(i))
				refs = append(refs, ref{int32(i), n.arg >> 4}, ref{int32(i), n.arg & 15})
			case opcode.StoreFast:
				store(n.arg)
			case opcode.StoreFastLoadFast:
				store(n.arg >> 4)
				refs = append(refs, ref{int32(i), n.arg & 15})
			case opcode.StoreFastStoreFast:
				store(n.arg >> 4)
				store(n.arg & 15)
			case opcode.Copy:
				refs = append(refs, refs[len(refs)-int(n.arg)])
			case opcode.Swap:
				top, other := len(refs)-1, len(refs)-int(n.arg)
				refs[top], refs[other] = refs[other], refs[top]

			// Instructions that leave some of what they use on the stack.
			case opcode.DictMerge, opcode.DictUpdate, opcode.ListAppend, opcode.ListExtend, opcode.MapAdd,
				opcode.Reraise, opcode.SetAdd, opcode.SetUpdate:
				popped, pushed := g.stackUse(n)
				refs = refs[:len(refs)-(popped-pushed)]
			case opcode.EndSend, opcode.SetFunctionAttribute:
				top := pop()
				popped, _ := g.stackUse(n)
				refs = append(refs[:len(refs)-(popped-1)], top)
			case opcode.CheckExcMatch:
				pop()
				refs = append(refs, by)
			case opcode.ForIter:
				work = g.visit(g.blocks[n.target], work)
				refs = append(refs, by)
			case opcode.LoadAttr, opcode.LoadSuperAttr:
				self := pop()
				if n.op == opcode.LoadSuperAttr {
					refs = refs[:len(refs)-2]
				}
				refs = append(refs, by)
				if n.arg&1 != 0 { // a method: self may be pushed again
					refs = append(refs, self)
				}
			case opcode.LoadSpecial, opcode.PushExcInfo:
				top := pop()
				refs = append(refs, by, top)
			case opcode.Send:
				work = g.visit(g.blocks[n.target], work)
				pop()
				refs = append(refs, by)
			default:
				popped, pushed := g.stackUse(n)
				if g.kind[n.op]&kindKeeps != 0 {
					for j := range pushed - popped {
						if g.features.PushedByCounter {
							by.by = int32(j)
						}
						refs = append(refs, by)
					}
					break
				}
				if g.kind[n.op]&kindTarget != 0 {
					work = g.visit(g.blocks[n.target], work)
				}
				if g.kind[n.op]&kindSetup == 0 {
					refs = refs[:len(refs)-popped]
					for range pushed {
						refs = append(refs, by)
					}
				}
			}
		}
		if b.next != nil && g.fallsThrough(b) && (b.n > 0 || g.features.EmptyBlocksPassed) {
			work = g.visit(b.next, work)
		}
		for _, r := range refs {
			if r.by != unknown {
				owned[r.by] = 1
			}
		}
		for _, i := range loads {
			if owned[i] != 0 {
				continue
			}
			switch n := &code[i]; n.op {
			case opcode.LoadFast:
				g.setArg(b, n, opcode.LoadFastBorrow, n.arg)
			case opcode.LoadFastLoadFast:
				g.setArg(b, n, opcode.LoadFastBorrowLoadFastBorrow, n.arg)
			}
		}
		g.loads, g.refs = loads, refs
	}
	g.work = work
}

// use is how many values an Op takes off the stack and puts on it. It is plain where
// these numbers are all that borrowLocals needs to know of the Op.
type use struct {
	popped, pushed opcode.Linear
	plain          bool
}

func (o *Optimizer) useOf(op opcode.Op) use {
	switch op {
	case opcode.Copy, opcode.Swap, opcode.DictMerge, opcode.DictUpdate, opcode.ListAppend, opcode.ListExtend, opcode.MapAdd,
		opcode.Reraise, opcode.SetAdd, opcode.SetUpdate, opcode.EndSend, opcode.SetFunctionAttribute, opcode.CheckExcMatch,
		opcode.ForIter, opcode.LoadAttr, opcode.LoadSuperAttr, opcode.LoadSpecial, opcode.PushExcInfo, opcode.Send,
		opcode.LoadFastLoadFast, opcode.StoreFastLoadFast, opcode.StoreFastStoreFast:
		return use{}
	}
	if o.kind[op]&(kindLocal|kindKeeps|kindTarget) != 0 {
		return use{}
	}
	popped, pushed, ok := o.table.LinearUse(op)
	return use{popped, pushed, ok}
}

// stackUse returns how many values n takes off the stack and puts on it.
func (g *graph) stackUse(n *node) (popped, pushed int) {
	popped, pushed, ok := g.table.StackUse(n.op, int(n.arg))
	if !ok {
		panic(fmt.Sprintf("%v with argument %d has no known stack use", n.op, n.arg))
	}
	return popped, pushed
}
