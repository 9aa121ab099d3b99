package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// findPython finds the interpreter of a series.
func findPython(series string) (string, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PRECOMPILE_PYTHONS")) {
		if p := filepath.Join(dir, "python"+series); isFile(p) {
			return p, nil
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		m, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", series+".*", "bin", "python"+series))
		if len(m) > 0 {
			return m[len(m)-1], nil
		}
	}
	return exec.LookPath("python" + series)
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// python is an interpreter.
type python struct{ path, release, stdlib string }

// ask starts an interpreter to ask for its release and its standard library.
func ask(ctx context.Context, path string) (python, error) {
	const script = "import os, platform; print(platform.python_version()); print(os.path.dirname(os.__file__))"
	out, err := exec.CommandContext(ctx, path, "-I", "-c", script).Output()
	if err != nil {
		return python{}, fmt.Errorf("%s: %w", path, err)
	}
	release, stdlib, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return python{path, release, strings.TrimSpace(stdlib)}, nil
}
