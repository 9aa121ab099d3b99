package marshal

import (
	"fmt"
	"slices"
	"unsafe"
)

// Codec is the scratch memory of the package's functions, for a worker that
// calls them often: its methods do what the functions of the same names do, and
// use again what the call before left. The zero Codec is ready. A Codec serves
// one goroutine at a time.
type Codec struct {
	r reader
	g graph
	w ruleWriter
	m compiledWriter
	s scanner
}

// WriteRuleA is the function of that name.
func (c *Codec) WriteRuleA(dst []byte, v *Value, p Profile) ([]byte, error) {
	if !p.Valid() {
		return dst, errNoProfile
	}
	if !p.FreshProcess() {
		return dst, fmt.Errorf("marshal: %v has no rule for references that a fresh process would follow", p)
	}
	g := &c.g
	g.reset(p)
	if err := g.walk(v, roleRoot); err != nil {
		return dst, err
	}
	g.normalise()
	if p.minor >= 13 {
		g.internChars()
	}
	g.unite()
	g.ruleA()
	return c.write(dst, v, false)
}

// Unmarshal is the function of that name, but that the graph is good until the
// next call of Unmarshal or Canonical only.
func (c *Codec) Unmarshal(data []byte, p Profile) (*Value, error) {
	if c.r.arena == nil {
		c.r.arena = new(arena)
	}
	c.r.arena.reset()
	v, n, err := c.r.read(string(data), p)
	if err == nil && n < len(data) {
		return nil, trailing(n, len(data))
	}
	return v, err
}

// Canonical is the function of that name.
func (c *Codec) Canonical(data []byte, p Profile) ([]byte, error) {
	return c.canonical(nil, data, p)
}

// Recode is Canonical, but that it appends to dst.
func (c *Codec) Recode(dst, data []byte, p Profile) ([]byte, error) {
	return c.canonical(dst, data, p)
}

// AppendCanonical is the function of that name.
func (c *Codec) AppendCanonical(dst []byte, v *Value, p Profile) ([]byte, error) {
	if !p.Valid() {
		return dst, errNoProfile
	}
	if !p.FreshProcess() {
		return c.appendOwn(dst, v, p, form{})
	}
	g := &c.g
	g.reset(p)
	if err := g.walk(v, roleRoot); err != nil {
		return dst, err
	}
	g.normalise()
	g.internFresh()
	g.unite()
	if err := g.frozensetsFresh(v); err != nil {
		return dst, err
	}
	g.ruleA()
	return c.write(dst, v, false)
}

// appendOwn appends v in the package's own form, or what f leaves of it.
func (c *Codec) appendOwn(dst []byte, v *Value, p Profile, f form) ([]byte, error) {
	g := &c.g
	g.reset(p)
	g.wantPost = true
	if err := g.walk(v, roleRoot); err != nil {
		return dst, err
	}
	if err := g.own(v, f); err != nil {
		return dst, err
	}
	return c.write(dst, v, f.keepOrder)
}

func (c *Codec) canonical(dst, data []byte, p Profile) ([]byte, error) {
	if cap(dst)-len(dst) < len(data) {
		dst = slices.Grow(dst, len(data)+len(data)/8)
	}
	if c.isFresh(data, p) {
		return append(dst, data...), nil
	}
	return c.canonicalOfGraph(dst, data, p)
}

// isFresh reports whether data is seen to be in the defined form of a fresh
// process.
func (c *Codec) isFresh(data []byte, p Profile) bool {
	// Nothing changes data meanwhile, and no part of the string is kept.
	return len(data) > 0 && c.s.fresh(unsafe.String(&data[0], len(data)), p, &c.g.table)
}

// canonicalOfGraph is canonical by way of the graph.
func (c *Codec) canonicalOfGraph(dst, data []byte, p Profile) ([]byte, error) {
	v, err := c.Unmarshal(data, p)
	if err != nil {
		return dst, err
	}
	return c.AppendCanonical(dst, v, p)
}
