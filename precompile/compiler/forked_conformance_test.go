//go:build conformance && unix

package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// TestPrograms compares random programs, made by the parser's testdata/generate.py.
func TestPrograms(t *testing.T) {
	eachLevel(t, func(t *testing.T, release string, level int) {
		compareForked(t, release, programsCorpus, level, interptest.Programs(t, release))
	})
}

// TestSitePackages compares the packages that Python 3.11 has installed, of every
// age and style, as far as the interpreter compiles them. PRECOMPILE_FILES names
// another folder.
func TestSitePackages(t *testing.T) {
	dir := os.Getenv("PRECOMPILE_FILES")
	if dir == "" {
		dir = filepath.Join(interptest.Find(t, "3.11.7").Stdlib, "site-packages")
	}
	eachLevel(t, func(t *testing.T, release string, level int) {
		compareForked(t, release, packagesCorpus, level, interptest.Sources(t, dir))
	})
}

// eachLevel runs a subtest for each release and each level that PRECOMPILE_LEVELS
// does not leave out.
func eachLevel(t *testing.T, test func(t *testing.T, release string, level int)) {
	for _, release := range []string{"3.13.0", "3.13.18", "3.14.10"} {
		for level := range 3 {
			t.Run(fmt.Sprintf("%s-O%d", release, level), func(t *testing.T) {
				if want := os.Getenv("PRECOMPILE_LEVELS"); want != "" && !strings.Contains(want, strconv.Itoa(level)) {
					t.Skip("PRECOMPILE_LEVELS leaves the level out")
				}
				test(t, release, level)
			})
		}
	}
}

// compareForked compares the files of a corpus with what two Forkers write.
func compareForked(t *testing.T, release, corpus string, level int, files []string) {
	t.Helper()
	i := interptest.Find(t, release)
	c, err := New(i.Version)
	if err != nil {
		t.Fatal(err)
	}
	results := make([]result, len(files))
	var g errgroup.Group
	const width = 2
	for w := range width {
		f := interptest.NewForker(t, i, level)
		g.Go(func() error {
			for n := w; n < len(files); n += width {
				want, ok, err := f.Compile(files[n])
				if err != nil {
					return err
				}
				src, err := os.ReadFile(files[n])
				if err != nil {
					return err
				}
				results[n] = compare(c, src, files[n], level, want, ok)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		t.Fatal(err)
	}
	report(t, files, results)
	measure(t, i, corpus, level, results)
}
