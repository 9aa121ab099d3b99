package ast

// PlainSize is how many bytes of source a function may have that is marked as Plain:
// one in which, its decorators apart, there is nothing that the preprocessor rewrites
// or remarks on for the target that it was parsed for. As each node but an expression
// as a statement, which has a line end, has a byte of its own, no node of it lies
// deeper in it than that.
const PlainSize = 8000

type (
	// FunctionDef is `def` and `async def`.
	FunctionDef struct {
		Pos
		Name       Name
		Async      bool
		Plain      bool // see PlainSize
		Args       *Arguments
		Body       []Stmt
		Decorators []Expr
		Returns    Expr // may be nil
		TypeParams []TypeParam
		Scope      int32 // for the symbol table's use
		TypeScope  int32 // likewise, of the type parameters
	}

	// ClassDef is `class`.
	ClassDef struct {
		Pos
		Name       Name
		Bases      []Expr
		Keywords   []Keyword
		Body       []Stmt
		Decorators []Expr
		TypeParams []TypeParam
		Scope      int32 // for the symbol table's use
		TypeScope  int32 // likewise, of the type parameters
	}

	// Return is `return value`; the value may be nil.
	Return struct {
		Pos
		Value Expr
	}

	// Delete is `del targets`.
	Delete struct {
		Pos
		Targets []Expr
	}

	// Assign is `target = target = value`.
	Assign struct {
		Pos
		Targets []Expr
		Value   Expr
	}

	// TypeAlias is `type name[params] = value`.
	TypeAlias struct {
		Pos
		Name       *NameExpr
		TypeParams []TypeParam
		Value      Expr
		Scope      int32 // for the symbol table's use
		TypeScope  int32 // likewise, of the type parameters
	}

	// AugAssign is `target op= value`.
	AugAssign struct {
		Pos
		Op            Operator
		Target, Value Expr
	}

	// AnnAssign is `target: annotation = value`; the value may be nil. Simple
	// says that the target is a name without parentheses.
	AnnAssign struct {
		Pos
		Simple             bool
		Target, Annotation Expr
		Value              Expr
	}

	// For is `for` and `async for`.
	For struct {
		Pos
		Async        bool
		Target, Iter Expr
		Body, Orelse []Stmt
	}

	// While is `while`.
	While struct {
		Pos
		Test         Expr
		Body, Orelse []Stmt
	}

	// If is `if`; an elif is an If that is all of Orelse.
	If struct {
		Pos
		Test         Expr
		Body, Orelse []Stmt
	}

	// With is `with` and `async with`.
	With struct {
		Pos
		Async bool
		Items []WithItem
		Body  []Stmt
	}

	// Match is `match subject:`.
	Match struct {
		Pos
		Subject Expr
		Cases   []MatchCase
	}

	// Raise is `raise exc from cause`; both may be nil.
	Raise struct {
		Pos
		Exc, Cause Expr
	}

	// Try is `try`. Star says that the handlers are `except*`.
	Try struct {
		Pos
		Star      bool
		Body      []Stmt
		Handlers  []ExceptHandler
		Orelse    []Stmt
		FinalBody []Stmt
	}

	// Assert is `assert test, msg`; the message may be nil.
	Assert struct {
		Pos
		Test, Msg Expr
	}

	// Import is `import names`.
	Import struct {
		Pos
		Lazy  bool
		Names []Alias
	}

	// ImportFrom is `from module import names`. Module is NoName where only dots
	// stand; Level counts the dots.
	ImportFrom struct {
		Pos
		Lazy   bool
		Module Name
		Names  []Alias
		Level  int32
	}

	// Global is `global names`.
	Global struct {
		Pos
		Names []Name
	}

	// Nonlocal is `nonlocal names`.
	Nonlocal struct {
		Pos
		Names []Name
	}

	// ExprStmt is an expression as a statement. (CPython calls the node Expr.)
	ExprStmt struct {
		Pos
		Value Expr
	}

	// Pass is `pass`.
	Pass struct{ Pos }

	// Break is `break`.
	Break struct{ Pos }

	// Continue is `continue`.
	Continue struct{ Pos }
)

func (*FunctionDef) stmt() {}
func (*ClassDef) stmt()    {}
func (*Return) stmt()      {}
func (*Delete) stmt()      {}
func (*Assign) stmt()      {}
func (*TypeAlias) stmt()   {}
func (*AugAssign) stmt()   {}
func (*AnnAssign) stmt()   {}
func (*For) stmt()         {}
func (*While) stmt()       {}
func (*If) stmt()          {}
func (*With) stmt()        {}
func (*Match) stmt()       {}
func (*Raise) stmt()       {}
func (*Try) stmt()         {}
func (*Assert) stmt()      {}
func (*Import) stmt()      {}
func (*ImportFrom) stmt()  {}
func (*Global) stmt()      {}
func (*Nonlocal) stmt()    {}
func (*ExprStmt) stmt()    {}
func (*Pass) stmt()        {}
func (*Break) stmt()       {}
func (*Continue) stmt()    {}

// Alias is one `name as asname` of an import. Name may have dots, or be `*`.
type Alias struct {
	Pos
	Name, AsName Name // AsName is NoName without `as`
}

// WithItem is one `context as vars`. It has no position.
type WithItem struct {
	Context, Vars Expr // Vars may be nil
}

// ExceptHandler is one `except type as name:`.
type ExceptHandler struct {
	Pos
	Type Expr // may be nil
	Name Name // NoName without `as`
	Body []Stmt
}

// TypeParamKind tells the three kinds of type parameter.
type TypeParamKind uint8

// The kinds of type parameter.
const (
	TypeVar      TypeParamKind = iota // `T`, `T: bound`
	ParamSpec                         // `**P`
	TypeVarTuple                      // `*Ts`
)

// TypeParam is one type parameter.
type TypeParam struct {
	Pos
	Kind         TypeParamKind
	Name         Name
	Bound        Expr  // of a TypeVar; may be nil
	Default      Expr  // may be nil
	BoundScope   int32 // for the symbol table's use
	DefaultScope int32 // likewise
}
