#!/bin/bash
# Usage: .ci/gazelle.sh [fix|diff] [GAZELLE]
#
# Keeps what follows from Go files in step with them: the Go targets of the BUILD files, which Gazelle writes, and deps.bzl,
# the modules of go.mod for builds without bzlmod. fix, the default, writes; diff prints what it would change and fails if
# there is anything. GAZELLE is the program; without it one is built.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-fix} gazelle=${2:-}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
if [ -z "$gazelle" ]; then
  gazelle=$tmp/gazelle
  GOBIN=$tmp go install github.com/bazel-contrib/bazel-gazelle/v2/cmd/gazelle@v2.0.0-3
fi

{
  cat <<'E'
"""The modules of go.mod, for builds without bzlmod. Written by .ci/gazelle.sh. DO NOT EDIT."""

load("@bazel_gazelle//:deps.bzl", "go_repository")

def go_dependencies():
    """Makes a repository for each module."""
E
  go mod edit -json | awk -F'"' '/"Require"/ { on = 1 } on && $2 == "Path" { path = $4 } on && $2 == "Version" { print path, $4 } on && /^\t\]/ { exit }' |
    sort | while read -r path version; do
    sum=$(awk -v p="$path" -v v="$version" '$1 == p && $2 == v { print $3 }' go.sum)
    [ -n "$sum" ] || { echo "go.sum has no $path $version" >&2; exit 1; }
    host=${path%%/*} rest=${path#"${path%%/*}"}
    name=$(echo "$host" | tr . '\n' | tac | paste -sd_)$rest
    printf '    go_repository(\n        name = "%s",\n        importpath = "%s",\n        sum = "%s",\n        version = "%s",\n    )\n' \
      "$(echo "$name" | tr -- '-./' '___' | tr '[:upper:]' '[:lower:]')" "$path" "$sum" "$version"
  done
} > "$tmp/deps.bzl"

status=0
if [ "$mode" = fix ]; then
  cp "$tmp/deps.bzl" deps.bzl
else
  diff -u deps.bzl "$tmp/deps.bzl" || status=1
fi
# The names of repositories follow from import paths: nothing is asked of the network.
"$gazelle" update -mode="$mode" -build_file_name=BUILD.bazel -external=static || status=1
exit $status
