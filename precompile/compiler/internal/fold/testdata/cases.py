"""Writes what CPython's compiler folds constants to.

usage: cases.py SEED EVERY COUNT

A line each: the operator, its operands and, where the compiler folded, the result,
marshalled, as base64. First come pairs of interesting constants, one in EVERY of
all, then COUNT pairs of random numbers.
"""

import ast
import base64
import dis
import itertools
import marshal
import random
import struct
import sys
import warnings

BINARY = {
    "+": ast.Add, "&": ast.BitAnd, "//": ast.FloorDiv, "<<": ast.LShift, "*": ast.Mult, "%": ast.Mod, "|": ast.BitOr,
    "**": ast.Pow, ">>": ast.RShift, "-": ast.Sub, "/": ast.Div, "^": ast.BitXor,
}
UNARY = {"-": ast.USub, "+": ast.UAdd, "~": ast.Invert, "not": ast.Not}

INF, NAN = float("inf"), float("nan")
INTS = [0, 1, -1, 2, 3, -7, 10, 63, 64, 127, 128, 129, 255, 256, 257, 4096, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**64,
        2**127, 10**30, -(10**40), 10**400, True, False]
FLOATS = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, -2.5, 3.7, 1e308, -1e308, 5e-324, 1e-300, INF, -INF, NAN, 1e16, 0.1]
COMPLEX = [0j, 1j, -1j, complex(-0.0, -0.0), 1 + 2j, complex(INF, 1), complex(1, INF), complex(NAN, 1), 1e200 + 1e200j, 0.5j]
OTHERS = [None, ..., "", "a", "abc", "é", "αβγ", "\U0001f600x", "\ud800", "\udc00", "x" * 200, "y" * 1025, b"", b"a", b"abc", b"z" * 300,
          (), (1,), (1, "a", None), tuple(range(20)), ((1, 2), (3, (4, 5))), ((), ())]


def slices():
    parts = [None, 0, 1, 2, -1, -2, 5, -100, 100, 2**70, -(2**70), True, "a"]
    for start, stop, step in itertools.product(parts, parts, [None, 1, 2, -1, -3, 0, 10**30]):
        yield slice(start, stop, step)


def const(v):
    if isinstance(v, slice):
        part = lambda x: None if x is None else ast.Constant(x)
        return ast.Slice(part(v.start), part(v.stop), part(v.step))
    return ast.Constant(v)


def folded(node):
    expr = ast.Expression(node)
    ast.fix_missing_locations(expr)
    try:
        code = compile(expr, "<fold>", "eval")
    except (ValueError, OverflowError, MemoryError):
        return None
    for i in dis.get_instructions(code):
        if not i.opname.startswith(("RESUME", "LOAD_CONST", "LOAD_SMALL_INT", "LOAD_COMMON", "RETURN_")):
            return None
    return (eval(code),)


def dump(v):
    return base64.b64encode(marshal.dumps(v)).decode()


def emit(op, v, w=None):
    if w is None:
        node = ast.UnaryOp(UNARY[op](), ast.Constant(v[0]))
    elif op == "[]":
        node = ast.Subscript(const(v[0]), const(w[0]), ast.Load())
    else:
        if op == "%" and isinstance(v[0], str):
            return
        node = ast.BinOp(ast.Constant(v[0]), BINARY[op](), ast.Constant(w[0]))

    result = folded(node)
    fields = [op, dump(v[0]), dump(w[0]) if w else "", dump(result[0]) if result else ""]
    print("\t".join(fields))


def random_float(rng):
    match rng.randrange(4):
        case 0:
            return struct.unpack("<d", struct.pack("<Q", rng.getrandbits(64)))[0]
        case 1:
            return rng.uniform(-1000, 1000)
        case 2:
            return float(rng.randrange(-1000, 1000))
        case 3:
            return round(rng.uniform(-10, 10), rng.randrange(4))


def random_number(rng):
    match rng.randrange(8):
        case 0 | 1:
            return rng.randrange(-1000, 1000)
        case 2:
            return rng.getrandbits(rng.randrange(1, 200)) * rng.choice([1, -1])
        case 3 | 4 | 5:
            return random_float(rng)
        case 6:
            return rng.choice(INTS + FLOATS + COMPLEX)
        case 7:
            return complex(random_float(rng), random_float(rng))


def main():
    warnings.simplefilter("ignore")
    sys.set_int_max_str_digits(0)
    rng = random.Random(int(sys.argv[1]))
    every = int(sys.argv[2])
    everything = INTS + FLOATS + COMPLEX + OTHERS
    for v in everything:
        for op in UNARY:
            emit(op, (v,))
        for w in everything:
            for op in [*BINARY, "[]"]:
                if rng.randrange(every) == 0:
                    emit(op, (v,), (w,))
    for _ in range(int(sys.argv[3])):
        emit(rng.choice(list(BINARY)), (random_number(rng),), (random_number(rng),))
    if sys.version_info >= (3, 14):
        strings = [v for v in OTHERS if isinstance(v, (str, bytes, tuple))]
        for s in slices():
            if rng.randrange(every) == 0:
                emit("[]", (rng.choice(strings),), (s,))


main()
