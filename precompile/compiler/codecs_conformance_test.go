//go:build conformance

package compiler

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// refusedCodecs are the codecs that are refused with words of our own, with reasons.
// CPython refuses all sources in punycode, too, in words that depend on the text.
var refusedCodecs = map[string]string{
	"idna":     "a codec of host names: in a source it is ASCII with labels of at most 63 characters",
	"punycode": "no source is valid in it",
}

// TestCookies compiles sources in the encodings of all names that each release knows,
// in several spellings, and compares what is refused, with which words and where.
func TestCookies(t *testing.T) {
	for _, p := range target.Known() {
		release := p.Version().String()
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			list, err := i.Command("testdata/judge.py", "names").Output()
			if err != nil {
				t.Fatal(err)
			}
			var sources [][]byte
			var codecs []string
			for _, name := range strings.Fields(string(list)) {
				for _, spelling := range []string{name, strings.ToUpper(name), strings.ReplaceAll(name, "_", "-"), strings.ReplaceAll(name, "_", "."), name + "-unix"} {
					for _, text := range []string{
						"# coding: %s\nx = 1\n", "\n# -*- coding:%s -*-\nx = 'a'\r\ny\n", "#coding=%s\nx = '\xe9\xa4\xa2\x80'", "\xef\xbb\xbf# coding: %s\nx\n",
						"#coding: %s\n'\\u00e9+AOk- \x1b$B$\"\x1b(B ~{VP~}'",
					} {
						codecs = append(codecs, name)
						sources = append(sources, fmt.Appendf(nil, text, spelling))
					}
				}
			}
			var in bytes.Buffer
			for _, s := range sources {
				text := make([]rune, len(s))
				for i, c := range s {
					text[i] = rune(c)
				}
				line, err := json.Marshal(string(text))
				if err != nil {
					t.Fatal(err)
				}
				in.Write(append(line, '\n'))
			}
			answers := judge(t, i, "sources", &in)
			checker, err := NewChecker(p.Version())
			if err != nil {
				t.Fatal(err)
			}
			w, err := newWorker(checker.c)
			if err != nil {
				t.Fatal(err)
			}
			differ, other := 0, map[string]int{}
			for n, s := range sources {
				want, _ := answers.next()
				d, _ := w.raw(t, s)
				got, _ := verdict(d, nil)
				if got == want {
					continue
				}
				if strings.Contains(got, "the embedded compiler does not know the encoding") && refusedCodecs[codecs[n]] != "" {
					other[codecs[n]]++
					continue
				}
				if differ++; differ <= 40 {
					t.Errorf("%q:\n got %s\nwant %s", s, or(got), or(want))
				}
			}
			t.Logf("%d sources, %d differ; in words of our own: %v", len(sources), differ, other)
			for name := range refusedCodecs {
				if other[name] == 0 {
					t.Errorf("%s is listed as refused, and never was", name)
				}
			}
		})
	}
}
