package archive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Archive is an opened archive. Read may be called from many goroutines at
// once; Fetch from one at a time.
type Archive struct {
	Kind Kind
	// Entries are the files that Open was told to keep, in the archive's order.
	Entries []Entry
	// Faults are what is wrong with entries, sorted by name. An entry whose name
	// is at fault is not among Entries; of several with one name one is.
	Faults []Fault

	file   *os.File
	size   int64
	limits Limits
	zip    *zipReader
}

// Entry is one file.
type Entry struct {
	// Name is clean and slash-separated.
	Name string
	// Size is what the archive claims; Read and Fetch hold it to that.
	Size int64
	// ModTime is the modification time. Exact tells whether it is known to the
	// second and in UTC; else it is a zip's local time of unknown zone, taken
	// for UTC, in steps of two seconds.
	ModTime time.Time
	Exact   bool
	// Err says why the content cannot be read, as far as the table of contents
	// tells: encryption, an unknown compression, a link that leads nowhere.
	Err error

	at int // which entry of the archive has the content
}

// Fault is an entry that is not what it seems.
type Fault struct {
	Name    string // as recorded; empty where the archive itself is at fault
	Message string
}

// Options tell Open what to read.
type Options struct {
	Limits Limits // the zero value means DefaultLimits
	// Keep says which files to list, by their clean names; nil means all.
	Keep func(name string) bool
}

// Open opens an archive of the given kind and reads its table of contents. The
// error says why nothing of it can be trusted.
func Open(ctx context.Context, path string, kind Kind, o Options) (*Archive, error) {
	if o.Limits == (Limits{}) {
		o.Limits = DefaultLimits()
	}
	if o.Keep == nil {
		o.Keep = func(string) bool { return true }
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	a, err := open(ctx, f, kind, o)
	if err != nil {
		f.Close()
		return nil, err
	}
	return a, nil
}

func open(ctx context.Context, f *os.File, kind Kind, o Options) (*Archive, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	a := &Archive{Kind: kind, file: f, size: info.Size(), limits: o.Limits}
	switch kind {
	case Zip:
		err = a.openZip(o)
	case Tar, TarGz:
		err = a.openTar(ctx, o)
	default:
		err = ErrUnsupported
	}
	if err != nil {
		return nil, err
	}
	slices.SortFunc(a.Faults, func(x, y Fault) int {
		return cmp.Or(strings.Compare(x.Name, y.Name), strings.Compare(x.Message, y.Message))
	})
	return a, nil
}

// Close closes the file.
func (a *Archive) Close() error { return a.file.Close() }

// Random reports whether Read works: whether entries can be reached one by one.
func (a *Archive) Random() bool { return a.zip != nil }

// Read returns the content of Entries[i] of an archive that is Random.
func (a *Archive) Read(i int) ([]byte, error) {
	if a.Entries[i].Err != nil {
		return nil, a.Entries[i].Err
	}
	return a.zip.read(a.Entries[i].at)
}

// Fetch reads the contents of the entries whose indexes are in want and hands
// each to deliver, in an order of its own. err is why one entry could not be
// read. Fetch itself fails where the archive as a whole cannot be read on; then
// some entries were not delivered. An error of deliver ends it, too.
func (a *Archive) Fetch(ctx context.Context, want []int, deliver func(i int, data []byte, err error) error) error {
	if a.zip == nil {
		return a.fetchTar(ctx, want, deliver)
	}
	for _, i := range want {
		if err := ctx.Err(); err != nil {
			return err
		}
		data, err := a.Read(i)
		if err := deliver(i, data, err); err != nil {
			return err
		}
	}
	return nil
}

// fault notes what is wrong with an entry. An archive can have as many faults
// as entries, each with a long name; no one reads them all.
func (a *Archive) fault(name, format string, args ...any) {
	const most, longest = 1000, 512
	switch {
	case len(a.Faults) > most:
		return
	case len(a.Faults) == most:
		a.Faults = append(a.Faults, Fault{Message: fmt.Sprintf("more than %d entries have faults; the others are not listed", most)})
		return
	case len(name) > longest:
		name = name[:longest] + "…"
	}
	a.Faults = append(a.Faults, Fault{Name: name, Message: fmt.Sprintf(format, args...)})
}

// readClaimed reads a file that is said to have size bytes. The claim alone
// reserves no more than a little; one byte more than claimed is an error.
func readClaimed(r io.Reader, size int64) ([]byte, error) {
	buf := make([]byte, 0, min(size, 1<<20)+1)
	for {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		room := buf[len(buf):cap(buf)]
		if max := size + 1 - int64(len(buf)); int64(len(room)) > max {
			room = room[:max]
		}
		n, err := r.Read(room)
		buf = buf[:len(buf)+n]
		switch {
		case int64(len(buf)) > size:
			return nil, fmt.Errorf("the content is longer than the %d bytes that the archive says", size)
		case err == io.EOF && int64(len(buf)) < size:
			return nil, fmt.Errorf("the content ends after %d of %d bytes", len(buf), size)
		case err == io.EOF:
			return buf, nil
		case err != nil:
			return nil, err
		}
	}
}
