package marshal

// What a process that has compiled before leaves in a code object, and how the
// defined form of CPython 3.11 and later undoes it, is the matter of this file.
//
// The compiler makes its objects anew for each file, so that the graph that
// marshal.dumps wrote tells truly which of them are one; there is no guessing
// from equal values. The exception is the table of interned strings, which is
// the process's. Where CPython interns a string, the object that is in the table
// takes its place, and whether there was one, decides
//
//   - the type code of the string, and whether two equal strings are one;
//   - (3.13+) whether the body of a nested class and its code object's qualname
//     have one object: the one that the compiler made, if it was entered;
//   - whether a frozenset that several code objects share stays one: interning
//     the constants of a code object makes a new frozenset where an element was
//     replaced by another object.
//
// A fresh process has the strings of the file itself in its table, and those that
// start-up left there, which is why they are listed (startup.txt).

// internFresh decides which strings are interned in a fresh process.
func (g *graph) internFresh() {
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.v.Kind != KindStr {
			continue
		}
		if g.internedFresh(n) {
			n.wire = internedCode(n.wire)
		} else {
			n.wire = plainCode(n.wire)
		}
	}
	for i, count := 0, len(g.nodes); i < count; i++ {
		if g.nodes[i].roles&roleClassQual != 0 {
			g.classQualFresh(uint32(i))
		}
	}
}

func (g *graph) internedFresh(n *node) bool {
	return !n.own && g.p.internedFresh(n.v.Data, n.roles, n.wire)
}

// internedFresh decides over a str s that stands in places of the given roles and
// has the type code wire.
func (p Profile) internedFresh(s string, roles role, wire byte) bool {
	switch {
	case p.minor < 13 && roles == roleFileName && !oneLatin1(s):
		return false // whatever it reads like: it comes from the command line
	case roles&roleName != 0, nameChars(s):
		return true
	case p.minor >= 13:
		if roles&(roleFileName|roleCodeName|roleQualName|roleClassQual) != 0 || oneLatin1(s) {
			return true
		}
	case oneLatin1(s):
		return s == "*"
	case staticName(s):
		return false
	}
	// A name that is not ASCII, as a constant: the parser's own object, interned
	// in every process, or a literal's, interned in none.
	return interned(wire)
}

// classQualFresh settles the qualname that a class body loads, where start-up
// has one like it in the table: the code object then has start-up's, and the
// body keeps the one that the compiler made.
func (g *graph) classQualFresh(i uint32) {
	n := &g.nodes[i]
	if g.p.minor < 13 || nameChars(n.v.Data) || !g.p.AtStartup(n.v.Data) {
		return
	}
	n.wire = plainCode(n.wire)
	if n.roles&roleQualName == 0 {
		return
	}
	// The graph has one object in both places: it becomes two.
	n.roles &^= roleQualName
	alt := node{
		v: n.v, rep: uint32(len(g.nodes)), roles: roleQualName, wire: internedCode(n.wire),
	}
	for j := range g.nodes {
		if c := g.nodes[j].v.code; c != nil && c.QualName == n.v {
			alt.count++
		}
	}
	n.count -= alt.count
	if g.alts == nil {
		g.alts = map[uint32]uint32{}
	}
	g.alts[i] = alt.rep
	g.nodes = append(g.nodes, alt)
}

// nameChars reports whether CPython interns a constant s: whether it is of ASCII
// letters, digits and underscores only.
func nameChars(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_' {
			continue
		}
		return false
	}
	return true
}
