package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEndToEndMemo is the life of a memo: cold, warm in another tree, damaged,
// forced, and not to be written.
func TestEndToEndMemo(t *testing.T) {
	kept := filepath.Join(t.TempDir(), "kept")
	files := map[string]string{"src/a.py": "ok\n", "src/w.py": "?\n", "src/b.py": "x = !\n"}
	w := site(t, files)
	w.vars[memoVariable] = kept
	w.on(t, exitFailed, "src -j 2")
	contains(t, "cold", w.out.String(), "3 files: 2 compiled (0 from the memo), 0 unchanged, 1 failed, 1 warning (")
	cold := w.err.String()

	w = site(t, files)
	w.on(t, exitFailed, "src -j 2 -v --cache-dir "+kept)
	contains(t, "warm", w.out.String(), "from memo  src/a.py -> src/__pycache__/a.cpython-313.pyc\n", "\nmemo       "+kept+": 2 hits, 1 miss, 0 stored, 0 rejected, 0 removed\n",
		"3 files: 2 compiled (2 from the memo), 0 unchanged, 1 failed, 1 warning (")
	if got := w.err.String(); got != cold {
		t.Errorf("standard error from the memo:\n%s\nwant\n%s", got, cold)
	}
	if got := tree(t); got["src/__pycache__/w.cpython-313.pyc"] != "3.13.7 src/w.py -O0" {
		t.Errorf("caches: %v", got)
	}

	entries, err := filepath.Glob(filepath.Join(kept, "??", "*"))
	if err != nil || len(entries) != 2 {
		t.Fatal(entries, err)
	}
	if err := os.Truncate(entries[0], 50); err != nil {
		t.Fatal(err)
	}
	w = site(t, files)
	w.on(t, exitFailed, "src -v --cache-dir "+kept)
	contains(t, "damaged", w.out.String(), "rejected   "+entries[0]+": it is cut short\n", "1 hit, 2 misses, 1 stored, 1 rejected")
	w = site(t, files)
	w.on(t, exitFailed, "src --force --format json --cache-dir "+kept)
	var doc struct {
		Summary struct {
			FromMemo int `json:"from_memo"`
		}
		Memo struct {
			Directory            string
			Hits, Misses, Stored int
		}
	}
	if err := json.Unmarshal(w.out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.Summary.FromMemo != 0 || doc.Memo.Directory != kept || doc.Memo.Misses != 3 || doc.Memo.Stored != 2 {
		t.Errorf("forced: %+v", doc)
	}

	// What it does not keep is told and fails nothing; where there can be no
	// folder, nothing is done.
	w = site(t, map[string]string{"src/a.py": "ok\n"})
	if err := os.RemoveAll(kept); err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if err := os.MkdirAll(e, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	w.on(t, exitOK, "src --cache-dir "+kept)
	contains(t, "not to be written", w.err.String(), kept+": warning: the memo does not keep everything: cannot write to it: ")
	w = onSite()
	w.on(t, exitOK, "src --force --format github --cache-dir "+kept)
	contains(t, "not to be written", w.out.String(), "::warning file="+kept+"::the memo does not keep everything: ")
	w = onSite()
	w.on(t, exitUsage, "src --cache-dir src/a.py/x")
	contains(t, "no folder", w.err.String(), "--cache-dir: cannot use src/a.py/x: not a directory")
	w = onSite()
	w.vars[memoVariable] = "src/a.py"
	w.on(t, exitUsage, "src")
	contains(t, "a file", w.err.String(), memoVariable+": cannot use src/a.py: ")
}

func TestByteSize(t *testing.T) {
	for s, want := range map[string]int64{
		"0": 0, "4096": 4096, "4096B": 4096, "1k": 1 << 10, "500M": 500 << 20, "2G": 2 << 30, "1GiB": 1 << 30, "1gb": 1 << 30, "3T": 3 << 40,
		"8388607T": 8388607 << 40,
	} {
		var b byteSize
		if err := b.Set(s); err != nil || b.n != want {
			t.Errorf("%s: %d, %v, want %d", s, b.n, err, want)
		}
	}
	for _, s := range []string{"", "G", "-1", "1.5G", "1 G", "1GG", "1I", "1iB", "1P", "8388608T", "9223372036854775808", "B", strings.Repeat("9", 40)} {
		if err := new(byteSize).Set(s); err == nil {
			t.Errorf("%q is a size", s)
		}
	}
}
