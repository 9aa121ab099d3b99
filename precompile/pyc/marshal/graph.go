package marshal

import (
	"fmt"
	"hash/maphash"
)

// role is where objects stand in a graph; an object may have several.
type role uint16

const (
	roleBytecode  role = 1 << iota // a code object's co_code
	roleKinds                      // its localspluskinds
	roleTable                      // its line table or exception table
	roleFileName                   // its filename
	roleCodeName                   // its name
	roleQualName                   // its qualname
	roleNameTuple                  // a tuple of names, or of local variables' names
	roleName                       // an element of such a tuple
	roleElement                    // an element of a set or frozenset
	roleRoot                       // the object that the stream is of
	roleConst                      // an element of co_consts, or within one
	roleClassQual                  // the qualname that a class body loads; see internFresh
)

// node is what is known of one object of a graph that is about to be written.
type node struct {
	v *Value
	// rep is the node of the object that this one is written as: itself, or an
	// equal one where the two would be one object.
	rep   uint32
	count uint32 // how many places hold the object; summed up in the rep's node
	roles role
	// wire is the type code to write; elem and flag are whether FLAG_REF is set,
	// in the sort key of a set's element and anywhere else.
	wire       byte
	flag, elem bool
	// inline: written in full in each place. own: a str of one Latin-1 character
	// that is not the process's one.
	inline, own bool
}

// graph is the table of the objects that are about to be written, in the order
// in which they are first met, and the scratch of the passes over them.
type graph struct {
	p     Profile
	nodes []node
	depth int
	table table
	// post is the nodes in the order in which the walk was done with them, where
	// wantPost asks for it.
	post     []uint32
	wantPost bool
	// orders are the elements of sets in the order to write them, by node, where
	// it is not left to the writer.
	orders map[uint32][]*Value
	// alts are the nodes to write in a code object's qualname instead of others.
	alts map[uint32]uint32
}

// keptNodes is how many nodes a graph keeps room for from one use to the next.
const keptNodes = 1 << 17

func (g *graph) reset(p Profile) {
	if cap(g.nodes) > keptNodes {
		g.nodes, g.post, g.table = nil, nil, table{}
	}
	clear(g.nodes)
	g.nodes = g.nodes[:0]
	g.p, g.depth, g.alts, g.orders = p, 0, nil, nil
	g.post, g.wantPost = g.post[:0], false
	g.table.reset()
}

// lookup returns the node of v, where the walk has met it.
func (g *graph) lookup(v *Value) (uint32, bool) {
	if i := v.mark; int(i) < len(g.nodes) && g.nodes[i].v == v {
		return i, true
	}
	return 0, false
}

// walk enters v, which stands in a place of the given role, and all that it
// contains. Objects met again are counted and not walked again, so that the work
// is one step for each place of the graph.
func (g *graph) walk(v *Value, r role) error {
	if v == nil {
		return fmt.Errorf("%w: nil", ErrKind)
	}
	if v.Kind.singleton() {
		return nil
	}
	if i, ok := g.lookup(v); ok {
		n := &g.nodes[i]
		n.count++
		n.roles |= r
		return nil
	}
	i := uint32(len(g.nodes))
	v.mark = i
	g.nodes = append(g.nodes, node{v: v, rep: i, count: 1, roles: r, wire: v.wire})
	var inner role
	switch v.Kind {
	case KindInt, KindFloat, KindComplex, KindBytes, KindStr:
		if g.wantPost {
			g.post = append(g.post, i)
		}
		return nil
	case KindTuple:
		inner = r & roleConst
		if r&roleNameTuple != 0 {
			inner |= roleName
		}
	case KindSet, KindFrozenSet:
		inner = r&roleConst | roleElement
	case KindList, KindDict, KindFrozenDict, KindSlice:
		inner = r & roleConst
	case KindCode:
	default:
		return fmt.Errorf("%w: %v", ErrKind, v.Kind)
	}
	if g.depth >= MaxDepth {
		return ErrTooDeep
	}
	g.depth++
	if v.Kind == KindCode {
		c := v.code
		own := g.classQual(c)
		fields, n, _ := c.objects(g.p.layout)
		for _, f := range fields[:n] {
			if err := g.walk(*f, c.role(f)); err != nil {
				return err
			}
		}
		if own != nil {
			g.nodes[own.mark].roles |= roleClassQual
		}
	} else {
		for _, item := range v.Items {
			if err := g.walk(item, inner); err != nil {
				return err
			}
		}
	}
	g.depth--
	if g.wantPost {
		g.post = append(g.post, i)
	}
	return nil
}

// The flags of a code object that a function's has and a class body's has not.
const flagsOfFunctions = 0x1 | 0x2 // CO_OPTIMIZED, CO_NEWLOCALS

// classQual returns the constant by which the body of a class loads its own
// qualname, where that is the object that the compiler made for both: the
// constant has not been met before, as a literal's would have been, and no code
// object before had the same qualname, and so had it interned.
func (g *graph) classQual(c *Code) *Value {
	if c.Flags&flagsOfFunctions != 0 || c.QualName == nil || c.Consts == nil || len(c.Consts.Items) == 0 {
		return nil
	}
	v := c.Consts.Items[0]
	if v == nil || v.Kind != KindStr || len(v.Data) != len(c.QualName.Data) || v.Data != c.QualName.Data {
		return nil
	}
	if _, old := g.lookup(v); old {
		return nil
	}
	if i, old := g.lookup(c.QualName); old && g.nodes[i].roles&roleQualName != 0 {
		return nil
	}
	return v
}

// role returns the role of what a field holds.
func (c *Code) role(f **Value) role {
	switch f {
	case &c.Bytecode:
		return roleBytecode
	case &c.Consts:
		return roleConst
	case &c.Names, &c.VarNames, &c.FreeVars, &c.CellVars, &c.LocalsPlusNames:
		return roleNameTuple
	case &c.LocalsPlusKinds:
		return roleKinds
	case &c.FileName:
		return roleFileName
	case &c.Name:
		return roleCodeName
	case &c.QualName:
		return roleQualName
	}
	return roleTable
}

// normalise chooses the type codes that the current format version has for each
// object, and gives the old forms of numbers their present ones.
func (g *graph) normalise() {
	for i := range g.nodes {
		n := &g.nodes[i]
		switch v := n.v; v.Kind {
		case KindInt:
			if small, ok := v.Int(); ok && (v.wire == codeInt64 || v.wire == codeLong && small == int64(int32(small))) {
				n.v = NewInt(small)
				n.v.Ref = v.Ref
			}
			n.wire = n.v.wire
		case KindFloat:
			if v.wire == codeFloatText {
				n.v = NewFloat(v.Float())
				n.v.Ref = v.Ref
			}
			n.wire = codeFloat
		case KindComplex:
			if v.wire == codeComplexText {
				n.v = NewComplex(v.Complex())
				n.v.Ref = v.Ref
			}
			n.wire = codeComplex
		case KindStr:
			n.wire = strCode(v.Data, interned(v.wire))
			n.own = v.Own && oneLatin1(v.Data)
		case KindTuple:
			n.wire = tupleCode(len(v.Items))
		}
	}
}

// unite makes one of what a process has one object of by itself: interned
// strings of one value, small ints, and the shortest immutable objects.
func (g *graph) unite() {
	lo, hi := g.p.smallInts()
	for i := range g.nodes {
		n := &g.nodes[i]
		v := n.v
		var h uint64
		switch v.Kind {
		case KindStr:
			if n.own || !interned(n.wire) && len(v.Data) > 0 && !oneLatin1(v.Data) {
				continue
			}
			h = g.table.string(v.Data)
		case KindInt:
			if n.wire != codeInt || v.num < lo || v.num > hi {
				continue
			}
			h = uint64(v.num) * 0x9e3779b97f4a7c15
		case KindBytes:
			if n.roles&roleKinds != 0 || n.roles&roleBytecode != 0 || len(v.Data) > 1 {
				continue
			}
			h = g.table.string(v.Data) + 1
		case KindTuple:
			if len(v.Items) > 0 {
				continue
			}
			h = 1
		default:
			continue
		}
		rep := g.table.find(h, uint32(i), func(j uint32) bool {
			o := &g.nodes[j]
			return o.v.Kind == v.Kind && !o.own && o.v.Data == v.Data && o.v.number() == v.number() && len(o.v.Items) == 0
		})
		if rep != uint32(i) {
			g.unify(uint32(i), rep)
		}
	}
}

// unify writes the object of node i as that of rep.
func (g *graph) unify(i, rep uint32) {
	n, r := &g.nodes[i], &g.nodes[rep]
	n.rep = rep
	r.count += n.count
	r.roles |= n.roles
	if interned(n.wire) {
		r.wire = n.wire
	}
}

// table finds a node by key: open addressing over hashes, whose entries stay in
// place from one graph to the next so that they need not be made again.
type table struct {
	seed    maphash.Seed
	entries []entry
	used    int
	epoch   uint32
}

type entry struct {
	hash  uint32
	epoch uint32
	node  uint32
}

func (t *table) reset() {
	if t.entries == nil {
		t.seed = maphash.MakeSeed()
		t.entries = make([]entry, 256)
	}
	t.used = 0
	if t.epoch++; t.epoch == 0 {
		clear(t.entries)
		t.epoch = 1
	}
}

// find returns the node that was entered with the hash and that same accepts;
// where there is none it enters n and returns that.
func (t *table) find(hash uint64, n uint32, same func(uint32) bool) uint32 {
	if 2*t.used >= len(t.entries) {
		t.double()
	}
	h := uint32(hash) ^ uint32(hash>>32)
	mask := uint32(len(t.entries) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		e := &t.entries[i]
		if e.epoch != t.epoch {
			*e = entry{h, t.epoch, n}
			t.used++
			return n
		}
		if e.hash == h && same(e.node) {
			return e.node
		}
	}
}

func (t *table) string(s string) uint64 { return maphash.String(t.seed, s) }

func (t *table) double() {
	old := t.entries
	t.entries = make([]entry, 2*len(old))
	mask := uint32(len(t.entries) - 1)
	for _, e := range old {
		if e.epoch != t.epoch {
			continue
		}
		i := e.hash & mask
		for t.entries[i].epoch == t.epoch {
			i = (i + 1) & mask
		}
		t.entries[i] = e
	}
}
