package ast

// Name is an identifier, interned: an index into the file's Names. Two
// identifiers of a file are the same if and only if their Names are equal.
// Dotted module names and the star of an import are Names too.
type Name uint32

// The names that have the same number in every file. NoName is the absence of a
// name; its text is empty.
const (
	NoName Name = iota
	NameStar
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
	numFixedNames
)

var fixedNames = [numFixedNames]string{
	NoName:                     "",
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
}

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
	clear(n.slots)
	clear(n.text)
	n.text, n.hash = n.text[:0], n.hash[:0]
	for i, s := range fixedNames {
		n.text = append(n.text, s)
		n.hash = append(n.hash, HashName(s))
		if i > 0 {
			n.put(Name(i))
		}
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
		n.slots = make([]Name, 2*len(n.slots))
		for i := 1; i < len(n.text); i++ {
			n.put(Name(i))
		}
	} else {
		n.put(id)
	}
	return id
}

// put enters a name that is not in the table yet.
func (n *Names) put(id Name) {
	mask := uint32(len(n.slots) - 1)
	i := n.hash[id] & mask
	for n.slots[i] != NoName {
		i = (i + 1) & mask
	}
	n.slots[i] = id
}

// HashSeed and HashStep are FNV-1a, byte by byte, so that a lexer can hash an
// identifier while it looks for its end.
const HashSeed uint32 = 2166136261

// HashStep returns the hash of what h is the hash of, and c.
func HashStep(h uint32, c byte) uint32 { return (h ^ uint32(c)) * 16777619 }

// HashName returns the hash of s.
func HashName(s string) uint32 {
	h := HashSeed
	for i := 0; i < len(s); i++ {
		h = HashStep(h, s[i])
	}
	return h
}
