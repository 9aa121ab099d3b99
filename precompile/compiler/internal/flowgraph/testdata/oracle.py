"""Runs CPython's own flowgraph over the code units of sources.

usage: oracle.py SEED EVERY FILE...

For each unit of each file (the module, and the functions and classes in it) that
the seed picks, one in EVERY, a line of JSON is written: the instructions of
codegen, a list of constants, and what _testinternalcapi.optimize_cfg makes of
them.

compiler_codegen tells the constants of the module only. Those of nested units
are invented, by the seed: what the flowgraph does depends on the values, and any
will do.
"""

import ast
import base64
import dis
import json
import marshal
import os
import random
import sys
import warnings

import _testinternalcapi as capi

OPNAMES = {}
for name, number in dis.opmap.items():
    OPNAMES[number] = name
try:
    import _opcode_metadata
    for name, number in _opcode_metadata.opmap.items():
        OPNAMES[number] = name
except ImportError:
    pass

INVENTED = [
    None, True, False, ..., 0, 1, 2, 255, 256, -1, 3, 10**30, 1.5, 0.0, -0.0, 2j, "", "a", "name", "not a name", b"",
    b"x", b"bytes", (), (1, 2), ("a", None), ((1,), 1.0), frozenset({1, "a"}), 7, 12, "b", 100,
]


def invent(rng, n):
    consts = []
    for i in range(n):
        v = rng.choice(INVENTED)
        # A list of constants holds an object once.
        while any(v is c for c in consts):
            v = rng.choice([f"const {i} {rng.random()}", rng.randrange(-10, 10**6), rng.random(), (i, rng.random())])
        consts.append(v)
    return consts


def can_dump(v):
    try:
        marshal.dumps(v)
        return True
    except ValueError:
        return False


def dump(v):
    return base64.b64encode(marshal.dumps(v)).decode()


def units(seq):
    yield seq
    for nested in seq.get_nested():
        yield from units(nested)


def count_locals(instrs):
    return max([arg + 1 for op, arg, *_ in instrs if "FAST" in OPNAMES[op]], default=0)


KEPT = []


def codegen(tree, path):
    """What compiler_codegen says, kept for good.

    The destructor of an instruction sequence finishes the one with its annotations
    twice (PyInstructionSequence_Fini in 3.14): the nested sequences of that lose a
    reference too many, and the interpreter crashes sooner or later.
    """
    KEPT.append(capi.compiler_codegen(tree, path, 0, 0))
    return KEPT[-1]


def leave():
    """Ends the process, without destructors."""
    sys.stdout.flush()
    os._exit(0)


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(int(sys.argv[1]))
    every = int(sys.argv[2])
    out = sys.stdout
    for path in sys.argv[3:]:
        try:
            with open(path, "rb") as f:
                source = f.read()
            tree = ast.parse(source, path)
            seq, meta = codegen(tree, path)
        except (SyntaxError, ValueError, RecursionError):
            continue
        annotated = any(isinstance(node, ast.AnnAssign) for node in ast.walk(tree))
        for i, unit in enumerate(units(seq)):
            if rng.randrange(every):
                continue
            instrs = unit.get_instructions()
            # What takes the place of this one is not shown.
            if annotated and any(OPNAMES[op] == "ANNOTATIONS_PLACEHOLDER" for op, *_ in instrs):
                continue
            nconsts = max([arg for op, arg, *_ in instrs if op in dis.hasconst], default=-1) + 1
            if i == 0 and can_dump(list(meta["consts"])):
                consts = list(meta["consts"])
            else:
                consts = invent(rng, nconsts)
            nlocals = count_locals(instrs)
            record = {"unit": f"{path}#{i}", "locals": nlocals, "in": instrs, "consts": dump(consts)}
            optimized = capi.optimize_cfg(unit, consts, nlocals).get_instructions()
            record["out"] = optimized
            record["outconsts"] = dump(consts)
            out.write(json.dumps(record, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
    leave()
