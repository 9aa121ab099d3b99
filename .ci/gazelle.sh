#!/bin/bash
# Usage: .ci/gazelle.sh [fix|diff] [GAZELLE]
#
# Writes the Go targets of the BUILD files (fix, the default), or prints what it would change and fails if there is anything.
# GAZELLE is the program; without it the one of MODULE.bazel's version is built.
set -euo pipefail
cd "$(dirname "$0")/.."
mode=${1:-fix} gazelle=${2:-}
if [ -z "$gazelle" ]; then
  gazelle=$(mktemp -d)/gazelle
  trap 'rm -rf "$(dirname "$gazelle")"' EXIT
  GOBIN=$(dirname "$gazelle") go install github.com/bazelbuild/bazel-gazelle/cmd/gazelle@v0.45.0
fi
# The names of repositories follow from import paths: nothing is asked of the network.
"$gazelle" update -mode="$mode" -build_file_name=BUILD.bazel -external=static
