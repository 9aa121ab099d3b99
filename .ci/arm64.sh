#!/bin/bash
# Usage: arm64.sh [CACHE]
#
# Holds that the bytes on arm64 are those on amd64, on an amd64 machine with qemu-user-static: the tests of the compiler and of
# the file format as arm64 programs, golden by golden; then the command, built for both, over a sample of the standard library
# of each profile, and over all of its files about numbers. Float arithmetic is what could differ: arm64 has fused
# multiply-add, which Go uses where it may, and makes other NaNs. CACHE/bin has interpreters, whose libraries are the sample.
set -euo pipefail
cd "$(dirname "$0")/.."
CACHE=${1:-/var/cache/precompile-ci} SAMPLE=${PRECOMPILE_ARM64_SAMPLE:-300}
T=$(mktemp -d)
export RETRIES=$T/retries
trap '[ ! -s "$RETRIES" ] || { echo "arm64: ended by a signal and tried again:"; cat "$RETRIES"; }; rm -rf "$T"' EXIT

export CGO_ENABLED=0
# These tests bound a time, which is many times as long here.
GOARCH=arm64 go test -timeout 20m -exec "$PWD/.ci/qemu.sh" -skip '^(TestUnfolding|TestHostile|TestLinear)$' ./precompile/compiler/... ./precompile/pyc ./precompile/pyc/marshal ./precompile/internal/pyrepr

for arch in amd64 arm64; do GOARCH=$arch go build -o "$T/$arch" ./cmd/precompile; done
file=$(od -An -tx1 -j18 -N2 "$T/arm64")
[ "$file" = " b7 00" ] || { echo "arm64: the program is for another machine: e_machine$file"; exit 1; }

# stdlib RELEASE prints the folder of a release's standard library.
stdlib() {
  local python
  for python in "$HOME/.pyenv/versions/$1/bin/python${1%.*}" "$CACHE/bin/python${1%.*}"; do
    [ -x "$python" ] || continue
    "$python" -I -c 'import os, platform, sys; print(os.path.dirname(os.__file__)) if platform.python_version() == sys.argv[1] else sys.exit(1)' "$1" && return
  done
  return 1
}

for golden in precompile/compiler/testdata/golden/*/; do
  release=$(basename "$golden")
  root=$(stdlib "$release") || { echo "arm64: no Python $release to take a sample of"; exit 1; }
  find "$root" -name '*.py' -not -path '*/site-packages/*' | LC_ALL=C sort > "$T/all"
  awk -v n="$(wc -l < "$T/all")" -v s="$SAMPLE" 'int(NR * s / n) != int((NR - 1) * s / n) || /float|complex|math|decimal|fraction|numbers|statistics|random|long|fold|peep/' "$T/all" > "$T/sample"
  for arch in amd64 arm64; do
    run=()
    [ "$arch" = amd64 ] || run=(env FRESH="$T/$release.arm64" .ci/qemu.sh)
    code=0
    "${run[@]}" "$T/$arch" --python "$release" -O 0,2 --files-from "$T/sample" --out-dir "$T/$release.$arch" >"$T/out.$arch" 2>"$T/err.$arch" || code=$?
    [ "$code" -le 1 ] || { cat "$T/err.$arch"; exit 1; } # some of the files are broken on purpose
  done
  cmp "$T/err.amd64" "$T/err.arm64" || { diff "$T/err.amd64" "$T/err.arm64" | head -20; echo "arm64: $release: other faults and warnings"; exit 1; }
  sums() { (cd "$T/$release.$1" && find . -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
  diff <(sums amd64) <(sums arm64) > "$T/diff" || { head -20 "$T/diff"; echo "arm64: $release: other bytes"; exit 1; }
  files=$(wc -l < "$T/sample") caches=$(sums arm64 | wc -l)
  [ "$caches" -ge "$SAMPLE" ] || { echo "arm64: $release: only $caches caches"; exit 1; }
  echo "arm64: $release: $files files of $root, $caches caches at levels 0 and 2: the bytes of amd64"
done
