package pyselect

import (
	"context"
	"regexp"
	"strings"
	"testing"
)

// FuzzParse: whatever stands in a .python-version or a pyvenv.cfg, the answer is
// a supported version, by a name that reads back as the same, or an error.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"3.13", "pypy3.11-7.3.15", "cpython-3.13.1-linux-x86_64-gnu", "3.13.1+freethreaded", "3.14-dev", "# x\n3.12 3.11\n", "system", "../x", "\ufeff3.9", ">=3.8"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := Parse(s); err == nil {
			if back, err := Parse(v.String()); err != nil || back != v || Check(v) != nil {
				t.Errorf("%q is %s, which reads as %s, %v", s, v, back, err)
			}
		} else if len(err.Error()) > 600 {
			t.Errorf("an error of %d bytes", len(err.Error()))
		}
		for _, w := range []world{
			{files: map[string]string{"/src/app/.python-version": s}},
			{vars: map[string]string{"VIRTUAL_ENV": "/v"}, files: map[string]string{"/v/pyvenv.cfg": s}},
			{vars: map[string]string{"PRECOMPILE_PYTHON": s}},
			{vars: map[string]string{"PYTHON_VERSION": s}},
		} {
			c, err := Default(context.Background(), w.env())
			if err == nil && (len(c.Versions) == 0 || strings.TrimSpace(c.By) == "") {
				t.Errorf("%q: %+v", s, c)
			}
		}
	})
}

// FuzzReadRelease compares with the regular expression that says what a release is.
func FuzzReadRelease(f *testing.F) {
	expr := regexp.MustCompile(`^(\d+)(?:\.(\d+))?(?:\.(\d+))?((?:a|b|rc|c)\d+|\.?dev\d*|-dev)?(t)?$`)
	for _, s := range []string{
		"3", "3.13", "3.13.0", "3.13.0.1", "3.14a1", "3.14.0b2", "3.15rc1", "3.15c1", "3.15rc", "3.15c", "3.14.dev", "3.14.dev1", "3dev", "3.14-dev", "3.14-dev1",
		"3.13t", "3.14a1t", "3.14-devt", "3.13tt", "3.", ".3", "", "t", "3..1", "3.13.0\n", "3.13.t",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var want release
		m := expr.FindStringSubmatch(s)
		if m != nil {
			want = release{numbers: [3]string(m[1:4]), pre: m[4] != "", free: m[5] != ""}
		}
		if got, ok := readRelease(s); ok != (m != nil) || ok && got != want {
			t.Errorf("%q: %+v, %v; want %+v, %v", s, got, ok, want, m != nil)
		}
	})
}
