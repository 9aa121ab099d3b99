package precompile

import (
	"path/filepath"
	"strings"

	"github.com/rules-precompile/precompile/precompile/pyc"
)

// verifyUnit is one source with the caches that are its own and those that it
// lacks, or a cache that has no source.
type verifyUnit struct {
	// source is the name that is shown, empty where there is none.
	source string
	// filename is the co_filename that must have been compiled in, where the
	// options say (named); filenameErr is why they cannot for this source.
	filename    string
	named       bool
	filenameErr error
	// tolerated reports whether IgnoreErrors has the source.
	tolerated bool
	read      func() (verifySource, error)
	entry     int // in an archive
	caches    []verifyCache
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
	read   func() ([]byte, error)
	entry  int // in an archive
}

// pairing is what is known of one folder of sources when its caches are paired
// with them by name.
type pairing struct {
	units  []*verifyUnit
	byStem map[string][]*verifyUnit // selected sources, by name without extension
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
	read      func(name string) ([]byte, error)
	entry     func(name string) int // in an archive, else nil
}

func (p *pairing) add(base string, u *verifyUnit) {
	if p.byStem == nil {
		p.byStem = map[string][]*verifyUnit{}
	}
	p.units = append(p.units, u)
	p.byStem[stem(base)] = append(p.byStem[stem(base)], u)
}

// pair gives the caches of one place to the sources of p, and adds to orphans
// those that have none. Two sources of one stem both get the cache; it cannot
// be right for both.
func (v *verifier) pair(p *pairing, c cachePlace) {
	there := map[string]bool{}
	for _, name := range c.names {
		if len(name) <= len(".pyc") || !strings.HasSuffix(name, ".pyc") {
			continue
		}
		there[name] = true
		cache := verifyCache{name: c.show(name), target: -1, level: -1, unchecked: c.unchecked, read: func() ([]byte, error) { return c.read(name) }}
		if c.entry != nil {
			cache.entry = c.entry(name)
		}
		of := stem(name)
		if c.legacy {
			if v.naming.layout == LayoutLegacy {
				cache.target, cache.level = 0, v.levels[0]
			}
		} else if f, ok := pyc.ParseCacheName(name); ok {
			of = f.Stem
			v.readName(f, &cache)
		} else {
			// Only an import of a package __pycache__ would run it.
			if p.complete {
				cache.orphan = "no import of a source looks for a cache of that name"
				p.orphans = append(p.orphans, &verifyUnit{caches: []verifyCache{cache}})
			}
			continue
		}
		switch units := p.byStem[of]; {
		case len(units) > 0:
			for _, u := range units {
				u.caches = append(u.caches, cache)
			}
		case !p.complete:
		case p.known[of]:
			if cache.unchecked == "" {
				cache.unchecked = "its source is not selected"
			}
			p.orphans = append(p.orphans, &verifyUnit{caches: []verifyCache{cache}})
		default:
			if c.legacy && c.unchecked != "" {
				cache.unchecked = "" // imports run it, wherever caches are asked for
			}
			cache.orphan = "no source " + of + ".py"
			p.orphans = append(p.orphans, &verifyUnit{caches: []verifyCache{cache}})
		}
	}
	if !c.required {
		return
	}
	for s, units := range p.byStem {
		for i, t := range v.opts.Targets {
			for _, level := range v.levels {
				name := s + ".pyc"
				if !c.legacy {
					name = pyc.CacheName(s+".py", t.Version.CacheTag(), level)
				}
				if there[name] {
					continue
				}
				for _, u := range units {
					u.caches = append(u.caches, verifyCache{name: c.show(name), target: i, level: level, missing: true})
				}
			}
		}
	}
}

// readName takes target and level from a PEP 3147 name.
func (v *verifier) readName(f pyc.CacheFile, c *verifyCache) {
	target, known := v.byTag[f.Tag]
	if !known {
		if c.unchecked == "" {
			c.unchecked = "its tag " + quoteShort(f.Tag) + " is not of a target asked for"
		}
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
		if c.unchecked == "" {
			c.unchecked = "no compiler has an optimise level " + quoteShort(f.Optimize)
		}
	}
}

// newUnit makes the unit of a source, as yet without caches. name is what is
// shown of it.
func (v *verifier) newUnit(name string, src source, read func() (verifySource, error)) *verifyUnit {
	u := &verifyUnit{source: name, read: read, tolerated: v.ignore.matchBelow(src.rel)}
	if v.naming.strip != "" || v.naming.prepend != "" {
		u.named = true
		u.filename, u.filenameErr = v.naming.filename(src)
	}
	return u
}

// all returns the units of a folder, orphans included.
func (p *pairing) all() []*verifyUnit { return append(p.units, p.orphans...) }

// isCacheName reports whether a file is a cache by its name.
func isCacheName(name string) bool { return filepath.Ext(name) == ".pyc" }
