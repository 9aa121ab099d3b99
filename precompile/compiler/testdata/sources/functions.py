def plain(a, b=1, /, c=2, *args, d, e=3, f=None, **kwargs):
    "Docstring\n\twith a tab\n    and indentation.\n  "
    return a, b, c, args, d, e, f, kwargs


@plain
@plain(1, *[2], **{})
def decorated(): pass


def generator(n):
    yield
    x = yield n
    yield from generator(x)
    return x


def calls(f, *args, **kw):
    f()
    f(1, 2, x=3)
    f(*args)
    f(1, *args, 2, *args)
    f(**kw)
    f(a=1, **kw, b=2, c=3)
    f(*args, a=1)
    f(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31)
    f(a=1, b=2, c=3, d=4, e=5, f=6, g=7, h=8, i=9, j=10, k=11, l=12, m=13, n=14, o=15, p=16, q=17)
    f.method(1, 2)
    f.method(1, k=2)
    f.method(*args)
    f \
        .chained(1) \
        .chained(
            2
        )
    any(x for x in args)
    all(x and y for x in args for y in x)
    tuple(x for x in args)
    return f(x for x in args)


async def asynchronous(xs):
    async with xs as x, xs:
        await x
    async for y in xs:
        if y:
            break
    else:
        return [z async for z in xs if await z]
    return {k: v async for k, v in xs}, {k for k in [await y]}


async def asyncgen(xs):
    yield 1
    async for x in xs:
        yield x
    g = (x async for x in xs)
    await asynchronous(g)


square = lambda x, *, y=2: (yield x) if y else x
nested = lambda: lambda a=lambda: 1: a


def defaults(a=[], *, b={}, c=(1, 2), d=None):
    def closure(x=a, *, y=b):
        return a, b, x, y, closure
    return closure


def unbound(flag):
    if flag:
        value = 1
    print(value)
    del value
    print(value)


def walrus(items):
    if (n := len(items)) > 10 and (m := n + 1):
        print(f"{n=} {m!r:>{n}}")
    return [last := x for x in items], last
