package pyc

import (
	"errors"
	"testing"
	"time"
)

func TestParseVersion(t *testing.T) {
	for _, tt := range []struct {
		text, want, series, tag string
	}{
		{"3.13", "3.13", "3.13", "cpython-313"},
		{"3.13.0", "3.13.0", "3.13", "cpython-313"},
		{"3.9.18", "3.9.18", "3.9", "cpython-39"},
		{"cpython3.12", "3.12", "3.12", "cpython-312"},
		{"cpython-3.12.1", "3.12.1", "3.12", "cpython-312"},
		{"pypy3.11", "pypy3.11", "pypy3.11", "pypy311"},
		{"pypy-3.10.14", "pypy3.10.14", "pypy3.10", "pypy310"},
	} {
		v, err := ParseVersion(tt.text)
		if err != nil || v.String() != tt.want || v.Series() != tt.series || v.CacheTag() != tt.tag {
			t.Errorf("%q: %s, %s, %s, %v", tt.text, v, v.Series(), v.CacheTag(), err)
		}
		if again, err := ParseVersion(v.String()); again != v || err != nil {
			t.Errorf("%s is read as %s, %v", v, again, err)
		}
	}
	for _, bad := range []string{"", "3", "3.", ".13", "3.13.0.1", "3.013", "+3.13", "-3.13", "3.-1", "3.13rc1", "3. 13", "pypy", "jython2.7", "3.1000", "cpython--3.13"} {
		if v, err := ParseVersion(bad); err == nil {
			t.Errorf("%q is read as %s", bad, v)
		}
	}
}

func TestVersionOrder(t *testing.T) {
	order := []string{"2.7", "3.9", "3.9.0", "3.9.18", "3.10", "3.13.2", "pypy3.10", "pypy3.11"}
	for i, a := range order {
		for j, b := range order {
			v, _ := ParseVersion(a)
			w, _ := ParseVersion(b)
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := v.Compare(w); got != want {
				t.Errorf("%s against %s: %d, want %d", a, b, got, want)
			}
			if got := v.Matches(w); got != (i == j || a == "3.9.0" && b == "3.9" || a == "3.9.18" && b == "3.9") {
				t.Errorf("%s serves %s: %v", a, b, got)
			}
		}
	}
	v, _ := ParseVersion("3.13")
	if !v.AtLeast(3, 13) || !v.AtLeast(2, 20) || v.AtLeast(3, 14) || v.AtLeast(4, 0) {
		t.Error("AtLeast")
	}
}

func TestMagic(t *testing.T) {
	for series, n := range map[string]uint16{
		"3.8": 3413, "3.9": 3425, "3.10": 3439, "3.11": 3495, "3.12": 3531, "3.13": 3571, "3.14": 3627, "3.15": 3666,
	} {
		v, _ := ParseVersion(series)
		m, ok := MagicOf(v)
		if !ok || m != MagicFromNumber(n) || m.Number() != n || !m.Valid() {
			t.Errorf("%s: %v, want %d", series, m, n)
		}
		if back, ok := VersionOf(m); !ok || back != v {
			t.Errorf("%v is of %v", m, back)
		}
	}
	for m, want := range map[Magic]string{
		MagicFromNumber(3571):  "3571 (3.13)",
		MagicFromNumber(3660):  "3660 (3.15 pre-release)",
		MagicFromNumber(3350):  "3350 (3.5)",
		MagicFromNumber(384):   "384 (PyPy)",
		MagicFromNumber(40000): "40000 (unknown)",
		{'P', 'K', 3, 4}:       "50 4b 03 04 (not a magic number)",
	} {
		if got := m.String(); got != want {
			t.Errorf("% x: %q, want %q", m[:], got, want)
		}
	}
	if _, ok := VersionOf(MagicFromNumber(3660)); ok {
		t.Error("a pre-release's number is taken for a release's")
	}
	if _, ok := VersionOf(Magic{'P', 'K', 3, 4}); ok {
		t.Error("a zip file is taken for a cache")
	}
	if _, ok := MagicOf(Version{Implementation: PyPy, Major: 3, Minor: 11}); ok {
		t.Error("PyPy's magic is known by version")
	}
	if _, ok := MagicOf(Version{Major: 3, Minor: 99}); ok {
		t.Error("3.99 has a magic")
	}
}

func TestHeader(t *testing.T) {
	m := MagicFromNumber(3571)
	src := []byte("x = 1\n")
	stamp := SourceStamp{MTime: time.Unix(1_600_000_000, 0), Size: 6}
	for _, mode := range []Mode{CheckedHash, UncheckedHash, Timestamp} {
		h := NewHeader(m, mode, src, stamp)
		b := h.Append([]byte("before"))[len("before"):]
		if len(b) != HeaderSize {
			t.Errorf("%s: %d bytes", mode, len(b))
		}
		back, err := ParseHeader(append(b, "body"...))
		if err != nil || back != h {
			t.Errorf("%s: %+v is read as %+v, %v", mode, h, back, err)
		}
		if again, err := ParseMode(mode.String()); again != mode || err != nil {
			t.Errorf("%s is read as %s, %v", mode, again, err)
		}
		for n := range HeaderSize {
			if _, err := ParseHeader(b[:n]); !errors.Is(err, ErrTruncated) {
				t.Errorf("%s, %d bytes: %v", mode, n, err)
			}
		}
		for _, flags := range []byte{2, 4, 5, 0xff} {
			b[4] = flags
			if _, err := ParseHeader(b); !errors.Is(err, ErrFlags) {
				t.Errorf("flags %d: %v", flags, err)
			}
		}
	}
	if _, err := ParseMode("hash"); err == nil {
		t.Error(`"hash" is a mode`)
	}
	if Mode(7).String() != "Mode(7)" {
		t.Error(Mode(7))
	}
}

// int(os.stat().st_mtime) & 0xffffffff, as CPython's importlib has it.
func TestHeaderTime(t *testing.T) {
	for _, tt := range headerTimes {
		h := NewHeader(MagicFromNumber(3571), Timestamp, nil, SourceStamp{MTime: time.Unix(tt.sec, tt.nsec), Size: tt.sec})
		if h.MTime != tt.want || h.Size != uint32(tt.sec) {
			t.Errorf("%d s and %d ns: %d, size %d; want %d", tt.sec, tt.nsec, h.MTime, h.Size, tt.want)
		}
	}
}

var headerTimes = []struct {
	sec, nsec int64
	want      uint32
}{
	{0, 0, 0},
	{1_600_000_000, 0, 1_600_000_000},
	{1_600_000_000, 999_999_800, 1_600_000_000},
	{1_600_000_000, 999_999_999, 1_600_000_001}, // the float rounds up
	{5_000_000_000, 1, 705_032_704},             // after 2106
	{-1, 500_000_000, 0},                        // half a second before 1970
	{-10, 1, 4294967287},
	{-10, 0, 4294967286},
}

func TestCacheName(t *testing.T) {
	for _, tt := range cacheNames {
		if got := CacheName(tt.base, "cpython-313", tt.optimize); got != tt.want {
			t.Errorf("%q at level %d: %q, want %q", tt.base, tt.optimize, got, tt.want)
		}
	}
	if got := CachePath("/a/b.py", "pypy311", 1); got != "/a/__pycache__/b.pypy311.opt-1.pyc" {
		t.Error(got)
	}
	if got := CachePath("b.py", "pypy311", 0); got != "__pycache__/b.pypy311.pyc" {
		t.Error(got)
	}
}

var cacheNames = []struct {
	base     string
	optimize int
	want     string
}{
	{"a.py", 0, "a.cpython-313.pyc"},
	{"a.py", 1, "a.cpython-313.opt-1.pyc"},
	{"a.py", 2, "a.cpython-313.opt-2.pyc"},
	{"a.b.py", 0, "a.b.cpython-313.pyc"},
	{".hidden.py", 0, ".hidden.cpython-313.pyc"},
	{".py", 0, "py.cpython-313.pyc"},
	{"script", 0, "scriptcpython-313.pyc"},
	{"a.", 0, "a.cpython-313.pyc"},
	{"..py", 0, "..cpython-313.pyc"},
}

func TestParseCacheName(t *testing.T) {
	for name, want := range map[string]CacheFile{
		"a.cpython-313.pyc":                  {"a", "cpython-313", ""},
		"a.cpython-313.opt-1.pyc":            {"a", "cpython-313", "1"},
		"a.b.cpython-313.opt-x2.pyc":         {"a.b", "cpython-313", "x2"},
		".a.pypy311.pyc":                     {".a", "pypy311", ""},
		"t.cpython-313-pytest-8.3.2.pyc":     {"t.cpython-313-pytest-8.3", "2", ""},
		"opt-1.cpython-313.pyc":              {"opt-1", "cpython-313", ""},
		"a.cpython-313.opt-1.cpython-39.pyc": {"a.cpython-313.opt-1", "cpython-39", ""},
	} {
		if got, ok := ParseCacheName(name); !ok || got != want {
			t.Errorf("%q: %+v, %v; want %+v", name, got, ok, want)
		}
	}
	for _, bad := range []string{
		"", ".pyc", "a.pyc", "a.py", "a.cpython-313.pyo", "a.cpython-313.pyc.123", ".cpython-313.pyc", "a..pyc", "a.opt-1.pyc",
		"a.cpython-313.opt-.pyc", "a.cpython-313.opt-1_.pyc", "a..opt-1.pyc",
	} {
		if got, ok := ParseCacheName(bad); ok {
			t.Errorf("%q is read as %+v", bad, got)
		}
	}
}
