//go:build conformance && unix

package parser

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/diag"
)

var mutationTokens = regexp.MustCompile(`\s+|\w+|"""|'''|[-+*/%&|^~<>=!]=?|.`)

// mutate changes one or two tokens of a source: takes one out, doubles one, swaps
// two, or puts one of another source in.
func mutate(r *rand.Rand, source, other string) string {
	toks := mutationTokens.FindAllString(source, -1)
	others := mutationTokens.FindAllString(other, -1)
	for range 1 + r.IntN(2) {
		if len(toks) < 2 || len(others) == 0 {
			break
		}
		i := r.IntN(len(toks))
		switch r.IntN(4) {
		case 0:
			toks = append(toks[:i:i], toks[i+1:]...)
		case 1:
			toks = append(toks[:i:i], append([]string{toks[i]}, toks[i:]...)...)
		case 2:
			j := r.IntN(len(toks))
			toks[i], toks[j] = toks[j], toks[i]
		default:
			toks[i] = others[r.IntN(len(others))]
		}
	}
	var out []byte
	for _, t := range toks {
		out = append(out, t...)
	}
	return string(out)
}

// TestMutations parses changed sources of the recorded cases with both parsers:
// they accept and refuse alike, and word at least 98 % of the errors alike.
// PRECOMPILE_MUTATIONS is how many a release, PRECOMPILE_SEED where to begin.
func TestMutations(t *testing.T) {
	count, _ := strconv.Atoi(os.Getenv("PRECOMPILE_MUTATIONS"))
	if count == 0 {
		count = 2000
	}
	seed, _ := strconv.ParseUint(os.Getenv("PRECOMPILE_SEED"), 10, 64)
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			o := newOracle(t, v)
			_, cases := readRecorded(t, filepath.Join("testdata/errors", v.String()+".json.gz"))
			var pool []string
			for _, c := range cases {
				if len(c.source) < 400 {
					pool = append(pool, string(c.source))
				}
			}
			r := rand.New(rand.NewPCG(seed, uint64(v.Minor)))
			var p Parser
			arena := ast.NewArena()
			refused, differ, shown := 0, 0, 0
			for range count {
				src := []byte(mutate(r, pool[r.IntN(len(pool))], pool[r.IntN(len(pool))]))
				status, text := o.Ask(t, 'p', src)
				if status == 'x' {
					continue
				}
				var want *diag.Diagnostic
				if status == 'e' {
					refused++
					want = oracleError(t, text)
				}
				got, _ := outcome(&p, arena, src, o.f)
				if placed(got) == placed(want) {
					continue
				}
				if (got == nil) != (want == nil) && !(o.f.FuturesParsed && want != nil && got == nil && futureError.MatchString(want.Message)) {
					t.Errorf("source:\n%s\n%q\n got %s\nwant %s", src, src, placed(got), placed(want))
				}
				differ++
				if shown++; shown <= 40 {
					t.Logf("source:\n%s\n%q\n got %s\nwant %s", src, src, placed(got), placed(want))
				}
			}
			t.Logf("%d sources, %d refused, %d worded or placed otherwise", count, refused, differ)
			if 100*differ > 2*refused {
				t.Errorf("more than 2 %% of the errors are worded or placed otherwise")
			}
		})
	}
}

var futureError = regexp.MustCompile(`^(future feature .* is not defined|not a chance)$`)

func oracleError(t testing.TB, text []byte) *diag.Diagnostic {
	var e struct {
		Type, Message string
		Line, Col     *int
		EndLine       *int `json:"end_line"`
		EndCol        *int `json:"end_col"`
	}
	if err := json.Unmarshal(text, &e); err != nil {
		t.Fatal(err)
	}
	n := func(p *int) int {
		if p == nil {
			return 0
		}
		return max(0, *p)
	}
	return &diag.Diagnostic{Type: e.Type, Message: e.Message, Line: n(e.Line), Col: n(e.Col), EndLine: n(e.EndLine), EndCol: n(e.EndCol)}
}
