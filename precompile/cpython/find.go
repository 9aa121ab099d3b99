package cpython

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// Search is where Find looks.
type Search struct {
	// Path are the folders of PATH, in order.
	Path []string
	// Pyenv is pyenv's root, whose versions folder has an interpreter in each
	// */bin; empty where there is none.
	Pyenv string
	// UV is the folder of uv's managed interpreters, likewise with */bin.
	UV string
	// Dir is the working folder, which decides what pyenv's shims lead to.
	Dir string
}

// Places reads from environment variables where a user's interpreters are: PATH;
// PYENV_ROOT, else ~/.pyenv; UV_PYTHON_INSTALL_DIR, else uv/python below
// XDG_DATA_HOME, ~/.local/share or (Windows) APPDATA. Relative folders of PATH
// are left out, as os/exec does: what is found must not depend on the working
// folder.
func Places(getenv func(string) string) Search {
	var s Search
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		if filepath.IsAbs(dir) && !slices.Contains(s.Path, dir) {
			s.Path = append(s.Path, dir)
		}
	}
	home := getenv("HOME")
	if home == "" {
		home = getenv("USERPROFILE")
	}
	under := func(base string, elem ...string) string {
		if base == "" {
			return ""
		}
		return filepath.Join(append([]string{base}, elem...)...)
	}
	s.Pyenv = cmp.Or(getenv("PYENV_ROOT"), under(home, ".pyenv"))
	s.UV = cmp.Or(getenv("UV_PYTHON_INSTALL_DIR"), under(getenv("XDG_DATA_HOME"), "uv", "python"))
	if s.UV == "" && runtime.GOOS == "windows" {
		s.UV = under(getenv("APPDATA"), "uv", "data", "python")
	}
	s.UV = cmp.Or(s.UV, under(home, ".local", "share", "uv", "python"))
	s.Dir, _ = os.Getwd()
	return s
}

// NotFoundError says where an interpreter was looked for, and why what was there
// would not do.
type NotFoundError struct {
	Want pyc.Version
	// Places are the folders, in order.
	Places []string
	// Rejected are the reasons, one a candidate, each with its path.
	Rejected []string
}

// Error has a line for each candidate.
func (e *NotFoundError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "no interpreter for Python %s found; looked in %s", e.Want, strings.Join(e.Places, ", "))
	for _, r := range e.Rejected {
		b.WriteString("\n  " + r)
	}
	return b.String()
}

// Find returns an interpreter for want.
//
// PATH comes first, folder by folder: in each pythonX.Y, python3, python (pypyX.Y,
// pypy3, pypy), and the first that is of the series, and of the patch if want
// names one, is taken, since the order of PATH is what the user chose. Then come
// pyenv's versions, whether active or not, and uv's; there the newest patch that
// will do is taken. An interpreter that Open would refuse (a pre-release, a
// free-threaded build) is passed over. The error is a *NotFoundError, or that of
// ctx, or says that want is not supported.
func Find(ctx context.Context, want pyc.Version, s Search) (Interpreter, error) {
	if err := Supported(want); err != nil {
		return Interpreter{}, err
	}
	f := finder{want: want, search: s, tried: map[string]bool{}, miss: &NotFoundError{Want: want}}
	names := interpreterNames(want)
	for _, dir := range s.Path {
		f.miss.Places = append(f.miss.Places, dir)
		for _, name := range names {
			i, ok, err := f.try(ctx, filepath.Join(dir, name))
			if ok || err != nil {
				return i, err
			}
		}
	}
	for _, root := range []string{join(s.Pyenv, "versions"), s.UV} {
		if root == "" {
			continue
		}
		f.miss.Places = append(f.miss.Places, filepath.Join(root, "*"))
		var best Interpreter
		for _, dir := range managed(root) {
			// One name a version: python3 and python lead to the same.
			i, ok, err := f.try(ctx, filepath.Join(dir, names[0]))
			if err != nil {
				return i, err
			}
			if ok && (best.Path == "" || i.Version.Compare(best.Version) > 0) {
				best = i
			}
		}
		if best.Path != "" {
			return best, nil
		}
	}
	return Interpreter{}, f.miss
}

func join(base, elem string) string {
	if base == "" {
		return ""
	}
	return filepath.Join(base, elem)
}

// interpreterNames are the names that an interpreter for v goes by, the most
// telling first.
func interpreterNames(v pyc.Version) []string {
	stem := "python"
	if v.Implementation == pyc.PyPy {
		stem = "pypy"
	}
	names := []string{fmt.Sprintf("%s%d.%d", stem, v.Major, v.Minor), fmt.Sprintf("%s%d", stem, v.Major), stem}
	if runtime.GOOS == "windows" {
		for i := range names {
			names[i] += ".exe"
		}
	}
	return names
}

// managed lists the folders with interpreters below a version manager's root,
// the newest version first.
func managed(root string) []string {
	entries, err := os.ReadDir(root)
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, e.Name())
	}
	slices.SortFunc(names, func(a, b string) int { return -compareNatural(a, b) })
	var dirs []string
	for _, name := range names {
		dir := filepath.Join(root, name)
		if runtime.GOOS != "windows" {
			dir = filepath.Join(dir, "bin")
		}
		dirs = append(dirs, dir)
	}
	return dirs
}

// compareNatural orders names with numbers in them by those: 3.9 before 3.13.
func compareNatural(a, b string) int {
	for a != "" && b != "" {
		na, nb := leadingDigits(a), leadingDigits(b)
		if na > 0 && nb > 0 {
			x, _ := strconv.ParseUint(a[:na], 10, 64)
			y, _ := strconv.ParseUint(b[:nb], 10, 64)
			if x != y {
				return cmp.Compare(x, y)
			}
			a, b = a[na:], b[nb:]
			continue
		}
		if a[0] != b[0] {
			return cmp.Compare(a[0], b[0])
		}
		a, b = a[1:], b[1:]
	}
	return cmp.Compare(len(a), len(b))
}

func leadingDigits(s string) int {
	n := 0
	for n < len(s) && n < 18 && '0' <= s[n] && s[n] <= '9' {
		n++
	}
	return n
}

// finder tries candidates, each file once.
type finder struct {
	want   pyc.Version
	search Search
	tried  map[string]bool
	miss   *NotFoundError
}

// try asks one candidate. The error is that of ctx alone.
func (f *finder) try(ctx context.Context, path string) (Interpreter, bool, error) {
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		if !errors.Is(err, os.ErrNotExist) {
			f.reject(path, err.Error())
		}
		return Interpreter{}, false, nil
	}
	if info, err := os.Stat(real); err != nil || info.IsDir() || f.tried[real] {
		return Interpreter{}, false, nil
	}
	f.tried[real] = true
	shim := f.search.IsShim(path)
	i, err := started(func() (Interpreter, error) {
		cmd := command(path)
		if shim {
			cmd.Dir = f.search.Dir
		}
		return probe(ctx, cmd)
	})
	if ctx.Err() != nil {
		return Interpreter{}, false, ctx.Err()
	}
	if err == nil && shim {
		// A shim chooses by the working folder, and workers have another.
		if !filepath.IsAbs(i.executable) {
			err = fmt.Errorf("%s does not say which interpreter it leads to", path)
		}
		i.Path = i.executable
	}
	if err == nil {
		err = i.matches(f.want)
	}
	if err == nil {
		err = i.check()
	}
	if err != nil {
		var lost *WorkerError
		reason := err.Error()
		if errors.As(err, &lost) {
			reason = fmt.Sprintf("%s does not work: %s", path, lost.Detail)
			if first, _, _ := strings.Cut(strings.TrimSpace(lost.Stderr), "\n"); first != "" {
				reason += ": " + first
			}
		}
		f.reject(path, reason)
		return Interpreter{}, false, nil
	}
	return i, true, nil
}

func (f *finder) reject(path, reason string) {
	if !strings.Contains(reason, path) {
		reason = path + ": " + reason
	}
	f.miss.Rejected = append(f.miss.Rejected, reason)
}
