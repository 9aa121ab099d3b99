"""Compile files one after another as fresh processes of `python -m py_compile FILE` do.

PYTHON [-O…] -c THIS FOLDER: stands still where py_compile would read the names of its
files, and for each name that comes on standard input, a line each, forks a child that
goes on as if the name had been on its command line: nothing has been compiled in it
before, and the strings and modules there are those of a fresh process. Caches go below
FOLDER, at the source's full path. For each file answers on standard output: what the
child said, then a NUL, its exit status and a line feed.
"""
import os, runpy, sys

folder = sys.argv[1]


class Names:
    def readlines(self):
        readline = os.fdopen(os.dup(0), "rb").readline
        while name := readline():
            pid = os.fork()
            if not pid:
                sys.pycache_prefix = folder
                os.dup2(1, 2)
                return [os.fsdecode(name[:-1])]
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            os.write(1, b"\0%d\n" % status)
        os._exit(0)


sys.stdin = Names()
sys.argv = ["py_compile", "-"]
status = 0
try:
    runpy._run_module_as_main("py_compile", False)
except SystemExit as e:
    status = e.code
sys.stderr.flush()
os._exit(status)  # the child is done, and taking everything down costs more than compiling
