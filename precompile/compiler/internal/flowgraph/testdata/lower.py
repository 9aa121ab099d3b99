"""Runs CPython's own lowering and assembler over the code units of sources.

usage: lower.py SEED EVERY FILE...

Like oracle.py, but what is written is what _testinternalcapi.assemble_code_object
makes of codegen's instructions, without optimization, under invented names: the
sizes of the lists of locals, cells and free variables, which cells are locals, and
the code object.
"""

import ast
import dis
import json
import os
import random
import sys
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from oracle import OPNAMES, capi, codegen, count_locals, dump, leave, units

DEREFS = {"LOAD_CLOSURE", "MAKE_CELL", "LOAD_DEREF", "STORE_DEREF", "DELETE_DEREF", "LOAD_FROM_DICT_OR_DEREF"}


STOPS = {"RETURN_VALUE", "RETURN_CONST", "RAISE_VARARGS", "RERAISE"}
JUMPS = {"JUMP", "JUMP_NO_INTERRUPT"}


def reachable(instrs):
    """Whether all is: the assembler cannot cope with what is not and unoptimized."""
    seen, work = set(), [0]
    while work:
        i = work.pop()
        if i in seen:
            continue
        seen.add(i)
        op, arg, *_ = instrs[i]
        name = OPNAMES[op]
        if name in JUMPS or name.startswith("SETUP_") and name != "SETUP_ANNOTATIONS" or op in dis.hasjrel or name.startswith("JUMP_IF"):
            work.append(arg)
        if name not in STOPS and name not in JUMPS:
            work.append(i + 1)
    return len(seen) == len(instrs)


def main():
    warnings.simplefilter("ignore")
    rng = random.Random(int(sys.argv[1]))
    every = int(sys.argv[2])
    for path in sys.argv[3:]:
        try:
            with open(path, "rb") as f:
                tree = ast.parse(f.read(), path)
            seq, _ = codegen(tree, path)
        except (SyntaxError, ValueError, RecursionError):
            continue
        annotated = any(isinstance(node, ast.AnnAssign) for node in ast.walk(tree))
        for i, unit in enumerate(units(seq)):
            if rng.randrange(every):
                continue
            instrs = unit.get_instructions()
            if annotated and any(OPNAMES[op] == "ANNOTATIONS_PLACEHOLDER" for op, *_ in instrs):
                continue
            if not reachable(instrs):
                continue
            nlocals = count_locals(instrs)
            # What is loaded has to be there: code objects look at it as they are made.
            nconsts = max([arg + 1 for op, arg, *_ in instrs if op in dis.hasconst], default=0)
            nderefs = max([arg + 1 for op, arg, *_ in instrs if OPNAMES[op] in DEREFS], default=0)
            ncells = rng.randint(0, nderefs)
            varnames = {f"v{i}": i for i in range(nlocals)}
            spare = list(varnames)
            rng.shuffle(spare)
            cellvars = {spare.pop() if spare and rng.random() < 0.4 else f"c{i}": i for i in range(ncells)}
            metadata = {
                "name": "unit", "qualname": "unit", "consts": {i: i for i in range(nconsts)}, "names": {},
                "varnames": varnames, "cellvars": cellvars,
                "freevars": {f"f{i}": i for i in range(ncells, nderefs)}, "fasthidden": {}, "argcount": 0,
                "posonlyargcount": 0, "kwonlyargcount": 0, "firstlineno": rng.choice([1, 1, 100, 40000]),
            }
            code = capi.assemble_code_object("file.py", unit, metadata)
            record = {
                "unit": f"{path}#{i}", "locals": nlocals, "in": instrs, "cells": list(cellvars), "frees": nderefs - ncells,
                "code": dump(code),
            }
            print(json.dumps(record, separators=(",", ":")), flush=True)


main()
leave()
