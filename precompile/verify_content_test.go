package precompile

import (
	"strings"
	"testing"

	"github.com/rules-precompile/precompile/precompile/pyc"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// flip changes one byte of a text.
func flip(s string, at int) string { return s[:at] + string([]byte{s[at] ^ 0xff}) + s[at+1:] }

// TestVerifyContent has caches whose code is not what their source compiles to,
// or is in another form.
func TestVerifyContent(t *testing.T) {
	clean := cleanWorld(pyc.CheckedHash)
	cache := clean[cacheA]
	bytecode := strings.Index(cache, stubBytecode)
	for _, c := range []struct {
		name  string
		world world
		want  []string
	}{
		{"a byte of the code", clean.with(cacheA, flip(cache, bytecode)), []string{
			"mismatch " + cacheA + ": co_code…"}},
		{"planted, unchecked, right hash", clean.with(cacheA, planted(pyc.UncheckedHash, "x = 1\n", "evil")), []string{
			"mismatch " + cacheA + ": co_consts[0] of <module> is …"}},
		{"planted, unchecked, own hash", clean.with(cacheA, planted(pyc.UncheckedHash, "evil", "evil")), []string{
			"mismatch " + cacheA + ": co_consts[0] of <module> is …"}},
		{"planted, checked, right hash", clean.with(cacheA, planted(pyc.CheckedHash, "x = 1\n", "evil")), []string{
			"mismatch " + cacheA + ": co_consts[0] of <module> is …"}},
		{"an edited source", clean.with("pkg/a.py", "x = 2\n"), []string{
			"stale " + cacheA + ": source hash …; the code is not what the source compiles to: co_consts[0] of <module> is 'x = 1\\n', the source compiles to 'x = 2\\n'"}},
		{"another level's", clean.with(cacheA, stubCache(v313, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 2)), []string{
			"mismatch " + cacheA + ": co_consts[1] of <module> is 2, the source compiles to 0"}},
		{"a second cache beside the source", clean.with("pkg/a.pyc", planted(pyc.UncheckedHash, "x = 1\n", "evil")), []string{
			"mismatch pkg/a.pyc: co_consts[0] of <module> is …"}},
		{"a right second cache of level 2", clean.with("pkg/a.pyc", stubCache(v313, pyc.CheckedHash, "x = 1\n", "pkg/a.py", 2)), nil},
		{"a level not asked for, wrong", clean.with("pkg/__pycache__/a.cpython-313.opt-1.pyc", cache), []string{
			"mismatch pkg/__pycache__/a.cpython-313.opt-1.pyc: co_consts[1] of <module> is 0, the source compiles to 1"}},
		{"a flag without use", clean.with(cacheA, cache[:16]+flagged(cache[16:])), []string{
			"foreign-but-equal " + cacheA + ": equal code in another marshal form: unused-flag"}},
		{"another name in a function", clean.with(cacheA, renamed(t, cache)), []string{
			"mismatch " + cacheA + ": co_filename of <module>.f is 'b.py', the source compiles to 'pkg/a.py'"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			everyMedium(t, c.world, func(t *testing.T, path, prefix string) {
				_, got := verified(t, VerifyOptions{Selection: Selection{Paths: []string{path}}}, prefix)
				expect(t, got, c.want...)
			})
		})
	}
}

// renamed gives the function of a module another co_filename than the module.
func renamed(t testing.TB, cache string) string {
	t.Helper()
	p := stubProfile(v313)
	module, err := marshal.Unmarshal([]byte(cache[pyc.HeaderSize:]), p)
	check(t, err)
	for _, c := range module.Code().Consts.Items {
		if c.Kind == marshal.KindCode {
			c.Code().FileName = marshal.NewStr("b.py", false)
		}
	}
	body, err := marshal.Append(nil, module, p)
	check(t, err)
	return cache[:pyc.HeaderSize] + string(body)
}
