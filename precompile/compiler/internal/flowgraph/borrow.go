package flowgraph

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// ref is a reference on the stack that an instruction has pushed which could borrow it.
type ref struct {
	at    int32 // its place, counted from the bottom of the stack
	by    int32 // index of the instruction in the block
	local int32 // the local that it was loaded from, or notLocal
}

const notLocal = -1

// borrowLocals turns LOAD_FAST into LOAD_FAST_BORROW where the reference that
// it pushes is consumed within the block, before its local is changed, and is
// not stored as a local itself. Blocks are looked at one by one; of the references
// that are on the stack on entry nothing is known.
func (g *graph) borrowLocals() {
	if g.has&kindBorrows == 0 {
		return
	}
	work := g.traverse()
	entry := g.entry()
	entry.depth = 0
	work = g.visit(entry, work)
	for len(work) > 0 {
		b := g.blocks[work[len(work)-1]]
		work = work[:len(work)-1]
		if b.has&kindBorrows != 0 {
			g.borrowLocalsIn(b)
		}
		code := b.code()
		for i := b.firstTarget(); i < len(code); i++ {
			if n := &code[i]; g.kind[n.op]&kindTarget != 0 {
				work = g.visit(g.blocks[n.target], work)
			}
		}
		if b.next != nil && g.fallsThrough(b) && (b.n > 0 || g.features.EmptyBlocksPassed) {
			work = g.visit(b.next, work)
		}
	}
	g.work = work
}

func (g *graph) borrowLocalsIn(b *block) {
	code := b.code()
	s := borrowing{refs: g.refs[:0], owned: grow(&g.marks, len(code)), depth: b.depth}
	loads := g.loads[:0]
	for i := range code {
		n := &code[i]
		if len(s.refs) == 0 && g.kind[n.op]&(kindKeeps|kindBorrows) == 0 {
			continue // whatever it does is done to references that are not looked at
		}
		if u := &g.uses[n.op]; u.plain {
			s.drop(u.popped.Of(n.arg))
			s.depth += u.pushed.Of(n.arg)
			continue
		}
		switch n.op {
		case opcode.DeleteFast:
			s.kill(n.arg)
		case opcode.LoadFast:
			loads = append(loads, int32(i))
			s.push(int32(i), n.arg)
		case opcode.LoadFastAndClear:
			s.kill(n.arg)
			s.depth++
		case opcode.LoadFastLoadFast:
			loads = append(loads, int32(i))
			s.push(int32(i), n.arg>>4)
			s.push(int32(i), n.arg&15)
		case opcode.StoreFast:
			s.store(n.arg)
		case opcode.StoreFastLoadFast:
			s.store(n.arg >> 4)
			s.depth++
		case opcode.StoreFastStoreFast:
			s.store(n.arg >> 4)
			s.store(n.arg & 15)
		case opcode.Copy:
			if at := s.find(s.depth - n.arg); at >= 0 {
				s.push(s.refs[at].by, s.refs[at].local)
			} else {
				s.depth++
			}
		case opcode.Swap:
			s.swap(n.arg)

		// Instructions that leave some of what they use on the stack.
		case opcode.DictMerge, opcode.DictUpdate, opcode.ListAppend, opcode.ListExtend, opcode.MapAdd,
			opcode.Reraise, opcode.SetAdd, opcode.SetUpdate:
			popped, pushed := g.stackUse(n)
			s.drop(popped - pushed)
		case opcode.EndSend, opcode.SetFunctionAttribute:
			top, ok := s.pop()
			popped, _ := g.stackUse(n)
			s.drop(popped - 1)
			s.pushAgain(top, ok)
		case opcode.CheckExcMatch:
			s.drop(1)
			s.depth++
		case opcode.ForIter:
			s.depth++
		case opcode.LoadAttr, opcode.LoadSuperAttr:
			self, ok := s.pop()
			if n.op == opcode.LoadSuperAttr {
				s.drop(2)
			}
			s.depth++
			if n.arg&1 != 0 { // a method: self may be pushed again
				s.pushAgain(self, ok)
			}
		case opcode.LoadSpecial, opcode.PushExcInfo:
			top, ok := s.pop()
			s.depth++
			s.pushAgain(top, ok)
		case opcode.Send:
			s.drop(1)
			s.depth++
		default:
			popped, pushed := g.stackUse(n)
			switch k := g.kind[n.op]; {
			case k&kindKeeps != 0:
				for j := range pushed - popped {
					if g.features.PushedByCounter {
						s.push(j, notLocal)
					} else {
						s.depth++
					}
				}
			case k&kindSetup == 0:
				s.drop(popped)
				s.depth += pushed
			}
		}
	}
	for _, r := range s.refs {
		s.owned[r.by] = 1
	}
	for _, i := range loads {
		if s.owned[i] != 0 {
			continue
		}
		switch n := &code[i]; n.op {
		case opcode.LoadFast:
			g.setArg(b, n, opcode.LoadFastBorrow, n.arg)
		case opcode.LoadFastLoadFast:
			g.setArg(b, n, opcode.LoadFastBorrowLoadFastBorrow, n.arg)
		}
	}
	g.loads, g.refs = loads, s.refs
}

// borrowing is the state of a block that is looked at: the stack, of which only the
// references count that an instruction of the block could borrow.
type borrowing struct {
	depth int32
	refs  []ref   // the lowest first
	owned []uint8 // by instruction: what it pushes must be owned
}

// push pushes a reference.
func (s *borrowing) push(by, local int32) {
	s.refs = append(s.refs, ref{s.depth, by, local})
	s.depth++
}

// pushAgain pushes what pop returned.
func (s *borrowing) pushAgain(r ref, ok bool) {
	if ok {
		s.push(r.by, r.local)
	} else {
		s.depth++
	}
}

// pop takes the top off the stack; ok says that it is one that counts.
func (s *borrowing) pop() (r ref, ok bool) {
	s.depth--
	if last := len(s.refs) - 1; last >= 0 && s.refs[last].at == s.depth {
		r, s.refs = s.refs[last], s.refs[:last]
		return r, true
	}
	return ref{}, false
}

// drop takes n values off the stack.
func (s *borrowing) drop(n int32) {
	s.depth -= n
	last := len(s.refs)
	for last > 0 && s.refs[last-1].at >= s.depth {
		last--
	}
	s.refs = s.refs[:last]
}

// find returns the index of the reference at a place of the stack, or -1.
func (s *borrowing) find(at int32) int {
	for i := len(s.refs) - 1; i >= 0 && s.refs[i].at >= at; i-- {
		if s.refs[i].at == at {
			return i
		}
	}
	return -1
}

// swap exchanges the top with the value n deep, which is itself for 1.
func (s *borrowing) swap(n int32) {
	top, other := s.find(s.depth-1), s.find(s.depth-n)
	switch {
	case top >= 0 && other >= 0:
		a, b := &s.refs[top], &s.refs[other]
		a.by, a.local, b.by, b.local = b.by, b.local, a.by, a.local
	case top >= 0: // sinks below those above its new place
		r := s.refs[top]
		r.at = s.depth - n
		for ; top > 0 && s.refs[top-1].at > r.at; top-- {
			s.refs[top] = s.refs[top-1]
		}
		s.refs[top] = r
	case other >= 0: // rises to the top
		r := s.refs[other]
		r.at = s.depth - 1
		copy(s.refs[other:], s.refs[other+1:])
		s.refs[len(s.refs)-1] = r
	}
}

// kill says that a local changes: references that were loaded from it must be owned.
func (s *borrowing) kill(local int32) {
	for _, r := range s.refs {
		if r.local == local {
			s.owned[r.by] = 1
		}
	}
}

// store takes the top, which must be owned, into a local.
func (s *borrowing) store(local int32) {
	r, ok := s.pop()
	s.kill(local)
	if ok {
		s.owned[r.by] = 1
	}
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
func (g *graph) stackUse(n *node) (popped, pushed int32) {
	pop, push, ok := g.table.StackUse(n.op, int(n.arg))
	if !ok {
		panic(fmt.Sprintf("%v with argument %d has no known stack use", n.op, n.arg))
	}
	return int32(pop), int32(push)
}
