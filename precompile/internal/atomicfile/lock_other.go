//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package atomicfile

import (
	"os"
	"syscall"
)

const errNotFolder = syscall.ENOTDIR

func openForLock(path string) (*os.File, error) { return os.Open(path) }

func lock(*os.File) lockState { return lockUnknown }
