package precompile

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// FuzzVerifyCache judges any bytes as the cache of any source. What is OK has
// the source's stamp and is, byte for byte, what the source compiles to.
func FuzzVerifyCache(f *testing.F) {
	for _, mode := range []pyc.Mode{pyc.CheckedHash, pyc.UncheckedHash, pyc.Timestamp} {
		f.Add("x = 1\n", []byte(stubCache(v313, mode, "x = 1\n", "pkg/a.py", 0)))
	}
	clean := stubCache(v313, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 0)
	f.Add("x = 2\n", []byte(clean))
	f.Add("syntax error", []byte(clean))
	f.Add("x = 1\n", []byte(clean[:pyc.HeaderSize]+flagged(clean[pyc.HeaderSize:])))
	f.Add("x = 1\n", []byte(clean[:pyc.HeaderSize]+strings.Repeat(")\x01", 5000)))
	f.Add("x = 1\n", []byte(clean[:20]))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, source string, cache []byte) {
		v, err := newVerifier(VerifyOptions{Targets: []VerifyTarget{target313()}})
		check(t, err)
		u := &verifyUnit{source: "a.py", read: func(*[]byte) (verifySource, error) {
			return verifySource{data: []byte(source), mtime: stubTime, exact: true}, nil
		}}
		u.caches = []verifyCache{{name: "a.pyc", target: 0, level: 0, read: func(*[]byte) ([]byte, error) { return cache, nil }}}
		findings, err := v.judgeUnit(context.Background(), u)
		check(t, err)
		if len(findings) != 1 || findings[0].Verdict == "" || strings.Contains(findings[0].Detail, "\n") {
			t.Fatalf("findings: %+v", findings)
		}
		if findings[0].Verdict != VerdictOK {
			if findings[0].Detail == "" {
				t.Errorf("%s, without a word on why", findings[0].Verdict)
			}
			return
		}
		h, err := pyc.ParseHeader(cache)
		check(t, err)
		if want := pyc.NewHeader(h.Magic, h.Mode, []byte(source), pyc.SourceStamp{MTime: stubTime, Size: int64(len(source))}); h != want {
			t.Errorf("OK with the header %+v, want %+v", h, want)
		}
		name, err := rootFilename(cache[pyc.HeaderSize:], v.profiles[0])
		check(t, err)
		filename, err := fileSystemName(name)
		check(t, err)
		if !bytes.Equal(cache[pyc.HeaderSize:], stubCode(v313, source, filename, 0)) {
			t.Error("OK with a body that the source does not compile to")
		}
	})
}

// FuzzVerifyNames pairs any names with sources. No cache is passed over without
// a word: each has a finding.
func FuzzVerifyNames(f *testing.F) {
	f.Add("a.py\nb.py", "a.cpython-313.pyc\nb.cpython-313.opt-1.pyc\nc.cpython-313.pyc", false)
	f.Add("a.py", "a.pyc\ngone.pyc\nx.cpython-313.pyc", true)
	f.Add(".py\nscript\na.b.py", "py.cpython-313.pyc\nscriptcpython-313.pyc\na.b.cpython-313.opt-.pyc\n.pyc\n..pyc", false)
	f.Add("test_a.py", "test_a.cpython-313-pytest-8.3.2.pyc\na.cpython-312.opt-9.pyc", false)
	f.Fuzz(func(t *testing.T, sources, names string, legacy bool) {
		for _, layout := range []Layout{LayoutPycache, LayoutLegacy} {
			v, err := newVerifier(VerifyOptions{Targets: []VerifyTarget{target313()}, Layout: layout})
			check(t, err)
			p := &pairing{complete: true}
			seen := map[string]bool{}
			for _, base := range strings.Split(sources, "\n") {
				if base != "" && !seen[base] && len(base) < 100 {
					seen[base] = true
					p.add(base, v.newUnit(base, source{path: base, rel: base}, nil))
				}
			}
			place := cachePlace{legacy: legacy, required: true, show: func(name string) string { return name }}
			for _, name := range strings.Split(names, "\n") {
				if name != "" {
					place.names = append(place.names, name)
				}
			}
			v.pair(p, place)
			found := map[string]bool{}
			missing := 0
			for _, u := range p.all() {
				for _, c := range u.caches {
					if c.missing {
						missing++
					} else {
						found[c.name] = true
					}
				}
			}
			for _, name := range place.names {
				if isCacheName(name) && !found[name] {
					t.Errorf("%q is passed over", name)
				}
			}
			if missing > len(p.units) {
				t.Errorf("%d caches are missing of %d sources at one level of one target", missing, len(p.units))
			}
		}
	})
}

// flagged sets FLAG_REF on an object that no reference points to.
func flagged(body string) string { return "\xe3" + body[1:] }
