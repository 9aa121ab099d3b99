package pycdiff

import (
	"iter"
	"strconv"

	"github.com/rules-precompile/precompile/precompile/pyc/dis"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// Listing is the instructions of two code objects side by side, from a little
// before the first that differ.
type Listing struct {
	// Path names the code object.
	Path string
	// Rows are the instructions.
	Rows []Row
}

// Row is an instruction of each, "" where one has none.
type Row struct {
	A, B string
	Same bool
}

// listing finds the first code objects whose instructions differ. It pairs the
// code objects by their order, which compilers keep.
func listing(a, b *marshal.Value, minor, context int) *Listing {
	na, nb := dis.Walk(a), dis.Walk(b)
	for i := range min(len(na), len(nb)) {
		x, errA := dis.New(na[i].Value, minor)
		y, errB := dis.New(nb[i].Value, minor)
		if errA != nil || errB != nil {
			return nil
		}
		if first := firstDifference(x, y); first >= 0 {
			return &Listing{Path: na[i].Path, Rows: rows(x, y, first, context)}
		}
	}
	return nil
}

// line is an instruction in one line, without offsets and labels of its own:
// these differ all the way once an instruction more is there.
func line(c *dis.Code, in dis.Instruction, b []byte) []byte {
	if in.Line != dis.NoLine {
		b = strconv.AppendInt(b, int64(in.Line), 10)
	} else {
		b = append(b, "--"...)
	}
	for len(b) < 5 {
		b = append(b, ' ')
	}
	b = append(append(b, ' '), c.OpName(in)...)
	if !in.HasArg {
		return b
	}
	b = strconv.AppendInt(append(b, ' '), int64(in.Arg), 10)
	start := len(b)
	b = c.AppendArg(append(b, " ("...), in, nil, 60)
	if len(b) == start+2 {
		return b[:start]
	}
	return append(b, ')')
}

// lines goes through the instructions as lines; the slice is used again.
func lines(c *dis.Code, yield func([]byte) bool) {
	var buf []byte
	for in := range c.Instructions() {
		buf = line(c, in, buf[:0])
		if !yield(buf) {
			return
		}
	}
}

// firstDifference is the index of the first instruction that differs, -1 where
// none does.
func firstDifference(a, b *dis.Code) int {
	if a.Size() == b.Size() && a.Bytecode.Data == b.Bytecode.Data && sameTables(a, b) {
		return -1
	}
	next, stop := pull(b)
	defer stop()
	i, first := 0, -1
	lines(a, func(x []byte) bool {
		y, ok := next()
		if !ok || string(x) != string(y) {
			first = i
			return false
		}
		i++
		return true
	})
	if first < 0 {
		if _, ok := next(); ok {
			first = i
		}
	}
	return first
}

// sameTables reports whether what instructions refer to is the same at a glance,
// so that code objects which are equal need not be listed.
func sameTables(a, b *dis.Code) bool {
	return a.FirstLineNo == b.FirstLineNo && a.LineTable.Data == b.LineTable.Data && sameNames(a.Names, b.Names) &&
		sameNames(a.VarNames, b.VarNames) && sameNames(a.CellVars, b.CellVars) && sameNames(a.FreeVars, b.FreeVars) &&
		sameNames(a.LocalsPlusNames, b.LocalsPlusNames) && len(a.Consts.Items) == 0 && len(b.Consts.Items) == 0
}

func sameNames(a, b *marshal.Value) bool {
	if a == nil || b == nil {
		return a == b
	}
	if len(a.Items) != len(b.Items) {
		return false
	}
	for i, v := range a.Items {
		if v.Data != b.Items[i].Data {
			return false
		}
	}
	return true
}

// pull turns lines into a function that gives one after another.
func pull(c *dis.Code) (next func() ([]byte, bool), stop func()) {
	return iter.Pull(func(yield func([]byte) bool) { lines(c, yield) })
}

// window is how many instructions from the first difference on are aligned with
// each other.
const window = 64

// rows aligns the instructions from context before first on, and ends context
// after the first run of differences.
func rows(a, b *dis.Code, first, context int) []Row {
	from := max(first-context, 0)
	x, y := slice(a, from, first-from+window), slice(b, from, first-from+window)
	aligned := align(x, y)
	last := -1
	for i, r := range aligned {
		if !r.Same {
			if last >= 0 && i-last > 2*context {
				break
			}
			last = i
		}
	}
	return aligned[:min(len(aligned), last+1+context)]
}

// slice lists n instructions from the one of index from on.
func slice(c *dis.Code, from, n int) []string {
	var out []string
	i := 0
	lines(c, func(s []byte) bool {
		if i >= from {
			out = append(out, string(s))
		}
		i++
		return len(out) < n
	})
	return out
}

// align puts two lists side by side by their longest common subsequence.
func align(x, y []string) []Row {
	length := make([][]int, len(x)+1)
	for i := range length {
		length[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	var out []Row
	i, j := 0, 0
	for i < len(x) || j < len(y) {
		// A run of what only one side has is shown beside the other's run.
		fromI, fromJ := i, j
		for i < len(x) && j < len(y) && x[i] != y[j] {
			if length[i+1][j] >= length[i][j+1] {
				i++
			} else {
				j++
			}
		}
		if i == len(x) || j == len(y) {
			i, j = len(x), len(y)
		}
		for k := 0; fromI+k < i || fromJ+k < j; k++ {
			var r Row
			if fromI+k < i {
				r.A = x[fromI+k]
			}
			if fromJ+k < j {
				r.B = y[fromJ+k]
			}
			out = append(out, r)
		}
		for i < len(x) && j < len(y) && x[i] == y[j] {
			out = append(out, Row{A: x[i], B: y[j], Same: true})
			i, j = i+1, j+1
		}
	}
	return out
}
