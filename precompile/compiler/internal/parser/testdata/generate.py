#!/usr/bin/env python3
"""Write random programs that compile: PYTHON generate.py DIRECTORY FIRST COUNT

Needs pysource-codegen (0.7.1 was used). Run it with each target's interpreter and
directory DIRECTORY/3.MINOR.PATCH; TestPrograms finds them by PRECOMPILE_PROGRAMS.
"""
import os
import sys
import warnings

from pysource_codegen import generate

warnings.simplefilter("ignore")
sys.setrecursionlimit(10000)
out, first, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.makedirs(out, exist_ok=True)
for seed in range(first, first + count):
    try:
        source = generate(seed, node_limit=300)
    except Exception as e:  # the generator's own faults
        print(seed, repr(e), file=sys.stderr)
        continue
    with open(os.path.join(out, "%d.py" % seed), "w", encoding="utf-8", errors="surrogatepass") as f:
        f.write(source)
