"""Constructs of 3.13."""


class Default[T = int, *Ts = *tuple[int], **P = [int]]:
    def f(self, a, b, c):
        self.a = a
        x, y = b, c
        return all(x for x in a), any(y for y in b), tuple(z for z in c)
