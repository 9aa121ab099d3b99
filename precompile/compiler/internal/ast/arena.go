package ast

// Slab hands out values of one type from chunks that are kept when it is reset.
// It is what an Arena is made of; other packages use it for their own per-file
// nodes.
type Slab[T any] struct {
	cur    []T // the chunk in use
	used   int // of it
	chunks [][]T
	next   int // the chunk after the one in use
}

// slabChunk is how many values a chunk has, but for the first ones, which are smaller:
// a small file should not have much memory made ready. Chunks are not freed, so that
// a worker's arena grows to what its largest file needs.
const slabChunk = 256

// New returns a value whose contents are what an earlier file left there: the
// caller assigns all of it.
func (s *Slab[T]) New() *T {
	if s.used == len(s.cur) {
		s.more(1)
	}
	s.used++
	return &s.cur[s.used-1]
}

// Copy returns a copy of items in the slab, with no spare capacity; nil for none.
func (s *Slab[T]) Copy(items []T) []T {
	n := len(items)
	if n == 0 {
		return nil
	}
	if len(s.cur)-s.used < n {
		s.more(n)
	}
	out := s.cur[s.used : s.used+n : s.used+n]
	s.used += n
	copy(out, items)
	return out
}

// more goes on to a chunk that has room for n values.
func (s *Slab[T]) more(n int) {
	for s.next < len(s.chunks) && len(s.chunks[s.next]) < n {
		s.next++
	}
	if s.next == len(s.chunks) {
		s.chunks = append(s.chunks, make([]T, max(slabChunk>>max(0, 4-2*len(s.chunks)), n)))
	}
	s.cur, s.used = s.chunks[s.next], 0
	s.next++
}

// Reset makes all values available again. What they point to stays reachable
// until they are overwritten.
func (s *Slab[T]) Reset() { s.cur, s.used, s.next = nil, 0, 0 }

// Arena holds the tree of one file at a time. It is for one goroutine.
type Arena struct {
	Names *Names

	BoolOps         Slab[BoolOp]
	NamedExprs      Slab[NamedExpr]
	BinOps          Slab[BinOp]
	UnaryOps        Slab[UnaryOp]
	Lambdas         Slab[Lambda]
	IfExps          Slab[IfExp]
	Dicts           Slab[Dict]
	Sets            Slab[Set]
	ListComps       Slab[ListComp]
	SetComps        Slab[SetComp]
	DictComps       Slab[DictComp]
	GeneratorExps   Slab[GeneratorExp]
	Awaits          Slab[Await]
	Yields          Slab[Yield]
	YieldFroms      Slab[YieldFrom]
	Compares        Slab[Compare]
	Calls           Slab[Call]
	FormattedValues Slab[FormattedValue]
	Interpolations  Slab[Interpolation]
	JoinedStrs      Slab[JoinedStr]
	TemplateStrs    Slab[TemplateStr]
	Constants       Slab[Constant]
	Attributes      Slab[Attribute]
	Subscripts      Slab[Subscript]
	Starreds        Slab[Starred]
	NameExprs       Slab[NameExpr]
	Lists           Slab[List]
	Tuples          Slab[Tuple]
	Slices          Slab[Slice]

	FunctionDefs Slab[FunctionDef]
	ClassDefs    Slab[ClassDef]
	Returns      Slab[Return]
	Deletes      Slab[Delete]
	Assigns      Slab[Assign]
	TypeAliases  Slab[TypeAlias]
	AugAssigns   Slab[AugAssign]
	AnnAssigns   Slab[AnnAssign]
	Fors         Slab[For]
	Whiles       Slab[While]
	Ifs          Slab[If]
	Withs        Slab[With]
	Matches      Slab[Match]
	Raises       Slab[Raise]
	Tries        Slab[Try]
	Asserts      Slab[Assert]
	Imports      Slab[Import]
	ImportFroms  Slab[ImportFrom]
	Globals      Slab[Global]
	Nonlocals    Slab[Nonlocal]
	ExprStmts    Slab[ExprStmt]
	Passes       Slab[Pass]
	Breaks       Slab[Break]
	Continues    Slab[Continue]

	MatchValues     Slab[MatchValue]
	MatchSingletons Slab[MatchSingleton]
	MatchSequences  Slab[MatchSequence]
	MatchMappings   Slab[MatchMapping]
	MatchClasses    Slab[MatchClass]
	MatchStars      Slab[MatchStar]
	MatchAses       Slab[MatchAs]
	MatchOrs        Slab[MatchOr]

	ArgumentsList  Slab[Arguments]
	Args           Slab[Arg]
	Keywords       Slab[Keyword]
	Comprehensions Slab[Comprehension]
	Aliases        Slab[Alias]
	WithItems      Slab[WithItem]
	ExceptHandlers Slab[ExceptHandler]
	MatchCases     Slab[MatchCase]
	TypeParams     Slab[TypeParam]

	Consts    Slab[Const]
	Exprs     Slab[Expr]    // items of []Expr
	Stmts     Slab[Stmt]    // items of []Stmt
	Patterns  Slab[Pattern] // items of []Pattern
	NameList  Slab[Name]    // items of []Name
	CmpOps    Slab[CmpOperator]
	ConstList Slab[*Const] // items of Const.Elts
}

// NewArena returns an empty arena.
func NewArena() *Arena { return &Arena{Names: NewNames()} }

// Reset makes the arena ready for the next file. Nothing of the file before may
// be used any more.
func (a *Arena) Reset() {
	a.Names.Reset()
	for _, s := range []interface{ Reset() }{
		&a.BoolOps, &a.NamedExprs, &a.BinOps, &a.UnaryOps, &a.Lambdas, &a.IfExps, &a.Dicts, &a.Sets, &a.ListComps,
		&a.SetComps, &a.DictComps, &a.GeneratorExps, &a.Awaits, &a.Yields, &a.YieldFroms, &a.Compares, &a.Calls,
		&a.FormattedValues, &a.Interpolations, &a.JoinedStrs, &a.TemplateStrs, &a.Constants, &a.Attributes,
		&a.Subscripts, &a.Starreds, &a.NameExprs, &a.Lists, &a.Tuples, &a.Slices,
		&a.FunctionDefs, &a.ClassDefs, &a.Returns, &a.Deletes, &a.Assigns, &a.TypeAliases, &a.AugAssigns, &a.AnnAssigns,
		&a.Fors, &a.Whiles, &a.Ifs, &a.Withs, &a.Matches, &a.Raises, &a.Tries, &a.Asserts, &a.Imports, &a.ImportFroms,
		&a.Globals, &a.Nonlocals, &a.ExprStmts, &a.Passes, &a.Breaks, &a.Continues,
		&a.MatchValues, &a.MatchSingletons, &a.MatchSequences, &a.MatchMappings, &a.MatchClasses, &a.MatchStars,
		&a.MatchAses, &a.MatchOrs,
		&a.ArgumentsList, &a.Args, &a.Keywords, &a.Comprehensions, &a.Aliases, &a.WithItems, &a.ExceptHandlers,
		&a.MatchCases, &a.TypeParams,
		&a.Consts, &a.Exprs, &a.Stmts, &a.Patterns, &a.NameList, &a.CmpOps, &a.ConstList,
	} {
		s.Reset()
	}
}
