package opcode

// Table is one CPython series' instructions. Tables are made by For, shared,
// and never change.
type Table struct {
	python       string // the release that was asked
	minor        int
	haveArgument int
	ops          [256]Op
	info         [NumOps]info

	cmpOps, intrinsics1, intrinsics2, specialMethods, commonConstants, functionFlags []string
	binaryOps                                                                        [][2]string
	cacheFormats                                                                     []cacheFormat
	codeFlags                                                                        []codeFlag
}

// info is what a version knows of one Op.
type info struct {
	number            int16 // the byte; beyond 0..255 for what only a compiler uses
	flags             Flags
	caches            uint8
	base              Op // of a specialised instruction
	max, fall, jump   effect
	popped, pushed    effect
	hasEffect, hasPop bool
}

type cacheFormat struct {
	op     Op
	fields []CacheField
}

type codeFlag struct {
	bit  uint32
	name string
}

// CacheField is a part of an instruction's inline cache.
type CacheField struct {
	Name string
	Size int // in code units of 2 bytes
}

// Flags are properties of an instruction, as Python's opcode module lists them.
type Flags uint16

// The flags. The kinds of argument (Const to JumpAbs) are those of
// opcode.hasconst and its siblings.
const (
	HasArg       Flags = 1 << iota // the oparg means something (opcode.hasarg)
	HasConst                       // the oparg indexes co_consts
	HasName                        // … co_names, perhaps shifted
	HasLocal                       // … the local variables
	HasFree                        // … the cells and free variables
	HasCompare                     // … the comparison operators
	HasJumpRel                     // the oparg is a distance
	HasJumpAbs                     // the oparg is a place
	HasExc                         // opens an exception handler (opcode.hasexc)
	EvalBreak                      // checks for signals and the like; known since 3.13
	Pseudo                         // used by compilers only, never in a .pyc
	Specialized                    // an adaptive interpreter's form, in memory only
	Instrumented                   // sys.monitoring's form, in memory only
	present                        // the version has the instruction
)

// MinMinor and MaxMinor are the oldest and newest 3.x that For knows.
const (
	MinMinor = 8
	MaxMinor = 15
)

// For returns the table of CPython 3.minor.
func For(minor int) (t *Table, ok bool) {
	switch minor {
	case 8:
		return &table38, true
	case 9:
		return &table39, true
	case 10:
		return &table310, true
	case 11:
		return &table311, true
	case 12:
		return &table312, true
	case 13:
		return &table313, true
	case 14:
		return &table314, true
	case 15:
		return &table315, true
	}
	return nil, false
}

// Python returns the release that the table was read from, such as "3.13.18".
func (t *Table) Python() string { return t.python }

// Minor returns the x of 3.x.
func (t *Table) Minor() int { return t.minor }

// HaveArgument returns opcode.HAVE_ARGUMENT: the first byte whose oparg counts
// in releases before 3.12. Later ones decide by instruction (HasArg).
func (t *Table) HaveArgument() int { return t.haveArgument }

// Op returns the instruction that byte b is, or None.
func (t *Table) Op(b byte) Op { return t.ops[b] }

// Has reports whether the version has op, in a .pyc or inside its compiler or
// interpreter.
func (t *Table) Has(op Op) bool { return t.at(op).flags&present != 0 }

// Byte returns the byte that op is in a .pyc. ok is false for what the version
// does not have and for what only its compiler uses.
func (t *Table) Byte(op Op) (b byte, ok bool) {
	i := t.at(op)
	if i.flags&(present|Pseudo) != present {
		return 0, false
	}
	return byte(i.number), true
}

// Number returns CPython's number of op: its byte, or for what only the
// compiler uses 256 and above (3.11: below zero).
func (t *Table) Number(op Op) (n int, ok bool) {
	i := t.at(op)
	return int(i.number), i.flags&present != 0
}

// Flags returns the properties of op; none for what the version does not have.
// A specialised instruction has the kinds of argument of its base under the
// base's Op (Base) only.
func (t *Table) Flags(op Op) Flags { return t.at(op).flags &^ present }

// HasArg reports whether op has the flag HasArg. The other short forms are
// alike.
func (t *Table) HasArg(op Op) bool { return t.at(op).flags&HasArg != 0 }

// HasConst reports whether op's oparg indexes the constants.
func (t *Table) HasConst(op Op) bool { return t.at(op).flags&HasConst != 0 }

// HasJump reports whether op can jump to its oparg.
func (t *Table) HasJump(op Op) bool { return t.at(op).flags&(HasJumpRel|HasJumpAbs) != 0 }

// HasTarget reports whether op refers to a place in the code: a jump, or the
// opening of an exception handler.
func (t *Table) HasTarget(op Op) bool { return t.HasJump(op) || op.IsBlockPush() }

// IsTerminator reports whether op must be the last of its basic block.
func (t *Table) IsTerminator(op Op) bool { return t.HasJump(op) || op.IsScopeExit() }

// HasEvalBreak reports whether op checks the eval breaker (known since 3.13).
func (t *Table) HasEvalBreak(op Op) bool { return t.at(op).flags&EvalBreak != 0 }

// IsPseudo reports whether op occurs inside the compiler only.
func (t *Table) IsPseudo(op Op) bool { return t.at(op).flags&Pseudo != 0 }

// Caches returns how many code units of 2 bytes of inline cache follow op.
func (t *Table) Caches(op Op) int { return int(t.at(op).caches) }

// Base returns the instruction that a specialised op stands for, and op itself
// for all others.
func (t *Table) Base(op Op) Op {
	if b := t.at(op).base; b != None {
		return b
	}
	return op
}

func (t *Table) at(op Op) *info {
	if op >= NumOps {
		op = None
	}
	return &t.info[op]
}

// CacheFormat returns the parts of op's inline cache, in order; nil for none.
func (t *Table) CacheFormat(op Op) []CacheField {
	if t.Caches(op) == 0 {
		return nil
	}
	for _, f := range t.cacheFormats {
		if f.op == op {
			return f.fields
		}
	}
	return nil
}

// CmpOp returns the comparison operator of index i ("<", "not in").
func (t *Table) CmpOp(i int) (string, bool) { return index(t.cmpOps, i) }

// BinaryOp returns what BINARY_OP i is: "NB_ADD" and "+".
func (t *Table) BinaryOp(i int) (name, symbol string, ok bool) {
	if uint(i) >= uint(len(t.binaryOps)) {
		return "", "", false
	}
	return t.binaryOps[i][0], t.binaryOps[i][1], true
}

// Intrinsic1 returns the name of CALL_INTRINSIC_1's function i.
func (t *Table) Intrinsic1(i int) (string, bool) { return index(t.intrinsics1, i) }

// Intrinsic2 returns the name of CALL_INTRINSIC_2's function i.
func (t *Table) Intrinsic2(i int) (string, bool) { return index(t.intrinsics2, i) }

// SpecialMethod returns the name of LOAD_SPECIAL's method i: "__enter__".
func (t *Table) SpecialMethod(i int) (string, bool) { return index(t.specialMethods, i) }

// CommonConstant returns LOAD_COMMON_CONSTANT's object i: the name of a builtin
// ("AssertionError"), or the repr of a constant ("None", "True", "-1").
func (t *Table) CommonConstant(i int) (string, bool) { return index(t.commonConstants, i) }

// FunctionFlag returns the name of bit i of the oparg of MAKE_FUNCTION, or of
// SET_FUNCTION_ATTRIBUTE since 3.13: "defaults".
func (t *Table) FunctionFlag(i int) (string, bool) { return index(t.functionFlags, i) }

// CodeFlag returns the name of one bit of co_flags: "OPTIMIZED" for 1.
func (t *Table) CodeFlag(bit uint32) (string, bool) {
	for _, f := range t.codeFlags {
		if f.bit == bit {
			return f.name, true
		}
	}
	return "", false
}

func index(list []string, i int) (string, bool) {
	if uint(i) >= uint(len(list)) {
		return "", false
	}
	return list[i], true
}
