//go:build conformance && unix

package precompile_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
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
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// TestEmbedded holds the embedded compiler to the pool of interpreters: for each
// release that it covers, at each level, the same bytes, the same warnings and the
// same faults. The sources are the release's standard library with its tests, and
// the packages that the Pythons of the machine have installed.
//
// PRECOMPILE_LEVELS ("0", "12") leaves levels out, PRECOMPILE_SAMPLE thins the
// sources, PRECOMPILE_SOURCES is a folder of more sources, such as programs that
// pysource-codegen made.
func TestEmbedded(t *testing.T) {
	levels := os.Getenv("PRECOMPILE_LEVELS")
	if levels == "" {
		levels = "012"
	}
	for _, v := range compiler.Covered() {
		t.Run(v.String(), func(t *testing.T) {
			i := interptest.Find(t, v.String())
			stdlib := interptest.StdlibSources(t, i)
			installed := installedSources(t)
			for _, level := range levels {
				if folder := os.Getenv("PRECOMPILE_SOURCES"); folder != "" {
					t.Run(fmt.Sprintf("more-O%c", level), func(t *testing.T) {
						compareCompilers(t, i, interptest.Sources(t, folder), int(level-'0'))
					})
				}
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
			c := comparison{pool, embedded, i, profile, level}
			differences[n], faults[n] = c.file(t.Context(), f)
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

// comparison is of two compilers for one target and level.
type comparison struct {
	want, got backend.Compiler
	i         interptest.Interpreter
	p         marshal.Profile
	level     int
}

// file returns in what the results for one source differ, and whether the
// interpreter refused it.
func (c comparison) file(ctx context.Context, path string) (difference string, fault bool) {
	src, err := os.ReadFile(path)
	if err != nil {
		return err.Error(), false
	}
	req := backend.Request{Source: src, Filename: path, Optimize: c.level}
	a, errA := c.want.Compile(ctx, req)
	b, errB := c.got.Compile(ctx, req)
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
		n := 0
		for n < len(a.Warnings) && n < len(b.Warnings) && a.Warnings[n] == b.Warnings[n] {
			n++
		}
		return fmt.Sprintf("warnings from number %d on\n\tPython:   %s\n\tembedded: %s", n, texts(a.Warnings[n:]), texts(b.Warnings[n:])), false
	case bytes.Equal(a.Code, b.Code):
		return "", false
	}
	d, err := marshal.Compare(a.Code, b.Code, c.p)
	if err == nil && d.Verdict == marshal.CanonicalEqual {
		// The pool's form is made of what a process gave that had compiled before. A
		// fresh process decides.
		fresh, err := c.fresh(path)
		if err == nil && bytes.Equal(fresh, b.Code) {
			return "", false
		}
		return fmt.Sprintf("code, of a fresh process too: %v %v", d, err), false
	}
	return fmt.Sprintf("code: %v %v", d, err), false
}

// fresh compiles a source by a process of py_compile.
func (c comparison) fresh(path string) ([]byte, error) {
	dir, err := os.MkdirTemp("", "fresh")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	args := []string{"-m", "py_compile", path}
	if c.level > 0 {
		args = append([]string{"-" + strings.Repeat("O", c.level)}, args...)
	}
	cmd := exec.Command(c.i.Path, args...)
	cmd.Env = []string{"PYTHONPYCACHEPREFIX=" + dir, "PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8", "SOURCE_DATE_EPOCH=0"}
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	cache, err := os.ReadFile(filepath.Join(dir, filepath.Dir(path), pyc.CacheName(filepath.Base(path), c.i.Version.CacheTag(), c.level)))
	return cache[min(len(cache), pyc.HeaderSize):], err
}

func texts(ds []diag.Diagnostic) string {
	var out []string
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%+v", d))
	}
	return strings.Join(out, "; ")
}
