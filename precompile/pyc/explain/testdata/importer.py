"""Imports modules and tells what came of it, for the conformance test. Run with -v, whose lines go to the standard error.

Reads lines of JSON, {"name": module, "path": [folder, …]}; writes one line of JSON for each.
"""

import importlib
import json
import sys

stdlib = sys.path[:]
loaded = set(sys.modules)
for line in sys.stdin:
    case = json.loads(line)
    sys.path[:] = case["path"] + stdlib
    for name in set(sys.modules) - loaded:
        del sys.modules[name]
    importlib.invalidate_caches()
    out = {"loader": "", "file": "", "exception": "", "message": "", "search": None}
    sys.stderr.write("=== begin %s\n" % case["name"])
    try:
        m = importlib.import_module(case["name"])
    except BaseException as e:
        out["exception"], out["message"] = type(e).__name__, str(e)
    else:
        loader = m.__spec__.loader or getattr(m, "__loader__", None)
        out["loader"] = (loader if isinstance(loader, type) else type(loader)).__name__.lstrip("_")
        out["file"] = getattr(m, "__file__", None) or ""
        out["search"] = list(m.__path__) if hasattr(m, "__path__") else None
    sys.stderr.write("=== end %s\n" % case["name"])
    sys.stdout.write(json.dumps(out) + "\n")
