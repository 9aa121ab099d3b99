class Empty: pass


class Base(object, metaclass=type, **{}):
    """Docstring."""
    attribute = 1
    __private = 2

    def __init__(self, __x):
        super().__init__()
        self.x = __x
        self.__y = self.x.__z
        self.a, self.b = 1, 2
        other.c = 3

    def method(self):
        self.late = __class__
        return super().method, super(Base, self).method(1), super().__class__

    @classmethod
    def create(cls):
        class Inner:
            def deep(self):
                self.inner = cls
                return super().deep(1, *cls)
        return Inner

    squares = [attribute * i for i in range(3)]
    pairs = {k: v for k, v in zip(squares, [attribute])}
    lazy = (x for x in squares)
    lambdas = [lambda: i for i in range(3)]


def factory(base, name):
    @decorator
    @other(1)
    class Made(base, key=name):
        shadow = name
        name = name

        def get(self):
            return name, base, __class__

        del shadow
    return Made


def super_shadowed():
    super = 1
    return super().x


class Global:
    global module_level
    module_level = 1

    def __mangled__(self): return __name

    class __Nested:
        __attr = 1

        def f(self): import __mod.sub; from x import __y as __z; return __z
