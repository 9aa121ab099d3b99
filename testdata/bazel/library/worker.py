"""A precompiler of the kind that is written in Python: one process, an event loop, a thread a request."""

import asyncio
import concurrent.futures
import json
import os
import py_compile
import sys


def compile_one(arguments, sandbox=""):
    values = {"--src": [], "--src_name": [], "--pyc": []}
    words = iter(arguments)
    for flag in words:
        values.setdefault(flag, []).append(next(words))
    mode = py_compile.PycInvalidationMode[values["--invalidation_mode"][0].upper()]
    for src, name, pyc in zip(values["--src"], values["--src_name"], values["--pyc"]):
        py_compile.compile(
            os.path.join(sandbox, src), os.path.join(sandbox, pyc), dfile=name, doraise=True,
            optimize=int(values["--optimize"][0]), invalidation_mode=mode,
        )


async def serve():
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=1 << 26)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    pool = concurrent.futures.ThreadPoolExecutor()

    async def answer(request):
        response = {"requestId": request.get("requestId", 0), "exitCode": 0, "output": ""}
        try:
            await loop.run_in_executor(pool, compile_one, request["arguments"], request.get("sandboxDir", ""))
        except Exception as e:
            response |= {"exitCode": 1, "output": str(e)}
        sys.stdout.write(json.dumps(response) + "\n")
        sys.stdout.flush()

    tasks = set()
    while line := await reader.readline():
        request = json.loads(line)
        if not request.get("cancel"):
            task = asyncio.create_task(answer(request))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    await asyncio.gather(*tasks)


if "--persistent_worker" in sys.argv:
    asyncio.run(serve())
else:
    compile_one([line.rstrip("\n") for line in open(sys.argv[1][1:])])
