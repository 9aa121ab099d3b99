package instr

// Linear is the finished instruction stream of a unit: what the flowgraph hands
// to the assembler. Only real instructions are left, but for jumps whose
// direction is open (JUMP, JUMP_NO_INTERRUPT). The Arg of a jump is the index of
// an instruction.
type Linear struct {
	Instrs []Instr
	// Handlers has for each instruction the handler that runs if it raises. It is
	// empty where nothing is protected.
	Handlers []Handler
	// StackSize is the depth that the stack can reach.
	StackSize int32
	// NumLocalsPlus is the number of locals, cells and free variables, those
	// that are local and cell counted once.
	NumLocalsPlus int32
}

// Handler returns the handler of the instruction at index i.
func (l *Linear) Handler(i int) Handler {
	if len(l.Handlers) == 0 {
		return Handler{Target: NoHandler}
	}
	return l.Handlers[i]
}

// Handler is where control goes when an instruction raises.
type Handler struct {
	Target int32 // index of an instruction; NoHandler for none
	Depth  int32 // of the stack on entry of the handler, what is pushed for it included
	Lasti  bool  // the offset of the instruction that raised is among what is pushed
}

// NoHandler is the Target of an instruction that no handler protects.
const NoHandler = -1
