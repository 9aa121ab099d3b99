// Bench races the precompile command against compileall and uv over the same
// files, in the same run:
//
//	go run ./bench                         the standard library of Python 3.13
//	go run ./bench -python 3.14 -n 7
//	go run ./bench -files DIR -copies 5    any folder, several times over
//
// The programs take turns (A B C, A B C, …) from the same starting point, and
// what is printed is the median of each and the median of the ratios of one
// turn, so that a machine that slows down meanwhile slows all of them down.
// uv's compile step has no command of its own: what is timed is the
// installation of the files, as a wheel, with --compile-bytecode, less the same
// installation without.
//
// Figures are printed, never judged.
package main

import (
	"archive/zip"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

type bench struct {
	python string // the interpreter
	series string // "3.13"
	// release is "3.13.0"; embedded, whether the embedded compiler covers it.
	release  string
	embedded bool
	dir      string // scratch
	tool     string // the command under test
	uv       string // or empty
	extra    []string
	venv     string
	tree     string // site-packages of venv: what everybody compiles
	jobs     int
}

// contender is one program in the race.
type contender struct {
	name    string
	cold    bool // caches are removed before it
	command func() *exec.Cmd
	// minus is timed as well, and its wall time taken off.
	minus func() *exec.Cmd
	wall  []time.Duration
	peak  []int64 // KiB, the first process alone
}

func run(ctx context.Context) error {
	var (
		version = flag.String("python", "3.13", "series `X.Y` of the interpreter, which must be on PATH or in pyenv")
		path    = flag.String("interpreter", "", "`PATH` of the interpreter, instead of finding it")
		files   = flag.String("files", "", "`DIR` with the files to compile (default: the interpreter's standard library)")
		copies  = flag.Int("copies", 1, "how many copies of the files to compile")
		n       = flag.Int("n", 5, "turns")
		jobs    = flag.Int("j", runtime.GOMAXPROCS(0), "workers")
		extra   = flag.String("flags", "", "further flags for precompile, between blanks")
		uv      = flag.String("uv", "uv", "uv's `PATH`; empty: leave uv out")
	)
	flag.Parse()
	dir, err := os.MkdirTemp("", "precompile-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{python: *path, series: *version, dir: dir, extra: strings.Fields(*extra), jobs: *jobs, uv: *uv}
	if b.python == "" {
		if b.python, err = findPython(*version); err != nil {
			return err
		}
	}
	if b.uv != "" {
		if b.uv, err = exec.LookPath(*uv); err != nil {
			return fmt.Errorf("%w (install it with `pip install uv`, or leave it out with -uv '')", err)
		}
	}
	count, size, err := b.prepare(ctx, *files, *copies)
	if err != nil {
		return err
	}
	fmt.Printf("%d files, %.1f MB; Python %s; -j%d on %d CPUs; %d turns\n\n", count, float64(size)/1e6,
		b.release, b.jobs, runtime.NumCPU(), *n)
	cs := b.contenders()
	for turn := range *n {
		for _, c := range cs {
			if err := b.time(ctx, c); err != nil {
				return fmt.Errorf("%s, turn %d: %w", c.name, turn+1, err)
			}
		}
	}
	report(os.Stdout, cs, count)
	return nil
}

func findPython(series string) (string, error) {
	for _, dir := range filepath.SplitList(os.Getenv("PRECOMPILE_PYTHONS")) {
		if p := filepath.Join(dir, "python"+series); isFile(p) {
			return p, nil
		}
	}
	if home, err := os.UserHomeDir(); err == nil {
		m, _ := filepath.Glob(filepath.Join(home, ".pyenv", "versions", series+".*", "bin", "python"+series))
		if len(m) > 0 {
			return m[len(m)-1], nil
		}
	}
	return exec.LookPath("python" + series)
}

func isFile(p string) bool {
	info, err := os.Stat(p)
	return err == nil && info.Mode().IsRegular()
}

// prepare builds the command and a virtual environment full of files.
func (b *bench) prepare(ctx context.Context, files string, copies int) (count int, size int64, err error) {
	b.tool = filepath.Join(b.dir, "precompile")
	build := exec.CommandContext(ctx, "go", "build", "-o", b.tool, "./cmd/precompile")
	if out, err := build.CombinedOutput(); err != nil {
		return 0, 0, fmt.Errorf("go build ./cmd/precompile (run this from the repository's root): %w\n%s", err, out)
	}
	out, err := exec.CommandContext(ctx, b.python, "-I", "-c", "import platform; print(platform.python_version())").Output()
	if err != nil {
		return 0, 0, err
	}
	b.release = strings.TrimSpace(string(out))
	probe := exec.CommandContext(ctx, b.tool, "compile", "-q", "--compiler", "embedded", "--python", b.release, b.dir)
	_ = probe.Run()
	b.embedded = probe.ProcessState.ExitCode() != 2
	b.venv = filepath.Join(b.dir, "venv")
	if err := b.layVenv(); err != nil {
		return 0, 0, err
	}
	b.tree = filepath.Join(b.dir, "tree")
	if files == "" {
		out, err := exec.CommandContext(ctx, b.python, "-I", "-c", "import os; print(os.path.dirname(os.__file__))").Output()
		if err != nil {
			return 0, 0, err
		}
		files = strings.TrimSpace(string(out))
	}
	for i := range copies {
		c, s, err := copySources(filepath.Join(b.tree, fmt.Sprintf("copy%d", i)), files)
		if err != nil {
			return 0, 0, err
		}
		count, size = count+c, size+s
	}
	if count == 0 {
		return 0, 0, fmt.Errorf("no .py files below %s", files)
	}
	if b.uv != "" {
		err = b.makeWheel()
	}
	return count, size, err
}

// layVenv lays out by hand what a virtual environment consists of, since some
// distributions ship no venv module.
func (b *bench) layVenv() error {
	if err := os.MkdirAll(filepath.Join(b.venv, "bin"), 0o755); err != nil {
		return err
	}
	cfg := fmt.Sprintf("home = %s\nversion_info = %s\n", filepath.Dir(b.python), b.series)
	if err := os.WriteFile(filepath.Join(b.venv, "pyvenv.cfg"), []byte(cfg), 0o644); err != nil {
		return err
	}
	return os.Symlink(b.python, filepath.Join(b.venv, "bin", "python"))
}

func copySources(to, from string) (count int, size int64, err error) {
	err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		dst := filepath.Join(to, rel)
		switch {
		case d.IsDir() && (d.Name() == "site-packages" || d.Name() == "dist-packages" || d.Name() == "__pycache__") && path != from:
			return fs.SkipDir
		case !d.Type().IsRegular() || !strings.HasSuffix(path, ".py"):
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		count++
		size += int64(len(src))
		if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
			return err
		}
		return os.WriteFile(dst, src, 0o644)
	})
	return count, size, err
}

// makeWheel packs the tree, uncompressed, as a wheel.
func (b *bench) makeWheel() error {
	f, err := os.Create(b.wheel())
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	var record strings.Builder
	add := func(name string, content []byte) error {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			fmt.Fprintf(&record, "%s,,\n", name)
			_, err = w.Write(content)
		}
		return err
	}
	err = filepath.WalkDir(b.tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(b.tree, path)
		if err != nil {
			return err
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return add(filepath.ToSlash(rel), content)
	})
	const info = "corpus-1.dist-info/"
	for _, file := range [][2]string{
		{"METADATA", "Metadata-Version: 2.1\nName: corpus\nVersion: 1\n"},
		{"WHEEL", "Wheel-Version: 1.0\nGenerator: bench\nRoot-Is-Purelib: true\nTag: py3-none-any\n"},
	} {
		err = errors.Join(err, add(info+file[0], []byte(file[1])))
	}
	record.WriteString(info + "RECORD,,\n")
	err = errors.Join(err, add(info+"RECORD", []byte(record.String())))
	return errors.Join(err, z.Close(), f.Close())
}

func (b *bench) wheel() string { return filepath.Join(b.dir, "corpus-1-py3-none-any.whl") }

func (b *bench) contenders() []*contender {
	j := strconv.Itoa(b.jobs)
	precompile := func(verb string, flags ...string) func() *exec.Cmd {
		args := append([]string{verb, "-j", j, "-q", "--progress", "never", "--ignore-errors", "*"}, flags...)
		args = append(append(args, b.extra...), b.tree)
		return func() *exec.Cmd { return exec.Command(b.tool, args...) }
	}
	var cs []*contender
	if b.embedded {
		embedded := []string{"--compiler", "embedded", "--python", b.release}
		cs = append(cs,
			&contender{name: "precompile, cold", cold: true, command: precompile("compile", embedded...)},
			&contender{name: "precompile, nothing to do", command: precompile("compile", embedded...)},
			&contender{name: "precompile verify", command: precompile("verify", embedded...)})
	}
	pool := []string{"--interpreter", b.python}
	cs = append(cs, []*contender{
		{name: "with CPython, cold", cold: true, command: precompile("compile", pool...)},
		{name: "with CPython, nothing to do", command: precompile("compile", pool...)},
		{name: "compileall -j" + j, cold: true, command: func() *exec.Cmd {
			return exec.Command(b.python, "-m", "compileall", "-q", "-q", "-j", j, "--invalidation-mode", "checked-hash", b.tree)
		}},
	}...)
	if b.uv != "" {
		install := func(flags ...string) func() *exec.Cmd {
			return func() *exec.Cmd {
				args := append([]string{"pip", "install", "--quiet", "--no-index", "--no-deps", "--reinstall", "--link-mode", "copy", "--cache-dir", filepath.Join(b.dir, "uv-cache")}, flags...)
				cmd := exec.Command(b.uv, append(args, b.wheel())...)
				cmd.Env = append(os.Environ(), "VIRTUAL_ENV="+b.venv, "UV_CONCURRENT_INSTALLS="+j, "UV_COMPILE_BYTECODE_TIMEOUT=600")
				return cmd
			}
		}
		cs = append(cs, &contender{name: "uv, compile step", cold: true, command: install("--compile-bytecode"), minus: install()})
	}
	return cs
}

func (b *bench) time(ctx context.Context, c *contender) error {
	if c.cold {
		if err := removeCaches(b.tree); err != nil {
			return err
		}
	}
	wall, peak, err := measure(ctx, c.command())
	if err != nil {
		return err
	}
	if c.minus != nil {
		base, _, err := measure(ctx, c.minus())
		if err != nil {
			return err
		}
		wall -= base
	}
	c.wall, c.peak = append(c.wall, wall), append(c.peak, peak)
	return nil
}

// measure runs a command; exit code 1 (a file that does not compile) is no
// failure. The peak is that of the started process alone.
func measure(ctx context.Context, cmd *exec.Cmd) (time.Duration, int64, error) {
	var stderr strings.Builder
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	var peak int64
	for {
		select {
		case <-ctx.Done():
			cmd.Process.Kill()
			<-done
			return 0, 0, ctx.Err()
		case <-tick.C:
			peak = max(peak, highWater(cmd.Process.Pid))
		case err := <-done:
			wall := time.Since(start)
			var exit *exec.ExitError
			if err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
				return 0, 0, fmt.Errorf("%v: %w\n%s", cmd.Args, err, stderr.String())
			}
			return wall, peak, nil
		}
	}
}

// highWater reads the peak resident size of a process, in KiB, where the system
// tells it.
func highWater(pid int) int64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

func removeCaches(tree string) error {
	return filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && d.Name() == "__pycache__" {
			if err := os.RemoveAll(path); err != nil {
				return err
			}
			return fs.SkipDir
		}
		return nil
	})
}

func report(w io.Writer, cs []*contender, files int) {
	fmt.Fprintf(w, "%-28s %10s %10s %10s %12s %10s %14s\n", "", "min s", "median s", "max s", "files/s", "peak MB", "of the first")
	for _, c := range cs {
		ratios := make([]float64, len(c.wall))
		for i := range c.wall {
			ratios[i] = c.wall[i].Seconds() / cs[0].wall[i].Seconds()
		}
		m := median(c.wall).Seconds()
		fmt.Fprintf(w, "%-28s %10.3f %10.3f %10.3f %12.0f %10.1f %14.3f\n", c.name, slices.Min(c.wall).Seconds(), m,
			slices.Max(c.wall).Seconds(), float64(files)/m, float64(slices.Max(c.peak))/1024, median(ratios))
	}
}

func median[T time.Duration | float64](xs []T) T {
	s := slices.Sorted(slices.Values(xs))
	if n := len(s); n%2 == 0 {
		return (s[n/2-1] + s[n/2]) / 2
	}
	return s[len(s)/2]
}
