"""Constructs of 3.10."""


def match(x, cls):
    match x:
        case 1 | -1.5 | "a" | None | True:
            return 1
        case [a, *rest, b]:
            return rest
        case {"k": v, **more} if v:
            return more
        case cls(y, z=3) as whole:
            return whole
        case (1, [2, _]):
            pass
        case _:
            return cls


def managers(a):
    with (a() as b, a() as c):
        return b if c is None else b
