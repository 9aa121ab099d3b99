package marshal

import (
	"bytes"
	"slices"
)

// ruleWriter writes a graph whose nodes say how.
type ruleWriter struct {
	encoder
	g    *graph
	refs refTable
	// orders are the elements of the sets in the order to write them, by node.
	orders map[uint32][]*Value
	// asIs: sets are in the order that they have.
	asIs bool
	// key writes the sort keys of elements; it is made when one is needed, and
	// used again.
	key *ruleWriter
	// work is how many bytes of sort keys may still be made; negative before the
	// first set of a graph.
	work int
}

// refTable is the numbers of the flagged objects of a stream, by node.
type refTable struct {
	entries []refEntry
	epoch   uint32
	count   uint32
}

type refEntry struct{ epoch, number uint32 }

// restart begins a stream over n nodes.
func (t *refTable) restart(n int) {
	if len(t.entries) < n {
		t.entries = make([]refEntry, n+n/4)
		t.epoch = 0
	}
	if t.epoch++; t.epoch == 0 {
		clear(t.entries)
		t.epoch = 1
	}
	t.count = 0
}

// number returns the number of node i, and whether it had one before.
func (t *refTable) number(i uint32) (number uint32, old bool) {
	e := &t.entries[i]
	if e.epoch == t.epoch {
		return e.number, true
	}
	*e = refEntry{t.epoch, t.count}
	t.count++
	return e.number, false
}

// write writes the graph that g holds, whose root is v.
func (c *Codec) write(dst []byte, v *Value, asIs bool) ([]byte, error) {
	w := &c.w
	w.begin(&c.g, asIs)
	w.dst = dst
	w.refs.restart(len(c.g.nodes))
	err := w.object(v, false)
	out := w.dst
	w.dst = nil
	if err != nil {
		return dst, err
	}
	return out, nil
}

// begin makes w ready for a graph.
func (w *ruleWriter) begin(g *graph, asIs bool) {
	w.encoder = encoder{p: g.p}
	w.g, w.asIs = g, asIs
	w.work = -1
	w.orders, g.orders = g.orders, nil
}

// object writes v. elem says that v is the whole of a sort key.
func (w *ruleWriter) object(v *Value, elem bool) error {
	if v.Kind.singleton() {
		w.dst = append(w.dst, v.wire)
		return nil
	}
	return w.node(w.g.nodes[v.mark].rep, elem)
}

// node writes the object of node rep.
func (w *ruleWriter) node(rep uint32, elem bool) error {
	rep = w.g.nodes[rep].rep
	n := &w.g.nodes[rep]
	v := n.v
	code := n.wire
	if elem && n.elem || !elem && n.flag {
		number, old := w.refs.number(rep)
		if old {
			w.ref(number)
			return nil
		}
		code |= flagRef
	}
	if w.depth >= MaxDepth {
		return ErrTooDeep
	}
	w.depth++
	items, err := w.head(v, code)
	if err != nil {
		return err
	}
	if len(items) > 1 && !w.asIs && (v.Kind == KindFrozenSet || v.Kind == KindSet) {
		if items, err = w.order(rep); err != nil {
			return err
		}
	}
	for _, item := range items {
		if err := w.object(item, false); err != nil {
			return err
		}
	}
	switch v.Kind {
	case KindDict, KindFrozenDict:
		w.dst = append(w.dst, codeNull)
	case KindCode:
		if err := w.code(v.code); err != nil {
			return err
		}
	}
	w.depth--
	return nil
}

func (w *ruleWriter) code(c *Code) error {
	fields, n, firstLineNo := c.objects(w.p.layout)
	w.numbers(c)
	for i, f := range fields[:n] {
		if i == firstLineNo {
			w.int32(c.FirstLineNo)
		}
		if f == &c.QualName && w.g.alts != nil {
			if alt, ok := w.g.alts[(*f).mark]; ok {
				if err := w.node(alt, false); err != nil {
					return err
				}
				continue
			}
		}
		if err := w.object(*f, false); err != nil {
			return err
		}
	}
	return nil
}

// order returns the elements of a set in the order of their sort keys, which are
// what each of them is when it is marshalled alone (bpo-37596).
//
// An order is found once for a set, however often keys of outer sets need it;
// what remains, keys within keys, is held by the budget of work.
func (w *ruleWriter) order(rep uint32) ([]*Value, error) {
	if items, ok := w.orders[rep]; ok {
		return items, nil
	}
	type element struct {
		key []byte
		v   *Value
	}
	if w.orders == nil {
		w.orders = map[uint32][]*Value{}
	}
	if w.work < 0 {
		w.work = w.g.budget()
	}
	if w.key == nil {
		w.key = new(ruleWriter)
	}
	items := w.g.nodes[rep].v.Items
	elements := make([]element, len(items))
	key := w.key
	key.encoder, key.g, key.orders, key.work = encoder{p: w.p, depth: w.depth}, w.g, w.orders, w.work
	for i, item := range items {
		from := len(key.dst)
		if err := key.sortKey(item); err != nil {
			return nil, err
		}
		if key.work -= len(key.dst) - from; key.work < 0 {
			return nil, ErrWork
		}
		elements[i] = element{key.dst[from:], item}
	}
	w.work = key.work
	slices.SortStableFunc(elements, func(a, b element) int { return bytes.Compare(a.key, b.key) })
	sorted := make([]*Value, len(items))
	for i, e := range elements {
		sorted[i] = e.v
	}
	w.orders[rep] = sorted
	return sorted, nil
}

// sortKey writes v as a stream of its own.
func (w *ruleWriter) sortKey(v *Value) error {
	if !v.Kind.singleton() {
		n := &w.g.nodes[w.g.nodes[v.mark].rep]
		if n.v.Kind < KindTuple {
			// Nothing within it: no table is needed.
			code := n.wire
			if n.elem {
				code |= flagRef
			}
			_, err := w.head(n.v, code)
			return err
		}
		if len(w.refs.entries) < len(w.g.nodes) {
			// A table to be made, one for each level of sets within sets.
			if w.work -= len(w.g.nodes); w.work < 0 {
				return ErrWork
			}
		}
		w.refs.restart(len(w.g.nodes))
	}
	return w.object(v, true)
}
