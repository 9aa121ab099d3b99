package opcode

import "testing"

func tables(t *testing.T) []*Table {
	t.Helper()
	var out []*Table
	for minor := MinMinor; minor <= MaxMinor; minor++ {
		table, ok := For(minor)
		if !ok || table.Minor() != minor {
			t.Fatalf("For(%d): %v, %v", minor, table, ok)
		}
		out = append(out, table)
	}
	return out
}

func TestForUnknown(t *testing.T) {
	for _, minor := range []int{-1, 0, MinMinor - 1, MaxMinor + 1} {
		if _, ok := For(minor); ok {
			t.Errorf("For(%d) has a table", minor)
		}
	}
}

func TestNames(t *testing.T) {
	for op := None + 1; op < NumOps; op++ {
		if got, ok := Lookup(op.String()); !ok || got != op {
			t.Errorf("Lookup(%q) = %d, %v, want %d", op, got, ok, op)
		}
		if op > 1 && (op-1).String() >= op.String() {
			t.Errorf("%s does not come before %s", op-1, op)
		}
	}
	for _, name := range []string{"", "None", "LOAD", "LOAD_CONST ", "zzz"} {
		if op, ok := Lookup(name); ok {
			t.Errorf("Lookup(%q) = %s", name, op)
		}
	}
	if got := NumOps.String(); got != "None" {
		t.Errorf("an Op out of range is called %q", got)
	}
}

// TestRoundTrip: bytes map to instructions and back.
func TestRoundTrip(t *testing.T) {
	for _, table := range tables(t) {
		seen := 0
		for b := range 256 {
			op := table.Op(byte(b))
			if op == None {
				continue
			}
			seen++
			if got, ok := table.Byte(op); !ok || int(got) != b {
				t.Errorf("3.%d: Byte(%s) = %d, %v, want %d", table.Minor(), op, got, ok, b)
			}
		}
		for op := range NumOps {
			if _, ok := table.Byte(op); ok {
				seen--
			}
			if table.Has(op) == (table.at(op).flags == 0) {
				t.Errorf("3.%d: Has(%s) is %v", table.Minor(), op, table.Has(op))
			}
		}
		if seen != 0 {
			t.Errorf("3.%d: %d more bytes than instructions", table.Minor(), seen)
		}
		if table.Has(None) || table.Has(NumOps) {
			t.Errorf("3.%d has an instruction that is none", table.Minor())
		}
	}
}

// TestStackUse: what is pushed and popped makes the effect, where both are
// known.
func TestStackUse(t *testing.T) {
	known := 0
	for _, table := range tables(t) {
		for op := range NumOps {
			for n := range 301 {
				popped, pushed, ok := table.StackUse(op, n)
				effect, ok2 := table.StackEffect(op, n, 1)
				if !ok || !ok2 {
					continue
				}
				known++
				if pushed-popped != effect {
					t.Errorf("3.%d: %s %d pops %d and pushes %d, but has the effect %d", table.Minor(), op, n, popped, pushed, effect)
				}
			}
		}
	}
	if known < 100_000 {
		t.Errorf("only %d cases", known)
	}
}

// TestLinear: what is told for all opargs at once is what is told for each, and known
// for nearly all instructions.
func TestLinear(t *testing.T) {
	for _, table := range tables(t) {
		effects, linear := 0, 0
		for op := range NumOps {
			fall, jump, ok := table.LinearEffect(op)
			popped, pushed, ok2 := table.LinearUse(op)
			if _, known := table.StackEffect(op, 0, 0); known {
				effects++
				if ok {
					linear++
				}
			} else if ok {
				t.Errorf("3.%d: %s has no known effect, but a linear one", table.Minor(), op)
			}
			for n := range 301 {
				if ok {
					f, _ := table.StackEffect(op, n, 0)
					j, _ := table.StackEffect(op, n, 1)
					if int(fall.Of(int32(n))) != f || int(jump.Of(int32(n))) != j {
						t.Errorf("3.%d: %s %d has the effect %d or %d, and as a linear one %d or %d", table.Minor(), op, n, f, j, fall.Of(int32(n)), jump.Of(int32(n)))
					}
				}
				if ok2 {
					pop, push, known := table.StackUse(op, n)
					if !known || int(popped.Of(int32(n))) != pop || int(pushed.Of(int32(n))) != push {
						t.Errorf("3.%d: %s %d pops %d and pushes %d, and as a linear one %d and %d", table.Minor(), op, n, pop, push, popped.Of(int32(n)), pushed.Of(int32(n)))
					}
				}
			}
		}
		if linear < effects*9/10 {
			t.Errorf("3.%d: only %d of %d effects are linear", table.Minor(), linear, effects)
		}
	}
}

func TestProperties(t *testing.T) {
	t313, _ := For(13)
	t311, _ := For(11)
	t38, _ := For(8)
	for _, c := range []struct {
		what      string
		got, want any
	}{
		{"3.13 LOAD_GLOBAL caches", t313.Caches(LoadGlobal), 4},
		{"3.13 LOAD_GLOBAL cache format", t313.CacheFormat(LoadGlobal)[2], CacheField{"module_keys_version", 1}},
		{"3.8 caches", t38.Caches(LoadGlobal), 0},
		{"3.13 base", t313.Base(LoadGlobalBuiltin), LoadGlobal},
		{"3.13 base of a base", t313.Base(LoadGlobal), LoadGlobal},
		{"3.13 JUMP is a compiler's", t313.IsPseudo(Jump), true},
		{"3.13 has no JUMP_ABSOLUTE", t313.Has(JumpAbsolute), false},
		{"3.8 JUMP_ABSOLUTE", t38.HasJump(JumpAbsolute), true},
		{"3.11 SETUP_FINALLY has a target", t311.HasTarget(SetupFinally), true},
		{"3.11 SETUP_FINALLY jumps", t311.HasJump(SetupFinally), false},
		{"3.11 terminators", t311.IsTerminator(Reraise), true},
		{"3.8 eval breaker unknown", t38.HasEvalBreak(JumpAbsolute), false},
		{"3.13 eval breaker", t313.HasEvalBreak(JumpBackward), true},
		{"3.13 HAVE_ARGUMENT", t313.HaveArgument(), 44},
	} {
		if c.got != c.want {
			t.Errorf("%s: %v, want %v", c.what, c.got, c.want)
		}
	}
	if name, symbol, ok := t313.BinaryOp(13); !ok || name != "NB_INPLACE_ADD" || symbol != "+=" {
		t.Errorf("BinaryOp(13) = %q, %q, %v", name, symbol, ok)
	}
	for _, i := range []int{-1, 26, 1 << 40} {
		if _, _, ok := t313.BinaryOp(i); ok {
			t.Errorf("BinaryOp(%d) is known", i)
		}
		if s, ok := t313.CmpOp(i); ok {
			t.Errorf("CmpOp(%d) = %q", i, s)
		}
	}
	if s, ok := t38.CmpOp(6); !ok || s != "in" {
		t.Errorf("3.8 CmpOp(6) = %q, %v", s, ok)
	}
}
