"""Constructs of 3.15."""

lazy import json
lazy from os import path as p


def unpacking(a):
    return [*x for x in a], {*x for x in a}, {**x for x in a}, (*x for x in a)


async def agenerator(a):
    async for x in a:
        yield [y async for y in x]
