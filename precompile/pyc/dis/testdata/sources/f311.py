"""Constructs of 3.11."""


def groups(f):
    try:
        f()
    except* ValueError as e:
        raise
    except* (OSError, KeyError):
        pass
    return f[*f]


async def nested(x):
    return [[y async for y in z] for z in await x if (await z).a]
