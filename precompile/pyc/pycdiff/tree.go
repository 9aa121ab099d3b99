package pycdiff

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rules-precompile/precompile/precompile/internal/archive"
)

// Report is the difference of two caches or collections.
type Report struct {
	// Pairs are the caches that differ, and with Options.All the others too, in
	// the order of their names.
	Pairs []Pair
	// Count has the number of caches by verdict.
	Count [len(verdictNames)]int
	// Faults are what is wrong with archives.
	Faults []string
}

// OK reports whether there is no difference; with codeOnly, none of code.
func (r *Report) OK(codeOnly bool) bool {
	for v, n := range r.Count {
		if n > 0 && Verdict(v) != Same && !(codeOnly && Verdict(v).EqualCode()) {
			return false
		}
	}
	return len(r.Faults) == 0
}

// Options say what is compared and told.
type Options struct {
	// Context is how many instructions a listing has around the first
	// difference.
	Context int
	// All lists the caches that do not differ as well.
	All bool
	// CodeOnly does not list caches of equal code.
	CodeOnly bool
}

// Paths compares two .pyc files, or two folders or archives, of any kinds.
func Paths(ctx context.Context, a, b string, o Options) (*Report, error) {
	x, err := open(ctx, a)
	if err != nil {
		return nil, err
	}
	defer x.close()
	y, err := open(ctx, b)
	if err != nil {
		return nil, err
	}
	defer y.close()
	r := &Report{Faults: append(x.faults, y.faults...)}
	if x.file != y.file {
		return nil, fmt.Errorf("%s is one file and %s is not: compare two caches, or two of folders and archives", pick(x.file, a, b), pick(x.file, b, a))
	}
	if x.file {
		p, err := files(a, b, o)
		if err != nil {
			return nil, err
		}
		r.add(p, Options{All: true})
		return r, nil
	}
	return r, r.collections(ctx, x, y, o)
}

func pick(first bool, a, b string) string {
	if first {
		return a
	}
	return b
}

// maxFile is how large a single cache may be, in bytes.
const maxFile = 256 << 20

func files(a, b string, o Options) (Pair, error) {
	x, err := readFile(a)
	if err != nil {
		return Pair{}, err
	}
	y, err := readFile(b)
	if err != nil {
		return Pair{}, err
	}
	return Compare(x, y, o.Context), nil
}

func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, more than a cache can have", path, info.Size())
	}
	return os.ReadFile(path)
}

func (r *Report) add(p Pair, o Options) {
	r.Count[p.Verdict]++
	if o.All || p.Verdict != Same && !(o.CodeOnly && p.Verdict.EqualCode()) {
		r.Pairs = append(r.Pairs, p)
	}
}

// batchSize is how many bytes of caches are held at a time.
const batchSize = 64 << 20

func (r *Report) collections(ctx context.Context, x, y *collection, o Options) error {
	hashX, err := x.hashes(ctx)
	if err != nil {
		return err
	}
	hashY, err := y.hashes(ctx)
	if err != nil {
		return err
	}
	all := map[string]bool{}
	for _, n := range x.names {
		all[n] = true
	}
	for _, n := range y.names {
		all[n] = true
	}
	names := make([]string, 0, len(all))
	for n := range all {
		names = append(names, n)
	}
	slices.Sort(names)
	var (
		batch []string
		held  int64
		pairs = map[string]Pair{}
	)
	flush := func() error {
		inX, err := x.fetch(ctx, batch)
		if err != nil {
			return err
		}
		inY, err := y.fetch(ctx, batch)
		if err != nil {
			return err
		}
		for _, n := range batch {
			p := Compare(inX[n], inY[n], o.Context)
			p.Name = n
			pairs[n] = p
		}
		batch, held = batch[:0], 0
		return nil
	}
	for _, n := range names {
		hx, okX := hashX[n]
		hy, okY := hashY[n]
		switch {
		case !okX:
			pairs[n] = Pair{Name: n, Verdict: OnlyInB}
		case !okY:
			pairs[n] = Pair{Name: n, Verdict: OnlyInA}
		case hx.err != nil || hy.err != nil:
			p := Pair{Name: n, Verdict: Unreadable}
			if err := errors.Join(hx.err, hy.err); err != nil {
				p.Error = err.Error()
			}
			pairs[n] = p
		case hx.sum == hy.sum:
			pairs[n] = Pair{Name: n}
		default:
			batch = append(batch, n)
			if held += hx.size + hy.size; held > batchSize {
				if err := flush(); err != nil {
					return err
				}
			}
		}
	}
	if len(batch) > 0 {
		if err := flush(); err != nil {
			return err
		}
	}
	for _, n := range names {
		r.add(pairs[n], o)
	}
	return nil
}

// collection is a folder or an archive.
type collection struct {
	path   string
	file   bool // it is one cache
	names  []string
	faults []string
	arch   *archive.Archive
	index  map[string]int // of entries of arch
}

func isCache(name string) bool { return strings.HasSuffix(name, ".pyc") }

func open(ctx context.Context, path string) (*collection, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	c := &collection{path: path}
	if info.IsDir() {
		return c, c.walk(ctx)
	}
	if isCache(path) {
		c.file = true
		return c, nil
	}
	kind, err := archive.Detect(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if kind == archive.None {
		if kind = archive.KindOfName(path); kind == archive.None {
			c.file = true
			return c, nil
		}
	}
	if c.arch, err = archive.Open(ctx, path, kind, archive.Options{Keep: isCache}); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c.index = make(map[string]int, len(c.arch.Entries))
	for i, e := range c.arch.Entries {
		c.names = append(c.names, e.Name)
		c.index[e.Name] = i
	}
	for _, f := range c.arch.Faults {
		c.faults = append(c.faults, fmt.Sprintf("%s: %s: %s", path, f.Name, f.Message))
	}
	return c, nil
}

func (c *collection) close() {
	if c.arch != nil {
		c.arch.Close()
	}
}

func (c *collection) walk(ctx context.Context) error {
	return filepath.WalkDir(c.path, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case ctx.Err() != nil:
			return ctx.Err()
		case d.IsDir() || !isCache(d.Name()):
			return nil
		}
		rel, err := filepath.Rel(c.path, path)
		if err == nil {
			c.names = append(c.names, filepath.ToSlash(rel))
		}
		return err
	})
}

type hash struct {
	sum  [sha256.Size]byte
	size int64
	err  error
}

// hashes reads every cache once.
func (c *collection) hashes(ctx context.Context) (map[string]hash, error) {
	out := make(map[string]hash, len(c.names))
	err := c.each(ctx, c.names, func(name string, data []byte, err error) {
		h := hash{size: int64(len(data)), err: err}
		if err == nil {
			h.sum = sha256.Sum256(data)
		}
		out[name] = h
	})
	return out, err
}

// fetch reads the caches of the names.
func (c *collection) fetch(ctx context.Context, names []string) (map[string][]byte, error) {
	out := make(map[string][]byte, len(names))
	err := c.each(ctx, names, func(name string, data []byte, err error) {
		if err == nil {
			out[name] = data
		}
	})
	return out, err
}

func (c *collection) each(ctx context.Context, names []string, f func(name string, data []byte, err error)) error {
	if c.arch == nil {
		for _, n := range names {
			if err := ctx.Err(); err != nil {
				return err
			}
			data, err := readFile(filepath.Join(c.path, filepath.FromSlash(n)))
			f(n, data, err)
		}
		return nil
	}
	want := make([]int, len(names))
	for i, n := range names {
		want[i] = c.index[n]
	}
	slices.Sort(want)
	err := c.arch.Fetch(ctx, want, func(i int, data []byte, err error) error {
		f(c.arch.Entries[i].Name, data, err)
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", c.path, err)
	}
	return nil
}
