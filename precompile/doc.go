// Package precompile is the engine: from paths to .pyc files, and back from
// .pyc files to the question whether they are right.
//
// Data flows one way:
//
//	paths → walk → plan → compile → write → report
//
// Selection says which files are meant; the walk finds them in one defined
// order; the plan pairs each source with the caches it should have; a
// backend.Compiler makes the code; the writer puts it in place atomically; the
// Report, sorted, says what became of each. Verify shares the first two steps
// and compares where Run writes.
//
// OpenCompiler decides which compiler serves a target; Run asks it for code and
// knows nothing of Python itself. The walk runs in one goroutine ahead of the
// workers, which take sources off a bounded queue: a worker reads a source once,
// compares the headers of its caches, and compiles and writes what is stale. Only
// the report grows with the number of sources.
//
// Options.Memo stands between the two, and is a backend.Compiler itself: what it
// has from an earlier run no compiler is asked for (package memo).
//
// Nothing that is written or reported depends on the number of jobs, the order
// of the file system, the time, the locale or the user.
package precompile

import "fmt"

func parseWord[T ~uint8](s, what string, words []string) (T, error) {
	for i, w := range words {
		if s == w {
			return T(i), nil
		}
	}
	return 0, fmt.Errorf("%q is not a %s: want one of %q", s, what, words)
}
