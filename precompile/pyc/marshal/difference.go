package marshal

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// difference finds the first difference of two graphs, in the order of the wire;
// where there is none the verdict is CanonicalEqual.
func (c *Codec) difference(x, y *Value, p Profile) (Difference, error) {
	d := differ{p: p}
	// Both graphs get nodes of one table, and sets their order by value.
	c.g.reset(p)
	for _, v := range []*Value{x, y} {
		if err := c.g.walk(v, 0); err != nil {
			return Difference{}, err
		}
	}
	c.g.normalise()
	if err := c.g.orderByValue(); err != nil {
		return Difference{}, err
	}
	d.g = &c.g
	d.class = make([]uint32, len(c.g.nodes))
	for i := range d.class {
		d.class[i] = uint32(i)
	}
	out, err := d.values(x, y)
	if err != nil || out == nil {
		return Difference{Verdict: CanonicalEqual}, err
	}
	out.Verdict = Different
	return *out, nil
}

// differ compares two graphs at once. Objects that were found equal, or are
// being compared further up, are of one class (union-find), so that the work is
// linear in the size of the graphs, cycles and shared objects included.
type differ struct {
	p     Profile
	g     *graph
	class []uint32
	depth int
}

func (d *differ) find(i uint32) uint32 {
	for d.class[i] != i {
		d.class[i] = d.class[d.class[i]]
		i = d.class[i]
	}
	return i
}

// values returns nil where a and b are equal. Field is relative to where a stands
// and Path to the code object that it is in, until a caller completes them.
func (d *differ) values(a, b *Value) (*Difference, error) {
	if a.Kind != b.Kind {
		return d.here(a, b), nil
	}
	if a.Kind.singleton() {
		return nil, nil
	}
	i, j := a.mark, b.mark
	ci, cj := d.find(i), d.find(j)
	if ci == cj {
		return nil, nil
	}
	na, nb := d.g.nodes[i].v, d.g.nodes[j].v
	if na.number() != nb.number() || na.Data != nb.Data {
		return d.here(a, b), nil
	}
	d.class[ci] = cj
	if d.depth >= 2*MaxDepth {
		return nil, ErrTooDeep
	}
	d.depth++
	defer func() { d.depth-- }()
	if a.Kind == KindCode {
		return d.codes(a.code, b.code)
	}
	ia, ib := d.g.items(i), d.g.items(j)
	for k := 0; k < len(ia) && k < len(ib); k++ {
		diff, err := d.values(ia[k], ib[k])
		if err != nil {
			return nil, err
		}
		if diff == nil {
			continue
		}
		if a.Kind == KindSet || a.Kind == KindFrozenSet {
			// An index of a set says nothing.
			return d.here(a, b), nil
		}
		if diff.Path == "" {
			diff.Field = fmt.Sprintf("[%d]%s", k, diff.Field)
		}
		return diff, nil
	}
	if len(ia) != len(ib) {
		return d.here(a, b), nil
	}
	return nil, nil
}

func (d *differ) here(a, b *Value) *Difference {
	out := &Difference{A: brief(a), B: brief(b)}
	if out.A == out.B {
		out.A, out.B = apart(a, b, out.A, out.B)
	}
	return out
}

func (d *differ) codes(a, b *Code) (*Difference, error) {
	pa, n := a.numbers(d.p.layout)
	pb, _ := b.numbers(d.p.layout)
	name := d.path(a)
	for i := range pa[:n] {
		if *pa[i] != *pb[i] {
			return numbers(name, a.numberName(pa[i]), *pa[i], *pb[i]), nil
		}
	}
	fa, n, firstLineNo := a.objects(d.p.layout)
	fb, _, _ := b.objects(d.p.layout)
	for i := range fa[:n] {
		if i == firstLineNo && a.FirstLineNo != b.FirstLineNo {
			return numbers(name, "co_firstlineno", a.FirstLineNo, b.FirstLineNo), nil
		}
		diff, err := d.values(*fa[i], *fb[i])
		if err != nil {
			return nil, err
		}
		if diff == nil {
			continue
		}
		if diff.Path == "" {
			diff.Path, diff.Field = name, a.fieldName(fa[i])+diff.Field
		} else {
			diff.Path = name + "." + diff.Path
		}
		return diff, nil
	}
	return nil, nil
}

func (d *differ) path(c *Code) string { return c.Name.Data }

func numbers(path, field string, a, b int32) *Difference {
	return &Difference{Path: path, Field: field, A: strconv.Itoa(int(a)), B: strconv.Itoa(int(b))}
}

// The most bytes of a string and elements of a container that brief shows.
const (
	briefBytes = 60
	briefItems = 4
)

// brief returns a short form of v that reads like Python's repr. It never looks
// far into v, however large or deep that is.
func brief(v *Value) string {
	var b strings.Builder
	writeBrief(&b, v, 0)
	return b.String()
}

func writeBrief(b *strings.Builder, v *Value, depth int) {
	switch v.Kind {
	case KindNone, KindFalse, KindTrue, KindEllipsis, KindStopIteration:
		b.WriteString(v.Kind.String())
	case KindInt:
		if n, ok := v.Int(); ok {
			b.WriteString(strconv.FormatInt(n, 10))
		} else if len(v.Data) <= briefBytes {
			b.WriteString(v.BigInt().String())
		} else {
			fmt.Fprintf(b, "<int of %d bits or less>", len(v.Data)/2*15)
		}
	case KindFloat:
		b.WriteString(floatRepr(v.Float()))
	case KindComplex:
		re, im := v.Complex()
		fmt.Fprintf(b, "complex(%s, %s)", floatRepr(re), floatRepr(im))
	case KindStr:
		writeQuoted(b, "", v.Data)
	case KindBytes:
		writeQuoted(b, "b", v.Data)
	case KindCode:
		fmt.Fprintf(b, "<code object %s, line %d>", v.code.Name.Data, v.code.FirstLineNo)
	default:
		open, end := "(", ")"
		switch v.Kind {
		case KindList:
			open, end = "[", "]"
		case KindTuple:
		default:
			open = v.Kind.String() + "("
		}
		b.WriteString(open)
		for i, item := range v.Items {
			if i == briefItems || depth == 2 {
				fmt.Fprintf(b, "… %d more", len(v.Items)-i)
				break
			}
			writeBrief(b, item, depth+1)
			if i < len(v.Items)-1 || v.Kind == KindTuple && i == 0 {
				b.WriteString(",")
				if i < len(v.Items)-1 {
					b.WriteString(" ")
				}
			}
		}
		b.WriteString(end)
	}
}

func floatRepr(f float64) string {
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".eEnN") {
		s += ".0"
	}
	return s
}

func writeQuoted(b *strings.Builder, prefix, s string) {
	b.WriteString(prefix)
	shown := s
	if len(s) > briefBytes {
		shown = s[:briefBytes]
		for prefix == "" && len(shown) > 0 && !utf8.ValidString(shown[len(shown)-1:]) && !utf8.RuneStart(s[len(shown)]) {
			shown = shown[:len(shown)-1] // not within a character
		}
	}
	b.WriteByte('\'')
	for i := 0; i < len(shown); {
		r, n := utf8.DecodeRuneInString(shown[i:])
		switch c := shown[i]; {
		case c == '\'' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c == '\n':
			b.WriteString(`\n`)
		case prefix == "" && n > 1 && strconv.IsPrint(r), c >= ' ' && c < 0x7f:
			b.WriteString(shown[i : i+n])
		case prefix == "" && n > 1:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			n = 1
			fmt.Fprintf(b, `\x%02x`, c)
		}
		i += n
	}
	b.WriteByte('\'')
	if len(shown) < len(s) {
		fmt.Fprintf(b, "… %d bytes in all", len(s))
	}
}

// apart tells values whose short forms are the same from each other: by length,
// by kind, or by where their contents part.
func apart(a, b *Value, sa, sb string) (string, string) {
	switch {
	case a.Kind != b.Kind:
		return sa + " (" + a.Kind.String() + ")", sb + " (" + b.Kind.String() + ")"
	case len(a.Items) != len(b.Items):
		return fmt.Sprintf("%s of %d", sa, len(a.Items)), fmt.Sprintf("%s of %d", sb, len(b.Items))
	case a.Kind == KindFloat || a.Kind == KindComplex:
		return fmt.Sprintf("%s (bytes %x)", sa, a.Data), fmt.Sprintf("%s (bytes %x)", sb, b.Data)
	case a.Data != b.Data:
		i := 0
		for i < len(a.Data) && i < len(b.Data) && a.Data[i] == b.Data[i] {
			i++
		}
		return part(a.Data, i), part(b.Data, i)
	}
	return sa, sb
}

// part returns what a str or bytes has from byte i on.
func part(s string, i int) string {
	var b strings.Builder
	writeQuoted(&b, "b", s[i:min(len(s), i+briefBytes/2)])
	return fmt.Sprintf("%s at byte %d of %d", b.String(), i, len(s))
}
