#!/bin/bash
# Usage: qemu.sh PROGRAM ARGUMENT…
#
# Runs an arm64 Go program under qemu-user, which at times loses the signals by which Go preempts a goroutine, so that a
# program crashes or hangs for no fault of its own (golang/go#36981): Go preempts without them here, and a run that a signal
# ends, as after 10 minutes one that hangs does, is tried again, up to three times. A test that fails is never tried again.
# FRESH: a folder to be removed before each try. RETRIES: a file that gets a line for each further try.
set -uo pipefail
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
for try in 1 2 3; do
  rm -rf ${FRESH:+"$FRESH"}
  code=0
  { GODEBUG=asyncpreemptoff=1 timeout -s KILL 600 qemu-aarch64-static "$@" >"$T/out" 2>"$T/err"; } 2>/dev/null || code=$? # bash names the signal too
  [ "$code" -ge 128 ] && [ "$try" -lt 3 ] && ! grep -q -e '--- FAIL' "$T/out" || break
  echo "signal $((code - 128)): $*" >> "${RETRIES:-/dev/stderr}"
done
cat "$T/out"
cat "$T/err" >&2
exit "$code"
