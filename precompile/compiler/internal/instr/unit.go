package instr

import "github.com/rules-precompile/precompile/precompile/pyc/marshal"

// Unit is everything that the back end needs of one code unit (a module, class,
// function, lambda, comprehension or annotation scope): what codegen fills in.
type Unit struct {
	Name     *marshal.Value // str
	QualName *marshal.Value // str; nil is Name
	FileName *marshal.Value // str
	// FirstLine is co_firstlineno, 1-based.
	FirstLine int32
	// Flags is co_flags, but for what is computed later (CO_FAST_… kinds are no
	// flags).
	Flags Flags

	ArgCount    int32 // positional parameters that may also be named
	PosOnly     int32 // positional-only parameters
	KwOnly      int32 // keyword-only parameters
	NumParams   int32 // all parameters, *args and **kwargs too: the locals that are bound on entry
	Consts      ConstList
	Names       NameList // of globals, attributes, imports: co_names
	VarNames    NameList // locals, parameters first
	CellVars    NameList
	FreeVars    NameList
	HiddenNames NameList // locals of inlined comprehensions outside functions

	Code Seq
}

// Reset makes u an empty unit and keeps its memory. It goes field by field, for a unit is
// large to copy.
func (u *Unit) Reset() {
	u.Name, u.QualName, u.FileName = nil, nil, nil
	u.FirstLine, u.Flags = 0, 0
	u.ArgCount, u.PosOnly, u.KwOnly, u.NumParams = 0, 0, 0, 0
	u.Consts.reset()
	u.Names.reset()
	u.VarNames.reset()
	u.CellVars.reset()
	u.FreeVars.reset()
	u.HiddenNames.reset()
	u.Code.Reset()
}

// SetSerial tells the lists of u apart from all others that names and constants of the
// same compilation are added to, by n, which counts the units of the compilation from
// zero. It makes Add quick; without it, lists are searched.
func (u *Unit) SetSerial(n int) {
	lists := [...]*list{&u.Consts.list, &u.Names.list, &u.VarNames.list, &u.CellVars.list, &u.FreeVars.list}
	for i, l := range lists {
		if serial := n*len(lists) + i + 1; serial < 1<<serialBits {
			l.serial = uint32(serial)
		}
	}
}

// Flags are bits of co_flags (Include/cpython/code.h).
type Flags int32

// The flags. Those of future statements follow inspect's and __future__'s
// values.
const (
	Optimized         Flags = 0x0001
	NewLocals         Flags = 0x0002
	VarArgs           Flags = 0x0004
	VarKeywords       Flags = 0x0008
	Nested            Flags = 0x0010
	Generator         Flags = 0x0020
	Coroutine         Flags = 0x0080
	IterableCoroutine Flags = 0x0100
	AsyncGenerator    Flags = 0x0200

	FutureDivision        Flags = 0x0020000
	FutureAbsoluteImport  Flags = 0x0040000
	FutureWithStatement   Flags = 0x0080000
	FuturePrintFunction   Flags = 0x0100000
	FutureUnicodeLiterals Flags = 0x0200000
	FutureBarryAsBDFL     Flags = 0x0400000
	FutureGeneratorStop   Flags = 0x0800000
	FutureAnnotations     Flags = 0x1000000

	HasDocstring Flags = 0x4000000 // 3.14 and later
	Method       Flags = 0x8000000 // 3.14 and later
)

// AnyGenerator are the flags of code that runs in a frame of its own kind.
const AnyGenerator = Generator | Coroutine | AsyncGenerator
