package memo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
)

func numbered(from, to int) (out []backend.Request) {
	for i := from; i < to; i++ {
		out = append(out, request(fmt.Sprintf("source %d", i)))
	}
	return out
}

// kept tells which of the numbered sources a memo has.
func kept(t *testing.T, m *Memo, c *fake, from, to int) (out []int) {
	t.Helper()
	program, err := m.program()
	if err != nil {
		t.Fatal(err)
	}
	for i, req := range numbered(from, to) {
		if _, err := m.root.Stat(newKey(prefix(program, c.identity), req).name()); err == nil {
			out = append(out, from+i)
		}
	}
	return out
}

// total is what the entries take.
func total(t *testing.T, dir string) (n int64) {
	t.Helper()
	for _, path := range entries(t, dir) {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		n += blocks(info.Size())
	}
	return n
}

// TestEvictionOrder: over the bound, what was not used for longest goes, until a
// tenth is free. Each entry takes two blocks.
func TestEvictionOrder(t *testing.T) {
	dir := t.TempDir()
	const bound = 20 * 8192
	c := &fake{identity: "one", pad: 5000}
	m := open(t, dir, Options{MaxBytes: bound})
	want(t, "up to the bound", compile(t, m, c, numbered(0, 20)...), 0, 20, 20, 0)
	if got := kept(t, m, c, 0, 20); len(got) != 20 {
		t.Fatalf("at the bound %d are left", len(got))
	}
	// The later the number the longer ago, by minutes; two were used just now.
	program, err := m.program()
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now().Add(-3 * time.Hour)
	for i, req := range numbered(0, 20) {
		at := start.Add(-time.Duration(i) * time.Minute)
		if err := m.root.Chtimes(newKey(prefix(program, "one"), req).name(), at, at); err != nil {
			t.Fatal(err)
		}
	}
	want(t, "used", compile(t, m, c, append(numbered(19, 20), numbered(10, 11)...)...), 2, 0, 0, 0)
	o := compile(t, m, c, numbered(20, 21)...)
	want(t, "one more", o, 0, 1, 1, 0)
	if got, want := kept(t, m, c, 0, 21), []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 19, 20}; !slices.Equal(got, want) || o.Removed != 3 {
		t.Errorf("left: %v, removed %d; want %v", got, o.Removed, want)
	}
	if a, err := m.account(); err != nil || a.bytes != total(t, dir) || a.bytes != 18*8192 {
		t.Errorf("%s says %d (%v), there are %d", sizeName, a.bytes, err, total(t, dir))
	}
	// A lower bound counts at once, though nothing is kept.
	low := open(t, dir, Options{MaxBytes: 5 * 8192})
	if o := compile(t, low, c, numbered(20, 21)...); o.Removed != 14 || total(t, dir) != 4*8192 {
		t.Errorf("a lower bound: %+v, %d bytes are left", o, total(t, dir))
	}
	// Without one, nothing goes.
	if o := compile(t, open(t, dir, Options{MaxBytes: -1}), c, numbered(100, 200)...); o.Removed != 0 || len(entries(t, dir)) != 104 {
		t.Errorf("without a bound: %+v", o)
	}
}

// TestBoundWithinASession: a run that keeps much stays near the bound while it
// runs.
func TestBoundWithinASession(t *testing.T) {
	dir := t.TempDir()
	const bound = 64 * 8192
	c := &fake{pad: 5000}
	m := open(t, dir, Options{MaxBytes: bound})
	s := m.Begin(false)
	for i := range 150 {
		compileIn(t, s, c, numbered(i, i+1)...)
		if i%20 == 0 && total(t, dir) > bound+bound/16+8192 {
			t.Fatalf("after %d: %d bytes, the bound is %d", i, total(t, dir), bound)
		}
	}
	o := s.End()
	want(t, "150", o, 0, 150, 150, 0)
	if o.Removed+len(entries(t, dir)) != 150 || total(t, dir) > bound {
		t.Errorf("%d removed, %d left", o.Removed, len(entries(t, dir)))
	}
}

// TestAccount: what DIR/size says is not believed if it cannot be, and counted
// again after a day.
func TestAccount(t *testing.T) {
	dir := t.TempDir()
	c := &fake{}
	m := open(t, dir, Options{})
	compile(t, m, c, numbered(0, 3)...)
	path := filepath.Join(dir, sizeName)
	for _, planted := range []string{
		"", "x", "precompile memo: -5 bytes, counted at 99999999999\n", strings.Repeat("9", 1000),
		string(account{1 << 60, time.Now()}.text()),                       // over the bound
		string(account{8192, time.Now().Add(-25 * time.Hour)}.text()),     // old
		string(account{8192, time.Now().Add(25 * time.Hour)}.text()),      // of the future
		"precompile memo: 99999999999999999999 bytes, counted at 12345\n", // no number
	} {
		if err := os.WriteFile(path, []byte(planted), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Dir(entries(t, dir)[0])); err != nil {
			t.Fatal(err)
		}
		want(t, planted, compile(t, m, &fake{identity: planted}, request("new")), 0, 1, 1, 0)
		if a, err := m.account(); err != nil || a.bytes != total(t, dir) || time.Since(a.counted).Abs() > time.Minute {
			t.Errorf("after %.40q: %+v, %v; there are %d", planted, a, err, total(t, dir))
		}
	}
	// A count of today is added to; it is not looked at the entries.
	if err := os.WriteFile(path, account{1 << 20, time.Now()}.text(), 0o644); err != nil {
		t.Fatal(err)
	}
	compile(t, m, &fake{identity: "last"}, request("new"))
	if a, err := m.account(); err != nil || a.bytes != 1<<20+4096 {
		t.Errorf("%+v, %v: want the sum", a, err)
	}
}

// TestForeignFiles: nothing but entries and abandoned temporary files is removed,
// and nothing behind a link.
func TestForeignFiles(t *testing.T) {
	dir, out := t.TempDir(), t.TempDir()
	c := &fake{pad: 5000}
	m := open(t, dir, Options{MaxBytes: 10 * 8192})
	hex := strings.Repeat("0", 62)
	temp := func(digits string) string {
		return atomicfile.Prefix + digits + strings.Repeat("0", 14) + atomicfile.Suffix
	}
	old := time.Now().Add(-2 * time.Hour)
	stay := []string{"notes.txt", "zz/" + hex, "00/notes.txt", "00/" + hex[1:], "00/" + hex + "0", "00/deep/" + hex, temp("aa"), "00/" + temp("bb")}
	gone := []string{"00/" + hex, "00/" + temp("cc")}
	for _, name := range append(slices.Clone(stay), gone...) {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, 100), 0o644); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(name, "bb") {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	outside := filepath.Join(out, hex)
	if err := os.WriteFile(outside, make([]byte, 100), 0o644); err != nil {
		t.Fatal(err)
	}
	linked := os.Symlink(out, filepath.Join(dir, "01")) == nil
	// Enough of the other shards that the bound is passed.
	compile(t, m, c, numbered(0, 60)...)
	if total(t, dir) > 10*8192 {
		t.Errorf("%d bytes are left", total(t, dir))
	}
	for _, name := range stay {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("removed: %v", err)
		}
	}
	for _, name := range gone {
		if _, err := os.Lstat(filepath.Join(dir, name)); err == nil {
			t.Errorf("not removed: %s", name)
		}
	}
	if list, err := os.ReadDir(out); linked && (err != nil || len(list) != 1 || list[0].Name() != hex) {
		t.Errorf("behind the link: %v, %v", list, err)
	}
}

// TestLocked: while somebody else counts, a session goes on, and waits at its end.
func TestLocked(t *testing.T) {
	dir := t.TempDir()
	m := open(t, dir, Options{MaxBytes: 16 * 8192})
	unlock, ok, err := m.lock(false)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, again, _ := m.lock(false); again {
		unlock()
		t.Skip("the system has no locks")
	}
	s := m.Begin(false)
	compileIn(t, s, &fake{pad: 5000}, numbered(0, 30)...)
	if n := total(t, dir); n != 30*8192 {
		t.Errorf("%d bytes while it is locked", n)
	}
	m.patience = time.Minute
	time.AfterFunc(50*time.Millisecond, unlock)
	if o := s.End(); o.Removed != 16 || o.Fault != nil {
		t.Errorf("%+v", o)
	}
}
