#!/bin/sh
# Makes the goldens: what a fresh process of each interpreter's py_compile writes
# behind the header for each of sources. Run it in this folder. It finds pyenv's
# 3.13.0, and python3.13 and python3.14 on PATH, whose releases name the folders.
#
# errors.json of each release has what the interpreter says about each case of
# errors.txt (record.py).
set -eu
cd "$(dirname "$0")"
export SOURCE_DATE_EPOCH=0 LC_ALL=C.UTF-8
unset PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX || true
for python in "$HOME/.pyenv/versions/3.13.0/bin/python3.13" python3.13 python3.14; do
	release=$("$python" -c 'import platform; print(platform.python_version())')
	out=golden/$release
	rm -rf "$out"
	mkdir -p "$out"
	for source in sources/*.py; do
		name=$(basename "$source" .py)
		levels=0
		[ "$name" = levels ] && levels="0 1 2"
		for level in $levels; do
			option=
			[ "$level" = 0 ] || option=-$(printf 'O%.0s' $(seq "$level"))
			rm -rf sources/__pycache__
			# A source that the release does not take has no golden.
			"$python" $option -m py_compile "$source" 2>/dev/null || continue
			tail -c +17 sources/__pycache__/"$name".*.pyc >"$out/$name.O$level.marshal"
		done
	done
	rm -rf sources/__pycache__
	"$python" record.py errors.txt >"$out/errors.json"
done
