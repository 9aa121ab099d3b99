//go:build conformance

package pyc_test

import (
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rules-precompile/precompile/precompile/internal/interptest"
	"github.com/rules-precompile/precompile/precompile/pyc"
)

// asked is what each interpreter is asked: the names of caches, the hashes of
// sources, and the headers that py_compile writes for files of given times.
const asked = `
import importlib.util as u, _imp, json, os, py_compile, sys
names, sizes, times, path = json.load(sys.stdin)
m = int.from_bytes(u.MAGIC_NUMBER, "little")
headers = []
for ns in times:
    with open(path, "w") as f: f.write("x = 1\n")
    os.utime(path, ns=(ns, ns))
    for mode in py_compile.PycInvalidationMode:
        cache = py_compile.compile(path, cfile=path + "c", doraise=True, invalidation_mode=mode)
        headers.append([mode.name, ns, open(cache, "rb").read(16).hex()])
print(json.dumps({
    "tag": sys.implementation.cache_tag,
    "names": [[n, l, u.cache_from_source(n, optimization=l or "")] for n in names for l in (0, 1, 2)],
    "hashes": [[n, _imp.source_hash(m, bytes(i & 255 for i in range(n))).hex()] for n in sizes],
    "headers": headers}))
`

func TestAgainstInterpreters(t *testing.T) {
	found := interptest.Found()
	if len(found) == 0 {
		t.Skip("no interpreter on this machine")
	}
	dir := t.TempDir()
	question, err := json.Marshal([]any{
		[]string{"a.py", "a.b.py", ".py", "script", ".hidden.py", "a.", "pkg/b.py", "/x/y.z/b"},
		[]int{0, 1, 7, 8, 9, 63, 64, 65, 255, 1000},
		[]int64{0, 1, 1_600_000_000_000_000_000, 1_600_000_000_999_999_880, 1_600_000_000_999_999_881, 1_600_000_000_999_999_999, 5_000_000_000_000_000_001, -500_000_000, -9_999_999_999},
		filepath.Join(dir, "a.py"),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range found {
		if !i.Version.AtLeast(3, 8) {
			continue // a header of another form, and no target
		}
		t.Run(i.Version.String(), func(t *testing.T) {
			cmd := i.Command("-c", asked)
			cmd.Stdin = strings.NewReader(string(question))
			cmd.Stderr = os.Stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			var answer struct {
				Tag                    string
				Names, Hashes, Headers [][]any
			}
			if err := json.Unmarshal(out, &answer); err != nil {
				t.Fatal(err)
			}
			if got := i.Version.CacheTag(); got != answer.Tag {
				t.Errorf("cache tag %s, want %s", got, answer.Tag)
			}
			for _, n := range answer.Names {
				if got := pyc.CachePath(n[0].(string), answer.Tag, int(n[1].(float64))); got != n[2] {
					t.Errorf("cache of %v: %s, want %s", n[:2], got, n[2])
				}
			}
			for _, h := range answer.Hashes {
				src := make([]byte, int(h[0].(float64)))
				for i := range src {
					src[i] = byte(i)
				}
				if got := pyc.SourceHash(i.Magic, src); hex.EncodeToString(got[:]) != h[1] {
					t.Errorf("hash of %v bytes: %x, want %s", h[0], got, h[1])
				}
			}
			modes := map[string]pyc.Mode{"TIMESTAMP": pyc.Timestamp, "CHECKED_HASH": pyc.CheckedHash, "UNCHECKED_HASH": pyc.UncheckedHash}
			for k, h := range answer.Headers {
				ns := timesAsked(t, question)[k/len(modes)]
				header := pyc.NewHeader(i.Magic, modes[h[0].(string)], []byte("x = 1\n"), pyc.SourceStamp{MTime: time.Unix(0, ns), Size: 6})
				if got := hex.EncodeToString(header.Append(nil)); got != h[2] {
					t.Errorf("%s header of a source of %d ns: %s, want %s", h[0], ns, got, h[2])
				}
			}
		})
	}
}

// timesAsked reads the times back as integers, which a float64 does not hold.
func timesAsked(t *testing.T, question []byte) (ns []int64) {
	t.Helper()
	var parts []json.RawMessage
	if err := json.Unmarshal(question, &parts); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(parts[2], &ns); err != nil {
		t.Fatal(err)
	}
	return ns
}
