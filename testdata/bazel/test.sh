#!/bin/bash
# Usage: testdata/bazel/test.sh CACHE [STAGE…]    stages: project smoke library remote; without any, all
#
# The rules on real Bazel, in the Debian tree CACHE/sid that .ci/pythons.sh made. Nothing is downloaded while Bazel runs.
#   project  this repository: BUILD files in step, build and test of everything, with MODULE.bazel and with WORKSPACE
#   smoke    the workspace smoke, in both modes: every rule, folders, generated and external sources; faults
#   library  500 sources in 20 targets: one set of digests whatever the strategy, caching, counts of actions, the race
#   remote   the same library through a remote cache and remote execution on loopback
set -uo pipefail
HERE=$(cd "$(dirname "$0")" && pwd) REPO=$(cd "$(dirname "$0")/../.." && pwd)
CACHE=$(realpath "$1"); shift
[ $# -gt 0 ] || set -- project smoke library remote
SID=$CACHE/sid
fail() { echo "FAIL: $*" >&2; FAILED=1; }
note() { echo "  $*"; }
die() { echo "FAIL: $*" >&2; exit 1; }
FAILED=

# Everything lies in one folder below the tree, which Bazel sees as IN.
IN=/var/tmp/precompile-bazel-$$ W=$SID/var/tmp/precompile-bazel-$$
MOUNTED=()
# server FILE: the process in a server.pid.txt, if it is still that server
server() {
  local base=${1%/server/*} pid
  pid=$(cat "$1" 2>/dev/null) && [ -r "/proc/$pid/cmdline" ] && tr '\0' '\n' < "/proc/$pid/cmdline" | grep -xF -- "--output_base=${base#"$SID"}" >/dev/null && echo "$pid"
}
remove() { # FOLDER of a run: with its servers
  local f pid end=$((SECONDS + 60))
  for f in "$1"/out/*/server/server.pid.txt; do
    ! pid=$(server "$f") || kill -KILL "$pid" 2>/dev/null
    while server "$f" >/dev/null && [ $SECONDS -lt $end ]; do sleep 0.1; done
  done
  chmod -R u+w "$1" 2>/dev/null
  rm -rf "$1"
}
cleanup() {
  local rc=$? d
  trap - EXIT
  remove "$W"
  for d in ${MOUNTED[@]+"${MOUNTED[@]}"}; do umount "$d" || note "$d stays mounted: another run is in it"; done
  exit "$rc"
}
trap cleanup EXIT; trap 'exit 130' INT; trap 'exit 143' TERM
# What runs left that were ended too hard to do it themselves.
for d in "$SID"/var/tmp/precompile-bazel-*; do
  [ ! -d "$d" ] || grep -qaF test.sh "/proc/${d##*-}/cmdline" 2>/dev/null || { note "removing $d, of a run that is gone"; remove "$d"; }
done
mkdir -p "$W/out"
for d in proc dev; do
  mountpoint -q "$SID/$d" || { mount --bind "/$d" "$SID/$d" && MOUNTED+=("$SID/$d"); }
done

OFF=$SID/off # the rulesets, seen by Bazel as /off
stamp=$(cat "$REPO/.ci/bazel-offline.sh" "$REPO/go.mod" "$REPO/go.sum" | sha256sum)
if [ "$(cat "$OFF/stamp" 2>/dev/null)" != "$stamp" ]; then
  SYSROOT=$SID GO_MODS=$REPO/go.mod "$REPO/.ci/bazel-offline.sh" "$OFF" /off > "$W/offline.log" 2>&1 || { tail -n 20 "$W/offline.log"; die "bazel-offline.sh"; }
  echo "$stamp" > "$OFF/stamp"
fi
# Bazel 7 bounds a disk cache only while a server idles. Actions that are not in it are run.
[ ! -d "$OFF/disk" ] || [ "$(du -sm "$OFF/disk" | cut -f 1)" -lt 2048 ] || rm -rf "$OFF/disk"

# checkout DIR: a copy of what is in the repository, with the rules that the workspaces name ../rules_precompile.
checkout() {
  mkdir -p "$W/$1/rules_precompile"
  (cd "$REPO" && git ls-files -z -co --exclude-standard | xargs -0 -I{} sh -c '[ ! -f "$1" ] || cp --parents -P "$1" "$2"' _ {} "$W/$1/rules_precompile/") || die "checkout"
  cp -r "$HERE/smoke" "$HERE/library" "$W/$1/"
  for d in smoke library; do cp "$W/precompile" "$W/$1/$d/precompile"; done
  in_tree "$IN" python3.13 "$IN/$1/library/generate.py" "$IN/$1/library" || die "generate.py"
}
in_tree() { # DIR COMMAND…
  local dir=$1; shift
  chroot "$SID" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 JAVA_HOME=/usr/lib/jvm/default-java \
    sh -c 'cd "$0" && exec "$@"' "$dir" "$@"
}
# bazel WORKSPACE OUTPUT_BASE COMMAND…; what it says is in $W/log. MODE=workspace: without bzlmod.
bazel() {
  local ws=$1 base=$2 rc=/off/go.bazelrc; shift 2
  [ "${MODE:-}" != workspace ] || rc=/off/workspace.bazelrc
  in_tree "$IN/$ws" bazel --output_user_root="$IN/out/root" --output_base="$IN/out/$base" --bazelrc=/off/base.bazelrc --bazelrc=$rc \
    "$1" --symlink_prefix=/ --color=no --curses=no --show_progress_rate_limit=60 ${JOBS:---jobs=2} "${@:2}" > "$W/log" 2>&1
}
end_server() { # OUTPUT_BASE: ends its server
  in_tree "$IN" bazel --output_user_root="$IN/out/root" --output_base="$IN/out/$1" --bazelrc=/off/base.bazelrc shutdown > /dev/null 2>&1
}
show() { grep -v '^Analyzing\|^Loading\|^Computing\|^$\|^\[\|^WARNING: Option\|currently loading\|/bin/' "$W/log" | tail -n "${1:-25}" | sed 's/^/    /'; }
good() { local what=$1; shift; if "$@"; then note "$what"; else fail "$what"; show 40; return 1; fi; }
processes() { grep '^INFO: .* process' "$W/log" | tail -n 1; }
# count WORD: how many actions of the last build were run or found so ("worker", "disk cache hit", "remote").
count() { processes | sed -E -n "s/.*[ :]([0-9]+) $1[,.].*/\1/p" | grep . || echo 0; }
says() { grep -q -- "$1" "$W/log"; }

(cd "$REPO" && CGO_ENABLED=0 go build -trimpath -o "$W/precompile" ./cmd/precompile) || die "go build"
checkout one

project() {
  good "BUILD files and deps.bzl are in step" sh -c "cd '$REPO' && .ci/gazelle.sh diff '$OFF/bin/gazelle' > '$W/log' 2>&1"
  local mode
  for mode in bzlmod workspace; do
    MODE=$mode good "$mode: bazel test //..." bazel one/rules_precompile project-$mode test --disk_cache=/off/disk --keep_going //... && note "$(processes)"
    end_server project-$mode
  done
}

# inputs WORKSPACE OUTPUT_BASE MNEMONICS TARGETS: a line "VERSION PATH" for each input of the actions, into $W/inputs. The version is
# what the action says that it is for. What an executable brings along is a line "runfiles:LABEL PATH", with mnemonic Middleman.
inputs() {
  bazel "$1" "$2" aquery --output=text "mnemonic(\"$3\", $4)" || { fail "aquery $4"; show; return 1; }
  awk -v FS="'" '/^action / { v = $2; sub(/.* for Python /, "", v); sub(/ .*/, "", v) }
    /^runfiles for / { v = $0; sub(/^runfiles for /, "runfiles:", v) }
    /^  Inputs: \[/ { gsub(/^  Inputs: \[|\]$/, ""); n = split($0, f, /, /); for (i = 1; i <= n; i++) print v, f[i] }' "$W/log" > "$W/inputs"
}
# interpreters VERSION: how many of the inputs for it are named as interpreters are; and of none at all: nothing.
interpreters() { grep "^$1 " "$W/inputs" > "$W/inputs.of" && grep -cE '/(python|pypy)[0-9.]*$' "$W/inputs.of"; }

smoke() {
  local mode
  for mode in bzlmod workspace; do
    MODE=$mode good "smoke, $mode: bazel test //..." bazel one/smoke smoke-$mode test //...
    if MODE=$mode inputs one/smoke smoke-$mode PyPrecompile 'deps(//...)'; then
      good "aquery: no interpreter is an input for 3.13" test "$(interpreters 3.13)" = 0
      good "aquery: no interpreter is an input for 3.14" test "$(interpreters 3.14)" = 0
      good "aquery: PyPy is one for pypy3.11, which it alone compiles for" test "$(interpreters pypy3.11)" -ge 1
    fi
    [ $mode = bzlmod ] || { end_server smoke-$mode; continue; }
    ! bazel one/smoke smoke-$mode build //bad:broken || fail "a source with a syntax error was compiled"
    good "a syntax error is told by place, text and caret" says '^bad/broken.py:3:13: SyntaxError: invalid syntax$'
    good "  with the line" says '^  3 |     y = (1 +\* 2)$'
    good "  and the caret" says '^    |             ^$'
    ! grep -q -- '--src_name\|--pyc\|--python_version\|"arguments"' "$W/log" || fail "the request was shown: $(grep -- --src_name "$W/log")"
    ! bazel one/smoke smoke-$mode build //bad:unserved || fail "a version without a compiler was compiled for"
    good "a version that cannot be served is named" says 'no compiler for Python 3.9'
    ! bazel one/smoke smoke-$mode test //bad:tampered_verify_test || fail "pyc_verify_test passed a cache with other code"
    good "pyc_verify_test finds other code" grep -q "mismatch: .*'replaced', the source compiles to 'expected'" "$W/out/smoke-$mode"/execroot/_main/bazel-out/*/testlogs/bad/tampered_verify_test/test.xml
    good "an aspect on the command line needs no BUILD file" bazel one/smoke smoke-$mode build --aspects=@rules_precompile//rules:defs.bzl%pyc_aspect --output_groups=precompile_pyc //app:main
    good "  and gives the caches of the closure" test "$(cd "$W/out/smoke-$mode/execroot/_main" && find bazel-out/ -path '*.aspect/*/dep*/core.cpython-313.pyc' | wc -l)" -ge 1
    end_server smoke-$mode
  done
}

# digests OUTPUT_BASE TARGET: "SHA256 tNN/__pycache__/NAME.pyc" of the caches that the last build made.
digests() {
  (cd "$W/out/$1/execroot/_main/bazel-out"/*-fastbuild/bin && case $2 in
    pycs) find . -path './t[0-9]*/_pyc/*' -name '*.pyc' ;;
    *) find "./$2" -name '*.pyc' ;;
  esac | xargs sha256sum | sed -E 's,  \./.*/(t[0-9]+/__pycache__/),  \1,' | sort -k 2)
}
same() { # WHAT FILE: its digests are those of the oracle
  local n; n=$(wc -l < "$2")
  if [ "$n" != 500 ]; then fail "$1: $n caches, want 500"; return; fi
  if cmp -s "$2" "$W/oracle"; then note "$1: 500 digests equal"; else fail "$1: $(comm -13 "$W/oracle" "$2" | wc -l) of 500 digests differ from py_compile's"; fi
}
seconds() { sed -n 's/^INFO: Elapsed time: \([0-9.]*\)s.*/\1/p' "$W/log" | tail -n 1; }
less() { awk -v a="$1" -v b="$2" 'BEGIN { print a < b ? a : b }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }

oracle() {
  [ ! -s "$W/oracle" ] || return 0
  # A fresh process a source, under the name that the build gives it.
  mkdir -p "$W/plain/_main"
  (cd "$W/one/library" && cp -r t[0-9]* "$W/plain/_main/")
  in_tree "$IN/plain" sh -c 'find _main -name "*.py" | SOURCE_DATE_EPOCH=0 PYTHONHASHSEED=0 xargs -n 1 -P 2 python3.13 -m py_compile' || die "py_compile"
  (cd "$W/plain/_main" && find t[0-9]* -name '*.pyc' | xargs sha256sum | sort -k 2) > "$W/oracle"
  [ "$(wc -l < "$W/oracle")" = 500 ] || die "py_compile made $(wc -l < "$W/oracle") caches"
  # The plain command line, over the same tree.
  find "$W/plain" -name __pycache__ -exec rm -rf {} +
  in_tree "$IN/plain" "$IN/precompile" --python 3.13 --interpreter /usr/bin/python3.13 -q _main || fail "precompile _main"
  (cd "$W/plain/_main" && find t[0-9]* -name '*.pyc' | xargs sha256sum | sort -k 2) > "$W/digests"
  same "the command line" "$W/digests"
}

library() {
  oracle
  local b=library L=one/library s
  # Loads and analyses everything, so that what is timed below is the actions.
  good "the library builds" bazel $L $b build //:pycs || return
  good "pycs: 20 compile actions for 500 sources" test "$(count worker)" = 20; note "$(processes)"
  digests $b pycs > "$W/digests"; same "multiplex worker" "$W/digests"
  matrix() { # WHAT FLAG…
    local what=$1; shift
    bazel $L $b clean; bazel $L $b build "$@" //:pycs || { fail "$what"; show; return; }
    digests $b pycs > "$W/digests"; same "$what" "$W/digests"
  }
  matrix "singleplex worker" --noworker_multiplex
  matrix "singleplex worker, sandboxed" --noworker_multiplex --worker_sandboxing
  matrix "multiplex worker, sandboxed" --worker_sandboxing --experimental_worker_multiplex_sandboxing
  matrix "one shot, sandboxed" --strategy=PyPrecompile=processwrapper-sandbox
  good "  20 of them" test "$(count processwrapper-sandbox)" = 20
  matrix "one shot, local" --strategy=PyPrecompile=local
  JOBS=--jobs=1 matrix "one job" --strategy=PyPrecompile=worker
  JOBS=--jobs=8 matrix "eight jobs" --strategy=PyPrecompile=worker
  if inputs $L $b 'PyCompile|Middleman' 'deps(//:per_file_dropin)'; then
    good "aquery: the tool and its runfiles are an input of 500 actions in rules_python's slot" test "$(grep -c '^Python .*/dropin-runfiles$' "$W/inputs")" = 500
    good "  no interpreter is one" test "$(interpreters Python)" = 0
    good "  nor is it in these runfiles, where the tool is" test "$(interpreters runfiles://:dropin)$(grep -c '^runfiles://:dropin .*/precompile$' "$W/inputs")" = 01
  fi
  for s in dropin proto; do
    good "rules_python's slot ($s)" bazel $L $b build //:per_file_$s && good "  500 in workers" test "$(count worker)" = 500
    digests $b per_file_$s > "$W/digests"; same "rules_python's slot ($s)" "$W/digests"
  done
  bazel $L $b clean
  good "rules_python's slot, one shot" bazel $L $b build --strategy=PyCompile=local //:per_file_dropin
  digests $b per_file_dropin > "$W/digests"; same "rules_python's slot, one shot" "$W/digests"
  ! bazel $L $b build //:per_file_unserved || fail "the slot served a version that it cannot"
  good "the slot names a version that it cannot serve" says 'no compiler for Python 3.9'
  good "pyc_verify_test over 500 sources" bazel $L $b test //:verify_test

  # The race: cold, in the same run, the same 500 sources; of each the best of two rounds, or of up to five until it is won, as
  # the machine has other work. How many times faster is printed beside what is wanted; being slower is what fails.
  won() { awk -v a="$theirs" -v b="$ours" -v t="$1" 'BEGIN { exit !(a > t * b) }'; } # TIMES
  race() { # WHAT TIMES FLAG…
    local what=$1 times=$2 round target ours=1e9 theirs=1e9; shift 2
    for round in 1 2 3 4 5; do
      [ $round -le 2 ] || ! won 1 || break
      for target in per_file_python pycs; do
        bazel $L $b clean && bazel $L $b build --nobuild //:pycs //:per_file_python || { fail "$what: analysis"; show; return; }
        bazel $L $b build "$@" //:$target || { fail "$what"; show; return; }
        [ $round != 1 ] || note "$(processes)"
        if [ $target = pycs ]; then ours=$(less "$ours" "$(seconds)"); else theirs=$(less "$theirs" "$(seconds)"); fi
      done
      # Rounds without workers are long, and leave no doubt.
      ! won $((2 * times)) || break
    done
    good "$what: $ours s against $theirs s, $(ratio "$theirs" "$ours") times faster, want $times" won 1
  }
  race "with workers" 2
  race "without workers" 4 --strategy=PyCompile=processwrapper-sandbox --strategy=PyPrecompile=processwrapper-sandbox

  # Caching.
  bazel $L $b clean; bazel $L $b build --disk_cache="$IN/disk-cold" //:pycs; bazel $L $b clean --expunge
  good "after clean --expunge" bazel $L $b build --disk_cache="$IN/disk-cold" //:pycs
  good "  all 20 compile actions come from the disk cache" test "$(count 'disk cache hit')" = 20; note "$(processes)"
  digests $b pycs > "$W/digests"; same "disk cache" "$W/digests"
  echo '# edited' >> "$W/$L/$(cd "$W/$L" && ls -d t07/*.py | head -n 1)"
  good "after an edit" bazel $L $b build //:pycs
  good "  one action is run" test "$(count worker)" = 1; note "$(processes)"
  (cd "$W/one/library" && cp -r "$W/plain/_main/t07/." t07/ && find . -name __pycache__ -exec rm -rf {} +)
  end_server $b

  # Another checkout at another path, with an output base of its own.
  mkdir -p "$W/elsewhere/deep"; checkout elsewhere/deep
  good "another checkout" bazel elsewhere/deep/library other build --disk_cache="$IN/disk-cold" //:pycs
  good "  all 20 compile actions come from the first one's cache" test "$(count 'disk cache hit')" = 20
  bazel elsewhere/deep/library other clean; bazel elsewhere/deep/library other build //:pycs
  digests other pycs > "$W/digests"; same "another checkout, another output base" "$W/digests"
  end_server other
}

remote() {
  oracle
  [ -d "$W/elsewhere/deep" ] || checkout elsewhere/deep
  export -f remote_inner bazel in_tree good fail note show processes count digests same says end_server
  # remote-exec.sh has an IN of its own.
  export W SEEN=$IN SID
  RUNNER=hosttools KEEP_LOGS= "$REPO/.ci/remote-exec.sh" "$SID" -- bash -c remote_inner || FAILED=1
}
remote_inner() {
  FAILED= IN=$SEEN
  local L=one/library b=remote R="--remote_retries=10 --remote_timeout=120" afresh= try
  # shellcheck disable=SC2086 — lists of words
  {
    # An upload or a look-up fails at times on a loaded machine. What a failed try has made is not counted by the next.
    for try in 1 2 3; do
      [ $try = 1 ] || { bazel $L $b clean --expunge; afresh=--noremote_accept_cached; }
      JOBS= bazel $L $b build $BAZEL_REMOTE_FLAGS $R $afresh --strategy=PyPrecompile=remote //:pycs && break
    done
    good "remote execution: all 20 compile actions" test "$(count remote)" = 20; note "$(processes)"
    digests $b pycs > "$W/digests"; same "remote execution" "$W/digests"
    for try in 1 2 3; do
      bazel $L $b clean --expunge
      JOBS= bazel $L $b build $BAZEL_REMOTE_FLAGS $R --strategy=PyPrecompile=remote //:pycs && break
    done
    good "after clean --expunge: all 20 are remote cache hits" test "$(count 'remote cache hit')" = 20; note "$(processes)"
    end_server $b
    for try in 1 2 3; do # a miss is no hit in the next try either: nothing is uploaded
      [ $try = 1 ] || bazel elsewhere/deep/library remote2 clean --expunge
      JOBS= bazel elsewhere/deep/library remote2 build $BAZEL_CACHE_FLAGS $R --noremote_upload_local_results //:pycs && [ "$(count 'remote cache hit')" = 20 ] && break
    done
    good "another checkout that uses the cache alone: all 20 are hits" test "$(count 'remote cache hit')" = 20; note "$(processes)"
    digests remote2 pycs > "$W/digests"; same "what was built remotely" "$W/digests"
    end_server remote2
  }
  [ -z "$FAILED" ]
}

for stage; do
  case $stage in project | smoke | library | remote) ;; *) die "unknown stage $stage" ;; esac
  echo "== bazel $stage"
  start=$SECONDS
  "$stage"
  echo "-- bazel $stage: $((SECONDS - start)) s"
done
[ -z "$FAILED" ] || { echo "bazel: FAILED" >&2; exit 1; }
