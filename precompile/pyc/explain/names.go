package explain

import "slices"

// builtin are the modules that every build of CPython has built in, of those
// measured: upstream's default build on Linux. Distributions build in more of
// the standard library, none of it under other names. since and until are the
// first and the last 3.x, 0 for no bound.
var builtin = [...]struct {
	name         string
	since, until int
}{
	{"_abc", 0, 0}, {"_ast", 0, 0}, {"_codecs", 0, 0}, {"_collections", 0, 0}, {"_functools", 0, 0}, {"_imp", 0, 0},
	{"_io", 0, 0}, {"_locale", 0, 0}, {"_operator", 0, 0}, {"_peg_parser", 9, 9}, {"_signal", 0, 0}, {"_sre", 0, 0},
	{"_stat", 0, 0}, {"_string", 0, 0}, {"_suggestions", 13, 0}, {"_symtable", 0, 0}, {"_sysconfig", 13, 0},
	{"_thread", 0, 0}, {"_tokenize", 11, 0}, {"_tracemalloc", 0, 0}, {"_typing", 12, 0}, {"_warnings", 0, 0},
	{"_weakref", 0, 0}, {"atexit", 0, 0}, {"builtins", 0, 0}, {"errno", 0, 0}, {"faulthandler", 0, 0}, {"gc", 0, 0},
	{"itertools", 0, 0}, {"marshal", 0, 0}, {"posix", 0, 0}, {"pwd", 0, 0}, {"sys", 0, 0}, {"time", 0, 0},
}

// frozen are the modules that are frozen into the interpreter.
var frozen = [...]struct {
	name         string
	since, until int
}{
	{"_frozen_importlib", 0, 0}, {"_frozen_importlib_external", 0, 0}, {"zipimport", 0, 0},
	{"__hello__", 0, 0}, {"__phello__", 0, 0}, {"__phello__.spam", 0, 0},
	{"__hello_alias__", 11, 0}, {"__hello_only__", 11, 0}, {"__phello__.ham", 11, 0}, {"__phello__.ham.eggs", 11, 0},
	{"__phello_alias__", 11, 0}, {"__phello_alias__.spam", 11, 0},
	{"_collections_abc", 11, 0}, {"_sitebuiltins", 11, 0}, {"abc", 11, 0}, {"codecs", 11, 0}, {"genericpath", 11, 0},
	{"importlib.machinery", 11, 0}, {"importlib.util", 11, 0}, {"io", 11, 0}, {"linecache", 15, 0}, {"ntpath", 11, 0},
	{"os", 11, 0}, {"posixpath", 11, 0}, {"runpy", 11, 0}, {"site", 11, 0}, {"stat", 11, 0},
}

func isBuiltin(name string, minor int) bool {
	for _, b := range builtin {
		if b.name == name && minor >= b.since && (b.until == 0 || minor <= b.until) {
			return true
		}
	}
	return false
}

func isFrozen(name string, minor int) bool {
	for _, b := range frozen {
		if b.name == name && minor >= b.since && (b.until == 0 || minor <= b.until) {
			return true
		}
	}
	return false
}

// multiarch are the names of CPUs in the file names of extension modules on
// Linux (sysconfig's MULTIARCH) and macOS.
var multiarch = map[string]string{
	"386": "i386-linux-gnu", "amd64": "x86_64-linux-gnu", "arm": "arm-linux-gnueabihf", "arm64": "aarch64-linux-gnu",
	"loong64": "loongarch64-linux-gnu", "ppc64le": "powerpc64le-linux-gnu", "riscv64": "riscv64-linux-gnu",
	"s390x": "s390x-linux-gnu",
}

// suffixes are the endings of extension modules, in the order in which they
// are tried (_imp.extension_suffixes). On Linux these are glibc's, with those
// that Debian adds.
func (im *importer) suffixes() []string {
	minor := im.o.Python.Minor
	switch im.o.GOOS {
	case "windows":
		cp := "cp" + im.tag[len("cpython-"):]
		arch := map[string]string{"amd64": "win_amd64", "386": "win32", "arm64": "win_arm64"}[im.o.GOARCH]
		return []string{"." + cp + "-" + arch + ".pyd", ".pyd"}
	case "darwin":
		out := []string{"." + im.tag + "-darwin.so", ".abi3.so"}
		if minor >= 15 {
			out = append(out, ".abi3t.so")
		}
		return append(out, ".so")
	}
	arch := multiarch[im.o.GOARCH]
	out := []string{"." + im.tag + ".so"}
	if arch != "" {
		out[0] = "." + im.tag + "-" + arch + ".so"
	}
	switch {
	case minor >= 15:
		out = append(out, ".abi3-"+arch+".so", ".abi3.so", ".abi3t-"+arch+".so", ".abi3t.so")
	case minor >= 13:
		out = append(out, ".abi3.so", ".abi3-"+arch+".so")
	default:
		out = append(out, ".abi3.so")
	}
	out = slices.DeleteFunc(out, func(s string) bool { return arch == "" && s[len(s)-4] == '-' })
	return append(out, ".so")
}
