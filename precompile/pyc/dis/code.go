package dis

import (
	"errors"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Code is one code object of a known version, ready to be read.
type Code struct {
	// Code has the fields.
	*marshal.Code
	// Minor is the x of Python 3.x.
	Minor int

	table    *opcode.Table
	traits   traits
	bytecode string
	lineTab  string
	consts   []*marshal.Value
	names    []*marshal.Value
	locals   []*marshal.Value // co_varnames, or localsplusnames
	cells    []*marshal.Value // to 3.10: co_cellvars
	frees    []*marshal.Value // to 3.10: co_freevars
}

// New prepares the code object v of CPython 3.minor.
func New(v *marshal.Value, minor int) (*Code, error) {
	table, ok := opcode.For(minor)
	if !ok {
		return nil, fmt.Errorf("the instructions of Python 3.%d are not known: those of 3.%d to 3.%d are", minor, opcode.MinMinor, opcode.MaxMinor)
	}
	if v == nil || v.Code() == nil {
		return nil, errors.New("not a code object")
	}
	m := v.Code()
	c := &Code{
		Code: m, Minor: minor, table: table, traits: traitsOf(minor),
		bytecode: data(m.Bytecode), lineTab: data(m.LineTable),
		consts: items(m.Consts), names: items(m.Names),
	}
	if c.traits.localsPlus {
		c.locals = items(m.LocalsPlusNames)
	} else {
		c.locals, c.cells, c.frees = items(m.VarNames), items(m.CellVars), items(m.FreeVars)
	}
	return c, nil
}

func data(v *marshal.Value) string {
	if v == nil {
		return ""
	}
	return v.Data
}

func items(v *marshal.Value) []*marshal.Value {
	if v == nil {
		return nil
	}
	return v.Items
}

// Size returns the length of the bytecode in bytes.
func (c *Code) Size() int { return len(c.bytecode) }

// HasPositions reports whether the version records columns and end lines.
func (c *Code) HasPositions() bool { return c.traits.lines == locations }

// name returns entry i of a tuple of names.
func name(list []*marshal.Value, i int) (string, bool) {
	if uint(i) >= uint(len(list)) {
		return "", false
	}
	return list[i].Data, true
}

// variable returns the name of local, cell or free variable i.
func (c *Code) variable(i int) (string, bool) { return name(c.locals, i) }

// cell returns the name of cell or free variable i, numbered in the version's
// way.
func (c *Code) cell(i int) (string, bool) {
	if c.traits.localsPlus {
		return c.variable(i)
	}
	if i >= len(c.cells) {
		return name(c.frees, i-len(c.cells))
	}
	return name(c.cells, i)
}
