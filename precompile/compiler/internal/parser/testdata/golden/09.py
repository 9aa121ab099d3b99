async def f():
    async with a: await b
    async for c in d: yield
