// Package instr is the language between the halves of the compiler's back end:
// pseudo-instructions with locations, and the constants and names that they
// refer to. Codegen writes it, the flowgraph rewrites it, the assembler reads
// it. Nothing here decides what a program compiles to, with one exception: the
// Pool, which decides which constants are one object.
//
// # For who writes it
//
// One Pool serves a whole compilation (a module with everything in it), one Unit
// each code object:
//
//	pool := instr.NewPool(instr.PoolOptionsFor(features, profile)) // Reset it for the next file
//	pool.DeclareNames(…)                          // every identifier of the source
//	u.Reset()
//	u.Name, u.FileName, u.FirstLine, u.Flags, … = …
//	l := u.Code.NewLabel()
//	u.Code.AddArg(loc, opcode.LoadConst, u.Consts.Add(pool.Merge(value)))
//	u.Code.AddArg(loc, opcode.LoadName, u.Names.Add(pool.Name("x")))
//	u.Code.AddJump(loc, opcode.PopJumpIfFalse, l)
//	…
//	u.Code.Place(l)
//	u.Code.Add(loc, opcode.ReturnValue)
//	lin := optimizer.Run(u, pool)                 // package flowgraph
//	code := assembler.Assemble(u, lin, pool)      // package assemble
//
// The stream is the one that _testinternalcapi.compiler_codegen shows, after
// the final return was added: jumps without direction (JUMP), handlers opened
// by SETUP_FINALLY, SETUP_CLEANUP and SETUP_WITH and closed by POP_BLOCK, cells
// addressed from zero (cells first, then free variables), no prefix of MAKE_CELL
// or COPY_FREE_VARS. NOPs that carry a line are kept where a line must stay
// visible to tracing. Every stream ends in an instruction that leaves the scope.
//
// # Objects
//
// The marshalled bytes show which objects are one, so the model is literal:
//
//   - a name is a Value from Pool.Name, and equal names are one Value; all
//     identifiers of the source are declared to the Pool first, since the parser
//     interns them before anything is compiled;
//   - a constant is made where CPython makes it (as a node of the syntax tree,
//     or by folding) and becomes Pool.Merge(constant) where CPython enters it
//     into its cache, which is when an instruction that loads it is emitted. The
//     qualified name of a class or function is a new object for each, Unit.QualName,
//     and where a class body loads it, it is Merge of that object;
//   - tuples of names, tables and bytecode go through Pool.MergeOne in the
//     assembler;
//   - small ints, one-character strings, the empty tuple and the like are one
//     object each: Pool.Int and its siblings give that, and the marshal writer takes
//     equal ones as one.
//
// Merge changes tuples in place. A Value of the syntax tree that occurs in a
// constant belongs to the Pool's compilation from then on.
//
// # Versions
//
// The language is one for all versions. What differs is which Ops occur (the
// opcode tables), PoolOptions, and the fields that only some versions fill in
// (Seq.Annotations; Flags).
package instr
