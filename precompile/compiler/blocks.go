package compiler

import (
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// basicBlock is a run of instructions that is entered at its first and left after
// its last only, save for exceptions.
type basicBlock struct {
	first, end int
	from       []int // the blocks before it on a path, in order; not those that it handles
	falls      bool  // control goes on to the next block
	jumps      int   // the block that its last instruction jumps to, or -1
	handles    []int // the blocks with instructions whose exceptions it handles
}

// blocksOf cuts a finished stream into basic blocks. They are those of the flow
// graph after all passes, but for empty ones and for neighbours between which
// nothing enters or leaves.
func (s *stageWriter) blocksOf(l *instr.Linear) []basicBlock {
	leads := make([]bool, len(l.Instrs)+1)
	leads[0] = true
	for i, in := range l.Instrs {
		if s.table.HasTarget(in.Op) {
			leads[in.Arg] = true
		}
		if s.table.IsTerminator(in.Op) {
			leads[i+1] = true
		}
		if h := l.Handler(i).Target; h != instr.NoHandler {
			leads[h] = true
		}
	}
	var blocks []basicBlock
	s.blockAt = make([]int, len(l.Instrs)+1)
	for i := range l.Instrs {
		if leads[i] {
			blocks = append(blocks, basicBlock{first: i, jumps: -1})
		}
		blocks[len(blocks)-1].end = i + 1
		s.blockAt[i] = len(blocks) - 1
	}
	for n := range blocks {
		b := &blocks[n]
		last := l.Instrs[b.end-1]
		if s.table.HasTarget(last.Op) {
			b.jumps = s.blockAt[last.Arg]
			blocks[b.jumps].from = append(blocks[b.jumps].from, n)
		}
		b.falls = !last.Op.IsUnconditionalJump() && !last.Op.IsScopeExit() && n+1 < len(blocks)
		if b.falls && b.jumps != n+1 {
			blocks[n+1].from = append(blocks[n+1].from, n)
		}
		for i := b.first; i < b.end; i++ {
			if h := l.Handler(i).Target; h != instr.NoHandler {
				to := &blocks[s.blockAt[h]].handles
				if !slices.Contains(*to, n) {
					*to = append(*to, n)
				}
			}
		}
	}
	return blocks
}

// blocks writes a finished stream block by block, each with the ways into it and
// out of it.
func (s *stageWriter) blocks(u *instr.Unit, l *instr.Linear) {
	for n, b := range s.blocksOf(l) {
		s.printf(" block %d", n)
		s.list(" from", b.from)
		s.list(" handler of", b.handles)
		switch {
		case b.falls && b.jumps >= 0:
			s.printf(", to %d or %d", n+1, b.jumps)
		case b.falls:
			s.printf(", to %d", n+1)
		case b.jumps >= 0:
			s.printf(", to %d", b.jumps)
		}
		s.b = append(s.b, '\n')
		for i := b.first; i < b.end; i++ {
			s.instruction(u, i, l.Instrs[i], l.Handler(i))
		}
	}
	s.blockAt = nil
}

func (s *stageWriter) list(what string, blocks []int) {
	for i, n := range blocks {
		if i == 0 {
			s.printf(",%s %d", what, n)
		} else {
			s.printf(" %d", n)
		}
	}
}
