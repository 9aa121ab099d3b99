//go:build conformance && unix

package parser

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// oracle answers by testdata/oracle.py.
type oracle struct {
	*interptest.Script
	f *target.Features
}

func newOracle(t testing.TB, version target.Profile) *oracle {
	return &oracle{interptest.NewScript(t, interptest.Find(t, version.String()), "testdata/oracle.py"), target.New(version)}
}

// compare parses one source with both parsers and returns how they differ, "" for
// not at all.
func (o *oracle) compare(t testing.TB, p *Parser, arena *ast.Arena, src []byte) string {
	status, text := o.Ask(t, 'h', src)
	dump, err := dumpOf(p, arena, src, o.f)
	switch {
	case status == 'x':
		return ""
	case status == 'e' && err == nil:
		return fmt.Sprintf("accepted; %s refuses it: %s", o.Version, text)
	case status == 'e':
		return ""
	case err != nil:
		return fmt.Sprintf("refused: %v", err)
	}
	sum := md5.Sum(dump)
	if hex.EncodeToString(sum[:]) == string(text) {
		return ""
	}
	_, want := o.Ask(t, 'd', src)
	return firstDifference(dump, want)
}

func compareFiles(t *testing.T, o *oracle, paths []string) {
	var p Parser
	arena := ast.NewArena()
	bad := 0
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := o.compare(t, &p, arena, src); d != "" {
			t.Errorf("%s: %s", path, d)
			if bad++; bad == 20 {
				t.Fatal("and perhaps more")
			}
		}
	}
	t.Logf("%d files", len(paths))
	if len(paths) == 0 {
		t.Error("there is nothing to compare")
	}
}

// TestStdlib compares the trees of every file of each known release's standard
// library, its tests included.
func TestStdlib(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			o := newOracle(t, v)
			compareFiles(t, o, interptest.StdlibSources(t, o.Interpreter))
		})
	}
}

// TestSitePackages compares the trees of what is installed for 3.11.
func TestSitePackages(t *testing.T) {
	o := newOracle(t, target.Profile{Minor: 11, Patch: 7})
	compareFiles(t, o, interptest.Sources(t, filepath.Join(o.Stdlib, "site-packages")))
}

// TestPrograms compares the random programs that testdata/generate.py wrote.
func TestPrograms(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			compareFiles(t, newOracle(t, v), interptest.Sample(interptest.Programs(t, v.String())))
		})
	}
}

// TestFiles compares the files and folders that PRECOMPILE_FILES lists.
func TestFiles(t *testing.T) {
	list := filepath.SplitList(os.Getenv("PRECOMPILE_FILES"))
	if len(list) == 0 {
		t.Skip("PRECOMPILE_FILES names nothing")
	}
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			o := newOracle(t, v)
			for _, path := range list {
				compareFiles(t, o, interptest.Sources(t, path))
			}
		})
	}
}
