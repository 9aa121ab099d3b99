package marshal

import (
	"strings"
	"unicode/utf8"
)

// Most of what a process that compiled before writes is in the defined form of a
// fresh one already. A scanner sees that in one pass over the bytes, without
// making the graph. It knows less than the graph's passes do: where it says no,
// they have to tell. Where it says yes, they would change nothing:
//
//   - each object has the type code and the flag that normalise, internFresh and
//     ruleA would give it;
//   - unite finds no two objects to make one of, and frozensetsFresh has nothing to
//     decide;
//   - sets are in order.
//
// An object without the flag stands in one place, so all that is asked of it is
// text when it is read. Those with the flag are kept, and judged at the end.
type scanner struct {
	p    Profile
	data string
	pos  int
	refs []scanned
	// sets are the elements of the sets, as indexes in refs, or less than 0 for one
	// without identity (the byte is the index's complement); each set's after its
	// number of elements.
	sets []int
	// choices is how many frozensets frozensetsFresh would look at.
	choices int
	// first is the first constant of the tuple of constants that was read last.
	first constant
	table *table
	depth int
}

// scanned is an object with the flag.
type scanned struct {
	from, to  int // its content, without the type code; of strings without the length
	head      int // where the content starts, with the length
	count     int
	items     int  // of a tuple
	qualAt    int  // where it was first a qualname
	roles     role // of all places so far
	code      byte
	open, own bool
	strings   bool // a tuple of str alone
}

// scanDepth is how deep the scanner follows: more than any compiler nests.
const scanDepth = 500

// fresh reports whether data is a stream in the defined form. False means that
// it is not text.
func (s *scanner) fresh(data string, p Profile, t *table) bool {
	if !p.FreshProcess() || len(data) > 1<<30 {
		return false
	}
	s.p, s.data, s.pos, s.depth, s.table = p, data, 0, 0, t
	s.refs, s.sets, s.choices = s.refs[:0], s.sets[:0], 0
	if cap(s.refs) > keptNodes {
		s.refs = nil
	}
	_, ok := s.object(roleRoot)
	ok = ok && s.pos == len(data) && s.judge()
	s.data, s.table = "", nil
	return ok
}

// place is what an object's container wants to know of it.
type place struct {
	code byte // type code
	ref  int  // index in refs, or -1 for an object without the flag
	// met: it was met before.
	met bool
	// from and to are the content of a string, items the length of a tuple.
	from, to, items int
	strings         bool
}

// constant is a str in a tuple of constants; ok is false where there is none.
type constant struct {
	ok            bool
	ref, from, to int
}

func (s *scanner) int32() (int, bool) {
	if len(s.data)-s.pos < 4 {
		return 0, false
	}
	n := int32(uint32At(s.data, s.pos))
	s.pos += 4
	return int(n), true
}

// take passes over n bytes.
func (s *scanner) take(n int) bool {
	if n < 0 || n > len(s.data)-s.pos {
		return false
	}
	s.pos += n
	return true
}

// object reads an object that stands in a place of role r.
func (s *scanner) object(r role) (o place, ok bool) {
	if s.pos >= len(s.data) {
		return o, false
	}
	b := s.data[s.pos]
	s.pos++
	o = place{code: b &^ flagRef, ref: -1}
	switch b {
	case codeNone, codeFalse, codeTrue, codeEllipsis, codeStopIteration:
		return o, true
	case codeRef:
		n, ok := s.int32()
		if !ok || n < 0 || n >= len(s.refs) || s.refs[n].open {
			return o, false
		}
		f := &s.refs[n]
		f.count++
		if r&roleQualName != 0 && f.roles&roleQualName == 0 {
			f.qualAt = s.pos
		}
		f.roles |= r
		if f.code == codeFrozenSet && f.roles&roleConst != 0 && s.choices > 0 {
			// Perhaps the one that frozensetsFresh would look at.
			return o, false
		}
		return place{code: f.code, ref: n, met: true, from: f.from, to: f.to, items: f.items, strings: f.strings}, true
	}
	flag := b&flagRef != 0
	if flag {
		o.ref = len(s.refs)
		s.refs = append(s.refs, scanned{count: 1, roles: r, code: o.code, open: true, head: s.pos, qualAt: s.pos})
	} else if r&roleElement != 0 {
		return o, false // elements have the flag
	}
	o.from = s.pos
	switch o.code {
	case codeInt:
		n, ok := s.int32()
		if !ok || !flag && s.small(n) {
			return o, false
		}
	case codeLong:
		if !s.long() {
			return o, false
		}
	case codeFloat:
		if !s.take(8) {
			return o, false
		}
	case codeComplex:
		if !s.take(16) {
			return o, false
		}
	case codeBytes:
		n, ok := s.int32()
		o.from = s.pos
		if !ok || !s.take(n) {
			return o, false
		}
		if !flag && (r&roleBytecode != 0 || n == 0 || n == 1 && r&roleKinds == 0) {
			return o, false
		}
	case codeShort, codeShortInterned, codeASCII, codeASCIIInterned, codeUnicode, codeInterned:
		if !s.str(&o, r) {
			return o, false
		}
	case codeSmallTuple, codeTuple:
		if !s.tuple(&o, r, flag) {
			return o, false
		}
	case codeFrozenSet:
		if !s.frozenset(&o, r) {
			return o, false
		}
	case codeSlice:
		if s.p.version < 5 || !s.items(&o, 3, r&roleConst) {
			return o, false
		}
	case codeCode:
		if !flag && r&roleRoot != 0 && s.p.minor < 15 || !s.code() {
			return o, false
		}
	default:
		return o, false
	}
	o.to = s.pos
	if flag {
		f := &s.refs[o.ref]
		f.open, f.from, f.to, f.items, f.strings = false, o.from, o.to, o.items, o.strings
	}
	return o, true
}

func (s *scanner) small(n int) bool {
	lo, hi := s.p.smallInts()
	return lo <= int64(n) && int64(n) <= hi
}

// long reads an int of digits, which must be one that takes them.
func (s *scanner) long() bool {
	n, ok := s.int32()
	if !ok {
		return false
	}
	count := max(n, -n)
	at := s.pos
	if count < 3 || count > len(s.data) || !s.take(2*count) {
		return false // two digits fit in 32 bits
	}
	digits := s.data[at:s.pos]
	for i := 1; i < len(digits); i += 2 {
		if digits[i] >= 0x80 {
			return false
		}
	}
	top := int(digits[2*count-2]) | int(digits[2*count-1])<<8
	return top > 2 || count > 3 && top > 0
}

// str reads the rest of a str, whose type code o has.
func (s *scanner) str(o *place, r role) bool {
	var n int
	ok := true
	short := o.code == codeShort || o.code == codeShortInterned
	if short {
		if ok = s.pos < len(s.data); ok {
			n = int(s.data[s.pos])
			s.pos++
		}
	} else {
		n, ok = s.int32()
	}
	o.from = s.pos
	if !ok || !s.take(n) {
		return false
	}
	text := s.data[o.from:s.pos]
	ascii := isASCII(text)
	switch o.code {
	case codeUnicode, codeInterned:
		if ascii || !utf8.ValidString(text) {
			return false
		}
	default:
		if !ascii || !short && n < 256 {
			return false
		}
	}
	own := false
	if oneLatin1(text) {
		if s.p.minor >= 13 {
			own = !interned(o.code)
		} else {
			own = o.ref < 0
		}
	}
	if o.ref >= 0 {
		s.refs[o.ref].own = own
		return true
	}
	// Without the flag: not what has it wherever it stands, and not interned.
	switch {
	case interned(o.code), len(text) == 0, r&(roleFileName|roleName) != 0:
		return false
	case own:
		return true
	case s.p.minor < 13 && r&(roleCodeName|roleQualName) != 0 && staticName(text):
		return false
	}
	return !s.p.internedFresh(text, r, o.code)
}

func uint32At(s string, i int) uint32 {
	_ = s[i+3]
	return uint32(s[i]) | uint32(s[i+1])<<8 | uint32(s[i+2])<<16 | uint32(s[i+3])<<24
}

func (s *scanner) tuple(o *place, r role, flag bool) bool {
	n := 0
	if o.code == codeSmallTuple {
		if s.pos >= len(s.data) {
			return false
		}
		n = int(s.data[s.pos])
		s.pos++
	} else {
		var ok bool
		if n, ok = s.int32(); !ok || n < 256 {
			return false
		}
	}
	if n == 0 && !flag {
		return false
	}
	inner := r & roleConst
	if r&roleNameTuple != 0 {
		inner |= roleName
	}
	return s.items(o, n, inner)
}

// items reads the n elements of a tuple or slice.
func (s *scanner) items(o *place, n int, inner role) bool {
	if s.depth++; s.depth > scanDepth {
		return false
	}
	o.items, o.strings = n, true
	var first constant
	for i := range n {
		item, ok := s.object(inner)
		if !ok {
			return false
		}
		if !isStr(item.code) {
			o.strings = false
		} else if i == 0 && !item.met {
			first = constant{true, item.ref, item.from, item.to}
		}
	}
	s.first = first
	s.depth--
	return true
}

func isStr(code byte) bool {
	switch code {
	case codeShort, codeShortInterned, codeASCII, codeASCIIInterned, codeUnicode, codeInterned:
		return true
	}
	return false
}

// frozenset reads the rest of a frozenset. Its elements must be what a key is
// easily made of.
func (s *scanner) frozenset(o *place, r role) bool {
	n, ok := s.int32()
	if !ok || n < 0 || n > len(s.data)-s.pos {
		return false
	}
	internable := false
	s.sets = append(s.sets, n)
	for range n {
		item, ok := s.object(r&roleConst | roleElement)
		if !ok {
			return false
		}
		if item.ref < 0 {
			s.sets = append(s.sets, ^int(item.code))
			continue
		}
		switch item.code {
		case codeSmallTuple, codeTuple, codeFrozenSet, codeSlice, codeCode:
			return false
		}
		if isStr(item.code) {
			internable = internable || item.to-item.from > 1 && nameChars(s.data[item.from:item.to])
		}
		s.sets = append(s.sets, item.ref)
	}
	if internable && r&roleConst != 0 && r&roleElement == 0 {
		if s.choices++; s.choices > 1 {
			return false
		}
	}
	return true
}

// code reads the fields of a code object.
func (s *scanner) code() bool {
	if s.depth++; s.depth > scanDepth {
		return false
	}
	start := s.pos
	if !s.take(16) {
		return false
	}
	flags, ok := s.int32()
	if !ok {
		return false
	}
	roles := [...]role{
		roleBytecode, roleConst, roleNameTuple, roleNameTuple, roleKinds, roleFileName, roleCodeName, roleQualName, roleTable, roleTable,
	}
	var first constant
	names := 0
	for i, r := range roles {
		if i == 8 && !s.take(4) { // the line number
			return false
		}
		f, ok := s.object(r)
		if !ok {
			return false
		}
		switch r {
		case roleConst:
			ok = f.code == codeSmallTuple || f.code == codeTuple
			if !f.met {
				first = s.first
			}
		case roleNameTuple:
			ok = (f.code == codeSmallTuple || f.code == codeTuple) && f.strings
			names = f.items
		case roleFileName, roleCodeName, roleQualName:
			ok = isStr(f.code)
		case roleKinds:
			ok = f.code == codeBytes && f.to-f.from == names
		default:
			ok = f.code == codeBytes
		}
		if !ok {
			return false
		}
		// A class body that loads its qualname: see classQual.
		if r == roleQualName && first.ok && flags&flagsOfFunctions == 0 &&
			s.data[first.from:first.to] == s.data[f.from:f.to] {
			old := f.met && s.refs[f.ref].qualAt < start
			if !old && first.ref >= 0 {
				s.refs[first.ref].roles |= roleClassQual
			} else if !old && s.p.minor >= 13 {
				return false
			}
		}
	}
	s.depth--
	return true
}

// judge looks at the objects with the flag, whose places are all text now.
func (s *scanner) judge() bool {
	s.table.reset()
	for i := range s.refs {
		f := &s.refs[i]
		text := s.data[f.from:f.to]
		flag := f.count >= 2 || f.roles&roleElement != 0
		var h uint64
		unique := false // there is one object of the value
		switch f.code {
		case codeInt:
			if s.small(int(int32(uint32At(text, 0)))) {
				flag, unique = true, true
				h = 3
			}
		case codeBytes:
			flag = flag || f.roles&roleBytecode != 0 || len(text) == 0 || len(text) == 1 && f.roles&roleKinds == 0
			unique = len(text) <= 1 && f.roles&(roleKinds|roleBytecode) == 0
			h = 1
		case codeSmallTuple, codeTuple:
			flag, unique = flag || f.items == 0, f.items == 0
			h = 2
		case codeCode:
			flag = flag || f.roles&roleRoot != 0 && s.p.minor < 15
		case codeFloat, codeComplex, codeLong, codeFrozenSet, codeSlice:
		default:
			latin := oneLatin1(text)
			in := interned(f.code)
			if in != (!f.own && s.p.internedFresh(text, f.roles, f.code)) {
				return false
			}
			if f.roles&roleClassQual != 0 && s.p.minor >= 13 && !nameChars(text) && s.p.AtStartup(text) {
				return false // it may become two
			}
			flag = flag || in || f.roles&roleFileName != 0 || len(text) == 0 || !f.own && latin ||
				s.p.minor < 13 && f.roles&(roleCodeName|roleQualName) != 0 && staticName(text)
			unique = !f.own && (in || len(text) == 0 || latin)
		}
		if !flag {
			return false
		}
		if unique {
			if i != int(s.table.find(h+s.table.string(text), uint32(i), func(j uint32) bool {
				o := &s.refs[j]
				return sameKind(o.code, f.code) && s.data[o.from:o.to] == text
			})) {
				return false
			}
		}
	}
	return s.ordered()
}

// sameKind reports whether two type codes are of one Python type.
func sameKind(a, b byte) bool { return a == b || isStr(a) && isStr(b) }

// ordered reports whether the elements of each set are in the order of their keys.
func (s *scanner) ordered() bool {
	for at := 0; at < len(s.sets); {
		n := s.sets[at]
		items := s.sets[at+1 : at+1+n]
		at += 1 + n
		for i := 1; i < len(items); i++ {
			if s.compareKeys(items[i-1], items[i]) > 0 {
				return false
			}
		}
	}
	return true
}

func (s *scanner) compareKeys(a, b int) int {
	x, xs := s.key(a)
	y, ys := s.key(b)
	if x != y {
		return int(x) - int(y)
	}
	return strings.Compare(xs, ys)
}

// key returns an element as it is when it is marshalled alone: its first byte
// and the rest.
func (s *scanner) key(i int) (byte, string) {
	if i < 0 {
		return byte(^i), ""
	}
	f := &s.refs[i]
	code := f.code | flagRef
	if s.p.minor < 13 && !s.flaggedAnyway(f) {
		code = f.code
	}
	return code, s.data[f.head:f.to]
}

// flaggedAnyway reports whether an element has the flag for another reason than
// being one.
func (s *scanner) flaggedAnyway(f *scanned) bool {
	text := s.data[f.from:f.to]
	switch f.code {
	case codeInt:
		return f.count >= 2 || s.small(int(int32(uint32At(text, 0))))
	case codeBytes:
		return f.count >= 2 || f.roles&roleBytecode != 0 || len(text) == 0 || len(text) == 1 && f.roles&roleKinds == 0
	}
	if isStr(f.code) {
		return f.count >= 2 || interned(f.code) || f.roles&roleFileName != 0 || len(text) == 0 || !f.own && oneLatin1(text) ||
			f.roles&(roleCodeName|roleQualName) != 0 && staticName(text)
	}
	return f.count >= 2
}
