package cpython

import "strings"

// allocator returns the environment variables that set the C library's allocator
// to a worker's ways, less those that env has already.
//
// A compilation takes some megabytes and gives them all back. By default glibc
// hands much of that to the system and takes it again, zeroed, for the next file;
// and it asks for no large pages, without which the walks of a syntax tree miss
// the processor's address cache. The first three variables are mallopt(3)'s, the
// last a tunable of glibc 2.35 and later. Other C libraries, and older ones, know
// none of them. What is allocated has no bearing on what is compiled.
func allocator(env []string) []string {
	const hugePages = "glibc.malloc.hugetlb"
	settings := [...]string{
		"MALLOC_TOP_PAD_=16777216",        // grow by 16 MB at a time
		"MALLOC_TRIM_THRESHOLD_=67108864", // give back what is over 64 MB
		"MALLOC_MMAP_THRESHOLD_=33554432", // and blocks of 32 MB and more
		"GLIBC_TUNABLES=" + hugePages + "=1",
	}
	var out []string
	for _, s := range settings {
		name, value, _ := strings.Cut(s, "=")
		if has, ok := lookup(env, name); ok {
			if name != "GLIBC_TUNABLES" || strings.Contains(has, hugePages) {
				continue
			}
			s = name + "=" + strings.TrimPrefix(has+":", ":") + value
		}
		out = append(out, s)
	}
	return out
}

// lookup returns the value of a variable, the last where there are several.
func lookup(env []string, name string) (value string, ok bool) {
	for _, kv := range env {
		if k, v, found := strings.Cut(kv, "="); found && k == name {
			value, ok = v, true
		}
	}
	return value, ok
}
