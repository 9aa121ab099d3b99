"""Prints what the running CPython (3.8 to 3.15) knows of its opcodes, as JSON.

    python3.X dump.py [pycore_opcode_metadata.h] > X.json
    python3.X dump.py --effects                   every stack effect, unfitted, for the test

The interpreter itself answers for names, numbers, argument kinds, inline caches and stack effects. What it does not expose
is read from Include/internal/pycore_opcode_metadata.h of the same series (3.13 and later): how many values an instruction pops
and pushes, and which instructions check the eval breaker. Without the header these are left out.

An effect on the stack is written [base, term]: base plus a function of the oparg n, one of TERMS. A fit is only taken when it
agrees with the interpreter for every oparg of OPARGS; an instruction that no term describes ends the script.
"""

import dis
import json
import opcode
import re
import sys

try:
    from _opcode import stack_effect
except ImportError:
    from opcode import stack_effect

OPARGS = list(range(301)) + [511, 512, 513, 4095, 4096, 65535, 65536, 65537, 0x12345]

TERMS = {
    "none": lambda n: 0,
    "n": lambda n: n,
    "-n": lambda n: -n,
    "2n": lambda n: 2 * n,
    "-2n": lambda n: -2 * n,
    "bit0": lambda n: n & 1,
    "-bit0": lambda n: -(n & 1),
    "unpack_ex": lambda n: (n & 0xFF) + (n >> 8),
    "is3": lambda n: int(n == 3),
    "-is3": lambda n: -int(n == 3),
    "-bit2": lambda n: -(n >> 2 & 1),
    "-bits0to3": lambda n: -bin(n & 15).count("1"),
}

# The instructions that only 3.11's compile.c has; later releases list theirs in opcode.opmap.
PSEUDO_311 = {
    "SETUP_FINALLY": -1, "SETUP_CLEANUP": -2, "SETUP_WITH": -3, "POP_BLOCK": -4, "JUMP": -5, "JUMP_NO_INTERRUPT": -6,
    "POP_JUMP_IF_FALSE": -7, "POP_JUMP_IF_TRUE": -8, "POP_JUMP_IF_NONE": -9, "POP_JUMP_IF_NOT_NONE": -10,
}
PSEUDO_311_JUMPS = [n for n in PSEUDO_311 if "JUMP" in n]
PSEUDO_311_BLOCKS = [n for n in PSEUDO_311 if n.startswith("SETUP")]

VERSION = sys.version_info[:2]


def fit(values, what):
    """values maps each oparg to an effect; the result is [base, term]."""
    for term, f in TERMS.items():
        base = values[0] - f(0)
        if all(base + f(n) == v for n, v in values.items()):
            return [base, term]
    raise SystemExit("no term describes the stack effect of %s: %r" % (what, sorted(values.items())[:20]))


def effect(number, oparg, jump):
    """The interpreter's answer, or None where it refuses the instruction."""
    try:
        return stack_effect(number, oparg, jump=jump)
    except ValueError as e:
        if "does not permit oparg" not in str(e):
            return None
    try:
        return stack_effect(number, None, jump=jump)
    except ValueError:
        return None


def opmap():
    """Every name and number: real, instrumented, specialised and the compiler's own."""
    names = dict(opcode.opmap)
    for name, number in getattr(dis, "_all_opmap", {}).items():
        names.setdefault(name, number)
    if VERSION == (3, 11):
        names.update(PSEUDO_311)
    return names


def specialised():
    names = set(getattr(opcode, "_specialized_opmap", ()))
    names.update(getattr(opcode, "_specialized_instructions", ()))
    return names


def effects_of(number, name):
    out = {}
    for key, jump in ("max", None), ("fall", False), ("jump", True):
        values = {n: effect(number, n, jump) for n in OPARGS}
        if any(v is None for v in values.values()):
            return None
        out[key] = fit(values, name)
    if out["fall"] == out["max"]:
        del out["fall"]
    if out["jump"] == out["max"]:
        del out["jump"]
    return out


def header(path):
    """Pops, pushes and eval-breaker flags by name, from pycore_opcode_metadata.h."""
    with open(path) as f:
        text = f.read()
    out = {}
    for which in "popped", "pushed":
        body = re.search(r"int _PyOpcode_num_%s\(int opcode, int oparg\)\s*\{\n    switch.*?\n\}" % which, text, re.S).group(0)
        for name, expr in re.findall(r"case (\w+):\s+return ([^;]+);", body):
            expr = re.sub(r"\(\(oparg == 3\) \? 1 : 0\)", "(oparg == 3)", expr)
            code = compile(expr, path, "eval")
            values = {n: int(eval(code, {"oparg": n})) for n in OPARGS}
            out.setdefault(name, {})[which] = fit(values, name)
    for name, flags in re.findall(r"\[(\w+)\] = \{ true, [-\w]+, ([^}]+) \}", text):
        if "HAS_EVAL_BREAK_FLAG" in flags:
            out.setdefault(name, {})["eval_break"] = True
    return out


def main(argv):
    names = opmap()
    if argv == ["--effects"]:
        rows = {}
        for name, number in names.items():
            for key, jump in ("max", None), ("fall", False), ("jump", True):
                values = [effect(number, n, jump) for n in OPARGS]
                if values[0] is not None:
                    rows["%s %s" % (name, key)] = values
        json.dump({"opargs": OPARGS, "effects": rows}, sys.stdout)
        return

    special = specialised()
    base_of = {s: base for base, family in getattr(opcode, "_specializations", {}).items() for s in family}
    caches = getattr(opcode, "_inline_cache_entries", None)
    first_instrumented = getattr(opcode, "MIN_INSTRUMENTED_OPCODE", 256)
    extra = header(argv[0]) if argv else {}
    ops = {}
    for name, number in names.items():
        pseudo = number < 0 or number > 255
        op = {"number": number}
        if hasattr(opcode, "hasarg"):
            op["arg"] = number in opcode.hasarg
        elif number >= 0:
            op["arg"] = number >= opcode.HAVE_ARGUMENT
        else:
            op["arg"] = name in PSEUDO_311_JUMPS + PSEUDO_311_BLOCKS
        for kind in "const", "name", "local", "free", "compare", "jrel", "jabs", "exc":
            op[kind] = number in getattr(opcode, "has" + kind, ())
        if number < 0:
            op["jrel"] = name in PSEUDO_311_JUMPS
            op["exc"] = name in PSEUDO_311_BLOCKS
        op["pseudo"] = pseudo
        op["specialised"] = name in special
        op["instrumented"] = first_instrumented <= number <= 255 and name.startswith("INSTRUMENTED_")
        op = {k: v for k, v in op.items() if v is not False}
        if name in base_of:
            op["base"] = base_of[name]
        if isinstance(caches, (list, tuple)):
            n = caches[number] if 0 <= number < len(caches) else 0
        else:
            n = (caches or {}).get(name, 0)
        if n:
            op["caches"] = n
        if name in special:
            e = None
        else:
            e = effects_of(number, name)
        if e is not None:
            op["effect"] = e
        op.update(extra.get(name, {}))
        ops[name] = op

    formats = {k: list(v.items()) for k, v in getattr(opcode, "_cache_format", {}).items() if v}
    function_flags = getattr(dis, "FUNCTION_ATTR_FLAGS", None) or dis.MAKE_FUNCTION_FLAGS
    facts = {
        "python": "%d.%d.%d" % sys.version_info[:3],
        "header": "pycore_opcode_metadata.h" if argv else None,
        "have_argument": opcode.HAVE_ARGUMENT,
        "ops": dict(sorted(ops.items())),
        "cache_format": formats,
        "cmp_op": list(opcode.cmp_op),
        "nb_ops": [list(p) for p in getattr(opcode, "_nb_ops", ())],
        "intrinsic_1": list(getattr(opcode, "_intrinsic_1_descs", ())),
        "intrinsic_2": list(getattr(opcode, "_intrinsic_2_descs", ())),
        "special_methods": list(getattr(opcode, "_special_method_names", ())),
        "common_constants": [
            c.__name__ if callable(c) else repr(c) for c in getattr(opcode, "_common_constants", ())
        ],
        "function_flags": list(function_flags),
        "code_flags": {str(k): v for k, v in sorted(dis.COMPILER_FLAG_NAMES.items())},
    }
    # One line an instruction, so that a difference of two versions reads well.
    lines = []
    for key, value in facts.items():
        if key == "ops":
            rows = ["  %s: %s" % (json.dumps(n), json.dumps(op)) for n, op in value.items()]
            lines.append(' "ops": {\n%s\n }' % ",\n".join(rows))
        else:
            lines.append(" %s: %s" % (json.dumps(key), json.dumps(value)))
    print("{\n%s\n}" % ",\n".join(lines))


if __name__ == "__main__":
    main(sys.argv[1:])
