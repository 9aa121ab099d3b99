# Reads pairs of dumps from a file, unmarshals both and compares them by type and
# value: every field of code objects, floats by their bytes, sets as sets.
import marshal, struct, sys


def key(x):
    t = type(x)
    if t in (int, str, bytes, bool, type(None), type(Ellipsis)):
        return (t.__name__, x)
    if t is float:
        return ("float", struct.pack("<d", x))
    if t is complex:
        return ("complex", struct.pack("<dd", x.real, x.imag))
    if t is tuple:
        return ("tuple", tuple(key(y) for y in x))
    if t is frozenset:
        return ("frozenset", frozenset(key(y) for y in x))
    if hasattr(x, "co_code"):
        # co_lnotab is made of co_linetable from 3.10 on, and warns of itself in 3.12.
        names = sorted(n for n in dir(x) if n.startswith("co_") and not callable(getattr(x, n)))
        return ("code",) + tuple((n, key(getattr(x, n))) for n in names)
    raise TypeError(t)


count = 0
with open(sys.argv[1], "rb") as f:
    while True:
        pair = []
        for _ in range(2):
            head = f.read(4)
            if not head:
                break
            pair.append(marshal.loads(f.read(struct.unpack("<I", head)[0])))
        if not pair:
            break
        if key(pair[0]) != key(pair[1]):
            sys.exit("%s differs" % pair[0].co_filename)
        count += 1
print(count)
