package archive

import (
	"fmt"
	"path"
	"strings"
)

// maxLinks is how many links are followed to one file, as Linux has it.
const maxLinks = 40

// maxName is the longest name that is taken, in bytes.
const maxName = 4096

// cleanName returns the name of an entry in the form that it is listed under.
// The error says why no file may be unpacked under that name.
func cleanName(name string) (string, error) {
	switch {
	case name == "":
		return "", fmt.Errorf("an entry without a name")
	case len(name) > maxName:
		return "", fmt.Errorf("a name of %d bytes", len(name))
	case strings.IndexByte(name, 0) >= 0:
		return "", fmt.Errorf("a NUL byte in the name")
	case name[0] == '/':
		return "", fmt.Errorf("an absolute name, which leads out of the archive")
	}
	for c := range strings.SplitSeq(name, "/") {
		if c == ".." {
			return "", fmt.Errorf("a name with \"..\", which leads out of the archive or is not the name that it seems")
		}
	}
	return path.Clean(name), nil
}

// windowsName says why a name means another file on Windows than elsewhere, or
// nothing. It matters for zips, which are read on both; in a tar of a Unix
// system a backslash is a letter.
func windowsName(name string) error {
	switch {
	case strings.IndexByte(name, '\\') >= 0:
		return fmt.Errorf("a backslash in the name, which some programs read as a slash")
	case len(name) > 1 && name[1] == ':':
		return fmt.Errorf("a name with a drive letter, which leads out of the archive on Windows")
	}
	return nil
}

// tree resolves links. Names are clean; the target of a link is as recorded.
type tree struct {
	files map[string]int    // index of the entry that counts under that name
	links map[string]string // symbolic links, to files or folders
}

// resolve returns the file that name means once links, those of its folders
// included, are followed inside the archive. An absolute target starts at the
// archive's root, as it will once the archive is the root of a file system.
func (t *tree) resolve(name string) (int, error) {
	if i, ok := t.files[name]; ok {
		return i, nil
	}
	rest, done := name, ""
	for hops := 0; rest != ""; {
		c := rest
		if i := strings.IndexByte(rest, '/'); i >= 0 {
			c, rest = rest[:i], rest[i+1:]
		} else {
			rest = ""
		}
		switch c {
		case "", ".":
			continue
		case "..":
			if done == "" {
				return 0, fmt.Errorf("the link leads out of the archive")
			}
			done = strings.TrimPrefix(path.Dir(done), ".")
			continue
		}
		at := path.Join(done, c)
		target, isLink := t.links[at]
		if !isLink {
			done = at
			continue
		}
		if hops++; hops > maxLinks {
			return 0, fmt.Errorf("the link leads over more than %d links, or in a circle", maxLinks)
		}
		if len(target)+len(rest) > maxName {
			return 0, fmt.Errorf("the link leads to a name that is too long")
		}
		if strings.HasPrefix(target, "/") {
			done = ""
		}
		rest = strings.TrimSuffix(target+"/"+rest, "/")
	}
	if i, ok := t.files[done]; ok {
		return i, nil
	}
	return 0, fmt.Errorf("the link leads to %q, which is not a file in the archive", done)
}

// linkAbove returns the folder of name that is a link, or nothing.
func (t *tree) linkAbove(name string) string {
	for i := range len(name) {
		if name[i] == '/' {
			if _, isLink := t.links[name[:i]]; isLink {
				return name[:i]
			}
		}
	}
	return ""
}
