package explain

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// load does what the loader of s does.
func (im *importer) load(s spec) {
	im.m.File, im.m.Loader = s.file, s.loader
	switch s.loader {
	case extensionLoader:
		im.m.Verdict, im.m.Reason = LoadsExtension, "extension modules come before sources and caches"
	case sourcelessLoader:
		im.sourceless(s.file)
	default:
		im.source(s.file)
	}
}

// readError is the verdict on a file that cannot be read.
func (im *importer) readError(path string, err error) {
	exception := "OSError"
	switch {
	case errors.Is(err, fs.ErrPermission):
		exception = "PermissionError"
	case errors.Is(err, fs.ErrNotExist):
		exception = "FileNotFoundError"
	}
	im.raise(exception, err.Error(), path+" cannot be read")
}

// sourceless does what SourcelessFileLoader does.
func (im *importer) sourceless(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		im.readError(path, err)
		return
	}
	im.step("cache", Passed, "%s, %d bytes, is loaded without a source", path, len(data))
	if _, exception, message := im.classify(data); exception != "" {
		im.raise(exception, message, "a cache without a source must be right")
		return
	}
	im.body(data, path)
}

// classify does what _classify_pyc does: it returns the flags, or the exception
// that is raised.
func (im *importer) classify(data []byte) (flags uint32, exception, message string) {
	name := string(pyrepr.AppendStr(nil, im.m.Name, im.o.Python.Minor))
	head := data[:min(4, len(data))]
	if !im.compare("magic", "the magic number", magicText(head), im.magic.String(), bytes.Equal(head, im.magic[:])) {
		return 0, "ImportError", fmt.Sprintf("bad magic number in %s: %s", name, pyrepr.AppendBytes(nil, string(head)))
	}
	if !im.compare("header", "the length of the header", strconv.Itoa(min(len(data), pyc.HeaderSize))+" bytes", strconv.Itoa(pyc.HeaderSize)+" bytes", len(data) >= pyc.HeaderSize) {
		return 0, "EOFError", "reached EOF while reading pyc header of " + name
	}
	flags = binary.LittleEndian.Uint32(data[4:])
	if !im.compare("flags", flagText(flags), fmt.Sprintf("%#x", flags), "0x0 to 0x3", flags <= 3) {
		return 0, "ImportError", fmt.Sprintf("invalid flags %d in %s", flags, name)
	}
	return flags, "", ""
}

func magicText(head []byte) string {
	if len(head) < 4 {
		return fmt.Sprintf("%d bytes", len(head))
	}
	return pyc.Magic(head).String()
}

func flagText(flags uint32) string {
	switch flags {
	case 0:
		return "the flags: by time and size of the source"
	case 1:
		return "the flags: by hash, unchecked"
	case 2:
		return "the flags: bit 1 without bit 0, taken as by time and size"
	case 3:
		return "the flags: by hash, checked"
	}
	return "the flags"
}

// source does what SourceLoader.get_code does.
func (im *importer) source(path string) {
	im.m.Cache = im.cachePath(path)
	how := "beside the source"
	if im.o.CachePrefix != "" {
		how = "under the cache prefix"
	}
	im.step("cache-path", Noted, "%s (%s, tag %s, -O %d)", im.m.Cache, how, im.tag, im.o.Optimize)
	info, err := os.Stat(path)
	if err != nil { // it was there a moment ago
		im.readError(path, err)
		return
	}
	var (
		hashBased, checkSource = false, true
		text                   []byte
		haveText               bool
	)
	data, err := os.ReadFile(im.m.Cache)
	if err != nil {
		why := "there is no cache"
		if !errors.Is(err, fs.ErrNotExist) {
			why = "the cache cannot be read: " + err.Error()
		}
		im.step("cache", Failed, "%s", why)
		im.compiles(path, "there is no cache to load", hashBased, checkSource)
		return
	}
	im.step("cache", Passed, "%d bytes", len(data))
	reason := ""
	flags, exception, message := im.classify(data)
	switch {
	case exception != "":
		reason = message
	case flags&1 != 0:
		hashBased, checkSource = true, flags&2 != 0
		if !im.hashChecked(checkSource) {
			break
		}
		if text, err = os.ReadFile(path); err != nil {
			im.readError(path, err)
			return
		}
		haveText = true
		want := pyc.SourceHash(im.magic, text)
		if !im.compare("source-hash", "the hash of the source", hex.EncodeToString(data[8:16]), hex.EncodeToString(want[:]), bytes.Equal(data[8:16], want[:])) {
			reason = "the source has another hash than the cache says"
		}
	default:
		mtime := pythonMTime(info.ModTime())
		have := binary.LittleEndian.Uint32(data[8:])
		if !im.compare("source-mtime", "the source's time of modification", timeText(have), timeText(uint32(mtime)), have == uint32(mtime)) {
			reason = "the source has another time than the cache says"
			break
		}
		size := binary.LittleEndian.Uint32(data[12:])
		if !im.compare("source-size", "the source's size", fmt.Sprintf("%d bytes", size), fmt.Sprintf("%d bytes", uint32(info.Size())), size == uint32(info.Size())) {
			reason = "the source has another size than the cache says"
		}
	}
	if reason != "" {
		if !haveText {
			if _, err := os.ReadFile(path); err != nil {
				im.readError(path, err)
				return
			}
		}
		im.compiles(path, reason, hashBased, checkSource)
		return
	}
	im.body(data, im.m.Cache)
}

// hashChecked decides whether the hash of a hash-based cache is compared.
func (im *importer) hashChecked(checkSource bool) bool {
	c := im.o.CheckHash
	switch {
	case c == CheckNever:
		im.step("source-hash", Passed, "not compared: --check-hash-based-pycs never")
		return false
	case checkSource || c == CheckAlways:
		return true
	}
	im.step("source-hash", Passed, "not compared: the cache says that it need not be")
	return false
}

// pythonMTime is int(os.stat(path).st_mtime): the time is a float on its way,
// which rounds up what lies within a fraction of a microsecond of the next
// second. The conversion has every processor round twice.
func pythonMTime(t time.Time) int64 {
	return int64(float64(t.Unix()) + float64(1e-9*float64(t.Nanosecond())))
}

func timeText(sec uint32) string {
	return fmt.Sprintf("%d (%s)", sec, time.Unix(int64(sec), 0).UTC().Format("2006-01-02 15:04:05 UTC"))
}

// compiles is the verdict that the source is compiled. What is written back is
// of the mode that the cache had.
func (im *importer) compiles(path, reason string, hashBased, checkSource bool) {
	if f, err := os.Open(path); err != nil {
		im.readError(path, err)
		return
	} else {
		f.Close()
	}
	im.m.Verdict, im.m.Reason = Compiles, reason
	mode := pyc.Timestamp
	switch {
	case hashBased && checkSource:
		mode = pyc.CheckedHash
	case hashBased:
		mode = pyc.UncheckedHash
	}
	switch why := im.unwritable(im.m.Cache); {
	case im.o.DontWrite:
		im.m.Unwritten = "the interpreter is told not to write caches"
	case why != "":
		im.m.Unwritten = why
	default:
		im.m.Writes, im.m.WriteMode = true, mode.String()
		im.step("write", Passed, "the result is written to %s (%s)", im.m.Cache, mode)
		return
	}
	im.step("write", Failed, "nothing is written: %s", im.m.Unwritten)
}

// unwritable says why a cache cannot be written to path; "" where it can, as
// far as permissions tell. Missing folders are made.
func (im *importer) unwritable(path string) string {
	if isDir(path) {
		return path + " is a folder"
	}
	dir := filepath.Dir(path)
	for {
		info, err := os.Stat(dir)
		if err == nil {
			switch {
			case !info.IsDir():
				return dir + " is not a folder"
			case !writable(dir):
				return dir + " is not writable"
			}
			return ""
		}
		up := filepath.Dir(dir)
		if up == dir || !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, errNotDir) {
			return err.Error()
		}
		dir = up
	}
}

// body does what _compile_bytecode does with what follows the header.
func (im *importer) body(data []byte, path string) {
	v, _, err := marshal.UnmarshalPrefix(data[pyc.HeaderSize:], im.profile)
	var bad *marshal.SyntaxError
	switch {
	case errors.As(err, &bad) && bad.Truncated:
		im.step("body", Failed, "the marshalled code object ends early: %v", err)
		im.raise("EOFError", "marshal data too short, or EOF where an object is expected",
			"once the header matches, the body is not checked before it is loaded, and the source is not compiled instead")
	case err != nil:
		im.step("body", Failed, "the marshalled code object is broken: %v", err)
		im.raise("ValueError", "bad marshal data",
			"once the header matches, the body is not checked before it is loaded, and the source is not compiled instead")
	case v.Kind != marshal.KindCode:
		im.step("body", Failed, "it holds a %s, not a code object", v.Kind)
		im.raise("ImportError", fmt.Sprintf("Non-code object in %s", pyrepr.AppendStr(nil, path, im.o.Python.Minor)), "it holds a "+v.Kind.String())
	default:
		im.step("body", Passed, "a code object")
		im.m.Verdict, im.m.Reason = LoadsCache, "all that is compared matches"
		if im.m.Loader == sourcelessLoader {
			im.m.Reason = "there is no source to compare it with"
		}
	}
}

// cachePath is importlib.util.cache_from_source, with the prefix.
func (im *importer) cachePath(source string) string {
	if im.o.CachePrefix == "" {
		return pyc.CachePath(source, im.tag, im.o.Optimize)
	}
	dir, base := filepath.Split(source)
	dir, err := filepath.Abs(dir)
	if err != nil {
		dir = filepath.Clean(dir)
	}
	dir = strings.TrimLeft(dir[len(filepath.VolumeName(dir)):], `/\`)
	return filepath.Join(im.o.CachePrefix, dir, pyc.CacheName(base, im.tag, im.o.Optimize))
}
