package target

import "testing"

func TestResolve(t *testing.T) {
	for _, c := range []struct {
		minor, patch int
		want         Profile
		exact        bool
	}{
		{13, 0, Profile{13, 0}, true},
		{13, 5, Profile{13, 0}, false},
		{13, 18, Profile{13, 18}, true},
		{13, 99, Profile{13, 18}, false},
		{13, Newest, Profile{13, 18}, true},
		{14, 0, Profile{14, 10}, false},
		{11, Newest, Profile{11, 7}, true},
	} {
		got, exact, err := Resolve(c.minor, c.patch)
		if err != nil || got != c.want || exact != c.exact {
			t.Errorf("Resolve(%d, %d) = %v, %v, %v; want %v, %v", c.minor, c.patch, got, exact, err, c.want, c.exact)
		}
	}
	if _, _, err := Resolve(10, 0); err == nil {
		t.Error("Resolve(10, 0) found a profile")
	}
}

// TestReached checks the rule for changes that reached several series.
func TestReached(t *testing.T) {
	points := []Profile{{13, 16}, {14, 8}}
	for p, want := range map[Profile]bool{
		{12, 9}: false, {13, 0}: false, {13, 15}: false, {13, 16}: true, {13, 20}: true,
		{14, 0}: false, {14, 7}: false, {14, 8}: true, {15, 0}: true,
	} {
		if got := reached(points, p); got != want {
			t.Errorf("%v: %v, want %v", p, got, want)
		}
	}
}

// TestNew pins one feature of each series, and that every row is used.
func TestNew(t *testing.T) {
	for _, p := range Known() {
		f := New(p)
		if got, want := f.FStringTokens, p.Minor >= 12; got != want {
			t.Errorf("%v: FStringTokens %v", p, got)
		}
		if got, want := f.LazyImports, p.Minor >= 15; got != want {
			t.Errorf("%v: LazyImports %v", p, got)
		}
		if got, want := f.Unicode, Unicode(p.Minor-11); got != want {
			t.Errorf("%v: Unicode %v, want %v", p, got, want)
		}
	}
	fields := map[*bool]bool{}
	f := New(Known()[0])
	for _, c := range changes {
		if p := c.field(f); fields[p] {
			t.Error("two rows set the same feature")
		} else {
			fields[p] = true
		}
	}
}
