package marshal

// identifiers is what frozensetsFresh has to know of the identifiers of a file,
// which the parser interns before anything is compiled.
type identifiers struct {
	g *graph
	// used are the strings that are identifiers.
	used map[string]bool
	// first are the strings of the constants; true where the first constant of
	// that value was an identifier's object: the compiler then has that object for
	// all constants of the value, and interning replaces none of them.
	first map[string]bool
	seen  map[*Value]bool
}

// identifierOps are the opcodes of a series that say which constants are made of
// identifiers; 0 for one that the series has not.
type identifierOps struct{ extendedArg, loadConst, kwNames, callKw, importName, matchClass byte }

// Opcodes from opcode.opmap of 3.11.7, 3.12.1, 3.13.0 and .18, 3.14.10, 3.15.2; a
// conformance test asks the interpreters.
var opcodesOfIdentifiers = [...]identifierOps{
	{extendedArg: 144, loadConst: 100, kwNames: 172, importName: 108, matchClass: 152}, // 3.11
	{extendedArg: 144, loadConst: 100, kwNames: 172, importName: 108, matchClass: 152}, // 3.12
	{extendedArg: 71, loadConst: 83, callKw: 57, importName: 75, matchClass: 96},       // 3.13
	{extendedArg: 69, loadConst: 82, callKw: 55, importName: 73, matchClass: 99},       // 3.14
	{extendedArg: 67, loadConst: 81, callKw: 53, importName: 72, matchClass: 98},       // 3.15
}

// identifiers reads the identifiers of a graph whose root is v.
func (g *graph) identifiers(v *Value) identifiers {
	ids := identifiers{g: g, used: map[string]bool{}, first: map[string]bool{}, seen: map[*Value]bool{}}
	for i := range g.nodes {
		if n := &g.nodes[i]; n.v.Kind == KindStr && n.roles&(roleName|roleCodeName) != 0 {
			ids.used[n.v.Data] = true
		}
	}
	ids.constant(v, false)
	return ids
}

// replaced reports whether a fresh process replaces a constant s when it interns it.
func (ids *identifiers) replaced(s string) bool {
	return !ids.first[s] && (ids.used[s] || ids.g.p.AtStartup(s))
}

// constant enters a constant, in the order in which the compiler made them: a
// nested code object's constants within its place.
func (ids *identifiers) constant(v *Value, identifier bool) {
	switch v.Kind {
	case KindStr:
		if _, old := ids.first[v.Data]; !old {
			ids.first[v.Data] = identifier
		}
		if identifier {
			ids.used[v.Data] = true
		}
	case KindTuple, KindFrozenSet:
		if ids.seen[v] {
			return
		}
		ids.seen[v] = true
		for _, item := range v.Items {
			ids.constant(item, identifier)
		}
	case KindCode:
		if ids.seen[v] {
			return
		}
		ids.seen[v] = true
		of, loaded := ids.inCode(v.code)
		items := v.code.Consts.Items
		if ids.g.p.minor >= 14 {
			// Tuples and frozensets are made after the whole code object was, of
			// constants that were there in the order of the source: that of loading.
			for _, i := range loaded {
				ids.constant(items[i], of[i])
			}
		}
		for i, item := range items {
			ids.constant(item, of[i])
		}
	}
}

// inCode returns which constants of a code object are made of identifiers: the
// names of keyword arguments, of what is imported from a module, of attributes
// in class patterns, and the name of a class. loaded are the indexes of the
// constants in the order in which the instructions load them.
func (ids *identifiers) inCode(c *Code) (of map[int]bool, loaded []int) {
	ops := opcodesOfIdentifiers[ids.g.p.minor-11]
	of = map[int]bool{}
	code := c.Bytecode.Data
	consts := c.Consts.Items
	arg, last := 0, -1 // last is the constant that the instruction before loaded
	var body *Value    // the last code object loaded
	for i := 0; i+1 < len(code); i += 2 {
		op := code[i]
		arg |= int(code[i+1])
		if op == ops.extendedArg {
			arg = arg << 8 & 0xffffff
			continue
		}
		switch {
		case op == ops.loadConst && arg < len(consts):
			last = arg
			loaded = append(loaded, arg)
			switch k := consts[arg]; {
			case k.Kind == KindCode:
				body = k
			case k.Kind == KindStr && body != nil && body.code.Name.Data == k.Data:
				of[arg] = true
			}
			arg = 0
			continue
		case op == 0: // a cache
			arg = 0
			continue
		case ops.kwNames != 0 && op == ops.kwNames:
			of[arg] = true
		case last >= 0 && (ops.callKw != 0 && op == ops.callKw || op == ops.importName || op == ops.matchClass):
			of[last] = true
		}
		arg, last = 0, -1
	}
	return of, loaded
}
