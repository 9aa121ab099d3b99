"""Constants of every kind that a compiler emits."""
INTS = (0, 1, -1, 255, 256, 257, -5, -6, 1024, 1025, 2**31 - 1, 2**31, -2**31, -2**31 - 1, 2**62, 2**63, -2**64, 10**40)
FLOATS = (0.0, -0.0, 1.0, 1e308, 5e-324, 1e1000, -1e1000)
COMPLEX = (0j, -0j, 1j, 1 + 2j, 1e1000j)
MIXED = (1, 1.0, True, 0, 0.0, False, None, ...)
AGAIN = (1, 1.0, True, 0, 0.0, False, None, ...)
STRINGS = ("", "a", "*", " ", "\xe9", "\u0142", "name", "not a name", "x" * 255, "x y" * 100, "na\xefve", "\ud800", "\U0001f600")
BYTES = (b"", b"a", b"\x00", b"bytes", b"\xff" * 300)
NESTED = ((), ((),), (1, (2, (3, ("deep", b"deep")))), (1, (2, (3, ("deep", b"deep")))))


def sets(x):
    return x in {1, 2, 3}, x in {"alpha", "beta gamma", "INTS"}, x in {(1, 2), b"b", None, 1.5}, x in {"alpha", "beta gamma", "INTS"}


def percent(x, y):
    return "%s%%" % (x,), "%s-%s" % (x, y), "100%"
