"""Constructs of 3.14."""

name: int = 1


def template(a):
    return t"{a!r:>{name}} text {a}"


def handlers(a: later):
    try:
        return a[1:2:3], a[:5], 5
    except OSError, ValueError:
        return list(x for x in a), set(x for x in a)
