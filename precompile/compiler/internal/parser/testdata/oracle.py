"""An interpreter that answers, over its standard streams, what it makes of sources.

A request is one letter, a 4-byte big-endian length and a source. The letters:

  h  the MD5 of ast.dump(ast.parse(source), include_attributes=True)
  d  that dump itself
  p  the error of ast.parse(source) alone
  c  the warnings and the error of compile(source, "<string>", "exec"), as JSON

An answer is one letter, a 4-byte length and a text: `o` with what was asked for,
`e` with the error, as JSON, of a source that is refused, `x` where the interpreter
could not judge it.
"""
import ast
import hashlib
import json
import sys
import threading
import warnings


def error(e):
    d = {"type": type(e).__name__, "message": str(e)}
    if isinstance(e, SyntaxError):
        d.update(message=str(e.msg), line=e.lineno, col=e.offset, end_line=e.end_lineno, end_col=e.end_offset)
    return json.dumps(d).encode()


def answer(what, source):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            if what == b"c":
                compile(source, "<string>", "exec", dont_inherit=True)
                return b"o", json.dumps([[w.category.__name__, str(w.message), w.lineno] for w in caught]).encode()
            tree = compile(source, "<string>", "exec", ast.PyCF_ONLY_AST, dont_inherit=True)
            if what == b"p":
                return b"o", b""
            dump = ast.dump(tree, include_attributes=True).encode("utf-8", "surrogatepass")
        except (SyntaxError, ValueError, OverflowError) as e:
            return b"e", error(e)
        except Exception as e:
            return b"x", error(e)
    return b"o", hashlib.md5(dump).hexdigest().encode() if what == b"h" else dump


def serve():
    inp, out = sys.stdin.buffer, sys.stdout.buffer
    while True:
        head = inp.read(5)
        if len(head) < 5:
            return
        status, text = answer(head[:1], inp.read(int.from_bytes(head[1:], "big")))
        out.write(status + len(text).to_bytes(4, "big") + text)
        out.flush()


sys.setrecursionlimit(200000)
threading.stack_size(512 << 20)
t = threading.Thread(target=serve)
t.start()
t.join()
