"""Races this interpreter's dis against precompile inspect --dis over the same caches, and prints what both took.

    python3.13 race.py PRECOMPILE CACHES [ROUNDS]

PRECOMPILE is the built command, CACHES a folder with .pyc files of this interpreter. Each side starts from the files, reads
every code object, writes the whole disassembly to the null device, and runs ROUNDS times (3) by turns; the least time counts.
CPU time, of all threads, is compared: it is what a busy machine does not change. The last line is JSON.
"""

import dis
import json
import marshal
import os
import resource
import subprocess
import sys
import time


def python(files):
    with open(os.devnull, "w") as null:
        for path in files:
            with open(path, "rb") as f:
                code = marshal.loads(f.read()[16:])
            dis.dis(code, file=null)


def precompile(command, files):
    with open(os.devnull, "w") as null:
        # Command lines have a limit; the least number of processes that it allows is fair.
        at = 0
        while at < len(files):
            size, to = 0, at
            while to < len(files) and size < 1_000_000:
                size += len(files[to]) + 1
                to += 1
            subprocess.run([command, "inspect", "--dis", *files[at:to]], stdout=null, check=True)
            at = to


def timed(who, work, *args):
    before, start = resource.getrusage(who), time.monotonic()
    work(*args)
    wall, after = time.monotonic() - start, resource.getrusage(who)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall


def main(command, folder, rounds="3"):
    files = sorted(
        os.path.join(d, f) for d, _, names in os.walk(folder) for f in names if f.endswith(".pyc")
    )
    size = sum(map(os.path.getsize, files))
    slow, fast = [], []
    for _ in range(int(rounds)):
        fast.append(timed(resource.RUSAGE_CHILDREN, precompile, command, files))
        slow.append(timed(resource.RUSAGE_SELF, python, files))
    result = {"files": len(files), "bytes": size, "python": sys.version.split()[0]}
    for name, times in (("dis", slow), ("precompile", fast)):
        result[name + "_cpu"], result[name + "_wall"] = min(t[0] for t in times), min(t[1] for t in times)
        print("%-12s %8.2f s CPU, %8.2f s wall" % (name, result[name + "_cpu"], result[name + "_wall"]))
    result["times_cpu"] = result["dis_cpu"] / result["precompile_cpu"]
    result["times_wall"] = result["dis_wall"] / result["precompile_wall"]
    print("%d caches, %.1f MB: %.1f times the speed by CPU time, %.1f by the clock" % (
        len(files), size / 1e6, result["times_cpu"], result["times_wall"]))
    print(json.dumps(result))


main(*sys.argv[1:])
