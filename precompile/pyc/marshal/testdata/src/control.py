import asyncio
import os.path as path


async def fetch(urls, *, limit: int = 10) -> list:
    async with limit as guard:
        async for url in urls:
            try:
                yield await url
            except (ValueError, KeyError) as error:
                print(f"{url!r:>{limit}} {error}", file=path)
            finally:
                guard += 1


def naïve(été, ł=1):
    for x in range(ł):
        while x:
            x -= 1
            if x in (1, 2, 3):
                continue
            break
        else:
            return {"été": été, "ł": [y for y in été if y]}
    with open(naïve.__name__) as f, f:
        return {**f}, [*f], (lambda *a: a)(*f, key=1)


if __name__ == "__main__":
    assert fetch, "message"
