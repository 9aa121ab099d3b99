package opcode

// Op names an instruction in any version. The zero value, None, is no
// instruction: what a byte without a meaning maps to.
type Op uint16

// None is the Op of bytes that are no instruction of a version.
const None Op = 0

// String returns the name that CPython's opcode module has, such as
// "LOAD_CONST"; "None" for None.
func (op Op) String() string {
	if op >= NumOps {
		return "None"
	}
	return opNames[opNameEnds[op]:opNameEnds[op+1]]
}

// Lookup returns the Op of a name such as "LOAD_CONST".
func Lookup(name string) (Op, bool) {
	lo, hi := Op(1), NumOps
	for lo < hi {
		mid := (lo + hi) / 2
		switch s := mid.String(); {
		case s == name:
			return mid, true
		case s < name:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return None, false
}

// IsBlockPush reports whether op opens the range of an exception handler: the
// compiler's SETUP_FINALLY, SETUP_CLEANUP and SETUP_WITH (and, up to 3.10, the
// real instructions of these names).
func (op Op) IsBlockPush() bool {
	return op == SetupFinally || op == SetupCleanup || op == SetupWith
}

// IsScopeExit reports whether op leaves its frame.
func (op Op) IsScopeExit() bool {
	return op == ReturnValue || op == ReturnConst || op == RaiseVarargs || op == Reraise
}

// IsUnconditionalJump reports whether op always jumps, as an instruction of a
// .pyc or as a compiler's.
func (op Op) IsUnconditionalJump() bool {
	switch op {
	case Jump, JumpNoInterrupt, JumpForward, JumpBackward, JumpBackwardNoInterrupt, JumpAbsolute:
		return true
	}
	return false
}

// IsAssembler reports whether only the assembler makes op: codegen and the
// flow graph use a form without direction.
func (op Op) IsAssembler() bool {
	switch op {
	case JumpForward, JumpBackward, JumpBackwardNoInterrupt,
		PopJumpForwardIfTrue, PopJumpForwardIfFalse, PopJumpForwardIfNone, PopJumpForwardIfNotNone,
		PopJumpBackwardIfTrue, PopJumpBackwardIfFalse, PopJumpBackwardIfNone, PopJumpBackwardIfNotNone:
		return true
	}
	return false
}

// IsBackwardJump reports whether the oparg of op counts backwards.
// END_ASYNC_FOR, whose oparg leads back to its SEND since 3.14, is not counted
// as a jump here, as it never jumps.
func (op Op) IsBackwardJump() bool {
	switch op {
	case JumpBackward, JumpBackwardNoInterrupt,
		PopJumpBackwardIfTrue, PopJumpBackwardIfFalse, PopJumpBackwardIfNone, PopJumpBackwardIfNotNone:
		return true
	}
	return false
}
