package instr

import (
	"hash/maphash"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// table is a set of objects by a hash of their content: open addressing, with the
// hashes next to the objects. Entries of an earlier compilation are told by their
// epoch, so that none has to be cleared.
type table struct {
	entries []tableEntry // a power of two
	used    int
	epoch   uint32
}

type tableEntry struct {
	hash, epoch uint32
	v           *marshal.Value
}

// The number of entries that a table begins with, and what it keeps at most from one
// compilation to the next.
const (
	firstTable = 1 << 9
	keptTable  = 1 << 16
)

func (t *table) reset() {
	if len(t.entries) == 0 || len(t.entries) > keptTable {
		t.entries = make([]tableEntry, firstTable)
	}
	t.used = 0
	if t.epoch++; t.epoch == 0 {
		clear(t.entries)
		t.epoch = 1
	}
}

// text finds a str or bytes object by its content.
func (t *table) text(h uint32, kind marshal.Kind, s string) *marshal.Value {
	mask := uint32(len(t.entries) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
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
	mask := uint32(len(t.entries) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := &t.entries[i]
		if e.epoch != t.epoch {
			return nil
		}
		if e.hash == h && equalConst(v, e.v) {
			return e.v
		}
	}
}

// add enters an object that is not in the table.
func (t *table) add(h uint32, v *marshal.Value) {
	if 2*t.used >= len(t.entries) {
		t.double()
	}
	t.used++
	t.put(h, v)
}

func (t *table) put(h uint32, v *marshal.Value) {
	mask := uint32(len(t.entries) - 1)
	i := h & mask
	for t.entries[i].epoch == t.epoch {
		i = (i + 1) & mask
	}
	t.entries[i] = tableEntry{h, t.epoch, v}
}

func (t *table) double() {
	old := t.entries
	t.entries = make([]tableEntry, 2*len(old))
	for _, e := range old {
		if e.epoch == t.epoch {
			t.put(e.hash, e.v)
		}
	}
}

// replace puts w in the place of v.
func (t *table) replace(h uint32, v, w *marshal.Value) {
	mask := uint32(len(t.entries) - 1)
	for i := h & mask; t.entries[i].epoch == t.epoch; i = (i + 1) & mask {
		if t.entries[i].v == v {
			t.entries[i].v = w
			return
		}
	}
}

// hashText returns a hash of the content of a str.
func hashText(s string) uint32 { return short(maphash.String(seed, s)) }

// constHash returns a hash that equal constants share.
func constHash(v *marshal.Value) uint32 { return short(hashConst(v)) }

func short(h uint64) uint32 { return uint32(h ^ h>>32) }
