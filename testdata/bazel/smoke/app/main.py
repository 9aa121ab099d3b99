"""Imports everything from caches, and fails where one is compiled from source."""

import importlib
import importlib.machinery
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ALLOWED = set(sys.argv[1:])  # what Bazel itself makes, empty: it has no cache


def compiled(self, data, path, *args, **kwargs):
    if os.path.getsize(path) == 0 and os.path.relpath(path, ROOT) in ALLOWED:
        return original(self, data, path, *args, **kwargs)
    raise AssertionError(f"{path} has no cache that is right")


original = importlib.machinery.SourceFileLoader.source_to_code
importlib.machinery.SourceFileLoader.source_to_code = compiled

for name in ["lib.a", "lib.sub.b", "gen.made", "app.pkg.inner.deep", "wheel.core"]:
    module = importlib.import_module(name)
    assert os.path.exists(module.__cached__), module.__cached__

from lib.sub import b

assert b.B().run() == ["hello, b"] * 3 or b.B().run() == [{"b"}] * 3, b.B().run()
assert importlib.import_module("gen.made").MADE
print("all from caches")
