//go:build !unix

package proctime

import "time"

var start = time.Now()

// Used is the time since the process began, where the system does not tell more.
func Used() time.Duration { return time.Since(start) }
