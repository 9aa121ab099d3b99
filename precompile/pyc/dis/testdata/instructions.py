"""Compiles sources and writes what this interpreter's dis makes of them, for the conformance test.

    python3.X instructions.py < list of paths, one a line

For each source that compiles the output is one line with two numbers, the lengths in bytes of what follows: the marshalled code
object, and the text of all its code objects in preorder. In the text a line is
  C qualified name             a code object begins
  I fields between tabs        an instruction, as dis.get_instructions gives it
  X fields between tabs        the instructions and caches of 3.11 and 3.12 with show_caches
  E start end target depth lasti
Values are shown by repr, but: a code object has no address; the elements of a frozenset are sorted by their representations; an
int of more than 14284 bits is shown as its size.
"""

import dis
import marshal
import sys
import types
import warnings

MINOR = sys.version_info[1]
warnings.simplefilter("ignore")
if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)
FROZENDICT = getattr(__builtins__, "frozendict", ())


def plain(x):
    """Whether repr(x) can be compared as it is."""
    t = type(x)
    if t is int:
        return x.bit_length() <= 14284
    if t is tuple:
        return all(map(plain, x))
    return t is not types.CodeType and t is not frozenset and t is not slice and t is not FROZENDICT


def show(x):
    if plain(x):
        return repr(x)
    t = type(x)
    if t is int:
        return "<int of %d bits>" % x.bit_length()
    if t is tuple:
        return "(" + ", ".join(map(show, x)) + (",)" if len(x) == 1 else ")")
    if t is frozenset:
        return "frozenset({%s})" % ", ".join(sorted(map(show, x))) if x else "frozenset()"
    if t is slice:
        return "slice(%s, %s, %s)" % (show(x.start), show(x.stop), show(x.step))
    if t is types.CodeType:
        return '<code object %s, file "%s", line %d>' % (x.co_name, x.co_filename, x.co_firstlineno)
    raise TypeError(t)


HASCONST = frozenset(dis.hasconst)
UNKNOWN = getattr(dis, "UNKNOWN", object())


def rows(co, letter, **options):
    out = []
    for i in dis.get_instructions(co, **options):
        argval, argrepr = i.argval, i.argrepr
        if argval is UNKNOWN:
            # 3.11 does not look up the names of KW_NAMES, as 3.12 does.
            argval = co.co_consts[i.arg]
            argrepr = show(argval)
        elif i.opcode in HASCONST and not plain(argval):
            argrepr = show(argval)
        f = [letter, i.offset, i.opname, i.opcode, i.arg, show(argval), argrepr, i.starts_line]
        if MINOR < 13:
            f.append(i.is_jump_target)
        else:
            f += [i.label, i.start_offset, i.line_number, i.jump_target]
            f.append(i.cache_info and [(n, s, d.hex()) for n, s, d in i.cache_info])
        if MINOR >= 11:
            f += i.positions
        out.append("\t".join(map(str, f)))
    return out


def walk(co, out, seen):
    out.append("C\t" + getattr(co, "co_qualname", co.co_name))
    out += rows(co, "I")
    if MINOR in (11, 12):
        out += rows(co, "X", show_caches=True)
    if MINOR >= 11:
        for e in dis._parse_exception_table(co):
            out.append("E\t%d\t%d\t%d\t%d\t%s" % (e.start, e.end, e.target, e.depth, e.lasti))
    for c in co.co_consts:
        if isinstance(c, types.CodeType) and id(c) not in seen:
            seen.add(id(c))
            walk(c, out, seen)


def main():
    stdout = sys.stdout.buffer
    for path in sys.stdin.read().split("\n"):
        if not path:
            continue
        try:
            with open(path, "rb") as f:
                co = compile(f.read(), path, "exec", dont_inherit=True)
        except (SyntaxError, ValueError):
            continue
        code = marshal.dumps(co)
        out = []
        walk(co, out, {id(co)})
        text = "\n".join(out).encode("utf-8", "surrogatepass")
        stdout.write(b"%d %d\n" % (len(code), len(text)))
        stdout.write(code)
        stdout.write(text)
    stdout.flush()


main()
