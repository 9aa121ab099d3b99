package precompile

import (
	"errors"
	"fmt"
	"strings"

	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// comparison is how a cache's code stands to what its source compiles to.
type comparison struct {
	verdict Verdict // OK, Foreign or Mismatch
	classes []string
	detail  string
}

// compareCode compares two marshalled code objects. The error says why got
// cannot be read.
func compareCode(got, want []byte, p marshal.Profile) (comparison, error) {
	d, err := marshal.Compare(got, want, p)
	if err != nil {
		return comparison{}, err
	}
	switch d.Verdict {
	case marshal.Equal:
		return comparison{verdict: VerdictOK}, nil
	case marshal.CanonicalEqual:
		c := comparison{verdict: VerdictForeign}
		for _, class := range d.Classes {
			c.classes = append(c.classes, string(class))
		}
		c.detail = "equal code in another marshal form: " + strings.Join(c.classes, ", ")
		return c, nil
	}
	return comparison{
		verdict: VerdictMismatch,
		detail:  fmt.Sprintf("%s of %s is %s, the source compiles to %s", d.Field, quoteName(d.Path), d.A, d.B),
	}, nil
}

// rootFilename returns co_filename of a marshalled module, in the form of str
// values in package marshal. It reads all of the body; the error says what is
// wrong with it.
func rootFilename(body []byte, p marshal.Profile) (string, error) {
	v, err := marshal.Unmarshal(body, p)
	if err != nil {
		return "", err
	}
	if v.Kind != marshal.KindCode {
		return "", fmt.Errorf("not a code object but %s", v.Kind)
	}
	return v.Code().FileName.Data, nil
}

// fileSystemName returns the bytes of a co_filename as os.fsencode makes them:
// UTF-8, where each surrogate that os.fsdecode makes of a byte is that byte
// again (PEP 383). The error says why no file has that name.
func fileSystemName(name string) (string, error) {
	if strings.IndexByte(name, 0) >= 0 {
		return "", errors.New("no compiler takes a name with a NUL in it")
	}
	i := strings.IndexByte(name, 0xed)
	if i < 0 {
		return name, nil
	}
	out := make([]byte, 0, len(name))
	for i := 0; i < len(name); i++ {
		if name[i] != 0xed || i+2 >= len(name) || name[i+1] < 0xa0 {
			out = append(out, name[i])
			continue
		}
		// ed b2 80 to ed b3 bf are U+DC80 to U+DCFF.
		b := 0xd000 | rune(name[i+1]&0x3f)<<6 | rune(name[i+2]&0x3f)
		if b < 0xdc80 || b > 0xdcff {
			return "", fmt.Errorf("the surrogate U+%04X in it comes from no file name", b)
		}
		out = append(out, byte(b))
		i += 2
	}
	return string(out), nil
}

// quoteName shows the path of a code object, which has names from the cache.
func quoteName(path string) string {
	if q := quoteShort(path); q != `"`+path+`"` {
		return q
	}
	return path
}
