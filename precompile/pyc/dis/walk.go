package dis

import "github.com/rules-precompile/precompile/precompile/pyc/marshal"

// Node is a code object in the tree of a module.
type Node struct {
	Value *marshal.Value
	// Path names the object: its qualname, or before 3.11, which has none, a
	// name put together in the same way.
	Path string
	// Parent is the index of the code object that has this one among its
	// constants, -1 for the module's.
	Parent int
	// Depth is the number of parents.
	Depth int
}

// The flags of a code object that a function's has and a class's has not.
const functionFlags = 1 | 2 // CO_OPTIMIZED | CO_NEWLOCALS

// Walk lists the code objects of a module: each once, parents before their
// children, in the order of the constants, those inside of tuples and the like
// too.
func Walk(root *marshal.Value) []Node {
	w := walker{seen: map[*marshal.Value]bool{}}
	w.code(root, -1, 0)
	return w.nodes
}

type walker struct {
	nodes []Node
	seen  map[*marshal.Value]bool
}

func (w *walker) code(v *marshal.Value, parent, depth int) {
	c := v.Code()
	if c == nil || w.seen[v] {
		return
	}
	w.seen[v] = true
	path := data(c.Name)
	if c.QualName != nil {
		path = data(c.QualName)
	} else if parent > 0 {
		p := w.nodes[parent]
		sep := "."
		if p.Value.Code().Flags&functionFlags == functionFlags {
			sep = ".<locals>."
		}
		// A path grows with the depth: let a hostile one not.
		if len(p.Path) < 1000 {
			path = p.Path + sep + path
		}
	}
	self := len(w.nodes)
	w.nodes = append(w.nodes, Node{Value: v, Path: path, Parent: parent, Depth: depth})
	for _, k := range items(c.Consts) {
		w.constant(k, self, depth)
	}
}

func (w *walker) constant(v *marshal.Value, self, depth int) {
	switch {
	case v == nil:
	case v.Kind == marshal.KindCode:
		w.code(v, self, depth+1)
	case len(v.Items) > 0 && v.Kind != marshal.KindSlice:
		// Strings, numbers and the like, which most tuples are of, need no mark.
		marked := false
		for _, item := range v.Items {
			if item == nil || item.Kind != marshal.KindCode && len(item.Items) == 0 {
				continue
			}
			if !marked {
				if w.seen[v] {
					return
				}
				w.seen[v], marked = true, true
			}
			w.constant(item, self, depth)
		}
	}
}
