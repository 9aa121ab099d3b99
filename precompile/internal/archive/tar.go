package archive

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// tarStream is one pass over a tar.
type tarStream struct {
	*tar.Reader
	raw io.Reader // what the tar is read from, for what follows its end
}

// stream starts a pass.
func (a *Archive) stream() (*tarStream, error) {
	if _, err := a.file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if a.Kind == Tar {
		// Not buffered: archive/tar seeks over what is not asked for.
		return &tarStream{tar.NewReader(a.file), a.file}, nil
	}
	zr, err := gzip.NewReader(bufio.NewReaderSize(a.file, 1<<16))
	if err != nil {
		return nil, tarCause(err)
	}
	r := &limited{r: zr, budget: newBudget(a.limits, a.size)}
	return &tarStream{tar.NewReader(r), r}, nil
}

// limited ends a decompressed stream at its budget.
type limited struct {
	r      io.Reader
	budget *budget
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.r.Read(p)
	if over := l.budget.take(int64(n)); over != nil {
		return 0, over
	}
	return n, err
}

// openTar makes the list. Of entries with one name the last counts, since
// unpacking writes one over the other, and the fault is told.
func (a *Archive) openTar(ctx context.Context, o Options) error {
	ts, err := a.stream()
	if err != nil {
		return err
	}
	type member struct {
		entry Entry
		hard  string // the target of a hard link
		soft  bool
		keep  bool
	}
	var (
		members []member
		t       = tree{files: map[string]int{}, links: map[string]string{}}
		count   = map[string]int{}
		byName  = map[string]int{} // links and files: the member that counts
		names   int64
	)
	for at := 0; ; at++ {
		if at%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		h, err := ts.Next()
		if err == io.EOF {
			break
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return tarCause(err)
		}
		if at >= o.Limits.Entries {
			return fmt.Errorf("more than %d entries, which is the limit", o.Limits.Entries)
		}
		if names += int64(len(h.Name) + len(h.Linkname)); names > o.Limits.Names {
			return fmt.Errorf("names of more than %d bytes together, which is the limit", o.Limits.Names)
		}
		if h.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		name, err := cleanName(h.Name)
		if err != nil {
			// The root itself may be called "/"; nothing is unpacked there.
			if h.Typeflag != tar.TypeDir || strings.Trim(h.Name, "/") != "" {
				a.fault(h.Name, "%v", err)
			}
			continue
		}
		m := member{entry: Entry{Name: name, Size: h.Size, ModTime: h.ModTime, Exact: true, at: at}, keep: o.Keep(name)}
		switch h.Typeflag {
		case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
			if h.Size == 0 && strings.HasPrefix(path.Base(name), whiteout) {
				continue // says what is gone from the layers below
			}
			if h.Size > o.Limits.Entry {
				m.entry.Err = fmt.Errorf("the entry has %d bytes; the limit is %d", h.Size, o.Limits.Entry)
			}
		case tar.TypeLink:
			if m.hard, err = cleanName(h.Linkname); err != nil {
				m.entry.Err, m.hard = fmt.Errorf("a hard link to %q: %w", h.Linkname, err), ""
			}
		case tar.TypeSymlink:
			m.soft = true
		case tar.TypeDir:
			// A folder over a link replaces it; over a file it cannot be.
			delete(t.links, name)
			continue
		default:
			if m.keep {
				m.entry.Err = fmt.Errorf("not a regular file but of type %q", h.Typeflag)
			}
		}
		count[name]++
		delete(t.links, name)
		delete(t.files, name)
		if m.soft {
			t.links[name] = h.Linkname
		} else {
			t.files[name] = len(members)
		}
		byName[name] = len(members)
		members = append(members, m)
	}
	if err := a.afterTar(ts.raw); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(count)) {
		if n := count[name]; n > 1 && o.Keep(name) {
			a.fault(name, "%d entries of that name; the last counts when the archive is unpacked", n)
		}
	}
	for i := range members {
		m := &members[i]
		if !m.keep || byName[m.entry.Name] != i {
			continue
		}
		e := m.entry
		if link := t.linkAbove(e.Name); link != "" {
			a.fault(e.Name, "its folder %q is a link in the same archive, so that it is unpacked to somewhere else", link)
			continue
		}
		if m.soft || m.hard != "" {
			name := e.Name
			if !m.soft {
				name = m.hard
			}
			final, err := t.resolve(name)
			// A hard link leads to an entry that may be a hard link again.
			for hops := 0; err == nil && members[final].hard != ""; hops++ {
				if hops > maxLinks {
					err = fmt.Errorf("the link leads over more than %d links, or in a circle", maxLinks)
					break
				}
				final, err = t.resolve(members[final].hard)
			}
			switch {
			case err != nil:
				e.Err = err
			default:
				to := members[final].entry
				e.Size, e.ModTime, e.at, e.Err = to.Size, to.ModTime, to.at, to.Err
			}
		}
		a.Entries = append(a.Entries, e)
	}
	return nil
}

// whiteout starts the names of OCI layer entries that remove what a lower layer
// has (image-spec, layer.md).
const whiteout = ".wh."

// afterTar reads on to the end of the file, where gzip has its checksum. Zeros
// may follow the end of an archive; anything else is hidden there.
func (a *Archive) afterTar(r io.Reader) error {
	buf, found := make([]byte, 1<<15), false
	for {
		n, err := r.Read(buf)
		if !found && slices.ContainsFunc(buf[:n], func(b byte) bool { return b != 0 }) {
			found = true
			a.fault("", "data after the end of the archive, which some programs read as more entries")
		}
		switch {
		case found && a.Kind == Tar:
			return nil
		case err == io.EOF:
			return nil
		case err != nil:
			return fmt.Errorf("after the end of the tar: %w", tarCause(err))
		}
	}
}

func (a *Archive) fetchTar(ctx context.Context, want []int, deliver func(i int, data []byte, err error) error) error {
	// Several links may lead to one entry.
	wanted := map[int][]int{}
	last := -1
	for _, i := range want {
		e := &a.Entries[i]
		if e.Err != nil {
			if err := deliver(i, nil, e.Err); err != nil {
				return err
			}
			continue
		}
		wanted[e.at] = append(wanted[e.at], i)
		last = max(last, e.at)
	}
	if last < 0 {
		return nil
	}
	ts, err := a.stream()
	if err != nil {
		return err
	}
	for at := 0; at <= last; at++ {
		if at%256 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		h, err := ts.Next()
		if err == io.EOF || err == nil && len(wanted[at]) > 0 && h.Size != a.Entries[wanted[at][0]].Size {
			return errors.New("the archive changed while it was read")
		}
		if err != nil && !errors.Is(err, tar.ErrInsecurePath) {
			return tarCause(err)
		}
		if len(wanted[at]) == 0 {
			continue
		}
		data, err := readClaimed(ts, h.Size)
		if err != nil {
			return tarCause(err)
		}
		for _, i := range wanted[at] {
			if err := deliver(i, data, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// tarCause words the errors of archive/tar and compress/gzip for one who called
// neither.
func tarCause(err error) error {
	switch {
	case errors.Is(err, tar.ErrHeader):
		return errors.New("not a valid tar: a header that cannot be read")
	case errors.Is(err, tar.ErrFieldTooLong):
		return errors.New("not a valid tar: a header that is too long")
	case errors.Is(err, gzip.ErrHeader):
		return errors.New("not valid gzip data")
	case errors.Is(err, gzip.ErrChecksum):
		return errors.New("gzip's checksum is not that of the data")
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return errors.New("the archive ends early")
	}
	return err
}
