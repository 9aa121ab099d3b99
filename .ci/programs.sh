#!/bin/bash
# Usage: programs.sh FOLDER RELEASE=COUNT…
#
# Makes random programs, COUNT for each release in FOLDER/RELEASE, with that release's own interpreter: the ones of pyenv and
# of .ci/pythons.sh are found. The seeds are 0 to COUNT-1, and a seed always gives the same program. Another patch release
# of a series takes the programs of the first, by a link. What was made before is kept. The generator, pysource-codegen, is
# installed in FOLDER/.generator, in the version that programs.txt pins.
set -euo pipefail
here=$(realpath "$(dirname "$0")")
. "$here/again.sh"
folder=$(realpath -m "$1"); shift
IFS=: read -ra bins <<< "${PRECOMPILE_PYTHONS:-${PRECOMPILE_CI_CACHE:-/var/cache/precompile-ci}/bin}"

# python_of RELEASE: the path of its interpreter
python_of() {
  local p series=${1%.*}
  for p in "$HOME/.pyenv/versions/$1/bin/python$series" "${bins[@]/%//python$series}"; do
    if [ -x "$p" ] && [ "$("$p" -I -S -c 'import platform; print(platform.python_version())')" = "$1" ]; then echo "$p"; return; fi
  done
  echo "no Python $1" >&2
  return 1
}

generator=$folder/.generator
if ! cmp -s "$here/programs.txt" "$generator/programs.txt"; then
  for p in "$HOME"/.pyenv/versions/3.1*/bin/python3.1? python3; do
    if "$p" -m pip --version >/dev/null 2>&1; then pip=$p; fi
  done
  [ -n "${pip:-}" ] || { echo "no Python with pip to install pysource-codegen with" >&2; exit 1; }
  rm -rf "$generator"
  PIP_ROOT_USER_ACTION=ignore again "$pip" -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --target "$generator" -r "$here/programs.txt"
  cp "$here/programs.txt" "$generator/"
fi

declare -A first
jobs=()
for what; do
  release=${what%=*} count=${what#*=} series=${what%.*=*}
  if [ -n "${first[$series]:-}" ]; then
    ln -sfn "${first[$series]}" "$folder/$release"
    continue
  fi
  first[$series]=$release
  python=$(python_of "$release")
  (
    # In steps, each marked when it is complete.
    for ((seed = 0; seed < count; seed += 1000)); do
      n=$((count - seed < 1000 ? count - seed : 1000))
      [ ! -e "$folder/$release/.made-$seed-$n" ] || continue
      PYTHONHASHSEED=0 PYTHONPATH=$generator "$python" "$here/../precompile/compiler/internal/parser/testdata/generate.py" "$folder/$release" "$seed" "$n"
      touch "$folder/$release/.made-$seed-$n"
    done
  ) &
  jobs+=($!)
done
for job in "${jobs[@]}"; do wait "$job"; done
for release in "${first[@]}"; do echo "$release: $(find "$folder/$release" -name '*.py' | wc -l) programs"; done
