package instr

import (
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// table is a set of objects by a hash of their content: open addressing, with the
// hashes next to the objects. Entries of an earlier compilation are told by their
// epoch, so that none has to be cleared; and each compilation begins with few of the
// entries, whatever the one before needed, so that what it uses is close together.
type table struct {
	entries []tableEntry // a power of two
	mask    uint32       // the index of the last entry in use
	epoch   uint32
	list    []tableEntry // what is in the table, in the order in which it was entered
}

type tableEntry struct {
	hash, epoch uint32
	v           *marshal.Value
}

// The number of entries that a table begins with, and what it keeps at most from one
// compilation to the next.
const (
	firstTable = 1 << 10
	keptTable  = 1 << 16
)

func (t *table) reset() {
	if len(t.entries) == 0 || len(t.entries) > keptTable {
		t.entries, t.list = make([]tableEntry, firstTable), nil
	}
	t.mask, t.list = firstTable-1, t.list[:0]
	t.forget()
}

// forget makes all entries free.
func (t *table) forget() {
	if t.epoch++; t.epoch == 0 {
		clear(t.entries)
		t.epoch = 1
	}
}

// text finds a str or bytes object by its content.
func (t *table) text(h uint32, kind marshal.Kind, s string) *marshal.Value {
	for i := h & t.mask; ; i = (i + 1) & t.mask {
		e := &t.entries[i]
		if e.epoch != t.epoch {
			return nil
		}
		if e.hash == h && e.v.Kind == kind && e.v.Data == s {
			return e.v
		}
	}
}

// equal finds the object that is one constant with v.
func (t *table) equal(h uint32, v *marshal.Value) *marshal.Value {
	for i := h & t.mask; ; i = (i + 1) & t.mask {
		e := &t.entries[i]
		if e.epoch != t.epoch {
			return nil
		}
		if e.hash == h && equalConst(v, e.v) {
			return e.v
		}
	}
}

// tuple finds a tuple of items that are one constant each with the given ones.
func (t *table) tuple(h uint32, items []*marshal.Value) *marshal.Value {
	for i := h & t.mask; ; i = (i + 1) & t.mask {
		e := &t.entries[i]
		if e.epoch != t.epoch {
			return nil
		}
		if e.hash == h && e.v.Kind == marshal.KindTuple && equalItems(items, e.v.Items) {
			return e.v
		}
	}
}

// add enters an object that is not in the table.
func (t *table) add(h uint32, v *marshal.Value) {
	if 2*len(t.list) > int(t.mask) {
		t.double()
	}
	t.list = append(t.list, tableEntry{hash: h, v: v})
	t.put(h, v)
}

func (t *table) put(h uint32, v *marshal.Value) {
	i := h & t.mask
	for t.entries[i].epoch == t.epoch {
		i = (i + 1) & t.mask
	}
	t.entries[i] = tableEntry{h, t.epoch, v}
}

func (t *table) double() {
	t.mask = 2*t.mask + 1
	if len(t.entries) <= int(t.mask) {
		t.entries = make([]tableEntry, t.mask+1)
	}
	t.forget()
	for i := range t.list {
		t.put(t.list[i].hash, t.list[i].v)
	}
}

// replace puts w in the place of v, which was entered.
func (t *table) replace(h uint32, v, w *marshal.Value) {
	for i := h & t.mask; t.entries[i].epoch == t.epoch; i = (i + 1) & t.mask {
		if t.entries[i].v == v {
			t.entries[i].v = w
		}
	}
	for i := len(t.list) - 1; i >= 0; i-- {
		if t.list[i].v == v {
			t.list[i].v = w
			return
		}
	}
}
