//go:build conformance

package opcode

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// covered are the interpreters at hand that the tables are for.
func covered() []interptest.Interpreter {
	var out []interptest.Interpreter
	for _, i := range interptest.Found() {
		v := i.Version
		if v.Implementation == pyc.CPython && v.Major == 3 && v.Minor >= MinMinor && v.Minor <= MaxMinor {
			out = append(out, i)
		}
	}
	return out
}

func dump(t *testing.T, i interptest.Interpreter, into any, args ...string) {
	t.Helper()
	c := i.Command(append([]string{"facts/dump.py"}, args...)...)
	c.Stderr = os.Stderr
	b, err := c.Output()
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// TestFacts: the interpreters give the facts that are checked in. What was
// read from a header is not compared, nor the patch release.
func TestFacts(t *testing.T) {
	for _, i := range covered() {
		t.Run(i.Version.String(), func(t *testing.T) {
			var got, want map[string]any
			dump(t, i, &got)
			b, err := os.ReadFile(fmt.Sprintf("facts/3.%d.json", i.Version.Minor))
			if err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			for _, facts := range []map[string]any{got, want} {
				delete(facts, "python")
				delete(facts, "header")
				for _, op := range facts["ops"].(map[string]any) {
					for _, key := range []string{"popped", "pushed", "eval_break"} {
						delete(op.(map[string]any), key)
					}
				}
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Errorf("facts/3.%d.json (-) and the interpreter (+) differ:\n%s", i.Version.Minor, d)
			}
		})
	}
}

// TestStackEffect holds StackEffect to every answer of dis.stack_effect.
func TestStackEffect(t *testing.T) {
	for _, i := range covered() {
		t.Run(i.Version.String(), func(t *testing.T) {
			var got struct {
				Opargs  []int
				Effects map[string][]int
			}
			dump(t, i, &got, "--effects")
			table, _ := For(i.Version.Minor)
			asked, wrong := 0, 0
			answered := map[Op]bool{}
			for row, effects := range got.Effects {
				name, when, _ := strings.Cut(row, " ")
				op, ok := Lookup(name)
				if !ok {
					t.Errorf("no Op is called %s", name)
					continue
				}
				answered[op] = true
				jump := map[string]int{"max": -1, "fall": 0, "jump": 1}[when]
				for j, want := range effects {
					asked++
					n, ok := table.StackEffect(op, got.Opargs[j], jump)
					if !ok || n != want {
						wrong++
						if wrong <= 10 {
							t.Errorf("%s %d (%s): %d, %v, the interpreter says %d", name, got.Opargs[j], when, n, ok, want)
						}
					}
				}
			}
			for op := range NumOps {
				if _, ok := table.StackEffect(op, 0, -1); ok && !answered[op] {
					t.Errorf("%s has an effect, the interpreter gives none", op)
				}
			}
			t.Logf("%d effects of %d instructions compared, %d wrong", asked, len(answered), wrong)
		})
	}
}
