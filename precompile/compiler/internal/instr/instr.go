package instr

import "github.com/rules-precompile/precompile/precompile/internal/opcode"

// Loc is the source range of an instruction as PEP 657 stores it: lines are
// 1-based, columns are 0-based offsets into the line's UTF-8 bytes, the end is
// exclusive. A column of -1 means that none is known.
type Loc struct {
	Line, EndLine int32
	Col, EndCol   int32
}

// NoLoc is the location of an instruction that belongs to no line. The
// flowgraph gives it that of a neighbour where one can be told; where none can,
// the location table says so.
var NoLoc = Loc{-1, -1, -1, -1}

// NextLoc is resolved by the assembler, not the flowgraph: the instruction
// takes the location of the one that follows it. Only 3.14 and later know it.
var NextLoc = Loc{-2, -2, -2, -2}

// LineLoc is a whole line without columns, as the start of a scope has it.
func LineLoc(line int) Loc { return Loc{int32(line), int32(line), -1, -1} }

// Label names a place in a Seq that a jump, or the set-up of an exception
// handler, leads to. The zero Label names none.
type Label int32

// Instr is one pseudo-instruction. Where Op has a target (a jump, or the
// SETUP_… of a handler) Arg is a Label as long as codegen writes the sequence,
// and the index of an instruction after ResolveLabels.
type Instr struct {
	Op  opcode.Op
	Arg int32
	Loc Loc
}

// MaxArg bounds an argument, exclusively: four bytes of it are written at most,
// and CPython keeps two bits for itself.
const MaxArg = 1 << 30
