//go:build conformance && unix

package precompile_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// ledgerFile lists the files whose caches may differ in their bytes from those
// of a fresh py_compile, one a line: release, file, cause. Code objects may not.
const ledgerFile = "testdata/py_compile.ledger"

// maxLedger is how many entries a release may have.
const maxLedger = 4

func readLedger(t *testing.T) map[string]map[string]string {
	t.Helper()
	b, err := os.ReadFile(ledgerFile)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, " ", 3)
		if len(f) != 3 {
			t.Fatalf("%s: want RELEASE FILE CAUSE: %q", ledgerFile, line)
		}
		if out[f[0]] == nil {
			out[f[0]] = map[string]string{}
		}
		out[f[0]][f[1]] = f[2]
		if len(out[f[0]]) > maxLedger {
			t.Fatalf("%s: more than %d entries for %s", ledgerFile, maxLedger, f[0])
		}
	}
	return out
}

// TestStdlib compiles whole standard libraries, tests included, and compares
// every cache, header and all, with what a fresh `python -m py_compile` wrote.
func TestStdlib(t *testing.T) {
	ledger := readLedger(t)
	for _, release := range []string{"3.11.7", "3.12.1", "3.13.0", "3.13.18", "3.14.10", "3.15.2"} {
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			c := interptest.Stdlib(t, i, 0)
			profile, err := marshal.ProfileOf(false, i.Version.Major, i.Version.Minor)
			if err != nil {
				t.Fatal(err)
			}
			out := t.TempDir()
			var files []string
			for _, f := range c.Files {
				files = append(files, c.Path(f))
			}
			report := runOn(t, i, files, precompile.Options{OutDir: out})
			byName := map[string]precompile.CacheReport{}
			for _, r := range report.Caches {
				byName[r.Source] = r
			}
			equal, rejected, listed, unequal := 0, 0, 0, 0
			for _, f := range c.Files {
				r, ok := byName[c.Path(f)]
				if !ok {
					t.Errorf("%s: not in the report", f)
					continue
				}
				want, accepted := c.Pyc(t, f)
				switch {
				case accepted != (r.Status == precompile.Compiled):
					t.Errorf("%s: %s (%v), py_compile accepted it: %v", f, r.Status, r.Fault, accepted)
					continue
				case !accepted:
					rejected++
					continue
				}
				got, err := os.ReadFile(r.Cache)
				if err != nil {
					t.Error(err)
					continue
				}
				cause, inLedger := ledger[release][f]
				if bytes.Equal(got, want) {
					equal++
					if inLedger {
						t.Errorf("%s: equal now: take it out of %s (%s)", f, ledgerFile, cause)
					}
					continue
				}
				if !bytes.Equal(got[:pyc.HeaderSize], want[:pyc.HeaderSize]) {
					t.Errorf("%s: header % x, py_compile wrote % x", f, got[:pyc.HeaderSize], want[:pyc.HeaderSize])
				}
				d, err := marshal.Compare(want[pyc.HeaderSize:], got[pyc.HeaderSize:], profile)
				switch {
				case err != nil:
					t.Errorf("%s: %v", f, err)
				case d.Verdict == marshal.Different:
					unequal++
					t.Errorf("%s: other code: %+v", f, d)
				case inLedger:
					listed++
				default:
					t.Errorf("%s: not py_compile's bytes: %+v", f, d)
				}
			}
			t.Logf("%d files: %d equal, %d rejected by both, %d in the ledger, %d of other code", len(c.Files), equal, rejected, listed, unequal)
			if equal == 0 {
				t.Error("nothing was compared")
			}
		})
	}
}

// runOn compiles files with CPython. One that the interpreter rejects is no
// failure here.
func runOn(t *testing.T, i interptest.Interpreter, files []string, o precompile.Options) *precompile.Report {
	t.Helper()
	compiler, err := precompile.OpenCompiler(t.Context(), precompile.CompilerOptions{
		Compiler: precompile.CompilerCPython, Interpreter: i.Path, Target: i.Version, Jobs: o.Jobs,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := compiler.Close(); err != nil {
			t.Error(err)
		}
	}()
	o.Compilers = []backend.Compiler{compiler}
	o.Selection.Files = files
	report, err := precompile.Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range report.Problems {
		t.Error(p)
	}
	return report
}

// TestCanonicalRuns holds the releases whose own compiler writes other bytes from
// run to run to one form: jobs, order, hash seed and what a worker did before
// must not show.
func TestCanonicalRuns(t *testing.T) {
	for _, release := range []string{"3.9", "3.10"} {
		t.Run(release, func(t *testing.T) {
			i := interptest.Find(t, release)
			files := interptest.StdlibSources(t, i)
			backwards := slices.Clone(files)
			slices.Reverse(backwards)
			seed := func(n int) string {
				return launcher(t, i, fmt.Sprintf("export PYTHONHASHSEED=%d; exec %s \"$@\"", n, interptest.ShellQuote(i.Path)))
			}
			// A worker that has loaded, and so interned, much of what it compiles.
			heavy := launcher(t, i, fmt.Sprintf(`for WORKER; do :; done; export WORKER; exec %s -s -S -B -X utf8 -c '
import argparse, ast, asyncio, concurrent.futures, csv, ctypes, dataclasses, decimal, difflib, doctest, email.message, http.client
import json, logging.config, multiprocessing, os, pickle, tarfile, tkinter.constants, typing, unittest, urllib.request, xml.dom.minidom
exec(os.environ["WORKER"])'`, interptest.ShellQuote(i.Path)))
			variants := []struct {
				name        string
				interpreter string
				jobs        int
				files       []string
			}{
				{"-j1", i.Path, 1, files},
				{"-j2", i.Path, 2, files},
				{"reversed order", i.Path, 2, backwards},
				{"hash seed 0", seed(0), 2, files},
				{"hash seed 1", seed(1), 2, files},
				{"heavy workers", heavy, 2, backwards},
			}
			var first map[string][]byte
			for _, v := range variants {
				out := t.TempDir()
				j := i
				j.Path = v.interpreter
				report := runOn(t, j, v.files, precompile.Options{OutDir: out, Jobs: v.jobs})
				got := map[string][]byte{}
				for _, r := range report.Caches {
					if r.Status == precompile.Compiled {
						b, err := os.ReadFile(r.Cache)
						if err != nil {
							t.Fatal(err)
						}
						got[r.Source] = b
					}
				}
				if first == nil {
					first = got
					t.Logf("%d caches", len(got))
					if len(got) == 0 {
						t.Fatal("nothing was compiled")
					}
					continue
				}
				differ := 0
				for name, b := range first {
					if !bytes.Equal(b, got[name]) {
						differ++
						t.Errorf("%s: %s differs from %s", name, v.name, variants[0].name)
					}
				}
				t.Logf("%s: %d of %d differ", v.name, differ, len(first))
			}
		})
	}
}

// launcher writes a script that stands for an interpreter.
func launcher(t *testing.T, i interptest.Interpreter, script string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), filepath.Base(i.Path))
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(path, "-c", "pass").CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", path, err, out)
	}
	return path
}
