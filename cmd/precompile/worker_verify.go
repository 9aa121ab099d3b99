package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile"
	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/report"
)

// pycManifest is what pyc_verify_test writes: words between tabs, one record a
// line. All paths are relative to the root of the test's runfiles, which is the
// working folder; a short path is one of Bazel's, relative to the main
// repository's folder there.
//
//	workspace    NAME                 the main repository's folder
//	compiler     WORD                 as --compiler
//	interpreter  VERSION PATH         one that the toolchain has
//	file|tree    VERSION LEVEL MODE LAYOUT NAME PLACE SOURCE CACHE
//
// The last says that CACHE (a short path), made of SOURCE (a short path) under
// the NAME that is compiled in, belongs at PLACE.
type pycManifest struct {
	compiler     precompile.CompilerChoice
	interpreters map[string]string
	kinds        []pycKind // in the order of the manifest
}

// pycKind is the caches that one call of verify looks at.
type pycKind struct {
	version pyc.Version
	level   int
	mode    pyc.Mode
	layout  precompile.Layout
	pairs   []pycPair
}

type pycPair struct {
	tree                       bool
	name, place, source, cache string
}

func parsePycManifest(text string) (*pycManifest, error) {
	m := &pycManifest{interpreters: map[string]string{}}
	workspace := ""
	kinds := map[string]int{}
	real := func(short string) string {
		if rest, ok := strings.CutPrefix(short, "../"); ok {
			return filepath.FromSlash(rest)
		}
		return filepath.Join(workspace, filepath.FromSlash(short))
	}
	n := 0
	for line := range strings.Lines(text) {
		n++
		w := strings.Split(strings.TrimRight(line, "\n"), "\t")
		var err error
		switch {
		case w[0] == "workspace" && len(w) == 2:
			workspace = w[1]
		case w[0] == "compiler" && len(w) == 2:
			m.compiler, err = precompile.ParseCompilerChoice(w[1])
		case w[0] == "interpreter" && len(w) == 3:
			m.interpreters[w[1]] = w[2]
		case (w[0] == "file" || w[0] == "tree") && len(w) == 9:
			key := strings.Join(w[1:5], "\t")
			i, seen := kinds[key]
			if !seen {
				i = len(m.kinds)
				kinds[key] = i
				var k pycKind
				k, err = parsePycKind(w[1:5])
				m.kinds = append(m.kinds, k)
			}
			m.kinds[i].pairs = append(m.kinds[i].pairs, pycPair{w[0] == "tree", w[5], w[6], real(w[7]), real(w[8])})
		default:
			err = fmt.Errorf("not a record")
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return m, nil
}

func parsePycKind(w []string) (k pycKind, err error) {
	if k.version, err = pyc.ParseVersion(w[0]); err != nil {
		return k, err
	}
	if k.level, err = strconv.Atoi(w[1]); err != nil {
		return k, err
	}
	if k.mode, err = pyc.ParseMode(w[2]); err != nil {
		return k, err
	}
	k.layout, err = precompile.ParseLayout(w[3])
	return k, err
}

// interpreter is the one for a version, or "".
func (m *pycManifest) interpreter(v pyc.Version) string {
	if p := m.interpreters[v.String()]; p != "" {
		return p
	}
	return m.interpreters[v.Series()]
}

// verifyManifest is `precompile worker --verify=FILE`, what a pyc_verify_test
// runs: every cache of the manifest is put in its place beside its source, below
// a folder of links, and verified there.
func (a *app) verifyManifest(ctx context.Context, path string) error {
	text, err := a.readFile(path)
	if err != nil {
		return usagef("worker: cannot read the manifest: %s", cause(err))
	}
	m, err := parsePycManifest(string(text))
	if err != nil {
		return usagef("worker: %s: %s", diag.Name(path), err)
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	for _, k := range m.kinds {
		if err := a.verifyKind(ctx, m, k, root); err != nil {
			return err
		}
	}
	if len(m.kinds) == 0 {
		a.notef("there are no caches to verify")
	}
	return nil
}

func (a *app) verifyKind(ctx context.Context, m *pycManifest, k pycKind, root string) error {
	stage, err := os.MkdirTemp(a.getenv("TEST_TMPDIR"), "verify")
	if err != nil {
		return err
	}
	defer os.RemoveAll(stage)
	s := &pycStage{root: root, dir: stage}
	for _, p := range k.pairs {
		if err := s.add(p); err != nil {
			return err
		}
	}
	compiler, err := a.openForBazel(ctx, m, k.version)
	if err != nil {
		return usagef("Python %s: %s", k.version, err)
	}
	defer compiler.Close()
	// Names are compared with those that are compiled in, so that they have to be
	// what they are in the runfiles.
	if err := os.Chdir(stage); err != nil {
		return err
	}
	defer os.Chdir(root)
	info := compiler.Info()
	r, err := a.engine.verify(ctx, precompile.VerifyOptions{
		Selection: precompile.Selection{Files: s.sources},
		Targets:   []precompile.VerifyTarget{{Version: info.Target, Magic: info.Magic, Compiler: compiler}},
		Optimize:  []int{k.level}, Modes: []pyc.Mode{k.mode}, Layout: k.layout, StripPrefix: ".",
		// A source that need not compile has an empty cache, which was not staged.
		IgnoreErrors: []string{"**"},
	})
	if r != nil {
		t := report.Text{Verbose: true}
		out, errs := t.Verify(r, report.Meta{Version: a.version.Version, TargetBy: "the build", Optimize: []int{k.level}, Modes: []pyc.Mode{k.mode}})
		a.stdout.put(out)
		a.stderr.put(errs)
		if !r.OK() {
			a.code = exitFailed
		}
	}
	return err
}

// openForBazel opens the compiler that the build's actions have.
func (a *app) openForBazel(ctx context.Context, m *pycManifest, v pyc.Version) (backend.Compiler, error) {
	o := compilerRequest{CompilerOptions: precompile.CompilerOptions{Compiler: m.compiler, Target: v, Getenv: a.getenv}}
	if m.compiler == precompile.CompilerAuto {
		o.Compiler = precompile.CompilerEmbedded
		if c, err := a.engine.open(ctx, o); err == nil {
			return c, nil
		}
		o.Compiler = precompile.CompilerCPython
	}
	if o.Compiler == precompile.CompilerCPython {
		if o.Interpreter = m.interpreter(v); o.Interpreter == "" {
			return nil, fmt.Errorf("the toolchain has no compiler for it")
		}
		if !filepath.IsAbs(o.Interpreter) {
			o.Interpreter = filepath.FromSlash("./" + o.Interpreter)
		}
	}
	return a.engine.open(ctx, o)
}

// pycStage is a folder with sources and caches where imports look for them.
type pycStage struct {
	root, dir string
	sources   []string // relative to dir
}

func (s *pycStage) add(p pycPair) error {
	if !p.tree {
		if err := s.link(p.source, p.name, true); err != nil {
			return err
		}
		return s.link(p.cache, p.place, false)
	}
	for _, part := range []struct{ from, to, ending string }{{p.source, p.name, ".py"}, {p.cache, p.place, ".pyc"}} {
		from, err := filepath.EvalSymlinks(filepath.Join(s.root, part.from))
		if err != nil {
			return err
		}
		err = filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != part.ending {
				return err
			}
			rel, err := filepath.Rel(from, path)
			if err != nil {
				return err
			}
			if info, err := os.Stat(path); err != nil || info.IsDir() {
				return err
			}
			return s.link(path, filepath.Join(part.to, rel), part.ending == ".py")
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// link puts a file of the runfiles into the stage. Two targets may list one
// source; then both have caches for it, which must be the same.
func (s *pycStage) link(from, to string, source bool) error {
	if !filepath.IsAbs(from) {
		from = filepath.Join(s.root, from)
	}
	if !source {
		if info, err := os.Stat(from); err == nil && info.Size() == 0 {
			return nil
		}
	}
	place := filepath.Join(s.dir, filepath.FromSlash(to))
	if err := os.MkdirAll(filepath.Dir(place), 0o777); err != nil {
		return err
	}
	if other, err := os.ReadFile(place); err == nil {
		mine, err := os.ReadFile(from)
		if err != nil {
			return err
		}
		if string(mine) != string(other) {
			return fmt.Errorf("there are two different files for %s", to)
		}
		return nil
	}
	if source {
		s.sources = append(s.sources, filepath.FromSlash(to))
	}
	return os.Symlink(from, place)
}
