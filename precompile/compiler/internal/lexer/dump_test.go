package lexer

import (
	"testing"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/source"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
)

// TestDump pins the listing of a source with indentation and an f-string, before
// and since PEP 701.
func TestDump(t *testing.T) {
	const text = "if x:\n    f'a{y!r}'\n"
	for _, c := range []struct {
		minor int
		want  string
	}{
		{11, `1,0-1,2:            NAME           'if'
1,3-1,4:            NAME           'x'
1,4-1,5:            OP             ':'
1,5-1,5:            NEWLINE        '\n'
2,0-2,4:            INDENT         '    '
2,4-2,13:           STRING         "f'a{y!r}'"
2,13-2,13:          NEWLINE        '\n'
3,0-3,0:            DEDENT         ''
3,0-3,0:            ENDMARKER      ''
`},
		{13, `1,0-1,2:            NAME           'if'
1,3-1,4:            NAME           'x'
1,4-1,5:            OP             ':'
1,5-1,6:            NEWLINE        '\n'
2,0-2,4:            INDENT         '    '
2,4-2,6:            FSTRING_START  "f'"
2,6-2,7:            FSTRING_MIDDLE 'a'
2,7-2,8:            OP             '{'
2,8-2,9:            NAME           'y'
2,9-2,10:           OP             '!'
2,10-2,11:          NAME           'r'
2,11-2,12:          OP             '}'
2,12-2,13:          FSTRING_END    "'"
2,13-2,14:          NEWLINE        '\n'
3,0-3,0:            DEDENT         ''
3,0-3,0:            ENDMARKER      ''
`},
	} {
		p, _, err := target.Resolve(c.minor, target.Newest)
		if err != nil {
			t.Fatal(err)
		}
		f := target.New(p)
		src, err := source.Decode([]byte(text), f)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := Dump(nil, src, f)
		if !ok || string(got) != c.want {
			t.Errorf("%v: %v\n%s\nwant\n%s", p, ok, got, c.want)
		}
	}
}
