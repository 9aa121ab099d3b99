#!/usr/bin/env python3
"""Write random programs that compile: PYTHON generate.py DIRECTORY FIRST COUNT

COUNT programs, with the seeds from FIRST on: each is SEED.py in DIRECTORY. Needs
pysource-codegen (0.7.1 was used). Run it with each target's interpreter and
directory PROGRAMS/3.MINOR.PATCH; the parser's TestPrograms and the symbol table's
TestGenerated find them where the environment has PRECOMPILE_PROGRAMS=PROGRAMS.
.ci/test sets that to /var/cache/precompile-ci/programs where the folder exists.
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
        # Most are small: what goes wrong shows in few nodes, and big ones take long to make.
        source = generate(seed, node_limit=100 if seed % 4 else 300)
    except Exception as e:  # the generator's own faults
        print(seed, repr(e), file=sys.stderr)
        continue
    with open(os.path.join(out, "%d.py" % seed), "w", encoding="utf-8", errors="surrogatepass") as f:
        f.write(source)
