package instr

import (
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// ConstList are the constants of a unit in the order in which they were first
// used. Constants are told apart as objects: what is added has been merged.
type ConstList struct {
	list
}

// NameList are distinct interned strings in the order in which they were first
// used. Being interned, they are told apart as objects.
type NameList struct {
	list
}

// list are distinct objects in the order in which they were first used.
//
// An object's mark has the serial of a list that it is in and its place in that, as
// far as both fit: of all lists that it is in, the one with the highest serial. So a
// mark of this list is the answer, and one of a lower serial, as that of an object
// that is new, says that the object is not here. One of a higher serial, such as code
// inside leaves, says nothing; then the list is searched. (The highest bit of a mark is
// the Pool's.)
type list struct {
	Values []*marshal.Value
	serial uint32 // 0: marks are not used
	// slots find objects by their addresses: open addressing, an index into Values plus
	// one, 0 where nothing is. They are made when a long list is first searched.
	slots []int32
}

const (
	// scanned is the length up to which lists are searched without slots.
	scanned = 16
	// markBits is how many bits of a mark are the place, serialBits how many the serial.
	markBits   = 16
	serialBits = 15
)

// Add returns the index of v, which it appends if it is new.
func (l *list) Add(v *marshal.Value) int {
	if i, ok := l.Index(v); ok {
		return i
	}
	i := len(l.Values)
	l.Values = append(l.Values, v)
	if len(l.slots) > 0 {
		l.put(i)
	}
	if m := v.Mark(); l.serial != 0 && i < 1<<markBits && m&^merged>>markBits <= l.serial {
		v.SetMark(m&merged | l.serial<<markBits | uint32(i))
	}
	return i
}

// Index returns the index of v, if it is in the list.
func (l *list) Index(v *marshal.Value) (i int, ok bool) {
	if l.serial != 0 && len(l.Values) <= 1<<markBits && !v.Shared() {
		m := v.Mark() &^ merged
		switch serial := m >> markBits; {
		case serial < l.serial:
			return 0, false
		case serial == l.serial:
			if i = int(m & (1<<markBits - 1)); i < len(l.Values) && l.Values[i] == v {
				return i, true
			}
		}
	}
	return l.find(v)
}

// Len returns the number of objects.
func (l *list) Len() int { return len(l.Values) }

// reset empties l. What is left behind the end of Values is overwritten sooner or later,
// and is nearly all of a Pool's memory, which stays anyway.
func (l *list) reset() {
	l.Values, l.slots, l.serial = l.Values[:0], l.slots[:0], 0
}

// find looks for v. Of an object that is in the list twice the first place counts.
func (l *list) find(v *marshal.Value) (int, bool) {
	if len(l.Values) <= scanned {
		for i, w := range l.Values {
			if v == w {
				return i, true
			}
		}
		return 0, false
	}
	if len(l.slots) == 0 {
		l.makeSlots()
	}
	mask := len(l.slots) - 1
	for at := slotOf(v) & mask; l.slots[at] != 0; at = (at + 1) & mask {
		if i := int(l.slots[at] - 1); l.Values[i] == v {
			return i, true
		}
	}
	return 0, false
}

// makeSlots makes slots for twice the present length.
func (l *list) makeSlots() {
	n := 4 * scanned
	for n < 4*len(l.Values) {
		n *= 2
	}
	if n > cap(l.slots) {
		l.slots = make([]int32, n)
	} else {
		l.slots = l.slots[:n]
		clear(l.slots)
	}
	for i := range l.Values {
		l.put(i)
	}
}

// put enters the object at index i.
func (l *list) put(i int) {
	if 2*i >= len(l.slots) {
		l.slots = l.slots[:0] // full: they are made anew when they are needed
		return
	}
	mask := len(l.slots) - 1
	at := slotOf(l.Values[i]) & mask
	for l.slots[at] != 0 {
		at = (at + 1) & mask
	}
	l.slots[at] = int32(i + 1)
}

// slotOf returns where to begin to look for v.
func slotOf(v *marshal.Value) int { return int(addressHash(v) >> 40) }
