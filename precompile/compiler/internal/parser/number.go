package parser

import (
	"math/big"
	"strconv"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
)

// maxDigits is the default of sys.set_int_max_str_digits: a decimal literal with
// more digits is refused.
const maxDigits = 4300

// number = NUMBER
func (p *Parser) number(s start) ast.Expr {
	c := p.arena.Consts.New()
	if !numberValue(c, p.text[p.tok.Start:p.tok.End]) {
		p.fail()
	}
	return p.constant(s, c)
}

// numberValue sets c to the value of a literal that the lexer accepted. It
// returns false for a decimal integer with too many digits.
func numberValue(c *ast.Const, text string) bool {
	if len(text) <= 18 { // most are short decimal integers
		v := int64(0)
		for i := 0; ; i++ {
			if i == len(text) {
				*c = ast.Const{Kind: ast.Int, Int: v}
				return true
			}
			d := text[i] - '0'
			if d > 9 {
				break
			}
			v = 10*v + int64(d)
		}
	}
	if strings.IndexByte(text, '_') >= 0 {
		text = strings.ReplaceAll(text, "_", "")
	}
	last := text[len(text)-1] | 0x20
	if len(text) > 2 && text[0] == '0' {
		base := 0
		switch text[1] | 0x20 {
		case 'x':
			base = 16
		case 'o':
			base = 8
		case 'b':
			base = 2
		}
		if base != 0 {
			setInt(c, text[2:], base)
			return true
		}
	}
	if last == 'j' {
		*c = ast.Const{Kind: ast.Complex, Imag: float(text[:len(text)-1])}
		return true
	}
	if strings.ContainsAny(text, ".eE") {
		*c = ast.Const{Kind: ast.Float, Real: float(text)}
		return true
	}
	if len(text) > maxDigits && strings.Trim(text, "0") != "" {
		return false
	}
	setInt(c, text, 10)
	return true
}

func setInt(c *ast.Const, digits string, base int) {
	if v, err := strconv.ParseInt(digits, base, 64); err == nil {
		*c = ast.Const{Kind: ast.Int, Int: v}
		return
	}
	v, ok := new(big.Int).SetString(digits, base)
	if !ok {
		panic("parser: not a number: " + digits)
	}
	*c = ast.Const{Kind: ast.BigInt, Big: v}
}

// float returns the value of a decimal literal; too large a one is infinite.
func float(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil && err.(*strconv.NumError).Err != strconv.ErrRange {
		panic("parser: not a number: " + text)
	}
	return v
}
