package pycdiff

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/dis"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// code is the marshalled code object of the first of package dis's goldens of
// 3.13, which that version compiled.
func code(t *testing.T) []byte {
	t.Helper()
	f, err := os.Open("../dis/testdata/3.13.rows.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(z)
	var n, rows int
	if _, err := fmt.Fscanf(r, "%d %d\n", &n, &rows); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, n)
	if _, err := io.ReadFull(r, b); err != nil {
		t.Fatal(err)
	}
	return b
}

func profile(t *testing.T) marshal.Profile {
	t.Helper()
	p, err := marshal.ProfileOf(false, 3, 13)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func header(mode pyc.Mode) []byte {
	magic, _ := pyc.MagicOf(pyc.Version{Major: 3, Minor: 13})
	return pyc.NewHeader(magic, mode, nil, pyc.SourceStamp{}).Append(nil)
}

func cache(mode pyc.Mode, code []byte) []byte { return append(header(mode), code...) }

// edited is the code with one code object changed, in the canonical form.
func edited(t *testing.T, b []byte, path string, change func(*marshal.Code)) []byte {
	t.Helper()
	v, err := marshal.Unmarshal(b, profile(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range dis.Walk(v) {
		if n.Path == path {
			change(n.Value.Code())
			out, err := marshal.AppendCanonical(nil, v, profile(t))
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
	}
	t.Fatalf("no code object %s", path)
	return nil
}

func TestCompare(t *testing.T) {
	b := code(t)
	a := cache(pyc.CheckedHash, b)
	for _, c := range []struct {
		name    string
		b       []byte
		verdict Verdict
		words   string
	}{
		{"same", a, Same, "same bytes"},
		{"header", cache(pyc.UncheckedHash, b), HeaderOnly, "another header"},
		{"stack", cache(pyc.CheckedHash, edited(t, b, "generator", func(c *marshal.Code) { c.StackSize += 7 })), CodeDiffers, "co_stacksize of"},
		{"instruction", cache(pyc.CheckedHash, edited(t, b, "generator", func(c *marshal.Code) {
			code := []byte(c.Bytecode.Data)
			code[8] ^= 1
			c.Bytecode = marshal.NewBytes(string(code))
		})), CodeDiffers, "co_code"},
		{"truncated", a[:len(a)-1], Unreadable, "the second"},
		{"short", a[:3], Unreadable, "truncated"},
		{"version", append([]byte{0x4f}, a[1:]...), Unreadable, "the second"},
	} {
		p := Compare(a, c.b, 3)
		if p.Verdict != c.verdict || !strings.Contains(p.Words(), c.words) {
			t.Errorf("%s: %s: %s; want %s, %q", c.name, p.Verdict, p.Words(), c.verdict, c.words)
		}
		if (p.Listing != nil) != (c.name == "instruction") {
			t.Errorf("%s: the listing is %v", c.name, p.Listing)
		}
		if p.Listing == nil {
			continue
		}
		differ := 0
		for _, r := range p.Listing.Rows {
			if !r.Same {
				differ++
			}
		}
		if p.Listing.Path != "generator" || differ == 0 || len(p.Listing.Rows) > 20 {
			t.Errorf("%s: the listing is of %s, %d rows, %d of them differ", c.name, p.Listing.Path, len(p.Listing.Rows), differ)
		}
	}
	// A flag that no reference points to is a matter of form.
	v, err := marshal.Unmarshal(b, profile(t))
	if err != nil {
		t.Fatal(err)
	}
	v.Ref = !v.Ref
	other, err := marshal.Append(nil, v, profile(t))
	if err != nil {
		t.Fatal(err)
	}
	if p := Compare(a, cache(pyc.CheckedHash, other), 3); p.Verdict != FormOnly || !p.Verdict.EqualCode() {
		t.Errorf("another flag: %s: %s", p.Verdict, p.Words())
	}
}

func TestAlign(t *testing.T) {
	got := ""
	for _, r := range align(strings.Fields("a b c d e"), strings.Fields("a c x d f g")) {
		got += fmt.Sprintf("%s/%s/%v ", r.A, r.B, r.Same)
	}
	if want := "a/a/true b//false c/c/true /x/false d/d/true e/f/false /g/false "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestCollections(t *testing.T) {
	b := code(t)
	one, two := cache(pyc.CheckedHash, b), cache(pyc.UncheckedHash, b)
	dir := t.TempDir()
	put := func(name string, data []byte) {
		t.Helper()
		p := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(p), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	put("same.pyc", one)
	put("p/header.pyc", one)
	put("p/gone.pyc", one)
	put("ignored.py", []byte("x"))
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	for name, data := range map[string][]byte{"same.pyc": one, "p/header.pyc": two, "p/new.pyc": one} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		f.Write(data)
	}
	w.Close()
	wheel := filepath.Join(t.TempDir(), "x.whl")
	if err := os.WriteFile(wheel, z.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	r, err := Paths(context.Background(), dir, wheel, Options{All: true})
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, p := range r.Pairs {
		got += p.Name + " " + p.Verdict.String() + "; "
	}
	if want := "p/gone.pyc only-in-a; p/header.pyc header; p/new.pyc only-in-b; same.pyc same; "; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if r.OK(false) || r.OK(true) {
		t.Error("a cache that is missing is no difference")
	}
	if j, err := r.JSON(); err != nil || !json.Valid(j) {
		t.Errorf("JSON: %v", err)
	}
	if s := r.Text(0, false); !strings.Contains(s, "4 caches: 1 the same bytes, 1 of the same code under another header, 1 only in the first, 1 only in the second") {
		t.Error(s)
	}
	if _, err := Paths(context.Background(), filepath.Join(dir, "same.pyc"), dir, Options{}); err == nil {
		t.Error("a file and a folder can be compared")
	}
	same, err := Paths(context.Background(), dir, dir, Options{})
	if err != nil || !same.OK(false) || len(same.Pairs) != 0 {
		t.Errorf("a folder differs from itself: %v, %v", same, err)
	}
}
