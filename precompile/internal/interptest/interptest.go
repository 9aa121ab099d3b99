// Package interptest finds the Python interpreters that conformance tests
// compare with.
//
// It is for tests only, and deliberately knows nothing of package cpython: what
// finds the oracles must not share its faults with what is tested. Interpreters
// are looked for in the folders of PRECOMPILE_PYTHONS (a list like PATH), in
// pyenv's, and on PATH, each asked for its version.
//
// PRECOMPILE_REQUIRE is a list of releases or series between commas, such as
// "3.11,3.13.0,3.13.18,pypy3.11". A test that wants one of these and does not
// find it fails; any other missing interpreter skips the test.
package interptest

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Interpreter is one Python found on the machine.
type Interpreter struct {
	Path    string
	Version pyc.Version // with its patch
	Magic   pyc.Magic
	// Stdlib is the folder that os.py lies in.
	Stdlib string
}

// Command returns a command that runs the interpreter with args, isolated from
// the environment and writing no bytecode.
func (i Interpreter) Command(args ...string) *exec.Cmd {
	return exec.Command(i.Path, append([]string{"-I", "-B"}, args...)...)
}

// Find returns the interpreter of a release ("3.13.0") or the newest of a series
// ("3.13", "pypy3.11").
func Find(t testing.TB, want string) Interpreter {
	t.Helper()
	v, err := pyc.ParseVersion(want)
	if err != nil {
		t.Fatal(err)
	}
	var best Interpreter
	for _, i := range found() {
		if i.Version.Matches(v) && (best.Path == "" || i.Version.Compare(best.Version) > 0) {
			best = i
		}
	}
	if best.Path != "" {
		return best
	}
	if slices.Contains(strings.Split(os.Getenv("PRECOMPILE_REQUIRE"), ","), want) {
		t.Fatalf("no Python %s on this machine, and PRECOMPILE_REQUIRE names it", want)
	}
	t.Skipf("no Python %s on this machine", want)
	return best
}

// Found returns every interpreter on the machine, by version; of two of one
// release the one found first.
func Found() []Interpreter { return slices.Clone(found()) }

var found = sync.OnceValue(func() []Interpreter {
	var candidates []string
	for _, dir := range filepath.SplitList(os.Getenv("PRECOMPILE_PYTHONS")) {
		candidates = append(candidates, in(dir)...)
	}
	if home, err := os.UserHomeDir(); err == nil {
		pyenv, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", "*", "bin"))
		for _, dir := range pyenv {
			candidates = append(candidates, in(dir)...)
		}
	}
	for _, dir := range filepath.SplitList(os.Getenv("PATH")) {
		if !strings.HasSuffix(dir, "shims") { // pyenv's shims are neither version nor interpreter
			candidates = append(candidates, in(dir)...)
		}
	}
	var out []Interpreter
	for _, path := range candidates {
		i, err := ask(path)
		if err != nil { // of a good one, too, if the system just killed it, and then it would be missing
			i, err = ask(path)
		}
		if err != nil || slices.ContainsFunc(out, func(o Interpreter) bool { return o.Version == i.Version }) {
			continue
		}
		out = append(out, i)
	}
	slices.SortFunc(out, func(a, b Interpreter) int { return a.Version.Compare(b.Version) })
	return out
})

// in lists what is named like an interpreter in a folder: python3.8, pypy3.
func in(dir string) []string {
	var out []string
	for _, glob := range []string{"python3.[0-9]", "python3.[0-9][0-9]", "pypy3*"} {
		m, _ := filepath.Glob(filepath.Join(dir, glob))
		out = append(out, m...)
	}
	return out
}

// question is what an interpreter is asked; it answers in JSON.
const question = `import sys, os, json, importlib.util as u
print(json.dumps([sys.implementation.name, list(sys.version_info[:4]), int.from_bytes(u.MAGIC_NUMBER, "little"), os.path.dirname(os.__file__)]))`

func ask(path string) (Interpreter, error) {
	out, err := exec.Command(path, "-I", "-S", "-B", "-c", question).Output()
	if err != nil {
		return Interpreter{}, err
	}
	var (
		name, lib string
		version   [4]any
		magic     uint32
	)
	if err := json.Unmarshal(out, &[]any{&name, &version, &magic, &lib}); err != nil {
		return Interpreter{}, fmt.Errorf("%s: %w", path, err)
	}
	prefix := ""
	if name != "cpython" {
		prefix = name
	}
	v, err := pyc.ParseVersion(fmt.Sprintf("%s%v.%v.%v", prefix, version[0], version[1], version[2]))
	if err != nil {
		return Interpreter{}, err
	}
	if version[3] != "final" {
		return Interpreter{}, fmt.Errorf("%s: a pre-release", path)
	}
	return Interpreter{
		Path: path, Version: v, Stdlib: lib,
		Magic: pyc.Magic{byte(magic), byte(magic >> 8), byte(magic >> 16), byte(magic >> 24)},
	}, nil
}
