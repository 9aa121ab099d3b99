#!/bin/bash
# Usage: pythons.sh ROOT [BIN]
#
# Brings the interpreters and the Bazel that the tests need onto a Debian machine, as root: ROOT becomes a Debian sid tree
# with CPython 3.13, 3.14 and 3.15, their test suites and their sources of facts, PyPy, and Bazel 7. BIN (default ROOT/../bin)
# gets one launcher an interpreter, so that the tests find them like any other: a launcher runs the tree's binary with the
# tree's own C library, without a chroot. Nothing is done that was done before.
set -euo pipefail
ROOT=$(realpath -m "$1") BIN=$(realpath -m "${2:-$1/../bin}")
PACKAGES="python3.13 python3.14 python3.15 pypy3
  libpython3.13-testsuite libpython3.14-testsuite libpython3.15-testsuite
  bazel-bootstrap default-jdk-headless bazel-rules-cc bazel-rules-java bazel-rules-license bazel-rules-proto
  bazel-rules-python bazel-rules-shell bazel-platforms bazel-skylib bazel-features golang-go gcc git ca-certificates"

if [ "$(cat "$ROOT/.precompile-packages" 2>/dev/null)" != "$PACKAGES" ]; then
  command -v debootstrap >/dev/null || { apt-get update -q; apt-get install -y -q debootstrap; }
  mkdir -p "$ROOT"
  [ -x "$ROOT/usr/bin/apt-get" ] || debootstrap --variant=minbase sid "$ROOT"
  # The JDK's own set-up reads /proc.
  for d in proc dev; do mountpoint -q "$ROOT/$d" || mount --bind "/$d" "$ROOT/$d"; done
  chroot "$ROOT" dpkg --configure -a
  # shellcheck disable=SC2086 — a list of words
  DEBIAN_FRONTEND=noninteractive chroot "$ROOT" apt-get install -y -q --no-install-recommends $PACKAGES
  echo "$PACKAGES" > "$ROOT/.precompile-packages"
fi

mkdir -p "$BIN"
for p in python3.13 python3.14 python3.15 pypy3; do
  exe=$(chroot "$ROOT" readlink -f "/usr/bin/$p")
  cat > "$BIN/$p.new" <<E
#!/bin/sh
exec "$ROOT/lib64/ld-linux-x86-64.so.2" --argv0 "$ROOT$exe" --library-path "$ROOT/lib/x86_64-linux-gnu:$ROOT/usr/lib/x86_64-linux-gnu" "$ROOT$exe" "\$@"
E
  chmod +x "$BIN/$p.new"
  mv "$BIN/$p.new" "$BIN/$p"
  "$BIN/$p" -I -S -c 'import sys; print("\t".join([sys.implementation.name, sys.version.split()[0], sys.executable]))'
done
