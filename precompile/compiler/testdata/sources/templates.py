name = "x"
a = t"", t"text", t"{name}", t"a{name!r:>{10}}b{name = }{name:x}" t"c"
try:
    pass
except A, B:
    pass


def f():
    try:
        pass
    finally:
        return 1
