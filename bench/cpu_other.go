//go:build !unix

package main

import "time"

// processTime is the time on the clock: with one core it is the processor time of a
// machine that does nothing else.
func processTime() time.Duration { return clock() }
