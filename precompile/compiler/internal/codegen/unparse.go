package codegen

import (
	"bytes"
	"strings"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/ast"
	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// Levels of precedence, from what binds least.
const (
	levelTuple = iota
	levelTest  // if-else, lambda
	levelOr
	levelAnd
	levelNot
	levelCmp
	levelBitOr
	levelBitXor
	levelBitAnd
	levelShift
	levelArith
	levelTerm
	levelFactor
	levelPower
	levelAwait
	levelAtom

	levelExpr = levelBitOr
)

// unparse returns an annotation as the source that CPython makes of it.
func (g *Generator) unparse(e ast.Expr) string {
	u := unparser{names: g.names, f: g.f}
	u.expr(e, levelTest)
	return string(u.out)
}

// unparser writes expressions with as few parentheses as it knows to be enough.
type unparser struct {
	names *ast.Names
	f     *target.Features
	out   []byte
}

func (u *unparser) str(s string) { u.out = append(u.out, s...) }

func (u *unparser) name(n ast.Name) { u.str(u.names.Text(n)) }

// in writes what write does in parentheses if the level around binds more.
func (u *unparser) in(level, own int, write func()) {
	if level > own {
		u.str("(")
	}
	write()
	if level > own {
		u.str(")")
	}
}

// list writes expressions between commas.
func (u *unparser) list(elts []ast.Expr, level int) {
	for i, e := range elts {
		if i > 0 {
			u.str(", ")
		}
		u.expr(e, level)
	}
}

var binarySigns = [...]struct {
	sign  string
	level int
}{
	ast.Add: {" + ", levelArith}, ast.Sub: {" - ", levelArith}, ast.Mult: {" * ", levelTerm}, ast.MatMult: {" @ ", levelTerm},
	ast.Div: {" / ", levelTerm}, ast.Mod: {" % ", levelTerm}, ast.LShift: {" << ", levelShift}, ast.RShift: {" >> ", levelShift},
	ast.BitOr: {" | ", levelBitOr}, ast.BitXor: {" ^ ", levelBitXor}, ast.BitAnd: {" & ", levelBitAnd},
	ast.FloorDiv: {" // ", levelTerm}, ast.Pow: {" ** ", levelPower},
}

var unarySigns = [...]struct {
	sign  string
	level int
}{
	ast.Invert: {"~", levelFactor}, ast.Not: {"not ", levelNot}, ast.UAdd: {"+", levelFactor}, ast.USub: {"-", levelFactor},
}

var compareSigns = [...]string{
	ast.Eq: " == ", ast.NotEq: " != ", ast.Lt: " < ", ast.LtE: " <= ", ast.Gt: " > ", ast.GtE: " >= ",
	ast.Is: " is ", ast.IsNot: " is not ", ast.In: " in ", ast.NotIn: " not in ",
}

func (u *unparser) expr(e ast.Expr, level int) {
	switch e := e.(type) {
	case *ast.NameExpr:
		u.name(e.ID)
	case *ast.Constant:
		u.constant(e)
	case *ast.Attribute:
		u.expr(e.Value, levelAtom)
		if c, ok := e.Value.(*ast.Constant); ok && (c.Value.Kind == ast.Int || c.Value.Kind == ast.BigInt) {
			u.str(" ") // 1 .real
		}
		u.str(".")
		u.name(e.Attr)
	case *ast.Subscript:
		u.expr(e.Value, levelAtom)
		u.str("[")
		u.expr(e.Slice, levelTuple)
		u.str("]")
	case *ast.BoolOp:
		own, sign := levelAnd, " and "
		if e.Op == ast.Or {
			own, sign = levelOr, " or "
		}
		u.in(level, own, func() {
			for i, v := range e.Values {
				if i > 0 {
					u.str(sign)
				}
				u.expr(v, own+1)
			}
		})
	case *ast.BinOp:
		s := binarySigns[e.Op]
		left, right := s.level, s.level+1
		if e.Op == ast.Pow {
			left, right = right, left
		}
		u.in(level, s.level, func() {
			u.expr(e.Left, left)
			u.str(s.sign)
			u.expr(e.Right, right)
		})
	case *ast.UnaryOp:
		s := unarySigns[e.Op]
		u.in(level, s.level, func() {
			u.str(s.sign)
			u.expr(e.Operand, s.level)
		})
	case *ast.Compare:
		u.in(level, levelCmp, func() {
			u.expr(e.Left, levelCmp+1)
			for i, op := range e.Ops {
				u.str(compareSigns[op])
				u.expr(e.Comparators[i], levelCmp+1)
			}
		})
	case *ast.IfExp:
		u.in(level, levelTest, func() {
			u.expr(e.Body, levelTest+1)
			u.str(" if ")
			u.expr(e.Test, levelTest+1)
			u.str(" else ")
			u.expr(e.Orelse, levelTest)
		})
	case *ast.Lambda:
		u.in(level, levelTest, func() {
			u.str("lambda")
			if len(e.Args.Args)+len(e.Args.PosOnly) > 0 {
				u.str(" ")
			}
			u.arguments(e.Args)
			u.str(": ")
			u.expr(e.Body, levelTest)
		})
	case *ast.NamedExpr:
		u.in(level, levelTuple, func() {
			u.expr(e.Target, levelAtom)
			u.str(" := ")
			u.expr(e.Value, levelAtom)
		})
	case *ast.Await:
		u.in(level, levelAwait, func() {
			u.str("await ")
			u.expr(e.Value, levelAtom)
		})
	case *ast.Yield:
		u.str("(yield")
		if e.Value != nil {
			u.str(" ")
			u.expr(e.Value, levelTest)
		}
		u.str(")")
	case *ast.YieldFrom:
		u.str("(yield from ")
		u.expr(e.Value, levelTest)
		u.str(")")
	case *ast.Starred:
		u.str("*")
		u.expr(e.Value, levelExpr)
	case *ast.Call:
		u.call(e)
	default:
		u.display(e, level)
	}
}

// display writes what has brackets of its own, and strings.
func (u *unparser) display(e ast.Expr, level int) {
	switch e := e.(type) {
	case *ast.Tuple:
		if len(e.Elts) == 0 {
			u.str("()")
			return
		}
		u.in(level, levelTuple, func() {
			u.list(e.Elts, levelTest)
			if len(e.Elts) == 1 {
				u.str(",")
			}
		})
	case *ast.List:
		u.str("[")
		u.list(e.Elts, levelTest)
		u.str("]")
	case *ast.Set:
		u.str("{")
		u.list(e.Elts, levelTest)
		u.str("}")
	case *ast.Dict:
		u.str("{")
		for i, value := range e.Values {
			if i > 0 {
				u.str(", ")
			}
			if key := e.Keys[i]; key != nil {
				u.expr(key, levelTest)
				u.str(": ")
				u.expr(value, levelTest)
			} else {
				u.str("**")
				u.expr(value, levelExpr)
			}
		}
		u.str("}")
	case *ast.ListComp:
		u.comp("[", e.Elt, nil, e.Generators, "]")
	case *ast.SetComp:
		u.comp("{", e.Elt, nil, e.Generators, "}")
	case *ast.DictComp:
		u.comp("{", e.Key, e.Value, e.Generators, "}")
	case *ast.GeneratorExp:
		u.comp("(", e.Elt, nil, e.Generators, ")")
	case *ast.Slice:
		if e.Lower != nil {
			u.expr(e.Lower, levelTest)
		}
		u.str(":")
		if e.Upper != nil {
			u.expr(e.Upper, levelTest)
		}
		if e.Step != nil {
			u.str(":")
			u.expr(e.Step, levelTest)
		}
	case *ast.JoinedStr:
		u.formatted("f", e.Values)
	case *ast.TemplateStr:
		u.formatted("t", e.Values)
	case *ast.FormattedValue, *ast.Interpolation:
		u.part(e)
	default:
		unreachable(e)
	}
}

func (u *unparser) comp(begin string, elt, value ast.Expr, clauses []ast.Comprehension, end string) {
	u.str(begin)
	u.expr(elt, levelTest)
	if value != nil {
		u.str(": ")
		u.expr(value, levelTest)
	}
	for i := range clauses {
		c := &clauses[i]
		if c.Async {
			u.str(" async")
		}
		u.str(" for ")
		u.expr(c.Target, levelTuple)
		u.str(" in ")
		u.expr(c.Iter, levelTest+1)
		for _, test := range c.Ifs {
			u.str(" if ")
			u.expr(test, levelTest+1)
		}
	}
	u.str(end)
}

func (u *unparser) call(e *ast.Call) {
	u.expr(e.Func, levelAtom)
	if len(e.Args) == 1 && len(e.Keywords) == 0 {
		if gen, ok := e.Args[0].(*ast.GeneratorExp); ok {
			u.expr(gen, levelTest)
			return
		}
	}
	u.str("(")
	u.list(e.Args, levelTest)
	for i := range e.Keywords {
		k := &e.Keywords[i]
		if i > 0 || len(e.Args) > 0 {
			u.str(", ")
		}
		if k.Arg == ast.NoName {
			u.str("**")
		} else {
			u.name(k.Arg)
			u.str("=")
		}
		u.expr(k.Value, levelTest)
	}
	u.str(")")
}

func (u *unparser) arguments(a *ast.Arguments) {
	first := true
	next := func() {
		if !first {
			u.str(", ")
		}
		first = false
	}
	arg := func(a *ast.Arg, value ast.Expr) {
		u.name(a.Name)
		if a.Annotation != nil {
			u.str(": ")
			u.expr(a.Annotation, levelTest)
		}
		if value != nil {
			u.str("=")
			u.expr(value, levelTest)
		}
	}
	positional := len(a.PosOnly) + len(a.Args)
	for i := range positional {
		next()
		var value ast.Expr
		if d := i - positional + len(a.Defaults); d >= 0 {
			value = a.Defaults[d]
		}
		if i < len(a.PosOnly) {
			arg(&a.PosOnly[i], value)
		} else {
			arg(&a.Args[i-len(a.PosOnly)], value)
		}
		if i+1 == len(a.PosOnly) {
			u.str(", /")
		}
	}
	if a.Vararg != nil || len(a.KwOnly) > 0 {
		next()
		u.str("*")
		if a.Vararg != nil {
			arg(a.Vararg, nil)
		}
	}
	for i := range a.KwOnly {
		next()
		arg(&a.KwOnly[i], a.KwDefaults[i])
	}
	if a.Kwarg != nil {
		next()
		u.str("**")
		arg(a.Kwarg, nil)
	}
}

func (u *unparser) constant(e *ast.Constant) {
	if e.Value.Kind == ast.Ellipsis {
		u.str("...")
		return
	}
	if e.U {
		u.str("u")
	}
	at := len(u.out)
	u.out = ast.AppendConstRepr(u.out, e.Value, u.f.Profile.Minor)
	if k := e.Value.Kind; k == ast.Float || k == ast.Complex {
		// What is infinite is written as a number that is.
		if text := u.out[at:]; bytes.Contains(text, []byte("inf")) {
			u.out = append(u.out[:at], strings.ReplaceAll(string(text), "inf", "1e309")...)
		}
	}
}

// formatted writes an f-string or t-string as a literal with repr's quotes.
func (u *unparser) formatted(prefix string, values []ast.Expr) {
	inner := unparser{names: u.names, f: u.f}
	for _, v := range values {
		inner.part(v)
	}
	u.str(prefix)
	u.out = pyrepr.AppendStr(u.out, string(inner.out), u.f.Profile.Minor)
}

// part writes a part of an f-string.
func (u *unparser) part(e ast.Expr) {
	switch e := e.(type) {
	case *ast.Constant:
		u.str(strings.ReplaceAll(strings.ReplaceAll(e.Value.Str, "{", "{{"), "}", "}}"))
	case *ast.JoinedStr:
		u.formatted("f", e.Values)
	case *ast.TemplateStr:
		u.formatted("t", e.Values)
	case *ast.FormattedValue:
		inner := unparser{names: u.names, f: u.f}
		inner.expr(e.Value, levelTest+1)
		u.field(string(inner.out), e.Conversion, e.Spec)
	case *ast.Interpolation:
		u.field(e.Str.Str, e.Conversion, e.Spec)
	default:
		unreachable(e)
	}
}

func (u *unparser) field(text string, conversion int8, spec ast.Expr) {
	u.str("{")
	if strings.HasPrefix(text, "{") {
		u.str(" ")
	}
	u.str(text)
	if conversion > 0 {
		u.out = append(u.out, '!', byte(conversion))
	}
	if spec != nil {
		u.str(":")
		if j, ok := spec.(*ast.JoinedStr); ok {
			for _, v := range j.Values {
				u.part(v)
			}
		} else {
			u.part(spec)
		}
	}
	u.str("}")
}
