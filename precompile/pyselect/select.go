package pyselect

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Env is the world that the decision is made in.
type Env struct {
	// Getenv is os.Getenv.
	Getenv func(string) string
	// Dir is the current folder, absolute.
	Dir string
	// ReadFile is os.ReadFile.
	ReadFile func(string) ([]byte, error)
	// LookPath is exec.LookPath.
	LookPath func(string) (string, error)
	// Ask runs an interpreter for its version, which has its patch, and its path:
	// what was asked may be a stand-in for it.
	Ask func(ctx context.Context, path string) (pyc.Version, string, error)
}

// Choice is what was decided, and by what.
type Choice struct {
	Versions []pyc.Version
	// By names the source: "PRECOMPILE_PYTHON", "/src/.python-version",
	// "/venv/pyvenv.cfg", "PYTHON_VERSION", "python3 on PATH".
	By string
	// Interpreter is one that the source named; empty where it named none.
	Interpreter string
}

// NotFoundError says that no source names a Python.
type NotFoundError struct{}

func (NotFoundError) Error() string {
	return "no Python version is named: use --python, PRECOMPILE_PYTHON, a .python-version file, a virtual environment (VIRTUAL_ENV), " +
		"PYTHON_VERSION, or have a python3 on PATH; supported are " + Supported()
}

// Default decides for a run without --python and --interpreter. The error is a
// NotFoundError where no source says anything, else it names the source.
func Default(ctx context.Context, env Env) (Choice, error) {
	for _, source := range []func(context.Context, Env) (Choice, error){
		fromVariable("PRECOMPILE_PYTHON", ParseList),
		fromVersionFile,
		fromVirtualEnv,
		fromVariable("PYTHON_VERSION", parseOne),
		fromPath,
	} {
		c, err := source(ctx, env)
		if err == nil && len(c.Versions) == 0 {
			continue
		}
		if err != nil && c.By != "" {
			err = fmt.Errorf("%s: %w", c.By, err)
		}
		return c, err
	}
	return Choice{}, NotFoundError{}
}

// OfInterpreter decides for a run with --interpreter and without --python.
func OfInterpreter(ctx context.Context, env Env, path string) (Choice, error) {
	return env.ask(ctx, Choice{By: "--interpreter", Interpreter: path})
}

// ask completes a choice by the version of its interpreter.
func (env Env) ask(ctx context.Context, c Choice) (Choice, error) {
	v, path, err := env.Ask(ctx, c.Interpreter)
	if err == nil {
		err = Check(v)
	}
	if err != nil {
		return c, err
	}
	c.Versions, c.Interpreter = []pyc.Version{v}, path
	return c, nil
}

func parseOne(s string) ([]pyc.Version, error) {
	v, err := Parse(strings.TrimSpace(s))
	return []pyc.Version{v}, err
}

func fromVariable(name string, parse func(string) ([]pyc.Version, error)) func(context.Context, Env) (Choice, error) {
	return func(_ context.Context, env Env) (Choice, error) {
		value := env.Getenv(name)
		if strings.TrimSpace(value) == "" {
			return Choice{}, nil
		}
		vs, err := parse(value)
		return Choice{Versions: vs, By: name}, err
	}
}

// versionFile is what pyenv and uv look for in each folder up to the root.
const versionFile = ".python-version"

// fromVersionFile follows the nearest .python-version. Of several versions in
// one the first decides, as it is the one that `python` runs under pyenv. A
// file without any does not end the search.
func fromVersionFile(ctx context.Context, env Env) (Choice, error) {
	for dir := env.Dir; ; {
		path := filepath.Join(dir, versionFile)
		b, err := env.ReadFile(path)
		switch {
		case err == nil:
			if word := firstVersion(b); word != "" {
				return followVersionFile(ctx, env, path, word)
			}
		case !absent(err):
			return Choice{By: path}, cause(err)
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return Choice{}, nil
		}
		dir = parent
	}
}

// absent reports whether a file is simply not there, also where something else
// than a folder is on the way.
func absent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// firstVersion reads a .python-version: words apart by white space, comments
// from # to the end of the line.
func firstVersion(b []byte) string {
	text := strings.TrimPrefix(string(b), "\ufeff")
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		if words := strings.Fields(line); len(words) > 0 {
			return words[0]
		}
	}
	return ""
}

func followVersionFile(ctx context.Context, env Env, path, word string) (Choice, error) {
	c := Choice{By: path}
	if word == "system" {
		c.By += " (system)"
		var err error
		if c.Interpreter, err = env.LookPath(pythonCommand); err != nil {
			return c, fmt.Errorf("no %s on PATH", pythonCommand)
		}
		return env.ask(ctx, c)
	}
	if strings.ContainsAny(word, `/\`) { // uv takes the path of an interpreter
		c.Interpreter = word
		if !filepath.IsAbs(word) {
			c.Interpreter = filepath.Join(filepath.Dir(path), word)
		}
		return env.ask(ctx, c)
	}
	v, err := Parse(word)
	if err == nil {
		c.Versions = []pyc.Version{v}
		return c, nil
	}
	// pyenv-virtualenv: the name of an environment among pyenv's versions.
	if root := pyenvRoot(env); root != "" && filepath.IsLocal(word) {
		if named, venvErr := readVirtualEnv(env, filepath.Join(root, "versions", word)); venvErr == nil {
			named.By = path + " (" + named.By + ")"
			return named, nil
		}
	}
	return c, err
}

func pyenvRoot(env Env) string {
	if root := env.Getenv("PYENV_ROOT"); root != "" {
		return root
	}
	if home := env.Getenv("HOME"); home != "" {
		return filepath.Join(home, ".pyenv")
	}
	return ""
}

func fromVirtualEnv(_ context.Context, env Env) (Choice, error) {
	dir := env.Getenv("VIRTUAL_ENV")
	if dir == "" {
		return Choice{}, nil
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(env.Dir, dir)
	}
	return readVirtualEnv(env, dir)
}

// readVirtualEnv reads the pyvenv.cfg of a virtual environment: `version` is
// what the venv module writes, `version_info` virtualenv and uv. These two name
// the implementation as well; of venv's, the name of the executable tells.
func readVirtualEnv(env Env, dir string) (Choice, error) {
	c := Choice{By: filepath.Join(dir, "pyvenv.cfg")}
	b, err := env.ReadFile(c.By)
	if err != nil {
		return c, fmt.Errorf("VIRTUAL_ENV does not name a virtual environment: %w", cause(err))
	}
	keys := map[string]string{}
	for line := range strings.Lines(string(b)) {
		if key, value, ok := strings.Cut(line, "="); ok {
			keys[strings.ToLower(strings.TrimSpace(key))] = strings.TrimSpace(value)
		}
	}
	number := keys["version"]
	if number == "" {
		// 3.13.0.final.0, or 3.13.0 as uv has it
		parts := strings.Split(keys["version_info"], ".")
		number = strings.Join(parts[:min(3, len(parts))], ".")
		if len(parts) > 3 && parts[3] != "final" {
			number += "rc0" // whatever it is, no release
		}
	}
	if number == "" {
		return c, errors.New("it has neither version nor version_info")
	}
	name := strings.ToLower(keys["implementation"])
	if name == "" && strings.HasPrefix(strings.ToLower(filepath.Base(keys["executable"])), "pypy") {
		name = "pypy"
	}
	v, err := Parse(name + number)
	if err != nil {
		return c, err
	}
	c.Versions = []pyc.Version{v}
	c.Interpreter = filepath.Join(dir, "bin", "python")
	if runtime.GOOS == "windows" {
		c.Interpreter = filepath.Join(dir, "Scripts", "python.exe")
	}
	return c, nil
}

// pythonCommand is what Python 3 is called on this system.
var pythonCommand = func() string {
	if runtime.GOOS == "windows" {
		return "python"
	}
	return "python3"
}()

func fromPath(ctx context.Context, env Env) (Choice, error) {
	path, err := env.LookPath(pythonCommand)
	if err != nil {
		return Choice{}, nil
	}
	c, err := env.ask(ctx, Choice{By: pythonCommand + " on PATH", Interpreter: path})
	return c, err
}

func cause(err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}
