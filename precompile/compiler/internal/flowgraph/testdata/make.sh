#!/bin/sh
# Writes the goldens of this folder with the interpreters given, from files of
# their standard libraries.
# usage: make.sh PYTHON...
set -e
cd "$(dirname "$0")"
for python in "$@"; do
    version=$("$python" -c 'import platform; print(platform.python_version())')
    lib=$("$python" -c 'import os; print(os.path.dirname(os.__file__))')
    "$python" -I -B oracle.py 1 16 "$lib"/argparse.py "$lib"/ast.py "$lib"/asyncio/*.py "$lib"/contextlib.py \
        "$lib"/dataclasses.py "$lib"/tarfile.py "$lib"/typing.py "$lib"/test/test_asyncgen.py "$lib"/test/test_patma.py \
        "$lib"/test/test_grammar.py "$lib"/test/test_with.py "$lib"/test/test_dis.py | sed "s|$lib/||" |
        gzip -9 -n >"units-$version.jsonl.gz"
done
