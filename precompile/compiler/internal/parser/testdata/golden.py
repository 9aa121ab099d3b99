#!/usr/bin/env python3
"""Write golden/3.MINOR.PATCH.txt.gz: what ast.parse of the running interpreter makes
of the sources in golden/, by name: a tab and the dump, or an exclamation mark."""
import ast
import glob
import gzip
import os
import sys
import warnings

warnings.simplefilter("ignore")
here = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")
lines = ["python %s" % sys.version.split()[0]]
for path in sorted(glob.glob(os.path.join(here, "*.py"))):
    try:
        with open(path, "rb") as f:
            dump = ast.dump(ast.parse(f.read()), include_attributes=True)
    except (SyntaxError, ValueError):
        dump = "!"
    lines.append("%s\t%s" % (os.path.basename(path), dump))
with open(os.path.join(here, "%d.%d.%d.txt.gz" % sys.version_info[:3]), "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
    z.write(("\n".join(lines) + "\n").encode())
