package flowgraph

import "github.com/rules-precompile/precompile/precompile/internal/opcode"

// shortenSwaps replaces the run of SWAPs and NOPs that starts at index i by the
// shortest run with the same effect, the SWAPs last, and returns the index of
// its end.
//
// The run permutes the top of the stack. A permutation is a set of cycles; as a
// SWAP always moves the top, each cycle that the top is not part of costs one
// SWAP to bring it in. The SWAPs are found in reverse, so they are written from
// the end of the run.
func (g *graph) shortenSwaps(b *block, i int) int {
	run := b.code()[i:]
	depth, n, more := run[0].arg, 1, false
	for ; n < len(run); n++ {
		if run[n].op == opcode.Swap {
			depth = max(depth, run[n].arg)
			more = true
		} else if run[n].op != opcode.Nop {
			break
		}
	}
	if !more {
		return i
	}
	run = run[:n]
	stack := grow(&g.ints, int(depth))
	for j := range stack {
		stack[j] = int32(j)
	}
	for _, in := range run {
		if in.op == opcode.Swap {
			stack[0], stack[in.arg-1] = stack[in.arg-1], stack[0]
		}
	}
	const done = -1
	at := n - 1
	for j := range stack {
		if stack[j] == done || stack[j] == int32(j) {
			continue
		}
		for k := int32(j); ; {
			if k != 0 {
				g.setArg(b, &run[at], opcode.Swap, k+1)
				at--
			}
			if stack[k] == done {
				break
			}
			k, stack[k] = stack[k], done
		}
	}
	for ; at >= 0; at-- {
		g.remove(b, &run[at])
	}
	return i + n - 1
}

// swappable reports whether an instruction does no more than take the top of
// the stack, so that two of them can change places.
func swappable(op opcode.Op) bool {
	return op == opcode.StoreFast || op == opcode.StoreFastMaybeNull || op == opcode.PopTop
}

// storesTo returns the local that n stores to, or -1.
func storesTo(n *node) int32 {
	if n.op == opcode.StoreFast || n.op == opcode.StoreFastMaybeNull {
		return n.arg
	}
	return -1
}

// nextSwappable returns the index of the swappable instruction after index i,
// only NOPs in between, or -1. Where line is not negative, all must be on it:
// exchanging stores across lines would show to tracing.
func nextSwappable(b *block, i int, line int32) int {
	for i++; i < int(b.n); i++ {
		n := &b.mem[i]
		if line >= 0 && n.loc.Line != line {
			return -1
		}
		if n.op == opcode.Nop {
			continue
		}
		if swappable(n.op) {
			return i
		}
		return -1
	}
	return -1
}

// applySwaps removes SWAPs from index i backwards by exchanging the two
// instructions that take the values which the SWAP exchanges.
func (g *graph) applySwaps(b *block, i int) {
	for ; i >= 0; i-- {
		swap := &b.mem[i]
		if swap.op != opcode.Swap {
			if swap.op == opcode.Nop || swappable(swap.op) {
				continue
			}
			return
		}
		j := nextSwappable(b, i, -1)
		if j < 0 {
			return
		}
		k, line := j, b.mem[j].loc.Line
		for count := swap.arg - 1; count > 0; count-- {
			if k = nextSwappable(b, k, line); k < 0 {
				return
			}
		}
		// Stores to one local must keep their order.
		to1, to2 := storesTo(&b.mem[j]), storesTo(&b.mem[k])
		if to1 >= 0 || to2 >= 0 {
			if to1 == to2 {
				return
			}
			for x := j + 1; x < k; x++ {
				if to := storesTo(&b.mem[x]); to >= 0 && (to == to1 || to == to2) {
					return
				}
			}
		}
		g.remove(b, swap)
		b.mem[j], b.mem[k] = b.mem[k], b.mem[j]
	}
}
