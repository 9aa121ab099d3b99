"""The toolchain rule."""

load("//rules/private:toolchain.bzl", _precompile_toolchain = "precompile_toolchain")

precompile_toolchain = _precompile_toolchain
