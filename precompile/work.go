package precompile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rules-precompile/precompile/precompile/backend"
	"github.com/rules-precompile/precompile/precompile/diag"
	"github.com/rules-precompile/precompile/precompile/internal/atomicfile"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// worker is what works on one source after another. Its buffers are reused.
type worker struct {
	*engine
	src, out, old []byte
	stale         []bool
	want          []byte // the headers that the caches should have, one a target
}

func (w *worker) do(ctx context.Context, j job) {
	j.dir.clean.Do(func() { w.clean(j.dir) })
	caches, finished := w.source(ctx, j)
	w.src, w.out, w.old = shrink(w.src), shrink(w.out), shrink(w.old)
	if !finished {
		return
	}
	w.finish(j.source.path, caches)
	if w.o.FailFast {
		for i := range caches {
			if caches[i].Status == Failed {
				w.stop()
			}
		}
	}
}

func shrink(b []byte) []byte {
	if cap(b) > keepBuffer {
		return nil
	}
	return b
}

// clean removes what killed runs left in a folder of caches.
func (w *worker) clean(dir *cacheDir) {
	removed, empty, err := atomicfile.Clean(dir.path)
	dir.empty = empty
	w.mu.Lock()
	w.cleaned = append(w.cleaned, removed...)
	w.mu.Unlock()
	if err != nil {
		w.problem(diag.Diagnostic{Path: dir.path, Message: "cannot remove what a killed run left: " + cause(err)})
	}
}

// source brings the caches of one source up to date. finished is false where
// ctx ended before that was done.
func (w *worker) source(ctx context.Context, j job) (caches []CacheReport, finished bool) {
	s := j.source
	caches = make([]CacheReport, 0, len(w.infos)*len(w.levels))
	for i := range w.infos {
		for _, level := range w.levels {
			caches = append(caches, CacheReport{
				Source: s.path, Cache: w.names.cachePath(s, w.tags[i], level), Target: w.infos[i].Target, Optimize: level,
				Status: Unchanged,
			})
		}
	}
	// A fault of the source is one of all its caches.
	fail := func(message string) ([]CacheReport, bool) {
		for i := range caches {
			w.fault(&caches[i], s, &diag.Diagnostic{Message: message}, false)
		}
		return caches, true
	}
	if j.fault != "" {
		return fail(j.fault)
	}
	filename, err := w.names.filename(s)
	if err != nil {
		return fail(err.Error())
	}

	var info fileInfo
	var src []byte
	// Without hashes the source need not be read to be compared.
	read := w.o.Mode != pyc.Timestamp || w.force()
	if !read {
		if info, err = statFile(s.path); err == nil {
			err = info.notRegular()
		}
	}
	for {
		if read && err == nil {
			src, info, err = readSource(s.path, w.src)
			w.src = src
		}
		if err != nil {
			return fail("cannot read the source: " + cause(err))
		}
		stale := w.compare(j.dir, caches, src, info)
		if !stale || read {
			break
		}
		read = true // and compare again, with the time and size of what was read
	}
	for i := range caches {
		if !w.stale[i] || caches[i].Status != Unchanged {
			continue
		}
		if finished := w.compile(ctx, &caches[i], i/len(w.levels), s, src, filename, info); !finished {
			return nil, false
		}
	}
	if w.o.DeleteSource && inPlace(caches) {
		w.mu.Lock()
		w.deletable = append(w.deletable, deletable{s.path, caches[0].Cache, info})
		w.mu.Unlock()
	}
	return caches, true
}

// force reports whether everything is compiled, up to date or not. A source is
// never deleted for a cache of which only the header was looked at.
func (w *worker) force() bool { return w.o.Force || w.o.DeleteSource }

func inPlace(caches []CacheReport) bool {
	for i := range caches {
		if s := caches[i].Status; s != Compiled && s != Unchanged {
			return false
		}
	}
	return true
}

// compare fills w.want and w.stale and reports whether anything is to be done.
// Caches whose place is taken fail here.
func (w *worker) compare(dir *cacheDir, caches []CacheReport, src []byte, info fileInfo) (stale bool) {
	stamp := info.stamp()
	if e := w.o.SourceDateEpoch; e != nil && stamp.MTime.After(*e) {
		stamp.MTime = *e
	}
	w.want, w.stale = w.want[:0], w.stale[:0]
	for i := range w.infos {
		w.want = pyc.NewHeader(w.infos[i].Magic, w.o.Mode, src, stamp).Append(w.want)
	}
	for i := range caches {
		c := &caches[i]
		if c.Status != Unchanged {
			w.stale = append(w.stale, false)
			continue
		}
		var fresh bool
		var err error
		if !dir.empty {
			fresh, err = startsAs(c.Cache, w.header(i/len(w.levels)))
		}
		if err != nil {
			w.fault(c, source{path: c.Source}, &diag.Diagnostic{Message: fmt.Sprintf("cannot write the cache %q: %s", c.Cache, cause(err))}, true)
		}
		w.stale = append(w.stale, err == nil && (!fresh || w.force()))
		stale = stale || w.stale[i]
	}
	return stale
}

// header is what the caches of a target start with.
func (w *worker) header(target int) []byte {
	return w.want[target*pyc.HeaderSize : (target+1)*pyc.HeaderSize]
}

// isCode reports whether a marshalled object that starts with b is a code
// object: type 'c', with or without the bit that says it is referred to. It
// tells a file that lost its body, or has zeros for it.
func isCode(b byte) bool { return b&^0x80 == 'c' }

// startsAs reports whether a cache starts with the given header and then as a
// code object does. A cache that is not there or cannot be read does not, and
// may be replaced; the error says that what is there must not be.
func startsAs(path string, header []byte) (bool, error) {
	f, err := openFile(path, true)
	if err != nil {
		if err == errIsLink {
			return false, err
		}
		return false, nil
	}
	defer f.close()
	var head [pyc.HeaderSize + 1]byte
	n := f.readFull(head[:])
	if n == len(head) && bytes.Equal(head[:pyc.HeaderSize], header) && isCode(head[pyc.HeaderSize]) {
		return true, nil // whatever it is, it will be read like this
	}
	info, err := f.stat()
	if err != nil {
		return false, nil
	}
	return false, info.notRegular()
}

// compile compiles a source to one cache. finished is false where ctx ended.
func (w *worker) compile(ctx context.Context, c *CacheReport, target int, s source, src []byte, filename string, info fileInfo) (finished bool) {
	if ctx.Err() != nil {
		return false
	}
	const head = pyc.HeaderSize
	var room []byte
	if cap(w.out) > head {
		room = w.out[head:head:cap(w.out)]
	}
	res, err := w.ask(ctx, target, backend.Request{Source: src, Filename: filename, Optimize: c.Optimize, Buffer: room})
	if err != nil {
		var d *diag.Diagnostic
		switch {
		case errors.As(err, &d):
			d = new(*d)
		case ctx.Err() != nil:
			return false
		default:
			d = &diag.Diagnostic{Message: err.Error()}
		}
		w.fault(c, s, d, false)
		return true
	}
	for i := range res.Warnings {
		res.Warnings[i].Path = s.path
	}
	c.Warnings, c.FromMemo = res.Warnings, res.FromMemo
	w.out = append(w.out[:0], w.header(target)...)
	if cap(room) > 0 && &room[:1][0] == &res.Code[0] {
		w.out = w.out[:head+len(res.Code)] // it is there already
	} else {
		w.out = append(w.out, res.Code...)
	}
	if w.force() && w.holds(c.Cache, w.out) {
		return true
	}
	// The bits that importlib gives a cache: the source's, and it may be written
	// again; never executable.
	o := atomicfile.Options{Perm: (info.mode | 0o200) & 0o666, MTime: w.epoch()}
	if err := w.writer.Write(c.Cache, w.out, o); err != nil {
		w.fault(c, s, &diag.Diagnostic{Message: fmt.Sprintf("cannot write the cache %q: %s", c.Cache, cause(err))}, true)
		return true
	}
	c.Status = Compiled
	return true
}

// ask has a compiler compile. Its panic costs the one file.
func (w *worker) ask(ctx context.Context, target int, req backend.Request) (res backend.Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("internal error: the %s compiler panicked: %v", w.infos[target].Name, p)
		}
	}()
	res, err = w.o.Compilers[target].Compile(ctx, req)
	if err == nil && (len(res.Code) == 0 || !isCode(res.Code[0])) {
		err = fmt.Errorf("internal error: the %s compiler returned %d bytes that are no code object", w.infos[target].Name, len(res.Code))
	}
	return res, err
}

// epoch is the modification time of written files; zero for that of writing.
func (w *worker) epoch() time.Time {
	if w.o.SourceDateEpoch == nil {
		return time.Time{}
	}
	return *w.o.SourceDateEpoch
}

// holds reports whether a file has exactly the given bytes.
func (w *worker) holds(path string, data []byte) bool {
	f, err := openFile(path, true)
	if err != nil {
		return false
	}
	defer f.close()
	if info, err := f.stat(); err != nil || !info.mode.IsRegular() || info.size != int64(len(data)) {
		return false
	}
	if cap(w.old) < len(data)+1 {
		w.old = make([]byte, len(data)+1)
	}
	old := w.old[:len(data)+1]
	n := f.readFull(old)
	return bytes.Equal(old[:n], data)
}

// fault notes why a cache was not made. What is wrong with the place of a cache
// is not the source's fault and never tolerated.
func (w *worker) fault(c *CacheReport, s source, d *diag.Diagnostic, place bool) {
	d.Path = s.path
	c.Fault, c.Status = d, Failed
	if !place && w.ignore.matchBelow(s.rel) {
		c.Status = Tolerated
	}
}
