//go:build unix

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// TestNoPython runs the command where there is no Python and nothing else: with an
// empty environment but for an empty PATH. What it writes is, golden by golden,
// what interpreters wrote, and they have no other file.
func TestNoPython(t *testing.T) {
	testdata, err := filepath.Abs("../../precompile/compiler/testdata")
	if err != nil {
		t.Fatal(err)
	}
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, release := range []string{"3.13.0", "3.13.18", "3.14.10"} {
		names := []string{release}
		if release != "3.13.0" { // a series is its newest profile
			names = append(names, strings.Join(strings.Split(release, ".")[:2], "."))
		}
		for _, python := range names {
			t.Chdir(t.TempDir())
			copySources(t, filepath.Join(testdata, "sources"))
			cmd := exec.Command(exe, "-O", "0,1,2", "--python", python, "--format", "json", "./sources", "--strip-prefix", ".")
			cmd.Env = []string{asCommand + "=real", "PATH="}
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			// templates.py is of 3.14, and the older ones do not take it.
			if err := cmd.Run(); err != nil && (cmd.ProcessState.ExitCode() != exitFailed || strings.HasPrefix(release, "3.14")) {
				t.Fatalf("%s: %v\n%s%s", python, err, stdout.String(), stderr.String())
			}
			if !strings.Contains(stdout.String(), `"name": "embedded"`) {
				t.Errorf("%s: not by the embedded compiler:\n%.1000s", python, stdout.String())
			}
			v, err := pyc.ParseVersion(release)
			if err != nil {
				t.Fatal(err)
			}
			goldens, err := filepath.Glob(filepath.Join(testdata, "golden", release, "*.marshal"))
			if err != nil || len(goldens) < 10 {
				t.Fatalf("%d goldens of %s, %v", len(goldens), release, err)
			}
			for _, golden := range goldens {
				name := strings.TrimSuffix(filepath.Base(golden), ".marshal")
				stem, level := name[:len(name)-3], int(name[len(name)-1]-'0')
				want, err := os.ReadFile(golden)
				if err != nil {
					t.Fatal(err)
				}
				got, err := os.ReadFile(pyc.CachePath("sources/"+stem+".py", v.CacheTag(), level))
				if err != nil || len(got) < pyc.HeaderSize || !bytes.Equal(got[pyc.HeaderSize:], want) {
					t.Errorf("%s: %s at level %d is not what the interpreter wrote (%v)", python, stem, level, err)
				}
			}
			compiled, err := filepath.Glob("sources/__pycache__/*.cpython-*[0-9].pyc")
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range compiled {
				stem, _, _ := strings.Cut(filepath.Base(path), ".")
				if _, err := os.Stat(filepath.Join(testdata, "golden", release, stem+".O0.marshal")); err != nil {
					t.Errorf("%s: %s compiles, and did not for the interpreter", python, stem)
				}
			}
		}
	}
}

// copySources copies the files of a folder to sources. They may be links, as in
// Bazel's runfiles, which the command would not follow out of the folder.
func copySources(t *testing.T, from string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(from, "*.py"))
	if err != nil || len(files) < 10 {
		t.Fatalf("%d sources in %s, %v", len(files), from, err)
	}
	if err := os.Mkdir("sources", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err == nil {
			err = os.WriteFile(filepath.Join("sources", filepath.Base(f)), data, 0o644)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
