//go:build conformance && unix

package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// recipe is what the README's comments `<!-- run: NAME -->` stand over.
var recipe = regexp.MustCompile("(?s)<!-- run: ([a-z]+) -->\n```sh\n(.*?)```")

// recipes reads the README.
func recipes(t *testing.T) map[string]string {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, m := range recipe.FindAllStringSubmatch(string(readme), -1) {
		out[m[1]] = m[2]
	}
	if want := strings.Count(string(readme), "<!-- run:"); len(out) != want || want == 0 {
		t.Fatalf("%d of %d marked blocks can be read", len(out), want)
	}
	return out
}

// shell runs a recipe in a folder, with python3.13 and the built command on
// PATH, and returns its output and exit code. It stops at the first command that
// fails.
func shell(t *testing.T, dir, script string) (string, int) {
	t.Helper()
	tool, err := built()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	for name, target := range map[string]string{"precompile": tool, "python3.13": interptest.Find(t, "3.13.0").Path} {
		if err := os.Symlink(target, filepath.Join(bin, name)); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("sh", "-e", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "PRECOMPILE_PYTHON=3.13.0")
	out, err := cmd.CombinedOutput()
	if _, isExit := err.(*exec.ExitError); err != nil && !isExit {
		t.Fatal(err)
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// TestReadmeRecipes runs the README's commands as they stand there.
func TestReadmeRecipes(t *testing.T) {
	all := recipes(t)
	sources := map[string]string{
		"src/app/__init__.py": "GREETING = 'hello'\n",
		"src/app/__main__.py": "from app import GREETING\nprint(GREETING)\n",
	}
	ran := map[string]bool{}

	t.Run("stdlib", func(t *testing.T) {
		ran["stdlib"] = true
		root, err := filepath.Abs("../../..")
		if err != nil {
			t.Fatal(err)
		}
		out := t.TempDir()
		script := strings.ReplaceAll(all["stdlib"], "/tmp/pycache", out)
		if script == all["stdlib"] {
			t.Fatal("the recipe names no /tmp/pycache")
		}
		text, code := shell(t, root, script)
		if code != exitFailed || !strings.Contains(text, " compiled, 0 unchanged, 5 failed (Python 3.13") {
			t.Errorf("exit code %d:\n%s", code, text)
		}

		// The same files in another place, where fresh processes of py_compile have
		// been over them. The series means its newest profile.
		c := interptest.Tree(t, interptest.Find(t, "3.13.18"), "stdlib-3.13.0", interptest.Find(t, "3.13.0").Stdlib, 0)
		out = t.TempDir()
		head, _, ok := strings.Cut(all["stdlib"], `"$(`)
		if !ok {
			t.Fatal("the recipe asks for no folder")
		}
		text, code = shell(t, root, strings.ReplaceAll(head, "/tmp/pycache", out)+interptest.ShellQuote(c.Root))
		if code > exitFailed {
			t.Errorf("exit code %d:\n%s", code, text)
		}
		equal := 0
		for _, f := range c.Files {
			cache := filepath.Join(out, filepath.Dir(c.Path(f)), pyc.CacheName(filepath.Base(f), "cpython-313", 0))
			got, err := os.ReadFile(cache)
			want, accepted := c.Pyc(t, f)
			switch {
			case accepted != (err == nil):
				t.Errorf("%s: %v, py_compile accepted it: %v", f, err, accepted)
			case accepted && !bytes.Equal(got, want):
				t.Errorf("%s: not the bytes of py_compile", f)
			case accepted:
				equal++
			}
		}
		t.Logf("%d of %d files have the bytes of py_compile", equal, len(c.Files))
	})

	t.Run("ci", func(t *testing.T) {
		ran["ci"] = true
		site(t, sources)
		dir, _ := os.Getwd()
		script := strings.Replace(all["ci"], "precompile --force", "cp -r src before\nprecompile --force", 1)
		if text, code := shell(t, dir, script); code != exitOK {
			t.Errorf("exit code %d:\n%s", code, text)
		}
		// What it is there to find is found.
		cache := "src/app/__pycache__/__init__.cpython-313.pyc"
		b, err := os.ReadFile(cache)
		if err != nil {
			t.Fatal(err)
		}
		b[len(b)-1] ^= 1
		if err := os.WriteFile(cache, b, 0o644); err != nil {
			t.Fatal(err)
		}
		if text, code := shell(t, dir, "precompile verify --require-all ./src"); code != exitFailed {
			t.Errorf("a flipped byte: exit code %d:\n%s", code, text)
		}
	})

	t.Run("memo", func(t *testing.T) {
		ran["memo"] = true
		site(t, sources)
		dir, _ := os.Getwd()
		t.Setenv("HOME", t.TempDir())
		script := "git init -q . && git add src\n" + all["memo"]
		text, code := shell(t, dir, script)
		if code != exitOK || strings.Count(text, "\n") != 2 {
			t.Fatalf("exit code %d:\n%s", code, text)
		}
		// The recipe's comments say what is printed.
		said := strings.Split(text, "\n")
		for line := range strings.Lines(all["memo"]) {
			if _, want, ok := strings.Cut(line, "# 2 "); ok {
				if !strings.HasPrefix(said[0], "2 files: 2 "+strings.TrimSpace(want)+", 0 unchanged (") {
					t.Errorf("%s: %s", line, said[0])
				}
				said = said[1:]
			}
		}
		if len(said) != 1 {
			t.Errorf("nothing says what %q is", said)
		}
	})

	t.Run("archive", func(t *testing.T) {
		ran["archive"] = true
		site(t, sources)
		dir, _ := os.Getwd()
		if text, code := shell(t, dir, "precompile -q src && mkdir dist && tar -czf layer.tar.gz -C src ."); code != exitOK {
			t.Fatal(text)
		}
		zipFolder(t, "src", "dist/app-1.0-py3-none-any.whl")
		if text, code := shell(t, dir, all["archive"]); code != exitOK {
			t.Errorf("exit code %d:\n%s", code, text)
		}
	})

	for name := range all {
		if !ran[name] {
			t.Errorf("the recipe %q is not run", name)
		}
	}
}

func zipFolder(t *testing.T, from, to string) {
	t.Helper()
	f, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	if err := z.AddFS(os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}
