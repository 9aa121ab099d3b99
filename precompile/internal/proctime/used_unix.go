//go:build unix

package proctime

import (
	"syscall"
	"time"
)

// Used is the processor time that this process has used, the collector's included.
func Used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err) // only bad arguments have one
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
