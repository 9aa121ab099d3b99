x = 1 + 2 * 3 - -4
y = (1, 2, ("a", b"b", None, True, ..., 1.0, 2j, (), frozenset))
z = "a" + "b", "a" * 3, (1, 2) * 2, "abc"[1], (1, 2, 3)[0:2], b"x"[0]
big = 2 ** 64, 1 << 70, -(2 ** 100), 10 ** 40 // 3, 123456789012345678901234567890
small = 0, -1, 255, 256, 257, -5, -6, 65536, 2147483648
floats = 0.1 + 0.2, 1e308 * 10, -0.0, 0.0, 1 / 3, 7 // 2, 7 % 3, 2 ** -1, 2.0 ** 0.5, 1e16, 1j * 1j, 1 + 2j, not 1, ~5
no = 1 / 0, 1 << 10000, "a" * 10000, (1,) * 1000, 1 % 0, 5 .real
if 0: print("dead")
if 1: print("alive")
if __debug__: print("debug")
if not __debug__: print("optimized")
while 0: pass
ks = {"a": 1, "b": 2}, {1: 1, **x}, {}, {1, 2, 3}, {1}, [1, 2, 3], [1, 2], [], (1, x), {x: 1 for x in y}
print(1 if True else 2, "x" or y, "" and y, None is None, (1, 2) is x)
a[1:2], a[:], a[::2], a[x:2], a[1:2, 3], a[1:x:2], a[...], a[-1], a[()]
(lambda: 1), (lambda: "string")
s = {1, 1.0, True}, 3 in {1, 2, 3}, x in {"a", "b"}, [1, 2, 3, 4][x], (1, 2)[x], {1: 2}[x]


def names():
    "a_name"
    return "a_name", "with space", "a_name", ("tuple_name", "x y"), 1.5, 1.5, (1, 2), (1, 2)


def same():
    return "with space", 1.5, (1, 2), {"tuple_name", 5}, x in {"with space", "other one"}, x in {"with space", "other one"}
