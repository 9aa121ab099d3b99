package symtable

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// Kind tells what a scope belongs to.
type Kind uint8

// The kinds of scope. All but ClassScope and ModuleScope are like functions: they
// become code objects with fast locals, cells and free variables.
const (
	FunctionScope     Kind = iota // def, lambda and comprehensions
	ClassScope                    //
	ModuleScope                   //
	AnnotationScope               // annotations of a function, class or module
	TypeAliasScope                // the value of a `type` statement
	TypeParamsScope               // the type parameters of a function, class or alias
	TypeVariableScope             // the bound or the default of one type parameter
)

// String returns the kind in words, as dumps have it.
func (k Kind) String() string {
	return [...]string{
		"function", "class", "module", "annotation", "type alias", "type parameters", "type variable",
	}[k]
}

// Comprehension tells which kind of comprehension a FunctionScope is.
type Comprehension uint8

// The kinds of comprehension, numbered as CPython numbers them.
const (
	NoComprehension Comprehension = iota
	ListComprehension
	DictComprehension
	SetComprehension
	GeneratorExpression
)

// Flags are the facts that the walk over the tree collects about a name in a
// scope. Their bits are CPython's.
type Flags uint16

// The flags of a symbol.
const (
	DefGlobal    Flags = 1 << 0  // named by a global statement
	DefLocal     Flags = 1 << 1  // assigned to
	DefParam     Flags = 1 << 2  // a parameter
	DefNonlocal  Flags = 1 << 3  // named by a nonlocal statement
	Use          Flags = 1 << 4  // read
	DefFreeClass Flags = 1 << 6  // bound or global in a class, and free in one of its methods
	DefImport    Flags = 1 << 7  // bound by an import
	DefAnnot     Flags = 1 << 8  // annotated
	DefCompIter  Flags = 1 << 9  // target of a comprehension's for
	DefTypeParam Flags = 1 << 10 // a type parameter
	DefCompCell  Flags = 1 << 11 // a cell of a comprehension that was inlined here

	DefBound = DefLocal | DefParam | DefImport
)

// Binding says where a name of a scope lives, once all scopes are known.
type Binding uint8

// The bindings, numbered as CPython numbers them. Unbound is what names have that
// the scope does not know.
const (
	Unbound        Binding = iota
	Local                  //
	GlobalExplicit         // by a global statement
	GlobalImplicit         // because no enclosing function binds it
	Free                   // of an enclosing function
	Cell                   // local, and free in a scope inside
)

// String returns the binding as CPython spells it.
func (b Binding) String() string {
	return [...]string{"UNBOUND", "LOCAL", "GLOBAL_EXPLICIT", "GLOBAL_IMPLICIT", "FREE", "CELL"}[b]
}

// Symbol is what is known about one name in one scope.
type Symbol struct {
	Name    ast.Name // mangled, where it is private
	Flags   Flags
	Binding Binding
}

// Scope is one scope: CPython's symbol table entry.
type Scope struct {
	// ID is the scope's number in its table, from 1: what the nodes' Scope fields
	// hold.
	ID            int32
	Kind          Kind
	Comprehension Comprehension
	// Name is that of the function, class, alias or type parameter; "top",
	// "lambda", "genexpr" and the like where there is none.
	Name ast.Name
	// Function is the name of the function whose annotations the scope holds, or
	// NoName.
	Function ast.Name
	// Pos is where the scope's node is; all zero for the module.
	Pos ast.Pos

	// Symbols are in CPython's order of insertion, except that the names that are
	// free only because a scope inside needs them (no flags, Free) come in the
	// order of those scopes: CPython's order of these depends on its hash seed.
	// Change them by Put only.
	Symbols []Symbol
	// Varnames are the parameters, mangled, in the order in which they were found.
	Varnames []ast.Name
	// Children are the scopes inside, in order of entry. A comprehension that was
	// inlined is replaced by its own children. Annotation scopes under `from
	// __future__ import annotations` are in no list.
	Children []*Scope
	// Inlined are the comprehensions that became part of the scope, in order.
	Inlined []*Scope
	// Annotations is the scope of a function's annotations, or of those of a
	// module or class (where there is one annotation at least); nil for what has
	// none. Targets that evaluate annotations in place have no such scopes.
	Annotations *Scope

	Nested                    bool // inside a function
	Generator                 bool // has yield, or is a generator expression
	Coroutine                 bool // async, or has await or an asynchronous comprehension
	Varargs                   bool // has *args
	Varkeywords               bool // has **kwargs
	ReturnsValue              bool // has a return with a value
	AnnotationsUsed           bool // has annotations
	NeedsClassClosure         bool // a class: a method needs __class__
	NeedsClassDict            bool // a class: a scope inside needs __classdict__
	HasConditionalAnnotations bool // a module or class that keeps __conditional_annotations__
	CanSeeClassScope          bool // names are looked up in the class around first
	CompInlined               bool // a comprehension that became part of the scope around
	HasDocstring              bool
	Method                    bool // a function directly in a class

	// What matters only while the tree is walked.
	compIterTarget   bool
	inConditional    bool
	inTry            bool
	unevaluated      bool // inside an annotation that is not evaluated
	compIterExpr     int32
	mangled          mangledNames // nil: all names are mangled
	localAnnotations *Scope       // of the annotations that are not kept
	role             string       // of a TypeVariableScope, for messages
	directives       []directive
	index            index
}

// FunctionLike reports whether the scope's code has fast locals.
func (s *Scope) FunctionLike() bool { return s.Kind != ClassScope && s.Kind != ModuleScope }

// Lookup returns what is known of a (mangled) name; the zero Symbol if nothing.
func (s *Scope) Lookup(name ast.Name) Symbol {
	if i := s.find(name); i >= 0 {
		return s.Symbols[i]
	}
	return Symbol{Name: name}
}

// Binding returns where a (mangled) name lives; Unbound if the scope does not
// know it.
func (s *Scope) Binding(name ast.Name) Binding { return s.Lookup(name).Binding }

// Put sets what is known of sym.Name, at the end if it is new. The code generator
// uses it while the code of an inlined comprehension is made.
func (s *Scope) Put(sym Symbol) {
	if i := s.find(sym.Name); i >= 0 {
		s.Symbols[i] = sym
		return
	}
	s.add(sym)
}

// Delete forgets a name.
func (s *Scope) Delete(name ast.Name) {
	i := s.find(name)
	if i < 0 {
		return
	}
	s.Symbols = append(s.Symbols[:i], s.Symbols[i+1:]...)
	s.index.rebuild(s.Symbols)
}

// find returns the place of a name in Symbols, or -1.
func (s *Scope) find(name ast.Name) int {
	if len(s.Symbols) > indexed {
		return s.index.find(s.Symbols, name)
	}
	for i := range s.Symbols {
		if s.Symbols[i].Name == name {
			return i
		}
	}
	return -1
}

// add appends a symbol that is not there yet.
func (s *Scope) add(sym Symbol) {
	s.Symbols = append(s.Symbols, sym)
	if len(s.Symbols) > indexed {
		s.index.added(s.Symbols)
	}
}

// indexed is how many symbols a scope may have before it is worth an index.
const indexed = 12

// index finds symbols by name: open addressing, the place in Symbols plus one, a
// power of two slots. It is unused and empty up to indexed symbols.
type index struct{ slots []int32 }

func slotOf(name ast.Name, n int) int { return int(uint32(name)*0x9E3779B1>>7) & (n - 1) }

func (x *index) find(symbols []Symbol, name ast.Name) int {
	mask := len(x.slots) - 1
	for i := slotOf(name, len(x.slots)); ; i = (i + 1) & mask {
		at := x.slots[i]
		if at == 0 {
			return -1
		}
		if symbols[at-1].Name == name {
			return int(at - 1)
		}
	}
}

// added enters the last of symbols.
func (x *index) added(symbols []Symbol) {
	if 2*len(symbols) > len(x.slots) || len(symbols) == indexed+1 {
		x.rebuild(symbols)
		return
	}
	x.put(symbols[len(symbols)-1].Name, len(symbols))
}

func (x *index) put(name ast.Name, at int) {
	mask := len(x.slots) - 1
	i := slotOf(name, len(x.slots))
	for x.slots[i] != 0 {
		i = (i + 1) & mask
	}
	x.slots[i] = int32(at)
}

func (x *index) rebuild(symbols []Symbol) {
	if len(symbols) <= indexed {
		return
	}
	n := 4 * (indexed + 4)
	for n < 4*len(symbols) {
		n *= 2
	}
	if n <= cap(x.slots) {
		x.slots = x.slots[:n]
		clear(x.slots)
	} else {
		x.slots = make([]int32, n)
	}
	for i := range symbols {
		x.put(symbols[i].Name, i+1)
	}
}
