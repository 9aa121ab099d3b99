package marshal

import "testing"

// TestStartupStrings: what is listed is what is looked up.
func TestStartupStrings(t *testing.T) {
	for minor := 11; minor <= 15; minor++ {
		p, err := ProfileOf(false, 3, minor)
		if err != nil {
			t.Fatal(err)
		}
		list := p.StartupStrings()
		if len(list) < 1000 {
			t.Errorf("%v: only %d strings", p, len(list))
		}
		for _, s := range list {
			if !p.AtStartup(s) {
				t.Errorf("%v: %q is listed but not found", p, s)
			}
		}
	}
}
