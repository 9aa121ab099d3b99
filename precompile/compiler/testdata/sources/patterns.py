def match(subject):
    match subject:
        case 1 | -2 | 3.5 | -1 + 2j | "s" | b"b" | None | True:
            return 0
        case module.CONSTANT:
            return 1
        case [1, x, *_] | [2, *_, x]:
            return x
        case [a, b] if a > b:
            return a
        case [] | [_] | [_, *_]:
            pass
        case (a, *rest, b):
            return rest
        case {"k": v, 1: w, -1: _, **rest}:
            return v, w, rest
        case {}:
            return 2
        case {"only": 1}:
            return 3
        case Point(x=0, y=y) | Point(0, y, z=_):
            return y
        case Point():
            return 4
        case (A() as first, [B(inner)] as second) | [second, inner, first] if inner:
            return first, second
        case str() | int() as either:
            return either
        case _ if subject:
            return 5
        case other:
            return other


match 1, 2:
    case x, y:
        print(x)

match (x):
    case 0:
        pass
    case _:
        print("default")


def loop(items):
    for item in items:
        match item:
            case "a":
                continue
            case "b":
                break
            case c:
                return c
