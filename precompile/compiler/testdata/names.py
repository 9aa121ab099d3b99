"""Lists the names of codecs that this interpreter knows, and judges sources.

Without input: the names, one a line. With lines of sources as JSON strings of Latin-1:
for each what compile() says, as JSON: null or a list of type, message, line, column, end
line and end column.
"""
import encodings
import encodings.aliases
import json
import pkgutil
import sys
import warnings


def outcome(source):
    try:
        compile(source, "<string>", "exec", dont_inherit=True)
    except SyntaxError as e:
        return [type(e).__name__, str(e.msg), e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]


warnings.simplefilter("ignore")
if sys.argv[1:] == ["names"]:
    names = set(encodings.aliases.aliases) | set(encodings.aliases.aliases.values())
    print(*sorted(names | {m.name for m in pkgutil.iter_modules(encodings.__path__)}), sep="\n")
else:
    for line in sys.stdin:
        print(json.dumps(outcome(json.loads(line).encode("latin-1"))))
