package ast

import (
	"strconv"

	"github.com/rules-precompile/precompile/precompile/compiler/internal/target"
	"github.com/rules-precompile/precompile/precompile/internal/pyrepr"
)

// Dump appends the tree as ast.dump(tree, include_attributes=True) of the target
// has it: on one line, every field by name, fields that are None left out.
func Dump(b []byte, m *Module, names *Names, f *target.Features) []byte {
	d := dumper{b: b, names: names, f: f}
	d.open("Module(")
	dumpList(&d, "body", m.Body, d.stmt)
	if !f.DumpOmitsEmpty {
		d.field("type_ignores")
		d.text("[]")
	}
	d.close()
	return d.b
}

// dumper writes one dump. first says that the next field is its node's first.
type dumper struct {
	b     []byte
	names *Names
	f     *target.Features
	first bool
}

func (d *dumper) text(s string) { d.b = append(d.b, s...) }

func (d *dumper) open(s string) {
	d.text(s)
	d.first = true
}

func (d *dumper) close() {
	d.b = append(d.b, ')')
	d.first = false
}

func (d *dumper) field(name string) {
	if !d.first {
		d.text(", ")
	}
	d.first = false
	d.text(name)
	d.b = append(d.b, '=')
}

// pos writes the attributes and closes the node.
func (d *dumper) pos(p *Pos) {
	d.int("lineno", p.Line)
	d.int("col_offset", p.Col)
	d.int("end_lineno", p.EndLine)
	d.int("end_col_offset", p.EndCol)
	d.close()
}

func (d *dumper) int(name string, v int32) {
	d.field(name)
	d.b = strconv.AppendInt(d.b, int64(v), 10)
}

// name writes a field that is an identifier, unless there is none.
func (d *dumper) name(field string, n Name) {
	if n != NoName {
		d.field(field)
		d.b = pyrepr.AppendStr(d.b, d.names.Text(n), d.f.Profile.Minor)
	}
}

// str is name for an identifier that is there.
func (d *dumper) nameItem(n Name) { d.b = pyrepr.AppendStr(d.b, d.names.Text(n), d.f.Profile.Minor) }

func (d *dumper) exprField(field string, x Expr) {
	if x != nil {
		d.field(field)
		d.expr(x)
	}
}

func (d *dumper) ctx(c Context) {
	if c == Load && d.f.DumpOmitsLoad {
		return
	}
	d.field("ctx")
	d.text([...]string{"Load()", "Store()", "Del()"}[c])
}

// dumpList writes a field that is a list; where the target does so, an empty one
// is left out.
func dumpList[T any](d *dumper, field string, list []T, item func(T)) {
	if len(list) == 0 && d.f.DumpOmitsEmpty {
		return
	}
	d.field(field)
	d.b = append(d.b, '[')
	for i, x := range list {
		if i > 0 {
			d.text(", ")
		}
		item(x)
	}
	d.b = append(d.b, ']')
}

// dumpRefs is dumpList for items that are values.
func dumpRefs[T any](d *dumper, field string, list []T, item func(*T)) {
	if len(list) == 0 && d.f.DumpOmitsEmpty {
		return
	}
	d.field(field)
	d.b = append(d.b, '[')
	for i := range list {
		if i > 0 {
			d.text(", ")
		}
		item(&list[i])
	}
	d.b = append(d.b, ']')
}

func (d *dumper) exprs(field string, list []Expr) { dumpList(d, field, list, d.exprOrNone) }

func (d *dumper) stmts(field string, list []Stmt) { dumpList(d, field, list, d.stmt) }

func (d *dumper) exprOrNone(x Expr) {
	if x == nil {
		d.text("None")
		return
	}
	d.expr(x)
}

func (d *dumper) expr(x Expr) {
	switch n := x.(type) {
	case *BoolOp:
		d.open("BoolOp(")
		d.field("op")
		d.text([...]string{"And()", "Or()"}[n.Op])
		d.exprs("values", n.Values)
	case *NamedExpr:
		d.open("NamedExpr(")
		d.exprField("target", n.Target)
		d.exprField("value", n.Value)
	case *BinOp:
		d.open("BinOp(")
		d.exprField("left", n.Left)
		d.field("op")
		d.text(operatorNames[n.Op])
		d.exprField("right", n.Right)
	case *UnaryOp:
		d.open("UnaryOp(")
		d.field("op")
		d.text([...]string{"Invert()", "Not()", "UAdd()", "USub()"}[n.Op])
		d.exprField("operand", n.Operand)
	case *Lambda:
		d.open("Lambda(")
		d.arguments(n.Args)
		d.exprField("body", n.Body)
	case *IfExp:
		d.open("IfExp(")
		d.exprField("test", n.Test)
		d.exprField("body", n.Body)
		d.exprField("orelse", n.Orelse)
	case *Dict:
		d.open("Dict(")
		d.exprs("keys", n.Keys)
		d.exprs("values", n.Values)
	case *Set:
		d.open("Set(")
		d.exprs("elts", n.Elts)
	case *ListComp:
		d.open("ListComp(")
		d.exprField("elt", n.Elt)
		d.generators(n.Generators)
	case *SetComp:
		d.open("SetComp(")
		d.exprField("elt", n.Elt)
		d.generators(n.Generators)
	case *DictComp:
		d.open("DictComp(")
		d.exprField("key", n.Key)
		d.exprField("value", n.Value)
		d.generators(n.Generators)
	case *GeneratorExp:
		d.open("GeneratorExp(")
		d.exprField("elt", n.Elt)
		d.generators(n.Generators)
	case *Await:
		d.open("Await(")
		d.exprField("value", n.Value)
	case *Yield:
		d.open("Yield(")
		d.exprField("value", n.Value)
	case *YieldFrom:
		d.open("YieldFrom(")
		d.exprField("value", n.Value)
	case *Compare:
		d.open("Compare(")
		d.exprField("left", n.Left)
		dumpList(d, "ops", n.Ops, func(op CmpOperator) { d.text(cmpNames[op]) })
		d.exprs("comparators", n.Comparators)
	case *Call:
		d.open("Call(")
		d.exprField("func", n.Func)
		d.exprs("args", n.Args)
		dumpRefs(d, "keywords", n.Keywords, d.keyword)
	case *FormattedValue:
		d.open("FormattedValue(")
		d.exprField("value", n.Value)
		d.int("conversion", int32(n.Conversion))
		d.exprField("format_spec", n.Spec)
	case *Interpolation:
		d.open("Interpolation(")
		d.exprField("value", n.Value)
		d.field("str")
		d.b = AppendConstRepr(d.b, n.Str, d.f.Profile.Minor)
		d.int("conversion", int32(n.Conversion))
		d.exprField("format_spec", n.Spec)
	case *JoinedStr:
		d.open("JoinedStr(")
		d.exprs("values", n.Values)
	case *TemplateStr:
		d.open("TemplateStr(")
		d.exprs("values", n.Values)
	case *Constant:
		d.open("Constant(")
		d.field("value")
		d.b = AppendConstRepr(d.b, n.Value, d.f.Profile.Minor)
		if n.U {
			d.field("kind")
			d.text("'u'")
		}
	case *Attribute:
		d.open("Attribute(")
		d.exprField("value", n.Value)
		d.name("attr", n.Attr)
		d.ctx(n.Ctx)
	case *Subscript:
		d.open("Subscript(")
		d.exprField("value", n.Value)
		d.exprField("slice", n.Slice)
		d.ctx(n.Ctx)
	case *Starred:
		d.open("Starred(")
		d.exprField("value", n.Value)
		d.ctx(n.Ctx)
	case *NameExpr:
		d.open("Name(")
		d.name("id", n.ID)
		d.ctx(n.Ctx)
	case *List:
		d.open("List(")
		d.exprs("elts", n.Elts)
		d.ctx(n.Ctx)
	case *Tuple:
		d.open("Tuple(")
		d.exprs("elts", n.Elts)
		d.ctx(n.Ctx)
	case *Slice:
		d.open("Slice(")
		d.exprField("lower", n.Lower)
		d.exprField("upper", n.Upper)
		d.exprField("step", n.Step)
	}
	d.pos(x.Position())
}

var operatorNames = [...]string{
	Add: "Add()", Sub: "Sub()", Mult: "Mult()", MatMult: "MatMult()", Div: "Div()", Mod: "Mod()", Pow: "Pow()",
	LShift: "LShift()", RShift: "RShift()", BitOr: "BitOr()", BitXor: "BitXor()", BitAnd: "BitAnd()",
	FloorDiv: "FloorDiv()",
}

var cmpNames = [...]string{
	Eq: "Eq()", NotEq: "NotEq()", Lt: "Lt()", LtE: "LtE()", Gt: "Gt()", GtE: "GtE()", Is: "Is()", IsNot: "IsNot()",
	In: "In()", NotIn: "NotIn()",
}

func (d *dumper) generators(list []Comprehension) {
	dumpRefs(d, "generators", list, func(c *Comprehension) {
		d.open("comprehension(")
		d.exprField("target", c.Target)
		d.exprField("iter", c.Iter)
		d.exprs("ifs", c.Ifs)
		d.int("is_async", int32(btoi(c.Async)))
		d.close()
	})
}

func (d *dumper) keyword(k *Keyword) {
	d.open("keyword(")
	d.name("arg", k.Arg)
	d.exprField("value", k.Value)
	d.pos(&k.Pos)
}

func (d *dumper) arguments(a *Arguments) {
	d.field("args")
	d.open("arguments(")
	dumpRefs(d, "posonlyargs", a.PosOnly, d.arg)
	dumpRefs(d, "args", a.Args, d.arg)
	if a.Vararg != nil {
		d.field("vararg")
		d.arg(a.Vararg)
	}
	dumpRefs(d, "kwonlyargs", a.KwOnly, d.arg)
	d.exprs("kw_defaults", a.KwDefaults)
	if a.Kwarg != nil {
		d.field("kwarg")
		d.arg(a.Kwarg)
	}
	d.exprs("defaults", a.Defaults)
	d.close()
}

func (d *dumper) arg(a *Arg) {
	d.open("arg(")
	d.name("arg", a.Name)
	d.exprField("annotation", a.Annotation)
	d.pos(&a.Pos)
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
