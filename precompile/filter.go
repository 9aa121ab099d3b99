package precompile

import (
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// globs is a list of patterns as Include, Exclude and IgnoreErrors have them.
//
// A pattern without a slash is matched against a file's or folder's own name,
// one with a slash against its path below the root. A slash at the start only
// says that the path is meant, and one at the end that only folders are.
type globs []globPattern

type globPattern struct {
	text       string
	suffix     string // of a pattern "*" + suffix, which is most of them
	whole      bool   // matched against the path, not the name
	folderOnly bool
}

// newGlobs reads patterns; the error names the one that is malformed.
func newGlobs(option string, patterns []string) (globs, error) {
	gs := make(globs, 0, len(patterns))
	for _, p := range patterns {
		g := globPattern{text: nativeToSlash(p)}
		if t := strings.TrimRight(g.text, "/"); t != g.text {
			g.text, g.folderOnly = t, true
		}
		g.text = strings.TrimPrefix(g.text, "./")
		if t := strings.TrimLeft(g.text, "/"); t != g.text {
			g.text, g.whole = t, true
		}
		if g.text == "" || !doublestar.ValidatePattern(g.text) {
			return nil, &OptionsError{fmt.Sprintf("%s: %q is not a well-formed glob", option, p)}
		}
		g.whole = g.whole || strings.Contains(g.text, "/")
		if s, ok := strings.CutPrefix(g.text, "*"); ok && !g.whole && !strings.ContainsAny(s, globMeta+`\`) {
			g.suffix = s
		}
		gs = append(gs, g)
	}
	return gs, nil
}

// match reports whether a file or folder at rel, slash-separated below its
// root, matches any of the patterns.
func (gs globs) match(rel string, folder bool) bool {
	for i := range gs {
		g := &gs[i]
		if g.folderOnly && !folder {
			continue
		}
		s := rel
		if !g.whole {
			s = path.Base(rel)
		}
		switch {
		case g.suffix != "":
			if strings.HasSuffix(s, g.suffix) {
				return true
			}
		case doublestar.MatchUnvalidated(g.text, s):
			return true
		}
	}
	return false
}

// matchBelow reports whether rel or one of the folders that it lies in matches.
// The walk has no need of it, since it does not enter what is excluded; for a
// source that is looked at by itself the folders count as well.
func (gs globs) matchBelow(rel string) bool {
	if len(gs) == 0 {
		return false
	}
	if gs.match(rel, false) {
		return true
	}
	for i := len(rel) - 1; i > 0; i-- {
		if rel[i] == '/' && gs.match(rel[:i], true) {
			return true
		}
	}
	return false
}

const globMeta = "*?[{"

// glob is a path of the command line that is a pattern.
type glob struct {
	base    string // what stands before the first component with a wildcard; ends in a slash or is empty
	pattern string // the rest, matched against paths below base
	// prefix are the leading components of pattern that can be matched one by
	// one, which spares reading folders where nothing can match.
	prefix []string
	// exact reports whether prefix is the whole pattern, so that nothing deeper
	// than it can match.
	exact bool
}

// parseGlob splits a pattern. ok is false for a path without wildcards.
func parseGlob(p string) (g glob, ok bool, err error) {
	if !strings.ContainsAny(p, globMeta) {
		return g, false, nil
	}
	p = nativeToSlash(p)
	i := strings.IndexAny(p, globMeta)
	i = strings.LastIndexByte(p[:i], '/') + 1
	g.base, g.pattern = p[:i], strings.TrimRight(p[i:], "/")
	if !doublestar.ValidatePattern(g.pattern) {
		return g, true, fmt.Errorf("not a well-formed glob")
	}
	if !strings.Contains(g.pattern, "{") && !strings.Contains(g.pattern, `\`) {
		g.prefix, g.exact = strings.Split(g.pattern, "/"), true
		for i, c := range g.prefix {
			if strings.Contains(c, "**") {
				g.prefix, g.exact = g.prefix[:i], false
				break
			}
		}
	}
	return g, true, nil
}

// mayEnter reports whether a path below the folder rel can match.
func (g *glob) mayEnter(rel string) bool {
	if g.prefix == nil {
		return true
	}
	depth := strings.Count(rel, "/") + 1
	if g.exact && depth >= len(g.prefix) {
		return false
	}
	n := min(depth, len(g.prefix))
	parts := strings.SplitN(rel, "/", n+1)
	for i := range n {
		if !doublestar.MatchUnvalidated(g.prefix[i], parts[i]) {
			return false
		}
	}
	return true
}

// names reports whether the pattern spells out the last component of rel, so
// that a folder which wildcards pass over was asked for by name.
func (g *glob) names(rel string) bool {
	depth := strings.Count(rel, "/")
	return depth < len(g.prefix) && g.prefix[depth] == path.Base(rel)
}
