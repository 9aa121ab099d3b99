package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
)

// profilePath is where go build looks for the profile to optimise the command by.
const profilePath = "cmd/precompile/default.pgo"

// profile writes a processor profile of the embedded compiler: n passes over the
// standard library of each series that it is measured for.
func profile(ctx context.Context, path string, n int) error {
	runtime.GOMAXPROCS(1)
	var out bytes.Buffer
	if err := pprof.StartCPUProfile(&out); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	for _, s := range series {
		interpreter, err := findPython(s)
		if err != nil {
			return err
		}
		py, err := ask(ctx, interpreter)
		if err != nil {
			return err
		}
		c, sources, err := load(py.release, py.stdlib)
		if err != nil {
			return err
		}
		for range n {
			if err := compileAll(c, sources); err != nil {
				return err
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		fmt.Printf("Python %s: %d files, %d passes\n", py.release, len(sources), n)
	}
	pprof.StopCPUProfile()
	fmt.Printf("%s: %d bytes; go tool pprof -top %s shows it\n", path, out.Len(), path)
	return os.WriteFile(path, out.Bytes(), 0o644)
}
