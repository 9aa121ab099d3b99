package main

import (
	"context"
	"fmt"
	"os/exec"
	"strconv"
)

// manyFiles is how many files memory is measured on, at least.
const manyFiles = 10_000

// memory prints the peak memory of a run of the embedded compiler over many files.
func (b *bench) memory(ctx context.Context) error {
	if !b.embedded {
		fmt.Printf("memory: the embedded compiler does not cover Python %s\n", b.python.release)
		return nil
	}
	count, _, err := b.copies(1)
	if err != nil {
		return err
	}
	count, size, err := b.copies((manyFiles + count - 1) / count)
	if err != nil {
		return err
	}
	wall, peak, err := measure(ctx, exec.Command(b.tool, "compile", "-j", strconv.Itoa(b.jobs), "-q", "--progress", "never",
		"--ignore-errors", "*", "--compiler", "embedded", "--python", b.python.release, b.tree))
	if err != nil {
		return err
	}
	fmt.Printf("memory: %d files, %.1f MB of source, -j%d: peak %.1f MB resident, %.2f s\n", count, float64(size)/1e6, b.jobs,
		float64(peak)/1024, wall.Seconds())
	return nil
}
