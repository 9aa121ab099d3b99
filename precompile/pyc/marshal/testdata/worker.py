# The worker of the conformance tests: reads paths from stdin, a line each, and
# answers with a length and marshal.dumps of the compiled source. A heavy one
# imports much before, and keeps every code object that it makes.
import marshal, struct, sys

heavy = sys.argv[1] == "heavy"
if heavy:
    for name in (
        "argparse asyncio concurrent.futures configparser ctypes dataclasses decimal difflib doctest email.message enum fractions ftplib"
        " http.server imaplib inspect json logging.handlers multiprocessing optparse pdb pickletools pydoc smtplib statistics tarfile test.support"
        " turtle typing unittest urllib.request webbrowser xml.dom.minidom xmlrpc.client zipfile"
    ).split():
        try:
            __import__(name)
        except Exception:  # not in every version, or not without a display
            pass
keep = []
out = sys.stdout.buffer
for line in sys.stdin.buffer:
    path = line.decode().rstrip("\n")
    try:
        with open(path, "rb") as f:
            code = compile(f.read(), path, "exec", dont_inherit=True)
    except (SyntaxError, ValueError):
        out.write(b"\xff" * 4)
        continue
    if heavy:
        keep.append(code)
    dump = marshal.dumps(code)
    out.write(struct.pack("<I", len(dump)) + dump)
