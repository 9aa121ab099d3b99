package ast

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

var fixedHashes = func() (h [numFixedNames]uint32) {
	for i, s := range fixedNames {
		h[i] = HashName(s)
	}
	return h
}()

// Names is the table of a file's identifiers. The zero value is not ready: use
// NewNames.
type Names struct {
	text  []string
	hash  []uint32 // of each text, to grow the table without hashing again
	slots []Name   // open addressing, a power of two; NoName is empty
}

// NewNames returns a table with the fixed names in it.
func NewNames() *Names {
	n := &Names{slots: make([]Name, 1024)}
	n.Reset()
	return n
}

// Reset forgets all names but the fixed ones.
func (n *Names) Reset() {
	if len(n.slots) > 1024 && 8*len(n.text) < len(n.slots) {
		n.slots = n.slots[:1024] // most files have few names
	}
	clear(n.slots)
	clear(n.text)
	n.text, n.hash = n.text[:0], n.hash[:0]
	n.text = append(n.text, fixedNames[:]...)
	n.hash = append(n.hash, fixedHashes[:]...)
	for i := 1; i < len(fixedNames); i++ {
		n.put(Name(i))
	}
}

// Len returns how many names there are, NoName included: every Name is less.
func (n *Names) Len() int { return len(n.text) }

// Text returns the text of a name.
func (n *Names) Text(id Name) string { return n.text[id] }

// Intern returns the name with text s, which must stay unchanged and alive.
func (n *Names) Intern(s string) Name { return n.InternHashed(s, HashName(s)) }

// InternHashed is Intern for a caller that knows HashName(s) already.
func (n *Names) InternHashed(s string, h uint32) Name {
	mask := uint32(len(n.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		id := n.slots[i]
		if id == NoName {
			break
		}
		if n.hash[id] == h && n.text[id] == s {
			return id
		}
	}
	if s == "" {
		return NoName
	}
	id := Name(len(n.text))
	n.text = append(n.text, s)
	n.hash = append(n.hash, h)
	if 2*len(n.text) > len(n.slots) {
		if k := 2 * len(n.slots); k <= cap(n.slots) {
			n.slots = n.slots[:k]
			clear(n.slots)
		} else {
			n.slots = make([]Name, k)
		}
		for i := 1; i < len(n.text); i++ {
			n.put(Name(i))
		}
	} else {
		n.put(id)
	}
	return id
}

// Lookup returns the name with text s if the table has it.
func (n *Names) Lookup(s string) (id Name, ok bool) {
	h := HashName(s)
	mask := uint32(len(n.slots) - 1)
	for i := h & mask; n.slots[i] != NoName; i = (i + 1) & mask {
		if id := n.slots[i]; n.hash[id] == h && n.text[id] == s {
			return id, true
		}
	}
	return NoName, false
}

// IsFixed reports whether a name has the same number in every file.
func (id Name) IsFixed() bool { return id < numFixedNames }

// put enters a name that is not in the table yet.
func (n *Names) put(id Name) {
	mask := uint32(len(n.slots) - 1)
	i := n.hash[id] & mask
	for n.slots[i] != NoName {
		i = (i + 1) & mask
	}
	n.slots[i] = id
}

// HashName returns the hash of s. It takes eight bytes at a time, the last ones
// filled up with zeros; a lexer with bytes to spare behind a name makes the same by
// HashStep, without assembling them.
func HashName(s string) uint32 {
	h := uint64(len(s))
	for len(s) >= 8 {
		h = HashStep(h, uint64(s[0])|uint64(s[1])<<8|uint64(s[2])<<16|uint64(s[3])<<24|
			uint64(s[4])<<32|uint64(s[5])<<40|uint64(s[6])<<48|uint64(s[7])<<56)
		s = s[8:]
	}
	var w uint64
	for i := 0; i < len(s); i++ {
		w |= uint64(s[i]) << (8 * i)
	}
	return HashEnd(HashStep(h, w))
}

// HashStep mixes eight bytes, the first in the lowest place, into a hash that
// began as the length of the name.
func HashStep(h, w uint64) uint64 {
	h = (h ^ w) * 0x9E3779B97F4A7C15
	return h ^ h>>32
}

// HashEnd returns the name's hash after the last step. A name whose length is a
// multiple of eight has a last step with zero.
func HashEnd(h uint64) uint32 { return uint32(h ^ h>>29) }
