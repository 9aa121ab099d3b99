package pyc

import (
	"path/filepath"
	"strconv"
	"strings"
)

// CacheDir is the folder that PEP 3147 caches lie in, beside their sources.
const CacheDir = "__pycache__"

// CacheName returns the file name of the cache of a source named base
// (PEP 3147, PEP 488): "a.py" under tag "cpython-313" at level 2 gives
// "a.cpython-313.opt-2.pyc". Level 0 has no opt part. As in
// importlib.util.cache_from_source, the stem ends at the last dot of the name;
// ".py" has the stem "py", and without a dot there is none before the tag.
func CacheName(base, tag string, optimize int) string {
	name := base + tag
	if i := strings.LastIndexByte(base, '.'); i == 0 {
		name = base[1:] + "." + tag
	} else if i > 0 {
		name = base[:i+1] + tag
	}
	if optimize != 0 {
		name += ".opt-" + strconv.Itoa(optimize)
	}
	return name + ".pyc"
}

// CachePath returns where an import looks for the cache of the source at path.
func CachePath(path, tag string, optimize int) string {
	dir, base := filepath.Split(path)
	return dir + CacheDir + string(filepath.Separator) + CacheName(base, tag, optimize)
}

// CacheFile is what a PEP 3147 file name says.
type CacheFile struct {
	Stem     string // the source's name without ".py"
	Tag      string // "cpython-313"
	Optimize string // "" or what follows "opt-"
}

// ParseCacheName splits a file name such as "a.cpython-313.opt-1.pyc". ok is
// false for names that no import would look for. It reads names from the
// right, since a stem may have dots of its own.
func ParseCacheName(name string) (f CacheFile, ok bool) {
	rest, found := strings.CutSuffix(name, ".pyc")
	if !found {
		return f, false
	}
	i := strings.LastIndexByte(rest, '.')
	if i <= 0 {
		return f, false
	}
	if opt, isOpt := strings.CutPrefix(rest[i+1:], "opt-"); isOpt {
		if !isAlphanumeric(opt) {
			return f, false
		}
		f.Optimize = opt
		rest = rest[:i]
		if i = strings.LastIndexByte(rest, '.'); i <= 0 {
			return f, false
		}
	}
	f.Stem, f.Tag = rest[:i], rest[i+1:]
	return f, f.Tag != ""
}

// isAlphanumeric reports whether s is a name of an optimise level, in ASCII.
func isAlphanumeric(s string) bool {
	for _, c := range []byte(s) {
		if !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z') {
			return false
		}
	}
	return s != ""
}
