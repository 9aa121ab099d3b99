package dis

// traits are how the versions differ in what instructions and tables mean,
// beyond the tables of package opcode.
type traits struct {
	// jumpUnit is how many bytes 1 in a jump's argument is.
	jumpUnit int
	// lines is the form of co_lnotab or co_linetable.
	lines lineFormat
	// localsPlus: cells and free variables are numbered with the locals.
	localsPlus bool
	// noLineStarts: an instruction without a line "starts" one too where the
	// one before had a line.
	noLineStarts bool
	// labels: dis names jump targets L1, L2, … instead of offsets.
	labels bool
	// compareShift is where the comparison is in COMPARE_OP's argument;
	// compareBool that bit 4 asks for a bool.
	compareShift int
	compareBool  bool
	// globalFlag, attrFlag, importFlags: the low bits of the arguments of
	// LOAD_GLOBAL, of LOAD_ATTR and of IMPORT_NAME are flags.
	globalFlag, attrFlag, importFlags bool
	// nullLast: the flags are shown behind the name.
	nullLast bool
	// words: the arguments of IS_OP and CONTAINS_OP are shown as words.
	words bool
	// asyncForTarget: END_ASYNC_FOR's argument leads back to its SEND.
	asyncForTarget bool
}

// lineFormat is how a code object maps instructions to lines.
type lineFormat uint8

const (
	lnotab    lineFormat = iota // to 3.9: pairs of increments
	lineTable                   // 3.10: pairs of increments, PEP 626
	locations                   // 3.11+: lines and columns, PEP 657
)

func traitsOf(minor int) traits {
	t := traits{jumpUnit: 1}
	if minor >= 10 {
		t.jumpUnit, t.lines = 2, lineTable
	}
	if minor >= 11 {
		t.lines, t.localsPlus, t.globalFlag = locations, true, true
	}
	if minor >= 12 {
		t.compareShift, t.attrFlag = 4, true
	}
	if minor >= 13 {
		t.compareShift, t.compareBool = 5, true
		t.noLineStarts, t.labels, t.nullLast = true, true, true
	}
	if minor >= 14 {
		t.words, t.asyncForTarget = true, true
	}
	if minor >= 15 {
		t.importFlags = true
	}
	return t
}
