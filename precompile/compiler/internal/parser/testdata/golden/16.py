x: int = 1
(x): int
x.y: int
x = y = z
x += yield
x, *y = z
