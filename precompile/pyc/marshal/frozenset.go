package marshal

import (
	"bytes"
	"encoding/binary"
	"slices"
)

// frozensetsFresh decides which frozensets of the constants are one object in a
// fresh process.
//
// The compiler has one object for all equal frozensets of a file. Each code
// object that is made then interns its constants, and puts a new frozenset in
// the place of one that has an element which interning replaced by another
// object. So the frozenset stays shared, or each place has its own; which of the
// two, does not follow from the graph of a process that had interned more.
//
// An element is replaced if it is a str that CPython interns, and the table has
// another object for it: that of an identifier of the file, which the parser
// entered, or start-up's.
func (g *graph) frozensetsFresh(root *Value) error {
	var sets []frozenset
	for i := range g.nodes {
		n := &g.nodes[i]
		if n.v.Kind != KindFrozenSet || n.roles&roleConst == 0 || n.roles&roleElement != 0 || n.rep != uint32(i) {
			continue
		}
		if g.hasInternable(n.v) {
			sets = append(sets, frozenset{node: uint32(i)})
		}
	}
	if len(sets) == 0 || len(sets) == 1 && g.nodes[sets[0].node].count == 1 {
		return nil
	}
	work := g.budget()
	for i := range sets {
		k := valueKey{g: g, work: &work}
		if err := k.append(g.nodes[sets[i].node].v, 0); err != nil {
			return err
		}
		sets[i].key = k.dst
	}
	ids := g.identifiers(root)
	slices.SortStableFunc(sets, func(a, b frozenset) int { return bytes.Compare(a.key, b.key) })
	for len(sets) > 0 {
		n := 1
		for n < len(sets) && bytes.Equal(sets[n].key, sets[0].key) {
			n++
		}
		if err := g.settle(sets[:n], &ids, &work); err != nil {
			return err
		}
		sets = sets[n:]
	}
	return nil
}

type frozenset struct {
	node uint32
	key  []byte
}

// settle makes one object of equal frozensets, or one for each place.
func (g *graph) settle(sets []frozenset, ids *identifiers, work *int) error {
	first := sets[0].node
	if !g.replaced(g.nodes[first].v, ids) {
		for _, s := range sets[1:] {
			g.unify(s.node, first)
			g.release(g.nodes[s.node].v)
		}
		return nil
	}
	for _, s := range sets {
		n := &g.nodes[s.node]
		n.inline = true
		// Each further place costs what the set takes on the wire.
		if *work -= int(n.count-1) * (len(s.key) + 8*len(n.v.Items)); *work < 0 {
			return ErrWork
		}
		for _, item := range n.v.Items {
			if !item.Kind.singleton() {
				g.nodes[g.nodes[item.mark].rep].count += n.count - 1
			}
		}
	}
	return nil
}

// release takes back the places that the parts of v held, for a v that is no
// longer written.
func (g *graph) release(v *Value) {
	for _, item := range v.Items {
		if item.Kind.singleton() {
			continue
		}
		n := &g.nodes[g.nodes[item.mark].rep]
		if n.count--; n.count == 0 && n.v.Kind == KindTuple {
			g.release(n.v)
		}
	}
}

// hasInternable reports whether a frozenset has an element that interning might
// replace. Strings of one Latin-1 character are the process's anyway.
func (g *graph) hasInternable(v *Value) bool {
	for _, item := range v.Items {
		switch item.Kind {
		case KindStr:
			if len(item.Data) > 1 && nameChars(item.Data) {
				return true
			}
		case KindFrozenSet:
			return true // to be looked into where the work is counted
		}
	}
	return false
}

// replaced reports whether interning replaces an element of a frozenset. How
// often it looks into nested ones is bounded by the work of their keys.
func (g *graph) replaced(v *Value, ids *identifiers) bool {
	for _, item := range v.Items {
		switch item.Kind {
		case KindStr:
			if len(item.Data) > 1 && nameChars(item.Data) && ids.replaced(item.Data) {
				return true
			}
		case KindFrozenSet:
			if g.replaced(item, ids) {
				return true
			}
		}
	}
	return false
}

// valueKey writes an object so that equal ones have the same bytes, type-strictly
// and whatever is shared; only those do, code objects within them left aside.
type valueKey struct {
	g    *graph
	dst  []byte
	work *int
}

func (k *valueKey) append(v *Value, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	if *k.work -= 2 + len(v.Data); *k.work < 0 {
		return ErrWork
	}
	k.dst = append(k.dst, byte(v.Kind))
	if v.Kind.singleton() {
		return nil
	}
	v = k.g.nodes[k.g.nodes[v.mark].rep].v
	switch v.Kind {
	case KindTuple, KindSlice, KindList, KindDict, KindFrozenDict:
		k.dst = binary.AppendUvarint(k.dst, uint64(len(v.Items)))
		for _, item := range v.Items {
			if err := k.append(item, depth+1); err != nil {
				return err
			}
		}
	case KindFrozenSet, KindSet:
		k.dst = binary.AppendUvarint(k.dst, uint64(len(v.Items)))
		keys := make([][]byte, len(v.Items))
		for i, item := range v.Items {
			inner := valueKey{g: k.g, work: k.work}
			if err := inner.append(item, depth+1); err != nil {
				return err
			}
			keys[i] = inner.dst
		}
		slices.SortFunc(keys, bytes.Compare)
		for _, key := range keys {
			k.dst = append(k.dst, key...)
		}
	case KindInt, KindFloat, KindComplex, KindBytes, KindStr:
		k.dst = binary.AppendVarint(k.dst, v.num)
		k.dst = binary.AppendUvarint(k.dst, uint64(len(v.Data)))
		k.dst = append(k.dst, v.Data...)
	}
	// Of a code object, which no compiler puts into a set, the kind must do.
	return nil
}
