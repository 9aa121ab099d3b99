package marshal

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
}

func (g *graph) internedFresh(n *node) bool {
	s := n.v.Data
	switch {
	case n.roles&roleName != 0, nameChars(s):
		return true
	case g.p.minor >= 13:
		if n.roles&(roleFileName|roleCodeName|roleQualName) != 0 || oneLatin1(s) {
			return true
		}
	case oneLatin1(s):
		return s == "*"
	case staticName(s):
		return false
	}
	return interned(n.wire)
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
