"""Constructs that every version from 3.8 has."""

from __future__ import annotations

import os.path as path, sys
from . import sibling
from collections import *

NUMBERS = (0, 1, -1, 255, 256, 1 << 40, 2**200, 1.5, -0.0, 1e100, 1e-5, 3j, 1 - 2j)
TEXTS = ('', 'it\'s', "say \"it's\"", 'tab\t nul\0 é \xa0 日本 \U0001f600 \ud800', b'\x00bytes\xff\'"', ...)
SET = 3 in {1, 2, 3} or "x" not in {"a", "b", ("c", 1.0)}


def decorator(f): return f


@decorator
class Outer(object, metaclass=type):
    """A class."""
    attribute: int = 1
    total: "str"

    def method(self, a, /, b=1, *args: int, c, d=None, **kwargs) -> str:
        super().method(*args, **kwargs)
        self.x = self.y = a
        self.z += 1
        del self.x, kwargs["k"]
        return f"{a!r:>{b}} {c!s} {d!a} {self.x:.2f} {{}}"

    async def coroutine(self):
        async with self.lock as lock, lock:
            async for item in self:
                yield item
                if await item:
                    break
            else:
                return
        print([i async for i in self if await i])

    class Inner:
        def __init__(self):
            __class__


def closures(n):
    total = 0

    def add(k):
        nonlocal total
        global counter
        total += k
        counter = lambda: (total, n)
        return [add for j in range(n) if j % 2 for _ in (j, k)]
    return add, {x: y for x, y in {}.items()}, {q for q in "abc"}, (g for g in range(n))


def generator(items):
    received = yield
    yield from items
    while received:
        received = yield received
        if received == 1:
            continue
        elif received is None or received is not items:
            break
        assert received, "message"
    return received


def handlers(f):
    try:
        with open(f) as a, open(f):
            a, *b, c = a
            raise ValueError from None
    except (OSError, KeyError) as e:
        raise
    except ImportError:
        return 1
    else:
        pass
    finally:
        for i in range(10):
            try:
                continue
            finally:
                print(i)
    raise RuntimeError("x")


def operators(a, b):
    if (n := len(a)) > 10:
        a[1:2], a[::3], a[b] = a[b:], b[:n], [1, *a, 2]
    a += b; a -= b; a *= b; a /= b; a //= b; a %= b; a @= b; a **= b; a <<= b; a >>= b; a &= b; a ^= b; a |= b
    return a + b - a * b / a // b % a @ b, a ** b << a >> b & a ^ b | a, -a, +a, ~a, not a, a < b <= a != b > a >= b == a


def calls(f, *a, **k):
    f(), f(1, *a), f(x=1), f(1, y=2, **k), f(**{**k, "z": 3}), f.m(1), f.m(1, k=2), f(*a, *a)
    return {**k, 1: 2, "a": 3}, {1, *a}, (*a, 1), "%s" % a


def many_constants():
    return [
        1001.5, 1002.5, 1003.5, 1004.5, 1005.5, 1006.5, 1007.5, 1008.5, 1009.5, 1010.5, lambda: 1, lambda: 2, "a", b"b",
    ]


def extended(x):
    if x:
        x(3000.5)
        x(3001.5)
        x(3002.5)
        x(3003.5)
        x(3004.5)
        x(3005.5)
        x(3006.5)
        x(3007.5)
        x(3008.5)
        x(3009.5)
        x(3010.5)
        x(3011.5)
        x(3012.5)
        x(3013.5)
        x(3014.5)
        x(3015.5)
        x(3016.5)
        x(3017.5)
        x(3018.5)
        x(3019.5)
        x(3020.5)
        x(3021.5)
        x(3022.5)
        x(3023.5)
        x(3024.5)
        x(3025.5)
        x(3026.5)
        x(3027.5)
        x(3028.5)
        x(3029.5)
        x(3030.5)
        x(3031.5)
        x(3032.5)
        x(3033.5)
        x(3034.5)
        x(3035.5)
        x(3036.5)
        x(3037.5)
        x(3038.5)
        x(3039.5)
        x(3040.5)
        x(3041.5)
        x(3042.5)
        x(3043.5)
        x(3044.5)
        x(3045.5)
        x(3046.5)
        x(3047.5)
        x(3048.5)
        x(3049.5)
        x(3050.5)
        x(3051.5)
        x(3052.5)
        x(3053.5)
        x(3054.5)
        x(3055.5)
        x(3056.5)
        x(3057.5)
        x(3058.5)
        x(3059.5)
        x(3060.5)
        x(3061.5)
        x(3062.5)
        x(3063.5)
        x(3064.5)
        x(3065.5)
        x(3066.5)
        x(3067.5)
        x(3068.5)
        x(3069.5)
        x(3070.5)
        x(3071.5)
        x(3072.5)
        x(3073.5)
        x(3074.5)
        x(3075.5)
        x(3076.5)
        x(3077.5)
        x(3078.5)
        x(3079.5)
        x(3080.5)
        x(3081.5)
        x(3082.5)
        x(3083.5)
        x(3084.5)
        x(3085.5)
        x(3086.5)
        x(3087.5)
        x(3088.5)
        x(3089.5)
        x(3090.5)
        x(3091.5)
        x(3092.5)
        x(3093.5)
        x(3094.5)
        x(3095.5)
        x(3096.5)
        x(3097.5)
        x(3098.5)
        x(3099.5)
        x(3100.5)
        x(3101.5)
        x(3102.5)
        x(3103.5)
        x(3104.5)
        x(3105.5)
        x(3106.5)
        x(3107.5)
        x(3108.5)
        x(3109.5)
        x(3110.5)
        x(3111.5)
        x(3112.5)
        x(3113.5)
        x(3114.5)
        x(3115.5)
        x(3116.5)
        x(3117.5)
        x(3118.5)
        x(3119.5)
        x(3120.5)
        x(3121.5)
        x(3122.5)
        x(3123.5)
        x(3124.5)
        x(3125.5)
        x(3126.5)
        x(3127.5)
        x(3128.5)
        x(3129.5)
        x(3130.5)
        x(3131.5)
        x(3132.5)
        x(3133.5)
        x(3134.5)
        x(3135.5)
        x(3136.5)
        x(3137.5)
        x(3138.5)
        x(3139.5)
        x(3140.5)
        x(3141.5)
        x(3142.5)
        x(3143.5)
        x(3144.5)
        x(3145.5)
        x(3146.5)
        x(3147.5)
        x(3148.5)
        x(3149.5)
        x(3150.5)
        x(3151.5)
        x(3152.5)
        x(3153.5)
        x(3154.5)
        x(3155.5)
        x(3156.5)
        x(3157.5)
        x(3158.5)
        x(3159.5)
        x(3160.5)
        x(3161.5)
        x(3162.5)
        x(3163.5)
        x(3164.5)
        x(3165.5)
        x(3166.5)
        x(3167.5)
        x(3168.5)
        x(3169.5)
        x(3170.5)
        x(3171.5)
        x(3172.5)
        x(3173.5)
        x(3174.5)
        x(3175.5)
        x(3176.5)
        x(3177.5)
        x(3178.5)
        x(3179.5)
        x(3180.5)
        x(3181.5)
        x(3182.5)
        x(3183.5)
        x(3184.5)
        x(3185.5)
        x(3186.5)
        x(3187.5)
        x(3188.5)
        x(3189.5)
        x(3190.5)
        x(3191.5)
        x(3192.5)
        x(3193.5)
        x(3194.5)
        x(3195.5)
        x(3196.5)
        x(3197.5)
        x(3198.5)
        x(3199.5)
        x(3200.5)
        x(3201.5)
        x(3202.5)
        x(3203.5)
        x(3204.5)
        x(3205.5)
        x(3206.5)
        x(3207.5)
        x(3208.5)
        x(3209.5)
        x(3210.5)
        x(3211.5)
        x(3212.5)
        x(3213.5)
        x(3214.5)
        x(3215.5)
        x(3216.5)
        x(3217.5)
        x(3218.5)
        x(3219.5)
        x(3220.5)
        x(3221.5)
        x(3222.5)
        x(3223.5)
        x(3224.5)
        x(3225.5)
        x(3226.5)
        x(3227.5)
        x(3228.5)
        x(3229.5)
        x(3230.5)
        x(3231.5)
        x(3232.5)
        x(3233.5)
        x(3234.5)
        x(3235.5)
        x(3236.5)
        x(3237.5)
        x(3238.5)
        x(3239.5)
        x(3240.5)
        x(3241.5)
        x(3242.5)
        x(3243.5)
        x(3244.5)
        x(3245.5)
        x(3246.5)
        x(3247.5)
        x(3248.5)
        x(3249.5)
        x(3250.5)
        x(3251.5)
        x(3252.5)
        x(3253.5)
        x(3254.5)
        x(3255.5)
        x(3256.5)
        x(3257.5)
        x(3258.5)
        x(3259.5)
        x(3260.5)
        x(3261.5)
        x(3262.5)
        x(3263.5)
        x(3264.5)
        x(3265.5)
        x(3266.5)
        x(3267.5)
        x(3268.5)
        x(3269.5)
    return x
