"""Makes the goldens that lie beside this script.

    python3 goldens.py PYTHON...

For each interpreter and each file of src it writes, into a folder named after
the release,

    NAME.fresh    what a fresh process of `python -m py_compile` wrote, without
                  the header (CPython 3.11 and later only)
    NAME.worker   what marshal.dumps(compile(...)) gave in a process that had
                  imported much and compiled all of the files before, and still
                  had them
    NAME.lean     the same in a process that had done nothing, under another
                  hash seed

and the interpreters' sys.version into versions.txt.
"""

import os
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))

DUMP = r'''
import marshal, os, sys
src, out, suffix, heavy = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4] == "heavy"
names = sorted(n for n in os.listdir(src) if n.endswith(".py"))
keep = []
if heavy:
    for m in "argparse asyncio unittest email.message http.server multiprocessing typing dataclasses enum inspect pydoc".split():
        __import__(m)
    for n in names:
        keep.append(compile(open(os.path.join(src, n), "rb").read(), n, "exec", dont_inherit=True))
    for s in "qqfree zzfree zzstart zzkeyword zzliteral zzimported qqdisplay zzdisplay yydisplay Outer.Inner Outer.Inner.Innermost".split():
        keep.append(sys.intern(s))
    names.reverse()
for n in names:
    code = compile(open(os.path.join(src, n), "rb").read(), n, "exec", dont_inherit=True)
    with open(os.path.join(out, n[:-3] + suffix), "wb") as f:
        f.write(marshal.dumps(code))
'''


def main(interpreters):
    versions = []
    for python in interpreters:
        name, release, cpython, minor, tag, version = subprocess.check_output([python, "-c", (
            "import sys; v = sys.version_info; n = sys.implementation.name;"
            "print(n, '%d.%d.%d' % v[:3], n == 'cpython', v[1], sys.implementation.cache_tag, sys.version.replace(chr(10), ' '), sep='|')"
        )], text=True).strip().split("|", 5)
        label = release if cpython == "True" else name + release
        out = os.path.join(HERE, label)
        shutil.rmtree(out, ignore_errors=True)
        os.makedirs(out)
        versions.append(label + ": " + version)
        src = os.path.join(HERE, "src")
        for suffix, mode, seed in (".worker", "heavy", "1"), (".lean", "lean", "2"):
            env = dict(os.environ, PYTHONHASHSEED=seed, PYTHONIOENCODING="utf-8")
            subprocess.run([python, "-S", "-B", "-c", DUMP, src, out, suffix, mode], check=True, env=env)
        if cpython != "True" or int(minor) < 11:
            continue
        with tempfile.TemporaryDirectory() as tmp:
            env = dict(os.environ, PYTHONPYCACHEPREFIX=os.path.join(tmp, "prefix"))
            names = sorted(n for n in os.listdir(src) if n.endswith(".py"))
            # The first rounds are for the caches of what py_compile imports.
            for n in names[:1] * 2 + names:
                subprocess.run([python, "-m", "py_compile", n], check=True, cwd=src, env=env)
            for n in names:
                pyc = env["PYTHONPYCACHEPREFIX"] + os.path.join(src, n[:-3] + "." + tag + ".pyc")
                with open(pyc, "rb") as f, open(os.path.join(out, n[:-3] + ".fresh"), "wb") as g:
                    g.write(f.read()[16:])
    with open(os.path.join(HERE, "versions.txt"), "w") as f:
        f.write("The interpreters that goldens.py ran:\n" + "\n".join(versions) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
