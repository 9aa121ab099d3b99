package codegen

import (
	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
)

// nameUse is how a unit uses a name, once that has been found out: most names of a
// unit occur in it several times. An entry is that of the unit whose stamp it has. A
// unit gets a new stamp when the meaning of a name changes in it.
type nameUse struct {
	// As a variable.
	stamp  uint32
	number int32
	where  namePlace
	// As an attribute.
	attr struct {
		stamp  uint32
		number int32
	}
}

// namePlace is where a variable lives that one instruction loads, stores or deletes.
type namePlace uint8

const (
	fastLocals namePlace = iota
	globalNamespace
	ownNamespace // of a module or class
	elsewhere
)

var nameOps = [elsewhere][3]opcode.Op{
	fastLocals:      {ast.Load: opcode.LoadFast, ast.Store: opcode.StoreFast, ast.Del: opcode.DeleteFast},
	globalNamespace: {ast.Load: opcode.LoadGlobal, ast.Store: opcode.StoreGlobal, ast.Del: opcode.DeleteGlobal},
	ownNamespace:    {ast.Load: opcode.LoadName, ast.Store: opcode.StoreName, ast.Del: opcode.DeleteName},
}

// use returns the entry of a name. It is good until the next name is made.
func (g *Generator) use(name ast.Name) *nameUse {
	if int(name) >= len(g.uses) {
		g.growUses()
	}
	return &g.uses[name]
}

func (g *Generator) growUses() {
	n := g.names.Len()
	if n <= cap(g.uses) {
		g.uses = g.uses[:n]
		return
	}
	grown := make([]nameUse, n, n+n/2)
	copy(grown, g.uses)
	g.uses = grown
}

// forgetUses makes the table ready for another module.
func (g *Generator) forgetUses() {
	clear(g.uses)
	g.uses, g.stamps = g.uses[:0], 0
}

// restamp forgets how the current unit uses names.
func (g *Generator) restamp() {
	g.stamps++
	g.u.stamp = g.stamps
}
