package instr

import "github.com/rules-precompile/precompile/precompile/pyc/marshal"

// ConstList are the constants of a unit in the order in which they were first
// used. Constants are told apart as objects: what is added has been merged.
type ConstList struct {
	list
}

func (l ConstList) reset() ConstList { return ConstList{l.list.reset()} }

// NameList are distinct interned strings in the order in which they were first
// used. Being interned, they are told apart as objects.
type NameList struct {
	list
}

func (l NameList) reset() NameList { return NameList{l.list.reset()} }

// list are distinct objects in the order in which they were first used.
//
// An object's mark has the serial of a list that it is in and its place in that, as
// far as both fit: of all lists that it is in, the one with the highest serial. So a
// mark of this list is the answer, and one of a lower serial, as that of an object
// that is new, says that the object is not here. One of a higher serial, such as code
// inside leaves, says nothing; then the list is searched.
type list struct {
	Values []*marshal.Value
	serial uint32 // 0: marks are not used
	index  map[*marshal.Value]int32
}

const (
	// scanned is the length up to which lists are searched without a map.
	scanned = 16
	// markBits is how many bits of a mark are the place.
	markBits = 16
)

// Add returns the index of v, which it appends if it is new.
func (l *list) Add(v *marshal.Value) int {
	if i, ok := l.Index(v); ok {
		return i
	}
	i := len(l.Values)
	l.Values = append(l.Values, v)
	if len(l.index) > 0 {
		l.index[v] = int32(i)
	}
	if l.serial != 0 && i < 1<<markBits && !v.Shared() && v.Mark()>>markBits <= l.serial {
		v.SetMark(l.serial<<markBits | uint32(i))
	}
	return i
}

// Index returns the index of v, if it is in the list.
func (l *list) Index(v *marshal.Value) (i int, ok bool) {
	if l.serial != 0 && len(l.Values) <= 1<<markBits && !v.Shared() {
		m := v.Mark()
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

func (l list) reset() list {
	clear(l.index)
	clear(l.Values)
	return list{Values: l.Values[:0], index: l.index}
}

// find looks for v. A long list gets a map; of an object that is in it twice the first
// place counts.
func (l *list) find(v *marshal.Value) (int, bool) {
	if len(l.Values) <= scanned {
		for i, w := range l.Values {
			if v == w {
				return i, true
			}
		}
		return 0, false
	}
	if len(l.index) == 0 {
		if l.index == nil {
			l.index = map[*marshal.Value]int32{}
		}
		for i := len(l.Values) - 1; i >= 0; i-- {
			l.index[l.Values[i]] = int32(i)
		}
	}
	i, ok := l.index[v]
	return int(i), ok
}
