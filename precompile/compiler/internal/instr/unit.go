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
	HiddenNames []*marshal.Value // locals of inlined comprehensions outside functions

	Code Seq
}

// Reset makes u an empty unit and keeps its memory.
func (u *Unit) Reset() {
	u.Code.Reset()
	*u = Unit{
		Consts: u.Consts.reset(), Names: u.Names.reset(), VarNames: u.VarNames.reset(),
		CellVars: u.CellVars.reset(), FreeVars: u.FreeVars.reset(), HiddenNames: u.HiddenNames[:0], Code: u.Code,
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

// ConstList are the constants of a unit in the order in which they were first
// used. Constants are told apart as objects: what is added has been merged.
type ConstList struct {
	Values []*marshal.Value
	index  map[*marshal.Value]int32
}

// scanned is the length up to which lists are searched without a map.
const scanned = 8

// Add returns the index of v, which it appends if it is new.
func (l *ConstList) Add(v *marshal.Value) int { return addTo(&l.Values, &l.index, v) }

func (l ConstList) reset() ConstList {
	clear(l.index)
	clear(l.Values)
	return ConstList{Values: l.Values[:0], index: l.index}
}

// NameList are distinct interned strings in the order in which they were first
// used. Being interned, they are told apart as objects.
type NameList struct {
	Values []*marshal.Value
	index  map[*marshal.Value]int32
}

// Add returns the index of an interned string, which it appends if it is new.
func (l *NameList) Add(v *marshal.Value) int { return addTo(&l.Values, &l.index, v) }

// Index returns the index of an interned string.
func (l *NameList) Index(v *marshal.Value) (i int, ok bool) {
	return find(l.Values, &l.index, v)
}

// Len returns the number of names.
func (l *NameList) Len() int { return len(l.Values) }

func (l NameList) reset() NameList {
	clear(l.index)
	clear(l.Values)
	return NameList{Values: l.Values[:0], index: l.index}
}

// addTo returns the index of v in a list, to which it appends v if it is not
// there.
func addTo(values *[]*marshal.Value, index *map[*marshal.Value]int32, v *marshal.Value) int {
	if i, ok := find(*values, index, v); ok {
		return i
	}
	i := len(*values)
	*values = append(*values, v)
	if len(*index) > 0 {
		(*index)[v] = int32(i)
	}
	return i
}

// find looks for v in a list. A long list gets a map; of an object that is in it
// twice the first place counts.
func find(values []*marshal.Value, index *map[*marshal.Value]int32, v *marshal.Value) (int, bool) {
	if len(values) <= scanned {
		for i, w := range values {
			if v == w {
				return i, true
			}
		}
		return 0, false
	}
	if len(*index) == 0 {
		if *index == nil {
			*index = map[*marshal.Value]int32{}
		}
		for i := len(values) - 1; i >= 0; i-- {
			(*index)[values[i]] = int32(i)
		}
	}
	i, ok := (*index)[v]
	return int(i), ok
}
