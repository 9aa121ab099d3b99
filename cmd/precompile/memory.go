package main

import (
	"runtime"
	"runtime/debug"
)

// gcPercent is how far the heap grows, in percent of what is alive, before garbage is
// collected. What is alive are mostly the workers' memory, which they use again for
// each file, so the heap stays small. With Go's 100, two workers take seven percent
// longer over the standard library; above 200 only memory is to be had.
const gcPercent = 200

// poolPercent is gcPercent where interpreters compile: many files are under way at
// once then, so that more is alive, and there is less to collect.
const poolPercent = 150

// unsampled has allocations not sampled for a memory profile, for which nobody can ask
// this program. A sample unwinds the stack: a hundredth of the time a small file takes.
func unsampled() { runtime.MemProfileRate = 0 }

// collectSeldom sets how often garbage is collected, to gcPercent or poolPercent,
// unless the user has. A limit that the user sets (GOMEMLIMIT) holds in any case.
func collectSeldom(getenv func(string) string, percent int) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
}
