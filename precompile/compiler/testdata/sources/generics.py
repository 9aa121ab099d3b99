type Alias = int | str
type Generic[T, *Ts, **P] = dict[T, tuple[*Ts]]
type Recursive = list[Recursive]


def f[T: int, U: (int, str), *Ts, **P](a: T, *args: *Ts, k: U = 1) -> T:
    return a


def g[T = int, *Ts = *tuple[int], **P = [int]](x: T = 1, *, y: T = 2): ...


class C[T, __U: int](Base[T], key=T):
    attr: T
    type Inner[V] = dict[T, V]

    def method[W: T](self, x: W, y: __U) -> "C":
        return T, W, [T for _ in x]

    @staticmethod
    async def m[X](): return X


@decorator
class D[T: (int, str)]:
    def __init__(self): self.x = T


def outer(n):
    class Local[T](n):
        def f[U](self, a: T, b: U): return T, U, n
    type A[T] = T | n
    return Local, A
