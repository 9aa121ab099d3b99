package precompile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// source is one file that the walk selected.
type source struct {
	// path is the name as the user would write it: the root as given, joined
	// with what was found below it as os.path.join does. It opens the file, and
	// is what compileall compiles in.
	path string
	// rel is the slash-separated path below the root; what globs match. Of a
	// file named by itself it is the path as given where that is relative and
	// does not leave the current folder, else its base name.
	rel string
	// abs is path made absolute and cleaned. No two sources of a walk share it.
	abs string
}

// folder is one folder whose files the walk looks at. It is only valid during
// the call that it is passed to.
type folder struct {
	path, rel, abs string
	// entries is what is in it, whether selected or not. Entries that could not
	// be read are missing; incomplete tells.
	entries    []fs.DirEntry
	incomplete bool
	// enters reports whether the walk would enter a sub-folder of that name, if
	// there were one.
	enters func(name string) bool
}

// visitor is told what a walk finds. Calls come one at a time, from the
// goroutine that called walk. Only source must be set.
type visitor struct {
	// folder comes before the sources and the sub-folders in it. Folders come
	// once, even if two paths lead there.
	folder func(folder)
	// source is told of each selected file once. An error ends the walk.
	source func(source) error
	// problem is told what could not be walked; the walk goes on.
	problem func(diag.Diagnostic)
	// passedOver is told of links that would be sources, or with FollowSymlinks
	// folders, if they did not lead out of the root or nowhere.
	passedOver func(path string)
}

// walk finds the sources that a Selection means and hands them to v while it
// goes. The error is that of ctx, of v.source, or an *OptionsError.
//
// Order: Paths as given, then Files; below one root by the bytes of the path.
// Where two paths lead to one file, the first spelling counts; files are told
// apart by their absolute, cleaned path, so that two links to one file are two
// sources (each has a cache of its own).
//
// What is passed over: below a root, folders whose name starts with a dot,
// __pycache__ and node_modules; everything that Exclude matches; files that
// Include does not match; what is neither file nor folder. A path that is
// given itself is always entered, and a file that is given itself need not
// match Include; Exclude applies to it, too, so that it works with the shell's
// wildcards. Nothing of this applies to Files.
//
// Links: a link to a file is a source like any other if it leads to a file
// inside the root that it was found under. Links to folders are entered with
// FollowSymlinks, under the same condition, after everything else below the
// root; each real folder counts once, which ends loops. A path that is given
// itself may be a link to anywhere.
func walk(ctx context.Context, sel Selection, v visitor) error {
	w := walker{ctx: ctx, sel: sel, v: v, seen: map[string]bool{}, seenDirs: map[string]bool{}}
	include := sel.Include
	if len(include) == 0 {
		include = []string{"*.py"}
	}
	var err error
	if w.include, err = newGlobs("include", include); err != nil {
		return err
	}
	if w.exclude, err = newGlobs("exclude", sel.Exclude); err != nil {
		return err
	}
	if w.cwd, err = os.Getwd(); err != nil {
		return fmt.Errorf("the current folder: %w", err)
	}
	for _, p := range sel.Paths {
		if err := w.given(p); err != nil {
			return err
		}
	}
	for _, p := range sel.Files {
		if p == "" {
			w.problem(p, "an empty file name")
			continue
		}
		if err := w.emit(p, relOfFile(p)); err != nil {
			return err
		}
	}
	return ctx.Err()
}

type walker struct {
	ctx              context.Context
	sel              Selection
	v                visitor
	include, exclude globs
	cwd              string
	seen, seenDirs   map[string]bool
}

// root is one given path while what is below it is walked.
type root struct {
	real string // its path without links, or "" as long as nobody asked
	path string
	glob *glob // nil for a folder that was named
	// links are the links to folders that wait until the tree is done.
	links   []node
	visited map[string]bool // real folders, with FollowSymlinks only
	found   bool
}

// node is a folder of a root. path is its spelling; an empty one, of a glob
// without base, is the current folder.
type node struct {
	path, rel string
	real      string // with FollowSymlinks only
	selected  bool   // files here are filtered by Include alone, no longer by the glob
}

func (n node) open() string {
	if n.path == "" {
		return "."
	}
	return n.path
}

// given walks one of Paths.
func (w *walker) given(p string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if p == "" {
		w.problem(p, "an empty path")
		return nil
	}
	info, err := os.Stat(p)
	switch {
	case err == nil && info.IsDir():
		r := &root{path: p}
		return w.root(r, node{path: p, selected: true})
	case err == nil && info.Mode().IsRegular():
		if rel := relOfFile(p); !w.exclude.matchBelow(rel) {
			return w.emit(p, rel)
		}
		return nil
	case err == nil:
		w.problem(p, "neither a regular file nor a folder")
		return nil
	}
	// Names that the system refuses, such as too long ones, may be globs.
	g, isGlob, globErr := parseGlob(p)
	switch {
	case !isGlob:
		w.problem(p, cause(err))
		return nil
	case globErr != nil:
		w.problem(p, globErr.Error())
		return nil
	}
	base := g.base
	if base == "" {
		base = "."
	}
	if _, err := os.Stat(base); err != nil {
		w.problem(p, "matches nothing: "+base+": "+cause(err))
		return nil
	}
	r := &root{path: base, glob: &g}
	if err := w.root(r, node{path: filepath.FromSlash(g.base)}); err != nil {
		return err
	}
	if !r.found {
		w.problem(p, "matches nothing that is selected")
	}
	return nil
}

// root walks a tree and then the links in it that may be followed.
func (w *walker) root(r *root, top node) error {
	if w.sel.FollowSymlinks {
		r.visited = map[string]bool{}
		if top.real = w.realRoot(r); top.real == "" {
			return nil
		}
		r.visited[top.real] = true
	}
	if err := w.folder(r, top); err != nil {
		return err
	}
	for len(r.links) > 0 {
		n := r.links[0]
		r.links = r.links[1:]
		real, err := filepath.EvalSymlinks(n.path)
		if err == nil && !filepath.IsAbs(real) {
			real = filepath.Join(w.cwd, real)
		}
		if err != nil || !within(r.real, real) {
			w.passOver(n.path)
			continue
		}
		if r.visited[real] {
			continue
		}
		r.visited[real] = true
		n.real = real
		if err := w.folder(r, n); err != nil {
			return err
		}
	}
	return nil
}

// realRoot returns the root's path without links, reporting a problem where
// there is none.
func (w *walker) realRoot(r *root) string {
	if r.real == "" {
		real, err := filepath.EvalSymlinks(r.path)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil {
			w.problem(r.path, cause(err))
			return ""
		}
		r.real = real
	}
	return r.real
}

// folder walks the folder n and everything below it.
func (w *walker) folder(r *root, n node) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(n.open())
	if err != nil {
		w.problem(n.open(), "cannot read the folder: "+cause(err))
	}
	// The order of whole paths: a folder sorts as if its name ended in a slash.
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return comparePathNames(a.Name(), a.IsDir(), b.Name(), b.IsDir()) })
	if n.selected {
		w.visitFolder(r, n, entries, err != nil)
	}
	for _, e := range entries {
		name, rel := e.Name(), e.Name()
		if n.rel != "" {
			rel = n.rel + "/" + name
		}
		switch {
		case e.IsDir():
			sub := node{path: joinPath(n.path, name), rel: rel, selected: n.selected}
			if !w.enter(r, &sub, n.selected) {
				continue
			}
			if r.visited != nil {
				if sub.real = filepath.Join(n.real, name); r.visited[sub.real] {
					continue
				}
				r.visited[sub.real] = true
			}
			if err := w.folder(r, sub); err != nil {
				return err
			}
		case e.Type().IsRegular():
			if w.takes(r, n, rel) {
				r.found = true
				if err := w.emit(joinPath(n.path, name), rel); err != nil {
					return err
				}
			}
		case e.Type()&fs.ModeSymlink != 0:
			if err := w.link(r, n, name, rel); err != nil {
				return err
			}
		}
	}
	return nil
}

// visitFolder tells the visitor of a folder that it has not seen.
func (w *walker) visitFolder(r *root, n node, entries []fs.DirEntry, incomplete bool) {
	if w.v.folder == nil {
		return
	}
	abs := w.abs(n.open())
	if w.seenDirs[abs] {
		return
	}
	w.seenDirs[abs] = true
	w.v.folder(folder{
		path: n.open(), rel: n.rel, abs: abs, entries: entries, incomplete: incomplete,
		enters: func(name string) bool {
			rel := name
			if n.rel != "" {
				rel = n.rel + "/" + name
			}
			sub := node{rel: rel, selected: n.selected}
			return w.enter(r, &sub, n.selected)
		},
	})
}

// enter reports whether a sub-folder is walked; a folder that the glob matches
// is selected from then on.
func (w *walker) enter(r *root, sub *node, inSelected bool) bool {
	if inSelected && w.sel.NoRecurse {
		return false
	}
	name := sub.rel[strings.LastIndexByte(sub.rel, '/')+1:]
	named := !inSelected && r.glob.names(sub.rel)
	if !named && passedOverByName(name) || w.exclude.match(sub.rel, true) {
		return false
	}
	if !inSelected {
		if doublestar.MatchUnvalidated(r.glob.pattern, sub.rel) {
			sub.selected, r.found = true, true
			return true
		}
		return r.glob.mayEnter(sub.rel)
	}
	return true
}

// takes reports whether a file is selected.
func (w *walker) takes(r *root, n node, rel string) bool {
	if !n.selected && !doublestar.MatchUnvalidated(r.glob.pattern, rel) {
		return false
	}
	return w.include.match(rel, false) && !w.exclude.match(rel, false)
}

// link looks at what a symbolic link leads to.
func (w *walker) link(r *root, n node, name, rel string) error {
	path := joinPath(n.path, name)
	taken := w.takes(r, n, rel)
	if !taken && !w.sel.FollowSymlinks {
		return nil
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		if taken {
			w.passOver(path)
		}
	case info.IsDir():
		sub := node{path: path, rel: rel, selected: n.selected}
		if w.sel.FollowSymlinks && w.enter(r, &sub, n.selected) {
			r.links = append(r.links, sub)
		}
	case info.Mode().IsRegular() && taken:
		top := w.realRoot(r)
		if top == "" {
			return nil
		}
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			real, err = filepath.Abs(real)
		}
		if err != nil || !within(top, real) {
			w.passOver(path)
			return nil
		}
		r.found = true
		return w.emit(path, rel)
	}
	return nil
}

func (w *walker) emit(path, rel string) error {
	abs := w.abs(path)
	if w.seen[abs] {
		return nil
	}
	w.seen[abs] = true
	if err := w.ctx.Err(); err != nil {
		return err
	}
	return w.v.source(source{path: path, rel: rel, abs: abs})
}

func (w *walker) problem(path, message string) {
	if w.v.problem != nil {
		w.v.problem(diag.Diagnostic{Path: path, Message: message})
	}
}

func (w *walker) passOver(path string) {
	if w.v.passedOver != nil {
		w.v.passedOver(path)
	}
}

func (w *walker) abs(path string) string { return absIn(w.cwd, path) }

// absIn is filepath.Abs without asking for the current folder each time. On
// Windows, where a path may be relative to a drive, only the system knows.
func absIn(cwd, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	if runtime.GOOS == "windows" {
		if abs, err := filepath.Abs(path); err == nil {
			return abs
		}
	}
	return filepath.Join(cwd, path)
}

// passedOverByName reports whether a folder of that name holds no sources of
// the project, as far as its name tells.
func passedOverByName(name string) bool {
	return name[0] == '.' || name == pyc.CacheDir || name == "node_modules"
}

// relOfFile returns source.rel of a file that was named by itself.
func relOfFile(p string) string {
	if c := filepath.Clean(p); filepath.IsLocal(c) {
		return filepath.ToSlash(c)
	}
	return filepath.Base(p)
}

// joinPath joins as os.path.join does, which cleans nothing: the result ends up
// in co_filename.
func joinPath(dir, name string) string {
	if dir == "" {
		return name
	}
	switch last := dir[len(dir)-1]; {
	case os.IsPathSeparator(last), runtime.GOOS == "windows" && last == ':':
		return dir + name
	}
	return dir + string(filepath.Separator) + name
}

// within reports whether path is dir or below it; both are absolute and clean.
func within(dir, path string) bool {
	rest, ok := strings.CutPrefix(path, dir)
	return ok && (rest == "" || os.IsPathSeparator(rest[0]) || os.IsPathSeparator(dir[len(dir)-1]))
}

func nativeToSlash(p string) string { return filepath.ToSlash(p) }

// comparePathNames orders two entries of a folder as the paths below them.
func comparePathNames(a string, aDir bool, b string, bDir bool) int {
	n := min(len(a), len(b))
	if c := strings.Compare(a[:n], b[:n]); c != 0 || a == b {
		return c
	}
	return cmp.Compare(nextByte(a, n, aDir), nextByte(b, n, bDir))
}

func nextByte(name string, i int, dir bool) int {
	switch {
	case i < len(name):
		return int(name[i])
	case dir:
		return '/'
	}
	return -1
}

// cause words an error of the file system without the path and the call, which
// the diagnostic names already.
func cause(err error) string {
	var pe *fs.PathError
	var le *os.LinkError
	var se *os.SyscallError
	switch {
	case errors.As(err, &pe):
		return pe.Err.Error()
	case errors.As(err, &le):
		return le.Err.Error()
	case errors.As(err, &se):
		return se.Err.Error()
	}
	return err.Error()
}
