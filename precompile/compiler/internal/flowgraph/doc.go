// Package flowgraph optimizes the instruction stream of a code unit as CPython
// does, and readies it for the assembler.
//
// # Model
//
// A unit's stream is cut into basic blocks: stretches of instructions of which
// only the last can jump or leave the scope. The blocks have an order, that of
// the final code; each has one successor in it (next) that it falls through
// into unless it ends in a jump or exit, and any number of targets. Instructions
// are changed in place, turned into NOPs to remove them, and NOPs are swept out
// between passes, if their lines can be spared.
//
// The order of CPython is the specification. What a pass finds depends on what
// the passes before it left behind: constants are numbered in the order in which
// they are first folded, and dropped in one sweep; an instruction appended to a
// block that once was longer inherits the exception handler of the slot that it
// lands in. So passes are run in CPython's order, blocks are visited in CPython's
// order, and blocks keep the memory of removed instructions (see block).
//
// # Layout
//
// passes.go has the pipelines, one ordered list a version with what holds the
// order, and the Optimizer, which is what other packages see. graph.go has the
// blocks. Every other file is a pass or a few that belong together:
//
//	handlers.go    targets of jumps, exception handlers of instructions
//	exits.go       inlining and duplication of exits, line numbers
//	nops.go        NOPs, jumps to the next block, unreachable blocks
//	peephole.go    short sequences, jumps to jumps, tests of constants
//	constants.go   the list of constants
//	folding.go     expressions and displays of constants
//	swaps.go       SWAP
//	locals.go      LOAD_FAST_CHECK, superinstructions
//	cold.go        handlers behind everything else
//	depth.go       the size of the stack
//	localsplus.go  cells and free variables, the start of the code
//	lower.go       pseudo-instructions, directions of conditional jumps
//	borrow.go      LOAD_FAST_BORROW
//	linear.go      the finished stream
//
// # What is gone past
//
// Most passes have nothing to do in most blocks, and many nothing in a whole unit. So
// each block, and the graph, has the union of the kinds of instruction that it may have
// (block.has): gathered as it is built, added to by whatever changes an instruction, and
// narrowed where a pass has seen all of a block. It may say too much, never too little,
// so that what a pass goes past by it is what the pass would have left as it is. The
// order of passes and of what they do is not touched by that.
//
// # Versions
//
// There are pipelines for 3.13, 3.14 and 3.15. A new one is a list in passes.go
// and, where passes differ inside, features.
//
// A pass that a version has or has not, and its place: the lists in passes.go. A
// small behaviour within a pass: a boolean of target.Features. Which instructions
// exist and what they do to the stack: the tables of package opcode; classes of
// instructions that a pass needs and the tables do not tell: Optimizer.kindOf.
//
// # Tests
//
// The oracle is CPython's own flowgraph, which _testinternalcapi exposes;
// testdata/oracle.py runs it. Goldens hold a sample, and the conformance tests
// compare the standard library. A difference is shown as the first instruction
// that differs with its neighbours; Optimizer.Trace shows the graph after each
// pass. All of these tests, and those named Twins, also run an Optimizer that goes past
// nothing (presumed), and compare the graphs after every pass.
package flowgraph
