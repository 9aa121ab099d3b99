package precompile

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// pruner removes caches whose source is gone. While the walk goes it notes what
// each selected folder holds; once everything is written it looks at the
// folders where the caches of these are.
//
// What it takes for a cache depends on the layout of the run. In __pycache__,
// and in a tree mirrored under OutDir, it is a regular file with the name that
// an import of CPython or PyPy would look for, of any version and level; names
// that others give (pytest's rewritten tests) are passed over. With
// LayoutLegacy, where a name tells nothing, it is a .pyc file that starts with
// the magic number of a target of this run; sourceless modules that are kept
// beside others look the same, so that such a tree must not be pruned.
//
// A cache has its source if the selected folder has a file (or link) of that
// stem that ends in .py or .pyw or that Include matches, selected or not. Where
// a folder could not be read to its end, nothing of it is pruned. Folders of
// caches that are empty after that are removed.
type pruner struct {
	*engine
	include globs
	dirs    map[string]*pruneDir // by the folder that the caches are in
	// places are the caches of this run's sources, of the first target and level.
	places  map[string]string
	removed []string
}

// pruneDir is a folder of caches.
type pruneDir struct {
	stems map[string]bool
	// sub are the sub-folders that the selected folders have, and enters tell
	// of each selected folder whether others would be selected. For mirrored
	// trees only: nowhere else are sub-folders those of caches.
	sub        map[string]bool
	enters     []func(name string) bool
	incomplete bool
	// own reports whether the folder is for caches alone, so that it is removed
	// once it is empty.
	own bool
}

func newPruner(e *engine) *pruner {
	p := &pruner{engine: e, dirs: map[string]*pruneDir{}}
	p.include, _ = newGlobs("include", e.o.Selection.Include) // checked by newEngine
	return p
}

// folder is visitor.folder.
func (p *pruner) folder(f folder) {
	mirrored := p.o.OutDir != ""
	var dir string
	switch {
	case p.o.Layout == LayoutLegacy && mirrored:
		dir = filepath.Join(p.o.OutDir, filepath.FromSlash(f.rel))
	case p.o.Layout == LayoutLegacy:
		dir = f.path
	case mirrored:
		dir = p.names.mirror(f.abs)
	default:
		has := func(e fs.DirEntry) bool { return e.Name() == pyc.CacheDir && e.IsDir() }
		if !slices.ContainsFunc(f.entries, has) {
			return
		}
		dir = joinPath(f.path, pyc.CacheDir)
	}
	d := p.dirs[dir]
	if d == nil {
		d = &pruneDir{stems: map[string]bool{}, own: mirrored || p.o.Layout == LayoutPycache}
		p.dirs[dir] = d
	}
	d.incomplete = d.incomplete || f.incomplete
	for _, e := range f.entries {
		name := e.Name()
		if !e.IsDir() && p.isSource(f.rel, name) {
			d.stems[stem(name)] = true
			d.stems[strings.TrimPrefix(stem(name), ".")] = true // ".py" has the stem "py" in __pycache__
		}
		if mirrored && (e.IsDir() || e.Type()&fs.ModeSymlink != 0) {
			if d.sub == nil {
				d.sub = map[string]bool{}
			}
			d.sub[name] = true
		}
	}
	if mirrored {
		d.enters = append(d.enters, f.enters)
	}
}

func (p *pruner) isSource(dir, name string) bool {
	if ext := filepath.Ext(name); ext == ".py" || ext == ".pyw" {
		return true
	}
	if len(p.include) == 0 {
		return false
	}
	if dir != "" {
		name = dir + "/" + name
	}
	return p.include.match(name, false)
}

// run prunes and returns what it removed.
func (p *pruner) run(ctx context.Context, places map[string]string) []string {
	p.places = places
	if p.o.Layout == LayoutLegacy && p.o.OutDir != "" && len(p.problems) > 0 {
		// The trees of all roots are one: what could not be walked may be the
		// source of anything in it.
		return nil
	}
	dirs := make([]string, 0, len(p.dirs))
	for dir := range p.dirs {
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	slices.Reverse(dirs) // what is below a folder comes before it
	for _, dir := range dirs {
		if ctx.Err() != nil {
			break
		}
		if d := p.dirs[dir]; !d.incomplete {
			p.prune(ctx, dir, d)
		}
	}
	slices.Sort(p.removed)
	return p.removed
}

// prune looks at one folder of caches, and at those below it that mirror a
// folder that is gone.
func (p *pruner) prune(ctx context.Context, dir string, d *pruneDir) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			p.cannot(dir, err)
		}
		return
	}
	left := len(entries)
	for _, e := range entries {
		if ctx.Err() != nil {
			return
		}
		name, path := e.Name(), joinPath(dir, e.Name())
		switch {
		case e.IsDir():
			if len(d.enters) == 0 || d.sub[name] || p.dirs[path] != nil {
				continue
			}
			gone := &pruneDir{own: true}
			for _, enters := range d.enters {
				if !enters(name) {
					gone = nil
					break
				}
				gone.enters = append(gone.enters, func(below string) bool { return enters(name + "/" + below) })
			}
			if gone == nil {
				continue
			}
			p.prune(ctx, path, gone)
			if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
				left--
			}
		case !e.Type().IsRegular():
		case atomicfile.IsTemp(name):
			// Of a folder without a source, which no worker came to.
			removed, _, err := atomicfile.Clean(dir)
			p.mu.Lock()
			p.cleaned = append(p.cleaned, removed...)
			p.mu.Unlock()
			if err != nil {
				p.cannot(dir, err)
			}
			left -= len(removed)
		case p.isOrphan(path, name, d):
			if err := os.Remove(path); err != nil {
				if !errors.Is(err, fs.ErrNotExist) {
					p.cannot(path, err)
				}
				continue
			}
			p.removed = append(p.removed, path)
			left--
		}
	}
	if d.own && left == 0 && dir != filepath.Clean(p.o.OutDir) {
		_ = os.Remove(dir) // fails if somebody put something there
	}
}

func (p *pruner) isOrphan(path, name string, d *pruneDir) bool {
	if p.o.Layout == LayoutPycache {
		f, ok := pyc.ParseCacheName(name)
		return ok && isPythonTag(f.Tag) && !d.stems[f.Stem]
	}
	if filepath.Ext(name) != ".pyc" || d.stems[stem(name)] || p.places[path] != "" {
		return false
	}
	f, err := openFile(path, true)
	if err != nil {
		return false
	}
	var head [pyc.HeaderSize]byte
	n := f.readFull(head[:])
	f.close()
	h, err := pyc.ParseHeader(head[:n])
	if err != nil {
		return false
	}
	for i := range p.infos {
		if p.infos[i].Magic == h.Magic {
			return true
		}
	}
	return false
}

// isPythonTag reports whether a cache tag is one of CPython's or PyPy's:
// "cpython-313", "pypy311", or with letters at the end for a special build.
func isPythonTag(tag string) bool {
	rest, ok := strings.CutPrefix(tag, "cpython-")
	if !ok {
		if rest, ok = strings.CutPrefix(tag, "pypy"); !ok {
			return false
		}
	}
	digits := strings.TrimRight(rest, "abcdefghijklmnopqrstuvwxyz")
	return digits != "" && strings.Trim(digits, "0123456789") == ""
}

func (p *pruner) cannot(path string, err error) {
	p.problem(diag.Diagnostic{Path: path, Message: "cannot prune: " + cause(err)})
}
