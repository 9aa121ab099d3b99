from __future__ import annotations
x: int | None = 1
y: list[ int ]
z.a: f(1, *b, c = 2, **d)
def f(a: (1 + 2) * 3 ** -x, *b: *Ts, c: lambda x, /, y=1, *z, w, **k: x = 1, d: not (a and b or c) = 2) -> -1: ...
class C:
    a: {1: 2, **x}
    b: {1, 2} | [i for i in x if i for j in i] | {k: v for k, v in x} | (g for g in x)
    c: a[1:2, ::3, ...]
    d: f"{x!r:>{w}} {{}} {'quoted'}" 'and "more"'
    e: "string" ; g: b'bytes' ; h: u'u' ; i: 1.5e300 * 1e999 + 2j
    k: a if b else c ; l: a < b <= c != d is not e not in f
    m: 1 .real ; n: (a, ) ; o: () ; p: a.b.c(d)(e)
    r: (lambda: 0) ; s: (lambda *, a: a) ; t: ~-+x ; u: a @ b // c % d << e >> f & g ^ h | i
    v: (a or b) and c ; w: a ** b ** c ; aa: (a ** b) ** c ; bb: [*a, *b] ; cc: f(x for x in y) ; dd: None ; ee: (a, b)[c]
