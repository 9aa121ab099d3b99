// Package proctime is a clock for tests that hold something to a time: on a machine
// that does other things as well, the one on the wall says little.
package proctime

import (
	"runtime"
	"time"
)

// Limit is d, or longer where the tests run in an emulator, as .ci/arm64.sh has it.
func Limit(d time.Duration) time.Duration {
	if runtime.GOARCH != "amd64" {
		return 10 * d
	}
	return d
}
