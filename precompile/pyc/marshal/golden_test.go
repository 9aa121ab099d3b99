package marshal_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// golden is one file that testdata/goldens.py made.
type golden struct {
	release string // "3.13.0", "pypy3.11.17"
	name    string // the source's, without .py
	kind    string // "fresh", "worker", "lean"
	profile marshal.Profile
	data    []byte
}

// goldens reads testdata, in the order of paths.
func goldens(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", "*", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	var out []golden
	for _, path := range paths {
		release := filepath.Base(filepath.Dir(path))
		name, kind, _ := strings.Cut(filepath.Base(path), ".")
		if release == "src" || release == "fuzz" {
			continue
		}
		v, err := pyc.ParseVersion(release)
		if err != nil {
			t.Fatal(err)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, golden{release, name, kind, profileOf(t, v), data})
	}
	if len(out) < 100 {
		t.Fatalf("%d goldens in testdata", len(out))
	}
	return out
}

func profileOf(t testing.TB, v pyc.Version) marshal.Profile {
	t.Helper()
	p, err := marshal.ProfileOf(v.Implementation == pyc.PyPy, v.Major, v.Minor)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What is read is written as it was.
func TestRoundTrip(t *testing.T) {
	for _, g := range goldens(t) {
		v, err := marshal.Unmarshal(g.data, g.profile)
		if err != nil {
			t.Errorf("%s %s.%s: %v", g.release, g.name, g.kind, err)
			continue
		}
		out, err := marshal.Append([]byte("before"), v, g.profile)
		if err != nil || !bytes.Equal(out, append([]byte("before"), g.data...)) {
			t.Errorf("%s %s.%s: written differently: %v", g.release, g.name, g.kind, err)
		}
	}
}

// The defined form of all dumps of one source is the same: for CPython 3.11 and
// later that of the fresh process, for others whatever it is.
func TestCanonicalGoldens(t *testing.T) {
	type source struct{ release, name string }
	want := map[source][]byte{}
	var c marshal.Codec
	for _, g := range goldens(t) {
		s := source{g.release, g.name}
		got, err := c.Canonical(g.data, g.profile)
		if err != nil {
			t.Errorf("%s %s.%s: %v", g.release, g.name, g.kind, err)
			continue
		}
		if g.kind == "fresh" && !bytes.Equal(got, g.data) {
			t.Errorf("%s %s: what a fresh process wrote is not in the defined form: %s", g.release, g.name, explain(t, got, g.data, g.profile))
		}
		if w, ok := want[s]; ok && !bytes.Equal(w, got) {
			t.Errorf("%s %s.%s: %s", g.release, g.name, g.kind, explain(t, got, w, g.profile))
		} else if !ok {
			want[s] = got
		}
		again, err := c.Canonical(got, g.profile)
		if err != nil || !bytes.Equal(got, again) {
			t.Errorf("%s %s.%s: the defined form is not its own: %v", g.release, g.name, g.kind, err)
		}
		// The function without scratch, and the one for graphs, say the same.
		v, err := marshal.Unmarshal(g.data, g.profile)
		if err != nil {
			t.Fatal(err)
		}
		other, err := marshal.AppendCanonical(nil, v, g.profile)
		if err != nil || !bytes.Equal(got, other) {
			t.Errorf("%s %s.%s: AppendCanonical differs from Canonical: %v", g.release, g.name, g.kind, err)
		}
		back, err := marshal.Append(nil, v, g.profile)
		if err != nil || !bytes.Equal(back, g.data) {
			t.Errorf("%s %s.%s: AppendCanonical changed the graph: %v", g.release, g.name, g.kind, err)
		}
	}
}

// The goldens must differ from each other before they are put into the defined
// form, else the test above shows nothing.
func TestGoldensDiffer(t *testing.T) {
	differ := map[string]int{}
	byName := map[string][]byte{}
	for _, g := range goldens(t) {
		key := g.release + g.name
		if other, ok := byName[key]; ok && !bytes.Equal(other, g.data) {
			differ[g.release]++
		}
		byName[key] = g.data
	}
	for _, release := range []string{"3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0", "3.13.18", "3.14.10", "3.15.2"} {
		if differ[release] == 0 {
			t.Errorf("%s: the worker's dumps are no others than a fresh process's", release)
		}
	}
}

// A graph that is built from what a fresh process wrote, and has nothing of its
// flags, order of sets and type codes but Interned, is written as it was by rule A.
func TestRuleA(t *testing.T) { writesFresh(t, marshal.WriteRuleA) }

// Such a graph has what WriteCompiled takes for granted.
func TestWriteCompiled(t *testing.T) { writesFresh(t, new(marshal.Codec).WriteCompiled) }

func writesFresh(t *testing.T, write func(dst []byte, v *marshal.Value, p marshal.Profile) ([]byte, error)) {
	const before = "before"
	for _, g := range goldens(t) {
		if g.kind != "fresh" {
			continue
		}
		v, err := marshal.Unmarshal(g.data, g.profile)
		if err != nil {
			t.Fatal(err)
		}
		strip(v, map[*marshal.Value]bool{})
		got, err := write([]byte(before), v, g.profile)
		if err != nil || string(got) != before+string(g.data) {
			t.Errorf("%s %s: %v %s", g.release, g.name, err, explain(t, bytes.TrimPrefix(got, []byte(before)), g.data, g.profile))
		}
	}
}

// strip takes the flags off a graph and turns its sets around.
func strip(v *marshal.Value, seen map[*marshal.Value]bool) {
	if v == nil || seen[v] {
		return
	}
	seen[v] = true
	v.Ref = false
	for _, item := range v.Items {
		strip(item, seen)
	}
	if v.Kind == marshal.KindFrozenSet {
		for i, j := 0, len(v.Items)-1; i < j; i, j = i+1, j-1 {
			v.Items[i], v.Items[j] = v.Items[j], v.Items[i]
		}
	}
	if c := v.Code(); c != nil {
		for _, f := range []*marshal.Value{c.Bytecode, c.Consts, c.Names, c.LocalsPlusNames, c.LocalsPlusKinds, c.FileName, c.Name, c.QualName, c.LineTable, c.ExceptionTable} {
			strip(f, seen)
		}
	}
}

func explain(t testing.TB, got, want []byte, p marshal.Profile) string {
	t.Helper()
	d, err := marshal.Compare(got, want, p)
	if err != nil {
		return err.Error()
	}
	return d.String()
}

func BenchmarkCanonical(b *testing.B) {
	for _, release := range []string{"3.10.13", "3.13.18", "3.14.10"} {
		b.Run(release, func(b *testing.B) {
			var c marshal.Codec
			var all []golden
			size := 0
			for _, g := range goldens(b) {
				if g.release == release && g.kind == "worker" {
					all = append(all, g)
					size += len(g.data)
				}
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				for _, g := range all {
					if _, err := c.Canonical(g.data, g.profile); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}
