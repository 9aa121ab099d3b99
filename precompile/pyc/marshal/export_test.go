package marshal

// IdentifierOpcodes lets the conformance tests compare the table with interpreters.
func IdentifierOpcodes(minor int) []int {
	o := opcodesOfIdentifiers[minor-11]
	return []int{int(o.extendedArg), int(o.loadConst), int(o.kwNames), int(o.callKw), int(o.importName), int(o.matchClass)}
}
