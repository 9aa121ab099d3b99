package marshal

// Code is the fields of a code object, of every version at once. Which of them
// a version has, Profile.HasLocalsPlus and Profile.HasQualname say; the object
// fields that it has not are nil, the numbers zero.
//
// Unmarshal checks the types as CPython's constructor does: the tuples are
// tuples, those of names hold str objects, the tables are bytes objects.
type Code struct {
	ArgCount        int32
	PosOnlyArgCount int32
	KwOnlyArgCount  int32
	NLocals         int32 // on the wire to 3.10 only; see LocalCount
	StackSize       int32
	Flags           int32
	FirstLineNo     int32

	Bytecode *Value // bytes: co_code
	Consts   *Value // tuple
	Names    *Value // tuple of str

	VarNames *Value // tuple of str, to 3.10 and PyPy
	FreeVars *Value // tuple of str, to 3.10 and PyPy
	CellVars *Value // tuple of str, to 3.10 and PyPy

	LocalsPlusNames *Value // tuple of str, 3.11+
	LocalsPlusKinds *Value // bytes, 3.11+: one byte a name, see the Local constants

	FileName       *Value // str
	Name           *Value // str
	QualName       *Value // str, 3.11+ and PyPy
	LineTable      *Value // bytes: co_linetable, or co_lnotab before 3.10
	ExceptionTable *Value // bytes, 3.11+
}

// The bits of a byte of LocalsPlusKinds (Include/internal/pycore_code.h). The
// three of arguments are set from 3.14 on.
const (
	LocalArgPos = 0x02
	LocalArgKw  = 0x04
	LocalArgVar = 0x08
	LocalHidden = 0x10
	LocalFast   = 0x20
	LocalCell   = 0x40
	LocalFree   = 0x80
)

// objectFields is the most object fields that a layout has.
const objectFields = 11

// objects returns pointers to the object fields in wire order, and how many
// there are; firstLineNo is the index of the one that the line number precedes.
func (c *Code) objects(l codeLayout) (fields [objectFields]**Value, n, firstLineNo int) {
	switch l {
	case layoutLocalsPlus:
		return [objectFields]**Value{
			&c.Bytecode, &c.Consts, &c.Names, &c.LocalsPlusNames, &c.LocalsPlusKinds, &c.FileName, &c.Name, &c.QualName,
			&c.LineTable, &c.ExceptionTable,
		}, 10, 8
	case layoutPyPy:
		return [objectFields]**Value{
			&c.Bytecode, &c.Consts, &c.Names, &c.VarNames, &c.FreeVars, &c.CellVars, &c.FileName, &c.Name, &c.QualName,
			&c.LineTable, &c.ExceptionTable,
		}, 11, 9
	}
	return [objectFields]**Value{
		&c.Bytecode, &c.Consts, &c.Names, &c.VarNames, &c.FreeVars, &c.CellVars, &c.FileName, &c.Name,
		&c.LineTable,
	}, 9, 8
}

// numbers returns pointers to the number fields that stand before the objects.
func (c *Code) numbers(l codeLayout) (fields [6]*int32, n int) {
	if l == layoutLocalsPlus {
		return [6]*int32{&c.ArgCount, &c.PosOnlyArgCount, &c.KwOnlyArgCount, &c.StackSize, &c.Flags}, 5
	}
	return [6]*int32{&c.ArgCount, &c.PosOnlyArgCount, &c.KwOnlyArgCount, &c.NLocals, &c.StackSize, &c.Flags}, 6
}

// LocalNames returns what co_varnames has.
func (c *Code) LocalNames() []string { return c.namesOf(c.VarNames, LocalFast) }

// CellNames returns what co_cellvars has.
func (c *Code) CellNames() []string { return c.namesOf(c.CellVars, LocalCell) }

// FreeNames returns what co_freevars has.
func (c *Code) FreeNames() []string { return c.namesOf(c.FreeVars, LocalFree) }

// LocalCount returns co_nlocals, which 3.11 and later compute.
func (c *Code) LocalCount() int {
	if c.LocalsPlusKinds == nil {
		return int(c.NLocals)
	}
	n := 0
	for i := 0; i < len(c.LocalsPlusKinds.Data); i++ {
		if c.LocalsPlusKinds.Data[i]&LocalFast != 0 {
			n++
		}
	}
	return n
}

func (c *Code) namesOf(tuple *Value, kind byte) []string {
	if c.LocalsPlusNames == nil {
		return tuple.Strings()
	}
	out := []string{}
	for i, v := range c.LocalsPlusNames.Items {
		if i < len(c.LocalsPlusKinds.Data) && c.LocalsPlusKinds.Data[i]&kind != 0 {
			out = append(out, v.Data)
		}
	}
	return out
}

// Strings returns the contents of the str elements of a tuple, empty ones for
// elements of other kinds. A nil Value has none.
func (v *Value) Strings() []string {
	if v == nil {
		return nil
	}
	out := make([]string, len(v.Items))
	for i, item := range v.Items {
		if item.Kind == KindStr {
			out[i] = item.Data
		}
	}
	return out
}

// checkField reports whether a field that was just read has the type that
// CPython's constructor asks for, and which that is.
func (c *Code) checkField(f **Value) (want string, ok bool) {
	v := *f
	switch f {
	case &c.Bytecode, &c.LineTable, &c.ExceptionTable, &c.LocalsPlusKinds:
		return "a bytes object", v.Kind == KindBytes
	case &c.FileName, &c.Name, &c.QualName:
		return "a str", v.Kind == KindStr
	case &c.Consts:
		return "a tuple", v.Kind == KindTuple
	}
	if v.Kind != KindTuple {
		return "a tuple of str", false
	}
	for _, item := range v.Items {
		// An item is nil where the tuple is one that the code object is in.
		if item == nil || item.Kind != KindStr {
			return "a tuple of str", false
		}
	}
	return "", true
}

// fieldName returns the name that Python has for a field.
func (c *Code) fieldName(f **Value) string {
	switch f {
	case &c.Bytecode:
		return "co_code"
	case &c.Consts:
		return "co_consts"
	case &c.Names:
		return "co_names"
	case &c.VarNames:
		return "co_varnames"
	case &c.FreeVars:
		return "co_freevars"
	case &c.CellVars:
		return "co_cellvars"
	case &c.LocalsPlusNames:
		return "co_localsplusnames"
	case &c.LocalsPlusKinds:
		return "co_localspluskinds"
	case &c.FileName:
		return "co_filename"
	case &c.Name:
		return "co_name"
	case &c.QualName:
		return "co_qualname"
	case &c.ExceptionTable:
		return "co_exceptiontable"
	}
	return "co_linetable"
}

// numberName returns the name that Python has for a number field.
func (c *Code) numberName(p *int32) string {
	switch p {
	case &c.ArgCount:
		return "co_argcount"
	case &c.PosOnlyArgCount:
		return "co_posonlyargcount"
	case &c.KwOnlyArgCount:
		return "co_kwonlyargcount"
	case &c.NLocals:
		return "co_nlocals"
	case &c.StackSize:
		return "co_stacksize"
	case &c.Flags:
		return "co_flags"
	}
	return "co_firstlineno"
}
