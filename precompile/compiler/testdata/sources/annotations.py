"""Annotations of every kind."""
x: int = 1
y: "str"
z.attribute: int
z[0]: int = 2
z[1:2, 3]: (yield_)
(w): float = 3


def f(a: int, /, b: str = "x", *args: *Ts, c: float = 1.0, **kw: dict[str, int]) -> list[int]:
    local: int = 1
    other: undefined
    self.attr: int
    return local


async def g(__private: int) -> None: ...


class C:
    a: int
    __b: str = "x"
    if a:
        c: float
        for d in a:
            e: "forward"
    c.d: int

    def method(self, x: a, y: C) -> __b: ...

    class D:
        f: a
        lambdas: (lambda: f)


if x:
    conditional: int = 1
else:
    conditional: str
for i in x:
    in_loop: int
try:
    in_try: [v for v in x]
finally:
    pass


def closure(t):
    class E:
        a: t
        def m(self, p: t, q: a): return t
    def h(p: t) -> t: return p
    return E, h


class Cells:
    if x:
        a: [lambda: v for v in x]
        b: [(lambda: v, a) for v in x]
    c: [v for v in x]
