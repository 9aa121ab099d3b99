package assemble

import (
	"fmt"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
)

// emitExceptions writes the exception table: for each stretch of code that one
// handler protects its start, length, the handler (all in code units), and
// depth<<1|lasti, where depth is that to which the stack is unwound and lasti
// says that the offset of the instruction that raised is pushed. Numbers are six
// bits a byte, the highest first, with bit 6 where more follow; bit 7 marks the
// first byte of an entry. (Objects/exception_handling_notes.txt)
func (a *Assembler) emitExceptions(l *instr.Linear) {
	a.excepts = a.excepts[:0]
	if len(l.Handlers) == 0 {
		return
	}
	current := instr.Handler{Target: instr.NoHandler}
	start := int32(0)
	for i := range l.Handlers {
		if h := &l.Handlers[i]; h.Target != current.Target {
			a.exceptionEntry(start, a.offsets[i], current)
			start, current = a.offsets[i], *h
		}
	}
	a.exceptionEntry(start, a.offsets[len(l.Handlers)], current)
}

func (a *Assembler) exceptionEntry(start, end int32, h instr.Handler) {
	if h.Target == instr.NoHandler {
		return
	}
	depth := h.Depth - 1
	lasti := int32(0)
	if h.Lasti {
		depth--
		lasti = 1
	}
	if depth < 0 {
		panic(fmt.Sprintf("assemble: the handler at instruction %d is entered with a stack of %d", h.Target, h.Depth))
	}
	a.exceptionNumber(start, 0x80)
	a.exceptionNumber(end-start, 0)
	a.exceptionNumber(a.offsets[h.Target], 0)
	a.exceptionNumber(depth<<1|lasti, 0)
}

func (a *Assembler) exceptionNumber(v int32, first byte) {
	for shift := 24; shift > 0; shift -= 6 {
		if v>>shift != 0 {
			a.excepts = append(a.excepts, byte(v>>shift)&0x3f|0x40|first)
			first = 0
		}
	}
	a.excepts = append(a.excepts, byte(v)&0x3f|first)
}
