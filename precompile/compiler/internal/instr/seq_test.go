package instr

import (
	"slices"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// TestLabels: labels become indices, and what is inserted before a label's place
// moves it along.
func TestLabels(t *testing.T) {
	table, _ := opcode.For(13)
	var s Seq
	end, handler := s.NewLabel(), s.NewLabel()
	s.AddJump(NoLoc, opcode.PopJumpIfFalse, end)
	s.Add(NoLoc, opcode.Nop)
	s.Place(end)
	s.Add(NoLoc, opcode.ReturnValue)
	s.Place(handler)
	s.AddArg(NoLoc, opcode.Reraise, 1)
	s.InsertJump(0, NoLoc, opcode.SetupCleanup, handler)
	s.ResolveLabels()
	s.ResolveLabels()
	if jumps := s.Jumps(table); !slices.Equal(jumps, []int32{0, 1}) || !slices.Equal(Resolved(s.Instrs).Jumps(table), jumps) {
		t.Errorf("the jumps are at %v, want 0 and 1", jumps)
	}
	if s.Instrs[0].Arg != 4 || s.Instrs[1].Arg != 3 {
		t.Errorf("targets are %d and %d, want 4 and 3", s.Instrs[0].Arg, s.Instrs[1].Arg)
	}
}

func TestUnplacedLabel(t *testing.T) {
	var s Seq
	s.AddJump(NoLoc, opcode.Jump, s.NewLabel())
	defer func() {
		if recover() == nil {
			t.Error("a label without a place went through")
		}
	}()
	s.ResolveLabels()
}

// TestLimit: a sequence takes as many instructions as its limit says, also in memory
// that had room for more.
func TestLimit(t *testing.T) {
	var s Seq
	added := func() (n int) {
		defer func() {
			if r := recover(); r != (TooLong{}) {
				t.Errorf("the panic is %v", r)
			}
		}()
		for ; ; n++ {
			s.Add(NoLoc, opcode.Nop)
		}
	}
	for _, limit := range []int{1000, 10, 300} {
		s.Reset()
		s.SetLimit(limit)
		if n := added(); n != limit {
			t.Errorf("%d instructions went in, the limit is %d", n, limit)
		}
	}
	s.Reset()
	s.SetLimit(0)
	for range 2000 {
		s.Add(NoLoc, opcode.Nop)
	}
}
