package compiler

import (
	"context"
	"fmt"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Backend is a Compiler as the engine sees it.
type Backend struct {
	c    *Compiler
	info backend.Info
}

// NewBackend makes one for a target; see New.
func NewBackend(v pyc.Version) (*Backend, error) {
	c, err := New(v)
	if err != nil {
		return nil, err
	}
	profile, exact := c.Profile()
	magic, ok := pyc.MagicOf(profile)
	if !ok {
		return nil, fmt.Errorf("the magic number of Python %s is not known", profile)
	}
	detail := "profile " + profile.String()
	if !exact {
		detail = fmt.Sprintf("%s has no profile of its own and is compiled as %s", v, profile)
	}
	return &Backend{c, backend.Info{Name: "embedded", Target: profile, Magic: magic, Detail: detail}}, nil
}

// Info describes the compiler. Target is the release of the profile.
func (b *Backend) Info() backend.Info { return b.info }

// Compile compiles one source in the calling goroutine. It does not look at ctx but
// at the start: a source takes milliseconds.
func (b *Backend) Compile(ctx context.Context, req backend.Request) (backend.Result, error) {
	if err := ctx.Err(); err != nil {
		return backend.Result{}, err
	}
	code, warnings, err := b.c.compile(req.Buffer, req.Source, req.Filename, req.Optimize)
	warnings = once(warnings)
	if err != nil {
		return backend.Result{Warnings: warnings}, err
	}
	return backend.Result{Code: code, Warnings: warnings}, nil
}

// once leaves out warnings that were there before: CPython generates some code twice
// and remarks on it each time.
func once(warnings []diag.Diagnostic) []diag.Diagnostic {
	if len(warnings) < 2 {
		return warnings
	}
	seen := map[diag.Diagnostic]bool{}
	kept := warnings[:0]
	for _, w := range warnings {
		if len(kept) == maxWarnings {
			break
		}
		if !seen[w] {
			seen[w] = true
			kept = append(kept, w)
		}
	}
	return kept
}

// maxWarnings is how many warnings of one source are worth reporting; the pool of
// interpreters draws the same line.
const maxWarnings = 1000

// Identity names the profile: the compiler is part of the program that runs.
func (b *Backend) Identity() (string, error) { return "embedded " + b.info.Target.String(), nil }

// Close does nothing: there is nothing to release.
func (b *Backend) Close() error { return nil }
