package marshal

// internOwn decides which strings have an interned type code in the package's
// own form.
func (g *graph) internOwn() {
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.v.Kind == KindStr {
			if n.roles&roleName != 0 || nameChars(n.v.Data) {
				n.wire = internedCode(n.wire)
			} else {
				n.wire = plainCode(n.wire)
			}
		}
	}
}
func (g *graph) shareByValue() {}
func (g *graph) flagShared() {
	for i := range g.nodes {
		n := &g.nodes[i]
		n.flag = n.count > 1
		n.elem = n.flag
	}
}
