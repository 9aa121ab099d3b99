package marshal

import "unicode/utf8"

// WriteRuleA appends v as the marshal module of CPython 3.11 or later writes a
// code object that was just compiled, where the graph's pointers are object
// identity: what FLAG_REF depends on in CPython are reference counts, and in a
// process that has done nothing else they follow from the graph.
//
// The caller says which objects are one (by pointer) and which str objects are
// interned (Interned). What a process has one object of by itself is taken as
// one wherever it stands: interned strings of one value, small ints, the empty
// tuple, str and bytes objects, str of one Latin-1 character and bytes of one
// byte. Elements of sets are put in CPython's order, whatever order they have.
// Ref and the type codes of the graph are of no account.
//
// An object is flagged (rule A) that is written more than once, or is
//
//   - an interned str, a str of at most one Latin-1 character (but see Own), a
//     co_filename;
//   - an int from -5 to 256 (3.15: to 1024);
//   - a co_code; an empty bytes object; one of one byte but for localspluskinds;
//   - the empty tuple;
//   - an element of a set or frozenset;
//   - the root, where it is a code object (3.11 to 3.14);
//   - a co_name or co_qualname of <module>, <lambda> and the like (3.11, 3.12).
//
// The errors are ErrTooDeep, ErrKind and ErrWork; dst is then returned as it was.
func WriteRuleA(dst []byte, v *Value, p Profile) ([]byte, error) {
	return new(Codec).WriteRuleA(dst, v, p)
}

// smallInts returns the range of ints that the series has one object of each.
func (p Profile) smallInts() (lo, hi int64) {
	if p.minor >= 15 {
		return -5, 1024
	}
	return -5, 256
}

// staticName reports whether s is a name that 3.11 and 3.12 have a static,
// immortal object of, which is not interned.
func staticName(s string) bool {
	switch s {
	case "<module>", "<lambda>", "<genexpr>", "<listcomp>", "<setcomp>", "<dictcomp>":
		return true
	}
	return false
}

// oneLatin1 reports whether s is one character below U+0100.
func oneLatin1(s string) bool {
	switch len(s) {
	case 1:
		return s[0] < utf8.RuneSelf
	case 2:
		return s[0] == 0xc2 || s[0] == 0xc3
	}
	return false
}

// ruleA sets the flags of every node, by its rep's count and roles.
func (g *graph) ruleA() {
	lo, hi := g.p.smallInts()
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.rep != uint32(i) {
			continue
		}
		v := n.v
		flag := n.count >= 2
		switch v.Kind {
		case KindInt:
			flag = flag || n.wire == codeInt && lo <= v.num && v.num <= hi
		case KindStr:
			flag = flag || n.roles&roleFileName != 0 || interned(n.wire) || len(v.Data) == 0 ||
				!n.own && oneLatin1(v.Data) ||
				g.p.minor < 13 && n.roles&(roleCodeName|roleQualName) != 0 && staticName(v.Data)
		case KindBytes:
			flag = flag || n.roles&roleBytecode != 0 || len(v.Data) == 0 || len(v.Data) == 1 && n.roles&roleKinds == 0
		case KindTuple:
			flag = flag || len(v.Items) == 0
		case KindCode:
			flag = flag || n.roles&roleRoot != 0 && g.p.minor < 15
		case KindFrozenSet:
			flag = flag && !n.inline
		}
		n.flag = flag || n.roles&roleElement != 0
		// 3.11 and 3.12 make the sort key of a set's element before they take a
		// reference of their own to it; 3.13 and later after.
		n.elem = n.flag
		if g.p.minor < 13 {
			n.elem = flag
		}
	}
}

// internChars interns the strings of one Latin-1 character (3.13 and later).
func (g *graph) internChars() {
	for i := range g.nodes {
		if n := &g.nodes[i]; n.v.Kind == KindStr && !n.own && oneLatin1(n.v.Data) {
			n.wire = internedCode(n.wire)
		}
	}
}

func interned(wire byte) bool {
	return wire == codeShortInterned || wire == codeASCIIInterned || wire == codeInterned
}

func internedCode(wire byte) byte {
	switch wire {
	case codeShort:
		return codeShortInterned
	case codeASCII:
		return codeASCIIInterned
	case codeUnicode:
		return codeInterned
	}
	return wire
}

func plainCode(wire byte) byte {
	switch wire {
	case codeShortInterned:
		return codeShort
	case codeASCIIInterned:
		return codeASCII
	case codeInterned:
		return codeUnicode
	}
	return wire
}
