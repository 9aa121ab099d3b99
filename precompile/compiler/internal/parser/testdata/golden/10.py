match x:
    case 1 | -2 | 3+4j: pass
    case [a, *_, b]: pass
    case {'k': v, **rest}: pass
    case A.B(x, y=z) as w if w: pass
    case _: pass
