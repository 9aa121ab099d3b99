package archive

import (
	"archive/zip"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"slices"
	"strings"
)

// zipReader reads the contents of a zip's entries.
type zipReader struct {
	files  []*zip.File // those that entries point to
	budget *budget
}

// The general purpose flags of an entry that say it is encrypted (APPNOTE.TXT
// 4.4.4), and the masked header that goes with strong encryption.
const (
	zipEncrypted       = 1 << 0
	zipStronglyCrypted = 1 << 6
	zipMaskedHeader    = 1 << 13
)

// zipMethods names what is refused; the numbers are those of APPNOTE.TXT 4.4.5.
var zipMethods = map[uint16]string{9: "deflate64", 12: "bzip2", 14: "LZMA", 93: "zstd", 95: "xz", 98: "PPMd", 99: "AES encryption"}

func (a *Archive) openZip(o Options) error {
	zr, err := zip.NewReader(a.file, a.size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return zipCause(err)
	}
	if len(zr.File) > o.Limits.Entries {
		return fmt.Errorf("%d entries; the limit is %d", len(zr.File), o.Limits.Entries)
	}
	var names int64
	for _, f := range zr.File {
		names += int64(len(f.Name))
	}
	if names > o.Limits.Names {
		return fmt.Errorf("names of more than %d bytes together, which is the limit", o.Limits.Names)
	}
	a.zip = &zipReader{budget: newBudget(o.Limits, a.size)}
	seen := map[string]int{}
	for _, f := range zr.File {
		name, err := cleanName(f.Name)
		if err == nil {
			err = windowsName(f.Name)
		}
		if err != nil {
			a.fault(f.Name, "%v", err)
			continue
		}
		if strings.HasSuffix(f.Name, "/") || f.Mode().IsDir() {
			if strings.HasSuffix(f.Name, "/") && f.UncompressedSize64 == 0 {
				continue
			}
			a.fault(f.Name, "a folder by its name or its mode, a file by the other")
			continue
		}
		if !o.Keep(name) {
			continue
		}
		if seen[name]++; seen[name] > 1 {
			continue
		}
		// The first of several counts for the list; that there are several is a
		// fault, whichever of them a reader takes.
		e := Entry{Name: name, Size: int64(min(f.UncompressedSize64, 1<<62)), ModTime: f.Modified, Exact: exactZipTime(f.Extra), at: len(a.zip.files)}
		e.Err = zipRefusal(f, o.Limits)
		a.zip.files = append(a.zip.files, f)
		a.Entries = append(a.Entries, e)
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		if n := seen[name]; n > 1 {
			a.fault(name, "%d entries of that name; programs differ in which of them they take", n)
		}
	}
	return nil
}

// zipRefusal says why an entry is not read.
func zipRefusal(f *zip.File, lim Limits) error {
	switch {
	case f.Mode()&fs.ModeSymlink != 0:
		return errors.New("a symbolic link in a zip, which some programs unpack as a file that holds the target's name")
	case !f.Mode().IsRegular():
		return fmt.Errorf("not a regular file by its mode %v", f.Mode())
	case f.Flags&(zipEncrypted|zipStronglyCrypted|zipMaskedHeader) != 0:
		return errors.New("the entry is encrypted")
	case f.Method != zip.Store && f.Method != zip.Deflate:
		name := zipMethods[f.Method]
		if name == "" {
			name = "unknown"
		}
		return fmt.Errorf("the entry is compressed by method %d (%s); stored and deflated ones are read", f.Method, name)
	case f.UncompressedSize64 > uint64(lim.Entry):
		return fmt.Errorf("the entry has %d bytes; the limit is %d", f.UncompressedSize64, lim.Entry)
	case f.Method == zip.Store && f.UncompressedSize64 != f.CompressedSize64:
		return fmt.Errorf("a stored entry of %d bytes in %d bytes", f.UncompressedSize64, f.CompressedSize64)
	}
	return nil
}

func (z *zipReader) read(i int) ([]byte, error) {
	f := z.files[i]
	size := int64(f.UncompressedSize64)
	if err := z.budget.take(size); err != nil {
		return nil, err
	}
	r, err := f.Open()
	if err != nil {
		return nil, zipCause(err)
	}
	defer r.Close()
	data, err := readClaimed(r, size)
	if err != nil {
		return nil, zipCause(err)
	}
	// archive/zip compares no checksum where the recorded one is zero.
	if sum := crc32.ChecksumIEEE(data); sum != f.CRC32 {
		return nil, fmt.Errorf("the checksum is %08x, the archive says %08x", sum, f.CRC32)
	}
	return data, nil
}

// zipCause words the errors of archive/zip for one who did not call it.
func zipCause(err error) error {
	switch {
	case errors.Is(err, zip.ErrFormat):
		return errors.New("not a valid zip")
	case errors.Is(err, zip.ErrChecksum):
		return errors.New("the checksum is not the one that the archive says")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the content ends early")
	}
	return err
}

// The extra fields that record a modification time in UTC (APPNOTE.TXT 4.5,
// Info-ZIP's proginfo/extrafld.txt): NTFS, PKWARE's and Info-ZIP's Unix, and
// the extended timestamp. archive/zip reads these four.
const (
	extraNTFS     = 0x000a
	extraUnix     = 0x000d
	extraExtTime  = 0x5455
	extraInfoUnix = 0x5855
)

// exactZipTime reports whether an entry's extra fields record its time in UTC.
func exactZipTime(extra []byte) bool {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return false
		}
		field := extra[:n]
		extra = extra[n:]
		switch id {
		case extraExtTime:
			if n >= 5 && field[0]&1 != 0 {
				return true
			}
		case extraUnix, extraInfoUnix:
			if n >= 8 {
				return true
			}
		case extraNTFS:
			// Four reserved bytes, then attributes; the first holds the times.
			if n >= 4+4+24 && binary.LittleEndian.Uint16(field[4:]) == 1 {
				return true
			}
		}
	}
	return false
}
