package cpython

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestIdentifySeesThroughShims(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the stand-ins of this test are shell scripts")
	}
	root := t.TempDir()
	dir := filepath.Join(root, "work")
	shims := filepath.Join(root, "shims")
	for _, d := range []string{dir, shims} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The greeting of a 3.13.0 at the path that the working folder names.
	script := "#!/bin/sh\nread where <version || exit 9\necho precompile-worker 1 cpython 3 13 0 final cpython-313 f30d0d0a - 332e3133 $where\n"
	shim := filepath.Join(shims, "python3")
	if err := os.WriteFile(shim, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "version"), []byte("2f6f70742f70\n"), 0o644); err != nil { // "/opt/p" in hex
		t.Fatal(err)
	}
	s := Search{Pyenv: root, Dir: dir}
	i, err := Identify(context.Background(), shim, s)
	if err != nil || i.Path != "/opt/p" || i.Version.String() != "3.13.0" {
		t.Errorf("Identify = %s at %s, %v", i.Version, i.Path, err)
	}
	s.Dir = root
	if _, err := Identify(context.Background(), shim, s); err == nil || !strings.Contains(err.Error(), shim) {
		t.Errorf("where the shim fails: %v", err)
	}
	if !s.IsShim(shim) || s.IsShim(filepath.Join(dir, "python3")) {
		t.Error("IsShim is wrong")
	}
}
