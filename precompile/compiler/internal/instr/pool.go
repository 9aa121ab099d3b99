package instr

import (
	"unsafe"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Pool holds the objects that one compilation shares: the table of constants,
// in which equal constants become one object, the table of interned strings,
// and the objects that Python has one of (small ints, one-character strings).
//
// Two constants are equal where CPython's constant cache says so: of one type
// and equal, with 0.0 apart from -0.0, and containers equal in the same sense
// element by element. A NaN equals itself only.
//
// The zero Pool is not usable; NewPool makes one. Reset makes it ready for the
// next compilation.
type Pool struct {
	opts PoolOptions

	made     marshal.Maker       // the objects
	consts   table               // that stand for equal ones
	interned table               // strs
	names    map[string]struct{} // identifiers of the source
	parsed   func(string) bool   // whether a string is one of these

	small      []*marshal.Value // from smallMin on
	latin1     [256]*marshal.Value
	oneByte    [256]*marshal.Value
	emptyStr   *marshal.Value
	emptyBytes *marshal.Value
	emptyTuple *marshal.Value
}

// PoolOptions are the differences between targets that a Pool has to know.
type PoolOptions struct {
	// SmallIntMax is the greatest int that Python keeps one object of: 256, and
	// 1024 from 3.15 on. (The least is -5.)
	SmallIntMax int
	// Latin1Interned says that strings of at most one Latin-1 character are interned
	// from the start (3.13 and later).
	Latin1Interned bool
	// Startup are the strings that a fresh interpreter has interned before it
	// compiles anything. A string of a compilation that equals one of these is
	// another object than the interned one.
	Startup *Startup
}

// PoolOptionsFor returns the options of a target, whose objects are written by
// profile p. The result can be shared.
func PoolOptionsFor(f *target.Features, p marshal.Profile) PoolOptions {
	o := PoolOptions{SmallIntMax: 256, Latin1Interned: f.InternedCodeNames, Startup: StartupOf(p)}
	if f.SmallIntsTo1024 {
		o.SmallIntMax = 1024
	}
	return o
}

const smallMin = -5

// NewPool makes an empty Pool.
func NewPool(opts PoolOptions) *Pool {
	p := &Pool{
		opts:  opts,
		names: map[string]struct{}{},
	}
	p.Reset()
	return p
}

// Reset forgets every object. Values that the Pool gave out must not be used any
// more: their memory is used again.
func (p *Pool) Reset() {
	p.made.Reset()
	p.consts.reset()
	p.interned.reset()
	clear(p.names)
	p.small = grow(p.small, p.opts.SmallIntMax-smallMin+1)
	p.latin1, p.oneByte = [256]*marshal.Value{}, [256]*marshal.Value{}
	p.emptyStr, p.emptyBytes, p.emptyTuple = nil, nil, nil
	p.parsed = nil
}

func grow(s []*marshal.Value, n int) []*marshal.Value {
	if cap(s) < n {
		return make([]*marshal.Value, n)
	}
	s = s[:n]
	clear(s)
	return s
}

// Int returns an int: the one object of a small one, else a new one.
func (p *Pool) Int(n int64) *marshal.Value {
	if n < smallMin || n > int64(p.opts.SmallIntMax) {
		return p.made.Int(n)
	}
	v := &p.small[n-smallMin]
	if *v == nil {
		*v = p.made.Int(n)
	}
	return *v
}

// Str returns a str: the one object of a string of at most one Latin-1
// character, else a new one that is not interned.
func (p *Pool) Str(s string) *marshal.Value {
	if one := p.oneStr(s); one != nil {
		return *one
	}
	return p.made.Str(s, false)
}

// oneStr returns where the one object of a string is, made if need be, or nil
// if Python can have several.
func (p *Pool) oneStr(s string) **marshal.Value {
	var at **marshal.Value
	switch {
	case len(s) == 0:
		at = &p.emptyStr
	case len(s) == 1 && s[0] < 0x80:
		at = &p.latin1[s[0]]
	case len(s) == 2 && s[0]|1 == 0xc3: // U+0080 to U+00FF
		at = &p.latin1[s[0]<<6|s[1]&0x3f]
	default:
		return nil
	}
	if *at == nil {
		*at = p.made.Str(s, p.opts.Latin1Interned)
	}
	return at
}

// Bytes returns a bytes object: the one object of at most one byte, else a new
// one.
func (p *Pool) Bytes(s string) *marshal.Value {
	var at **marshal.Value
	switch len(s) {
	case 0:
		at = &p.emptyBytes
	case 1:
		at = &p.oneByte[s[0]]
	default:
		return p.made.Bytes(s)
	}
	if *at == nil {
		*at = p.made.Bytes(s)
	}
	return *at
}

// Tuple returns a tuple, which keeps items: the one object of the empty one,
// else a new one.
func (p *Pool) Tuple(items ...*marshal.Value) *marshal.Value {
	if len(items) > 0 {
		return p.made.Tuple(items)
	}
	if p.emptyTuple == nil {
		p.emptyTuple = p.made.Tuple(nil)
	}
	return p.emptyTuple
}

// canonical returns the one object that Python has of v's value, if it is of
// such a value, and else v.
func (p *Pool) canonical(v *marshal.Value) *marshal.Value {
	switch v.Kind {
	case marshal.KindInt:
		if n, ok := v.Int(); ok && n >= smallMin && n <= int64(p.opts.SmallIntMax) {
			if at := &p.small[n-smallMin]; *at == nil {
				*at = v
			} else {
				return *at
			}
		}
	case marshal.KindStr:
		if len(v.Data) <= 2 && !v.Own {
			if at := p.oneStr(v.Data); at != nil {
				return *at
			}
		}
	case marshal.KindBytes:
		if len(v.Data) <= 1 {
			return p.Bytes(v.Data)
		}
	case marshal.KindTuple:
		if len(v.Items) == 0 {
			return p.Tuple()
		}
	}
	return v
}

// Name returns the interned string s, such as an identifier is.
func (p *Pool) Name(s string) *marshal.Value {
	h := hashText(s)
	if v := p.interned.text(h, marshal.KindStr, s); v != nil {
		return v
	}
	return p.name(h, s)
}

// name makes the interned string s, which there is none of.
func (p *Pool) name(h uint32, s string) *marshal.Value {
	var v *marshal.Value
	if one := p.oneStr(s); one != nil {
		v = *one
		v.SetInterned(true)
	} else {
		v = p.made.Str(s, true)
	}
	v.SetNote(uint64(h) | hashed)
	p.interned.add(h, v)
	return v
}

// DeclareNames tells the Pool of identifiers of the source. CPython's parser
// interns each as it reads it, so long before the first code object is made;
// a constant that equals one is not the object that gets interned. They need not
// be declared one by one before Name is called, but before the first Assemble.
func (p *Pool) DeclareNames(names ...string) {
	for _, s := range names {
		p.names[s] = struct{}{}
	}
}

// SetParsed is DeclareNames by a function that tells the identifiers of the source,
// for a caller that has a table of them already. It holds until the next Reset.
func (p *Pool) SetParsed(parsed func(string) bool) { p.parsed = parsed }

func (p *Pool) declared(s string) bool {
	if len(p.names) == 0 {
		return false
	}
	_, ok := p.names[s]
	return ok
}

// Intern interns a str: it returns the interned object that equals v, which is
// v itself unless there was another one before.
func (p *Pool) Intern(v *marshal.Value) *marshal.Value {
	if v.Interned() {
		return v // by the Pool, which has one of each value
	}
	h := textHash(v)
	if w := p.interned.text(h, marshal.KindStr, v.Data); w != nil {
		return w
	}
	if p.declared(v.Data) || p.oneStr(v.Data) != nil || p.parsed != nil && p.parsed(v.Data) ||
		p.opts.Startup.has(h, v.Data) {
		return p.name(h, v.Data)
	}
	v.SetInterned(true)
	p.interned.add(h, v)
	return v
}

// Merge returns the constant that stands for v from now on: the first one equal
// to it, or v. The elements of tuples and frozensets are merged likewise; a
// tuple is changed in place, a frozenset is rebuilt. It is what becomes of each
// constant that codegen loads.
func (p *Pool) Merge(v *marshal.Value) *marshal.Value {
	if v.Mark()&merged != 0 {
		return v
	}
	w, found := p.lookup(v)
	if found {
		return w
	}
	switch v.Kind {
	case marshal.KindTuple:
		for i, item := range v.Items {
			v.Items[i] = p.Merge(item)
		}
	case marshal.KindFrozenSet:
		if len(v.Items) == 0 {
			return v
		}
		v.SetMark(v.Mark() &^ merged)
		items := make([]*marshal.Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = p.Merge(item)
		}
		w := marshal.NewFrozenSet(items...)
		p.consts.replace(constHash(v), v, w)
		w.SetMark(merged)
		return w
	}
	return w
}

// MergeOne is Merge without the elements: what becomes of the tuples, tables
// and folded constants that the back end makes.
func (p *Pool) MergeOne(v *marshal.Value) *marshal.Value {
	if v.Mark()&merged != 0 {
		return v
	}
	w, _ := p.lookup(v)
	return w
}

// MergeBytes is MergeOne(Bytes(string(b))), and allocates nothing where the constant
// is known.
func (p *Pool) MergeBytes(b []byte) *marshal.Value {
	if len(b) <= 1 {
		return p.MergeOne(p.Bytes(string(b)))
	}
	h := hashText(unsafe.String(&b[0], len(b))) // of which no part is kept
	if w := p.consts.text(h, marshal.KindBytes, unsafe.String(&b[0], len(b))); w != nil {
		return w
	}
	return p.enterBytes(h, p.made.Text(b))
}

// enterBytes enters a new bytes object that none is equal to.
func (p *Pool) enterBytes(h uint32, s string) *marshal.Value {
	v := p.made.Bytes(s)
	v.SetNote(uint64(h) | hashed)
	p.enter(h, v)
	return v
}

// MergeTuple is MergeOne of a tuple of a copy of items, and allocates nothing where
// the constant is known.
func (p *Pool) MergeTuple(items []*marshal.Value) *marshal.Value {
	h := itemsHash(items)
	if w := p.consts.tuple(h, items); w != nil {
		return w
	}
	v := p.Copied(items)
	p.enter(h, v)
	return v
}

// Bytecode returns a new bytes object, as Data does, and enters another one of the same
// content among the constants.
func (p *Pool) Bytecode(b []byte) *marshal.Value {
	v := p.Data(b)
	if len(b) <= 1 {
		p.MergeOne(p.Bytes(v.Data))
		return v
	}
	h := textHash(v)
	if p.consts.text(h, marshal.KindBytes, v.Data) == nil {
		p.enterBytes(h, v.Data)
	}
	return v
}

// merged is the bit of an object's mark that says that it is a constant that stands for
// all that are equal to it: there is no need to look it up.
const merged = 1 << 31

// enter makes v such a constant.
func (p *Pool) enter(h uint32, v *marshal.Value) {
	v.SetMark(v.Mark() | merged)
	p.consts.add(h, v)
}

// lookup finds the constant that equals v, or enters v.
func (p *Pool) lookup(v *marshal.Value) (w *marshal.Value, found bool) {
	switch v.Kind {
	case marshal.KindNone, marshal.KindEllipsis, marshal.KindTrue, marshal.KindFalse:
		return v, true
	}
	h := constHash(v)
	if v.Kind == marshal.KindStr || v.Kind == marshal.KindBytes {
		w = p.consts.text(h, v.Kind, v.Data)
	} else {
		w = p.consts.equal(h, v)
	}
	if w != nil {
		return w, true
	}
	v = p.canonical(v)
	p.enter(h, v)
	return v, false
}

// InternConstants does to the tuple of a code object's constants what making a
// code object does: strings made of ASCII letters, digits and underscores are
// interned, those in tuples too; a frozenset is made anew where that gave it
// other strings. The tuple and the tuples in it are changed in place.
func (p *Pool) InternConstants(tuple *marshal.Value) { p.internIn(tuple.Items) }

func (p *Pool) internIn(items []*marshal.Value) (changed bool) {
	for i := len(items) - 1; i >= 0; i-- {
		v := items[i]
		if one := p.canonical(v); one != v {
			v, items[i] = one, one
		}
		switch v.Kind {
		case marshal.KindStr:
			if !v.Interned() && internable(v.Data) {
				if w := p.Intern(v); w != v {
					items[i] = w
					changed = true
				}
			}
		case marshal.KindTuple:
			p.internIn(v.Items)
		case marshal.KindFrozenSet:
			elems := append([]*marshal.Value(nil), v.Items...)
			if p.internIn(elems) {
				items[i] = marshal.NewFrozenSet(elems...)
				changed = true
			}
		}
	}
	return changed
}

// internable reports whether a constant string looks like a name.
func internable(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if !(c == '_' || '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'z') {
			return false
		}
	}
	return true
}

// Canonical returns the one object that Python has of v's value, if v is a small
// int, a string of one Latin-1 character or the like, and else v.
func (p *Pool) Canonical(v *marshal.Value) *marshal.Value { return p.canonical(v) }

// Copied returns a tuple of a copy of items, whose memory the Pool uses again.
func (p *Pool) Copied(items []*marshal.Value) *marshal.Value {
	if len(items) == 0 {
		return p.Tuple()
	}
	return p.made.Tuple(p.made.Items(items))
}

// Text returns a new str that is not interned, of more than one character.
func (p *Pool) Text(b []byte) *marshal.Value { return p.made.Str(p.made.Text(b), false) }

// Data returns a new bytes object that no other constant is merged with, but for
// the empty one.
func (p *Pool) Data(b []byte) *marshal.Value {
	if len(b) == 0 {
		return p.Bytes("")
	}
	return p.made.Bytes(p.made.Text(b))
}

// Code makes a code object whose fields are to be filled in.
func (p *Pool) Code() (*marshal.Value, *marshal.Code) { return p.made.Code() }
