package precompile

import (
	"context"
	"errors"
	"path"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/internal/archive"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// fetchAtOnce is how many bytes of a tar's sources and caches are held at once.
// A layer with more is passed over several times.
const fetchAtOnce = 128 << 20

// archive judges what is in one archive.
func (v *verifier) archive(ctx context.Context, ap archivePath) error {
	a, err := archive.Open(ctx, ap.path, ap.kind, archive.Options{Limits: v.limits, Keep: v.keep})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		v.problem(ap.path, "%s", cause(err))
		return nil
	}
	defer a.Close()
	for _, f := range a.Faults {
		if f.Name == "" {
			v.problem(ap.path, "%s", f.Message)
		} else {
			v.problem(inside(ap.path, f.Name), "%s", f.Message)
		}
	}
	r := &archiveReader{Archive: a}
	units, err := v.archiveUnits(ap.path, r)
	if err != nil {
		return err
	}
	v.announce(units)
	if a.Random() {
		return v.judge(ctx, units)
	}
	for len(units) > 0 {
		n, want := r.batch(units, v.fetchAtOnce)
		if err := r.load(ctx, want); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			v.problem(ap.path, "%s", cause(err))
			return nil
		}
		if err := v.judge(ctx, units[:n]); err != nil {
			return err
		}
		units = units[n:]
	}
	return nil
}

// inside is how a name in an archive is shown.
func inside(archive, name string) string { return archive + "!" + name }

// keep reports whether an entry of an archive matters.
func (v *verifier) keep(name string) bool {
	return isCacheName(name) || v.include.match(name, false) || strings.HasSuffix(name, ".py") || archive.KindOfName(name) != archive.None
}

// archiveFolder is one folder of an archive.
type archiveFolder struct {
	pairing pairing
	// beside and cached are the caches in it and in its __pycache__: indexes of
	// entries by name.
	beside, cached map[string]int
}

// archiveUnits pairs the entries of an archive as tree does the files of a
// folder.
func (v *verifier) archiveUnits(shown string, r *archiveReader) ([]*verifyUnit, error) {
	folders := map[string]*archiveFolder{}
	var order []*archiveFolder
	at := func(dir string) *archiveFolder {
		f := folders[dir]
		if f == nil {
			f = &archiveFolder{pairing: pairing{complete: true}, beside: map[string]int{}, cached: map[string]int{}}
			folders[dir] = f
			order = append(order, f)
		}
		return f
	}
	places := map[*archiveFolder]string{}
	for i := range r.Entries {
		e := &r.Entries[i]
		dir, base := path.Split(e.Name)
		dir = strings.TrimSuffix(dir, "/")
		owner, inCache := dir, path.Base(dir) == pyc.CacheDir
		if inCache {
			owner = strings.TrimSuffix(strings.TrimSuffix(dir, pyc.CacheDir), "/")
		}
		if v.folderExcluded(owner) {
			continue
		}
		f := at(owner)
		places[f] = owner
		switch {
		case isCacheName(base) && inCache:
			f.cached[base] = i
		case isCacheName(base):
			f.beside[base] = i
		case archive.KindOfName(base) != archive.None:
			if err := v.unchecked(inside(shown, e.Name), "an archive inside an archive"); err != nil {
				return nil, err
			}
		case inCache:
			// Nothing that lies in a __pycache__ is a source.
		default:
			if strings.HasSuffix(base, ".py") {
				f.pairing.know(stem(base))
			}
			if v.include.match(e.Name, false) && !v.exclude.match(e.Name, false) {
				src := source{path: e.Name, rel: e.Name, abs: "/" + e.Name}
				f.pairing.add(base, v.newArchiveUnit(inside(shown, e.Name), src, i, r))
			}
		}
	}
	var out []*verifyUnit
	for _, f := range order {
		legacy := v.naming.layout == LayoutLegacy
		dir := places[f]
		v.pair(&f.pairing, v.placeInArchive(shown, dir, f.beside, true, legacy, r))
		v.pair(&f.pairing, v.placeInArchive(shown, path.Join(dir, pyc.CacheDir), f.cached, false, !legacy, r))
		out = append(out, f.pairing.all()...)
	}
	return out, nil
}

func (v *verifier) newArchiveUnit(shown string, src source, entry int, r *archiveReader) *verifyUnit {
	u := v.newUnit(shown, src, func(*[]byte) (verifySource, error) {
		data, err := r.read(entry)
		e := &r.Entries[entry]
		return verifySource{data: data, mtime: e.ModTime, exact: e.Exact}, err
	})
	u.entry = entry
	return u
}

func (v *verifier) placeInArchive(shown, dir string, entries map[string]int, legacy, required bool, r *archiveReader) cachePlace {
	c := cachePlace{
		legacy: legacy, required: required,
		show:  func(name string) string { return inside(shown, path.Join(dir, name)) },
		read:  func(name string, _ *[]byte) ([]byte, error) { return r.read(entries[name]) },
		entry: func(name string) int { return entries[name] },
	}
	for name := range entries {
		c.names = append(c.names, name)
	}
	slices.Sort(c.names)
	return c
}

// folderExcluded reports whether Exclude has a folder or one above it.
func (v *verifier) folderExcluded(dir string) bool {
	for dir != "" {
		if v.exclude.match(dir, true) {
			return true
		}
		i := strings.LastIndexByte(dir, '/')
		if i < 0 {
			return false
		}
		dir = dir[:i]
	}
	return false
}

// archiveReader hands out the contents of an archive's entries: of a zip as
// they are asked for, of a tar from what was loaded before.
type archiveReader struct {
	*archive.Archive
	loaded map[int]loadedEntry
}

type loadedEntry struct {
	data []byte
	err  error
}

var errNotLoaded = errors.New("the entry was not read")

func (r *archiveReader) read(i int) ([]byte, error) {
	if r.Random() {
		return r.Read(i)
	}
	e, ok := r.loaded[i]
	if !ok {
		return nil, errNotLoaded
	}
	return e.data, e.err
}

// batch returns how many of units fit in size bytes together, at least one, and
// the entries that they need.
func (r *archiveReader) batch(units []*verifyUnit, size int64) (n int, want []int) {
	seen := map[int]bool{}
	need := func(i int) int64 {
		if i < 0 || seen[i] {
			return 0
		}
		seen[i] = true
		want = append(want, i)
		if r.Entries[i].Err != nil {
			return 0
		}
		return r.Entries[i].Size
	}
	var total int64
	for n < len(units) && (n == 0 || total < size) {
		u := units[n]
		if u.source != "" {
			total += need(u.entry)
		}
		for i := range u.caches {
			if c := &u.caches[i]; !c.missing && c.unchecked == "" {
				total += need(c.entry)
			}
		}
		n++
	}
	return n, want
}

// load reads entries, in place of those loaded before.
func (r *archiveReader) load(ctx context.Context, want []int) error {
	r.loaded = make(map[int]loadedEntry, len(want))
	return r.Fetch(ctx, want, func(i int, data []byte, err error) error {
		r.loaded[i] = loadedEntry{data, err}
		return nil
	})
}
