"""Records what an interpreter says about each case of a file.

Usage: PYTHON record.py CASES

The cases are separated by lines of three hyphens. The output is JSON: the release,
and for each case its source, the error (type, message, line, column, end line, end
column; null if it compiles) and the warnings (type, message, line). An end that the
interpreter gives in part is none.
"""
import json
import platform
import sys
import warnings


def outcome(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        error = None
        try:
            compile(source, "/dev/null/<source>", "exec", dont_inherit=True, optimize=0)
        except SyntaxError as e:
            line, col = e.lineno or 0, e.offset or 0
            end, end_col = getattr(e, "end_lineno", 0) or 0, getattr(e, "end_offset", 0) or 0
            if end <= 0 or end_col <= 0 or end < line:
                end = end_col = 0
            error = [type(e).__name__, e.msg, line, col, end, end_col]
    return {
        "source": source,
        "error": error,
        "warnings": [[w.category.__name__, str(w.message), w.lineno] for w in caught],
    }


with open(sys.argv[1], encoding="utf-8") as f:
    cases = f.read().split("---\n")
json.dump(
    {"python": platform.python_version(), "cases": [outcome(source) for source in cases]},
    sys.stdout, indent=1, ensure_ascii=True, sort_keys=True,
)
print()
