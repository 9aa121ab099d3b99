//go:build unix && !linux

package cpython

import (
	"os"
	"os/exec"
	"syscall"
)

// isolate gives cmd a process group of its own.
func isolate(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(p *os.Process) { syscall.Kill(-p.Pid, syscall.SIGKILL) }

func volunteer(int) {}

func growPipe(*os.File) {}
