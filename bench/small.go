package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// smallFile is the file of the standard library that is small.
const smallFile = "keyword.py"

// small compares whole commands on one small file.
func (b *bench) small(ctx context.Context, n int) error {
	if !b.embedded {
		fmt.Printf("one small file: the embedded compiler does not cover Python %s\n", b.python.release)
		return nil
	}
	dir := filepath.Join(b.dir, "small")
	data, err := os.ReadFile(filepath.Join(b.python.stdlib, smallFile))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	file := filepath.Join(dir, smallFile)
	if err := os.WriteFile(file, data, 0o644); err != nil {
		return err
	}
	commands := [2]func() *exec.Cmd{
		func() *exec.Cmd {
			return exec.CommandContext(ctx, b.tool, "compile", "-q", "--compiler", "embedded", "--python", b.python.release, file)
		},
		func() *exec.Cmd { return exec.CommandContext(ctx, b.python.path, "-m", "py_compile", file) },
	}
	var walls [2][]time.Duration
	var ratios []float64
	for range n {
		for i, command := range commands {
			if err := removeCaches(dir); err != nil {
				return err
			}
			c := command()
			c.Stderr = os.Stderr // a file, not a pipe: nothing of this program runs meanwhile
			start := time.Now()
			if err := c.Run(); err != nil {
				return fmt.Errorf("%s: %w", c.Path, err)
			}
			walls[i] = append(walls[i], time.Since(start))
		}
		last := len(walls[0]) - 1
		ratios = append(ratios, walls[1][last].Seconds()/walls[0][last].Seconds())
	}
	fmt.Printf("one small file: %s, %d bytes; %d turns\n\n", smallFile, len(data), n)
	fmt.Printf("%-28s %10s %10s\n", "", "min ms", "median ms")
	for i, name := range [2]string{"precompile", "python -m py_compile"} {
		fmt.Printf("%-28s %10.1f %10.1f\n", name, 1e3*slices.Min(walls[i]).Seconds(), 1e3*median(walls[i]).Seconds())
	}
	fmt.Printf("%-28s %10.2f times\n", "precompile", median(ratios))
	return nil
}
