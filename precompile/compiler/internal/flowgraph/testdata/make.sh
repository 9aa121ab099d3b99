#!/bin/bash
# Writes the goldens of this folder with the interpreters given, from files of
# their standard libraries.
# usage: make.sh PYTHON...
set -eo pipefail
cd "$(dirname "$0")"
for python in "$@"; do
    version=$("$python" -c 'import platform; print(platform.python_version())')
    lib=$("$python" -c 'import os; print(os.path.dirname(os.__file__))')
    for golden in units:oracle.py lower:lower.py; do
        for file in argparse.py ast.py asyncio/base_events.py asyncio/streams.py asyncio/taskgroups.py contextlib.py \
            dataclasses.py tarfile.py typing.py test/test_asyncgen.py test/test_patma.py test/test_grammar.py \
            test/test_generators.py test/test_dis.py; do
            test -f "$lib/$file" || continue
            "$python" -I -B "${golden#*:}" 1 8 "$lib/$file"
        done | sed "s|$lib/||" | gzip -9 -n >"${golden%:*}-$version.jsonl.gz"
    done
done
