package target

// Unicode is the version of the Unicode database that a target's identifiers,
// named escapes and repr follow.
type Unicode uint8

// The Unicode versions of the known targets.
const (
	Unicode14  Unicode = iota // 14.0, Python 3.11
	Unicode15                 // 15.0, Python 3.12
	Unicode151                // 15.1, Python 3.13
	Unicode16                 // 16.0, Python 3.14
	Unicode17                 // 17.0, Python 3.15
	NumUnicode = iota
)

// String returns the version as unicodedata.unidata_version has it, without the
// last zero.
func (u Unicode) String() string {
	return [NumUnicode]string{"14.0", "15.0", "15.1", "16.0", "17.0"}[u]
}

// Grammar is the version of the grammar that errors are worded by: the minor
// release number, from the oldest known series on. (What the parser accepts is
// switched by Features; the order in which CPython tries alternatives, which only
// errors show, is a table of each version.)
type Grammar uint8

// The grammars of the known series.
const (
	Grammar311 Grammar = iota
	Grammar312
	Grammar313
	Grammar314
	Grammar315
	NumGrammars = iota
)

// Features are the behaviours in which targets differ. New builds them once for
// a target; from then on they are read-only and shared by all workers.
type Features struct {
	// Profile is the release that the features are those of. It is for
	// messages; nothing decides by it.
	Profile Profile
	// Unicode is the target's Unicode database.
	Unicode Unicode
	// MaxDepth is how many nodes of a tree may lie inside each other.
	MaxDepth int
	// Grammar is the target's grammar.
	Grammar Grammar

	// Source.

	NonUTF8Refused            bool // a source without a cookie must be UTF-8 throughout, comments too
	DecodedNewlinesTranslated bool // CR is a line end in what a codec made, too

	// Lexer and parser.

	FStringTokens            bool // PEP 701: f-strings are lexed by modes, not parsed again as strings
	TypeParams               bool // PEP 695: `type` statements and type parameter lists
	TypeParamDefaults        bool // PEP 696: defaults of type parameters
	TemplateStrings          bool // PEP 750: t-strings
	ExceptWithoutParentheses bool // PEP 758: `except A, B:`
	FinallyControlFlow       bool // PEP 765: a warning on return, break, continue in finally
	UnpackInComprehensions   bool // PEP 798: `[*x for x in y]`
	LazyImports              bool // PEP 810: `lazy import m`
	UnaryPlusInPatterns      bool // a pattern's number may have a plus sign
	PalmosQuoteKnown         bool // the codec palmos has a quotation mark at 0x9B
	DecodersWrapped          bool // an error of a codec in Python is wrapped in another, which names the codec
	AsyncAsKeywordTokens     bool // async and await are soft: ASYNC and AWAIT tokens (3.11, 3.12)
	FieldDepthChecked        bool // a closing bracket may not close more than the replacement field
	FormatSpecState          bool // the lexer knows by a state of its own that it is in a format specification
	FormatSpecNewlineRefused bool // a line end in the format specification of a single-quoted f-string is refused
	FieldEndMoves            bool // a nested field's end moves the end of the source that `=` shows
	NotEqualEndsNoField      bool // `!=` is not taken for the mark of a conversion
	DebugEqualAtTop          bool // only an equal sign outside brackets asks for the field's source
	DebugTextQuotes          bool // a hash inside a string is no comment in the field's source
	DebugTextDecoded         bool // escapes in the source that `=` shows are replaced
	RawFormatSpecs           bool // a raw f-string's format specification is raw too
	SpecConcatenated         bool // texts that meet in a format specification are one constant
	NamesFold                bool // \N{} takes names of Hangul and ideographs in any case, and Tangut's
	ExclamationMisspelt      bool // the error of a misplaced conversion has a slip of the pen in it
	FutureFlufl              bool // `from __future__ import barry_as_FLUFL` works within the file
	EscapesAreSyntaxWarnings bool // the warning on an invalid escape is a SyntaxWarning
	EscapeWarningLines       bool // that warning has the line of the escape, not of the literal
	LongEscapeWarnings       bool // that warning explains itself
	ColumnsInBytes           bool // an error's columns count bytes unless the source declares its encoding
	OverflowExplained        bool // the MemoryError of too deep a source has a message
	ConversionCheckedEarly   bool // a field's conversion is checked before the rest of the field
	CommaAtLastLine          bool // a missing comma behind several lines is reported at the last of them
	EscapedQuoteHint         bool // an unterminated string with an escaped quote is reported as such
	NewlineInToken           bool // the extent of a line end's token has the line end in it
	NotEqualHint             bool // `<>` is reported as a misspelt `!=`
	RangesInChars            bool // a lexical error's range counts characters, too
	DecodeErrorAtPiece       bool // an escape that means nothing is reported at the piece of the f-string
	FieldLineNamed           bool // a field without an end is reported with the line of its brace
	RelativeLazyRemarked     bool // `from . lazy import` is remarked on
	ConditionalIsRule        bool // a conditional expression is a rule of its own, which nests one deeper
	DebugTextEscapes         bool // an escaped quote ends no string in the field's source, for its comments
	InterpolationSpace       bool // an Interpolation's source keeps the white space at its end
	FuturesParsed            bool // making a tree alone checks future statements, too
	SoftKeywordBeginnings    bool // in the search for a missing comma the beginning of a soft keyword passes for one
	DumpOmitsEmpty           bool // ast.dump leaves out empty lists
	DumpOmitsLoad            bool // ast.dump leaves out ctx=Load()

	// Tree before the symbol table, and code generator.

	DocstringFlag            bool // CO_HAS_DOCSTRING; the first constant is the docstring only then, and -OO removes it from the tree
	CleanDocstrings          bool // docstrings lose their common indentation
	ClassFirstLine           bool // classes have __firstlineno__
	StaticAttributes         bool // classes have __static_attributes__
	FinallyWarnsOnce         bool // no warnings from the copy of a finally that handles an exception
	BlocksMutedByUnwinding   bool // leaving such a copy switches warnings on meanwhile
	ComprehensionsIterTwice  bool // the loop of a comprehension takes the iterator of its iterator
	InlinedLocalsAfterScopes bool // an inlined comprehension saves locals when all scopes have been changed
	SpecialMethodLoads       bool // LOAD_SPECIAL, not BEFORE_WITH
	CommonConstants          bool // LOAD_COMMON_CONSTANT, not LOAD_ASSERTION_ERROR
	PopIter                  bool // POP_ITER, not POP_TOP, ends a loop
	BoolJumps                bool // JUMP_IF_FALSE and JUMP_IF_TRUE
	WhileTestOnce            bool // the test of a while loop is generated once
	SubscriptIsBinaryOp      bool // BINARY_OP, not BINARY_SUBSCR
	ConstSlices              bool // slices of constants are constants
	ConstDisplays            bool // codegen makes displays of constants one constant
	ConstKeyMaps             bool // BUILD_CONST_KEY_MAP
	CallExTakesDict          bool // CALL_FUNCTION_EX always takes a dict, or NULL
	AsyncForJumpsBack        bool // END_ASYNC_FOR names its SEND
	SubjectPoppedByBody      bool // the subject of a match leaves the stack on the line of the case's body
	GenexpCalls              bool // calls of all, any and tuple on a generator expression have a loop of their own

	// Folding, flowgraph and assembler.

	ConstFoldingInCFG      bool // constants are folded in the flowgraph, not in the syntax tree
	InvertBoolFolds        bool // ~True is folded
	MixedComplex           bool // arithmetic of complex and real numbers does not convert the real one
	PowerDividesByExp      bool // a complex power divides by exp, where others multiply by its inverse
	ReturnConst            bool // RETURN_CONST
	SmallIntLoads          bool // LOAD_SMALL_INT
	CommonConstLoads       bool // LOAD_COMMON_CONSTANT for None, True, False, '' and -1
	InvertedTests          bool // `not (a in b)` inverts the test in the flowgraph
	ClosureIsPseudo        bool // LOAD_CLOSURE is a pseudo-instruction
	BlocksTo21             bool // 21 frame blocks may lie inside each other, not 20
	InlinedBlocksCounted   bool // an inlined comprehension that saves locals is a frame block
	YieldFromNamed         bool // `yield from` outside a function is reported as such, not as `yield`
	LiteralTypeNamed       bool // the warning on `is` with a literal has the literal's type
	ErrorsAtLastVisit      bool // the code generator's errors are at the node visited last, where others know better
	ResumeDepth            bool // RESUME says whether only a generator's own handler protects it
	GeneratorPreamble      bool // codegen writes the start of a generator; RESUME has an argument for generator expressions
	NotTaken               bool // NOT_TAKEN after conditional jumps
	AddedJumpsAreProtected bool // instructions that the flowgraph adds to jumps have the handlers of these
	DepthBeforeOps         bool // the greatest stack depth is looked for before instructions, not after
	PushedByCounter        bool // LOAD_FAST_BORROW takes some values for those that other instructions pushed
	LocationsMerged        bool // instructions with one location share entries of the location table
	SmallIntsTo1024        bool // ints up to 1024 are one object each, not only up to 256
	InternedCodeNames      bool // code objects intern their file name, name and qualified name
	StackSizeAtLeastOne    bool // a code object that needs no stack has one of 1
	SlotsCleared           bool // the flowgraph clears the memory of NOPs that it removes
	EmptyBlocksPassed      bool // lines and borrowed locals are followed through empty blocks
	GetIterKeeps           bool // GET_ITER leaves what it iterates over on the stack
	ArgumentKinds          bool // localspluskinds tells the kinds of parameters

	// Symbol table.

	InlinedComprehensions     bool // PEP 709: comprehensions are part of the scope around
	DeferredAnnotations       bool // PEP 649: annotations have scopes of their own and are evaluated on demand
	SymtableChecks            bool // __debug__, await, async for and with, and late __future__ are checked by the symbol table, not by the code generator
	DecoratorsLate            bool // decorators are visited after a function's annotations or a class's bases
	ElseBeforeHandlers        bool // the else of a try is visited before its handlers
	FutureByLine              bool // a line that begins with another import may not go on with one from __future__
	FutureLevelChecked        bool // only an absolute import counts as one from __future__
	FutureErrorAtName         bool // an unknown feature is reported where its name is
	AnnotationWording         bool // "%s cannot be used within an annotation", without quotes
	DuplicateParameterWording bool // "duplicate parameter", not "argument"
	AngledScopeNames          bool // scopes without a name are called <lambda>, not lambda
	FreeClassMarksAll         bool // any symbol of a class that is free inside is marked so, not only those it binds
	CompIterMustBeLocal       bool // only a local target of a comprehension forbids a named expression
	NamedExprTargetMangled    bool // named expressions in comprehensions look for the mangled name
	PrivateNameLeaks          bool // the private name of a generic class is not taken back
	MangledTypeParams         bool // in the scope of a class's type parameters only these are mangled
	TypeVariableScopes        bool // the scope of a bound lies at the bound; errors tell bound, constraint and default apart
	TypeParamNameReserved     bool // a type parameter may not be called __classdict__
	ClassAnnotationsFlat      bool // no lambda or comprehension in the annotation scopes of a class
	InlinedClassDropped       bool // a comprehension inlined in a class does not make the class need __class__
	InlinedClassDictDropped   bool // nor __classdict__ and __conditional_annotations__
	InlinedClassCellsKept     bool // unless a scope inside the comprehension needs them
	InlinedUsesMarked         bool // a function's name that only an inlined comprehension reads is marked as used
}

// New returns the features of a profile.
func New(p Profile) *Features {
	f := &Features{Profile: p}
	for _, c := range changes {
		*c.field(f) = c.holds(p)
	}
	for i, r := range unicodeSince {
		if !p.Before(r) {
			f.Unicode = Unicode(i)
			f.Grammar = Grammar(i)
		}
	}
	for _, d := range depths {
		if !p.Before(d.since) {
			f.MaxDepth = d.nodes
		}
	}
	return f
}
