#!/usr/bin/env python3
"""Record what CPython's own tests feed to compile(), and what CPython makes of it.

Usage: PYTHON record.py OUTPUT.json.gz [LAUNCHER]

LAUNCHER is the program that starts this interpreter, where sys.executable cannot be
started by itself.

Runs the interpreter's test modules below, doctests included, and keeps each distinct
source that is compiled meanwhile: by compile(), exec(), eval(), ast.parse(), an import
or the compiler's C functions, which all raise the audit event "compile", and in another
process, as a script or behind -c. Then each source is judged by itself, as the text of a
file is: as bytes, in mode exec, without flags, at level 0. For there is no other mode and
no flag in a file: a source that a test gives to eval(), or compiles as one line of a
dialogue, is judged as a file with the same text.

Not kept are str sources with lone surrogates, which no file can hold, sources beyond a
limit of size, and the standard library's modules but for the tests' examples of sources.

The file also has, for each module that the release has, how many tests ran, how many
failed, and how many sources were not seen before.

A case is a list of the source, as bytes in Latin-1; the error of the parser, or null; its
warnings; and the error and the warnings of the whole compilation. An error is a list of
type, message, line, column, end line and end column; a warning, of type, message, line.
"""
import ast
import gzip
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import unittest
import warnings

MODULES = """test_syntax test_exceptions test_fstring test_string_literals test_grammar test_patma
test_named_expressions test_positional_only_arg test_type_params test_tstring test_eof test_source_encoding
test_unicode_identifiers test_keywordonlyarg test_unpack_ex test_except_star test_generators test_genexps
test_listcomps test_dictcomps test_setcomps test_global test_flufl test_future_stmt.test_future test_compile
test_type_aliases test_type_annotations test_coroutines test_codeop test_unpack test_extcall""".split()
SECONDS = 120  # a module
LIMIT = 1 << 18
STDLIB = os.path.dirname(os.__file__) + os.sep
EXAMPLES = STDLIB + os.path.join("test", "tokenizedata", "")

seen = {}
recording = False


def note(source):
    if isinstance(source, str):
        try:
            source = source.encode()
        except UnicodeEncodeError:
            return
    if isinstance(source, (bytes, bytearray, memoryview)) and len(bytes(source)) <= LIMIT:
        seen.setdefault(bytes(source))


def standard(filename):
    return filename.startswith(STDLIB) and not filename.startswith(EXAMPLES)


def started(args, cwd):
    """Notes what a process is started to run."""
    args = [os.fsdecode(a) for a in args]
    for i, arg in enumerate(args[1:], 1):
        if args[i - 1] == "-c":
            note(arg)
        elif arg.endswith(".py") and not standard(arg):
            try:
                with open(os.path.join(cwd or "", arg), "rb") as f:
                    note(f.read())
            except OSError:
                pass


def hook(event, args):
    if not recording:
        return
    if event == "compile":
        source, filename = args
        if not (isinstance(filename, str) and standard(filename)):
            note(source)
    elif event == "subprocess.Popen" and isinstance(args[1], (list, tuple)):
        started(args[1], args[2])


def outcome(source, flags):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        error = None
        try:
            compile(source, "<string>", "exec", flags, dont_inherit=True, optimize=0)
        except SyntaxError as e:
            error = [type(e).__name__, str(e.msg), e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]
        except (ValueError, OverflowError, MemoryError, RecursionError, SystemError) as e:
            error = [type(e).__name__, str(e), 0, 0, 0, 0]
        return error, [[w.category.__name__, str(w.message), w.lineno] for w in caught]


def main():
    global recording

    def late(*_):
        raise BaseException("too slow")
    signal.signal(signal.SIGALRM, late)
    sys.addaudithook(hook)
    output = os.path.abspath(sys.argv[1])
    sys.executable = (sys.argv[2:] or [sys.executable])[0]
    os.chdir(tempfile.mkdtemp())
    sys.pycache_prefix = os.path.join(os.getcwd(), "cache")  # whatever is imported is compiled
    modules = {}
    out, sys.stdout, sys.stderr = sys.stdout, io.StringIO(), io.StringIO()
    for name in MODULES:
        before = len(seen)
        try:
            module = importlib.import_module("test." + name)
        except ModuleNotFoundError:
            print(name, "is not in this release", file=sys.__stderr__)
            continue
        signal.alarm(SECONDS)
        try:
            recording = True
            suite = unittest.defaultTestLoader.loadTestsFromModule(module)
            with warnings.catch_warnings():
                result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
            modules[name] = [result.testsRun, len(result.errors) + len(result.failures), len(seen) - before]
            print(name, *modules[name], file=sys.__stderr__)
        except BaseException as e:
            print(name, repr(e), file=sys.__stderr__)
        finally:
            recording = False
            signal.alarm(0)
    sys.stdout = out
    sys.stderr = sys.__stderr__
    cases = []
    for source in sorted(seen):
        cases.append([source.decode("latin-1"), *outcome(source, ast.PyCF_ONLY_AST), *outcome(source, 0)])
    data = json.dumps({"python": sys.version.split()[0], "modules": modules, "cases": cases}, indent=0, ensure_ascii=True)
    with open(output, "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(data.encode())
    print(len(cases), "cases,", sum(c[1] is not None for c in cases), "errors of the parser,",
          sum(c[3] is not None for c in cases), "errors", file=sys.stderr)


main()
