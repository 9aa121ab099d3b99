"""Shows the symbol tables that this interpreter makes, for the conformance test.

A request on standard input is a letter, a big-endian length of four bytes, and a
source. The answer is a letter, a length, and text:

    h: the MD5 of the table's text       t: the table's text

with the letter "o", or "e" and the error's type, message, line, column, end line
and end column, each on a line, if the source has no table.

The text of a table has for each scope, parents first, a line with kind, name,
first line and nesting, a line with its parameters, and one for each symbol: its
flags and its binding as numbers, and its name. The order of symbols is that of
the interpreter, except that those without flags come last and by name: their
order depends on the hash seed.
"""

import _symtable
import hashlib
import struct
import sys

KINDS = {}
for kind, names in {
    "function": ["TYPE_FUNCTION"],
    "class": ["TYPE_CLASS"],
    "module": ["TYPE_MODULE"],
    "annotation": ["TYPE_ANNOTATION"],
    "type alias": ["TYPE_TYPE_ALIAS"],
    "type parameters": ["TYPE_TYPE_PARAM", "TYPE_TYPE_PARAMETERS"],
    "type variable": ["TYPE_TYPE_VAR_BOUND", "TYPE_TYPE_VARIABLE"],
}.items():
    for name in names:
        if hasattr(_symtable, name):
            KINDS[getattr(_symtable, name)] = kind

OFFSET, MASK = _symtable.SCOPE_OFF, _symtable.SCOPE_MASK
FREE_CLASS = _symtable.DEF_FREE_CLASS


def show(entry, depth, out):
    pad = "  " * depth
    out.append(f"{pad}{KINDS[entry.type]} {entry.name} line {entry.lineno} nested {int(entry.nested)}")
    out.append(f"{pad}  ({', '.join(entry.varnames)})")
    last = []
    for name, value in entry.symbols.items():
        flags, binding = value & (1 << OFFSET) - 1, value >> OFFSET & MASK
        line = f"{pad}  {flags} {binding} {name}"
        if flags & ~FREE_CLASS:
            out.append(line)
        else:
            last.append((name, line))
    out.extend(line for _, line in sorted(last))
    for child in entry.children:
        show(child, depth + 1, out)


def answer(source):
    try:
        top = _symtable.symtable(source, "x.py", "exec")
    except SyntaxError as e:
        return "e", "\n".join(
            str(x or 0) for x in (type(e).__name__, e.msg, e.lineno, e.offset, e.end_lineno, e.end_offset)
        )
    except Exception as e:
        return "e", f"{type(e).__name__}\n{e}\n0\n0\n0\n0"
    out = []
    show(top, 0, out)
    return "o", "\n".join(out) + "\n"


def main():
    sys.setrecursionlimit(1000)
    inp, outp = sys.stdin.buffer, sys.stdout.buffer
    while head := inp.read(5):
        what, n = struct.unpack(">cI", head)
        status, text = answer(inp.read(n))
        data = text.encode("utf-8", "surrogatepass")
        if status == "o" and what == b"h":
            data = hashlib.md5(data).hexdigest().encode()
        outp.write(status.encode() + struct.pack(">I", len(data)) + data)
        outp.flush()


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    main()
