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

// compareCode compares the code of a cache, which rootFilename has read, with
// what the source compiles to. The error says that the latter is not code.
func compareCode(got, want []byte, p marshal.Profile) (comparison, error) {
	d, err := marshal.Compare(got, want, p)
	if err != nil {
		if _, bad := marshal.Unmarshal(want, p); bad != nil {
			return comparison{}, fmt.Errorf("what the compiler made cannot be read: %w", bad)
		}
		// It can be read and not be put in order, which is no accident.
		return comparison{verdict: VerdictMismatch, detail: "code in a form that no compiler emits: " + err.Error()}, nil
	}
	switch {
	case d.Verdict == marshal.Equal:
		return comparison{verdict: VerdictOK}, nil
	case d.Verdict == marshal.CanonicalEqual:
		c := comparison{verdict: VerdictForeign}
		for _, class := range d.Classes {
			c.classes = append(c.classes, string(class))
		}
		c.detail = "equal code in another marshal form: " + strings.Join(c.classes, ", ")
		return c, nil
	case d.Path == "":
		return comparison{verdict: VerdictMismatch, detail: fmt.Sprintf("%s, the source compiles to %s", d.A, d.B)}, nil
	}
	return comparison{
		verdict: VerdictMismatch,
		detail:  fmt.Sprintf("%s of %s is %s, the source compiles to %s", d.Field, d.Path, d.A, d.B),
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
