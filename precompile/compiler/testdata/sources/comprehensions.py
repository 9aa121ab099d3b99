xs = [1, 2]
a = [x for x in xs]
b = {x: y for x, y in xs if x if y}
c = {x for x in xs for y in [x] for z in (y,) if z}
d = list(x for x in xs if x for y in x)
e = [[y for y in x] for x in [xs, xs]]
f = [lambda: x for x in xs]
x = 1
g = [(x, lambda: x) for x in xs]
[print(x) for x in xs]


def inlined(xs, y):
    x = 1
    first = [x for x in xs]
    second = [x + y for x in xs if y]
    third = [lambda: (x, y) for x in xs]
    try:
        fourth = {x: [z for z in xs] for x in xs}
    finally:
        print(x)

    def closure():
        return x, y
    return first, second, third, fourth, [y := 1 for _ in xs], closure


class Body:
    x = 1
    a = [x for x in xs]
    b = [y for y in a if x]
    c = [lambda: __class__ for _ in a]

    def method(self):
        return [super(Body, self).x for _ in xs], [self.y for self.y in xs], (__class__ for _ in xs)


def nested_generators(xs):
    return ((y for y in x if (z := y)) for x in xs), {*xs}, [*xs, 1], (*xs,), {**xs, 1: 2}


for i in [1, 2, 3]: pass
for i in [a, b]: pass
for i in {1, 2}: pass
i in [1, 2], i not in {1, 2}, i in {1, a}, i in [a]
[i for i in [1, 2, 3] if i in {4, 5, 6}]
