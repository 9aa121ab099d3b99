package cpython

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// fakeInterpreter writes a shell script that greets as the given version.
func fakeInterpreter(t *testing.T, path, version, traits string) {
	t.Helper()
	v, err := pyc.ParseVersion(version)
	if err != nil {
		t.Fatal(err)
	}
	magic, ok := pyc.MagicOf(v)
	if !ok {
		magic = pyc.MagicFromNumber(432)
	}
	script := fmt.Sprintf("#!/bin/sh\necho %s 1 %s %d %d %d final %s %s %s 332e3133 %s\n", greetingMagic, v.Implementation,
		v.Major, v.Minor, v.Patch, v.CacheTag(), hex.EncodeToString(magic[:]), traits, hex.EncodeToString([]byte(path)))
	writeExecutable(t, path, script)
}

func writeExecutable(t *testing.T, path, script string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFind(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its interpreters are shell scripts")
	}
	root := t.TempDir()
	at := func(elem ...string) string { return filepath.Join(append([]string{root}, elem...)...) }
	s := Search{Path: []string{at("venv"), at("pyenv", "shims"), at("usr")}, Pyenv: at("pyenv"), UV: at("uv"), Dir: at("work")}

	fakeInterpreter(t, at("venv", "python3"), "3.12.1", "-")
	fakeInterpreter(t, at("venv", "python"), "3.12.1", "-")
	fakeInterpreter(t, at("usr", "python3.12"), "3.12.7", "-")
	fakeInterpreter(t, at("usr", "python3.13"), "3.13.1", "-")
	fakeInterpreter(t, at("usr", "python3.15"), "3.15.0", "free-threaded")
	fakeInterpreter(t, at("pyenv", "versions", "3.13.9", "bin", "python3.13"), "3.13.9", "-")
	fakeInterpreter(t, at("pyenv", "versions", "3.11.9", "bin", "python3.11"), "3.11.9", "-")
	fakeInterpreter(t, at("pyenv", "versions", "3.11.10", "bin", "python3.11"), "3.11.10", "-")
	fakeInterpreter(t, at("uv", "cpython-3.11.12-linux", "bin", "python3.11"), "3.11.12", "-")
	fakeInterpreter(t, at("uv", "cpython-3.10.2-linux", "bin", "python3.10"), "3.10.2", "-")
	fakeInterpreter(t, at("uv", "pypy-3.11.13-linux", "bin", "pypy3.11"), "pypy3.11.13", "-")
	// A shim of a version that is not active, one of one that is, and something
	// of that name that is no interpreter at all.
	writeExecutable(t, at("pyenv", "shims", "python3.13"), "#!/bin/sh\necho 'pyenv: python3.13: command not found' >&2\nexit 127\n")
	fakeInterpreter(t, at("elsewhere", "python3.9"), "3.9.18", "-")
	writeExecutable(t, at("pyenv", "shims", "python3.9"), "#!/bin/sh\nexec "+at("elsewhere", "python3.9")+"\n")
	writeExecutable(t, at("usr", "python3.8"), "#!/bin/sh\necho hello\n")
	os.MkdirAll(at("work"), 0o755)
	os.MkdirAll(at("usr", "pypy3"), 0o755) // a folder

	for _, c := range []struct{ want, path string }{
		{"3.12", at("venv", "python3")},     // the order of PATH before the patch
		{"3.12.7", at("usr", "python3.12")}, // unless that is named
		{"3.13", at("usr", "python3.13")},   // past a shim that fails
		{"3.13.9", at("pyenv", "versions", "3.13.9", "bin", "python3.13")},
		{"3.11", at("pyenv", "versions", "3.11.10", "bin", "python3.11")}, // the newest patch, pyenv before uv
		{"3.11.12", at("uv", "cpython-3.11.12-linux", "bin", "python3.11")},
		{"3.10", at("uv", "cpython-3.10.2-linux", "bin", "python3.10")},
		{"pypy3.11", at("uv", "pypy-3.11.13-linux", "bin", "pypy3.11")},
		{"3.9", at("elsewhere", "python3.9")}, // where the shim leads to
	} {
		want, _ := pyc.ParseVersion(c.want)
		i, err := Find(context.Background(), want, s)
		if err != nil || i.Path != c.path {
			t.Errorf("%s: found %q, err = %v; want %q", c.want, i.Path, err, c.path)
		}
	}

	for _, c := range []struct {
		want string
		says []string
	}{
		{"3.14", []string{"no interpreter for Python 3.14 found", at("venv"), at("usr"), at("pyenv", "versions"), at("uv"), "is Python 3.12.1, not 3.14"}},
		{"3.15", []string{at("usr", "python3.15"), "gh-129724"}},
		{"3.13.5", []string{"is Python 3.13.1, not 3.13.5", "is Python 3.13.9, not 3.13.5", "command not found"}},
		{"3.8", []string{at("usr", "python3.8") + " does not work", "hello"}},
	} {
		want, _ := pyc.ParseVersion(c.want)
		_, err := Find(context.Background(), want, s)
		var miss *NotFoundError
		if !errors.As(err, &miss) {
			t.Errorf("%s: err = %v, want a NotFoundError", c.want, err)
			continue
		}
		for _, says := range c.says {
			if !strings.Contains(err.Error(), says) {
				t.Errorf("%s: the error lacks %q:\n%v", c.want, says, err)
			}
		}
	}
	for _, unsupported := range []string{"3.7", "3.16", "2.7", "pypy3.9"} {
		want, _ := pyc.ParseVersion(unsupported)
		if _, err := Find(context.Background(), want, s); err == nil || !strings.Contains(err.Error(), SupportedSeries) {
			t.Errorf("%s: err = %v", unsupported, err)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Find(ctx, v313, s); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: err = %v", err)
	}
}

func TestPlaces(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its paths are those of Unix")
	}
	get := func(env map[string]string) func(string) string { return func(k string) string { return env[k] } }
	s := Places(get(map[string]string{"PATH": "/a:rel::/b:/a", "HOME": "/h"}))
	if fmt.Sprint(s.Path) != "[/a /b]" || s.Pyenv != "/h/.pyenv" || s.UV != "/h/.local/share/uv/python" {
		t.Errorf("Places = %+v", s)
	}
	s = Places(get(map[string]string{"HOME": "/h", "PYENV_ROOT": "/p", "UV_PYTHON_INSTALL_DIR": "/u", "XDG_DATA_HOME": "/x"}))
	if s.Path != nil || s.Pyenv != "/p" || s.UV != "/u" {
		t.Errorf("Places = %+v", s)
	}
	if s = Places(get(map[string]string{"XDG_DATA_HOME": "/x"})); s.Pyenv != "" || s.UV != "/x/uv/python" {
		t.Errorf("Places = %+v", s)
	}
}

func TestCompareNatural(t *testing.T) {
	for _, c := range [][2]string{{"3.9.1", "3.13.0"}, {"3.13", "3.13.1"}, {"cpython-3.11.9-x", "cpython-3.11.10-x"}, {"a", "b"}, {"", "a"}} {
		if compareNatural(c[0], c[1]) != -1 || compareNatural(c[1], c[0]) != 1 || compareNatural(c[0], c[0]) != 0 {
			t.Errorf("%q does not come before %q", c[0], c[1])
		}
	}
}

func TestProbeRejects(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("its interpreters are shell scripts")
	}
	dir := t.TempDir()
	bad := filepath.Join(dir, "python3.13")
	writeExecutable(t, bad, "#!/bin/sh\necho 'no such library' >&2\nexit 3\n")
	if _, err := Probe(context.Background(), bad); !errors.Is(err, ErrStart) || !strings.Contains(err.Error(), "no such library") {
		t.Errorf("err = %v", err)
	}
	old := filepath.Join(dir, "python2")
	writeExecutable(t, old, "#!/bin/sh\necho '-X is reserved for implementation-specific arguments' >&2\nexit 2\n")
	if _, err := Probe(context.Background(), old); err == nil || !strings.Contains(err.Error(), "it is a Python 2; supported are "+SupportedSeries) {
		t.Errorf("err = %v", err)
	}
	good := filepath.Join(dir, "python3.12")
	fakeInterpreter(t, good, "3.12.3", "debug")
	i, err := Probe(context.Background(), good)
	if err != nil || i.Version.String() != "3.12.3" || !i.Debug || i.CacheTag != "cpython-312" || i.Path != good {
		t.Errorf("Probe = %+v, %v", i, err)
	}
	plain := filepath.Join(dir, "plain")
	os.WriteFile(plain, nil, 0o644)
	for _, path := range []string{plain, dir, filepath.Join(dir, "none")} {
		if _, err := Probe(context.Background(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: err = %v", path, err)
		}
	}
}
