package dis

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

var update = flag.Bool("update", false, "make the goldens anew; those of interpreters with -tags conformance")

func goldenPath(minor int) string { return fmt.Sprintf("testdata/3.%d.rows.gz", minor) }

// golden reads what testdata/instructions.py said of the sources beside it in
// an interpreter, whose release is the comment of the gzip header.
func golden(t testing.TB, minor int) (python string, b []byte) {
	t.Helper()
	f, err := os.Open(goldenPath(minor))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return z.Comment, b
}

// TestGoldenInstructions compares with what the interpreters' own dis gave for
// the sources in testdata.
func TestGoldenInstructions(t *testing.T) {
	for minor := opcode.MinMinor; minor <= opcode.MaxMinor; minor++ {
		t.Run(fmt.Sprintf("3.%d", minor), func(t *testing.T) {
			python, b := golden(t, minor)
			t.Log(python)
			if c := compareStream(t, minor, bytes.NewReader(b)); c.instructions < 1000 {
				t.Error("hardly anything was compared")
			}
		})
	}
}

// TestForms holds the text and the JSON to goldens of this package's own making:
// the module of f311.py as 3.11 and 3.15 compiled it, and the smaller code
// objects of 3.8's f308.py.
func TestForms(t *testing.T) {
	for _, c := range []struct {
		name  string
		minor int
		nth   int
		o     Options
		json  bool
	}{
		{"3.11.txt", 11, 2, Options{Dis: true, Offsets: true, ShowCaches: true}, false},
		{"3.15.txt", 15, 2, Options{Dis: true, Positions: true}, false},
		{"3.15.json", 15, 2, Options{Dis: true, ShowCaches: true}, true},
		{"3.8.txt", 8, 0, Options{Dis: true, Only: func(n Node) bool { return n.Path == "generator" || n.Path == "handlers" }}, false},
		{"3.10.json", 10, 1, Options{Dis: true}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := Read(nthCache(t, c.minor, c.nth))
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if c.json {
				err = WriteJSON(&b, "f.pyc", f, nil, c.o)
			} else {
				err = WriteText(&b, f, c.o)
			}
			if err != nil {
				t.Fatal(err)
			}
			path := "testdata/" + c.name
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), b.String()); d != "" {
				t.Errorf("%s (-) differs (+):\n%s", path, d)
			}
		})
	}
}

var errEnough = errors.New("enough")

// nthCache is the nth code object of a golden as a .pyc.
func nthCache(t testing.TB, minor, nth int) (cache []byte) {
	t.Helper()
	_, b := golden(t, minor)
	magic, _ := pyc.MagicOf(pyc.Version{Major: 3, Minor: minor})
	err := stream(bytes.NewReader(b), func(code, _ []byte) error {
		if nth == 0 {
			cache = append(pyc.NewHeader(magic, pyc.CheckedHash, nil, pyc.SourceStamp{}).Append(nil), code...)
			return errEnough
		}
		nth--
		return nil
	})
	if err != errEnough {
		t.Fatalf("3.%d: %v", minor, err)
	}
	return cache
}

// TestOdd: what no compiler writes is named as such, in text and in JSON.
func TestOdd(t *testing.T) {
	names := marshal.NewTuple(marshal.NewStr("\x1b[2J", false))
	code := func(minor int, b string) *Code {
		t.Helper()
		c, err := New(marshal.NewCode(&marshal.Code{
			Bytecode: marshal.NewBytes(b), Consts: marshal.NewTuple(), Names: names, LocalsPlusNames: marshal.NewTuple(),
			LocalsPlusKinds: marshal.NewBytes(""), VarNames: marshal.NewTuple(), CellVars: marshal.NewTuple(), FreeVars: marshal.NewTuple(),
			FileName: marshal.NewStr("", false), Name: marshal.NewStr("", false), QualName: marshal.NewStr("", false),
			LineTable: marshal.NewBytes(""), ExceptionTable: marshal.NewBytes("\x80\x01\x7f\x00"),
		}), minor)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	by := func(minor int, op opcode.Op, arg byte) string {
		t.Helper()
		table, _ := opcode.For(minor)
		b, ok := table.Byte(op)
		if !ok {
			t.Fatalf("3.%d has no %s", minor, op)
		}
		return string([]byte{b, arg})
	}
	for _, c := range []struct {
		name  string
		minor int
		code  string
		want  string
	}{
		{"no such constant", 13, by(13, opcode.LoadConst, 7), "LOAD_CONST               7 (no such constant!)"},
		{"no such name", 12, by(12, opcode.LoadName, 3), "LOAD_NAME                3 (no such name!)"},
		{"no such variable", 8, by(8, opcode.LoadFast, 3), "LOAD_FAST                3 (no such variable!)"},
		{"no such operator", 14, by(14, opcode.BinaryOp, 200), "BINARY_OP              200 (no such operator!)"},
		{"no such comparison", 9, by(9, opcode.CompareOp, 99), "COMPARE_OP              99 (no such operator!)"},
		{"a jump out of the code", 10, by(10, opcode.JumpAbsolute, 100), "JUMP_ABSOLUTE          100 (to nowhere: 200)"},
		{"a jump before the code", 13, by(13, opcode.JumpBackwardNoInterrupt, 9), "JUMP_BACKWARD_NO_INTERRUPT 9 (to nowhere: -16)"},
		{"a jump into an instruction", 8, by(8, opcode.JumpAbsolute, 1), "(to nowhere: 1)"},
		{"unknown, without argument", 13, string([]byte{unknown(13), 5}), fmt.Sprintf("<%d>  ! unknown opcode", unknown(13))},
		{"unknown, with argument", 10, string([]byte{unknown(10), 5}), "! unknown opcode"},
		{"specialised", 12, by(12, opcode.LoadAttrSlot, 0), "LOAD_ATTR_SLOT           0 (\\x1b[2J)  ! adaptive form of LOAD_ATTR, of interpreters' memory only"},
		{"instrumented", 13, by(13, opcode.InstrumentedResume, 0), "! instrumented form, of interpreters' memory only"},
		{"half an instruction", 11, by(11, opcode.Nop, 0) + "\x01", "half an instruction at the end"},
		{"a name that steers", 11, by(11, opcode.LoadName, 0), `LOAD_NAME                0 (\x1b[2J)`},
		{"an overlong argument", 13, strings.Repeat(by(13, opcode.ExtendedArg, 0xff), 5) + by(13, opcode.LoadConst, 0xff), "LOAD_CONST              -1 (no such constant!)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := WriteInstructions(&b, code(c.minor, c.code), Options{}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), c.want) {
				t.Errorf("%q is not in\n%s", c.want, b.String())
			}
		})
	}
}

// unknown is a byte that is no instruction of 3.minor.
func unknown(minor int) byte {
	table, _ := opcode.For(minor)
	for b := 255; ; b-- {
		if table.Op(byte(b)) == opcode.None {
			return byte(b)
		}
	}
}
