//go:build !unix

package cpython

import (
	"os"
	"os/exec"
)

func isolate(*exec.Cmd) {}

func killGroup(p *os.Process) { p.Kill() }

func volunteer(int) {}

func growPipe(*os.File) {}
