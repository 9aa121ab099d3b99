package cpython

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/interptest"
)

// sources reads the Python files below a folder.
func sources(t testing.TB, root string) []backend.Request {
	t.Helper()
	var out []backend.Request
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "__pycache__" || d.Name() == "site-packages"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".py"):
			return nil
		}
		b, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a link that leads nowhere
		}
		out = append(out, backend.Request{Source: b, Filename: path})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// compileAll puts requests through a pool as the engine does.
func compileAll(t testing.TB, p *Pool, reqs []backend.Request, done func(backend.Request, backend.Result, error)) {
	t.Helper()
	queue := make(chan backend.Request)
	var wg sync.WaitGroup
	for range Callers(p.options.Jobs) {
		wg.Go(func() {
			for req := range queue {
				r, err := p.Compile(context.Background(), req)
				var d *diag.Diagnostic
				if err != nil && !errors.As(err, &d) {
					t.Errorf("%s: %v", req.Filename, err)
				}
				if done != nil {
					done(req, r, err)
				}
			}
		})
	}
	for _, req := range reqs {
		queue <- req
	}
	close(queue)
	wg.Wait()
}

// BenchmarkStdlib compiles the standard library of each interpreter found, cold:
// an iteration opens and closes the pool.
func BenchmarkStdlib(b *testing.B) {
	for _, i := range interptest.Found() {
		if Supported(i.Version) != nil {
			continue
		}
		b.Run(i.Version.String(), func(b *testing.B) {
			reqs := sources(b, i.Stdlib)
			total := int64(0)
			for _, r := range reqs {
				total += int64(len(r.Source))
			}
			b.SetBytes(total)
			for b.Loop() {
				p, err := Open(context.Background(), Options{Interpreter: i.Path})
				if err != nil {
					b.Fatal(err)
				}
				compileAll(b, p, reqs, nil)
				p.Close()
			}
			b.ReportMetric(float64(len(reqs)), "files")
		})
	}
}

// BenchmarkOpen is what a run pays before its first file.
func BenchmarkOpen(b *testing.B) {
	for _, i := range interptest.Found() {
		if Supported(i.Version) != nil {
			continue
		}
		b.Run(i.Version.String(), func(b *testing.B) {
			for b.Loop() {
				p, err := Open(context.Background(), Options{Interpreter: i.Path})
				if err != nil {
					b.Fatal(err)
				}
				p.Close()
			}
		})
	}
}

// BenchmarkRoundTrip is the cost of a file that takes no time to compile.
func BenchmarkRoundTrip(b *testing.B) {
	p := openFake(b, "good", nil)
	req := source("x = 1\n")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Compile(context.Background(), req); err != nil {
			b.Fatal(err)
		}
	}
}
