package fold

import (
	"bufio"
	"compress/gzip"
	"encoding/base64"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

var binaryOps = map[string]BinaryOp{
	"+": Add, "&": And, "//": FloorDivide, "<<": LShift, "*": Multiply, "%": Remainder, "|": Or, "**": Power,
	">>": RShift, "-": Subtract, "/": TrueDivide, "^": Xor, "[]": Subscript,
}

var unaryOps = map[string]UnaryOp{"-": Negative, "+": Positive, "~": Invert, "not": Not}

// checkCases compares the folder of a target with lines of testdata/cases.py,
// and returns how many there were, how many of them fold, and how many results
// differ as excused says.
func checkCases(t *testing.T, p target.Profile, r io.Reader) (cases, folded, excusedCases int) {
	t.Helper()
	f := New(target.New(p))
	profile, err := marshal.ProfileOf(false, 3, p.Minor)
	if err != nil {
		t.Fatal(err)
	}
	read := func(s string) *marshal.Value {
		if s == "" {
			return nil
		}
		b, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			t.Fatal(err)
		}
		v, err := marshal.Unmarshal(b, profile)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<24)
	failed := 0
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		if len(fields) != 4 {
			t.Fatalf("%d fields: %.100s", len(fields), lines.Text())
		}
		op, v, w, want := fields[0], read(fields[1]), read(fields[2]), read(fields[3])
		var got *marshal.Value
		ok := false
		if w == nil {
			got, ok = f.Unary(unaryOps[op], v)
		} else {
			got, ok = f.Binary(binaryOps[op], v, w)
		}
		if !ok {
			got = nil
		}
		switch g, x := show(got), show(want); {
		case g == x:
		case excused(op, got, want):
			excusedCases++
		default:
			expr := op + " " + show(v)
			if w != nil {
				expr = show(v) + " " + op + " " + show(w)
			}
			t.Errorf("%.200s is %.200s, want %.200s", expr, g, x)
			if failed++; failed == 30 {
				t.Fatal("too many differences")
			}
		}
		cases++
		if want != nil {
			folded++
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases, folded, excusedCases
}

// excused reports whether two results differ only in what is known and accepted:
// complex results with a NaN of another sign, where both operands of an
// operation were NaNs and the interpreter's compiler chose which to keep, and
// complex powers that are off by one or two in the last place.
func excused(op string, got, want *marshal.Value) bool {
	if got == nil || want == nil || got.Kind != marshal.KindComplex || want.Kind != marshal.KindComplex {
		return false
	}
	near := func(x, y float64) bool {
		return x == y || math.IsNaN(x) && math.IsNaN(y) || op == "**" && (math.Nextafter(x, y) == y || math.Nextafter(x, y) == math.Nextafter(y, x))
	}
	gr, gi := got.Complex()
	wr, wi := want.Complex()
	return near(gr, wr) && near(gi, wi)
}

// excusedGoldens is how many results of each golden are excused. A smaller
// number is to be written down here.
var excusedGoldens = map[string]int{
	"3.11.7": 2, "3.12.1": 2, "3.13.0": 2, "3.13.18": 5, "3.14.10": 4, "3.15.2": 3,
}

// show renders a constant so that equal text means equal type and content, NaNs
// bit by bit.
func show(v *marshal.Value) string {
	switch {
	case v == nil:
		return "not folded"
	case v.Kind == marshal.KindInt:
		return v.BigInt().String()
	case v.Kind == marshal.KindFloat:
		return fmt.Sprintf("%v[%x]", v.Float(), v.Data)
	case v.Kind == marshal.KindComplex:
		re, im := v.Complex()
		return fmt.Sprintf("(%v+%vj)[%x]", re, im, v.Data)
	case v.Kind == marshal.KindStr:
		return fmt.Sprintf("%+q", v.Data)
	case v.Kind == marshal.KindBytes:
		return fmt.Sprintf("b%+q", v.Data)
	case v.Kind == marshal.KindTuple || v.Kind == marshal.KindSlice:
		var parts []string
		for _, item := range v.Items {
			parts = append(parts, show(item))
		}
		return v.Kind.String() + "(" + strings.Join(parts, ", ") + ")"
	}
	return v.Kind.String()
}

// TestFold compares with what the interpreters folded: pairs of constants with
// something to them, under every operator, and random numbers.
func TestFold(t *testing.T) {
	for _, p := range target.Known() {
		name := fmt.Sprintf("testdata/cases-%v.txt.gz", p)
		file, err := os.Open(name)
		if err != nil {
			t.Error(err)
			continue
		}
		t.Run(p.String(), func(t *testing.T) {
			defer file.Close()
			z, err := gzip.NewReader(file)
			if err != nil {
				t.Fatal(err)
			}
			cases, folded, excused := checkCases(t, p, z)
			if excused != excusedGoldens[p.String()] {
				t.Errorf("%d results are excused, want %d", excused, excusedGoldens[p.String()])
			}
			if folded < 1000 {
				t.Errorf("only %d of %d cases are folded: the file is not what it should be", folded, cases)
			}
		})
	}
}
