package pyselect

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

func TestParse(t *testing.T) {
	for in, want := range map[string]string{
		"3.13": "3.13", "3.13.0": "3.13.0", "3.13.1": "3.13.1", "3.8": "3.8", "3.15": "3.15",
		"python3.12": "3.12", "python-3.12.1": "3.12.1", "cpython3.12": "3.12", "cpython-3.12": "3.12", "cpython@3.12": "3.12",
		"CPython3.12":                       "3.12",
		"cpython-3.13.1-linux-x86_64-gnu":   "3.13.1",
		"cpython-3.13.1-macos-aarch64-none": "3.13.1",
		"pypy3.11":                          "pypy3.11",
		"pypy-3.11":                         "pypy3.11",
		"pypy@3.11":                         "pypy3.11",
		"pypy3.11-7.3.15":                   "pypy3.11",
		"pypy3.10-7.3.12-src":               "pypy3.10",
		"pypy-3.11.11-linux-x86_64-gnu":     "pypy3.11.11",
	} {
		got, err := Parse(in)
		if err != nil || got.String() != want {
			t.Errorf("Parse(%q) = %v, %v, want %s", in, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for in, reason := range map[string]string{
		"":                                  "not a Python version",
		"3":                                 "leaves the minor version open",
		"2":                                 "not a Python version",
		"13":                                "not a Python version",
		"3.":                                "not a Python version",
		"3.013":                             "not a Python version",
		"3.13.0.1":                          "not a Python version",
		"3.9999999999999999999":             "not a Python version",
		"3.13-":                             "not a Python version",
		"--3.13":                            "not a Python version",
		"cpython--3.13":                     "not a Python version",
		"myproject":                         "not a Python version",
		"latest":                            "not a Python version",
		"2.7.18":                            "not supported: want CPython 3.8 to 3.15",
		"3.7.9":                             "not supported",
		"3.16":                              "not supported",
		"pypy3.9":                           "not supported",
		"graalpy-24.1":                      "not supported",
		"graalpy311":                        "not supported",
		"miniconda3-3.11-24.1":              "not supported",
		"miniconda3-latest":                 "not supported",
		"anaconda3-2024.02-1":               "not supported",
		"stackless-3.7.5":                   "not supported",
		">=3.12":                            "a range",
		"3.*":                               "a range",
		"cpython>=3.12":                     "a range",
		"3.15.0a1":                          "a pre-release",
		"3.15.0rc2":                         "a pre-release",
		"3.14-dev":                          "a pre-release",
		"pypy3.11-nightly":                  "a pre-release",
		"3.13t":                             "a free-threaded build",
		"3.13.1t":                           "a free-threaded build",
		"cpython-3.13.1+freethreaded-linux": "a free-threaded build",
		"3.13+debug":                        "a special build",
	} {
		if v, err := Parse(in); err == nil || !strings.Contains(err.Error(), reason) {
			t.Errorf("Parse(%q) = %v, %v, want an error with %q", in, v, err, reason)
		}
	}
}

func TestParseList(t *testing.T) {
	for in, want := range map[string]string{
		"3.13":                "3.13",
		"3.13,3.14":           "3.13 3.14",
		" 3.14 3.13 , 3.14 ":  "3.14 3.13",
		"3.11,pypy3.11":       "3.11 pypy3.11",
		"3.13.0,3.13":         "error: 3.13.0 and 3.13 cannot be compiled in one run: both have caches named cpython-313",
		"3.13,x":              `error: "x" is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11`,
		",":                   "error: no version: want a form like 3.13, 3.13.0 or pypy3.11",
		"3.13,cpython3.13,,,": "3.13",
	} {
		vs, err := ParseList(in)
		got := words(vs)
		if err != nil {
			got = "error: " + err.Error()
		}
		if got != want {
			t.Errorf("ParseList(%q) = %s, want %s", in, got, want)
		}
	}
}

func words(vs []pyc.Version) string {
	var out []string
	for _, v := range vs {
		out = append(out, v.String())
	}
	return strings.Join(out, " ")
}

// world is an Env made of maps.
type world struct {
	vars, files map[string]string
	python3     string            // what LookPath finds
	versions    map[string]string // by interpreter
}

func (w world) env() Env {
	return Env{
		Getenv: func(k string) string { return w.vars[k] },
		Dir:    filepath.FromSlash("/src/app"),
		ReadFile: func(p string) ([]byte, error) {
			p = filepath.ToSlash(p)
			if s, ok := w.files[p]; ok {
				if s == "EACCES" {
					return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrPermission}
				}
				return []byte(s), nil
			}
			return nil, &fs.PathError{Op: "open", Path: p, Err: fs.ErrNotExist}
		},
		LookPath: func(name string) (string, error) {
			if name != pythonCommand || w.python3 == "" {
				return "", errors.New("not found")
			}
			return w.python3, nil
		},
		Ask: func(_ context.Context, path string) (pyc.Version, string, error) {
			s, ok := w.versions[filepath.ToSlash(path)]
			if !ok {
				return pyc.Version{}, "", errors.New("it does not run")
			}
			v, err := pyc.ParseVersion(s)
			if path == "/shims/python3" {
				path = "/opt/real"
			}
			return v, path, err
		},
	}
}

// everything has each source say something else.
func everything() world {
	return world{
		vars: map[string]string{
			"PRECOMPILE_PYTHON": "3.9,3.10", "VIRTUAL_ENV": "/venv", "PYTHON_VERSION": "3.14.2", "HOME": "/home/u",
		},
		files: map[string]string{
			"/src/app/.python-version": "3.11.7\n",
			"/src/.python-version":     "3.8\n",
			"/venv/pyvenv.cfg":         "home = /usr/bin\nversion = 3.12.1\n",
		},
		python3:  "/usr/bin/python3",
		versions: map[string]string{"/usr/bin/python3": "3.13.5", "/opt/py": "3.10.2"},
	}
}

func TestDefaultOrder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are Unix's")
	}
	w := everything()
	for _, step := range []struct {
		want, by, interpreter string
		remove                func()
	}{
		{"3.9 3.10", "PRECOMPILE_PYTHON", "", func() { delete(w.vars, "PRECOMPILE_PYTHON") }},
		{"3.11.7", "/src/app/.python-version", "", func() { delete(w.files, "/src/app/.python-version") }},
		{"3.8", "/src/.python-version", "", func() { delete(w.files, "/src/.python-version") }},
		{"3.12.1", "/venv/pyvenv.cfg", "/venv/bin/python", func() { delete(w.vars, "VIRTUAL_ENV") }},
		{"3.14.2", "PYTHON_VERSION", "", func() { delete(w.vars, "PYTHON_VERSION") }},
		{"3.13.5", "python3 on PATH", "/usr/bin/python3", func() { w.python3 = "" }},
	} {
		c, err := Default(context.Background(), w.env())
		if err != nil || words(c.Versions) != step.want || c.By != step.by || c.Interpreter != step.interpreter {
			t.Errorf("got %s by %s (%s), %v, want %s by %s (%s)", words(c.Versions), c.By, c.Interpreter, err, step.want, step.by, step.interpreter)
		}
		step.remove()
	}
	_, err := Default(context.Background(), w.env())
	if !errors.As(err, &NotFoundError{}) || !strings.Contains(err.Error(), Supported()) {
		t.Errorf("with nothing to go by: %v", err)
	}
}

func TestVersionFile(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are Unix's")
	}
	const file = "/src/app/.python-version"
	for _, c := range []struct{ content, want string }{
		{"3.13\n", "3.13 by " + file},
		{"3.13.0", "3.13.0 by " + file},
		{"\ufeff3.13.0\r\n", "3.13.0 by " + file},
		{"# ours\n\n  3.12.1 # the deployed one\n3.11\n", "3.12.1 by " + file},
		{"3.12.1 3.11.7\n", "3.12.1 by " + file},
		{"pypy3.11-7.3.15\n", "pypy3.11 by " + file},
		{"cpython-3.13.1-linux-x86_64-gnu\n", "3.13.1 by " + file},
		{"system\n", "3.13.5 by " + file + " (system) /usr/bin/python3"},
		{"/opt/py\n", "3.10.2 by " + file + " /opt/py"},
		{"../../opt/py\n", "3.10.2 by " + file + " /opt/py"},
		{"work\n", "3.9.18 by " + file + " (/home/u/.pyenv/versions/work/pyvenv.cfg) /home/u/.pyenv/versions/work/bin/python"},
		{"\n# nothing\n", "3.8 by /src/.python-version"},
		{"EACCES", "error: " + file + ": permission denied"},
		{"3.7\n", "error: " + file + ": Python 3.7 is not supported: want " + Supported()},
		{"play\n", "error: " + file + `: "play" is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11`},
		{"../../../etc\n", "error: " + file + ": it does not run"},
		{"3.14-dev\n", "error: " + file + `: "3.14-dev" is a pre-release, whose bytecode may still change: name a release`},
	} {
		w := everything()
		delete(w.vars, "PRECOMPILE_PYTHON")
		w.files[file] = c.content
		w.files["/home/u/.pyenv/versions/work/pyvenv.cfg"] = "version = 3.9.18\n"
		if got := show(Default(context.Background(), w.env())); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.content, got, c.want)
		}
	}
}

func show(c Choice, err error) string {
	if err != nil {
		return "error: " + err.Error()
	}
	return strings.TrimSpace(words(c.Versions) + " by " + c.By + " " + c.Interpreter)
}

func TestVirtualEnv(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the paths of this test are Unix's")
	}
	const by = " by /venv/pyvenv.cfg /venv/bin/python"
	for _, c := range []struct{ content, want string }{
		{"home = /usr/bin\nversion = 3.12.1\n", "3.12.1" + by},
		{"implementation = CPython\nversion_info = 3.12.1.final.0\n", "3.12.1" + by},
		{"implementation = CPython\nuv = 0.9\nversion_info = 3.12.1\n", "3.12.1" + by},
		{"Version=3.12.1\r\n", "3.12.1" + by},
		{"implementation = PyPy\nversion_info = 3.11.13\n", "pypy3.11.13" + by},
		{"version = 3.11.13\nexecutable = /opt/pypy/bin/pypy3.11\n", "pypy3.11.13" + by},
		{"version_info = 3.15.0.beta.1\n", `error: /venv/pyvenv.cfg: "3.15.0rc0" is a pre-release, whose bytecode may still change: name a release`},
		{"home = /usr/bin\n", "error: /venv/pyvenv.cfg: it has neither version nor version_info"},
		{"implementation = GraalVM\nversion_info = 3.11.7\n", `error: /venv/pyvenv.cfg: "graalvm3.11.7" is not a Python version: want a form like 3.13, 3.13.0 or pypy3.11`},
		{"", "error: /venv/pyvenv.cfg: it has neither version nor version_info"},
	} {
		w := world{vars: map[string]string{"VIRTUAL_ENV": "/venv"}, files: map[string]string{"/venv/pyvenv.cfg": c.content}}
		if got := show(Default(context.Background(), w.env())); got != c.want {
			t.Errorf("%q:\ngot  %s\nwant %s", c.content, got, c.want)
		}
	}
	w := world{vars: map[string]string{"VIRTUAL_ENV": "/gone"}, python3: "/usr/bin/python3"}
	want := "error: /gone/pyvenv.cfg: VIRTUAL_ENV does not name a virtual environment: file does not exist"
	if got := show(Default(context.Background(), w.env())); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestVariablesAndInterpreters(t *testing.T) {
	for _, c := range []struct {
		vars map[string]string
		want string
	}{
		{map[string]string{"PYTHON_VERSION": "3.13.1"}, "3.13.1 by PYTHON_VERSION"},
		{map[string]string{"PYTHON_VERSION": "3.15.0a2"}, `error: PYTHON_VERSION: "3.15.0a2" is a pre-release, whose bytecode may still change: name a release`},
		{map[string]string{"PYTHON_VERSION": "3.13,3.14"}, `error: PYTHON_VERSION: "3.13,3.14" is a range: name one version, such as 3.13`},
		{map[string]string{"PRECOMPILE_PYTHON": "3.13 pypy3.11"}, "3.13 pypy3.11 by PRECOMPILE_PYTHON"},
		{map[string]string{"PRECOMPILE_PYTHON": " "}, "3.13.5 by " + pythonCommand + " on PATH /usr/bin/python3"},
		{map[string]string{"PRECOMPILE_PYTHON": "2.7"}, "error: PRECOMPILE_PYTHON: Python 2.7 is not supported: want " + Supported()},
	} {
		w := world{vars: maps.Clone(c.vars), python3: "/usr/bin/python3", versions: map[string]string{"/usr/bin/python3": "3.13.5"}}
		if got := show(Default(context.Background(), w.env())); got != c.want {
			t.Errorf("%v:\ngot  %s\nwant %s", c.vars, got, c.want)
		}
	}
	w := world{python3: "/usr/bin/python3"}
	if got, want := show(Default(context.Background(), w.env())), "error: "+pythonCommand+" on PATH: it does not run"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w = world{python3: "/shims/python3", versions: map[string]string{"/shims/python3": "3.13.0"}}
	if got, want := show(Default(context.Background(), w.env())), "3.13.0 by "+pythonCommand+" on PATH /opt/real"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	w.versions = map[string]string{"/old": "3.6.1", "/new": "pypy3.11.13"}
	if got, want := show(OfInterpreter(context.Background(), w.env(), "/new")), "pypy3.11.13 by --interpreter /new"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := OfInterpreter(context.Background(), w.env(), "/old"); err == nil {
		t.Error("an interpreter that is not supported is accepted")
	}
}

func TestSeriesAreSupported(t *testing.T) {
	vs := Series()
	if !slices.IsSortedFunc(vs, pyc.Version.Compare) {
		t.Errorf("not in order: %v", vs)
	}
	for _, v := range vs {
		if err := Check(v); err != nil {
			t.Error(err)
		}
	}
}
