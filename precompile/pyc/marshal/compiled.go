package marshal

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// WriteCompiled is WriteRuleA for a graph that a compiler has just made, which it
// writes in half the time. Of such a graph it is taken for granted that all objects
// come from the New functions or a Maker, so that they have the type codes of the
// current format version; that interned strings of one value are one object; and that
// there are no lists, dicts and sets, for which it returns ErrKind. Nothing is
// appended where there is an error.
func (c *Codec) WriteCompiled(dst []byte, v *Value, p Profile) ([]byte, error) {
	if !p.FreshProcess() || p.minor < 13 {
		// In these an element of a set can have another flag in its sort key.
		return c.WriteRuleA(dst, v, p)
	}
	c.g.reset(p)
	c.m.begin(&c.g, &c.w)
	c.m.walk(v, roleRoot)
	if c.m.err != nil {
		return dst, c.m.err
	}
	out := c.m.write(slices.Grow(dst, c.m.size), v)
	if c.m.err != nil {
		return dst, c.m.err
	}
	return out, nil
}

// compiledWriter writes graphs that were just made. All that a node has to say is
// known when the walk meets it: that it is flagged is settled by what it is, where it
// stands, or by its being met again. So no pass over the nodes is needed.
type compiledWriter struct {
	g              *graph
	w              *ruleWriter // writes what is rare, and finds the order of sets
	intMin, intMax int64
	depth          int
	size           int    // how many bytes are to be written
	count          uint32 // flagged objects written so far
	err            error  // the first one; there is no more to do then

	// The nodes of what a process has one object of by itself, but for interned
	// strings. The first str and the first bytes object are the empty ones, the
	// others those of one character.
	ints        [1<<10 + 6]oneNode
	strs, bytes [257]oneNode
	tuple       oneNode
	epoch       uint32 // of the graph; entries of others do not count
}

type oneNode struct{ epoch, node uint32 }

func (m *compiledWriter) begin(g *graph, w *ruleWriter) {
	w.begin(g, false)
	m.g, m.w = g, w
	m.intMin, m.intMax = g.p.smallInts()
	m.depth, m.size, m.count, m.err = 0, 0, 0, nil
	if m.epoch++; m.epoch == 0 {
		clear(m.ints[:])
		clear(m.strs[:])
		clear(m.bytes[:])
		m.tuple = oneNode{}
		m.epoch = 1
	}
}

// walk enters v, which stands in a place of the given role, and all that it contains.
func (m *compiledWriter) walk(v *Value, r role) {
	if v == nil {
		m.err = fmt.Errorf("%w: nil", ErrKind)
		return
	}
	g := m.g
	if i := v.mark; int(i) < len(g.nodes) && g.nodes[i].v == v {
		n := &g.nodes[i]
		n.flag, n.elem = true, true
		m.size += 5 // a reference
		return
	}
	n := node{v: v, wire: v.wire, flag: r&(roleElement|roleFileName|roleBytecode) != 0}
	var one *oneNode
	switch v.Kind {
	case KindNone, KindFalse, KindTrue, KindEllipsis, KindStopIteration:
		m.size++
		return
	case KindInt:
		if n.wire == codeInt && m.intMin <= v.num && v.num <= m.intMax {
			one = &m.ints[v.num-m.intMin]
		}
	case KindFloat, KindComplex, KindFrozenSet, KindSlice:
	case KindStr:
		switch {
		case len(v.Data) == 0:
			one = &m.strs[0]
		case len(v.Data) <= 2 && oneLatin1(v.Data):
			if n.own = v.Own; n.own {
				break
			}
			c := v.Data[0]
			if len(v.Data) == 2 {
				c = c<<6 | v.Data[1]&0x3f
			}
			one = &m.strs[1+int(c)]
			n.wire = internedCode(n.wire)
		}
		n.flag = n.flag || interned(n.wire)
	case KindBytes:
		switch {
		case len(v.Data) > 1 || r&(roleKinds|roleBytecode) != 0:
			n.flag = n.flag || len(v.Data) == 0
		case len(v.Data) == 1:
			one = &m.bytes[1+int(v.Data[0])]
		default:
			one = &m.bytes[0]
		}
	case KindTuple:
		if len(v.Items) == 0 {
			one = &m.tuple
		}
	case KindCode:
		n.flag = n.flag || r&roleRoot != 0 && g.p.minor < 15
	default:
		m.err = fmt.Errorf("%w: %v", ErrKind, v.Kind)
		return
	}
	if one != nil {
		if one.epoch == m.epoch {
			v.mark = one.node
			m.size += 5
			return
		}
		*one = oneNode{m.epoch, uint32(len(g.nodes))}
		n.flag = true
	}
	v.mark = uint32(len(g.nodes))
	n.rep, n.elem = v.mark, n.flag
	g.nodes = append(g.nodes, n)
	m.size += len(v.Data) + 5 // most have a length of four bytes, ints a value
	switch n.wire {
	case codeShort, codeShortInterned, codeSmallTuple:
		m.size -= 3
	case codeFloat, codeComplex, codeSlice:
		m.size -= 4
	case codeCode:
		m.size += 5 * 4
	}
	if v.Kind < KindTuple {
		return
	}
	if m.depth >= MaxDepth {
		m.err = ErrTooDeep
	}
	m.depth++
	switch {
	case m.err != nil:
	case v.Kind == KindCode:
		m.walkCode(v.code)
	default:
		inner := role(0)
		if v.Kind == KindFrozenSet {
			inner = roleElement
		}
		for _, item := range v.Items {
			m.walk(item, inner)
		}
	}
	m.depth--
}

func (m *compiledWriter) walkCode(c *Code) {
	m.walk(c.Bytecode, roleBytecode)
	m.walk(c.Consts, 0)
	m.walk(c.Names, 0)
	m.walk(c.LocalsPlusNames, 0)
	m.walk(c.LocalsPlusKinds, roleKinds)
	m.walk(c.FileName, roleFileName)
	m.walk(c.Name, 0)
	m.walk(c.QualName, 0)
	m.walk(c.LineTable, 0)
	m.walk(c.ExceptionTable, 0)
}

// write appends v. The number that a flagged node has been written under is kept, plus
// one, in its count, which this writer has no other use for.
func (m *compiledWriter) write(dst []byte, v *Value) []byte {
	if v.Kind.singleton() {
		return append(dst, v.wire)
	}
	n := &m.g.nodes[v.mark]
	code := n.wire
	if n.flag {
		if n.count != 0 {
			return binary.LittleEndian.AppendUint32(append(dst, codeRef), n.count-1)
		}
		m.count++
		n.count = m.count
		code |= flagRef
	}
	if m.depth >= MaxDepth {
		m.err = ErrTooDeep
		return dst
	}
	v = n.v
	switch n.wire {
	case codeInt:
		return binary.LittleEndian.AppendUint32(append(dst, code), uint32(v.num))
	case codeShort, codeShortInterned:
		return append(append(dst, code, byte(len(v.Data))), v.Data...)
	case codeASCII, codeASCIIInterned, codeUnicode, codeInterned, codeBytes:
		return append(binary.LittleEndian.AppendUint32(append(dst, code), uint32(len(v.Data))), v.Data...)
	}
	m.depth++
	items := v.Items
	switch n.wire {
	case codeSmallTuple:
		dst = append(dst, code, byte(len(items)))
	case codeCode:
		dst = m.code(append(dst, code), v.code)
	default:
		w := m.w
		w.dst, w.depth = dst, m.depth
		if items, m.err = w.head(v, code); m.err == nil && v.Kind == KindFrozenSet && len(items) > 1 {
			items, m.err = w.order(n.rep)
		}
		dst, w.dst = w.dst, nil
	}
	for _, item := range items {
		if m.err != nil {
			break
		}
		dst = m.write(dst, item)
	}
	m.depth--
	return dst
}

// code appends the fields of a code object.
func (m *compiledWriter) code(dst []byte, c *Code) []byte {
	for _, n := range [...]int32{c.ArgCount, c.PosOnlyArgCount, c.KwOnlyArgCount, c.StackSize, c.Flags} {
		dst = binary.LittleEndian.AppendUint32(dst, uint32(n))
	}
	dst = m.write(dst, c.Bytecode)
	dst = m.write(dst, c.Consts)
	dst = m.write(dst, c.Names)
	dst = m.write(dst, c.LocalsPlusNames)
	dst = m.write(dst, c.LocalsPlusKinds)
	dst = m.write(dst, c.FileName)
	dst = m.write(dst, c.Name)
	dst = m.write(dst, c.QualName)
	dst = binary.LittleEndian.AppendUint32(dst, uint32(c.FirstLineNo))
	dst = m.write(dst, c.LineTable)
	return m.write(dst, c.ExceptionTable)
}
