//go:build conformance && unix

package symtable

import (
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// oracle answers by testdata/oracle.py.
type oracle struct{ *interptest.Script }

func newOracle(t testing.TB, version target.Profile) oracle {
	return oracle{interptest.NewScript(t, interptest.Find(t, version.String()), "testdata/oracle.py")}
}

// compare makes one source's table both ways and returns how they differ, "" for
// not at all. What the parser finds wrong is not compared.
func (o oracle) compare(t testing.TB, w *worker, src []byte) string {
	status, answer := o.Ask(t, 'h', src)
	text := string(answer)
	err := w.build(src)
	switch {
	case status == 'e' && err == nil:
		return fmt.Sprintf("accepted; %s refuses it: %q", o.Version, text)
	case status == 'e' && errors.Is(err, errParse):
		return ""
	case status == 'e':
		if got := errorText(err); got != text {
			return fmt.Sprintf("error\n got %q\nwant %q", got, text)
		}
		return ""
	case err != nil:
		return fmt.Sprintf("refused: %q", errorText(err))
	}
	got := w.text()
	sum := md5.Sum([]byte(got))
	if hex.EncodeToString(sum[:]) == text {
		return ""
	}
	_, want := o.Ask(t, 't', src)
	return firstDifference(got, string(want))
}

// TestStdlib compares the tables of every file of each known release's standard
// library, its tests included.
func TestStdlib(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			t.Parallel()
			o := newOracle(t, v)
			o.compareFiles(t, v, interptest.StdlibSources(t, o.Interpreter))
		})
	}
}

// TestSitePackages compares the tables of what is installed for 3.11.
func TestSitePackages(t *testing.T) {
	v := target.Profile{Minor: 11, Patch: 7}
	o := newOracle(t, v)
	o.compareFiles(t, v, interptest.Sources(t, filepath.Join(o.Stdlib, "site-packages")))
}

// TestGenerated compares the tables of the random programs that the parser's
// testdata/generate.py wrote.
func TestGenerated(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			newOracle(t, v).compareFiles(t, v, interptest.Sample(interptest.Programs(t, v.String())))
		})
	}
}

func (o oracle) compareFiles(t *testing.T, v target.Profile, paths []string) {
	t.Helper()
	w := newWorker(v)
	bad, scopes, symbols, refused := 0, 0, 0, 0
	for _, path := range paths {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if d := o.compare(t, w, src); d != "" {
			t.Errorf("%s: %s", path, d)
			if bad++; bad == 20 {
				t.Fatal("and perhaps more")
			}
		}
		if w.failed != nil {
			refused++
			continue
		}
		for id := 1; id <= w.table.Len(); id++ {
			scopes++
			symbols += len(w.table.Scope(int32(id)).Symbols)
		}
	}
	t.Logf("%d files, %d refused, %d scopes, %d symbols", len(paths), refused, scopes, symbols)
	if len(paths) == 0 {
		t.Error("there is nothing to compare")
	}
}

// TestGoldens makes the goldens again.
func TestGoldens(t *testing.T) {
	for _, v := range target.Known() {
		t.Run(v.String(), func(t *testing.T) {
			o, all, want := newOracle(t, v), cases(t), golden(t, v)
			for i, text := range all {
				status, answer := o.Ask(t, 't', []byte(text))
				got := string(answer)
				if status == 'e' {
					got = "error\n" + got + "\n"
				}
				if got != want[i] {
					t.Errorf("case %d: the golden is not what %s says: run testdata/generate.py\n%s", i+1, v, firstDifference(want[i], got))
				}
			}
		})
	}
}
