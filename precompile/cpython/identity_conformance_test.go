//go:build conformance && unix

package cpython

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// identityOf opens an interpreter and asks who it is.
func identityOf(t *testing.T, path string) string {
	t.Helper()
	p, err := Open(t.Context(), Options{Interpreter: path, Jobs: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	id, err := p.Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestIdentity: an interpreter is the same each time and by each name, and no
// other is the same. One by way of a script is another: what the script does
// decides what it is.
func TestIdentity(t *testing.T) {
	seen := map[string]string{}
	for _, i := range interptest.Found() {
		if Supported(i.Version) != nil {
			continue
		}
		id := identityOf(t, i.Path)
		if again := identityOf(t, i.Path); again != id {
			t.Errorf("%s: %s, then %s", i.Path, id, again)
		}
		if other, dup := seen[id]; dup {
			t.Errorf("%s and %s are both %s", other, i.Path, id)
		}
		seen[id] = i.Path
	}
	if len(seen) == 0 {
		t.Skip("no interpreter")
	}
	python := interptest.Find(t, "3.13.0").Path
	dir := t.TempDir()
	link := filepath.Join(dir, "python")
	if err := os.Symlink(python, link); err != nil {
		t.Fatal(err)
	}
	if got, want := identityOf(t, link), identityOf(t, python); got != want {
		t.Errorf("by a link: %s, want %s", got, want)
	}
	for _, text := range []string{"exec " + interptest.ShellQuote(python) + ` "$@"`, "exec " + interptest.ShellQuote(python) + ` -X no_debug_ranges "$@"`} {
		script := filepath.Join(dir, "script")
		if err := os.WriteFile(script, []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		id := identityOf(t, script)
		if other, dup := seen[id]; dup {
			t.Errorf("%s and %q are both %s", other, text, id)
		}
		seen[id] = text
	}
}
