package internal_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the repository's.
const root = "../.."

// block is what the README's comments `<!-- file: PATH -->` stand over.
var block = regexp.MustCompile("(?s)<!-- file: ([^ ]+) -->\n```[A-Za-z]*\n(.*?)```")

// TestReadmeFiles holds what the README shows of files, which other tests use
// for real, to the files.
func TestReadmeFiles(t *testing.T) {
	for _, name := range []string{"README.md", "rules/README.md"} {
		readme, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) && name != "README.md" {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		shown := block.FindAllStringSubmatch(string(readme), -1)
		if want := strings.Count(string(readme), "<!-- file:"); len(shown) != want || want == 0 {
			t.Errorf("%s: %d of %d marked blocks can be read", name, len(shown), want)
		}
		for _, m := range shown {
			file, err := os.ReadFile(filepath.Join(root, m[1]))
			if err != nil {
				t.Error(err)
			} else if string(file) != m[2] {
				t.Errorf("%s shows %s otherwise than it is", name, m[1])
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)

// TestReadmeLinks finds links to files that are not there.
func TestReadmeLinks(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range link.FindAllStringSubmatch(string(readme), -1) {
		if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
			t.Error(err)
		}
	}
}
