package ast

import (
	"math/bits"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/texthash"
)

// Name is an identifier, interned: an index into the file's Names. Two
// identifiers of a file are the same if and only if their Names are equal.
// Dotted module names and the star of an import are Names too.
type Name uint32

// NoName is the absence of a name; its text is empty.
const NoName Name = 0

// The keywords are the first names, so that the lexer tells a keyword by its
// number. No node has one as its identifier, except where normalisation made it
// (𝐝𝐞𝐟 is a name that reads "def").
const (
	FirstKeyword Name = 1
	LastKeyword  Name = 35
)

// The names that have the same number in every file.
const (
	// NameLambda is a keyword, and what scopes of lambdas are called.
	NameLambda Name = 25
)

// The names that have the same number in every file and are no keywords.
const (
	NameStar = LastKeyword + 1 + iota
	NameUnderscore
	NameMatch
	NameCase
	NameType
	NameLazy
	NameSuper
	NameClass
	NameDebug
	NameAnnotations
	NameFuture
	NameSelf
	NameDoc
	NameModule
	NameQualname
	NameClassCell
	NameTypeParams
	NameStaticAttributes
	NameFirstLineno
	NameAnnotate
	NameConditionalAnnotations
	NameClassDict
	NameName
	NameAll
	NameAnnotationScope
	NameTop
	NameGenexpr
	NameListcomp
	NameSetcomp
	NameDictcomp
	NameAnonLambda
	NameAnonGenexpr
	NameAnonListcomp
	NameAnonSetcomp
	NameAnonDictcomp
	NameDotZero
	NameDotTypeParams
	NameDotGenericBase
	NameDotDefaults
	NameDotKwDefaults
	NameDotFormat
	numFixedNames
)

var fixedNames = [numFixedNames]string{
	"",
	"False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif", "else",
	"except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
	"nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",

	NameStar:                   "*",
	NameUnderscore:             "_",
	NameMatch:                  "match",
	NameCase:                   "case",
	NameType:                   "type",
	NameLazy:                   "lazy",
	NameSuper:                  "super",
	NameClass:                  "__class__",
	NameDebug:                  "__debug__",
	NameAnnotations:            "__annotations__",
	NameFuture:                 "__future__",
	NameSelf:                   "self",
	NameDoc:                    "__doc__",
	NameModule:                 "__module__",
	NameQualname:               "__qualname__",
	NameClassCell:              "__classcell__",
	NameTypeParams:             "__type_params__",
	NameStaticAttributes:       "__static_attributes__",
	NameFirstLineno:            "__firstlineno__",
	NameAnnotate:               "__annotate__",
	NameConditionalAnnotations: "__conditional_annotations__",
	NameClassDict:              "__classdict__",
	NameName:                   "__name__",
	NameAll:                    "__all__",
	NameAnnotationScope:        "_annotation",
	NameTop:                    "top",
	NameGenexpr:                "genexpr",
	NameListcomp:               "listcomp",
	NameSetcomp:                "setcomp",
	NameDictcomp:               "dictcomp",
	NameAnonLambda:             "<lambda>",
	NameAnonGenexpr:            "<genexpr>",
	NameAnonListcomp:           "<listcomp>",
	NameAnonSetcomp:            "<setcomp>",
	NameAnonDictcomp:           "<dictcomp>",
	NameDotZero:                ".0",
	NameDotTypeParams:          ".type_params",
	NameDotGenericBase:         ".generic_base",
	NameDotDefaults:            ".defaults",
	NameDotKwDefaults:          ".kwdefaults",
	NameDotFormat:              ".format",
}

var fixedKeys = func() (k [numFixedNames]uint64) {
	for i, s := range fixedNames {
		k[i] = keyOf(s)
	}
	return k
}()

// Names is the table of a file's identifiers. The zero value is not ready: use
// NewNames.
type Names struct {
	text    []string
	keys    []uint64 // of each text: see keyOf
	private []bool   // of each text: see Private
	slots   []Name   // open addressing, a power of two; NoName is empty
	shift   uint     // of a key's hash to make it an index into slots
}

// minSlots is how many slots a table has at least.
const minSlots = 1024

// NewNames returns a table with the fixed names in it.
func NewNames() *Names {
	n := &Names{slots: make([]Name, minSlots)}
	n.text = append(n.text, fixedNames[:]...)
	n.keys = append(n.keys, fixedKeys[:]...)
	n.private = make([]bool, numFixedNames) // none of the fixed names is
	n.enterAll()
	return n
}

// Reset forgets all names but the fixed ones.
func (n *Names) Reset() {
	if len(n.slots) > minSlots && 8*len(n.text) < len(n.slots) {
		n.slots = n.slots[:minSlots] // most files have few names
	}
	clear(n.slots)
	clear(n.text[numFixedNames:])
	n.text, n.keys, n.private = n.text[:numFixedNames], n.keys[:numFixedNames], n.private[:numFixedNames]
	n.enterAll()
}

// Len returns how many names there are, NoName included: every Name is less.
func (n *Names) Len() int { return len(n.text) }

// Text returns the text of a name.
func (n *Names) Text(id Name) string { return n.text[id] }

// Private reports whether a name is one that classes mangle: two underscores before
// it, not two behind it, and no dot in it, which the name of a module has.
func (n *Names) Private(id Name) bool { return n.private[id] }

// Intern returns the name with text s, which must stay unchanged and alive.
func (n *Names) Intern(s string) Name {
	if s == "" {
		return NoName
	}
	return n.InternKeyed(s, keyOf(s))
}

// InternKeyed is Intern for a caller that knows the key of s already, which is no
// empty text.
func (n *Names) InternKeyed(s string, key uint64) Name {
	mask := uint(len(n.slots) - 1)
	for i := n.slot(key); ; i++ {
		id := n.slots[i&mask]
		if id == NoName {
			return n.add(s, key)
		}
		if n.keys[id] == key && (key < longKey || n.text[id] == s) {
			return id
		}
	}
}

// add makes a name that is not in the table yet.
func (n *Names) add(s string, key uint64) Name {
	id := Name(len(n.text))
	n.text = append(n.text, s)
	n.keys = append(n.keys, key)
	n.private = append(n.private, len(s) >= 3 && s[:2] == "__" && !strings.HasSuffix(s, "__") && strings.IndexByte(s, '.') < 0)
	if 2*len(n.text) <= len(n.slots) {
		n.enter(id)
		return id
	}
	if k := 2 * len(n.slots); k <= cap(n.slots) {
		n.slots = n.slots[:k]
		clear(n.slots)
	} else {
		n.slots = make([]Name, k)
	}
	n.enterAll()
	return id
}

// Lookup returns the name with text s if the table has it.
func (n *Names) Lookup(s string) (id Name, ok bool) {
	key := keyOf(s)
	mask := uint(len(n.slots) - 1)
	for i := n.slot(key) & mask; n.slots[i] != NoName; i = (i + 1) & mask {
		if id := n.slots[i]; n.keys[id] == key && n.text[id] == s {
			return id, true
		}
	}
	return NoName, false
}

// IsFixed reports whether a name has the same number in every file.
func (id Name) IsFixed() bool { return id < numFixedNames }

// slot returns where the search for a key begins, to be taken modulo the slots.
func (n *Names) slot(key uint64) uint { return uint(texthash.Number(key) >> (n.shift & 63)) }

// enter puts a name into its slot, which it has none of yet.
func (n *Names) enter(id Name) {
	mask := uint(len(n.slots) - 1)
	i := n.slot(n.keys[id]) & mask
	for n.slots[i] != NoName {
		i = (i + 1) & mask
	}
	n.slots[i] = id
}

// enterAll puts all names into slots, which are empty.
func (n *Names) enterAll() {
	n.shift = uint(65 - bits.Len(uint(len(n.slots))))
	for id := 1; id < len(n.text); id++ {
		n.enter(Name(id))
	}
}

// longKey is the least key of a text of eight bytes or more, whose key may be that
// of another text too. The key of a shorter text is its own: no other text has it.
const longKey = 0xFF << 56

// ShortKey is the key of a text of size bytes, less than eight, that w begins with,
// the first byte in its lowest place. What follows the text in w does not matter.
func ShortKey(w uint64, size int) uint64 {
	return w&(1<<(8*uint(size)&63)-1) | uint64(size)<<56
}

// keyOf returns the key by which the table finds a text.
func keyOf(s string) uint64 {
	if len(s) < 8 {
		var w uint64
		for i := len(s) - 1; i >= 0; i-- {
			w = w<<8 | uint64(s[i])
		}
		return ShortKey(w, len(s))
	}
	return LongKey(s)
}

// LongKey is the key of a text of eight bytes or more.
func LongKey(s string) uint64 { return texthash.Text(s) | longKey }
