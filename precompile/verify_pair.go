package precompile

import (
	"cmp"
	"path/filepath"
	"slices"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// verifyUnit is one source with the caches that are its own and those that it
// lacks, or a cache that has no source.
type verifyUnit struct {
	// source is the name that is shown, empty where there is none.
	source string
	// path is the source's, in an archive the one inside it.
	path string
	// filename is the co_filename that must have been compiled in, where the
	// options say (named); filenameErr is why they cannot for this source.
	filename    string
	named       bool
	filenameErr error
	// tolerated reports whether IgnoreErrors has the source.
	tolerated bool
	// read reads the source, with the memory in room or what it then leaves there.
	read   func(room *[]byte) (verifySource, error)
	entry  int // in an archive
	caches []verifyCache
}

// verifyCache is one file that is, or should be, a cache.
type verifyCache struct {
	name string // as shown
	// target is an index of the options' targets, or -1: the magic decides.
	target int
	// level is the optimise level, or -1: any of them will do.
	level int
	// missing reports that the file is not there.
	missing bool
	// unchecked says why the file is not looked into.
	unchecked string
	// orphan says what is missing around a cache that has no source.
	orphan string
	read   func(room *[]byte) ([]byte, error) // as the unit's
	entry  int                                // in an archive
}

// pairing is what is known of one folder of sources when its caches are paired
// with them by name.
type pairing struct {
	units []*verifyUnit
	bases []string // the file name of each unit's source
	// byStem are the units by their source's name without extension.
	byStem map[string][]*verifyUnit
	// known are the stems of all sources that exist, whether selected or not.
	known map[string]bool
	// complete reports whether all sources of the folder are known, so that a
	// cache without one is an orphan and not just another's.
	complete bool
	// orphans are units of caches that no source was found for.
	orphans []*verifyUnit
}

// know notes that a source exists.
func (p *pairing) know(stem string) {
	if p.known == nil {
		p.known = map[string]bool{}
	}
	p.known[stem] = true
}

// cachePlace is the content of one place where the caches of a folder can be.
type cachePlace struct {
	// names are the file names in it.
	names []string
	// legacy tells a place of a.pyc files from one of PEP 3147 names.
	legacy bool
	// required reports whether this is where the layout has them; then a source
	// that has none here lacks it.
	required bool
	// unchecked, where set, says why caches here are not looked into.
	unchecked string
	show      func(name string) string
	read      func(name string, room *[]byte) ([]byte, error)
	entry     func(name string) int // in an archive, else nil
}

func (p *pairing) add(base string, u *verifyUnit) {
	if p.byStem == nil {
		p.byStem = map[string][]*verifyUnit{}
	}
	p.units, p.bases = append(p.units, u), append(p.bases, base)
	p.byStem[stem(base)] = append(p.byStem[stem(base)], u)
}

// slot is a cache that a source has or may have.
type slot struct {
	unit          *verifyUnit
	target, level int
}

// slots returns the caches that the sources of p can have in a place, by name:
// of each target, at every level. A source's legacy cache says by its magic
// what it is, unless the layout does.
func (v *verifier) slots(p *pairing, legacy bool) map[string][]slot {
	out := map[string][]slot{}
	for i, u := range p.units {
		base := p.bases[i]
		if legacy {
			s := slot{u, -1, -1}
			if v.naming.layout == LayoutLegacy {
				s.target, s.level = 0, v.levels[0]
			}
			name := stem(base) + ".pyc"
			out[name] = append(out[name], s)
			continue
		}
		for t := range v.opts.Targets {
			for level := range 3 {
				name := pyc.CacheName(base, v.tags[t], level)
				out[name] = append(out[name], slot{u, t, level})
			}
		}
	}
	return out
}

// pair gives the caches of one place to the sources of p, and adds to orphans
// those that have none. Two sources of one stem both get the cache; it cannot
// be right for both.
func (v *verifier) pair(p *pairing, c cachePlace) {
	slots := v.slots(p, c.legacy)
	there := map[string]bool{}
	for _, name := range c.names {
		if !isCacheName(name) {
			continue
		}
		there[name] = true
		cache := verifyCache{name: c.show(name), target: -1, level: -1, unchecked: c.unchecked, read: func(room *[]byte) ([]byte, error) { return c.read(name, room) }}
		if c.entry != nil {
			cache.entry = c.entry(name)
		}
		if of := slots[name]; len(of) > 0 {
			for _, s := range of {
				cache.target, cache.level = s.target, s.level
				s.unit.caches = append(s.unit.caches, cache)
			}
		} else if p.complete || !c.legacy {
			v.pairOther(p, c.legacy, name, cache)
		}
	}
	if !c.required {
		return
	}
	for name, of := range slots {
		for _, s := range of {
			if !there[name] && slices.Contains(v.levels, s.level) {
				s.unit.caches = append(s.unit.caches, verifyCache{name: c.show(name), target: s.target, level: s.level, missing: true})
			}
		}
	}
}

// pairOther is pair for a cache of no target's and no selected source's.
func (v *verifier) pairOther(p *pairing, legacy bool, name string, cache verifyCache) {
	of := stem(name)
	if legacy {
		if v.naming.layout == LayoutLegacy {
			cache.target, cache.level = 0, v.levels[0]
		}
	} else {
		f, ok := pyc.ParseCacheName(name)
		if !ok {
			// Only an import of a package __pycache__ would run it.
			if p.complete {
				cache.orphan = "no import of a source looks for a cache of that name"
				p.orphans = append(p.orphans, &verifyUnit{caches: []verifyCache{cache}})
			}
			return
		}
		of = f.Stem
		v.readName(f, &cache)
	}
	switch units := p.byStem[of]; {
	case len(units) > 0:
		for _, u := range units {
			u.caches = append(u.caches, cache)
		}
		return
	case !p.complete:
		return
	case p.known[of]:
		if cache.unchecked == "" {
			cache.unchecked = "its source is not selected"
		}
	default:
		if legacy {
			cache.unchecked = "" // imports run it, wherever caches are asked for
		}
		cache.orphan = "no source " + of + ".py"
	}
	p.orphans = append(p.orphans, &verifyUnit{caches: []verifyCache{cache}})
}

// readName takes target and level from a PEP 3147 name, and says why a cache of
// another's is not looked into.
func (v *verifier) readName(f pyc.CacheFile, c *verifyCache) {
	target, known := v.byTag[f.Tag]
	if !known {
		c.unchecked = cmp.Or(c.unchecked, "its tag "+quoteShort(f.Tag)+" is not of a target asked for")
		return
	}
	c.target = target
	switch f.Optimize {
	case "":
		c.level = 0
	case "1":
		c.level = 1
	case "2":
		c.level = 2
	default:
		c.unchecked = cmp.Or(c.unchecked, "no compiler has an optimise level "+quoteShort(f.Optimize))
	}
}

// newUnit makes the unit of a source, as yet without caches. name is what is
// shown of it.
func (v *verifier) newUnit(name string, src source, read func(*[]byte) (verifySource, error)) *verifyUnit {
	u := &verifyUnit{source: name, path: src.path, read: read, tolerated: v.ignore.matchBelow(src.rel)}
	if v.naming.strip != "" || v.naming.prepend != "" {
		u.named = true
		u.filename, u.filenameErr = v.naming.filename(src)
	}
	return u
}

// all returns the units of a folder, orphans included.
func (p *pairing) all() []*verifyUnit { return append(p.units, p.orphans...) }

// isCacheName reports whether a file is a cache by its name.
func isCacheName(name string) bool {
	return filepath.Ext(name) == ".pyc" && filepath.Base(name) != ".pyc"
}
