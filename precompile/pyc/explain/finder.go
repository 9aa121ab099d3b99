package explain

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// spec is what a finder gives: a file and its loader, or the folder of a
// possible namespace package; nothing where both are empty.
type spec struct {
	file, loader string
	packageDir   string
	namespace    string
}

// The loaders.
const (
	sourceLoader     = "SourceFileLoader"
	sourcelessLoader = "SourcelessFileLoader"
	extensionLoader  = "ExtensionFileLoader"
	namespaceLoader  = "NamespaceLoader"
)

func loaderOf(suffix string) string {
	switch suffix {
	case ".py":
		return sourceLoader
	case ".pyc":
		return sourcelessLoader
	}
	return extensionLoader
}

// find does what sys.meta_path does for the module im.m, on path.
func (im *importer) find(path []string, top bool) error {
	name, minor := im.m.Name, im.o.Python.Minor
	switch {
	case isBuiltin(name, minor):
		im.step("built-in", Passed, "%s is built into the interpreter", name)
		im.m.Loader, im.m.Verdict = "BuiltinImporter", BuiltIn
		im.m.Reason = "it is built into the interpreter, before any path is searched"
		return nil
	case isFrozen(name, minor):
		im.step("built-in", Passed, "%s is frozen into the interpreter", name)
		im.m.Loader, im.m.Verdict = "FrozenImporter", Frozen
		im.m.Reason = "it is frozen into the interpreter, before any path is searched"
		if slices.Contains([]string{"__phello__", "__phello_alias__", "__phello__.ham"}, name) {
			im.m.SearchPath = []string{}
		}
		return nil
	}
	if top {
		im.step("built-in", Failed, "no module that every build of %s has built in or frozen is called %s", im.o.Python.Series(), name)
	}
	var portions []string
	for _, entry := range path {
		dir := entry
		if dir == "" {
			dir = "."
		}
		dir, err := filepath.Abs(dir)
		if err != nil {
			return err
		}
		info, err := os.Stat(dir)
		switch {
		case err != nil:
			im.step("path-entry", Failed, "%s is not there", dir)
			continue
		case !info.IsDir():
			if isZip(dir) {
				return fmt.Errorf("%s on the path is a zip archive: what zipimport does is not explained", dir)
			}
			im.step("path-entry", Failed, "%s is not a folder", dir)
			continue
		}
		s := im.inFolder(dir)
		switch {
		case s.file != "":
			if s.packageDir != "" {
				im.m.SearchPath = []string{s.packageDir}
			}
			if len(portions) > 0 {
				im.note("%s wins over the namespace package of %s", s.file, strings.Join(portions, ", "))
			}
			im.load(s)
			return nil
		case s.namespace != "":
			portions = append(portions, s.namespace)
		}
	}
	if len(portions) > 0 {
		im.m.Loader, im.m.SearchPath, im.m.Verdict = namespaceLoader, portions, Namespace
		im.m.Reason = "only folders without an __init__ have the name"
		return nil
	}
	im.m.Verdict, im.m.Exception = NotFound, "ModuleNotFoundError"
	im.m.Message = fmt.Sprintf("No module named '%s'", name)
	im.m.Reason = "no entry of the path has it"
	return nil
}

// inFolder does what FileFinder does: a package of the name, then modules, of
// extension modules, sources and caches in this order, then a folder.
func (im *importer) inFolder(dir string) spec {
	tail := im.m.Name[strings.LastIndexByte(im.m.Name, '.')+1:]
	listing := names(dir)
	suffixes := append(im.suffixes(), ".py", ".pyc")
	base := filepath.Join(dir, tail)
	namespace := false
	if listing[tail] {
		for _, suffix := range suffixes {
			if full := filepath.Join(base, "__init__"+suffix); isFile(full) {
				im.step("package", Passed, "%s", full)
				im.shadowed(dir, tail, listing, suffixes, "")
				return spec{file: full, loader: loaderOf(suffix), packageDir: base}
			}
		}
		namespace = isDir(base)
	}
	for i, suffix := range suffixes {
		full := base + suffix
		if !listing[tail+suffix] || !isFile(full) {
			continue
		}
		im.step("module", Passed, "%s", full)
		if namespace {
			im.note("the folder %s has no __init__, so the module wins over it", base)
		}
		im.shadowed(dir, tail, listing, suffixes[i+1:], suffix)
		return spec{file: full, loader: loaderOf(suffix)}
	}
	if namespace {
		im.step("path-entry", Noted, "%s: the folder %s has no __init__: possibly part of a namespace package", dir, tail)
		return spec{namespace: base}
	}
	im.step("path-entry", Failed, "%s has no %s", dir, tail)
	im.orphans(dir, tail)
	return spec{}
}

// shadowed notes the files of the name that are not looked at.
func (im *importer) shadowed(dir, tail string, listing map[string]bool, suffixes []string, won string) {
	for _, suffix := range suffixes {
		if full := filepath.Join(dir, tail+suffix); listing[tail+suffix] && isFile(full) {
			why := "a package comes before a module"
			if won != "" {
				why = won + " comes before " + suffix
			}
			im.note("%s is not looked at: %s", full, why)
		}
	}
}

// orphans notes caches in __pycache__ whose source is not there: they look
// like modules and are none.
func (im *importer) orphans(dir, tail string) {
	for _, at := range []string{filepath.Join(dir, tail+".py"), filepath.Join(dir, tail, "__init__.py")} {
		if cache := im.cachePath(at); isFile(cache) {
			im.note("%s is there, but caches in %s count only beside their source", cache, filepath.Base(filepath.Dir(cache)))
		}
	}
}

func names(dir string) map[string]bool {
	f, err := os.Open(dir)
	if err != nil {
		return nil // CPython's finder takes a folder that it cannot read for empty
	}
	defer f.Close()
	list, err := f.Readdirnames(-1)
	if err != nil {
		return nil
	}
	out := make(map[string]bool, len(list))
	for _, n := range list {
		out[n] = true
	}
	return out
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// isZip reports whether a file ends in a zip archive's directory, as zipimport
// looks for it.
func isZip(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	const most = 1<<16 + 22
	info, err := f.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	n := min(info.Size(), most)
	b := make([]byte, n)
	if _, err := f.ReadAt(b, info.Size()-n); err != nil {
		return false
	}
	return strings.Contains(string(b), "PK\x05\x06")
}
