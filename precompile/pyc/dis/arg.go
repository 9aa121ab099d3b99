package dis

import (
	"strconv"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// ArgKind is what an argument refers to.
type ArgKind uint8

// The kinds of argument.
const (
	ArgNone           ArgKind = iota // there is none
	ArgNumber                        // a number, or flags that have no names
	ArgConst                         // a constant of the code object: Const
	ArgName                          // a name of the code object: Name
	ArgVariable                      // a local, cell or free variable: Name
	ArgVariables                     // two of them: Name and Second
	ArgTarget                        // a place in the code: Instruction.Target
	ArgCompare                       // a comparison operator: Name
	ArgBinary                        // a binary operator: Name
	ArgIntrinsic                     // a function of the interpreter: Name
	ArgCommonConstant                // a constant of the interpreter: Name, which is its representation
	ArgSpecialMethod                 // a method of special lookup: Name
	ArgFunctionFlags                 // parts of a function: Name, a list with commas
	ArgConversion                    // a conversion of a formatted value: Name, "" for none
	ArgWord                          // "is", "is not", "in", "not in": Name
	ArgInvalid                       // points to nothing: Name says to what it should have
)

var argKindNames = [...]string{
	"none", "number", "const", "name", "variable", "variables", "target", "compare", "binary", "intrinsic",
	"common-constant", "special-method", "function-flags", "conversion", "word", "invalid",
}

// String returns the name that the JSON form has.
func (k ArgKind) String() string { return argKindNames[k] }

// Arg is what an instruction's argument means.
type Arg struct {
	Kind         ArgKind
	Const        *marshal.Value
	Name, Second string
	// Flag is what the low bits of the argument add to a name: "NULL",
	// "NULL|self", "lazy", "eager"; or "bool" to a comparison, "with format" to
	// a conversion.
	Flag string
}

// Arg works out what the argument of in means.
func (c *Code) Arg(in Instruction) Arg {
	if !in.HasArg {
		return Arg{}
	}
	op, n := c.table.Base(in.Op), int(in.Arg)
	switch f := c.table.Flags(op); {
	case f&opcode.HasConst != 0:
		if uint(n) < uint(len(c.consts)) {
			return Arg{Kind: ArgConst, Const: c.consts[n]}
		}
		return invalid("constant")
	case f&opcode.HasName != 0:
		return c.nameArg(op, n)
	case f&(opcode.HasJumpRel|opcode.HasJumpAbs) != 0:
		if in.Target < 0 || in.Target > len(c.bytecode) || in.Target%2 != 0 {
			return invalid("target")
		}
		return Arg{Kind: ArgTarget}
	}
	switch op {
	case opcode.LoadFastLoadFast, opcode.StoreFastLoadFast, opcode.StoreFastStoreFast, opcode.LoadFastBorrowLoadFastBorrow:
		a, ok1 := c.variable(n >> 4)
		b, ok2 := c.variable(n & 15)
		return found(Arg{Kind: ArgVariables, Name: a, Second: b}, ok1 && ok2, "variable")
	case opcode.FormatValue:
		a := Arg{Kind: ArgConversion, Name: conversions[n&3]}
		if n&4 != 0 {
			a.Flag = "with format"
		}
		return a
	case opcode.ConvertValue:
		if uint(n) < uint(len(conversions)) {
			return Arg{Kind: ArgConversion, Name: conversions[n]}
		}
		return invalid("conversion")
	case opcode.MakeFunction, opcode.SetFunctionAttribute:
		return Arg{Kind: ArgFunctionFlags, Name: c.functionFlags(n)}
	case opcode.BinaryOp:
		_, symbol, ok := c.table.BinaryOp(n)
		return found(Arg{Kind: ArgBinary, Name: symbol}, ok, "operator")
	case opcode.CallIntrinsic1:
		s, ok := c.table.Intrinsic1(n)
		return found(Arg{Kind: ArgIntrinsic, Name: s}, ok, "intrinsic")
	case opcode.CallIntrinsic2:
		s, ok := c.table.Intrinsic2(n)
		return found(Arg{Kind: ArgIntrinsic, Name: s}, ok, "intrinsic")
	case opcode.LoadCommonConstant:
		s, ok := c.table.CommonConstant(n)
		if s == "all" || s == "any" {
			s = "<built-in function " + s + ">"
		}
		return found(Arg{Kind: ArgCommonConstant, Name: s}, ok, "constant")
	case opcode.LoadSpecial:
		s, ok := c.table.SpecialMethod(n)
		return found(Arg{Kind: ArgSpecialMethod, Name: s}, ok, "method")
	case opcode.IsOp:
		return c.word(n, "is", "is not")
	case opcode.ContainsOp:
		return c.word(n, "in", "not in")
	}
	switch f := c.table.Flags(op); {
	case f&opcode.HasLocal != 0:
		s, ok := c.variable(n)
		return found(Arg{Kind: ArgVariable, Name: s}, ok, "variable")
	case f&opcode.HasFree != 0:
		s, ok := c.cell(n)
		return found(Arg{Kind: ArgVariable, Name: s}, ok, "variable")
	case f&opcode.HasCompare != 0:
		s, ok := c.table.CmpOp(n >> c.traits.compareShift)
		a := Arg{Kind: ArgCompare, Name: s}
		if c.traits.compareBool && n&16 != 0 {
			a.Flag = "bool"
		}
		return found(a, ok, "operator")
	}
	return Arg{Kind: ArgNumber}
}

var conversions = [...]string{"", "str", "repr", "ascii"}

func invalid(what string) Arg { return Arg{Kind: ArgInvalid, Name: what} }

func found(a Arg, ok bool, what string) Arg {
	if !ok {
		return invalid(what)
	}
	return a
}

// nameArg reads the arguments that index the names, some of them above flags.
func (c *Code) nameArg(op opcode.Op, n int) Arg {
	var flag string
	switch {
	case op == opcode.LoadGlobal && c.traits.globalFlag:
		if n&1 != 0 {
			flag = "NULL"
		}
		n >>= 1
	case op == opcode.LoadAttr && c.traits.attrFlag:
		if n&1 != 0 {
			flag = "NULL|self"
		}
		n >>= 1
	case op == opcode.LoadSuperAttr:
		if n&1 != 0 {
			flag = "NULL|self"
		}
		n >>= 2
	case op == opcode.ImportName && c.traits.importFlags:
		switch {
		case n&1 != 0:
			flag = "lazy"
		case n&2 != 0:
			flag = "eager"
		}
		n >>= 2
	}
	s, ok := name(c.names, n)
	return found(Arg{Kind: ArgName, Name: s, Flag: flag}, ok, "name")
}

func (c *Code) functionFlags(n int) string {
	out := ""
	for i := 0; ; i++ {
		s, ok := c.table.FunctionFlag(i)
		switch {
		case !ok:
			return out
		case n>>i&1 == 0:
			continue
		case out != "":
			out += ", "
		}
		out += s
	}
}

func (c *Code) word(n int, zero, one string) Arg {
	switch {
	case !c.traits.words:
		return Arg{Kind: ArgNumber}
	case n == 0:
		return Arg{Kind: ArgWord, Name: zero}
	}
	return Arg{Kind: ArgWord, Name: one}
}

// AppendArg appends what dis shows of an argument in parentheses, nothing where
// it shows none. Targets are shown by labels, or as offsets where labels is nil;
// constants as AppendRepr shows them with limit. Characters of names that could
// steer a terminal are escaped.
func (c *Code) AppendArg(dst []byte, in Instruction, labels *Labels, limit int) []byte {
	a := c.Arg(in)
	switch a.Kind {
	case ArgNone, ArgNumber:
		return dst
	case ArgInvalid:
		if a.Name == "target" {
			return strconv.AppendInt(append(dst, "to nowhere: "...), int64(in.Target), 10)
		}
		return append(append(append(dst, "no such "...), a.Name...), '!')
	case ArgConst:
		return AppendRepr(dst, a.Const, c.Minor, limit)
	case ArgTarget:
		if labels == nil && c.Minor < 10 && c.table.Flags(in.Op)&opcode.HasJumpAbs != 0 {
			return dst // the argument itself is the offset
		}
		word := "to "
		if c.traits.asyncForTarget && c.table.Base(in.Op) == opcode.EndAsyncFor {
			word = "from "
		}
		dst = append(dst, word...)
		if labels == nil {
			return strconv.AppendInt(dst, int64(in.Target), 10)
		}
		n, _ := labels.At(in.Target)
		return strconv.AppendInt(append(dst, 'L'), int64(n), 10)
	case ArgVariables:
		dst = append(appendName(dst, a.Name, c.Minor), ", "...)
		return appendName(dst, a.Second, c.Minor)
	case ArgConversion:
		dst = append(dst, a.Name...)
		if a.Name != "" && a.Flag != "" {
			dst = append(dst, ", "...)
		}
		return append(dst, a.Flag...)
	case ArgCompare:
		if a.Flag != "" {
			return append(append(append(dst, "bool("...), a.Name...), ')')
		}
	}
	if a.Flag == "" || a.Kind == ArgCompare || a.Name == "" { // dis shows no flag of an empty name
		return appendName(dst, a.Name, c.Minor)
	}
	if c.traits.nullLast {
		return append(append(appendName(dst, a.Name, c.Minor), " + "...), a.Flag...)
	}
	return appendName(append(append(dst, a.Flag...), " + "...), a.Name, c.Minor)
}
