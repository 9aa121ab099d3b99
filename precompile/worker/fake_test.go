package worker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// fakeCompiler makes "code" of all that went into it. What a source says steers
// it: "!" is a syntax error, "?" a warning, "panic" a panic, "crash" a lost
// compiler, "slow" waits for the end of the request.
type fakeCompiler struct {
	o      precompile.CompilerOptions
	calls  atomic.Int64
	closed atomic.Bool
}

func (c *fakeCompiler) Info() backend.Info {
	v := c.o.Target
	if v.Patch == pyc.AnyPatch {
		v.Patch = 0
	}
	m, _ := pyc.MagicOf(v)
	return backend.Info{Name: "fake", Target: v, Magic: m}
}

func (c *fakeCompiler) Close() error { c.closed.Store(true); return nil }

func (c *fakeCompiler) Compile(ctx context.Context, r backend.Request) (res backend.Result, err error) {
	c.calls.Add(1)
	switch {
	case bytes.Contains(r.Source, []byte("!")):
		return res, &diag.Diagnostic{Type: "SyntaxError", Message: "invalid syntax", Line: 1, Col: 1, Text: string(r.Source)}
	case bytes.Contains(r.Source, []byte("?")):
		res.Warnings = []diag.Diagnostic{{Severity: diag.Warning, Type: "SyntaxWarning", Message: "really", Line: 1}}
	case bytes.Contains(r.Source, []byte("panic")):
		panic("index out of range")
	case bytes.Contains(r.Source, []byte("crash")):
		return res, errors.New("the interpreter crashed")
	case bytes.Contains(r.Source, []byte("slow")):
		select {
		case <-ctx.Done():
			return res, ctx.Err()
		case <-time.After(time.Minute):
		}
	}
	res.Code = fakeCode(r, c.o.Interpreter)
	return res, nil
}

func fakeCode(r backend.Request, interpreter string) []byte {
	return fmt.Appendf(nil, "\xe3%s -O%d %s %x", r.Filename, r.Optimize, interpreter, sha256.Sum256(r.Source))
}

// opener opens fakes, and no embedded compiler but for the versions of embedded.
type opener struct {
	embedded map[string]bool
	opened   []*fakeCompiler
	fail     atomic.Bool
}

func (o *opener) open(_ context.Context, c precompile.CompilerOptions) (backend.Compiler, error) {
	if c.Compiler == precompile.CompilerEmbedded && !o.embedded[c.Target.Series()] {
		return nil, &precompile.NotCoveredError{Target: c.Target, Reason: "this is a test"}
	}
	if o.fail.Load() {
		return nil, errors.New("no such interpreter")
	}
	f := &fakeCompiler{o: c}
	o.opened = append(o.opened, f)
	return f, nil
}

func executor(t *testing.T, o *opener, args ...string) *Executor {
	t.Helper()
	e := NewExecutor(Options{Open: o.open, Args: args, Jobs: 2})
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		for _, c := range o.opened {
			if !c.closed.Load() {
				t.Errorf("the compiler for %s was not closed", c.o.Target)
			}
		}
	})
	return e
}
