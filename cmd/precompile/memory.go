package main

import "runtime/debug"

// gcPercent is how far the heap grows, in percent of what is alive, before garbage is
// collected. What is alive are the workers' memory, which they use again for each
// file, and the files they are at; so the heap stays small, and collecting it seldom
// costs little memory.
const gcPercent = 400

// collectSeldom sets how often garbage is collected, unless the user has. A limit
// that the user sets (GOMEMLIMIT) holds in any case.
func collectSeldom(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
