package marshal

import (
	"bytes"
	"slices"
)

// form is the package's own form, by what it leaves as the graph has it. The
// zero form leaves nothing: what it writes is a function of the values alone.
// Compare leaves one thing at a time to find in what two streams differ.
type form struct {
	keepFlags    bool // flags on what is written once
	keepInterned bool // interned type codes
	keepSharing  bool // which objects are one
	keepOrder    bool // the order of sets
	keepCodes    bool // old and needlessly long type codes
}

// own makes g ready for writing v in form f.
func (g *graph) own(v *Value, f form) error {
	if !f.keepCodes {
		g.normalise()
	} else {
		g.oldForms()
	}
	if !f.keepInterned {
		g.internOwn()
	}
	if !f.keepOrder {
		if err := g.orderByValue(); err != nil {
			return err
		}
	}
	if !f.keepSharing {
		g.shareByValue(f)
	}
	if err := g.recount(v); err != nil {
		return err
	}
	for i := range g.nodes {
		n := &g.nodes[i]
		n.flag = n.count > 1
		if f.keepFlags && n.v.Ref {
			// A flag that no reference needs stays on the one that is written.
			g.nodes[n.rep].flag = true
		}
	}
	return nil
}

// oldForms leaves every type code as it was read.
func (g *graph) oldForms() {
	for i := range g.nodes {
		n := &g.nodes[i]
		n.wire = n.v.wire
	}
}

// internOwn decides which strings have an interned type code in the package's
// own form: by value, those that are a name anywhere in the graph, and those of
// ASCII letters, digits and underscores.
func (g *graph) internOwn() {
	names := false
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.v.Kind != KindStr {
			continue
		}
		plain := !nameChars(n.v.Data)
		if plain && n.roles&roleName != 0 {
			// A name that is not ASCII: rare enough to look for its equals.
			names = true
			n.wire = internedCode(n.wire)
			continue
		}
		if plain {
			n.wire = plainCode(n.wire)
		} else {
			n.wire = internedCode(n.wire)
		}
	}
	if !names {
		return
	}
	set := map[string]bool{}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.v.Kind == KindStr && n.roles&roleName != 0 {
			set[n.v.Data] = true
		}
	}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.v.Kind == KindStr && set[n.v.Data] {
			n.wire = internedCode(n.wire)
		}
	}
}

// orderByValue puts the elements of each set in the order of their values: by
// kind, then content, as valueKey has them.
func (g *graph) orderByValue() error {
	work := g.budget()
	for i := range g.nodes {
		v := g.nodes[i].v
		if v.Kind != KindFrozenSet && v.Kind != KindSet || len(v.Items) < 2 {
			continue
		}
		type element struct {
			key []byte
			v   *Value
		}
		elements := make([]element, len(v.Items))
		for j, item := range v.Items {
			k := valueKey{g: g, work: &work}
			if err := k.append(item, 0); err != nil {
				return err
			}
			elements[j] = element{k.dst, item}
		}
		slices.SortStableFunc(elements, func(a, b element) int { return bytes.Compare(a.key, b.key) })
		sorted := make([]*Value, len(elements))
		for j, e := range elements {
			sorted[j] = e.v
		}
		if g.orders == nil {
			g.orders = map[uint32][]*Value{}
		}
		g.orders[uint32(i)] = sorted
	}
	return nil
}

// budget is how much work may go into the keys of sets, in bytes: more than any
// compiler's output needs, and linear in the size of the graph.
func (g *graph) budget() int {
	work := 1<<20 + 64*len(g.nodes)
	for i := range g.nodes {
		work += 4 * len(g.nodes[i].v.Data)
	}
	return work
}

// items returns the elements of node i's object, in the order to write them.
func (g *graph) items(i uint32) []*Value {
	if items, ok := g.orders[i]; ok {
		return items
	}
	return g.nodes[i].v.Items
}

// repOf returns what stands for v in a comparison by value: the node that it is
// written as, or its kind where that is all there is to it.
func (g *graph) repOf(v *Value) uint32 {
	if v.Kind.singleton() {
		return ^uint32(v.Kind)
	}
	return g.nodes[v.mark].rep
}

// shareByValue makes one of all equal immutable objects, type-strictly: 1, 1.0
// and True differ, and so do 0.0 and -0.0 and NaNs of other bits. Lists, dicts
// and sets, which a program could tell apart, stay as they are.
//
// It goes through the objects in the order in which the walk was done with them,
// so that the parts of each are settled before it is.
func (g *graph) shareByValue(f form) {
	for _, i := range g.post {
		n := &g.nodes[i]
		v := n.v
		h := uint64(v.Kind) * 0x9e3779b97f4a7c15
		mix := func(x uint64) { h = (h ^ x) * 0xff51afd7ed558ccd; h ^= h >> 29 }
		if f.keepInterned || f.keepCodes {
			mix(uint64(n.wire))
		}
		switch v.Kind {
		case KindInt:
			mix(uint64(v.num))
			if len(v.Data) > 0 {
				mix(g.table.string(v.Data))
			}
		case KindFloat, KindComplex, KindBytes, KindStr:
			mix(g.table.string(v.Data))
		case KindTuple, KindFrozenSet, KindSlice:
			for _, item := range g.items(i) {
				mix(uint64(g.repOf(item)))
			}
		case KindCode:
			fields, count, _ := v.code.objects(g.p.layout)
			for _, f := range fields[:count] {
				mix(uint64(g.repOf(*f)))
			}
			mix(uint64(v.code.FirstLineNo))
		default:
			continue
		}
		n.rep = g.table.find(h, i, func(j uint32) bool { return g.sameValue(i, j, f) })
	}
}

// sameValue reports whether the objects of nodes i and j are equal, given that
// their parts have been settled.
func (g *graph) sameValue(i, j uint32, f form) bool {
	a, b := g.nodes[i].v, g.nodes[j].v
	if a.Kind != b.Kind || a.number() != b.number() || a.Data != b.Data || len(a.Items) != len(b.Items) ||
		(f.keepInterned || f.keepCodes) && g.nodes[i].wire != g.nodes[j].wire {
		return false
	}
	if a.Kind == KindCode {
		return g.sameCode(a.code, b.code)
	}
	if len(a.Items) > 0 {
		other := g.items(j)
		for k, item := range g.items(i) {
			if g.repOf(item) != g.repOf(other[k]) {
				return false
			}
		}
	}
	return true
}

func (g *graph) sameCode(a, b *Code) bool {
	p, n := a.numbers(g.p.layout)
	q, _ := b.numbers(g.p.layout)
	for k := range p[:n] {
		if *p[k] != *q[k] {
			return false
		}
	}
	fa, n, _ := a.objects(g.p.layout)
	fb, _, _ := b.objects(g.p.layout)
	for k := range fa[:n] {
		if g.repOf(*fa[k]) != g.repOf(*fb[k]) {
			return false
		}
	}
	return a.FirstLineNo == b.FirstLineNo
}

// recount counts the places of each object that is written.
func (g *graph) recount(v *Value) error {
	for i := range g.nodes {
		g.nodes[i].count = 0
	}
	g.depth = 0
	return g.count(v)
}

func (g *graph) count(v *Value) error {
	if v.Kind.singleton() {
		return nil
	}
	i := g.nodes[v.mark].rep
	n := &g.nodes[i]
	if n.count++; n.count > 1 {
		return nil
	}
	v = n.v
	if v.Kind < KindTuple {
		return nil
	}
	if g.depth >= MaxDepth {
		return ErrTooDeep
	}
	g.depth++
	for _, item := range g.items(i) {
		if err := g.count(item); err != nil {
			return err
		}
	}
	if v.Kind == KindCode {
		fields, count, _ := v.code.objects(g.p.layout)
		for _, f := range fields[:count] {
			if err := g.count(*f); err != nil {
				return err
			}
		}
	}
	g.depth--
	return nil
}
