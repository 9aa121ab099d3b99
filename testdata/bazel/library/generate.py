"""Fills a workspace: 500 sources of this Python's own library, in 20 targets of 25.

Usage: generate.py WORKSPACE
"""

import os
import sys

TARGETS, EACH = 20, 25


def sources():
    root = os.path.dirname(os.__file__)
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in ("test", "tests", "site-packages", "dist-packages", "__pycache__", "idlelib"))
        for name in sorted(files):
            if name.endswith(".py"):
                path = os.path.join(folder, name)
                with open(path, "rb") as f:
                    text = f.read()
                try:
                    compile(text, path, "exec")
                except (SyntaxError, ValueError):
                    continue
                yield os.path.relpath(path, root), text


def main(workspace):
    found = list(sources())
    # A longer library is made by repeating it under other names.
    names = [(f"{n // len(found)}_" if n >= len(found) else "") + found[n % len(found)][0].replace(os.sep, "_") for n in range(TARGETS * EACH)]
    targets = []
    for t in range(TARGETS):
        package = f"t{t:02}"
        targets.append(package)
        os.makedirs(os.path.join(workspace, package), exist_ok=True)
        for n in range(t * EACH, (t + 1) * EACH):
            with open(os.path.join(workspace, package, names[n]), "wb") as f:
                f.write(found[n % len(found)][1])
        dep = f'"//{targets[t - 1]}", ' if t else ""
        with open(os.path.join(workspace, package, "BUILD.bazel"), "w") as f:
            f.write(f'''load("@rules_python//python:py_library.bzl", "py_library")

package(default_visibility = ["//visibility:public"])

filegroup(name = "srcs", srcs = glob(["*.py"]))

py_library(name = "{package}", srcs = [":srcs"], deps = [{dep}])
''')
    labels = ", ".join(f'"//{t}"' for t in targets)
    srcs = ", ".join(f'"//{t}:srcs"' for t in targets)
    with open(os.path.join(workspace, "BUILD.bazel"), "w") as f:
        f.write(f'''load("@rules_precompile//rules:defs.bzl", "pyc_collection", "pyc_verify_test", "rules_python_precompiler")
load(":per_file.bzl", "per_file", "python_worker")

exports_files(["precompile"])

# Every source once, through a chain of 20 targets.
pyc_collection(name = "pycs", targets = ["//{targets[-1]}"])

pyc_verify_test(name = "verify_test", targets = [":pycs"])

# rules_python's slot, with its precompiler replaced by this one, and with one
# that is as its own: a Python worker.
rules_python_precompiler(name = "dropin")

rules_python_precompiler(name = "dropin_proto", protocol = "proto")

python_worker(name = "python_worker", src = "worker.py", interpreter = "/usr/bin/python3.13")

per_file(name = "per_file_dropin", precompiler = ":dropin", srcs = [{srcs}])

per_file(name = "per_file_proto", precompiler = ":dropin_proto", srcs = [{srcs}])

per_file(name = "per_file_python", precompiler = ":python_worker", srcs = [{srcs}])

# The toolchain cannot serve this version.
per_file(name = "per_file_unserved", precompiler = ":dropin", srcs = ["//t00:srcs"], python_version = "3.9", tags = ["manual"])
''')


main(sys.argv[1])
