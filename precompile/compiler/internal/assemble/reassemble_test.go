package assemble

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/instr"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/instrtest"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/opcode"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// reassembler takes code objects that CPython made apart, to the instructions
// that its assembler had, and assembles them again.
type reassembler struct {
	a       *Assembler
	table   *opcode.Table
	profile marshal.Profile
	pool    *instr.Pool
	file    *marshal.Value
	codes   int
	instrs  int
}

func newReassembler(t testing.TB, p target.Profile) *reassembler {
	t.Helper()
	a, err := New(target.New(p))
	if err != nil {
		t.Fatal(err)
	}
	profile, err := marshal.ProfileOf(false, 3, p.Minor)
	if err != nil {
		t.Fatal(err)
	}
	return &reassembler{a: a, table: a.table, profile: profile, pool: instr.NewPool(instr.PoolOptionsFor(a.features, profile))}
}

// sameBytes are the goldens that come out byte for byte for 3.13 and later. In
// the others it shows which constants were read from the source as one object
// and which names were read before which constants, and a code object does not
// tell that; earlier releases do not intern the names of code objects, and it
// shows too where these came from.
var sameBytes = map[string]bool{"constants.fresh": true, "control.fresh": true, "empty.fresh": true}

// TestReassemble takes what fresh processes of each release wrote apart, and
// assembles it again.
func TestReassemble(t *testing.T) {
	for _, p := range target.Known() {
		t.Run(p.String(), func(t *testing.T) {
			files, err := filepath.Glob(fmt.Sprintf("../../../pyc/marshal/testdata/%v/*.fresh", p))
			if err != nil || len(files) < 4 {
				t.Fatalf("%d goldens: %v", len(files), err)
			}
			r := newReassembler(t, p)
			for _, f := range files {
				data, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				diff, same := r.check(data)
				if diff != "" {
					t.Errorf("%s: %s", f, diff)
				} else if want := sameBytes[filepath.Base(f)] && r.a.features.InternedCodeNames; same != want {
					t.Errorf("%s: every field is equal; the bytes are: %t, want %t", f, same, want)
				}
			}
		})
	}
}

// check takes a marshalled module apart and assembles it again; it returns the
// first difference in words. Bytes that differ while every field is equal are
// reported by same.
func (r *reassembler) check(data []byte) (diff string, same bool) {
	want, err := marshal.Unmarshal(data, r.profile)
	if err != nil {
		return err.Error(), false
	}
	r.pool.Reset()
	r.file = marshal.NewStr(want.Code().FileName.Data, false)
	got, diff := r.code(want, "<module>")
	if diff != "" {
		return diff, false
	}
	out, err := marshal.WriteRuleA(nil, got, r.profile)
	if err != nil {
		return err.Error(), false
	}
	return "", bytes.Equal(out, data)
}

// code reassembles a code object and those in it.
func (r *reassembler) code(v *marshal.Value, path string) (got *marshal.Value, diff string) {
	c := v.Code()
	u := &instr.Unit{
		FileName: r.file, Name: r.pool.Name(c.Name.Data),
		QualName:  marshal.NewStr(c.QualName.Data, false),
		FirstLine: c.FirstLineNo, Flags: instr.Flags(c.Flags),
		ArgCount: c.ArgCount - c.PosOnlyArgCount, PosOnly: c.PosOnlyArgCount, KwOnly: c.KwOnlyArgCount,
	}
	for _, n := range c.Names.Items {
		u.Names.Add(r.pool.Name(n.Data))
	}
	renamed := r.a.features.DeferredAnnotations && c.Flags&int32(instr.Optimized) != 0 &&
		len(c.LocalsPlusNames.Items) > 0 && c.LocalsPlusNames.Items[0].Data == "format" && c.PosOnlyArgCount == 1 && c.ArgCount == 1
	for i, n := range c.LocalsPlusNames.Items {
		name, kind := r.pool.Name(n.Data), c.LocalsPlusKinds.Data[i]
		if i == 0 && renamed {
			name = r.pool.Name(".format")
		}
		if kind&marshal.LocalFast != 0 {
			u.VarNames.Add(name)
		}
		if kind&marshal.LocalCell != 0 {
			u.CellVars.Add(name)
		}
		if kind&marshal.LocalFree != 0 {
			u.FreeVars.Add(name)
		}
		if kind&marshal.LocalHidden != 0 {
			u.HiddenNames.Add(name)
		}
	}
	for i, k := range c.Consts.Items {
		if k.Kind == marshal.KindCode {
			k, diff = r.code(k, fmt.Sprintf("%s.%s", path, k.Code().Name.Data))
			if diff != "" {
				return nil, diff
			}
		} else {
			k = r.copyConst(k)
		}
		if n := u.Consts.Add(r.pool.Merge(k)); n != i {
			// Constants that are equal, but two.
			u.Consts.Values = append(u.Consts.Values, k)
		}
	}
	// The qualified name that a class stores in its namespace is the code
	// object's own.
	for _, k := range u.Consts.Values {
		if u.Flags&instr.Optimized == 0 && k.Kind == marshal.KindStr && k.Data == c.QualName.Data {
			u.QualName = k
		}
	}
	l, err := instrtest.Decode(c, r.table)
	if err != nil {
		return nil, fmt.Sprintf("%s: %v", path, err)
	}
	r.codes++
	r.instrs += len(l.Instrs)
	got = r.a.Assemble(u, l, r.pool)
	if renamed {
		RenameFirst(got, r.pool.Name("format"))
	}
	return got, r.diff(path, got.Code(), c)
}

// copyConst makes a constant of new objects, as reading a source makes it.
func (r *reassembler) copyConst(v *marshal.Value) *marshal.Value {
	switch v.Kind {
	case marshal.KindTuple, marshal.KindFrozenSet, marshal.KindSlice:
		items := make([]*marshal.Value, len(v.Items))
		for i, item := range v.Items {
			items[i] = r.copyConst(item)
		}
		switch v.Kind {
		case marshal.KindTuple:
			return r.pool.Tuple(items...)
		case marshal.KindFrozenSet:
			return marshal.NewFrozenSet(items...)
		}
		return marshal.NewSlice(items[0], items[1], items[2])
	case marshal.KindStr:
		if v.Own {
			return v
		}
		return r.pool.Str(v.Data)
	case marshal.KindBytes:
		return r.pool.Bytes(v.Data)
	case marshal.KindInt:
		return marshal.NewBigInt(v.BigInt())
	case marshal.KindFloat:
		return marshal.NewFloat(v.Float())
	case marshal.KindComplex:
		return marshal.NewComplex(v.Complex())
	}
	return v
}

// diff names the first field in which two code objects differ.
func (r *reassembler) diff(path string, got, want *marshal.Code) string {
	for _, f := range []struct {
		name      string
		got, want string
	}{
		{"co_code", got.Bytecode.Data, want.Bytecode.Data},
		{"co_linetable", got.LineTable.Data, want.LineTable.Data},
		{"co_exceptiontable", got.ExceptionTable.Data, want.ExceptionTable.Data},
		{"co_names", fmt.Sprint(got.Names.Strings()), fmt.Sprint(want.Names.Strings())},
		{"co_localsplusnames", fmt.Sprint(got.LocalsPlusNames.Strings()), fmt.Sprint(want.LocalsPlusNames.Strings())},
		{"co_localspluskinds", got.LocalsPlusKinds.Data, want.LocalsPlusKinds.Data},
		{"co_argcount", fmt.Sprint(got.ArgCount, got.PosOnlyArgCount, got.KwOnlyArgCount), fmt.Sprint(want.ArgCount, want.PosOnlyArgCount, want.KwOnlyArgCount)},
		{"co_stacksize", fmt.Sprint(got.StackSize), fmt.Sprint(want.StackSize)},
		{"co_flags", fmt.Sprint(got.Flags), fmt.Sprint(want.Flags)},
	} {
		if f.got == f.want {
			continue
		}
		at := 0
		for at < len(f.got) && at < len(f.want) && f.got[at] == f.want[at] {
			at++
		}
		around := func(s string) string {
			return fmt.Sprintf("%d: …%x…", len(s), s[min(max(0, at-8), len(s)):min(at+8, len(s))])
		}
		return fmt.Sprintf("%s: %s differs at byte %d: %s, want %s", path, f.name, at, around(f.got), around(f.want))
	}
	return ""
}
