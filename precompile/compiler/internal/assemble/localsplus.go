package assemble

import (
	"fmt"
	"slices"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// localsPlus lists the names of locals, cells and free variables by number, and a
// byte of kinds for each. A local that is also a cell has one number.
func (a *Assembler) localsPlus(u *instr.Unit, total int) {
	names, k := a.names[:0], a.kinds[:0]
	for _, v := range u.VarNames.Values {
		kind := byte(marshal.LocalFast)
		if u.HiddenNames.Len() > 0 {
			if _, ok := u.HiddenNames.Index(v); ok {
				kind |= marshal.LocalHidden
			}
		}
		if u.CellVars.Len() > 0 {
			if _, ok := u.CellVars.Index(v); ok {
				kind |= marshal.LocalCell
			}
		}
		names, k = append(names, v), append(k, kind)
	}
	if a.features.ArgumentKinds {
		markArguments(u, k)
	}
	for _, v := range u.CellVars.Values {
		if _, ok := u.VarNames.Index(v); !ok {
			names, k = append(names, v), append(k, marshal.LocalCell)
		}
	}
	for _, v := range u.FreeVars.Values {
		names, k = append(names, v), append(k, marshal.LocalFree)
	}
	if len(names) != total {
		panic(fmt.Sprintf("assemble: %d locals, cells and free variables, want %d", len(names), total))
	}
	a.names, a.kinds = names, k
}

// markArguments adds the kinds of the parameters, which come first.
func markArguments(u *instr.Unit, kinds []byte) {
	mark := func(n int32, kind byte) {
		for ; n > 0 && len(kinds) > 0; n-- {
			kinds[0] |= kind
			kinds = kinds[1:]
		}
	}
	flag := func(f instr.Flags) int32 {
		if u.Flags&f != 0 {
			return 1
		}
		return 0
	}
	mark(u.PosOnly, marshal.LocalArgPos)
	mark(u.ArgCount, marshal.LocalArgPos|marshal.LocalArgKw)
	mark(u.KwOnly, marshal.LocalArgKw)
	mark(flag(instr.VarArgs), marshal.LocalArgVar|marshal.LocalArgPos)
	mark(flag(instr.VarKeywords), marshal.LocalArgVar|marshal.LocalArgKw)
}

// RenameFirst gives the first local of a code object another name, in a new
// tuple that no other code object shares. The parameter of an annotation scope
// (3.14 and later) is compiled as ".format" and then renamed to "format".
func RenameFirst(code, name *marshal.Value) {
	c := code.Code()
	names := slices.Clone(c.LocalsPlusNames.Items)
	names[0] = name
	c.LocalsPlusNames = marshal.NewTuple(names...)
}
