"""Constructs of 3.12."""

type Alias[T: int, *Ts, **P] = dict[T, P]


class Generic[T]:
    def method[S: (int, str)](self, x: T = 1) -> S:
        return f"{x:{x}} {"nested" + f'{1!r}'}"

    @property
    def values(self):
        return [T for x in self if (lambda: x)]


def comprehensions(a):
    locals()
    return [a for a in a], {a: b for a, b in a}, [x[1:2] for x in a]
