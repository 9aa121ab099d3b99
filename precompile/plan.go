package precompile

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// OptionsError says why options make no sense together. Nothing was read or
// written when it is returned.
type OptionsError struct{ Reason string }

func (e *OptionsError) Error() string { return e.Reason }

// naming is the part of a plan that Run and Verify share: where the caches of a
// source are, and what it is called inside them. Its zero value has caches in
// __pycache__ and names as given.
type naming struct {
	layout         Layout
	outDir         string
	strip, prepend string
}

// cachePath returns the file that holds src compiled for the cache tag at a
// level.
//
//	pycache            <folder>/__pycache__/a.cpython-313.opt-1.pyc
//	pycache, outDir    <outDir>/<absolute folder>/a.cpython-313.opt-1.pyc
//	legacy             <folder>/a.pyc
//	legacy, outDir     <outDir>/<path below the root>/a.pyc
//
// The second is importlib.util.cache_from_source under PYTHONPYCACHEPREFIX,
// which drops the drive of a Windows path.
func (n naming) cachePath(src source, tag string, optimize int) string {
	dir, base := n.cacheDir(src), filepath.Base(src.abs)
	if n.layout == LayoutLegacy {
		return joinPath(dir, stem(base)+".pyc")
	}
	return joinPath(dir, pyc.CacheName(base, tag, optimize))
}

// cacheDir returns the folder that all caches of src lie in.
func (n naming) cacheDir(src source) string {
	switch {
	case n.layout == LayoutLegacy && n.outDir != "":
		return filepath.Join(n.outDir, filepath.FromSlash(parentOf(src.rel)))
	case n.layout == LayoutLegacy:
		return spelledDir(src.path)
	case n.outDir != "":
		return n.mirror(filepath.Dir(src.abs))
	}
	return joinPath(spelledDir(src.path), pyc.CacheDir)
}

// mirror returns the folder below outDir that has the caches of the sources in
// the absolute folder dir.
func (n naming) mirror(dir string) string {
	if runtime.GOOS == "windows" {
		dir = dir[len(filepath.VolumeName(dir)):]
	}
	return filepath.Join(n.outDir, dir)
}

// filename returns the co_filename of src: its path as given, less the prefix
// to strip, after the prefix to prepend.
//
// As in `compileall -s -p`, prefixes are whole components: "src/a" is not a
// prefix of "src/ab.py". Unlike there, "./src/" and "src" strip the same; a
// prefix to strip that the path does not have is an error rather than a
// message; and an absolute path gets the prefix as well (os.path.join would
// drop the prefix without a word).
func (n naming) filename(src source) (string, error) {
	name := src.path
	if n.strip != "" {
		path, prefix := filepath.Clean(name), filepath.Clean(n.strip)
		switch {
		case prefix == "." && filepath.IsLocal(path):
			name = path
		case within(prefix, path) && path != prefix:
			name = strings.TrimLeft(path[len(prefix):], separators)
		default:
			return "", fmt.Errorf("the path does not start with %q, which is to be stripped from it", n.strip)
		}
	}
	if n.prepend != "" {
		name = joinPath(n.prepend, strings.TrimLeft(name[len(filepath.VolumeName(name)):], separators))
	}
	return name, nil
}

// separators are the characters that part a path on this system.
var separators = func() string {
	if runtime.GOOS == "windows" {
		return `\/`
	}
	return "/"
}()

// stem is a file name without its extension, as importlib splits it.
func stem(base string) string {
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		return base[:i]
	}
	return base
}

// spelledDir is the folder of a path as it was spelled, or "" for a bare name.
func spelledDir(path string) string {
	dir, _ := filepath.Split(path)
	if len(dir) > 1 && !strings.HasSuffix(dir, ":"+string(filepath.Separator)) {
		dir = strings.TrimRight(dir, separators)
		if dir == "" {
			dir = string(filepath.Separator)
		}
	}
	return dir
}

func parentOf(rel string) string {
	if i := strings.LastIndexByte(rel, '/'); i >= 0 {
		return rel[:i]
	}
	return ""
}
