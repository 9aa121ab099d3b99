// Package token defines the tokens of Python's grammar.
//
// A Token is a small value without text: it says where in the source it stands,
// and the parser looks there for what it needs. Keywords have kinds of their own,
// so that the parser decides by one switch; soft keywords (match, case, type,
// lazy, _) are names, told apart by their interned numbers.
package token

import "github.com/rules-precompile/precompile/precompile/compiler/internal/ast"

// Kind is what a token is.
type Kind uint8

// The kinds. Those from Plus to Unknown are operators, those from KwFalse to
// KwYield keywords.
const (
	EOF Kind = iota
	Newline
	Indent
	Dedent
	Name
	Number
	String
	FStringStart
	FStringMiddle
	FStringEnd
	TStringStart
	TStringMiddle
	TStringEnd

	Plus
	Minus
	Star
	Slash
	DoubleSlash
	Percent
	At
	DoubleStar
	LeftShift
	RightShift
	Amper
	VBar
	Circumflex
	Tilde
	ColonEqual
	Less
	Greater
	LessEqual
	GreaterEqual
	EqEqual
	NotEqual
	LPar
	RPar
	LSqb
	RSqb
	LBrace
	RBrace
	Comma
	Colon
	Dot
	Ellipsis
	Semi
	Equal
	Arrow
	PlusEqual
	MinEqual
	StarEqual
	SlashEqual
	DoubleSlashEqual
	PercentEqual
	AtEqual
	AmperEqual
	VBarEqual
	CircumflexEqual
	LeftShiftEqual
	RightShiftEqual
	DoubleStarEqual
	Exclamation
	Unknown // a character that no rule has, such as a dollar sign

	KwFalse
	KwNone
	KwTrue
	KwAnd
	KwAs
	KwAssert
	KwAsync
	KwAwait
	KwBreak
	KwClass
	KwContinue
	KwDef
	KwDel
	KwElif
	KwElse
	KwExcept
	KwFinally
	KwFor
	KwFrom
	KwGlobal
	KwIf
	KwImport
	KwIn
	KwIs
	KwLambda
	KwNonlocal
	KwNot
	KwOr
	KwPass
	KwRaise
	KwReturn
	KwTry
	KwWhile
	KwWith
	KwYield

	NumKinds = iota
)

var kindNames = [NumKinds]string{
	EOF: "ENDMARKER", Newline: "NEWLINE", Indent: "INDENT", Dedent: "DEDENT",
	Name: "NAME", Number: "NUMBER", String: "STRING",
	FStringStart: "FSTRING_START", FStringMiddle: "FSTRING_MIDDLE", FStringEnd: "FSTRING_END",
	TStringStart: "TSTRING_START", TStringMiddle: "TSTRING_MIDDLE", TStringEnd: "TSTRING_END",

	Plus: "+", Minus: "-", Star: "*", Slash: "/", DoubleSlash: "//", Percent: "%", At: "@", DoubleStar: "**",
	LeftShift: "<<", RightShift: ">>", Amper: "&", VBar: "|", Circumflex: "^", Tilde: "~", ColonEqual: ":=",
	Less: "<", Greater: ">", LessEqual: "<=", GreaterEqual: ">=", EqEqual: "==", NotEqual: "!=",
	LPar: "(", RPar: ")", LSqb: "[", RSqb: "]", LBrace: "{", RBrace: "}",
	Comma: ",", Colon: ":", Dot: ".", Ellipsis: "...", Semi: ";", Equal: "=", Arrow: "->",
	PlusEqual: "+=", MinEqual: "-=", StarEqual: "*=", SlashEqual: "/=", DoubleSlashEqual: "//=", PercentEqual: "%=",
	AtEqual: "@=", AmperEqual: "&=", VBarEqual: "|=", CircumflexEqual: "^=", LeftShiftEqual: "<<=",
	RightShiftEqual: ">>=", DoubleStarEqual: "**=", Exclamation: "!", Unknown: "OP",

	KwFalse: "False", KwNone: "None", KwTrue: "True", KwAnd: "and", KwAs: "as", KwAssert: "assert",
	KwAsync: "async", KwAwait: "await", KwBreak: "break", KwClass: "class", KwContinue: "continue",
	KwDef: "def", KwDel: "del", KwElif: "elif", KwElse: "else", KwExcept: "except", KwFinally: "finally",
	KwFor: "for", KwFrom: "from", KwGlobal: "global", KwIf: "if", KwImport: "import", KwIn: "in", KwIs: "is",
	KwLambda: "lambda", KwNonlocal: "nonlocal", KwNot: "not", KwOr: "or", KwPass: "pass", KwRaise: "raise",
	KwReturn: "return", KwTry: "try", KwWhile: "while", KwWith: "with", KwYield: "yield",
}

// String returns the spelling of an operator or keyword, and CPython's name of
// any other kind.
func (k Kind) String() string { return kindNames[k] }

// IsKeyword reports whether k is a keyword.
func (k Kind) IsKeyword() bool { return k >= KwFalse }

// IsOperator reports whether k is an operator or delimiter.
func (k Kind) IsOperator() bool { return k >= Plus && k <= Unknown }

// Token is one token. Indent, Dedent, EOF and a Newline that the source lacks
// are empty.
type Token struct {
	Kind Kind
	// Level is how many brackets are open where the token ends, 255 for more.
	Level uint8
	// Name is the interned identifier of a Name.
	Name ast.Name
	// Start and End are offsets into the source's text.
	Start, End uint32
	ast.Pos
}
