package ast

// The conversions of FormattedValue and Interpolation: the letter after the
// exclamation mark, or NoConversion.
const (
	NoConversion int8 = -1
	ConvertStr   int8 = 's'
	ConvertRepr  int8 = 'r'
	ConvertASCII int8 = 'a'
)

type (
	// BoolOp is `a and b and c`.
	BoolOp struct {
		Pos
		Op     BoolOperator
		Values []Expr
	}

	// NamedExpr is `target := value`.
	NamedExpr struct {
		Pos
		Target, Value Expr
	}

	// BinOp is `left op right`.
	BinOp struct {
		Pos
		Op          Operator
		Left, Right Expr
	}

	// UnaryOp is `op operand`.
	UnaryOp struct {
		Pos
		Op      UnaryOperator
		Operand Expr
	}

	// Lambda is `lambda args: body`.
	Lambda struct {
		Pos
		Args  *Arguments
		Body  Expr
		Scope int32 // for the symbol table's use
	}

	// IfExp is `body if test else orelse`.
	IfExp struct {
		Pos
		Test, Body, Orelse Expr
	}

	// Dict is `{k: v, **m}`; a nil key stands for the two stars.
	Dict struct {
		Pos
		Keys, Values []Expr
	}

	// Set is `{a, b}`.
	Set struct {
		Pos
		Elts []Expr
	}

	// ListComp is `[elt for …]`.
	ListComp struct {
		Pos
		Elt        Expr
		Generators []Comprehension
		Scope      int32 // for the symbol table's use
	}

	// SetComp is `{elt for …}`.
	SetComp struct {
		Pos
		Elt        Expr
		Generators []Comprehension
		Scope      int32 // for the symbol table's use
	}

	// DictComp is `{key: value for …}`, or with a nil Value `{**key for …}`.
	DictComp struct {
		Pos
		Key, Value Expr
		Generators []Comprehension
		Scope      int32 // for the symbol table's use
	}

	// GeneratorExp is `(elt for …)`.
	GeneratorExp struct {
		Pos
		Elt        Expr
		Generators []Comprehension
		Scope      int32 // for the symbol table's use
	}

	// Await is `await value`.
	Await struct {
		Pos
		Value Expr
	}

	// Yield is `yield value`; the value may be nil.
	Yield struct {
		Pos
		Value Expr
	}

	// YieldFrom is `yield from value`.
	YieldFrom struct {
		Pos
		Value Expr
	}

	// Compare is `left op comparator op comparator …`.
	Compare struct {
		Pos
		Left        Expr
		Ops         []CmpOperator
		Comparators []Expr
	}

	// Call is `func(args, keywords)`.
	Call struct {
		Pos
		Func     Expr
		Args     []Expr
		Keywords []Keyword
	}

	// FormattedValue is a replacement field of an f-string. Spec is nil or a
	// *JoinedStr.
	FormattedValue struct {
		Pos
		Value      Expr
		Conversion int8
		Spec       Expr
	}

	// Interpolation is a replacement field of a t-string. Str is the source of
	// the expression.
	Interpolation struct {
		Pos
		Value      Expr
		Str        *Const
		Conversion int8
		Spec       Expr
	}

	// JoinedStr is an f-string: its values are *Constant and *FormattedValue.
	JoinedStr struct {
		Pos
		Values []Expr
	}

	// TemplateStr is a t-string: its values are *Constant and *Interpolation.
	TemplateStr struct {
		Pos
		Values []Expr
	}

	// Constant is a literal. U says that it is a string with the prefix u.
	Constant struct {
		Pos
		Value *Const
		U     bool
	}

	// Attribute is `value.attr`.
	Attribute struct {
		Pos
		Value Expr
		Attr  Name
		Ctx   Context
	}

	// Subscript is `value[slice]`.
	Subscript struct {
		Pos
		Value, Slice Expr
		Ctx          Context
	}

	// Starred is `*value`.
	Starred struct {
		Pos
		Value Expr
		Ctx   Context
	}

	// NameExpr is an identifier. (CPython calls the node Name, which here is the
	// identifier itself.)
	NameExpr struct {
		Pos
		ID  Name
		Ctx Context
	}

	// List is `[a, b]`.
	List struct {
		Pos
		Elts []Expr
		Ctx  Context
	}

	// Tuple is `a, b`.
	Tuple struct {
		Pos
		Elts []Expr
		Ctx  Context
	}

	// Slice is `lower:upper:step` in a subscript; each may be nil.
	Slice struct {
		Pos
		Lower, Upper, Step Expr
	}
)

func (*BoolOp) expr()         {}
func (*NamedExpr) expr()      {}
func (*BinOp) expr()          {}
func (*UnaryOp) expr()        {}
func (*Lambda) expr()         {}
func (*IfExp) expr()          {}
func (*Dict) expr()           {}
func (*Set) expr()            {}
func (*ListComp) expr()       {}
func (*SetComp) expr()        {}
func (*DictComp) expr()       {}
func (*GeneratorExp) expr()   {}
func (*Await) expr()          {}
func (*Yield) expr()          {}
func (*YieldFrom) expr()      {}
func (*Compare) expr()        {}
func (*Call) expr()           {}
func (*FormattedValue) expr() {}
func (*Interpolation) expr()  {}
func (*JoinedStr) expr()      {}
func (*TemplateStr) expr()    {}
func (*Constant) expr()       {}
func (*Attribute) expr()      {}
func (*Subscript) expr()      {}
func (*Starred) expr()        {}
func (*NameExpr) expr()       {}
func (*List) expr()           {}
func (*Tuple) expr()          {}
func (*Slice) expr()          {}

// Comprehension is one `for target in iter if …` clause. It has no position.
type Comprehension struct {
	Target, Iter Expr
	Ifs          []Expr
	Async        bool
}

// Keyword is an argument `arg=value` of a call or class, or with Arg == NoName
// `**value`.
type Keyword struct {
	Pos
	Arg   Name
	Value Expr
}

// Arguments are the parameters of a function. It has no position.
type Arguments struct {
	PosOnly, Args []Arg
	Vararg        *Arg // nil without *args
	KwOnly        []Arg
	// KwDefaults has an entry for each of KwOnly, nil where there is no default.
	KwDefaults []Expr
	Kwarg      *Arg // nil without **kwargs
	// Defaults are those of the last len(Defaults) of PosOnly and Args.
	Defaults []Expr
}

// Arg is one parameter.
type Arg struct {
	Pos
	Name       Name
	Annotation Expr // may be nil
}
