package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/compiler"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// passCommand has this program do one pass and print how many seconds it took.
const passCommand = "pass"

// pythonPass is the same pass in Python. A source that is no Python is left out, as
// pass does.
const pythonPass = `
import marshal, os, sys, time
files = []
for folder, folders, names in os.walk(sys.argv[1]):
    folders[:] = sorted(d for d in folders if d not in ("site-packages", "dist-packages", "__pycache__"))
    for name in sorted(names):
        path = os.path.join(folder, name)
        if name.endswith(".py") and os.path.isfile(path) and not os.path.islink(path):
            with open(path, "rb") as f:
                files.append((path, f.read()))
start = time.process_time()
for path, source in files:
    try:
        marshal.dumps(compile(source, path, "exec", dont_inherit=True, optimize=0))
    except (SyntaxError, ValueError):
        pass
print(time.process_time() - start)
`

// core compares the embedded compiler with CPython's, one core each.
func (b *bench) core(ctx context.Context, n int) error {
	fmt.Printf("one core, source to marshalled bytes, processor time; %d turns\n\n", n)
	fmt.Printf("%-28s %10s %10s %12s %14s\n", "", "files", "MB", "median s", "MB/s")
	for _, s := range series {
		path, err := findPython(s)
		if err != nil {
			fmt.Printf("Python %s: not on this machine\n", s)
			continue
		}
		py, err := ask(ctx, path)
		if err != nil {
			return err
		}
		count, size := 0, 0
		if err := walkSources(py.stdlib, func(_ string, source []byte) error {
			count, size = count+1, size+len(source)
			return nil
		}); err != nil {
			return err
		}
		var ours, theirs, ratios []float64
		for range n {
			embedded, err := seconds(exec.CommandContext(ctx, b.self, passCommand, py.release, py.stdlib))
			if err != nil {
				return err
			}
			cpython, err := seconds(exec.CommandContext(ctx, py.path, "-I", "-W", "ignore", "-c", pythonPass, py.stdlib))
			if err != nil {
				return err
			}
			ours, theirs, ratios = append(ours, embedded), append(theirs, cpython), append(ratios, cpython/embedded)
		}
		for _, row := range []struct {
			name    string
			seconds []float64
		}{{"embedded, " + py.release, ours}, {"CPython " + py.release, theirs}} {
			m := median(row.seconds)
			fmt.Printf("%-28s %10d %10.1f %12.3f %14.1f\n", row.name, count, float64(size)/1e6, m, float64(size)/1e6/m)
		}
		fmt.Printf("%-28s %10.2f times\n", "the embedded compiler", median(ratios))
	}
	return nil
}

// seconds runs a command that prints a number of seconds.
func seconds(cmd *exec.Cmd) (float64, error) {
	cmd.Stderr = os.Stderr
	cmd.Env = append(os.Environ(), "GOGC=200") // as cmd/precompile/memory.go has it
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%v: %w", cmd.Args, err)
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// pass compiles the sources below a folder once: args are the release and the folder.
func pass(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("%s takes a release and a folder", passCommand)
	}
	runtime.GOMAXPROCS(1)
	c, sources, err := load(args[0], args[1])
	if err != nil {
		return err
	}
	start := processTime()
	if err := compileAll(c, sources); err != nil {
		return err
	}
	fmt.Println((processTime() - start).Seconds())
	return nil
}

// source is a file that was read.
type source struct {
	path string
	data []byte
}

// load makes a compiler and reads the sources below a folder.
func load(release, dir string) (*compiler.Compiler, []source, error) {
	v, err := pyc.ParseVersion(release)
	if err != nil {
		return nil, nil, err
	}
	c, err := compiler.New(v)
	if err != nil {
		return nil, nil, err
	}
	var sources []source
	err = walkSources(dir, func(path string, data []byte) error {
		sources = append(sources, source{path, data})
		return nil
	})
	return c, sources, err
}

// compileAll compiles sources, and leaves out those that are no Python.
func compileAll(c *compiler.Compiler, sources []source) error {
	for _, s := range sources {
		if _, _, err := c.Compile(s.data, s.path, 0); err != nil {
			if _, internal := err.(*compiler.InternalError); internal {
				return err
			}
		}
	}
	return nil
}

// clock is the time on the clock since the program started.
var started = time.Now()

func clock() time.Duration { return time.Since(started) }
