"""Statements of every kind, at module level and in functions."""
import os
import os.path
import xml.dom.minidom as dom
from sys import path as search, argv
from . import sibling
from ..package.module import *

count = total = 0
first, *rest = search
[a, (b, c)], d = [1, (2, 3)], 4
count += 1
search[0] += "x"
search[1:2] = []
search[1:2] += [1]
search[::2] = []
dom.attribute = 1
dom.attribute += 2
dom \
    .other \
    .name -= 1
del count, search[0], dom.attribute, (a, [b])
assert total == 0, "message"
assert total
pass
"a string that is no docstring"
...


def loops(items, n):
    for i in items:
        if i:
            continue
        elif n:
            break
        print(i)
    else:
        print("else")
    for (
        x,
        y,
    ) in [[1, 2], [3, 4]]:
        pass
    while n:
        n -= 1
        if n == 3:
            break
    else:
        return 1
    while True:
        while 0:
            pass
        if n and (items or not n) and not (n < 1 < 2):
            return
    return items if n else None


def chains(a, b, c):
    if a < b < c <= a:
        return a < b != c
    if not a < b in c:
        return not (a is b)
    x = a and b or c
    return (a or b) and (c if a else b), x, not a in b


def scopes():
    global total, made_here
    outer = 1
    total = 2
    made_here = 3

    def inner():
        nonlocal outer
        outer += 1
        del outer
        return lambda: outer
    return inner


def deleting(mapping):
    del mapping["a"], mapping.b, mapping[1:2]
    raise ValueError from None


def reraise(e):
    raise e


def bare():
    raise


def returns_in_loop(items):
    for i in items:
        for j in items:
            return (i,
                    j)
    return \
        None
