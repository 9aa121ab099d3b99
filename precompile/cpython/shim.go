package cpython

import (
	"context"
	"fmt"
	"path/filepath"
)

// Identify is Probe for an interpreter that the user named, or that was found as
// python3 on PATH: where path is one of pyenv's shims, the interpreter that it
// leads to from s.Dir is asked, and is the Path of the answer. A shim itself is
// no compiler, since it chooses anew in each working folder.
func Identify(ctx context.Context, path string, s Search) (Interpreter, error) {
	path, err := resolve(path)
	if err != nil {
		return Interpreter{}, err
	}
	if !s.IsShim(path) {
		return Probe(ctx, path)
	}
	i, err := started(func() (Interpreter, error) {
		cmd := command(path)
		cmd.Dir = s.Dir
		return probe(ctx, cmd)
	})
	if err != nil {
		return Interpreter{}, err
	}
	if !filepath.IsAbs(i.executable) {
		return Interpreter{}, fmt.Errorf("%s does not say which interpreter it leads to", path)
	}
	i.Path = i.executable
	return i, i.check()
}

// IsShim reports whether path is one of pyenv's stand-ins for interpreters, which
// run whatever version is active, or fail where none is.
func (s Search) IsShim(path string) bool {
	dir := filepath.Dir(path)
	return filepath.Base(dir) == "shims" || s.Pyenv != "" && dir == filepath.Join(s.Pyenv, "shims")
}
