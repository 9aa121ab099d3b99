package main

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// race has the programs compile the same files by turns.
func (b *bench) race(ctx context.Context, copies, n int) (err error) {
	if b.uv != "" {
		if b.uv, err = exec.LookPath(b.uv); err != nil {
			return fmt.Errorf("%w (install it with `pip install uv`, or leave it out with -uv '')", err)
		}
	}
	count, size, err := b.prepare(copies)
	if err != nil {
		return err
	}
	fmt.Printf("whole commands: %d files, %.1f MB; Python %s; -j%d on %d CPUs; %d turns\n\n", count, float64(size)/1e6,
		b.python.release, b.jobs, runtime.NumCPU(), n)
	cs := b.contenders()
	for turn := range n {
		for _, c := range cs {
			if err := b.time(ctx, c); err != nil {
				return fmt.Errorf("%s, turn %d: %w", c.name, turn+1, err)
			}
		}
	}
	report(os.Stdout, cs, count)
	return nil
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

// prepare makes a virtual environment full of files.
func (b *bench) prepare(copies int) (count int, size int64, err error) {
	b.venv = filepath.Join(b.dir, "venv")
	if err := b.layVenv(); err != nil {
		return 0, 0, err
	}
	if count, size, err = b.copies(copies); err != nil {
		return 0, 0, err
	}
	if b.uv != "" {
		err = b.makeWheel()
	}
	return count, size, err
}

// copies fills the tree with copies of the files.
func (b *bench) copies(n int) (count int, size int64, err error) {
	b.tree = filepath.Join(b.dir, "tree")
	if err := os.RemoveAll(b.tree); err != nil {
		return 0, 0, err
	}
	for i := range n {
		c, s, err := copySources(filepath.Join(b.tree, fmt.Sprintf("copy%d", i)), b.files)
		if err != nil {
			return 0, 0, err
		}
		count, size = count+c, size+s
	}
	return count, size, nil
}

// layVenv lays out by hand what a virtual environment consists of, since some
// distributions ship no venv module.
func (b *bench) layVenv() error {
	if err := os.MkdirAll(filepath.Join(b.venv, "bin"), 0o755); err != nil {
		return err
	}
	cfg := fmt.Sprintf("home = %s\nversion_info = %s\n", filepath.Dir(b.python.path), b.series)
	if err := os.WriteFile(filepath.Join(b.venv, "pyvenv.cfg"), []byte(cfg), 0o644); err != nil {
		return err
	}
	return os.Symlink(b.python.path, filepath.Join(b.venv, "bin", "python"))
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
		embedded := []string{"--compiler", "embedded", "--python", b.python.release}
		cs = append(cs,
			&contender{name: "precompile, cold", cold: true, command: precompile("compile", embedded...)},
			&contender{name: "precompile, nothing to do", command: precompile("compile", embedded...)},
			&contender{name: "precompile verify", command: precompile("verify", embedded...)},
			&contender{name: "precompile check", command: precompile("check", "--python", b.python.release)})
	}
	pool := []string{"--interpreter", b.python.path}
	cs = append(cs, []*contender{
		{name: "with CPython, cold", cold: true, command: precompile("compile", pool...)},
		{name: "with CPython, nothing to do", command: precompile("compile", pool...)},
		{name: "compileall -j" + j, cold: true, command: func() *exec.Cmd {
			return exec.Command(b.python.path, "-m", "compileall", "-q", "-q", "-j", j, "--invalidation-mode", "checked-hash", b.tree)
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
