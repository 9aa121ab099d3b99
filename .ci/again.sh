# shellcheck shell=bash
# To be sourced: what a script needs to ask the network, which fails at times for no fault of ours.

# again COMMAND…: up to three tries. A function must join its commands with &&, as set -e does not hold in it.
again() {
  local pause
  for pause in 5 30; do
    "$@" && return
    echo "failed, once more in $pause s: $*" >&2
    sleep "$pause"
  done
  "$@"
}
# Options of apt-get: tries of its own for each file, patience with another apt-get, and with a mirror whose lists are signed
# but weeks old.
# shellcheck disable=SC2034 # for who sources it
APT=(-q -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 -o Acquire::Check-Valid-Until=false)
