package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var stamp = time.Date(2026, 3, 1, 12, 30, 17, 0, time.UTC)

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// written puts data in a file.
func written(t testing.TB, data []byte) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "archive")
	check(t, os.WriteFile(p, data, 0o666))
	return p
}

// tarOf makes a tar of headers; content is what is in the regular files whose
// Size was left to it.
func tarOf(t testing.TB, members ...tarMember) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, m := range members {
		h := tar.Header{Name: m.name, Typeflag: m.kind, Linkname: m.link, Mode: 0o644, ModTime: stamp, Size: int64(len(m.content))}
		if h.Typeflag == 0 {
			h.Typeflag = tar.TypeReg
		}
		check(t, w.WriteHeader(&h))
		_, err := w.Write([]byte(m.content))
		check(t, err)
	}
	check(t, w.Close())
	return buf.Bytes()
}

type tarMember struct {
	name, content string
	kind          byte
	link          string
}

func gzipOf(t testing.TB, data []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := gzip.NewWriter(&buf)
	_, err := w.Write(data)
	check(t, err)
	check(t, w.Close())
	return buf.Bytes()
}

// zipOf makes a zip of headers with contents by turns.
func zipOf(t testing.TB, members ...any) []byte {
	t.Helper()
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	for i := 0; i < len(members); i += 2 {
		h, ok := members[i].(*zip.FileHeader)
		if !ok {
			h = &zip.FileHeader{Name: members[i].(string), Method: zip.Deflate, Modified: stamp}
		}
		f, err := w.CreateHeader(h)
		check(t, err)
		_, err = f.Write([]byte(members[i+1].(string)))
		check(t, err)
	}
	check(t, w.Close())
	return buf.Bytes()
}

// contents opens an archive and returns a line for each entry and fault.
func contents(t testing.TB, data []byte, kind Kind, o Options) ([]string, error) {
	t.Helper()
	a, err := Open(context.Background(), written(t, data), kind, o)
	if err != nil {
		return nil, err
	}
	defer a.Close()
	lines := make([]string, len(a.Entries))
	var want []int
	for i := range a.Entries {
		want = append(want, i)
		lines[i] = a.Entries[i].Name + " was not delivered"
	}
	err = a.Fetch(context.Background(), want, func(i int, data []byte, err error) error {
		lines[i] = fmt.Sprintf("%s = %q", a.Entries[i].Name, data)
		if err != nil {
			lines[i] = fmt.Sprintf("%s: %v", a.Entries[i].Name, err)
		}
		return nil
	})
	for _, f := range a.Faults {
		lines = append(lines, fmt.Sprintf("fault %s: %s", f.Name, f.Message))
	}
	return lines, err
}

func expect(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got:\n\t%s\nwant:\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

func TestTar(t *testing.T) {
	for _, c := range []struct {
		name    string
		members []tarMember
		want    []string
	}{
		{"files", []tarMember{{name: "./b.py", content: "b"}, {name: "a//c.py", content: ""}, {name: "d/", kind: tar.TypeDir}},
			[]string{`b.py = "b"`, `a/c.py = ""`}},
		{"out by dots", []tarMember{{name: "../etc/a.py", content: "b"}, {name: "a/../../b.py"}, {name: "ok.py"}},
			[]string{`ok.py = ""`,
				`fault ../etc/a.py: a name with "..", which leads out of the archive or is not the name that it seems`,
				`fault a/../../b.py: a name with "..", which leads out of the archive or is not the name that it seems`}},
		{"absolute", []tarMember{{name: "/a.py"}, {name: "/", kind: tar.TypeDir}},
			[]string{"fault /a.py: an absolute name, which leads out of the archive"}},
		{"twice", []tarMember{{name: "a.py", content: "1"}, {name: "./a.py", content: "2"}},
			[]string{`a.py = "2"`, "fault a.py: 2 entries of that name; the last counts when the archive is unpacked"}},
		{"hard links", []tarMember{{name: "a.py", content: "1"}, {name: "b.py", kind: tar.TypeLink, link: "./a.py"}, {name: "c.py", kind: tar.TypeLink, link: "b.py"}},
			[]string{`a.py = "1"`, `b.py = "1"`, `c.py = "1"`}},
		{"hard links that lead nowhere", []tarMember{
			{name: "a.py", kind: tar.TypeLink, link: "/etc/passwd"}, {name: "b.py", kind: tar.TypeLink, link: "none"},
			{name: "c.py", kind: tar.TypeLink, link: "../x"}, {name: "d.py", kind: tar.TypeLink, link: "e.py"}, {name: "e.py", kind: tar.TypeLink, link: "d.py"}},
			[]string{
				`a.py: a hard link to "/etc/passwd": an absolute name, which leads out of the archive`,
				`b.py: the link leads to "none", which is not a file in the archive`,
				`c.py: a hard link to "../x": a name with "..", which leads out of the archive or is not the name that it seems`,
				`d.py: the link leads over more than 40 links, or in a circle`,
				`e.py: the link leads over more than 40 links, or in a circle`}},
		{"symbolic links", []tarMember{
			{name: "usr/lib/x.py", content: "x"}, {name: "lib", kind: tar.TypeSymlink, link: "usr/lib"},
			{name: "p/a.py", kind: tar.TypeSymlink, link: "../lib/x.py"}, {name: "p/b.py", kind: tar.TypeSymlink, link: "/lib/./x.py"},
			{name: "p/c.py", kind: tar.TypeSymlink, link: "a.py"}, {name: "p/d.py", kind: tar.TypeLink, link: "p/c.py"}},
			[]string{`usr/lib/x.py = "x"`, `lib: the link leads to "usr/lib", which is not a file in the archive`,
				`p/a.py = "x"`, `p/b.py = "x"`, `p/c.py = "x"`, `p/d.py = "x"`}},
		{"symbolic links that lead nowhere", []tarMember{
			{name: "a.py", kind: tar.TypeSymlink, link: "../../etc/passwd"}, {name: "b.py", kind: tar.TypeSymlink, link: "/etc/passwd"},
			{name: "c.py", kind: tar.TypeSymlink, link: "c.py"}, {name: "d.py", kind: tar.TypeSymlink, link: strings.Repeat("a/", 2100)}},
			[]string{"a.py: the link leads out of the archive", `b.py: the link leads to "etc/passwd", which is not a file in the archive`,
				"c.py: the link leads over more than 40 links, or in a circle", "d.py: the link leads to a name that is too long"}},
		{"through a link", []tarMember{{name: "lib", kind: tar.TypeSymlink, link: "/etc"}, {name: "lib/a.py", content: "1"}},
			[]string{`lib: the link leads to "etc", which is not a file in the archive`,
				`fault lib/a.py: its folder "lib" is a link in the same archive, so that it is unpacked to somewhere else`}},
		{"whiteouts", []tarMember{{name: "p/.wh.a.py"}, {name: "p/.wh..wh..opq"}, {name: "p/.wh.b.py", content: "not empty"}},
			[]string{`p/.wh.b.py = "not empty"`}},
		{"pipes and devices", []tarMember{{name: "a.py", kind: tar.TypeFifo}, {name: "b.py", kind: tar.TypeChar}},
			[]string{"a.py: not a regular file but of type '6'", "b.py: not a regular file but of type '3'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			data := tarOf(t, c.members...)
			got, err := contents(t, data, Tar, Options{})
			check(t, err)
			expect(t, got, c.want...)
			got, err = contents(t, gzipOf(t, data), TarGz, Options{})
			check(t, err)
			expect(t, got, c.want...)
		})
	}
}

func TestZip(t *testing.T) {
	encrypted := zipOf(t, &zip.FileHeader{Name: "a.py", Flags: 1}, "secret")
	backdated := zipOf(t, &zip.FileHeader{Name: "a.py"}, "x")
	method := func(n uint16) []byte {
		data := zipOf(t, &zip.FileHeader{Name: "a.py", Method: zip.Store}, "x")
		at := bytes.Index(data, []byte("PK\x01\x02"))
		binary.LittleEndian.PutUint16(data[at+10:], n)
		return data
	}
	link := &zip.FileHeader{Name: "a.py"}
	link.SetMode(fs.ModeSymlink | 0o777)
	for _, c := range []struct {
		name string
		data []byte
		want []string
	}{
		{"files", zipOf(t, "b.py", "b", "./a//c.py", "", "d/", ""), []string{`b.py = "b"`, `a/c.py = ""`}},
		{"behind something", append([]byte("#!/bin/sh\n"), zipOf(t, "b.py", "b")...), []string{`b.py = "b"`}},
		{"no time", backdated, []string{`a.py = "x"`}},
		{"names that lead out", zipOf(t, "../a.py", "", "/b.py", "", `..\c.py`, "", "C:d.py", "", "e\x00.py", ""), []string{
			`fault ../a.py: a name with "..", which leads out of the archive or is not the name that it seems`,
			`fault ..\c.py: a backslash in the name, which some programs read as a slash`,
			`fault /b.py: an absolute name, which leads out of the archive`,
			`fault C:d.py: a name with a drive letter, which leads out of the archive on Windows`,
			"fault e\x00.py: a NUL byte in the name"}},
		{"a long name", zipOf(t, strings.Repeat("a", 5000), ""), []string{"fault " + strings.Repeat("a", 512) + "…: a name of 5000 bytes"}},
		{"twice", zipOf(t, "a.py", "1", "./a.py", "2"), []string{`a.py = "1"`,
			"fault a.py: 2 entries of that name; programs differ in which of them they take"}},
		{"encrypted", encrypted, []string{"a.py: the entry is encrypted"}},
		{"zstd", method(93), []string{"a.py: the entry is compressed by method 93 (zstd); stored and deflated ones are read"}},
		{"an unknown method", method(77), []string{"a.py: the entry is compressed by method 77 (unknown); stored and deflated ones are read"}},
		{"a link", zipOf(t, link, "/etc/passwd"), []string{"a.py: a symbolic link in a zip, which some programs unpack as a file that holds the target's name"}},
		{"a checksum", corrupted(zipOf(t, "a.py", "x"), 16, 0x55), []string{"a.py: the checksum is not the one that the archive says"}},
		{"no checksum", withoutChecksum(t), []string{fmt.Sprintf("a.py: the checksum is %08x, the archive says 00000000", crc32.ChecksumIEEE([]byte("x")))}},
		{"shorter than claimed", corrupted(zipOf(t, "a.py", "x"), 24, 9), []string{"a.py: the content ends early"}},
		{"longer than claimed", zeroed(zipOf(t, "a.py", "xyz"), 24, 4), []string{"a.py: not a valid zip"}},
		{"a huge claim", corrupted(zipOf(t, "a.py", "x"), 27, 0x7f), []string{"a.py: the entry has 2130706433 bytes; the limit is 268435456"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := contents(t, c.data, Zip, Options{})
			check(t, err)
			expect(t, got, c.want...)
		})
	}
}

// corrupted sets a byte of the first entry of a zip's central directory.
func corrupted(data []byte, at int, b byte) []byte {
	i := bytes.Index(data, []byte("PK\x01\x02"))
	data[i+at] = b
	return data
}

// withoutChecksum makes a zip whose checksum archive/zip would not compare.
func withoutChecksum(t testing.TB) []byte {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.CreateRaw(&zip.FileHeader{Name: "a.py", CompressedSize64: 1, UncompressedSize64: 1})
	check(t, err)
	_, err = f.Write([]byte("x"))
	check(t, err)
	check(t, w.Close())
	return buf.Bytes()
}

func zeroed(data []byte, at, n int) []byte {
	for i := range n {
		corrupted(data, at+i, 0)
	}
	return data
}

func TestZipTime(t *testing.T) {
	for _, c := range []struct {
		name  string
		h     *zip.FileHeader
		exact bool
	}{
		{"extended", &zip.FileHeader{Name: "a", Modified: stamp}, true},
		{"DOS", &zip.FileHeader{Name: "a", ModifiedDate: 46<<9 | 3<<5 | 1, ModifiedTime: 12<<11 | 30<<5 | 8}, false},
		{"extended without a modification time", &zip.FileHeader{Name: "a", ModifiedDate: 46<<9 | 3<<5 | 1, ModifiedTime: 12<<11 | 30<<5 | 8, Extra: []byte("UT\x05\x00\x02\x01\x02\x03\x04")}, false},
	} {
		a, err := Open(context.Background(), written(t, zipOf(t, c.h, "x")), Zip, Options{})
		check(t, err)
		if e := a.Entries[0]; e.Exact != c.exact || e.ModTime.Unix()/2 != stamp.Unix()/2 {
			t.Errorf("%s: %v, exact %v; want %v, %v", c.name, e.ModTime.UTC(), e.Exact, stamp, c.exact)
		}
		a.Close()
	}
}

// TestBroken has archives of which nothing can be trusted.
func TestBroken(t *testing.T) {
	good := tarOf(t, tarMember{name: "a.py", content: strings.Repeat("x", 3000)})
	packed := gzipOf(t, good)
	crc := bytes.Clone(packed)
	crc[len(crc)-8] ^= 1
	for _, c := range []struct {
		name string
		data []byte
		kind Kind
		want string
	}{
		{"no zip", []byte("PK\x03\x04 and so on"), Zip, "not a valid zip"},
		{"half a zip", zipOf(t, "a.py", "x")[:40], Zip, "not a valid zip"},
		{"an empty file as zip", nil, Zip, "not a valid zip"},
		{"no tar", bytes.Repeat([]byte("x"), 1024), Tar, "not a valid tar: a header that cannot be read"},
		{"half a tar", good[:2000], Tar, "the archive ends early"},
		{"no gzip", []byte("hello, this is text"), TarGz, "not valid gzip data"},
		{"half a gzip", packed[:len(packed)/2], TarGz, "the archive ends early"},
		{"gzip's checksum", crc, TarGz, "after the end of the tar: gzip's checksum is not that of the data"},
		{"a kind that is none", nil, None, ErrUnsupported.Error()},
	} {
		if got, err := contents(t, c.data, c.kind, Options{}); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, error %v; want error %s", c.name, got, err, c.want)
		}
	}
}

func TestAfterTheEnd(t *testing.T) {
	more := append(tarOf(t, tarMember{name: "a.py"}), tarOf(t, tarMember{name: "hidden.py"})...)
	want := []string{`a.py = ""`, "fault : data after the end of the archive, which some programs read as more entries"}
	got, err := contents(t, more, Tar, Options{})
	check(t, err)
	expect(t, got, want...)
	got, err = contents(t, gzipOf(t, more), TarGz, Options{})
	check(t, err)
	expect(t, got, want...)
}

// TestLimits has archives that want too much.
func TestLimits(t *testing.T) {
	lim := Limits{Entries: 5, Names: 100, Entry: 1 << 20, Total: 2 << 20, Ratio: 10}
	zeros := strings.Repeat("\x00", 1<<20)
	var many []tarMember
	var manyZipped []any
	for i := range 6 {
		many = append(many, tarMember{name: fmt.Sprint(i, ".py")})
		manyZipped = append(manyZipped, fmt.Sprint(i, ".py"), "")
	}
	bomb := tarOf(t, tarMember{name: "a.py", content: zeros}, tarMember{name: "b.py", content: zeros}, tarMember{name: "c.py", content: zeros})
	for _, c := range []struct {
		name string
		data []byte
		kind Kind
		want string
	}{
		{"entries of a tar", tarOf(t, many...), Tar, "more than 5 entries, which is the limit"},
		{"entries of a zip", zipOf(t, manyZipped...), Zip, "6 entries; the limit is 5"},
		{"names of a tar", tarOf(t, tarMember{name: strings.Repeat("n", 50)}, tarMember{name: strings.Repeat("m", 51)}), Tar, "names of more than 100 bytes together, which is the limit"},
		{"names of a zip", zipOf(t, strings.Repeat("n", 50), "", strings.Repeat("m", 51), ""), Zip, "names of more than 100 bytes together, which is the limit"},
		{"the size of a stream", gzipOf(t, bomb), TarGz, "the archive unpacks to more than 2097152 bytes, which is the limit for one of its size"},
	} {
		if got, err := contents(t, c.data, c.kind, Options{Limits: lim}); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v, error %v; want error %s", c.name, got, err, c.want)
		}
	}
	over := "the entry has 1048577 bytes; the limit is 1048576"
	got, err := contents(t, tarOf(t, tarMember{name: "a.py", content: zeros + "\x00"}), Tar, Options{Limits: lim})
	check(t, err)
	expect(t, got, "a.py: "+over)
	got, err = contents(t, zipOf(t, "a.py", zeros+"\x00"), Zip, Options{Limits: lim})
	check(t, err)
	expect(t, got, "a.py: "+over)
	got, err = contents(t, zipOf(t, "a.py", zeros, "b.py", zeros, "c.py", zeros), Zip, Options{Limits: lim})
	check(t, err)
	if want := "c.py: the archive unpacks to more than 2097152 bytes, which is the limit for one of its size"; got[2] != want {
		t.Errorf("a zip of zeros: %s, want %s", got[2], want)
	}
}

// TestManyFaults lists no more than a person can read.
func TestManyFaults(t *testing.T) {
	var members []any
	for i := range 1500 {
		members = append(members, fmt.Sprintf("../%04d", i), "")
	}
	a, err := Open(context.Background(), written(t, zipOf(t, members...)), Zip, Options{})
	check(t, err)
	defer a.Close()
	if n := len(a.Faults); n != 1001 || a.Faults[0].Name != "" {
		t.Errorf("%d faults, the first %+v; want 1000 and one that says so", n, a.Faults[0])
	}
}

// TestKeep has the list hold only what is asked for, links to others resolved.
func TestKeep(t *testing.T) {
	o := Options{Keep: func(name string) bool { return strings.HasSuffix(name, ".py") }}
	got, err := contents(t, tarOf(t,
		tarMember{name: "real", content: "1"}, tarMember{name: "a.py", kind: tar.TypeSymlink, link: "real"},
		tarMember{name: "data", content: "1"}, tarMember{name: "data", content: "2"}), Tar, o)
	check(t, err)
	expect(t, got, `a.py = "1"`)
}

func TestDetect(t *testing.T) {
	tarred := tarOf(t, tarMember{name: "a.py"})
	zipped := zipOf(t, "a.py", "x")
	for _, c := range []struct {
		name string
		data []byte
		want Kind
		err  error
	}{
		{"zip", zipped, Zip, nil},
		{"an empty zip", zipOf(t), Zip, nil},
		{"pex", append([]byte("#!/usr/bin/env python3\n"), zipped...), Zip, nil},
		{"script", []byte("#!/bin/sh\necho\n"), None, nil},
		{"tar", tarred, Tar, nil},
		{"gzip", gzipOf(t, tarred), TarGz, nil},
		{"nothing", nil, None, nil},
		{"text", []byte("import os\n"), None, nil},
		{"zstd", []byte("\x28\xb5\x2f\xfd...."), None, ErrUnsupported},
		{"xz", []byte("\xfd7zXZ\x00..."), None, ErrUnsupported},
		{"bzip2", []byte("BZh91AY"), None, ErrUnsupported},
	} {
		if got, err := Detect(written(t, c.data)); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %d, %v; want %d, %v", c.name, got, err, c.want, c.err)
		}
	}
	for name, want := range map[string]Kind{"a.WHL": Zip, "a.tar.gz": TarGz, "a.tgz": TarGz, "a.gz": None, "tar": None, "a.tar": Tar, ".pex": Zip} {
		if got := KindOfName(name); got != want {
			t.Errorf("KindOfName(%q) = %d, want %d", name, got, want)
		}
	}
}

// FuzzArchive opens and reads anything, under small limits: no panic, nothing
// over the limits, and twice the same.
func FuzzArchive(f *testing.F) {
	f.Add(uint8(Zip), zipOf(f, "a.py", "x = 1\n", "__pycache__/a.cpython-313.pyc", "\xf3\r\r\n"))
	tarred := tarOf(f, tarMember{name: "a.py", content: "1"}, tarMember{name: "b.py", kind: tar.TypeSymlink, link: "../a.py"}, tarMember{name: "c.py", kind: tar.TypeLink, link: "a.py"})
	f.Add(uint8(Tar), tarred)
	f.Add(uint8(TarGz), gzipOf(f, tarred))
	path := filepath.Join(f.TempDir(), "archive")
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		check(t, os.WriteFile(path, data, 0o666))
		o := Options{Limits: Limits{Entries: 100, Names: 1 << 12, Entry: 1 << 16, Total: 1 << 18, Ratio: 4}}
		read := func() []string {
			a, err := Open(context.Background(), path, Kind(kind%4), o)
			if err != nil {
				return []string{err.Error()}
			}
			defer a.Close()
			var want []int
			var lines []string
			for i := range a.Entries {
				e := &a.Entries[i]
				if !fs.ValidPath(e.Name) && e.Name != "." && strings.Contains(e.Name, "..") {
					t.Errorf("the name %q leads out", e.Name)
				}
				want = append(want, i)
			}
			err = a.Fetch(context.Background(), want, func(i int, data []byte, err error) error {
				if int64(len(data)) > o.Limits.Entry {
					t.Errorf("%d bytes came out of one entry", len(data))
				}
				lines = append(lines, fmt.Sprint(i, a.Entries[i].Name, len(data), err))
				return nil
			})
			return append(lines, fmt.Sprint(a.Faults, err))
		}
		if first, second := read(), read(); !slices.Equal(first, second) {
			t.Errorf("first %q, then %q", first, second)
		}
	})
}
