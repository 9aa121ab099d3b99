//go:build conformance && unix

package precompile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/cpython"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// TestEmbedded holds the embedded compiler to the pool of interpreters: for each
// release that it covers, at each level, the same bytes, the same warnings and the
// same faults. The sources are the release's standard library with its tests, and
// the packages that the Pythons of the machine have installed.
//
// PRECOMPILE_LEVELS ("0", "12") leaves levels out, PRECOMPILE_SAMPLE thins the
// sources.
func TestEmbedded(t *testing.T) {
	levels := os.Getenv("PRECOMPILE_LEVELS")
	if levels == "" {
		levels = "012"
	}
	for _, v := range compiler.Covered() {
		t.Run(v.String(), func(t *testing.T) {
			i := interptest.Find(t, v.String())
			stdlib := interptest.Sources(t, i.Stdlib)
			installed := installedSources(t)
			for _, level := range levels {
				t.Run(fmt.Sprintf("stdlib-O%c", level), func(t *testing.T) { compareCompilers(t, i, stdlib, int(level-'0')) })
				t.Run(fmt.Sprintf("installed-O%c", level), func(t *testing.T) { compareCompilers(t, i, installed, int(level-'0')) })
			}
		})
	}
}

// installedSources are the sources of the installed packages of each Python.
func installedSources(t *testing.T) []string {
	var files []string
	for _, i := range interptest.Found() {
		folder := filepath.Join(i.Stdlib, "site-packages")
		if _, err := os.Stat(folder); err == nil {
			files = append(files, interptest.Sources(t, folder)...)
		}
	}
	return files
}

// compareCompilers compiles sources by both compilers and compares the results.
func compareCompilers(t *testing.T, i interptest.Interpreter, files []string, level int) {
	pool, err := cpython.Open(t.Context(), cpython.Options{Interpreter: i.Path, Target: i.Version, Jobs: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	embedded, err := compiler.NewBackend(i.Version)
	if err != nil {
		t.Fatal(err)
	}
	profile, err := marshal.ProfileOf(false, i.Version.Major, i.Version.Minor)
	if err != nil {
		t.Fatal(err)
	}
	differences := make([]string, len(files))
	faults := make([]bool, len(files))
	var g errgroup.Group
	g.SetLimit(2)
	for n, f := range files {
		g.Go(func() error {
			differences[n], faults[n] = compareFile(t.Context(), pool, embedded, profile, f, level)
			return nil
		})
	}
	_ = g.Wait()
	equal, bad := 0, 0
	for n, d := range differences {
		switch {
		case d != "":
			if bad++; bad <= 40 {
				t.Errorf("%s: %s", files[n], d)
			}
		case !faults[n]:
			equal++
		}
	}
	t.Logf("%d files: %d bytes equal, %d faults equal, %d different", len(files), equal, len(files)-equal-bad, bad)
}

// compareFile returns in what the results for one source differ, and whether the
// interpreter refused it.
func compareFile(ctx context.Context, want, got backend.Compiler, p marshal.Profile, path string, level int) (difference string, fault bool) {
	src, err := os.ReadFile(path)
	if err != nil {
		return err.Error(), false
	}
	req := backend.Request{Source: src, Filename: path, Optimize: level}
	a, errA := want.Compile(ctx, req)
	b, errB := got.Compile(ctx, req)
	var da, db *diag.Diagnostic
	switch {
	case errors.As(errA, &da) && errors.As(errB, &db):
		if *da != *db {
			return fmt.Sprintf("fault\n\tPython:   %+v\n\tembedded: %+v", *da, *db), true
		}
		return "", true
	case errA != nil || errB != nil:
		return fmt.Sprintf("error\n\tPython:   %v\n\tembedded: %v", errA, errB), errA != nil
	case !slices.Equal(a.Warnings, b.Warnings):
		return fmt.Sprintf("warnings\n\tPython:   %s\n\tembedded: %s", texts(a.Warnings), texts(b.Warnings)), false
	case !bytes.Equal(a.Code, b.Code):
		d, err := marshal.Compare(a.Code, b.Code, p)
		return fmt.Sprintf("code: %v %v", d, err), false
	}
	return "", false
}

func texts(ds []diag.Diagnostic) string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%+v", d))
	}
	return strings.Join(out, "; ")
}
