#!/usr/bin/env python3
"""Record what CPython's own tests feed to compile(), and what the parser makes of it.

Usage: PYTHON record.py OUTPUT.json.gz

Runs the interpreter's test modules below with compile, exec, eval and ast.parse
replaced by recorders, then parses each distinct source by itself and writes down
the error, or None, and the warnings. Sources are stored as bytes in Latin-1. Only
sources up to a limit are kept: longer ones test limits, which have tests of their
own.
"""
import ast
import builtins
import gzip
import importlib
import io
import json
import signal
import sys
import unittest
import warnings

MODULES = """test_syntax test_exceptions test_fstring test_string_literals test_grammar test_patma
test_named_expressions test_positional_only_arg test_type_params test_tstring test_eof test_source_encoding
test_unicode_identifiers test_keywordonlyarg test_unpack_ex test_except_star test_generators test_genexps
test_listcomps test_dictcomps test_setcomps test_global test_flufl test_future_stmt.test_future test_compile
test_type_aliases test_type_annotations test_coroutines test_codeop test_unpack test_extcall""".split()
SECONDS = 60  # a module
LIMIT = 4000

seen = {}
real = builtins.compile


def note(source):
    if isinstance(source, str):
        try:
            source = source.encode()
        except UnicodeEncodeError:
            return
    if isinstance(source, (bytes, bytearray)) and len(source) <= LIMIT:
        seen.setdefault(bytes(source))


def recording(function):
    def wrapper(source, *args, **kwargs):
        note(source)
        return function(source, *args, **kwargs)
    return wrapper


def outcome(source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        error = None
        try:
            real(source, "<string>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
        except SyntaxError as e:
            error = [type(e).__name__, str(e.msg), e.lineno or 0, e.offset or 0, e.end_lineno or 0, e.end_offset or 0]
        except (ValueError, OverflowError, MemoryError) as e:
            error = [type(e).__name__, str(e), 0, 0, 0, 0]
        return error, [[w.category.__name__, str(w.message), w.lineno] for w in caught]


def main():
    def late(*_):
        raise BaseException("too slow")
    signal.signal(signal.SIGALRM, late)
    builtins.compile = recording(builtins.compile)
    ast.parse = recording(ast.parse)
    out, sys.stdout, sys.stderr = sys.stdout, io.StringIO(), io.StringIO()
    for name in MODULES:
        signal.alarm(SECONDS)
        try:
            suite = unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module("test." + name))
            with warnings.catch_warnings():
                unittest.TextTestRunner(stream=io.StringIO()).run(suite)
        except BaseException as e:
            print(name, repr(e), file=sys.__stderr__)
        finally:
            signal.alarm(0)
    builtins.compile = real
    sys.stdout = out
    cases = []
    for source in sorted(seen):
        error, warned = outcome(source)
        cases.append([source.decode("latin-1"), error, warned])
    data = json.dumps({"python": sys.version.split()[0], "cases": cases}, indent=0, ensure_ascii=True)
    with open(sys.argv[1], "wb") as f, gzip.GzipFile("", "wb", 9, f, 0) as z:
        z.write(data.encode())
    print(len(cases), "cases,", sum(c[1] is not None for c in cases), "errors", file=sys.__stderr__)


main()
