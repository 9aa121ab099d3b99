package marshal

// IdentifierOpcodes lets the conformance tests compare the table with interpreters.
func IdentifierOpcodes(minor int) []int {
	o := opcodesOfIdentifiers[minor-11]
	return []int{int(o.extendedArg), int(o.loadConst), int(o.kwNames), int(o.callKw), int(o.importName), int(o.matchClass)}
}

// SeenFresh reports whether the scanner sees that data is in the defined form.
func SeenFresh(data []byte, p Profile) bool { return new(Codec).isFresh(data, p) }

// CanonicalOfGraph is Canonical without the scanner.
func CanonicalOfGraph(data []byte, p Profile) ([]byte, error) {
	return new(Codec).canonicalOfGraph(nil, data, p)
}
