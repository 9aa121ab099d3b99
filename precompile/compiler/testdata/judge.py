"""Says what this interpreter's compile() says of sources.

Usage: judge.py names      the names of codecs that it knows, one a line
       judge.py sources    a source a line, as a JSON string of Latin-1, on standard input
       judge.py files      a path a line

For each source the answer is a line of JSON: a list of the error, which is null or a list
of type, message, line, column, end line and end column, and of the warnings, which are
lists of type, message and line.
"""
import encodings
import encodings.aliases
import json
import pkgutil
import sys
import warnings


def outcome(source):
    error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            compile(source, "<string>", "exec", dont_inherit=True, optimize=0)
        except SyntaxError as e:
            error = [type(e).__name__, str(e.msg), e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]
        except (ValueError, OverflowError, MemoryError, RecursionError) as e:
            error = [type(e).__name__, str(e), 0, 0, 0, 0]
    return error, [[w.category.__name__, str(w.message), w.lineno] for w in caught]


def read(path):
    with open(path, "rb") as f:
        return f.read()


if sys.argv[1] == "names":
    names = set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values())
    print(*sorted(names | {m.name for m in pkgutil.iter_modules(encodings.__path__)}), sep="\n")
else:
    for line in sys.stdin:
        source = read(line.rstrip("\n")) if sys.argv[1] == "files" else json.loads(line).encode("latin-1")
        print(json.dumps(outcome(source)))
