"""The one place that names rules_python."""

load("@rules_python//python:py_info.bzl", _PyInfo = "PyInfo")

PyInfo = _PyInfo

# Python's own toolchain, of which only the version is asked, and only where
# nothing else names one.
PYTHON_TOOLCHAIN = Label("@rules_python//python:toolchain_type")
