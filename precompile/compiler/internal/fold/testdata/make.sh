#!/bin/sh
# Writes the goldens of this folder with the interpreters given.
# usage: make.sh PYTHON...
set -e
cd "$(dirname "$0")"
for python in "$@"; do
    version=$("$python" -c 'import platform; print(platform.python_version())')
    "$python" -I -B cases.py 1 5 1000 | gzip -9 -n >"cases-$version.txt.gz"
done
