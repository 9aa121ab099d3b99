//go:build unix

package main

import (
	"syscall"
	"time"
)

// processTime is the processor time that the process has had.
func processTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return clock()
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
