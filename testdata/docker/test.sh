#!/bin/bash
# Usage: test.sh PYTHON
#
# Builds the README's Dockerfiles for real, twice, and looks at what came out; and one with nothing but the binary in it. The base image is made here from an interpreter
# of the machine (PYTHON, a 3.13), since no registry is asked: a shell, the interpreter and the libraries it links to, under the
# name that the Dockerfile has. Needs buildah and busybox; as root, no daemon.
set -euo pipefail
PYTHON=$(realpath "$1")
HERE=$(cd "$(dirname "$0")" && pwd) ROOT=$(cd "$(dirname "$0")/../.." && pwd)
T=$(mktemp -d -p /var/tmp) # /tmp may be a small file system in memory
export TMPDIR=$T/tmp # cache mounts are there
mkdir "$TMPDIR"
trap 'chmod -R u+w "$T"; rm -rf "$T"' EXIT
fail() { echo "docker test: $*" >&2; exit 1; }
build() { buildah --root "$T/store" --runroot "$T/run" --storage-driver vfs "$@"; }

# The base image: what python:3.13-slim is to this test.
B=$T/base
prefix=$("$PYTHON" -I -c 'import sys; print(sys.prefix)')
version=$("$PYTHON" -I -c 'import platform; print(platform.python_version())')
mkdir -p "$B/bin" "$B/tmp" "$B/etc" "$B/usr/local/bin" "$B$(dirname "$prefix")"
cp "$(command -v busybox)" "$B/bin/busybox"
for tool in sh ls cat; do ln -s busybox "$B/bin/$tool"; done
cp -a "$prefix" "$B$prefix"
rm -rf "$B$prefix"/lib/python3.13/{test,site-packages,idlelib,ensurepip} "$B$prefix"/include
find "$B$prefix" -name __pycache__ -prune -exec rm -rf {} +
ln -s "$prefix/bin/python3.13" "$B/usr/local/bin/python3"
ln -s python3 "$B/usr/local/bin/python"
{ ldd "$PYTHON"; find "$prefix/lib/python3.13/lib-dynload" -name '*.so' -exec ldd {} +; } 2>/dev/null |
  grep -o '/[^ ]*' | grep '^/lib\|^/usr/lib' | sort -u | while read -r lib; do
  mkdir -p "$B$(dirname "$lib")"; cp -L "$lib" "$B$lib"
done
printf 'FROM scratch\nCOPY . /\nENV PATH=/usr/local/bin:/bin PYTHON_VERSION=%s LANG=C.UTF-8\n' "$version" > "$T/base.Dockerfile"
build bud -q --isolation chroot -f "$T/base.Dockerfile" -t docker.io/library/python:3.13-slim "$B" >/dev/null

# The context: the binary, as `CGO_ENABLED=0 go build` makes it, and the sources.
mkdir "$T/context"
(cd "$ROOT" && CGO_ENABLED=0 go build -trimpath -o "$T/context/precompile" ./cmd/precompile)
cp -a "$HERE/src" "$HERE"/*Dockerfile "$T/context/"
cp -a "$ROOT/precompile/compiler/testdata/sources" "$T/context/"
find "$T/context" -exec touch -h -d @1000000000 {} +

for n in 1 2; do
  build bud -q --isolation chroot --pull-never --no-cache --timestamp 1000000000 -t "app$n" "$T/context" >/dev/null
  build push -q "app$n" "dir:$T/out$n"
  sleep 1.1 # another second on the clock
done
cmp <(ls "$T/out1") <(ls "$T/out2") || fail "two builds of one context gave different layers"

c=$(build from --pull-never app1)
got=$(build run --isolation chroot "$c" -- python -m app)
[ "$got" = "hello, image!" ] || fail "the image printed $got"
log=$(build run --isolation chroot "$c" -- python -v -c 'import app.__main__' 2>&1)
for m in __init__ __main__; do
  grep -q "# code object from '/app/app/__pycache__/$m.cpython-313.pyc'" <<<"$log" || { echo "$log" | grep app >&2; fail "the cache of $m was not taken"; }
done

# The layer, read as it was pushed, nothing unpacked: every cache in it comes from its source.
seen=
for blob in "$T"/out1/*; do
  # Without -q, which would end tar by a signal.
  tar -tf "$blob" 2>/dev/null | grep '/app/__pycache__/.*\.pyc$' >/dev/null || continue
  seen=1
  "$T/context/precompile" verify --interpreter "$PYTHON" --invalidation unchecked-hash --require-all "$blob" || fail "verify found fault with the layer"
done
[ -n "$seen" ] || fail "no layer has the caches"
# With a cache mount: the first build fills it, the second has everything from it, and the layers are the same.
for n in 1 2; do
  log=$(build bud --isolation chroot --pull-never --no-cache --timestamp 1000000000 -f "$T/context/memo.Dockerfile" -t "memo$n" "$T/context" 2>&1)
  grep -q "2 files: 2 compiled ($((2 * (n - 1))) from the memo)" <<<"$log" || { echo "$log" >&2; fail "build $n with a cache mount"; }
  build push -q "memo$n" "dir:$T/memo$n"
done
cmp <(ls "$T/memo1") <(ls "$T/memo2") || fail "a build from the memo gave different layers"

# Without any Python, and anything else: the caches are what interpreters wrote, golden by golden.
build bud -q --isolation chroot --pull-never --no-cache -f "$T/context/bare.Dockerfile" -t bare "$T/context" >/dev/null
c=$(build from --pull-never bare)
image=$(build mount "$c")
for tag in 313=3.13.18 314=3.14.10; do
  n=0
  for golden in "$ROOT/precompile/compiler/testdata/golden/${tag#*=}"/*.O0.marshal; do
    name=$(basename "$golden" .O0.marshal)
    cmp "$golden" <(tail -c +17 "$image/sources/__pycache__/$name.cpython-${tag%=*}.pyc") || fail "$name for ${tag#*=} in an image without Python"
    n=$((n + 1))
  done
  [ "$n" -ge 10 ] || fail "only $n goldens of ${tag#*=}"
done
echo "docker test: ok"
