package precompile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/archive"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// verifyPaths is a selection's paths, sorted by what is done with them.
type verifyPaths struct {
	walk     []string // folders, sources, globs of sources
	archives []archivePath
	caches   []string // caches that were named themselves
}

type archivePath struct {
	path string
	kind archive.Kind
}

// sort tells archives and caches among the paths from what the walk takes.
func (v *verifier) sort(ctx context.Context) (verifyPaths, error) {
	var out verifyPaths
	for _, p := range v.opts.Selection.Paths {
		info, err := os.Stat(p)
		switch {
		case err != nil:
			if _, isGlob, _ := parseGlob(p); isGlob && archive.KindOfName(strings.TrimRight(p, "}")) != archive.None {
				if err := v.globArchives(ctx, p, &out); err != nil {
					return out, err
				}
				continue
			}
			out.walk = append(out.walk, p)
		case info.IsDir() && filepath.Base(p) == pyc.CacheDir:
			for _, name := range v.list(p) {
				if isCacheName(name) {
					out.caches = append(out.caches, joinPath(p, name))
				}
			}
		case info.Mode().IsRegular():
			v.sortFile(p, &out)
		default:
			out.walk = append(out.walk, p)
		}
	}
	return out, nil
}

// sortFile is sort for one regular file.
func (v *verifier) sortFile(p string, out *verifyPaths) {
	switch rel := relOfFile(p); {
	case isCacheName(p):
		if !v.exclude.matchBelow(rel) {
			out.caches = append(out.caches, p)
		}
		return
	case v.include.match(rel, false), filepath.Ext(p) == ".py":
		out.walk = append(out.walk, p)
		return
	case v.exclude.matchBelow(rel):
		return
	}
	kind, err := archive.Detect(p)
	if err != nil {
		v.problem(p, "%s", cause(err))
		return
	}
	if kind == archive.None {
		// An archive that does not look like one is said to be broken later.
		kind = archive.KindOfName(p)
	}
	if kind == archive.None {
		out.walk = append(out.walk, p)
		return
	}
	if !slices.ContainsFunc(out.archives, func(a archivePath) bool { return filepath.Clean(a.path) == filepath.Clean(p) }) {
		out.archives = append(out.archives, archivePath{p, kind})
	}
}

// globArchives expands a glob that names archives.
func (v *verifier) globArchives(ctx context.Context, pattern string, out *verifyPaths) error {
	sel := Selection{
		Paths: []string{pattern}, Exclude: v.opts.Selection.Exclude,
		Include: archive.Globs(), FollowSymlinks: v.opts.Selection.FollowSymlinks,
	}
	return walk(ctx, sel, visitor{
		source: func(s source) error {
			v.sortFile(s.path, out)
			return nil
		},
		problem: v.walkProblem,
	})
}

func (v *verifier) walkProblem(d diag.Diagnostic) { v.problem(d.Path, "%s", d.Message) }

// sourceFolder is one folder with sources.
type sourceFolder struct {
	path, abs string
	pairing   pairing
	// walked reports whether the walk looked at the whole folder; then a cache
	// without a source is an orphan.
	walked bool
	// files are the names of sources and caches in it, if walked.
	files []string
}

// verifyTree gathers what a walk finds.
type verifyTree struct {
	v       *verifier
	outDir  string                   // absolute
	folders map[string]*sourceFolder // by absolute path
	order   []*sourceFolder
	// mirrors are the folders of a mirrored tree. One may be the mirror of
	// several, of roots that OutDir with LayoutLegacy lays over each other.
	mirrors     map[string]*pairing
	mirrorOrder []string
	// gone are folders of the mirrored tree that would be the mirrors of folders
	// which do not exist.
	gone []string
	err  error
}

// tree finds the units of everything that lies in folders.
func (v *verifier) tree(ctx context.Context, paths verifyPaths) ([]*verifyUnit, error) {
	t := &verifyTree{v: v, folders: map[string]*sourceFolder{}, mirrors: map[string]*pairing{}}
	if v.naming.outDir != "" {
		var err error
		if t.outDir, err = filepath.Abs(v.naming.outDir); err != nil {
			return nil, fmt.Errorf("the current folder: %w", err)
		}
	}
	sel := v.opts.Selection
	sel.Paths = paths.walk
	err := walk(ctx, sel, visitor{
		source: func(s source) error {
			t.source(s)
			return t.err
		},
		folder:  t.folder,
		problem: v.walkProblem,
		passedOver: func(path string) {
			t.err = errors.Join(t.err, v.unchecked(path, "a link that leads out of the root, or nowhere"))
		},
	})
	if err = cmp.Or(t.err, err); err != nil {
		return nil, err
	}
	units, err := t.units(ctx)
	if err != nil {
		return nil, err
	}
	return v.namedCaches(units, paths.caches), nil
}

func (t *verifyTree) at(abs, path string) *sourceFolder {
	f := t.folders[abs]
	if f == nil {
		f = &sourceFolder{path: path, abs: abs}
		t.folders[abs] = f
		t.order = append(t.order, f)
	}
	return f
}

func (t *verifyTree) mirror(src source) *pairing {
	dir := t.v.naming.cacheDir(src)
	m := t.mirrors[dir]
	if m == nil {
		m = &pairing{}
		t.mirrors[dir] = m
		t.mirrorOrder = append(t.mirrorOrder, dir)
	}
	return m
}

func (t *verifyTree) source(s source) {
	base := filepath.Base(s.abs)
	u := t.v.newUnit(s.path, s, func(room *[]byte) (verifySource, error) { return readVerifySource(s.path, room) })
	t.at(filepath.Dir(s.abs), spelledDir(s.path)).pairing.add(base, u)
	if t.v.naming.outDir != "" {
		t.mirror(s).add(base, u)
	}
}

func (t *verifyTree) folder(d folder) {
	f := t.at(d.abs, d.path)
	f.path, f.walked, f.pairing.complete = d.path, true, true
	subs := map[string]bool{}
	for _, e := range d.entries {
		name := e.Name()
		switch {
		case e.IsDir():
			subs[name] = true
		case strings.HasSuffix(name, ".py"):
			f.files = append(f.files, name)
			f.pairing.know(stem(name))
		case isCacheName(name):
			f.files = append(f.files, name)
		case archive.KindOfName(name) != archive.None:
			err := t.v.unchecked(joinPath(d.path, name), "an archive inside a folder; it is opened where it is named itself")
			t.err = cmp.Or(t.err, err)
		}
	}
	if t.v.naming.outDir == "" {
		return
	}
	// Any name will do to find the mirror of the folder.
	sample := source{path: joinPath(d.path, "a.py"), rel: path.Join(d.rel, "a.py"), abs: filepath.Join(d.abs, "a.py")}
	m := t.mirror(sample)
	m.complete = true
	for _, name := range f.files {
		if strings.HasSuffix(name, ".py") {
			m.know(stem(name))
		}
	}
	dir := t.v.naming.cacheDir(sample)
	entries, _ := os.ReadDir(dir) // units tells what is wrong with it
	for _, e := range entries {
		if e.IsDir() && !subs[e.Name()] && d.enters(e.Name()) {
			t.gone = append(t.gone, filepath.Join(dir, e.Name()))
		}
	}
}

// units pairs sources and caches.
func (t *verifyTree) units(ctx context.Context) ([]*verifyUnit, error) {
	v := t.v
	var out []*verifyUnit
	for _, f := range t.order {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if t.outDir != "" && within(t.outDir, f.abs) {
			// The mirrored tree itself, met on a walk; its caches are looked at there.
			out = append(out, f.pairing.units...)
			continue
		}
		unchecked := ""
		if t.outDir != "" {
			unchecked = "its cache is asked for below " + v.naming.outDir
		}
		if !f.walked && t.outDir == "" {
			f.files = v.list(f.path)
		}
		legacy := v.naming.layout == LayoutLegacy
		v.pair(&f.pairing, v.placeOnDisk(f.path, f.files, true, legacy && t.outDir == "", unchecked))
		dir := joinPath(f.path, pyc.CacheDir)
		v.pair(&f.pairing, v.placeOnDisk(dir, v.list(dir), false, !legacy && t.outDir == "", unchecked))
		out = append(out, f.pairing.all()...)
	}
	for _, dir := range t.mirrorOrder {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		m := t.mirrors[dir]
		v.pair(m, v.placeOnDisk(dir, v.list(dir), v.naming.layout == LayoutLegacy, true, ""))
		out = append(out, m.orphans...)
	}
	slices.Sort(t.gone)
	for _, dir := range slices.Compact(t.gone) {
		orphans, err := t.goneFolder(ctx, dir)
		if err != nil {
			return nil, err
		}
		out = append(out, orphans...)
	}
	return out, nil
}

// goneFolder returns the units of the caches in and below a folder of the
// mirrored tree that mirrors nothing.
func (t *verifyTree) goneFolder(ctx context.Context, dir string) ([]*verifyUnit, error) {
	if t.mirrors[dir] != nil {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &pairing{complete: true}
	t.v.pair(p, t.v.placeOnDisk(dir, t.v.list(dir), t.v.naming.layout == LayoutLegacy, false, ""))
	out := p.orphans
	entries, _ := os.ReadDir(dir) // list has told what is wrong with it
	for _, e := range entries {
		if e.IsDir() {
			orphans, err := t.goneFolder(ctx, filepath.Join(dir, e.Name()))
			if err != nil {
				return nil, err
			}
			out = append(out, orphans...)
		}
	}
	return out, nil
}

// placeOnDisk is a folder where caches can be.
func (v *verifier) placeOnDisk(dir string, names []string, legacy, required bool, unchecked string) cachePlace {
	return cachePlace{
		names: names, legacy: legacy, required: required, unchecked: unchecked,
		show: func(name string) string { return joinPath(dir, name) },
		read: func(name string, room *[]byte) ([]byte, error) {
			data, _, err := readWhole(joinPath(dir, name), room)
			return data, err
		},
	}
}

// list returns the names of the files in a folder, in order. That there is none
// is no problem.
func (v *verifier) list(dir string) []string {
	entries, err := os.ReadDir(cmp.Or(dir, "."))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.problem(cmp.Or(dir, "."), "cannot read the folder: %s", cause(err))
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		if !e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// namedCaches adds to units those of caches that were named themselves, unless
// they are there already.
func (v *verifier) namedCaches(units []*verifyUnit, named []string) []*verifyUnit {
	if len(named) == 0 {
		return units
	}
	seen := map[string]bool{}
	for _, u := range units {
		for i := range u.caches {
			seen[filepath.Clean(u.caches[i].name)] = true
		}
	}
	for _, name := range named {
		if clean := filepath.Clean(name); seen[clean] {
			continue
		} else {
			seen[clean] = true
		}
		base, dir, legacy := filepath.Base(name), spelledDir(name), true
		of, from := stem(base), dir
		if filepath.Base(dir) == pyc.CacheDir {
			legacy = false
			if f, ok := pyc.ParseCacheName(base); ok {
				of, from = f.Stem, spelledDir(dir)
			}
		}
		p := &pairing{complete: true}
		src := source{path: joinPath(from, of+".py"), rel: relOfFile(joinPath(from, of+".py"))}
		if _, err := os.Stat(src.path); err == nil {
			p.add(of+".py", v.newUnit(src.path, src, func(room *[]byte) (verifySource, error) { return readVerifySource(src.path, room) }))
		}
		v.pair(p, v.placeOnDisk(dir, []string{base}, legacy, false, ""))
		units = append(units, p.all()...)
	}
	return units
}

// readVerifySource reads a source with the time that a header records of it.
func readVerifySource(path string, room *[]byte) (verifySource, error) {
	data, info, err := readWhole(path, room)
	if err != nil {
		return verifySource{}, err
	}
	return verifySource{data: data, mtime: info.mtime, exact: true}, nil
}

// readWhole reads a regular file of bounded size into room, which is grown as needed.
// Links are followed, as an import does.
func readWhole(path string, room *[]byte) ([]byte, fileInfo, error) {
	data, info, err := readFile(path, *room, func(size int64) error {
		if size > maxVerifyFile {
			return fmt.Errorf("%d bytes; the limit is %d", size, maxVerifyFile)
		}
		return nil
	})
	*room = shrink(data)
	return data, info, err
}
