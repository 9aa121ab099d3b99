#!/bin/bash
# Usage: pythons.sh ROOT [BIN]
#
# Brings the interpreters and the Bazel that the tests need onto a Debian machine, as root: ROOT becomes a Debian sid tree
# with CPython 3.13, 3.14 and 3.15, their test suites and their sources of facts, PyPy, and Bazel 7. BIN (default ROOT/../bin)
# gets one launcher an interpreter, so that the tests find them like any other: a launcher runs the tree's binary with the
# tree's own C library, without a chroot. Nothing is done that was done before.
#
# CPython is of the releases that the compiler's profiles and the goldens were measured against. A mirror has no old ones:
# when sid moves on they come from testing while that has them, then from the folder PRECOMPILE_DEBS, where
#   cp ROOT/var/cache/apt/archives/{lib,}python3.1[345]*.deb PRECOMPILE_DEBS/
# kept them in time. Where they are nowhere it stops: the tests would fail, and not for what they test.
set -euo pipefail
. "$(dirname "$0")/again.sh"
ROOT=$(realpath -m "$1") BIN=$(realpath -m "${2:-$1/../bin}") DEBS=${PRECOMPILE_DEBS:-}
MEASURED="3.13.18 3.14.10 3.15.2" # those of PRECOMPILE_REQUIRE in .ci/test
PACKAGES="python3.13 python3.14 python3.15 pypy3
  libpython3.13-testsuite libpython3.14-testsuite libpython3.15-testsuite
  bazel-bootstrap default-jdk-headless bazel-rules-cc bazel-rules-java bazel-rules-license bazel-rules-proto
  bazel-rules-python bazel-rules-shell bazel-platforms bazel-skylib bazel-features golang-go gcc git ca-certificates"

# discard TREE: debootstrap mounts /proc and /sys in it
discard() {
  local d
  for d in proc sys dev; do ! mountpoint -q "$1/$d" || umount "$1/$d" || return; done
  rm -rf --one-file-system "$1"
}
tree() { discard "$ROOT.new" && debootstrap --variant=minbase sid "$ROOT.new" && discard "$ROOT" && mv -T "$ROOT.new" "$ROOT"; }
in_root() { DEBIAN_FRONTEND=noninteractive chroot "$ROOT" "$@"; }
installed() { # RELEASE
  local has; has=$(in_root dpkg-query -W -f '${Version}' "python${1%.*}" 2>/dev/null) && [[ $has == "$1"-* ]]
}
complete() {
  local r
  [ "$(cat "$ROOT/.precompile-packages" 2>/dev/null)" = "$PACKAGES" ] || return
  for r in $MEASURED; do installed "$r" || return; done
}

if ! complete; then
  host() { apt-get update "${APT[@]}" && apt-get install -y "${APT[@]}" debootstrap; }
  command -v debootstrap >/dev/null || again host
  mkdir -p "$(dirname "$ROOT")"
  # A tree that debootstrap did not finish has its folder of that name.
  if [ ! -x "$ROOT/usr/bin/apt-get" ] || [ -d "$ROOT/debootstrap" ]; then again tree; fi
  # The JDK's own set-up reads /proc.
  for d in proc dev; do mountpoint -q "$ROOT/$d" || mount --bind "/$d" "$ROOT/$d"; done
  mirror=$(awk '$1 == "deb" { print $2; exit }' "$ROOT/etc/apt/sources.list")
  printf "deb $mirror %s main\n" sid testing > "$ROOT/etc/apt/sources.list"
  for r in $MEASURED; do printf 'Package: src:python%s\nPin: version %s-*\nPin-Priority: 1001\n\n' "${r%.*}" "$r"; done > "$ROOT/etc/apt/preferences.d/precompile"
  in_root dpkg --configure -a
  # What debootstrap read of sid is good enough where sid has the releases.
  again in_root apt-get update "${APT[@]}" -o APT::Update::Error-Mode=any || echo "pythons.sh: no new package lists" >&2
  kept=()
  for r in $MEASURED; do
    p=python${r%.*}
    has=$(in_root apt-cache madison "$p" | awk '{ print $3 }' | sort -u | paste -sd ' ')
    [[ " $has" != *" $r-"* ]] || continue
    if [ -z "$DEBS" ] || ! compgen -G "$DEBS/${p}_$r-*.deb" >/dev/null; then
      echo "pythons.sh: the mirror has $p ${has:-in no version}; the profiles and goldens were measured against $r, which is not in PRECOMPILE_DEBS (${DEBS:-unset}) either." >&2
      echo "Bring the .deb files of $r there, or measure the newer release and name it here and in .ci/test." >&2
      exit 1
    fi
    mkdir -p "$ROOT/var/cache/precompile-debs"
    for deb in "$DEBS"/{lib,}"$p"*"_$r-"*.deb; do
      cp "$deb" "$ROOT/var/cache/precompile-debs/"
      kept+=("/var/cache/precompile-debs/${deb##*/}")
    done
  done
  # shellcheck disable=SC2086 # a list of words
  again in_root apt-get install -y "${APT[@]}" --allow-downgrades --no-install-recommends $PACKAGES "${kept[@]}"
  for r in $MEASURED; do installed "$r" || { echo "pythons.sh: apt-get did not install Python $r" >&2; exit 1; }; done
  echo "$PACKAGES" > "$ROOT/.precompile-packages"
fi

mkdir -p "$BIN"
for p in python3.13 python3.14 python3.15 pypy3; do
  exe=$(chroot "$ROOT" readlink -f "/usr/bin/$p")
  cat > "$BIN/$p.new" <<L
#!/bin/sh
exec "$ROOT/lib64/ld-linux-x86-64.so.2" --argv0 "$ROOT$exe" --library-path "$ROOT/lib/x86_64-linux-gnu:$ROOT/usr/lib/x86_64-linux-gnu" "$ROOT$exe" "\$@"
L
  chmod +x "$BIN/$p.new"
  mv "$BIN/$p.new" "$BIN/$p"
  "$BIN/$p" -I -S -c 'import sys; print("\t".join([sys.implementation.name, sys.version.split()[0], sys.executable]))'
done
