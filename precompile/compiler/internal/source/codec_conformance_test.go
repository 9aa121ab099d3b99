//go:build conformance

package source

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestGenerated makes the tables again, with the interpreter of every known release,
// and compares: but for names and one character they are the same for all.
func TestGenerated(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to run generate.py")
	}
	known := target.Known()
	generate := func(t *testing.T, releases ...target.Profile) (dir string) {
		dir = t.TempDir()
		args := []string{"generate.py", dir}
		for _, v := range releases {
			args = append(args, interptest.Find(t, v.String()).Path)
		}
		if out, err := exec.Command(python, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return dir
	}
	compare := func(t *testing.T, dir, name string, change func(got, want []byte)) {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		change(got, want)
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what generate.py makes", name)
		}
	}
	nothing := func(got, want []byte) {}
	t.Run("names", func(t *testing.T) {
		releases := slices.Clone(known)
		slices.Reverse(releases)
		dir := generate(t, releases...)
		compare(t, dir, "codecs_gen.go", nothing)
	})
	for _, v := range known {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			dir := generate(t, v)
			compare(t, dir, "multibyte.bin", nothing)
			compare(t, dir, "charmaps.bin", func(got, want []byte) {
				if !target.New(v).PalmosQuoteKnown {
					at := 512*slices.Index(charmapNames[:], "palmos") + 2*0x9B
					copy(got[at:], want[at:at+2])
				}
			})
		})
	}
}

// notDecoded are the codecs of text that are refused though CPython knows them, with
// reasons.
var notDecoded = map[string]string{
	"idna":     "host names, not texts: a label has 63 characters",
	"punycode": "never decodes a source: what follows the last hyphen has a line end",
	"mbcs":     "of Windows",
	"oem":      "of Windows",
}

// codecStrings are what a codec is tried with. All end as sources do, with a line end.
type codecStrings struct{ bytes, pairs, sets, random [][]byte }

func newCodecStrings() (c codecStrings) {
	for a := range 256 {
		c.bytes = append(c.bytes, []byte{byte(a), '\n'})
		for b := range 256 {
			c.pairs = append(c.pairs, []byte{byte(a), byte(b), '\n'})
		}
	}
	for a := 0xA0; a < 256; a++ {
		for b := 0xA0; b < 256; b++ {
			c.pairs = append(c.pairs, []byte{0x8F, byte(a), byte(b), '\n'})
		}
	}
	// Sets of two bytes, as ISO 2022 designates them.
	for _, begin := range []string{"\x1b$B", "\x1b$(D", "\x1b$(C", "\x1b$A", "\x1b$(Q", "\x1b$(O", "\x1b$(P", "\x1b$)C\x0e", "~{"} {
		for a := 0x21; a < 0x7F; a++ {
			for b := 0x21; b < 0x7F; b++ {
				c.sets = append(c.sets, append([]byte(begin), byte(a), byte(b), '\n'))
			}
		}
	}
	for a := range 256 {
		for _, begin := range []string{"\x1b(I", "\x1b(J", "\x1b.A\x1bN", "\x1b.F\x1bN", "\x1bN"} {
			c.sets = append(c.sets, append([]byte(begin), byte(a), '\n'))
		}
	}
	pieces := strings.Split("\x1b,\x1b(J,\x1b(B,\x1b(I,\x1b$B,\x1b$@,\x1b$A,\x1b$(C,\x1b$(D,\x1b$(O,\x1b$(P,\x1b$(Q,\x1b$)C,\x0e,\x0f,\x1b.A,\x1b.F,\x1bN,"+
		"\x1b&@\x1b$B,(,),$,A,@,~,~{,~},~~,\n,+,-,AGE,+AGE,+2D3eAA-,+2D0-,/,0,1,\\,\\u,\\U,\\x,\\N{DIGIT ONE},\\N{,}0,\\ud800,\\U0001F600,\\777,\\z,0041,"+
		"\xa4\xd4,\xa4,\xa4\xd4\xa4\xa1\xa4\xbf\xa4\xd4,\xa4\xd4\xa4\xbe\xa4\xd3\xa4\xb1,\x81,\x30,\x81\x30\x81\x30,\x84\x31\xa4\x39,\x90\x30\x81\x30,\xe3\x32\x9a\x35,\x8e,\x8f,\xa1,\xa2,\xfe,\xff,"+
		"\x00,\xd8,\xdc,\xff\xfe,\xfe\xff,\xef\xbb\xbf,a,é", ",")
	r := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		var s []byte
		for range 1 + r.IntN(8) {
			if r.IntN(4) == 0 {
				s = append(s, byte(r.IntN(256)))
			} else {
				s = append(s, pieces[r.IntN(len(pieces))]...)
			}
		}
		c.random = append(c.random, append(s, '\n'))
	}
	return c
}

// of returns what to try one codec with.
func (c *codecStrings) of(codec string) [][]byte {
	switch {
	case slices.Contains(charmapNames[:], codec):
		return slices.Concat(c.bytes, c.random[:500])
	case slices.Contains(multibyteNames[:], codec):
		return slices.Concat(c.bytes, c.pairs, c.random)
	case iso2022Named(codec) != nil || codec == "hz":
		return slices.Concat(c.bytes, c.sets, c.random)
	}
	return slices.Concat(c.bytes, c.random)
}

// TestCodecs decodes with every codec of text that CPython knows, and compares texts
// and errors.
func TestCodecs(t *testing.T) {
	all := newCodecStrings()
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			i := interptest.Find(t, v.String())
			f := target.New(v)
			var in bytes.Buffer
			var names []string
			for _, name := range slices.Concat(charmapNames[:], multibyteNames[:], otherCodecs[:]) {
				if notDecoded[name] != "" || strings.HasPrefix(name, "utf_8") || name == "undefined" {
					continue
				}
				names = append(names, name)
				in.WriteString(name + "\n")
				tried := all.of(name)
				in.Write(binary.BigEndian.AppendUint32(nil, uint32(len(tried))))
				for _, s := range tried {
					in.Write(binary.BigEndian.AppendUint16(nil, uint16(len(s))))
					in.Write(s)
				}
			}
			cmd := i.Command("testdata/decode.py")
			cmd.Stdin, cmd.Stderr = &in, os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			strs := 0
			for _, name := range names {
				bad := 0
				for _, s := range all.of(name) {
					n := binary.BigEndian.Uint32(out[1:])
					want := fmt.Sprintf("%c %s", out[0], out[5:5+n])
					out = out[5+n:]
					decoded, err := decodeAs(s, name, f)
					got := "o " + string(decoded)
					if err != nil {
						got = "e " + message(err)
					}
					strs++
					if got == want {
						continue
					}
					if bad++; bad <= 4 {
						t.Errorf("%s, %q:\n got %q\nwant %q", name, s, got, want)
					}
				}
				if bad > 4 {
					t.Errorf("%s: and %d more", name, bad-4)
				}
			}
			t.Logf("%d codecs, %d strings", len(names), strs)
		})
	}
}
