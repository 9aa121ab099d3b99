package codegen

import (
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/pyc/marshal"
)

// format returns the parts of the f-string that does what `format % elts` does, if
// there is one: only %s, %r and %a, with width and precision, are taken.
func (p *Preprocessor) format(format string, elts []ast.Expr) (parts []ast.Expr, ok bool) {
	out := p.parts[:0]
	for at := 0; ; {
		begin := at
		percents := false
		for at < len(format) && (format[at] != '%' || at+1 < len(format) && format[at+1] == '%') {
			if format[at] == '%' {
				percents = true
				at++
			}
			at++
		}
		if at > begin {
			out = append(out, p.formatText(format[begin:at], percents))
		}
		if at == len(format) {
			break
		}
		if len(elts) == 0 {
			return nil, false
		}
		value, rest, ok := p.formatField(format[at+1:], elts[0])
		if !ok {
			return nil, false
		}
		out = append(out, value)
		at, elts = len(format)-len(rest), elts[1:]
	}
	p.parts = out
	if len(elts) > 0 {
		return nil, false
	}
	return p.arena.Exprs.Copy(out), true
}

// noPos is the position of what stands nowhere in the source.
var noPos = ast.Pos{Line: -1, Col: -1, EndLine: -1, EndCol: -1}

func (p *Preprocessor) formatText(text string, percents bool) ast.Expr {
	var v *marshal.Value
	if percents {
		text = strings.ReplaceAll(text, "%%", "%")
		v = marshal.NewStr(text, false)
		v.Own = text == "%" // replacing makes a new object, even of one character
	}
	c := p.arena.Consts.New()
	*c = ast.Const{Kind: ast.Str, Str: text, Object: v}
	return p.textOf(c)
}

func (p *Preprocessor) textOf(c *ast.Const) ast.Expr {
	n := p.arena.Constants.New()
	*n = ast.Constant{Pos: noPos, Value: c}
	return n
}

// maxDigits is how many digits a width or precision has at most, exclusively.
const maxDigits = 3

// formatField reads a conversion specification behind its percent sign.
func (p *Preprocessor) formatField(format string, value ast.Expr) (field ast.Expr, rest string, ok bool) {
	at := 0
	next := func() (c byte, ok bool) {
		if at == len(format) {
			return 0, false
		}
		at++
		return format[at-1], true
	}
	left := false
	c, ok := next()
	for ok && strings.IndexByte("-+ #0", c) >= 0 {
		left = left || c == '-'
		c, ok = next()
	}
	number := func(n *int) bool {
		*n = 0
		for digits := 0; ok && '0' <= c && c <= '9'; {
			*n = *n*10 + int(c-'0')
			c, ok = next()
			if digits++; digits >= maxDigits {
				return false
			}
		}
		return ok
	}
	width, precision := -1, -1
	if ok && '0' <= c && c <= '9' && !number(&width) {
		return nil, "", false
	}
	if ok && c == '.' {
		c, ok = next()
		if !number(&precision) {
			return nil, "", false
		}
	}
	if !ok || c != 's' && c != 'r' && c != 'a' {
		return nil, "", false
	}
	var spec []byte
	if !left && width > 0 {
		spec = append(spec, '>')
	}
	if width >= 0 {
		spec = strconv.AppendInt(spec, int64(width), 10)
	}
	if precision >= 0 {
		spec = strconv.AppendInt(append(spec, '.'), int64(precision), 10)
	}
	f := p.arena.FormattedValues.New()
	*f = ast.FormattedValue{Pos: *value.Position(), Value: value, Conversion: int8(c)}
	if len(spec) > 0 {
		s := p.arena.Consts.New()
		*s = ast.Const{Kind: ast.Str, Str: string(spec)}
		f.Spec = p.textOf(s)
	}
	return f, format[at:], true
}
