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
	f := finder{search: s}
	path, err := resolve(path)
	if err != nil {
		return Interpreter{}, err
	}
	if !f.isShim(path) {
		return Probe(ctx, path)
	}
	cmd := command(path)
	cmd.Dir = s.Dir
	i, err := probe(ctx, cmd)
	if err != nil {
		return Interpreter{}, err
	}
	if !filepath.IsAbs(i.executable) {
		return Interpreter{}, fmt.Errorf("%s does not say which interpreter it leads to", path)
	}
	i.Path = i.executable
	return i, i.check()
}

// IsShim reports whether path is one of pyenv's stand-ins for interpreters.
func (s Search) IsShim(path string) bool {
	f := finder{search: s}
	return f.isShim(path)
}
